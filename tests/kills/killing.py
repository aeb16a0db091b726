"""One process that forks many and kills them.

python -m tests.kills.killing build             the small city, its offices and a grant
python -m tests.kills.killing kill COUNT SEED   forks, kills, and says as JSON what it did

Starting Python and Django takes seconds, a fork milliseconds: so two hundred processes can die in
a minute. What is forked has no connection, no thread and no engine yet; it makes its own.
"""

from __future__ import annotations

import ctypes
import json
import os
import random
import signal
import sys
import time
import traceback
from collections import Counter
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gongshu.settings")

# Those alive at a time.
ALIVE = ("upload", "work", "work", "step", "step", "ask", "ask", "sequence")
# A worker and an engine need a while until they work at all; the others work at once.
SHARES = {"upload": 3, "work": 1, "step": 3, "ask": 1, "sequence": 3}
TOGETHER = (1, 1, 1, 2, 2, 3, 8)  # killed at one moment
PAUSE = (0.05, 1.2)  # seconds between two moments
PR_SET_CHILD_SUBREAPER = 36
OFFICES = ("agency", "second_agency", "bureau", "government", "sector", "operator")
LIMITS = {"queries_per_day": 1_000_000, "concurrent": 100_000, "seconds": 20}


def home() -> Path:
    from django.conf import settings

    return Path(settings.HOME)


def journals() -> Path:
    return home().parent / "journals"


def build() -> None:
    from tests.agents import CODES, PASSWORD
    from tests.kills.acts import MESSY
    from tests.world import agreement_form

    from gongshu.accounts import services
    from gongshu.accounts.codes import uscc_check_character
    from gongshu.catalog import services as catalog
    from gongshu.cli.instance import FOLDERS
    from gongshu.ledger import services as ledger
    from gongshu.rules.agents import SYSTEM

    for name in FOLDERS:
        (home() / name).mkdir(exist_ok=True)
    journals().mkdir()
    ledger.create_key()
    for office in OFFICES:
        code = CODES[office] + uscc_check_character(CODES[office])
        kind = office.removeprefix("second_")
        services.create_organisation(code=code, name_zh=office, kinds=[kind], by=SYSTEM)
        for rank, name in (("staff", office), ("head", f"{office}-head")):
            services.create_person(
                username=name, password=PASSWORD, organisation=code, rank=rank, by=SYSTEM
            )
    city = world()
    city.publish_all()
    by = city.agency
    catalog.create_draft(code=MESSY, provider=by.organisation, by=by, title_zh=MESSY)
    print(city.operate(terms={**agreement_form()["terms"], "limits": LIMITS}).id)


def world() -> Any:
    from tests.world import World

    from gongshu.accounts.agents import shell_agent

    people = {office: shell_agent(office) for office in OFFICES}
    people |= {f"{office}_head": shell_agent(f"{office}-head") for office in OFFICES}
    return World(home() / "tmp", **people)


class Killing:
    """The processes that live, and how many of each kind were killed."""

    def __init__(self, seed: int) -> None:
        from gongshu.grants.models import Grant

        self.chance = random.Random(seed)
        self.world = world()
        self.grant = Grant.objects.get(kind="operation").id
        self.alive: dict[int, str] = {}
        self.killed: Counter[str] = Counter()
        self.ended: list[str] = []  # by themselves, which none should

    def fork(self, kind: str) -> None:
        from django.db import connections
        from tests.kills.acts import live

        connections.close_all()
        seed = self.chance.getrandbits(32)
        pid = os.fork()
        if pid:
            self.alive[pid] = kind
            return
        try:
            live(kind, self.world, self.grant, journals(), seed)
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(1)

    def kill(self, count: int) -> None:
        left = dict(sorted(self.alive.items()))
        for _ in range(min(count, len(left))):
            weights = [SHARES[kind] for kind in left.values()]
            (pid,) = self.chance.choices(list(left), weights)
            del left[pid]
            os.kill(pid, signal.SIGKILL)
            self.killed[self.alive[pid]] += 1

    def reap(self) -> None:
        """Bury the dead, and what the dead have left: their engines become our children."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            kind = self.alive.pop(pid, "")
            if kind and os.waitstatus_to_exitcode(status) != -signal.SIGKILL:
                self.ended.append(kind)

    def run(self, count: int) -> None:
        """At least so many kills; more until each kind of work was interrupted by one."""
        while self.killed.total() < count or (self.untouched() and self.killed.total() < 4 * count):
            for kind in (Counter(ALIVE) - Counter(self.alive.values())).elements():
                self.fork(kind)
            time.sleep(self.chance.uniform(*PAUSE))
            self.kill(self.chance.choice(TOGETHER))
            time.sleep(0.01)
            self.reap()
        self.kill(len(self.alive))
        self.wait_for_engines()

    def untouched(self) -> set[str]:
        """Kinds of which every journal of the dead ends with work that is done."""
        alive = {str(pid) for pid in self.alive}
        dead = (path for path in journals().iterdir() if path.suffix[1:] not in alive)
        hit = {path.stem for path in dead if path.read_text().endswith("begin\n")}
        return set(ALIVE) - {"work"} - hit  # a worker's work is told by its jobs

    def wait_for_engines(self) -> None:
        """Whoever asks the engines dies; they follow by themselves."""
        until = time.monotonic() + 10
        while time.monotonic() < until and os.path.exists(children := _children()):
            self.reap()
            if not Path(children).read_text().strip():
                return
            time.sleep(0.05)


def _children() -> str:
    return f"/proc/self/task/{os.getpid()}/children"


def kill(count: str, seed: str) -> None:
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    from tests.kills import acts  # noqa: F401  # once, for all that are forked

    killing = Killing(int(seed))
    begun = time.monotonic()
    killing.run(int(count))
    said = {
        "killed": dict(killing.killed),
        "ended": killing.ended,
        "left": Path(_children()).read_text().split(),
        "seconds": round(time.monotonic() - begun),
    }
    print(json.dumps(said))


if __name__ == "__main__":
    django.setup()
    {"build": build, "kill": kill}[sys.argv[1]](*sys.argv[2:])
