"""The days of the year: the clock ticks, people open cases and take their turns.

Which step of a case is taken follows from its table: what is awaited far more often than what may
merely happen, what needs no reason more often than what needs one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import Any

from django.db.models import Exists, OuterRef
from django.utils import timezone

from gongshu.cases import clock, deadlines, registry, selectors, services, visitors
from gongshu.cases.models import Case, CaseAwaited
from gongshu.cli.demo.year import questions
from gongshu.cli.demo.year.city import City
from gongshu.cli.demo.year.errands import ERRANDS
from gongshu.cli.demo.year.filling import Desk, filled
from gongshu.cli.demo.year.openings import ADMINISTRATOR, ON_ANY_DAY, OPENINGS, SHARES
from gongshu.ledger import moment
from gongshu.ledger import services as ledger
from gongshu.oversight import monitoring, published
from gongshu.rules.agents import ANONYMOUS, Agent, Rank
from gongshu.rules.procedure import Procedure, Refused, Step, awaited, in_place, step
from gongshu.rules.procedures import PROCEDURES
from gongshu.wording import Problem

FIRST_DAYS = 10  # working days in which the catalogue is filled, and nothing else
FIRST_OPERATIONS = 4  # working days after them, in which operations are planned
EAGER = 30  # working days in which hardly anything is left lying
ATTENDED = 0.3  # of what waits, on a working day
UNDISTURBED = 0.01  # of what waits for nobody
OUT_OF_THE_WAY = 0.1  # how often something else is done, where what is awaited cannot be
TRIES = 4  # steps that somebody thinks of before giving a case up for the day


@dataclass
class Plan:
    """How much happens, and from which seed."""

    first: date
    days: int
    cases: int
    questions: int
    seed: int


@dataclass
class Lived:
    """What came of it."""

    opened: Counter[str] = field(default_factory=Counter)
    taken: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    by_clock: int = 0
    answered: int = 0


class Year:
    """`watch` is called with a case's number after every step, `each_day` at each day's end."""

    def __init__(
        self,
        plan: Plan,
        folder: Path,
        *,
        watch: Callable[[str], None] = lambda case: None,
        each_day: Callable[[date], None] = lambda day: None,
    ) -> None:
        self.plan, self.watch, self.each_day = plan, watch, each_day
        self.rng = Random(plan.seed)  # noqa: S311  (a seeded story, no secret)
        self.city = City(folder, self.rng)
        self.lived = Lived()
        self.workdays = 0
        self.calendar = clock.calendar()

    def live(self) -> Lived:
        for number in range(self.plan.days):
            day = self.plan.first + timedelta(days=number)
            self._night(day)
            works = self.calendar.is_workday(day)
            self.workdays += works
            for at in self._moments(day):
                with moment.told(at):
                    self._openings(day, works)
            for case in list(self._under_way()) if works else ():
                with moment.told(self._some_moment(day)):
                    self._attend(case, day)
            self._ask(day, works)
            self.each_day(day)
        return self.lived

    def _night(self, day: date) -> None:
        """What the worker does by itself, a little after midnight."""
        at = _at(day, time(0, 10))
        with moment.told(at):
            self.lived.by_clock += services.tick(at)
            deadlines.send_digests(day)
            ledger.sequence()
            monitoring.watch(at)
            if day.day == 1:
                published.open_those_due(at)

    def _moments(self, day: date) -> list[datetime]:
        """When something is brought today: as much as is left for the days that are left."""
        left = self.plan.days - (day - self.plan.first).days
        owed = (self.plan.cases - self.lived.opened.total()) / max(left, 1)
        busy = 3 if self.workdays <= FIRST_DAYS else owed * self.rng.uniform(0.5, 1.5)
        return sorted(self._some_moment(day) for _ in range(round(busy + self.rng.random() - 0.5)))

    def _some_moment(self, day: date) -> datetime:
        return _at(day, time(self.rng.randint(9, 17), self.rng.randint(0, 59)))

    def _openings(self, day: date, works: bool) -> None:
        kinds = list(SHARES) if works else list(ON_ANY_DAY)
        if self.workdays <= FIRST_DAYS:
            kinds = ["catalogue_entry"] if works else []
        elif works and self.workdays <= FIRST_DAYS + FIRST_OPERATIONS:
            kinds = ["authorised_operation"]
        thought_of = self.rng.choices(kinds, [SHARES[k] for k in kinds], k=TRIES) if kinds else []
        for kind in dict.fromkeys(thought_of):
            desk = Desk(self.city, self.rng, day, ANONYMOUS)
            occasion = OPENINGS[kind](desk)
            if occasion is not None and self._opened(kind, *occasion):
                return

    def _opened(self, kind: str, by: Agent, payload: dict[str, Any]) -> bool:
        try:
            case = services.open_case(kind=kind, payload=payload, by=by)
        except Problem as problem:
            self.lived.refused[f"{kind} {problem.code}"] += 1
            return False
        self.lived.opened[kind] += 1
        self.watch(case.id)
        return True

    def _under_way(self) -> Iterator[str]:
        """The cases that somebody looks at today."""
        eager = 0.9 if self.workdays <= EAGER else ATTENDED
        rows = Case.objects.annotate(waits=Exists(CaseAwaited.objects.filter(case=OuterRef("pk"))))
        for case, kind, state, waits in rows.order_by("id").values_list(
            "id", "kind", "state", "waits"
        ):
            chance = eager if waits else UNDISTURBED
            if state not in PROCEDURES[kind].finals and self.rng.random() < chance:
                yield case

    def _attend(self, case_id: str, day: date) -> None:
        """Somebody looks at a case and takes one of its steps, if any is possible today."""
        case = Case.objects.prefetch_related("party_rows", "steps").get(pk=case_id)
        procedure, view = PROCEDURES[case.kind], case.view()
        expected = {row.name for row in awaited(procedure, view)}
        rows = [r for r in procedure.from_state(case.state) if not r.by.clock and in_place(view, r)]
        for _ in range(min(TRIES, len(rows))):
            weights = [_weight(procedure, row, row.name in expected) for row in rows]
            row = rows.pop(self.rng.choices(range(len(rows)), weights)[0])
            if expected and row.name not in expected and self.rng.random() > OUT_OF_THE_WAY:
                return
            if self._tried(case, row, day):
                return

    def _tried(self, case: Case, row: Step, day: date) -> bool:
        """Whether the step was taken by one of those whose step it is."""
        view, facts = case.view(), selectors.facts_of(case, [row])
        takers = [
            one for one in self._people(case) if row.by.held_by(one, view.parties, case.opened_by)
        ]
        self.rng.shuffle(takers)
        # Whoever prepares may not decide on it too: what anybody may do, staff does.
        for by in sorted(takers, key=lambda one: one.rank == Rank.HEAD):
            desk = Desk(self.city, self.rng, day, by, case)
            outcome = step(PROCEDURES[case.kind], view, row.name, by, facts, note="…")
            if isinstance(outcome, Refused) and outcome.code in ERRANDS:
                self._run(ERRANDS[outcome.code], case, desk)
                facts = registry.facts_for(case, facts)
                outcome = step(PROCEDURES[case.kind], view, row.name, by, facts, note="…")
            if not isinstance(outcome, Refused):
                return self._taken(case, row, desk)
        return False

    def _run(self, errand: Callable[[Case, Desk], None], case: Case, desk: Desk) -> None:
        try:
            errand(case, Desk(desk.city, desk.rng, desk.day, desk.by, case))
        except Problem as problem:
            self.lived.refused[f"{errand.__name__} {problem.code}"] += 1

    def _taken(self, case: Case, row: Step, desk: Desk) -> bool:
        note = "情况说明：见附件，已经本单位负责人同意。" if row.reason else ""
        try:
            services.do(
                case_id=case.id, step=row.name, by=desk.by, form=filled(row, desk), note=note
            )
        except Problem as problem:
            self.lived.refused[f"{case.kind}.{row.name} {problem.code}"] += 1
            if problem.code in ERRANDS:
                self._run(ERRANDS[problem.code], case, desk)
            return False
        self.lived.taken[f"{case.kind}.{row.name}"] += 1
        self.watch(case.id)
        return True

    def _people(self, case: Case) -> list[Agent]:
        """All of the city, who runs the platform, and who came without an account, or anybody."""
        opener = Agent(person=visitors.person_of(case.id))
        visitor = opener if case.opened_by == opener.person else ANONYMOUS
        return [*self.city.people, ADMINISTRATOR, visitor]

    def _ask(self, day: date, works: bool) -> None:
        """Questions in office hours, a few at other times."""
        usual = self.plan.questions / self.plan.days * (1.3 if works else 0.2)
        for _ in range(int(usual + self.rng.random())):
            late = self.rng.random() < 0.05
            at = _at(day, time(23, 30)) if late else self._some_moment(day)
            with moment.told(at):
                self.lived.answered += questions.ask(self.city, self.rng)


def _weight(procedure: Procedure, row: Step, expected: bool) -> float:
    """How likely somebody thinks of this step: onward, as a rule, and what needs no reason."""
    places = list(procedure.states)
    back = any(places.index(row.target) < places.index(source) for source in row.sources)
    given_up = row.target in procedure.finals and row.name in ("withdraw", "drop", "abandon")
    return (1.0 if expected else 0.04) * (0.12 if row.reason or back or given_up else 1.0)


def _at(day: date, hour: time) -> datetime:
    return timezone.make_aware(datetime.combine(day, hour))
