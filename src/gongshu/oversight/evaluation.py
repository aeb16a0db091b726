"""The evaluation (the Opinion, 17): the indicators of each agency and region, read off the books.

An agency's score is the weighted mean of the indicators that have a basis; how much of the weight
that is stands beside it, so that a score made of little is seen to be. A region is the place in its
agencies' unified social credit codes (GB 32100, signs 3 to 8); its figures are their sums.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from gongshu.accounts.models import Organisation
from gongshu.oversight.bookkeeping import BOOKS
from gongshu.oversight.books import Books
from gongshu.oversight.disclosure import SHANGHAI
from gongshu.oversight.indicators import (
    COMING_WITH_US,
    DIMENSIONS,
    INDICATORS,
    ROWS,
    Value,
    Weights,
)
from gongshu.oversight.measures import ANSWERS, DUE, KEPT, quarter
from gongshu.oversight.selectors import is_overseer
from gongshu.rules.agents import Agent, Kind
from gongshu.rules.problems import Forbidden
from gongshu.wording import Sentence

QUARTERS_SHOWN = 8


@dataclass(frozen=True)
class Row:
    """An agency (its code), a region (six digits), or all of them together ("")."""

    name: str
    values: Mapping[str, Value]
    score: float | None  # None: no indicator has a basis
    covered: float  # how much of the weight has a basis
    datasets: int
    answers: int

    def as_dict(self) -> dict[str, Any]:
        values = {
            code: {"part": one.part, "whole": one.whole, "share": one.share}
            for code, one in self.values.items()
        }
        shown = {"score": self.score, "covered": self.covered, "datasets": self.datasets}
        return {"name": self.name, **shown, "answers": self.answers, "values": values}


@dataclass(frozen=True)
class Evaluation:
    year: int
    weights: Weights
    whole: Row
    regions: tuple[Row, ...]
    agencies: tuple[Row, ...]
    # dimension → quarter (a running number) → share; of what the reader sees
    series: Mapping[str, Mapping[int, float | None]]
    entries: int
    behind: int


def evaluate(year: int, *, only: str = "") -> Evaluation:
    """Of all agencies, or of one; `only` is its code."""
    books, entries, behind = BOOKS.current()
    weights = chosen_weights()
    codes = _agencies(only)
    span = range(year * 4, year * 4 + 4)
    counts = count(books, span)
    agencies = [_row(code, counts.get(code, {}), weights) for code in codes]
    regions: dict[str, Counter[str]] = defaultdict(Counter)
    for code in codes:
        regions[region_of(code)].update(counts.get(code, {}))
    last = min(year * 4 + 3, quarter(timezone.localtime()))
    return Evaluation(
        year=year,
        weights=weights,
        whole=_row("", _sum(counts, codes), weights),
        regions=tuple(_row(name, found, weights) for name, found in sorted(regions.items())),
        agencies=tuple(sorted(agencies, key=_rank)),
        series=_series(books, codes, weights, range(last - QUARTERS_SHOWN + 1, last + 1)),
        entries=entries,
        behind=behind,
    )


def _rank(row: Row) -> tuple[bool, float, str]:
    """Best first; after them those whose score stands on less than half of the weight."""
    return row.covered < 0.5, -(row.score or 0), row.name


def visible_part(agent: Agent) -> str:
    """Whose figures may be read: "" all of them (bureau, audit), else the agency's own code."""
    if is_overseer(agent):
        return ""
    if agent.is_a(Kind.AGENCY) and agent.may_use("read"):
        return agent.organisation
    raise Forbidden(
        "not_evaluated",
        Sentence(
            en="The evaluation is for the data bureau, the audit body, and each agency its own.",
            zh="评价结果供数据管理部门和审计机关查看；各部门可查看本部门的结果。",
        ),
    )


def chosen_weights() -> Weights:
    return Weights.load(Path(settings.EVALUATION) if settings.EVALUATION else COMING_WITH_US)


def region_of(code: str) -> str:
    return code[2:8]


def dimension_shares(row: Row, weights: Weights) -> dict[str, float | None]:
    """Each dimension's weighted mean."""
    return {
        dimension: weighted(
            {one.code: row.values[one.code] for one in ROWS if one.dimension == dimension},
            weights.weights,
        )[0]
        for dimension in DIMENSIONS
    }


