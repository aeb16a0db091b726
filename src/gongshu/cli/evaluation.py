"""`gongshu evaluation`: indicators of each agency and region, and what stands behind them."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from gongshu.cli import setup_django
from gongshu.cli.output import acting_as, as_json, say, say_json, show_rows
from gongshu.wording import Sentence, current_language

if TYPE_CHECKING:
    from gongshu.oversight.evaluation import Row

NO_BASIS = Sentence(en="no basis", zh="无依据")


@click.command()
@click.option("--year", type=click.IntRange(2000, 9999), help="One year; else this one.")
@click.option("--of", "organisation", help="Only this agency, indicator by indicator: its code.")
@click.option("--indicator", help="What this figure counts, one by one; with --of.")
@acting_as
@as_json
def evaluation(
    year: int | None,
    organisation: str | None,
    indicator: str | None,
    acting: str | None,
    as_json: bool,
) -> None:
    """How agencies and regions do, by what the ledger counts; nothing counted is no basis."""
    setup_django()
    from django.utils import timezone

    from gongshu.accounts.agents import shell_agent
    from gongshu.oversight import evaluation as evaluating
    from gongshu.rules.problems import not_found

    only = evaluating.visible_part(shell_agent(acting))
    if only and organisation not in (None, only):
        raise not_found("no_evaluation")
    of = organisation or only
    year = year or timezone.localdate().year
    if indicator:
        show_evidence(indicator, of, year, as_json)
        return
    found = evaluating.evaluate(year, only=of)
    if as_json:
        rows = {"all": found.whole.as_dict(), "agencies": [r.as_dict() for r in found.agencies]}
        regions = [row.as_dict() for row in found.regions]
        weights = {"name": found.weights.name, "basis": str(found.weights.basis)}
        indicators = evaluating.definitions(current_language())
        say_json(
            {"year": year, "weights": weights, "indicators": indicators, "regions": regions, **rows}
        )
        return
    say(
        Sentence(
            en=f"{year}, from {found.entries} entries of the ledger; "
            f"weights: {found.weights.name}.",
            zh=f"{year} 年，依据账本的 {found.entries} 条记录；权重：{found.weights.name}。",
        )
    )
    if of:
        show_one(found.whole)
    else:
        show_all([found.whole, *found.regions, *found.agencies])


def show_all(rows: list[Row]) -> None:
    titles = {
        "name": Sentence(en="Agency or region", zh="部门或地区"),
        "score": Sentence(en="Score", zh="得分"),
        "covered": Sentence(en="Weight with a basis", zh="有依据的权重"),
        "datasets": Sentence(en="Datasets", zh="数据集"),
        "answers": Sentence(en="Answers", zh="答复"),
    }
    everybody = str(Sentence(en="all", zh="全部"))
    show_rows(
        [
            {
                "name": row.name or everybody,
                "score": percent(row.score),
                "covered": percent(row.covered),
                "datasets": row.datasets,
                "answers": row.answers,
            }
            for row in rows
        ],
        titles,
    )


def show_one(row: Row) -> None:
    from gongshu.oversight.indicators import DIMENSIONS, INDICATORS

    titles = {
        "code": Sentence(en="Code", zh="代码"),
        "dimension": Sentence(en="Dimension", zh="维度"),
        "name": Sentence(en="Indicator", zh="指标"),
        "counted": Sentence(en="Counted", zh="计数"),
        "share": Sentence(en="Share", zh="占比"),
    }
    show_rows(
        [
            {
                "code": code,
                "dimension": str(DIMENSIONS[INDICATORS[code].dimension]),
                "name": str(INDICATORS[code].name),
                "counted": f"{value.part} / {value.whole}",
                "share": percent(value.share),
            }
            for code, value in row.values.items()
        ],
        titles,
    )


def show_evidence(indicator: str, organisation: str, year: int, as_json: bool) -> None:
    from gongshu.oversight import evidence

    found: list[dict[str, Any]] = [
        asdict(piece) for piece in evidence.evidence(indicator, organisation, year)
    ]
    if as_json:
        say_json(found)
        return
    titles = {
        "about": Sentence(en="About", zh="事项"),
        "event": Sentence(en="Event", zh="事件"),
        "at": Sentence(en="When", zh="时间"),
        "due": Sentence(en="Due", zh="期限"),
        "counts": Sentence(en="Counts", zh="计入"),
        "entry": Sentence(en="Entry", zh="账本条目"),
    }
    show_rows(found, titles)


def percent(share: float | None) -> str:
    return str(NO_BASIS) if share is None else f"{share:.1%}"
