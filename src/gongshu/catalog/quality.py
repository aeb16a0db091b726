"""The quality of a dataset (GB/T 36344): its rules, what was found of each version, who may see it.

Rules stand with what they are about: a column's with the column, a table's with the entry, the
key with what tells rows apart (`changes`). They may be changed at any time, since they judge the
data and open nothing; each change is an entry of the ledger, and the newest version is judged
anew. What was found is exact, so it is for whoever may see the full profile; everybody else is
told the scores, those of protected data in steps of five.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Exists, OuterRef

from gongshu.catalog import changes, selectors
from gongshu.catalog.copies import held_elsewhere
from gongshu.catalog.freshness import Freshness, of_dataset
from gongshu.catalog.models import Dataset, Field, QualityReport, Version
from gongshu.catalog.ownership import locked, require_holder, subject_of
from gongshu.catalog.studies import queue_study, study
from gongshu.jobs.models import Job
from gongshu.jobs.registry import JobContext, tick
from gongshu.ledger import moment
from gongshu.ledger import services as ledger
from gongshu.log.canonical_json import canonical
from gongshu.rules.agents import ANONYMOUS, SYSTEM, Agent
from gongshu.rules.problems import BadInput, Conflict, Forbidden, NotFound
from gongshu.wording import Problem, Sentence

if TYPE_CHECKING:
    from pathlib import Path

    from gongshu.data.quality import Around, Quality, Rules

AT_ONCE = 100  # versions judged afterwards
STEP = 5  # points: the public scores of protected data say no more than this


def rules_of(dataset: Dataset) -> dict[str, Any]:
    """As `data.quality.Rules` reads them."""
    said = {f.name: f.rules for f in dataset.fields.order_by("position") if f.rules}
    return {"fields": said, "key": list(changes.key_of(dataset)), **dataset.rules}


@transaction.atomic
def set_rules(*, dataset: Dataset, rules: Mapping[str, Any], by: Agent) -> dict[str, Any]:
    """All of the rules: what is not said any more is not asked any more."""
    from gongshu.data.quality import Rules  # here: it loads DuckDB

    dataset = locked(dataset)
    require_holder(dataset, by)
    read = Rules.read(dict(rules))
    fields = list(dataset.fields.all())
    read.require_columns({field.name for field in fields})
    said = read.as_dict()
    _require_applicable(read, fields)
    _require_readable(dataset, said, by)
    before = rules_of(dataset)
    _write(dataset, fields, said, by)
    after = rules_of(dataset)
    if after == before:
        return after
    ledger.append(
        event="dataset.rules_set",
        subject=subject_of(dataset),
        by=by,
        private={"rules": canonical(after)},
        holder=dataset.provider.code,
    )
    newest = selectors.latest(dataset)
    if newest is not None:
        queue_study("quality", newest, by)
    return after


def _require_applicable(rules: Rules, fields: list[Field]) -> None:
    """Judged on a table without rows: what cannot be carried out is said now, not by a job."""
    import pyarrow as pa

    from gongshu.data.quality import assess as judge

    of_family = {
        "integer": pa.int64(),
        "decimal": pa.decimal128(18, 2),
        "number": pa.float64(),
        "date": pa.date32(),
        "time": pa.time64("us"),
        "timestamp": pa.timestamp("us"),
        "boolean": pa.bool_(),
        "binary": pa.binary(),
    }
    schema = pa.schema([(f.name, of_family.get(f.type, pa.string())) for f in fields])
    judge(schema.empty_table(), rules)


def _write(dataset: Dataset, fields: list[Field], said: Mapping[str, Any], by: Agent) -> None:
    columns = said.get("fields", {})
    for field in fields:
        rules = columns.get(field.name, {})
        if field.rules != rules:
            Field.objects.filter(pk=field.pk).update(rules=rules)
    dataset.rules = {name: said[name] for name in ("checks", "sequences") if said.get(name)}
    Dataset.objects.filter(pk=dataset.pk).update(rules=dataset.rules)
    if list(said.get("key", [])) != list(changes.key_of(dataset)):
        changes.set_key(dataset=dataset, columns=list(said.get("key", [])), by=by)


def proposed(dataset: Dataset, by: Agent) -> dict[str, Any]:
    """The rules there are, and beside them those that the newest version's profile suggests."""
    from gongshu.data.quality import proposals

    require_provider(dataset, by)
    newest = selectors.latest(dataset)
    rules = rules_of(dataset)
    if newest is None:
        return rules
    found = proposals(newest.profile)
    fields = {
        name: {**found.get("fields", {}).get(name, {}), **rules["fields"].get(name, {})}
        for name in {**found.get("fields", {}), **rules["fields"]}
    }
    return {**rules, "fields": fields, "key": rules["key"] or list(found.get("key", []))}