def count(books: Books, span: range) -> dict[str, Counter[str]]:
    """organisation → what is counted of it in these quarters; datasets as they stand at the end."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for (organisation, at, name), number in books.measures.items():
        if at in span:
            one = found[organisation]
            one[name] += number
            for prefix in (DUE, KEPT):
                if name.startswith(prefix):
                    one[prefix.rstrip(":")] += number
    asked: Counter[str] = Counter()
    for (dataset, at), number in books.asked.items():
        if at in span:
            asked[dataset] += number
    for code, standing in datasets(books, span).items():
        one = found[standing["owner"]]
        one.update(dict.fromkeys(standing["counted"], 1))
        one["datasets:asked"] += asked[code] > 0
    return found


def datasets(books: Books, span: range) -> dict[str, dict[str, Any]]:
    """What stood published at the end of these quarters, whose it is, and as what it counts."""
    end = _end(span)
    found = {}
    for code, history in books.datasets.items():
        lines = history.until(end)
        if not lines or lines[-1].event == "entry.retired":
            continue
        facts, terms = lines[-1].facts, books.terms.get(code)
        sharing = {"unconditional": "datasets:unconditional", "conditional": "datasets:shared"}
        marks = {
            "datasets": True,
            "datasets:open": facts.get("open_data") is True,
            "datasets:terms": terms is not None and bool(terms.until(end)),
            sharing.get(str(facts.get("sharing")), ""): True,
        }
        found[code] = {
            "owner": lines[-1].organisation,
            "entry": lines[-1].id,
            "counted": {name for name, holds in marks.items() if name and holds},
        }
    return found


def _end(span: range) -> datetime:
    year, part = divmod(span[-1] + 1, 4)
    return datetime(year, part * 3 + 1, 1, tzinfo=SHANGHAI)


def _agencies(only: str) -> list[str]:
    found = Organisation.objects.filter(roles__kind=Kind.AGENCY)
    found = found.filter(code=only) if only else found
    return list(found.order_by("code").values_list("code", flat=True).distinct())


def _row(name: str, counts: Mapping[str, int], weights: Weights) -> Row:
    values = {row.code: row.value(counts) for row in ROWS}
    score, covered = weighted(values, weights.weights)
    return Row(name, values, score, covered, counts.get("datasets", 0), counts.get(ANSWERS, 0))


def weighted(
    values: Mapping[str, Value], weights: Mapping[str, float]
) -> tuple[float | None, float]:
    """The weighted mean over what has a basis, and the part of the weight that it stands on.

    >>> weighted({"D1": Value(1, 2), "U1": Value(0, 0)}, {"D1": 1, "U1": 3})
    (0.5, 0.25)
    """
    based = {
        code: (min(one.share, 1.0), weights.get(code, 0))
        for code, one in values.items()
        if one.share is not None
    }
    weight = sum(each for _, each in based.values())
    whole = sum(weights.get(code, 0) for code in values)
    if not weight:
        return None, 0.0
    return sum(share * each for share, each in based.values()) / weight, weight / whole


def _series(
    books: Books, codes: Iterable[str], weights: Weights, shown: range
) -> dict[str, dict[int, float | None]]:
    series: dict[str, dict[int, float | None]] = {name: {} for name in DIMENSIONS}
    codes = list(codes)
    for at in shown:
        total = _sum(count(books, range(at, at + 1)), codes)
        for dimension in DIMENSIONS:
            rows = [row for row in ROWS if row.dimension == dimension]
            values = {row.code: row.value(total) for row in rows}
            series[dimension][at] = weighted(values, weights.weights)[0]
    return series


def _sum(counts: Mapping[str, Counter[str]], codes: Iterable[str]) -> Counter[str]:
    total: Counter[str] = Counter()
    for code in codes:
        total.update(counts.get(code, {}))
    return total


def definitions(language: str) -> list[dict[str, Any]]:
    """The table of indicators, for machines and for the page."""
    weights = chosen_weights().weights
    return [
        {
            "code": row.code,
            "dimension": row.dimension,
            "name": row.name.in_language(language),
            "meaning": row.meaning.in_language(language),
            "formula": row.formula,
            "pillar": row.pillar,
            "direction": "more is better",
            "weight": weights.get(row.code, 0),
        }
        for row in INDICATORS.values()
    ]
