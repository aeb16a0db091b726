"""What the killed processes do: the platform's real work, again and again, until they die.

Each act is noted before it begins and again when its caller was told that it is done; so what a
kill interrupted can be counted, and what was promised can be looked for afterwards.
"""

from __future__ import annotations

import itertools
import os
import random
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests.cases.steps import request_form
from tests.world import (
    BY_DISTRICT,
    CLINICS,
    PERSONS,
    PURPOSE,
    World,
    clinics_csv,
    persons_csv,
    today,
)

from gongshu.cases import services as cases
from gongshu.cases.models import Case
from gongshu.catalog.ingest import receive_upload
from gongshu.data.policy.refusals import Refused
from gongshu.gateway import services as gateway
from gongshu.jobs import services as jobs
from gongshu.jobs.models import FINAL, Job
from gongshu.jobs.worker import work
from gongshu.ledger import services as ledger
from gongshu.rules.problems import Conflict

MESSY = "health.messy"  # a draft that takes any columns
WAITING = 4  # uploads at most
QUESTIONS = (
    BY_DISTRICT,
    "SELECT sex, count(*) AS n FROM health.persons WHERE district = 'East' GROUP BY sex",
    "SELECT district, sum(beds) AS beds FROM health.clinics GROUP BY district",
    "SELECT person_id FROM health.persons",  # refused
)


class Journal:
    """One file for each process; whole lines, which a kill of the writer does not take back."""

    def __init__(self, folder: Path, kind: str) -> None:
        path = folder / f"{kind}.{os.getpid()}"
        self.file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def begin(self) -> None:
        os.write(self.file, b"begin\n")

    def done(self, made: str) -> None:
        os.write(self.file, f"done {made}\n".encode())


Act = Callable[[World, random.Random, Journal], None]


def upload(world: World, chance: random.Random, journal: Journal) -> None:
    """A messy file is handed in: another encoding, delimiter and heading each time."""
    while Job.objects.filter(kind="ingest").exclude(state__in=FINAL).count() >= WAITING:
        time.sleep(0.02)
    code = chance.choice((MESSY, MESSY, CLINICS, PERSONS))
    text = {CLINICS: clinics_csv, PERSONS: partial(persons_csv, chance.randrange(9))}.get(
        code, partial(_messy, chance)
    )()
    encoding = chance.choice(("gb18030", "utf-8-sig", "utf-16"))
    text = text.replace(",", chance.choice(",;\t")).replace("\n", chance.choice(("\n", "\r\n")))
    if code == CLINICS:  # so that each is another version
        text = text.replace("C12", f"C{chance.randrange(12, 10**6)}")
    data = text.encode(encoding)
    journal.begin()
    sent = [data[: len(data) // 2], data[len(data) // 2 :]]
    made = receive_upload(sent, code=code, source_name=f"{encoding}.csv", by=world.agency)
    journal.done(made.id)


def _messy(chance: random.Random) -> str:
    rows = [
        f"第{n}小学,{chance.choice(('东城', '西城'))},{chance.randrange(900)}" for n in range(60)
    ]
    return "\n".join(["学校名录（2026年）", "", "学校名称,区县,学生数", *rows, ""])


def step(world: World, chance: random.Random, journal: Journal) -> None:
    """Go on with a case that somebody left somewhere, or open one."""
    state, number = "", ""
    under_way = Case.objects.filter(kind="sharing_request", state__in=_NEXT).order_by("-id")[:6]
    if found := chance.choice([None, *under_way.values_list("state", "id")]):
        state, number = found
    journal.begin()
    try:
        if not number:
            form = request_form()
            case = cases.open_case(kind="sharing_request", payload=form, by=world.second_agency)
            taken = case.steps.get(name="open")
        else:
            name, office, form, note = _NEXT[state]
            by = getattr(world, office)
            taken = cases.do(case_id=number, step=name, by=by, form=form, note=note)
        journal.done(str(taken.entry_id))
    except Conflict as told:  # another process was quicker
        journal.done(told.code)
    time.sleep(chance.uniform(0, 0.1))


# state → steps from there: name, by whom, form, reason
_NEXT: dict[str, tuple[str, str, dict[str, object] | None, str]] = {
    "draft": ("submit", "second_agency_head", None, ""),
    "received": ("consent", "agency_head", {}, ""),
    "agreed": ("deliver", "agency", None, ""),
    "active": ("suspend", "agency", {"rectify_by": today(9)}, "over-use"),
    "suspended": ("resume", "agency", None, ""),
}


def ask(world: World, chance: random.Random, journal: Journal, *, grant: str) -> None:
    sql = chance.choice(QUESTIONS)
    journal.begin()
    try:
        answer = gateway.answer(grant_id=grant, purpose=PURPOSE, sql=sql, by=world.operator)
        journal.done(answer.entry_id)
    except Refused as refused:
        journal.done(refused.entry_id)  # type: ignore[attr-defined]


def sequence(world: World, chance: random.Random, journal: Journal) -> None:
    journal.begin()
    found = ledger.sequence(wait=chance.random() < 0.5), jobs.deliver()
    journal.done("-".join(map(str, found)))
    time.sleep(chance.uniform(0, 0.1))


def work_jobs(world: World, chance: random.Random, journal: Journal) -> None:
    """The real worker: jobs, ticks, house-keeping. It has no end; its jobs tell what it did."""
    work()


def kinds(grant: str) -> dict[str, Act]:
    return {
        "upload": upload,
        "work": work_jobs,
        "step": step,
        "ask": partial(ask, grant=grant),
        "sequence": sequence,
    }


def live(kind: str, world: World, grant: str, folder: Path, seed: int) -> None:
    """A process's whole life; it does not return."""
    chance, journal = random.Random(seed), Journal(folder, kind)
    act = kinds(grant)[kind]
    for _ in itertools.count():
        act(world, chance, journal)
