"""`gongshu search …`: find datasets; `gongshu following …`: be told of new data and new hits."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from gongshu.cli import setup_django
from gongshu.cli.output import acting_as, as_json, in_my_language, say, say_json, show_rows
from gongshu.wording import Sentence

if TYPE_CHECKING:
    from gongshu.catalog.models import Dataset
    from gongshu.catalog.search import Results

COLUMNS = {
    "code": Sentence(en="Code", zh="代码"),
    "title": Sentence(en="Title", zh="名称"),
    "provider": Sentence(en="Provider", zh="提供方"),
    "opening": Sentence(en="Opening", zh="开放属性"),
    "sharing": Sentence(en="Sharing", zh="共享属性"),
    "grade": Sentence(en="Grade", zh="分级"),
    "state": Sentence(en="State", zh="状态"),
}
SUGGESTED = {
    "text": Sentence(en="Suggestion", zh="建议"),
    "kind": Sentence(en="Kind", zh="类别"),
    "link": Sentence(en="Where", zh="链接"),
}
FOLLOWED = {
    "dataset": Sentence(en="Dataset", zh="数据集"),
    "title_zh": Sentence(en="Title", zh="名称"),
    "whole_organisation": Sentence(en="Whole organisation", zh="全机构"),
    "told": Sentence(en="Newest version told of", zh="已通知版本"),
}
SAVED = {
    "number": Sentence(en="Number", zh="编号"),
    "name": Sentence(en="Name", zh="名称"),
    "q": Sentence(en="Words", zh="检索词"),
    "filters": Sentence(en="Narrowed by", zh="筛选条件"),
    "daily": Sentence(en="Told daily", zh="每天通知"),
}
HOW = {
    "parts": Sentence(
        "Few have these as whole words: also within words.", "也包括部分文字相符的。"
    ),
    "sounds": Sentence("Nothing has these words: these sound so.", "没有这些词，以下读音相同。"),
}
whole = click.option("--organisation", "whole", is_flag=True, help="For the whole organisation.")


def narrowing(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that are facets; each may be given several times."""
    for name, text in (
        ("--region", "Only of providers of this region: its code."),
        ("--grade", "core, important or general."),
        ("--update", "Only updated so: daily, yearly …"),
        ("--format", "Only files of this format."),
        ("--sharing", "unconditional, conditional or none."),
        ("--opening", "open, conditional or closed."),
        ("--provider", "Only of this organisation: its code."),
        ("--domain", "Only of this domain."),
    ):
        command = click.option(name, multiple=True, help=text)(command)
    return command


@click.command("search")
@click.argument("words", nargs=-1)
@narrowing
@click.option("--sort", default="", help="relevance, newest, updated, title or followed.")
@click.option("--page", default=1, type=click.IntRange(1, 500), help="Which page of the hits.")
@click.option("--csv", "as_csv", is_flag=True, help="All hits as CSV, up to ten thousand.")
@click.option("--suggest", is_flag=True, help="What is suggested to who types WORDS.")
@acting_as
@as_json
def search(
    words: tuple[str, ...],
    sort: str,
    page: int,
    as_csv: bool,
    suggest: bool,
    acting: str | None,
    as_json: bool,
    **filters: tuple[str, ...],
) -> None:
    """Find datasets by WORDS in titles, columns and descriptions."""
    setup_django()
    from gongshu.accounts import agents
    from gongshu.catalog import feeds, search
    from gongshu.catalog import suggest as suggesting

    agent, q = agents.shell_agent(acting), " ".join(words)
    if suggest:
        rows = [vars(one) for one in suggesting.suggest(q)]
        say_json(rows) if as_json else show_rows(rows, SUGGESTED)
        return
    if as_csv:
        hits = search.every_hit(q, agent=agent, filters=filters, sort=sort, most=feeds.MOST_IN_FILE)
        for line in feeds.csv_lines(hits, site=""):
            click.echo(line, nl=False)
        return
    found = search.search(q, agent=agent, filters=filters, page=page, sort=sort)
    say_json(_as_json(found)) if as_json else _show(found)


