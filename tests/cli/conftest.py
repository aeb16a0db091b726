"""The real command in a real instance of its own, as a person at the shell has it."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests import warm


@dataclass(frozen=True)
class Shell:
    home: Path
    environment: dict[str, str]

    def run(self, *words: str, lang: str = "en", **more: str) -> subprocess.CompletedProcess[str]:
        return warm.run(words, self.environment | {"GONGSHU_LANG": lang} | more)

    def init(self) -> None:
        """A fresh instance; one that is not about how it is made."""
        warm.instance(self.home)

    def json(self, *words: str) -> Any:
        done = self.run(*words, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


@pytest.fixture(scope="module")
def new_shell(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Shell]:
    def make() -> Shell:
        home = tmp_path_factory.mktemp("shell") / "home"
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("GONGSHU", "DJANGO"))}
        return Shell(home, kept | {"GONGSHU_HOME": str(home)})

    return make


@pytest.fixture(scope="module")
def shell(new_shell: Callable[[], Shell]) -> Shell:
    """One instance for a module's tests, with an agency whose code is 120001."""
    made = new_shell()
    made.init()
    assert made.run("org", "create", "120001", "某局", "--kind", "agency").returncode == 0
    return made