def require_provider(dataset: Dataset, by: Agent) -> None:
    """What a profile suggests comes from the values."""
    if not (selectors.may_see_full_profile(dataset, by) and by.may_use("read")):
        raise Forbidden(
            "not_provider",
            Sentence(
                en="What the data suggest is shown to their provider.",
                zh="依据数据提出的建议仅数据提供方可以查看。",
            ),
        )


def _referenced(said: Mapping[str, Any]) -> dict[str, set[str]]:
    """By dataset the columns that are referred to."""
    found: dict[str, set[str]] = {}
    for one in said.get("fields", {}).values():
        if reference := one.get("reference"):
            found.setdefault(reference["dataset"], set()).add(reference["column"])
    return found


def _require_readable(dataset: Dataset, said: Mapping[str, Any], by: Agent) -> None:
    """A rule tells which values another table holds: one's own, or open data."""
    for code, columns in _referenced(said).items():
        try:
            other = selectors.get(code, by)
        except NotFound:
            other = None
        missing = columns - _columns(other) if other else set()
        if missing:
            name = min(missing)
            raise BadInput(
                "unknown_column",
                Sentence(en=f"{code} has no column “{name}”.", zh=f"{code} 没有列“{name}”。"),
                field="reference",
            )
        if other is None or not _readable(dataset, other):
            raise BadInput(
                "reference_not_readable",
                Sentence(
                    en=f"{code} cannot be referred to: it is neither yours nor open data.",
                    zh=f"不能引用 {code}：它既非本单位数据，也未开放。",
                ),
                field="reference",
            )


def _readable(dataset: Dataset, other: Dataset) -> bool:
    own = dataset.provider_id == other.provider_id
    return own or selectors.may_download(other, ANONYMOUS)


@study("quality")
def assess(ctx: JobContext, version: Version) -> dict[str, Any] | None:
    """Judge a version by the rules of now; read outside the transaction, written whole."""
    from gongshu.data.quality import Rules
    from gongshu.data.quality import assess as judge

    if version.removed is not None:
        return None
    files = selectors.files(version)
    known = {name for name, _ in version.columns}
    known = known or set(version.dataset.fields.values_list("name", flat=True))
    said = _applicable(_of_columns(rules_of(version.dataset), known), files)
    found = judge(
        files,
        Rules.read(said),
        around(version, said),
        profile=version.profile,
        progress=ctx.progress,
    )
    with transaction.atomic():
        kept = Version.objects.select_for_update(of=("self",)).filter(pk=version.pk).first()
        if kept is not None:
            _keep(version, said, found)
    return {"dataset": version.dataset.code, "version": version.number}


def _keep(version: Version, said: Mapping[str, Any], found: Quality) -> None:
    QualityReport.objects.update_or_create(
        version=version,
        defaults={
            "score": None if found.score is None else min(max(found.score / 100, 0.0), 1.0),
            "report": {"whole": found.to_dict(), "public": found.public()},
            "rules": said,
            "made": moment.now(),
        },
    )


def _of_columns(rules: Mapping[str, Any], known: set[str]) -> dict[str, Any]:
    """A draft may have lost columns since its rules were said."""
    fields = {name: one for name, one in rules["fields"].items() if name in known}
    key = rules["key"] if set(rules["key"]) <= known else []
    sequences = [one for one in rules.get("sequences", ()) if set(one) <= known]
    return {**rules, "fields": fields, "key": key, "sequences": sequences}


def _applicable(said: dict[str, Any], files: list[Path]) -> dict[str, Any]:
    """Without the rules that do not fit these columns any more: one of another type, say."""
    from gongshu.data.quality import Rules

    try:
        _try(Rules.read(said), files)
    except Problem:
        fields = {n: one for n, one in said["fields"].items() if _fits({"fields": {n: one}}, files)}
        kept = {
            part: [one for one in said.get(part, ()) if _fits({part: [one]}, files)]
            for part in ("checks", "sequences")
        }
        return {**said, "fields": fields, **kept}
    return said


def _fits(said: dict[str, Any], files: list[Path]) -> bool:
    from gongshu.data.quality import Rules

    try:
        _try(Rules.read(said), files)
    except Problem:
        return False
    return True


def _try(rules: Rules, files: list[Path]) -> None:
    """All that a rule is about may be read, so a rule that breaks on a value is found as well."""
    from gongshu.data.profiling.source import opened
    from gongshu.data.quality import looking

    with opened(files) as source:
        looking.counted(source, list(looking.looks(rules, source)))


