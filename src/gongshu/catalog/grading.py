"""Grading a dataset column by column (GB/T 43697): proposed by the profile, confirmed by a person.

The proposal rests on what a column means and on what was counted in it, so it is for the
provider alone. A person says whom misuse of the column would harm and how badly; the grade
follows from the standard's table (`rules.grading`). A grade below the proposal needs a reason.
The dataset is as strict as its strictest confirmed column, or stricter if the provider says so;
the database refuses anything below (`not_below_its_columns`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from gongshu.catalog import selectors
from gongshu.catalog.index import mark_changed
from gongshu.catalog.metadata import checked
from gongshu.catalog.models import Dataset, Field, FieldGrade, State
from gongshu.catalog.ownership import locked, require_holder, subject_of
from gongshu.ledger import moment
from gongshu.ledger import services as ledger
from gongshu.log.canonical_json import canonical
from gongshu.rules.agents import Agent
from gongshu.rules.grades import Grade, Harm, Harmed
from gongshu.rules.grading import Graded, Impact, of_impacts, strictest
from gongshu.rules.problems import BadInput, Conflict, Forbidden, NotFound
from gongshu.wording import Sentence

FREE = (State.DRAFT, State.UPDATING)
LONGEST_REASON = 2000
MOST_IMPACTS = len(Harmed) * len(Harm)


@dataclass(frozen=True)
class Proposal:
    impacts: tuple[Impact, ...]
    graded: Graded
    why: str  # in the reader's language
    evidence: str


@dataclass(frozen=True)
class Confirmed:
    impacts: tuple[Impact, ...]
    graded: Graded
    proposed: int  # how strict the proposal was that was confirmed or changed
    reason: str
    person: str
    at: datetime
    entry_id: str


@dataclass(frozen=True)
class FieldGrading:
    field: Field
    proposal: Proposal
    confirmed: Confirmed | None

    @property
    def outgrown(self) -> bool:
        """The newest version proposes something stricter than what was confirmed then."""
        if self.confirmed is None:
            return False
        return self.proposal.graded.strictness > self.confirmed.proposed

    @property
    def impacts(self) -> tuple[Impact, ...]:
        return self.confirmed.impacts if self.confirmed else self.proposal.impacts


@dataclass(frozen=True)
class Grading:
    dataset: Dataset
    fields: tuple[FieldGrading, ...]

    @property
    def complete(self) -> bool:
        return bool(self.fields) and all(one.confirmed for one in self.fields)

    @property
    def strictest(self) -> Graded | None:
        """Of the confirmed columns."""
        found = [one.confirmed.graded for one in self.fields if one.confirmed]
        return strictest(found) if found else None


def grading(dataset: Dataset, agent: Agent) -> Grading:
    """Proposals and confirmations, for the provider."""
    if not selectors.is_provider(dataset, agent):
        raise Forbidden(
            "not_provider",
            Sentence(
                en="How a dataset is graded is between its provider and the columns' contents; "
                "the grade itself is public.",
                zh="定级依据涉及列的内容，仅提供部门可以查看；级别本身是公开的。",
            ),
        )
    version = selectors.latest(dataset)
    columns = {c["name"]: c for c in version.profile["columns"]} if version else {}
    rows = dataset.fields.select_related("grading").order_by("position")
    return Grading(
        dataset,
        tuple(
            FieldGrading(field, _proposal(columns.get(field.name), field), _confirmed(field))
            for field in rows
        ),
    )


@transaction.atomic
def confirm(
    *, dataset: Dataset, fields: Mapping[str, Mapping[str, Any]], follow: bool = False, by: Agent
) -> Grading:
    """`fields`: by name `impacts` ([{harmed, harm}], none: no harm) and, where needed, `reason`.

    With `follow`, and every column confirmed, the dataset takes the grade of the strictest;
    otherwise its own stands, unless it is below.
    """
    dataset = locked(dataset)
    require_holder(dataset, by)
    before = grading(dataset, by)
    if dataset.state not in FREE:
        raise _fixed(dataset)
    known = {one.field.name: one for one in before.fields}
    said = [_said(known, name, one) for name, one in fields.items()]
    if not said and not follow:
        raise BadInput(
            "nothing_confirmed",
            Sentence(en="Name at least one column to confirm.", zh="请至少选择一列进行确认。"),
            field="fields",
        )
    entry_id = _record(dataset, said, by)
    version = selectors.latest(dataset)
    for one, impacts, reason in said:
        _write(one, impacts, reason, version.number if version else 0, entry_id, by)
    after = grading(dataset, by)
    _grade_dataset(dataset, after, follow)
    mark_changed(dataset.code)
    return after


def as_proposed(found: Grading) -> dict[str, dict[str, Any]]:
    """What `confirm` takes to confirm every column that nobody has confirmed yet."""
    return {
        one.field.name: {"impacts": written(one.proposal.impacts)}
        for one in found.fields
        if one.confirmed is None
    }


def written(impacts: Sequence[Impact]) -> list[dict[str, str]]:
    return [{"harmed": str(harmed), "harm": str(harm)} for harmed, harm in impacts]


def _said(
    known: Mapping[str, FieldGrading], name: str, one: Mapping[str, Any]
) -> tuple[FieldGrading, list[Impact], str]:
    if name not in known:
        raise NotFound(
            "unknown_column",
            Sentence(en=f"There is no column “{name}”.", zh=f"没有列“{name}”。"),
            field="fields",
        )
    impacts = [_impact(pair) for pair in one.get("impacts", ())][:MOST_IMPACTS]
    reason = str(one.get("reason") or "").strip()
    found = known[name]
    if len(reason) > LONGEST_REASON:
        raise BadInput(
            "too_long",
            Sentence(
                en=f"A reason has at most {LONGEST_REASON} characters.",
                zh=f"理由不得超过 {LONGEST_REASON} 个字符。",
            ),
            field="reason",
        )
    if of_impacts(impacts).strictness < found.proposal.graded.strictness and not reason:
        raise BadInput(
            "reason_missing",
            Sentence(
                en=f"“{name}” is graded below what is proposed: say why.",
                zh=f"“{name}”的级别低于建议级别，请说明理由。",
            ),
            suggestion=Sentence(
                en=f"Proposed because: {found.proposal.why}", zh=f"建议依据：{found.proposal.why}"
            ),
            field="reason",
        )
    return found, impacts, reason


def _impact(pair: Any) -> Impact:
    try:
        return Harmed(pair["harmed"]), Harm(pair["harm"])
    except (KeyError, TypeError, ValueError):
        raise BadInput(
            "impact",
            Sentence(
                en="An impact names whom it would harm and how badly.",
                zh="影响须写明影响对象和影响程度。",
            ),
            suggestion=Sentence(
                en=f"Objects: {', '.join(Harmed)}; degrees: {', '.join(Harm)}.",
                zh=f"影响对象：{'、'.join(Harmed)}；影响程度：{'、'.join(Harm)}。",
            ),
            field="impacts",
        ) from None


def _write(
    one: FieldGrading, impacts: list[Impact], reason: str, version: int, entry_id: str, by: Agent
) -> None:
    graded = of_impacts(impacts)
    FieldGrade.objects.update_or_create(
        field=one.field,
        defaults={
            "impacts": [[str(harmed), str(harm)] for harmed, harm in impacts],
            "strictness": graded.strictness,
            "proposed": one.proposal.graded.strictness,
            "reason": reason,
            "version": version,
            "person": by.person,
            "organisation": by.organisation,
            "at": moment.now(),
            "entry_id": entry_id,
        },
    )
    Field.objects.filter(pk=one.field.pk).update(grade=str(graded.grade), level=graded.level)


def _grade_dataset(dataset: Dataset, after: Grading, follow: bool) -> None:
    found = after.strictest
    if found is None:
        return
    own = Graded(Grade(dataset.grade or Grade.GENERAL), dataset.level)
    below = own.strictness < found.strictness or not dataset.grade or _unlevelled(own)
    if below or (follow and after.complete):
        # Together, so that no constraint sees one without the other.
        dataset.graded = 0
        values = checked(dataset, {"grade": str(found.grade), "level": found.level})
        for name, value in values.items():
            setattr(dataset, name, value)
    dataset.graded = found.strictness
    dataset.save()


def _unlevelled(own: Graded) -> bool:
    return own.grade is Grade.GENERAL and own.level is None


def _record(
    dataset: Dataset, said: Sequence[tuple[FieldGrading, list[Impact], str]], by: Agent
) -> str:
    """Why a column has its grade can tell what is in it, so in commitments."""
    facts = {
        one.field.name: {
            "impacts": written(impacts),
            "grade": str(of_impacts(impacts).grade),
            "level": of_impacts(impacts).level,
            "proposed": one.proposal.graded.strictness,
            "reason": reason,
        }
        for one, impacts, reason in said
    }
    entry = ledger.append(
        event="dataset.graded",
        subject=subject_of(dataset),
        by=by,
        private={"grading": canonical(facts)},
        holder=dataset.provider.code,
    )
    return str(entry.id)


def _proposal(column: Mapping[str, Any] | None, field: Field) -> Proposal:
    """From the newest version's profile; a column without data has none but what is declared."""
    if column is None:
        return Proposal((), Graded.general(1), str(_NO_DATA), "")
    # Profiles of before this was kept say the level alone.
    harm = column.get("harm", _HARM_OF_LEVEL.get(column["level"], ""))
    impacts: tuple[Impact, ...] = ((Harmed.PERSON, Harm(harm)),) if harm else ()
    meaning = column.get("semantic_type")
    evidence = _text(meaning["why"]) if meaning else ""
    return Proposal(impacts, of_impacts(impacts), _text(column["level_reason"]), evidence)


