"""`gongshu joinable DATASET[.COLUMN]`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from gongshu.cli import setup_django
from gongshu.cli.output import acting_as, as_json, in_my_language, say, say_json, show_rows
from gongshu.wording import Sentence

if TYPE_CHECKING:
    from gongshu.data.sketches import Estimate

TITLES = {
    "mine": Sentence(en="Column", zh="列"),
    "dataset": Sentence(en="Dataset", zh="数据集"),
    "column": Sentence(en="Its column", zh="对方列"),
    "into": Sentence(en="Mine in theirs", zh="本列值见于对方"),
    "back": Sentence(en="Theirs in mine", zh="对方值见于本列"),
    "note": Sentence(en="Note", zh="备注"),
}
CHANCE = Sentence(en="numbers; may be chance", zh="数值重合，可能系巧合")
NONE = Sentence(
    en="Nothing that you may be told of. Overlaps of protected data are for their provider and "
    "the data bureau.",
    zh="没有可供您查看的结果。受保护数据的重合情况仅供其提供单位和数据管理部门查看。",
)


@click.command()
@click.argument("dataset", metavar="DATASET[.COLUMN]")
@acting_as
@as_json
def joinable(dataset: str, acting: str | None, as_json: bool) -> None:
    """What a dataset can be joined with: columns of others that hold the same values."""
    setup_django()
    from gongshu.accounts.agents import shell_agent  # here: they need Django
    from gongshu.catalog import joins, selectors
    from gongshu.catalog.joins_api import as_dict

    domain, _, rest = dataset.partition(".")
    name, _, column = rest.partition(".")
    agent = shell_agent(acting)
    found = joins.joinable(selectors.get(f"{domain}.{name}", agent), agent, column)
    if as_json:
        say_json(as_dict(f"{domain}.{name}", found))
        return
    rows = [
        {
            "mine": one.column,
            "dataset": f"{j.dataset.code} {in_my_language(j.dataset.title_zh, j.dataset.title_en)}",
            "column": j.column,
            "into": percent(j.into),
            "back": percent(j.back),
            "note": "" if j.likely else str(CHANCE),
        }
        for one in found
        for j in one.found
    ]
    if rows:
        show_rows(rows, TITLES)
    else:
        say(NONE)


def percent(estimate: Estimate) -> str:
    if estimate.exact:
        return f"{estimate.share:.0%}"
    return f"{estimate.share:.0%} ({estimate.low:.0%}–{estimate.high:.0%})"