def around(version: Version, said: Mapping[str, Any]) -> Around:
    """What is known of the dataset beside its rows."""
    from gongshu.data.quality import Around

    dataset = version.dataset
    fields = list(dataset.fields.all())
    plain = [f for f in fields if not _described(f)]
    fresh = of_dataset(dataset)
    due = fresh.in_time + fresh.missed
    rejected = version.report.get("rows_rejected", 0) if isinstance(version.report, dict) else 0
    elsewhere = held_elsewhere(version)
    sources = [counts for (_, is_source), counts in elsewhere.items() if is_source]
    return Around(
        correct=(sum(n for n, _ in sources), sum(n for _, n in sources)) if sources else None,
        same={other: counts for (other, _), counts in elsewhere.items()},
        described=(len(fields), len(plain)) if fields else None,
        on_time=(due, fresh.missed) if due else None,
        references=_references(dataset, said),
        rejected=int(rejected or 0),
    )


def _described(field: Field) -> bool:
    return bool((field.title_zh or field.title_en) and (field.meaning_zh or field.meaning_en))


def _references(dataset: Dataset, said: Mapping[str, Any]) -> dict[str, list[Path]]:
    """Decided anew each time: what was open may be closed since."""
    columns = _referenced(said)
    rows = Dataset.objects.select_related("provider").filter(code__in=columns)
    found = {
        one.code: selectors.latest(one)
        for one in rows
        if _readable(dataset, one) and columns[one.code] <= _columns(one)
    }
    return {code: selectors.files(version) for code, version in found.items() if version}


def _columns(dataset: Dataset) -> set[str]:
    return set(dataset.fields.values_list("name", flat=True))


def report(dataset: Dataset, agent: Agent, number: int | None = None) -> dict[str, Any]:
    """What a reader may know of a version's quality, the newest if none is named."""
    version = selectors.latest(dataset) if number is None else selectors.version(dataset, number)
    row = QualityReport.objects.filter(version=version).first() if version else None
    if row is None:
        raise Conflict(
            "not_judged",
            Sentence(
                en=f"The quality of {dataset.code} has not been looked at yet.",
                zh=f"{dataset.code} 的数据质量尚未评估。",
            ),
            suggestion=Sentence(
                en="It is as soon as there is a version; a moment, or ask its provider.",
                zh="数据入库后即自动评估，请稍候，或联系数据提供方。",
            ),
        )
    return shown(row, dataset, agent)


def shown(row: QualityReport, dataset: Dataset, agent: Agent) -> dict[str, Any]:
    """The whole report, or its scores."""
    if selectors.may_see_full_profile(dataset, agent):
        return {**row.report["whole"], "whole": True}
    return {**_stepped(row.report["public"]), "whole": False}


def _stepped(said: Any) -> Any:
    """Scores (of 100) and values (of 1) in steps, so that no single row shows in them."""
    if isinstance(said, Mapping):
        return {name: _number(name, one) for name, one in said.items()}
    return [_stepped(one) for one in said] if isinstance(said, list) else said


def _number(name: str, one: Any) -> Any:
    if name in ("value", "goodness") and isinstance(one, int | float):
        return round(one * 100 / STEP) * STEP / 100
    if name == "score" and isinstance(one, int | float):
        return stepped(one)
    if name == "dimensions" and isinstance(one, Mapping):
        return {key: None if n is None else stepped(n) for key, n in one.items()}
    return _stepped(one)


def stepped(points: float) -> int:
    return round(points / STEP) * STEP


def history(dataset: Dataset, agent: Agent) -> list[dict[str, Any]]:
    """Each version's score, newest first."""
    rows = QualityReport.objects.filter(version__dataset=dataset).select_related("version")
    whole = selectors.may_see_full_profile(dataset, agent)
    return [
        {
            "version": row.version.number,
            "date": row.version.created,
            "made": row.made,
            "score": points(row.score, whole=whole),
        }
        for row in rows.defer("report", "rules").order_by("-version__number")[:60]
    ]


def points(score: float | None, *, whole: bool) -> float | None:
    if score is None:
        return None
    return round(score * 100, 1) if whole else stepped(score * 100)


def fresh(dataset: Dataset) -> Freshness:
    return of_dataset(dataset)


@tick("quality", every_seconds=600)
def keep_up() -> None:
    """Versions from before there was a judgement of quality."""
    judged = Exists(QualityReport.objects.filter(version__dataset=OuterRef("pk")))
    waiting = Dataset.objects.filter(~judged, versions__isnull=False).distinct()
    for dataset in waiting.select_related("provider")[:AT_ONCE]:
        version = selectors.latest(dataset)
        if version is None or version.removed is not None:
            continue
        if not Job.objects.filter(kind="study_quality", args__version=version.pk).exists():
            with transaction.atomic():
                queue_study("quality", version, SYSTEM)
