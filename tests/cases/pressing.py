"""A process of its own that presses steps on the test's database, each when it is told to.

python -m tests.cases.pressing FOLDER    FOLDER/orders.json: [{"case", "step", "user", …}, …]

{"watch": true}    monitoring reads on; what comes of it is how many warnings it has raised

Order n begins when FOLDER/go-n exists; what came of it is the n-th line of the output.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

ROOT = Path(__file__).parents[2]


class Presser:
    """Started with its orders; `finish` waits for all that came of them."""

    def __init__(self, folder: Path, orders: list[dict[str, Any]], home: Path, **more: str) -> None:
        folder.mkdir(exist_ok=True)
        self.folder = folder
        (folder / "orders.json").write_text(json.dumps(orders))
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.cases.pressing", str(folder)],
            cwd=ROOT,
            env={**os.environ, "GONGSHU_HOME": str(home), **database(), **more},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def wait_until_ready(self) -> None:
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "ready\n", self.process.communicate()[1]

    def go(self, number: int) -> None:
        (self.folder / f"go-{number}").touch()

    def finish(self) -> list[str]:
        out, err = self.process.communicate(timeout=60)
        assert self.process.returncode == 0, err
        return out.split()

    def dies(self) -> None:
        self.process.communicate(timeout=60)
        assert self.process.returncode == -9


def database() -> dict[str, str]:
    """The database of this test, as another process finds it."""
    from django.conf import settings
    from django.db import connection

    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite":
        return {"TEST_SQLITE": name}
    known = settings.DATABASES["default"]
    login = f"{known['USER']}:{quote(known['PASSWORD'])}"
    return {"GONGSHU_DATABASE": f"postgresql://{login}@{known['HOST']}:{known['PORT']}/{name}"}


def main(folder: Path) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "gongshu.settings"
    from django.conf import settings

    if "TEST_SQLITE" in os.environ:
        settings.DATABASES["default"]["NAME"] = os.environ["TEST_SQLITE"]
    import django

    django.setup()
    print("ready", flush=True)
    for number, order in enumerate(json.loads((folder / "orders.json").read_text())):
        while not (folder / f"go-{number}").exists():
            time.sleep(0.0005)
        print(came_of(order), flush=True)


def came_of(order: dict[str, Any]) -> str:
    from gongshu.accounts.agents import shell_agent
    from gongshu.cases import services
    from gongshu.wording import Problem

    if "watch" in order:
        from gongshu.oversight import monitoring

        return str(monitoring.watch())
    by = shell_agent(order.pop("user"))
    try:
        if "kind" in order:
            return services.open_case(by=by, **order).id
        return services.do(by=by, **order).name
    except Problem as problem:
        return type(problem).__name__


if __name__ == "__main__":
    main(Path(sys.argv[1]))
