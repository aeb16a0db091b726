"""The inbox narrowed to what one looks for, and one step taken of several cases at once.

In bulk, each case is an act of its own, decided and recorded as if it stood alone: what can be
done is done, and of each of the rest is said why not.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet

from gongshu.cases import clock, selectors, services
from gongshu.cases.models import Assignee, Case
from gongshu.ledger import moment
from gongshu.rules.agents import Agent
from gongshu.rules.problems import BadInput
from gongshu.rules.procedure import Step, may_ever
from gongshu.rules.procedures import PROCEDURES
from gongshu.rules.urgency import last_near_day
from gongshu.wording import Problem, Sentence

DUE = {
    "overdue": Sentence("overdue", "已逾期"),
    "near": Sentence("due soon", "临期"),
    "later": Sentence("due later", "未临期"),
    "none": Sentence("without a due date", "无办理期限"),
}
WHOSE = {
    "mine": Sentence("handed to me", "转交我办理"),
    "free": Sentence("handed to nobody", "尚未指定经办人"),
}
MOST_AT_ONCE = 100


@dataclass(frozen=True)
class Filter:
    """What is looked for; blank: everything."""

    kind: str = ""
    due: str = ""
    whose: str = ""

    def __post_init__(self) -> None:
        for field, value, known in (
            ("kind", self.kind, PROCEDURES),
            ("due", self.due, DUE),
            ("whose", self.whose, WHOSE),
        ):
            if value and value not in known:
                raise BadInput(
                    "unknown_filter",
                    Sentence(
                        en=f"“{field}” cannot be “{value}”.", zh=f"“{field}”不能为“{value}”。"
                    ),
                    suggestion=Sentence(
                        en=f"It is one of: {', '.join(known)}.", zh=f"可选：{'、'.join(known)}。"
                    ),
                    field=field,
                )


@dataclass(frozen=True)
class Outcome:
    """What came of one case of several."""

    case: str
    done: bool
    code: str = ""  # why not
    sentence: Sentence | None = None
    entry: str = ""


def narrowed(
    rows: QuerySet[Case], agent: Agent, wanted: Filter, today: date | None = None
) -> QuerySet[Case]:
    """Of these cases, those that are looked for, in their order."""
    today = today or moment.today()
    if wanted.kind:
        rows = rows.filter(kind=wanted.kind)
    if wanted.due:
        near = last_near_day(today, clock.calendar())
        rows = rows.filter(
            {
                "overdue": Q(due_at__lt=today),
                "near": Q(due_at__gte=today, due_at__lte=near),
                "later": Q(due_at__gt=near),
                "none": Q(due_at__isnull=True),
            }[wanted.due]
        )
    if wanted.whose:
        given = Assignee.objects.filter(case=OuterRef("pk"), organisation=agent.organisation)
        mine = Exists(given.filter(person=agent.person))
        rows = rows.filter(mine if wanted.whose == "mine" else ~Exists(given.exclude(person="")))
    return rows


def kinds_in(rows: QuerySet[Case]) -> list[str]:
    """The procedures of these cases, in the order of the table."""
    here = set(rows.order_by().values_list("kind", flat=True).distinct())
    return [kind for kind in PROCEDURES if kind in here]


def assignees(cases: Sequence[Case], agent: Agent) -> dict[str, str]:
    """case → who of the agent's organisation works on it, in one query."""
    rows = Assignee.objects.filter(case__in=cases, organisation=agent.organisation)
    return dict(rows.exclude(person="").values_list("case_id", "person"))


def bulk_steps(cases: Sequence[Case], agent: Agent) -> list[Step]:
    """The steps that may be taken of several at once and are this agent's for one of these."""
    if not cases:
        return []
    procedure = PROCEDURES[cases[0].kind]
    rows = [row for row in procedure.steps if together(row)]
    views = [case.view() for case in cases]
    return [row for row in rows if any(may_ever(procedure, view, row, agent) for view in views)]


def together(row: Step) -> bool:
    """A step without a form: what must be filled in is filled in for one case. A voice in a
    collective decision is given to one matter at a time."""
    return row.form is None and not (row.named_in or row.by.clock or row.by.public)


def take_together(
    *, cases: Sequence[str], step: str, by: Agent, note: str = "", idempotency_key: str = ""
) -> list[Outcome]:
    """The step of each of these cases, with the same note; each is an act of its own."""
    chosen = list(dict.fromkeys(cases))
    _require_one_kind(chosen, step, by)
    return [_take(case, step, by, note, idempotency_key) for case in chosen]


def _take(case_id: str, step: str, by: Agent, note: str, key: str) -> Outcome:
    own_key = hashlib.sha256(f"{key} {case_id}".encode()).hexdigest() if key else ""
    try:
        taken = services.do(case_id=case_id, step=step, by=by, note=note, idempotency_key=own_key)
    except Problem as problem:
        return Outcome(case_id, False, problem.code, problem.sentence)
    return Outcome(case_id, True, entry=taken.entry_id)


def _require_one_kind(cases: Sequence[str], step: str, by: Agent) -> None:
    if not 0 < len(cases) <= MOST_AT_ONCE:
        raise BadInput(
            "how_many",
            Sentence(
                en=f"Choose between 1 and {MOST_AT_ONCE} cases.",
                zh=f"请选择 1 至 {MOST_AT_ONCE} 个办件。",
            ),
            field="cases",
        )
    kinds = sorted(set(selectors.visible(by).filter(pk__in=cases).values_list("kind", flat=True)))
    if not kinds:
        return  # each of them is said not to be there
    if len(kinds) > 1:
        raise BadInput(
            "several_kinds",
            Sentence(
                en="Cases of several procedures are not worked on together.",
                zh="不同程序的办件不能一并办理。",
            ),
            field="cases",
        )
    row = PROCEDURES[kinds[0]].step(step)
    if row is None or not together(row):
        raise BadInput(
            "one_by_one",
            Sentence(
                en=f"“{row.label.en if row else step}” is taken of one case at a time.",
                zh=f"“{row.label.zh if row else step}”须逐件办理。",
            ),
            field="step",
        )
