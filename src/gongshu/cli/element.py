"""`gongshu element list|show|make|add|source|candidates`: one datum, one source."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from gongshu.cli import setup_django
from gongshu.cli.output import acting_as, as_json, in_my_language, say, say_json, show_rows
from gongshu.wording import Problem, Sentence

if TYPE_CHECKING:
    from gongshu.catalog.models import Dataset
    from gongshu.rules.agents import Agent

TITLES = {
    "id": Sentence(en="Element", zh="编号"),
    "name": Sentence(en="Name", zh="名称"),
    "object_class": Sentence(en="Of what", zh="对象类"),
    "representation": Sentence(en="In which form", zh="表示"),
}
COLUMNS = {
    "role": Sentence(en="Role", zh="角色"),
    "dataset": Sentence(en="Dataset", zh="数据集"),
    "column": Sentence(en="Column", zh="列"),
    "provider": Sentence(en="Provider", zh="提供单位"),
    "differs": Sentence(en="Differs from the source", zh="与数源不一致"),
}
CANDIDATES = {
    "dataset": Sentence(en="Dataset", zh="数据集"),
    "column": Sentence(en="Column", zh="列"),
    "likeness": Sentence(en="Words alike", zh="名称相似度"),
    "contained": Sentence(en="Of its values here", zh="取值见于本列"),
}
PLACE = Sentence(en="Write DOMAIN.DATASET.COLUMN.", zh="请写作“域.数据集.列”。")


@click.group()
def element() -> None:
    """One datum, one source: who holds a datum first, and who a copy."""


@element.command("list")
@click.option("--search", "q", default="", help="Part of the name.")
@acting_as
@as_json
def list_elements(q: str, acting: str | None, as_json: bool) -> None:
    """The data elements."""
    setup_django()
    from gongshu.accounts.agents import shell_agent  # here: they need Django
    from gongshu.catalog import element_selectors

    rows = [
        element_selectors.summary(e) for e in element_selectors.elements(shell_agent(acting), q)
    ]
    if as_json:
        say_json(rows)
    else:
        show_rows([r | {"name": in_my_language(r["name_zh"], r["name_en"])} for r in rows], TITLES)


@element.command("show")
@click.argument("number")
@acting_as
@as_json
def show(number: str, acting: str | None, as_json: bool) -> None:
    """An element: its source, its copies, and how often these differ."""
    setup_django()
    from gongshu.accounts.agents import shell_agent  # here: they need Django
    from gongshu.catalog import element_selectors

    _show(element_selectors.detail(element_selectors.get(number), shell_agent(acting)), as_json)


@element.command("make")
@click.argument("name_zh")
@click.option("--name-en", default="", help="Its name in English.")
@click.option("--definition", "definition_zh", default="", help="What it is, in Chinese.")
@click.option("--of", "object_class", default="", help="The thing it is of: person, school …")
@click.option("--property", "prop", default="", help="What of the thing: number, address …")
@click.option("--form", "representation", default="", help="In which form: code, date, text …")
@acting_as
@as_json
def make(name_zh: str, acting: str | None, as_json: bool, **said: str) -> None:
    """A new data element; for the data bureau."""
    setup_django()
    from gongshu.accounts.agents import shell_agent  # here: they need Django
    from gongshu.catalog import element_selectors, elements

    agent = shell_agent(acting)
    said["property"] = said.pop("prop")
    made = elements.describe_element(by=agent, element=None, name_zh=name_zh, **said)
    _show(element_selectors.detail(made, agent), as_json)


@element.command("add")
@click.argument("number")
@click.argument("place", metavar="DATASET.COLUMN")
@acting_as
@as_json
def add(number: str, place: str, acting: str | None, as_json: bool) -> None:
    """Say that a column holds the datum; for the bureau and the column's provider."""
    setup_django()
    from gongshu.catalog import element_selectors, elements  # here: they need Django

    agent, dataset, column = _placed(place, acting)
    found = element_selectors.get(number)
    elements.add_column(element=found, dataset=dataset, column=column, by=agent)
    _show(element_selectors.detail(found, agent), as_json)


@element.command("source")
@click.argument("number")
@click.argument("place", metavar="DATASET.COLUMN")
@acting_as
@as_json
def source(number: str, place: str, acting: str | None, as_json: bool) -> None:
    """Name the one source of a datum; for the head of the data bureau."""
    setup_django()
    from gongshu.catalog import element_selectors, elements  # here: they need Django

    agent, dataset, column = _placed(place, acting)
    found = element_selectors.get(number)
    elements.name_source(element=found, dataset=dataset, column=column, by=agent)
    _show(element_selectors.detail(found, agent), as_json)


@element.command("candidates")
@click.argument("place", metavar="DATASET.COLUMN")
@acting_as
@as_json
def candidates(place: str, acting: str | None, as_json: bool) -> None:
    """Columns of other datasets that may hold the same datum."""
    setup_django()
    from gongshu.catalog import element_selectors  # here: they need Django
    from gongshu.catalog.elements_api import candidate_shown

    agent, dataset, column = _placed(place, acting)
    rows = [candidate_shown(c) for c in element_selectors.candidates(dataset, column, agent)]
    if as_json:
        say_json(rows)
        return
    for row in rows:
        row["contained"] = f"{row['contained']['share']:.0%}" if row["contained"] else ""
    show_rows(rows, CANDIDATES)


def _placed(place: str, acting: str | None) -> tuple[Agent, Dataset, str]:
    from gongshu.accounts.agents import shell_agent
    from gongshu.catalog import selectors

    parts = place.split(".", 2)
    if len(parts) != 3:
        raise Problem("place", PLACE)
    agent = shell_agent(acting)
    return agent, selectors.get(".".join(parts[:2]), agent), parts[2]


def _show(detail: dict[str, Any], as_json: bool) -> None:
    if as_json:
        say_json(detail)
        return
    name = in_my_language(detail["name_zh"], detail["name_en"])
    say(Sentence(en=f"Data element {detail['id']}: {name}", zh=f"数据元 {detail['id']}：{name}"))
    rows = [c | {"differs": _differs(c["compared"])} for c in detail["columns"]]
    show_rows(rows, COLUMNS)


def _differs(compared: dict[str, Any] | None) -> str:
    if not compared or compared["rate"] is None:
        return ""
    return f"{compared['rate']:.1%} ({compared['differing']}/{compared['matched']})"
