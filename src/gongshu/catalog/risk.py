"""How easily somebody could be found in a dataset, for its provider, before it is shared or opened.

What is found are exact figures about the rows, so nobody else may ask, and whoever runs the
instance may not either. A small version is measured at once; a large one by a job, whose result
names a report: a file of the instance that only the provider is shown, and that goes after a day.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from gongshu.catalog import selectors
from gongshu.catalog.models import Dataset, Version
from gongshu.catalog.ownership import subject_of
from gongshu.jobs import services as jobs
from gongshu.jobs.models import Job
from gongshu.jobs.registry import JobContext, job, tick
from gongshu.rules.agents import Agent
from gongshu.rules.problems import BadInput, Conflict, Forbidden, NotFound
from gongshu.wording import Sentence

AT_ONCE = 300_000  # rows
SECONDS_AT_ONCE, SECONDS_IN_JOB = 4.0, 60.0
MOST_COLUMNS = 12
KEPT_SECONDS = 24 * 3600
COUNTING = Sentence(en="Counting classes and trying steps", zh="正在统计等价类并试算建议")


@dataclass(frozen=True)
class Asked:
    quasi: tuple[str, ...]
    sensitive: tuple[str, ...] = ()
    unit: str = ""
    k: int = 5
    most_left_out: float = 0.01
    population: int | None = None


@dataclass(frozen=True)
class Choice:
    """What the columns mean suggests; every column may be chosen."""

    columns: tuple[str, ...]
    asked: Asked


def require_provider(dataset: Dataset, by: Agent) -> None:
    if not (selectors.is_provider(dataset, by) and by.may_use("read")):
        raise Forbidden(
            "not_provider",
            Sentence(
                en="These figures are data about people: only the provider is shown them.",
                zh="风险指标属于涉及个体的数据，仅数据提供方可以查看。",
            ),
        )


def choice(dataset: Dataset, by: Agent) -> Choice:
    from gongshu.data.disclosure_risk import quasi_identifiers, sensitive_columns

    require_provider(dataset, by)
    fields = dataset.fields.order_by("position")
    meanings = {field.name: field.semantic_type or None for field in fields}
    quasi = tuple(n for n in quasi_identifiers(meanings) if n != dataset.unit_column)
    sensitive = sensitive_columns(meanings)
    return Choice(
        tuple(meanings), Asked(quasi[:MOST_COLUMNS], sensitive[:3], unit=dataset.unit_column)
    )


def ask(*, dataset: Dataset, asked: Asked, by: Agent) -> dict[str, Any] | Job:
    """The report, or for a large version the job that makes it."""
    require_provider(dataset, by)
    version = version_of(dataset)
    _require_columns(dataset, asked)
    if version.rows <= AT_ONCE:
        return measured(version, asked, SECONDS_AT_ONCE)
    return jobs.enqueue(
        kind="risk",
        args={"version": version.pk, "asked": asdict(asked)},
        by=by,
        subject=subject_of(dataset),
    )


def measured(version: Version, asked: Asked, seconds: float) -> dict[str, Any]:
    """Figures, suggestions, and the best of them as a piece of the owner's terms."""
    from gongshu.data.disclosure_risk import not_in_terms, owners_terms, risk, suggest

    files = selectors.files(version)
    unit = asked.unit or None
    found = risk(files, asked.quasi, asked.sensitive, unit, population=asked.population)
    tried = suggest(
        files, asked.quasi, unit, k=asked.k, most_left_out=asked.most_left_out, seconds=seconds
    )
    best = tried.combinations[0] if tried.combinations else None
    return {
        "dataset": version.dataset.code,
        "version": version.number,
        "risk": found.to_dict(),
        "suggestions": tried.to_dict(),
        "titles": _titles(tried),
        "terms": owners_terms(best, k=asked.k, unit=unit) if best else None,
        "not_in_terms": {n: _both(t) for n, t in not_in_terms(best).items()} if best else {},
    }


@job("risk")
def run(ctx: JobContext, *, version: int, asked: Mapping[str, Any]) -> dict[str, Any] | None:
    """The job. Its result is seen by whoever runs the instance, so the figures lie elsewhere."""
    found = Version.objects.select_related("dataset__provider").filter(pk=version).first()
    if found is None:
        return None
    ctx.progress(1, COUNTING)
    wanted = Asked(
        **{**asked, "quasi": tuple(asked["quasi"]), "sensitive": tuple(asked["sensitive"])}
    )
    report = measured(found, wanted, SECONDS_IN_JOB)
    return {"dataset": found.dataset.code, "report": _keep(report)}


def report_of(dataset: Dataset, done: Job, by: Agent) -> dict[str, Any]:
    """What the job found."""
    require_provider(dataset, by)
    name = str((done.result or {}).get("report", ""))
    path = folder() / f"{name}.json"
    if done.kind != "risk" or not name.isalnum() or not path.is_file():
        raise _gone()
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    if found["dataset"] != dataset.code:
        raise _gone()
    return found


def folder() -> Path:
    return Path(settings.HOME) / "risk"


@tick("risk_reports", every_seconds=3600)
def sweep() -> None:
    """Reports of yesterday go."""
    for path in folder().glob("*.json") if folder().is_dir() else ():
        if time.time() - path.stat().st_mtime > KEPT_SECONDS:
            path.unlink(missing_ok=True)


def _keep(report: Mapping[str, Any]) -> str:
    name = secrets.token_hex(16)
    folder().mkdir(exist_ok=True, mode=0o700)
    part = folder() / f"{name}.part"
    part.write_text(json.dumps(report, ensure_ascii=False), "utf-8")
    part.rename(folder() / f"{name}.json")
    return name


def _titles(tried: Any) -> dict[str, dict[str, str]]:
    """The steps' names as people say them."""
    steps = [one.step for one in tried.single]
    steps += [step for one in tried.combinations for step in one.steps.values()]
    return {step.name: _both(step.title) for step in steps}


def _both(said: Sentence) -> dict[str, str]:
    return {"en": said.en, "zh": said.zh}


def version_of(dataset: Dataset) -> Version:
    """The newest. Raises `Conflict` where there is none."""
    found = selectors.latest(dataset)
    if found is None:
        raise Conflict(
            "no_version",
            Sentence(
                en=f"{dataset.code} has no data to measure yet.",
                zh=f"{dataset.code} 尚无可评估的数据。",
            ),
        )
    return found


def _require_columns(dataset: Dataset, asked: Asked) -> None:
    known = set(dataset.fields.values_list("name", flat=True))
    named: Sequence[str] = (*asked.quasi, *asked.sensitive, *((asked.unit,) if asked.unit else ()))
    unknown = next((name for name in named if name not in known), None)
    if unknown is not None:
        raise BadInput(
            "unknown_column",
            Sentence(
                en=f"{dataset.code} has no column “{unknown}”.",
                zh=f"{dataset.code} 没有列“{unknown}”。",
            ),
            field="quasi",
        )
    if not 1 <= len(asked.quasi) <= MOST_COLUMNS or asked.unit in asked.quasi:
        raise BadInput(
            "quasi",
            Sentence(
                en=f"Choose 1 to {MOST_COLUMNS} columns that others may know; not the unit.",
                zh=f"请选择 1 至 {MOST_COLUMNS} 个可能为他人知悉的列，隐私单元列除外。",
            ),
            field="quasi",
        )


def _gone() -> NotFound:
    return NotFound(
        "report_gone",
        Sentence(
            en="There is no such report, or it is older than a day.",
            zh="没有该报告，或报告已超过一天。",
        ),
        suggestion=Sentence(en="Have it measured again.", zh="请重新评估。"),
    )
