"""`gongshu disclosure`: what the ledger says to the public."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from gongshu.cli import setup_django
from gongshu.cli.output import as_json, in_my_language, say, say_json, show_rows
from gongshu.wording import Sentence, current_language

if TYPE_CHECKING:
    from gongshu.oversight.disclosure import Disclosure


@click.command()
@click.option("--year", type=click.IntRange(2000, 9999), help="One year; else all of them.")
@click.option("--published", is_flag=True, help="What those who owe it have published.")
@click.option("--rebuild", is_flag=True, help="Add all entries up anew first.")
@as_json
def disclosure(year: int | None, published: bool, rebuild: bool, as_json: bool) -> None:
    """What is disclosed, derived from the ledger alone."""
    setup_django()
    from gongshu.oversight import selectors

    if rebuild:
        add_up_anew()

    if published:
        show_published(year, as_json)
        return

    found = selectors.disclosure(year)
    if as_json:
        say_json(found.as_dict(current_language()))
        return
    say(
        Sentence(
            en=f"Derived from {found.entries} entries of the ledger.",
            zh=f"依据账本的 {found.entries} 条记录得出。",
        )
    )
    say(Sentence(en="\nOpen data", zh="\n开放数据"))
    titles = {
        "code": Sentence(en="Dataset", zh="数据集"),
        "title": Sentence(en="Title", zh="名称"),
        "provider": Sentence(en="Provider", zh="提供方"),
        "entry": Sentence(en="Entry", zh="账本条目"),
    }
    show_rows(
        [
            {
                "code": one.code,
                "title": in_my_language(one.title_zh, one.title_en),
                "provider": one.provider,
                "entry": one.entry_id,
            }
            for one in found.open_datasets
        ],
        titles,
    )
    say(Sentence(en="\nAuthorisations", zh="\n授权情况"))
    titles = {
        "grant": Sentence(en="Grant", zh="授权"),
        "kind": Sentence(en="Kind", zh="类型"),
        "grantee": Sentence(en="Authorised party", zh="被授权方"),
        "datasets": Sentence(en="Content", zh="授权内容"),
        "purposes": Sentence(en="Purposes", zh="用途"),
        "valid_until": Sentence(en="Until", zh="期限至"),
        "state": Sentence(en="State", zh="状态"),
    }
    show_rows([{name: getattr(a, name) for name in titles} for a in found.authorisations], titles)
    show_use(found)
    show_prices(found)
    say(Sentence(en="\nCatalogue and sharing", zh="\n目录与共享"))
    for figure in found.figures:
        click.echo(f"{figure.value:>8}  {figure.label}")


def add_up_anew() -> None:
    """What the worker has added up is thrown away and made again, with its progress."""
    from gongshu.oversight import bookkeeping

    bookkeeping.clear()

    def said(done: int, of: int) -> None:
        text = Sentence(en=f"{done:,} of {of:,} entries", zh=f"已汇总 {done:,} / {of:,} 条")
        click.echo(str(text), err=True)

    bookkeeping.Writer().write(said)


def show_published(year: int | None, as_json: bool) -> None:
    from gongshu.oversight import published

    found = [dict(vars(one)) for one in published.published(year)]
    if as_json:
        say_json(found)
        return
    titles = {
        "case": Sentence(en="Case", zh="办件"),
        "organisation": Sentence(en="Organisation", zh="披露主体"),
        "side": Sentence(en="As", zh="身份"),
        "year": Sentence(en="Year", zh="年度"),
        "published_on": Sentence(en="Published", zh="公布日期"),
        "entry_id": Sentence(en="Entry", zh="账本条目"),
    }
    show_rows(found, titles)


def show_prices(found: Disclosure) -> None:
    say(Sentence(en="\nCaps and charges", zh="\n上限收费和实际收费"))
    titles = {
        "grant": Sentence(en="Grant", zh="授权"),
        "product": Sentence(en="Product", zh="产品或服务"),
        "amount": Sentence(en="Yuan", zh="元"),
        "what": Sentence(en="What", zh="类别"),
        "begins": Sentence(en="From", zh="自"),
    }
    cap, charge = Sentence(en="cap", zh="上限"), Sentence(en="charge", zh="收费")
    lines = [(cap, one) for one in found.caps] + [(charge, one) for one in found.charges]
    show_rows(
        [
            {
                "grant": one.grant,
                "product": one.product,
                "amount": one.amount,
                "what": str(what),
                "begins": one.begins,
            }
            for what, one in lines
        ],
        titles,
    )


def show_use(found: Disclosure) -> None:
    say(Sentence(en="\nUse of resources", zh="\n资源使用情况"))
    titles = {
        "grant": Sentence(en="Grant", zh="授权"),
        "grantee": Sentence(en="Authorised party", zh="被授权方"),
        "answered": Sentence(en="Answered", zh="答复"),
        "withheld": Sentence(en="of these with withheld cells", zh="其中部分未提供"),
        "refused": Sentence(en="Refused", zh="拒绝"),
    }
    show_rows([{name: getattr(u, name) for name in titles} for u in found.use], titles)
