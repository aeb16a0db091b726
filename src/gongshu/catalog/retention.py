"""Which versions of a dataset are kept, and how one is removed.

A rule keeps the last so many, those of so many days, and the first of each month; a version that
any of them keeps stays. Never removed are the newest, and what somebody still needs: a hold, an
open case that names it, or an answer under a grant that is in force (`pinned_by`, for the rooms
above). The row of a removed version stays, with its number, digest, and who removed it when; its
files go with the next sweep, unless another version has them too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from gongshu.cases.models import Case
from gongshu.catalog import changes, selectors
from gongshu.catalog.models import Comparison, Dataset, Version, VersionHold, VersionRules
from gongshu.catalog.ownership import locked, require_holder, require_scope, subject_of
from gongshu.catalog.tombstones import bury
from gongshu.jobs.registry import tick
from gongshu.ledger import moment
from gongshu.ledger import services as ledger
from gongshu.rules.agents import SYSTEM, Agent, Kind
from gongshu.rules.problems import BadInput, Conflict, Forbidden
from gongshu.rules.procedures import PROCEDURES
from gongshu.wording import Sentence

Reasons = Mapping[int, Sentence]  # by the number of a version
_pins: list[Callable[[Dataset], Reasons]] = []
NEWEST = Sentence(en="It is the newest version.", zh="这是最新版本。")
MOST = 100_000


def pinned_by(found: Callable[[Dataset], Reasons]) -> Callable[[Dataset], Reasons]:
    """A room above this one says which versions it needs, and why."""
    if found not in _pins:
        _pins.append(found)
    return found


@dataclass(frozen=True)
class Fate:
    """What the rule makes of a version, and what keeps it where the rule would not."""

    version: Version
    kept_by_rule: bool
    needed: Sentence | None

    @property
    def goes(self) -> bool:
        return not self.kept_by_rule and self.needed is None


def rule_of(dataset: Dataset) -> dict[str, Any]:
    found = VersionRules.objects.filter(dataset=dataset).first()
    return dict(found.retention) if found else {}


def set_rule(*, dataset: Dataset, rule: Mapping[str, Any], by: Agent) -> dict[str, Any]:
    """Nothing is removed by setting it: the next daily round does that."""
    require_holder(dataset, by)
    clean = checked(rule)
    with transaction.atomic():
        dataset = locked(dataset)
        row, _ = VersionRules.objects.get_or_create(dataset=dataset)
        if row.retention == clean:
            return clean
        row.retention = clean
        row.save(update_fields=["retention"])
        ledger.append(
            event="dataset.retention_set",
            subject=subject_of(dataset),
            by=by,
            public={"keep": clean or "all"},
            holder=dataset.provider.code,
        )
    return clean


def checked(rule: Mapping[str, Any]) -> dict[str, Any]:
    """The rule as it is kept; an empty one keeps every version."""
    clean: dict[str, Any] = {}
    for name, value in rule.items():
        if value is None or value is False or value == "":
            continue
        whole = isinstance(value, int) and not isinstance(value, bool)
        if not (
            (name in ("last", "days") and whole and 1 <= value <= MOST)
            or (name == "monthly" and value is True)
        ):
            raise BadInput(
                "retention_rule",
                Sentence(
                    en=f"“{name}: {value}” is no rule.", zh=f"“{name}：{value}”不是保留规则。"
                ),
                suggestion=Sentence(
                    en="There are: last (a number), days (a number), monthly (true).",
                    zh="可用的有：last（个数）、days（天数）、monthly（true）。",
                ),
                field="retention",
            )
        clean[name] = value
    return clean


def kept_by(rule: Mapping[str, Any], versions: Sequence[Version], now: datetime) -> set[int]:
    """The numbers that a rule keeps of `versions`, which are in order of their numbers."""
    if not rule:
        return {one.number for one in versions}
    kept = {one.number for one in versions[-1:]}
    if rule.get("last"):
        kept |= {one.number for one in versions[-rule["last"] :]}
    if rule.get("days"):
        since = now - timedelta(days=rule["days"])
        kept |= {one.number for one in versions if one.created >= since}
    if rule.get("monthly"):
        firsts: dict[tuple[int, int], int] = {}
        for one in versions:
            day = timezone.localdate(one.created)
            firsts.setdefault((day.year, day.month), one.number)
        kept |= set(firsts.values())
    return kept


def needed(dataset: Dataset) -> dict[int, Sentence]:
    """The versions that stay whatever the rule says, and why."""
    found: dict[int, Sentence] = {}
    for pin in _pins:
        found |= pin(dataset)
    for case in Case.objects.filter(subject_kind="dataset", subject_id=dataset.code):
        number = case.payload.get("version")
        if isinstance(number, int) and case.state not in PROCEDURES[case.kind].finals:
            found[number] = Sentence(
                en=f"The case {case.id} names it.", zh=f"办件 {case.id} 涉及该版本。"
            )
    for hold in VersionHold.objects.filter(version__dataset=dataset).select_related("version"):
        found[hold.version.number] = Sentence(
            en=f"It is held: {hold.reason}", zh=f"已被要求保留：{hold.reason}"
        )
    newest = selectors.latest(dataset)
    if newest is not None:
        found[newest.number] = NEWEST
    return found


def fates(dataset: Dataset, now: datetime | None = None) -> list[Fate]:
    """What the rule would do today, oldest first; nothing is done."""
    versions = list(dataset.versions.filter(removed=None).order_by("number"))
    kept, wanted = kept_by(rule_of(dataset), versions, now or moment.now()), needed(dataset)
    return [Fate(one, one.number in kept, wanted.get(one.number)) for one in versions]


def apply(dataset: Dataset, *, by: Agent, now: datetime | None = None) -> list[int]:
    """Remove what the rule does not keep and nobody needs; the numbers."""
    require_holder(dataset, by)
    removed = []
    for fate in fates(dataset, now):
        if fate.goes:
            try:
                remove(dataset=dataset, number=fate.version.number, by=by)
            except Conflict:  # somebody came to need it, or was quicker
                continue
            removed.append(fate.version.number)
    return removed


def remove(*, dataset: Dataset, number: int, by: Agent) -> Version:
    """Its rows are gone for good; its number, digest and this act stay on record."""
    require_holder(dataset, by)
    with transaction.atomic():
        dataset = locked(dataset)
        version = changes.standing(dataset, number)
        why = needed(dataset).get(number)
        if why is not None:
            raise Conflict(
                "version_needed",
                Sentence(
                    en=f"Version {number} of {dataset.code} stays. {why.en}",
                    zh=f"{dataset.code} 第 {number} 版须保留。{why.zh}",
                ),
            )
        entry = ledger.append(
            event="dataset.version_removed",
            subject=subject_of(dataset),
            by=by,
            public={"version": number},
            private={"digest": version.digest},
            holder=dataset.provider.code,
        )
        bury(version, by=by, at=moment.now(), entry_id=str(entry.id))
        Comparison.objects.filter(dataset=dataset, older=number).delete()
        Comparison.objects.filter(dataset=dataset, newer=number).delete()
    return version


def hold(*, dataset: Dataset, number: int, reason: str, by: Agent) -> VersionHold:
    """Its provider, the bureau, and who audits may say that a version must stay."""
    _require_holding(dataset, by)
    if not reason.strip():
        raise BadInput("reason_owed", Sentence(en="Say why.", zh="请说明理由。"), field="reason")
    with transaction.atomic():
        dataset = locked(dataset)
        version = changes.standing(dataset, number)
        found, made = VersionHold.objects.get_or_create(
            version=version,
            organisation=by.organisation,
            defaults={"reason": reason.strip(), "person": by.person},
        )
        if made:
            _record("dataset.version_held", dataset, number, by, reason.strip())
    return found


def release(*, dataset: Dataset, number: int, by: Agent) -> None:
    """Who held it lets it go; nobody lifts another's hold."""
    _require_holding(dataset, by)
    with transaction.atomic():
        dataset = locked(dataset)
        rows = VersionHold.objects.filter(
            version__dataset=dataset, version__number=number, organisation=by.organisation
        )
        if not rows.delete()[0]:
            raise Conflict(
                "not_held",
                Sentence(
                    en=f"You do not hold version {number} of {dataset.code}.",
                    zh=f"您未要求保留 {dataset.code} 第 {number} 版。",
                ),
            )
        _record("dataset.version_released", dataset, number, by)


def _require_holding(dataset: Dataset, by: Agent) -> None:
    offices = by.is_a(Kind.BUREAU) or by.is_a(Kind.AUDITOR)
    if not offices:
        require_holder(dataset, by)
    if by.anonymous:
        raise Forbidden("not_yours", Sentence(en="Log in first.", zh="请先登录。"))
    require_scope(by)


def _record(event: str, dataset: Dataset, number: int, by: Agent, reason: str = "") -> None:
    ledger.append(
        event=event,
        subject=subject_of(dataset),
        by=by,
        public={"version": number},
        private={"reason": reason} if reason else {},
        holder=dataset.provider.code,
    )


@tick("retention", every_seconds=24 * 3600)
def keep_to_the_rules() -> None:
    """Once a day, of the datasets that have a rule."""
    for row in VersionRules.objects.exclude(retention={}).select_related("dataset__provider"):
        apply(row.dataset, by=SYSTEM)