def _as_json(found: Results) -> dict[str, Any]:
    return {
        "total": found.total,
        "page": found.page,
        "sort": found.sort,
        "found_by": found.found_by,
        "instead": found.instead,
        "meant": found.meant,
        "datasets": [line(row) for row in found.hits],
        "facets": {f.name: {v.value: v.count for v in f.values} for f in found.facets},
    }


def _show(found: Results) -> None:
    if found.instead:
        say(Sentence(f"Looked for “{found.instead}” instead.", f"已改为检索“{found.instead}”。"))
    if found.found_by in HOW:
        say(HOW[found.found_by])
    show_rows([line(row) for row in found.hits], COLUMNS)
    say(Sentence(en=f"{found.total} found.", zh=f"共 {found.total} 条。"))
    if found.meant:
        say(Sentence(f"Did you mean “{found.meant}”?", f"您要找的是“{found.meant}”吗？"))


def line(dataset: Dataset) -> dict[str, Any]:
    return {
        "code": dataset.code,
        "title": in_my_language(dataset.title_zh, dataset.title_en),
        "provider": dataset.provider.code,
        "opening": dataset.opening,
        "sharing": dataset.sharing,
        "grade": dataset.grade,
        "state": dataset.state,
    }


@click.group()
def following() -> None:
    """Datasets that one follows, and searches that one keeps."""


@following.command("list")
@acting_as
@as_json
def list_followed(acting: str | None, as_json: bool) -> None:
    """What your organisation and you follow, and the searches you keep."""
    setup_django()
    from gongshu.accounts.agents import shell_agent
    from gongshu.catalog import following, saved
    from gongshu.catalog.search_api import following_out, saved_out

    agent = shell_agent(acting)
    followed = [following_out(row) for row in following.mine(agent)]
    kept = [saved_out(row) for row in saved.mine(agent)]
    if as_json:
        say_json({"datasets": followed, "searches": kept})
        return
    show_rows(followed, FOLLOWED)
    if kept:
        show_rows(kept, SAVED)


@following.command("add")
@click.argument("code")
@whole
@acting_as
def add(code: str, whole: bool, acting: str | None) -> None:
    """Be told when the data of dataset CODE change."""
    setup_django()
    from gongshu.accounts.agents import shell_agent
    from gongshu.catalog import following, selectors

    agent = shell_agent(acting)
    following.follow(dataset=selectors.get(code, agent), by=agent, whole=whole)
    say(Sentence(f"{code} is followed.", f"已关注 {code}。"))


@following.command("remove")
@click.argument("code")
@whole
@acting_as
def remove(code: str, whole: bool, acting: str | None) -> None:
    """Be told of dataset CODE no longer."""
    setup_django()
    from gongshu.accounts.agents import shell_agent
    from gongshu.catalog import following, selectors

    agent = shell_agent(acting)
    following.unfollow(dataset=selectors.get(code, agent), by=agent, whole=whole)
    say(Sentence(f"{code} is followed no longer.", f"已取消关注 {code}。"))


@following.command("save")
@click.argument("name")
@click.argument("words", nargs=-1)
@narrowing
@click.option("--daily/--silent", default=True, help="Whether to be told daily of new hits.")
@acting_as
@as_json
def save(
    name: str,
    words: tuple[str, ...],
    daily: bool,
    acting: str | None,
    as_json: bool,
    **filters: tuple[str, ...],
) -> None:
    """Keep the search for WORDS under NAME."""
    setup_django()
    from gongshu.accounts.agents import shell_agent
    from gongshu.catalog import saved
    from gongshu.catalog.search_api import saved_out

    row = saved.save(
        name=name, query=" ".join(words), filters=filters, daily=daily, by=shell_agent(acting)
    )
    if as_json:
        say_json(saved_out(row))
    else:
        say(Sentence(f"Saved as {row.pk}.", f"已保存，编号 {row.pk}。"))


@following.command("forget")
@click.argument("number", type=int)
@acting_as
def forget(number: int, acting: str | None) -> None:
    """Keep saved search NUMBER no longer."""
    setup_django()
    from gongshu.accounts.agents import shell_agent
    from gongshu.catalog import saved

    saved.forget(number=number, by=shell_agent(acting))
    say(Sentence("It is no longer saved.", "检索已删除。"))