_HARM_OF_LEVEL = {2: Harm.GENERAL, 3: Harm.SERIOUS, 4: Harm.ESPECIALLY_SERIOUS}
_NO_DATA = Sentence(en="There are no data yet to judge by.", zh="尚无数据可供判断。")


def _text(said: Mapping[str, str]) -> str:
    return str(Sentence(en=said["en"], zh=said["zh"]))


def _confirmed(field: Field) -> Confirmed | None:
    row: FieldGrade | None = getattr(field, "grading", None)
    if row is None:
        return None
    return Confirmed(
        impacts=tuple((Harmed(harmed), Harm(harm)) for harmed, harm in row.impacts),
        graded=Graded.of_strictness(row.strictness),
        proposed=row.proposed,
        reason=row.reason,
        person=row.person,
        at=row.at,
        entry_id=row.entry_id,
    )


def _fixed(dataset: Dataset) -> Conflict:
    return Conflict(
        "entry_is_fixed",
        Sentence(
            en=f"The entry {dataset.code} is under review or published and stands as it is.",
            zh=f"目录条目 {dataset.code} 正在审核或已发布，不能直接修改。",
        ),
        suggestion=Sentence(
            en="Start an update of the entry in its case.", zh="请在其办件中发起目录更新。"
        ),
    )
