"""`gongshu grading …`: what grade is proposed for each column, and confirming it.

gongshu grading propose health.persons
gongshu grading confirm health.persons --as-proposed
gongshu grading confirm health.persons --field "remark=person:serious" --reason "only initials"
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from gongshu.cli import setup_django
from gongshu.cli.output import acting_as, as_json, say, say_json, show_rows
from gongshu.wording import Sentence

if TYPE_CHECKING:
    from gongshu.catalog.grading import Grading

NAME = Sentence(en="Column", zh="列")
PROPOSED = Sentence(en="Proposed", zh="建议")
WHY = Sentence(en="Why", zh="依据")
CONFIRMED = Sentence(en="Confirmed", zh="已确认")
BY = Sentence(en="By", zh="确认人")


@click.group()
def grading() -> None:
    """Grade a dataset by its columns (GB/T 43697)."""


@grading.command()
@click.argument("code")
@acting_as
@as_json
def propose(code: str, acting: str | None, as_json: bool) -> None:
    """What is proposed for each column of the dataset CODE, and why."""
    found = _grading(code, acting)
    if as_json:
        say_json(_shown(found))
        return
    rows = [
        {
            "name": one.field.name,
            "proposed": _word(one.proposal.graded),
            "why": f"{one.proposal.why} {one.proposal.evidence}".strip(),
        }
        for one in found.fields
    ]
    show_rows(rows, {"name": NAME, "proposed": PROPOSED, "why": WHY})


@grading.command()
@click.argument("code")
@acting_as
@as_json
def show(code: str, acting: str | None, as_json: bool) -> None:
    """What was confirmed for the columns of the dataset CODE, and by whom."""
    _show(_grading(code, acting), as_json)


@grading.command()
@click.argument("code")
@click.option(
    "--field",
    "fields",
    multiple=True,
    metavar="NAME=OBJECT:DEGREE",
    help="Whom the column would harm and how badly (several with commas; nothing: nobody).",
)
@click.option("--reason", default="", help="Why a column is graded below the proposal.")
@click.option("--as-proposed", is_flag=True, help="All columns not confirmed yet, as proposed.")
@click.option("--follow", is_flag=True, help="The dataset takes the grade of the strictest column.")
@acting_as
@as_json
def confirm(
    code: str,
    fields: tuple[str, ...],
    reason: str,
    as_proposed: bool,
    follow: bool,
    acting: str | None,
    as_json: bool,
) -> None:
    """Confirm the grades of columns of the dataset CODE: all that is named, or nothing."""
    found = _grading(code, acting)
    from gongshu.accounts.agents import shell_agent
    from gongshu.catalog import grading as services

    said: dict[str, Any] = services.as_proposed(found) if as_proposed else {}
    for one in fields:
        name, _, impacts = one.rpartition("=")
        said[name] = {"impacts": _impacts(impacts), "reason": reason}
    agent = shell_agent(acting)
    _show(services.confirm(dataset=found.dataset, fields=said, follow=follow, by=agent), as_json)


def _grading(code: str, acting: str | None) -> Grading:
    setup_django()
    from gongshu.accounts.agents import shell_agent
    from gongshu.catalog import grading as services
    from gongshu.catalog import selectors

    agent = shell_agent(acting)
    return services.grading(selectors.get(code, agent), agent)


def _impacts(text: str) -> list[dict[str, str]]:
    """`person:serious,economy:general`."""
    pairs = [one.partition(":") for one in text.split(",") if one.strip()]
    return [{"harmed": harmed.strip(), "harm": harm.strip()} for harmed, _, harm in pairs]


def _show(found: Grading, as_json: bool) -> None:
    if as_json:
        say_json(_shown(found))
        return
    rows = [
        {
            "name": one.field.name,
            "proposed": _word(one.proposal.graded),
            "confirmed": _word(one.confirmed.graded) if one.confirmed else "",
            "by": one.confirmed.person if one.confirmed else "",
        }
        for one in found.fields
    ]
    show_rows(rows, {"name": NAME, "proposed": PROPOSED, "confirmed": CONFIRMED, "by": BY})
    dataset = found.dataset
    level = f" ({dataset.level})" if dataset.level else ""
    say(
        Sentence(
            en=f"{dataset.code} is graded {dataset.grade or '—'}{level}.",
            zh=f"{dataset.code} 的级别：{dataset.get_grade_display() or '—'}{level}。",
        )
    )


def _shown(found: Grading) -> dict[str, Any]:
    from gongshu.catalog.grading_api import shown

    return shown(found)


def _word(graded: Any) -> str:
    words = {
        "core": Sentence(en="core", zh="核心"),
        "important": Sentence(en="important", zh="重要"),
        "general": Sentence(en="general", zh="一般"),
    }
    level = f" {graded.level}" if graded.level else ""
    return f"{words[str(graded.grade)]}{level}"
