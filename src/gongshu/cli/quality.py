"""`gongshu quality …`: how good values are by GB/T 36344, and the rules they are held to.

gongshu quality health.persons
gongshu quality rules show health.persons --proposed > rules.json
gongshu quality rules set health.persons rules.json
gongshu quality contradictions health.persons welfare.persons
"""

from __future__ import annotations

import json
from typing import IO, TYPE_CHECKING, Any

import click

from gongshu.cli import setup_django
from gongshu.cli.output import acting_as, as_json, say, say_json, show_rows
from gongshu.wording import Problem, Sentence

if TYPE_CHECKING:
    from gongshu.catalog.models import Dataset
    from gongshu.rules.agents import Agent

NUMBER = Sentence(en="No.", zh="编号")
INDICATOR = Sentence(en="Indicator", zh="指标")
VALUE = Sentence(en="Value", zh="值")
NO_BASIS = Sentence(en="no basis", zh="无依据")
LACKS = Sentence(en="needs", zh="所需依据")
MEND = Sentence(en="To mend", zh="待整改")
FAILED = Sentence(en="Fails", zh="不合格数")
POINTS = Sentence(en="Points", zh="可提升分数")
COLUMNS = Sentence(en="Columns", zh="列")
DIFFERING = Sentence(en="Different", zh="不一致")
MATCHED = Sentence(en="Keys in both", zh="共有主键数")
SHARE = Sentence(en="Share", zh="占比")
EXAMPLE = Sentence(en="For instance", zh="示例")


class OrShow(click.Group):
    """`quality CODE` is `quality show CODE`: codes have a dot in them, commands have none."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and "." in args[0] and not args[0].startswith("-"):
            args = ["show", *args]
        return super().resolve_command(ctx, args)


@click.group(cls=OrShow)
def quality() -> None:
    """The quality of datasets (GB/T 36344): indicators, rules, what to mend."""


@quality.command()
@click.argument("code")
@click.option("--version", "number", type=click.IntRange(1), help="Instead of the newest.")
@acting_as
@as_json
def show(code: str, number: int | None, acting: str | None, as_json: bool) -> None:
    """The quality of the dataset CODE: score, indicators, what to mend, freshness."""
    _, agent = _dataset(code, acting)
    from gongshu.catalog.quality_api import told

    found = told(code, agent, number)
    if as_json:
        say_json(found)
        return
    _say_report(found["report"])
    _say_freshness(found["freshness"])


@quality.command()
@acting_as
@as_json
def overview(acting: str | None, as_json: bool) -> None:
    """Datasets by score, worst first, and those that are late."""
    setup_django()
    from gongshu.accounts.agents import shell_agent
    from gongshu.catalog.quality_overview import overview as look

    found = [one.as_dict() for one in look(shell_agent(acting)).datasets]
    if as_json:
        say_json(found)
        return
    titles = {
        "dataset": Sentence(en="Dataset", zh="数据集"),
        "score": Sentence(en="Score", zh="得分"),
        "late": Sentence(en="Late since", zh="逾期自"),
    }
    show_rows([{**one, "late": one["freshness"]["late_since"]} for one in found], titles)


@quality.command()
@click.argument("code")
@click.argument("other")
@click.option("--key", default="", metavar="OURS=THEIRS", help="One column of each to match by.")
@acting_as
@as_json
def contradictions(code: str, other: str, key: str, acting: str | None, as_json: bool) -> None:
    """Where CODE and OTHER say different things of the same: same key, other value."""
    mine, agent = _dataset(code, acting)
    from gongshu.catalog import contradictions as services
    from gongshu.catalog import selectors
    from gongshu.catalog.quality_api import key_of

    theirs = selectors.get(other, agent)
    found = services.contradictions(mine, theirs, agent, key=key_of(key)).as_dict()
    if as_json:
        say_json(found)
        return
    say(
        Sentence(
            en=f"Matched by {'='.join(found['key'])}.", zh=f"按 {'='.join(found['key'])} 匹配。"
        )
    )
    rows = [
        {
            **one,
            "columns": " = ".join(one["columns"]),
            "share": None if one["share"] is None else f"{one['share']:.1%}",
            "example": "; ".join(
                f"{e['key']}: {e['here']} ≠ {e['there']}" for e in one["examples"][:2]
            ),
        }
        for one in found["columns"]
    ]
    titles = {"columns": COLUMNS, "matched": MATCHED, "differing": DIFFERING, "share": SHARE}
    show_rows(rows, titles | {"example": EXAMPLE})


@quality.group()
def rules() -> None:
    """What must hold in a dataset's rows."""


@rules.command("show")
@click.argument("code")
@click.option("--proposed", is_flag=True, help="With those that the data suggest.")
@acting_as
def show_rules(code: str, proposed: bool, acting: str | None) -> None:
    """The rules of the dataset CODE, as JSON that `set` takes."""
    dataset, agent = _dataset(code, acting)
    from gongshu.catalog import quality as services

    if proposed:
        say_json(services.proposed(dataset, agent))
        return
    services.require_provider(dataset, agent)
    say_json(services.rules_of(dataset))


@rules.command("set")
@click.argument("code")
@click.argument("file", type=click.File("r", encoding="utf-8"))
@acting_as
def set_rules(code: str, file: IO[str], acting: str | None) -> None:
    """Set all rules of the dataset CODE from FILE (JSON; “-”: what is typed)."""
    dataset, agent = _dataset(code, acting)
    from gongshu.catalog import quality as services

    services.set_rules(dataset=dataset, rules=_read(file), by=agent)
    say(Sentence(en="The rules are set; the newest version is judged anew.",
                 zh="规则已设定，最新版本将重新评估。"))  # fmt: skip


@rules.command()
@click.argument("code")
@acting_as
def adopt(code: str, acting: str | None) -> None:
    """Take over all the rules that the data of CODE suggest."""
    dataset, agent = _dataset(code, acting)
    from gongshu.catalog import quality as services

    services.set_rules(dataset=dataset, rules=services.proposed(dataset, agent), by=agent)
    say_json(services.rules_of(dataset))


def _dataset(code: str, acting: str | None) -> tuple[Dataset, Agent]:
    setup_django()
    from gongshu.accounts.agents import shell_agent
    from gongshu.catalog import selectors

    agent = shell_agent(acting)
    return selectors.get(code, agent), agent


def _read(file: IO[str]) -> dict[str, Any]:
    try:
        said = json.load(file)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        raise Problem(
            "unreadable",
            Sentence(en="The rules are not a JSON object.", zh="规则文件不是 JSON 对象。"),
        )
    return said


def _say_report(report: dict[str, Any]) -> None:
    score = report["score"]
    based = sum(one["value"] is not None for one in report["indicators"])
    shown = str(NO_BASIS) if score is None else f"{score:.1f}"
    say(Sentence(
        en=f"Score {shown} of 100, from the {based} of 20 indicators that have a basis.",
        zh=f"得分 {shown}（满分 100），依据 20 项指标中有依据的 {based} 项。",
    ))  # fmt: skip
    from gongshu.data.quality import KINDS  # here: it loads DuckDB

    rows = [
        {
            "number": one["number"],
            "title": str(KINDS[one["number"]].title),
            "value": f"{NO_BASIS}: {LACKS} {KINDS[one['number']].needs}"
            if one["value"] is None
            else f"{one['value']:.2%}",
        }
        for one in report["indicators"]
    ]
    show_rows(rows, {"number": NUMBER, "title": INDICATOR, "value": VALUE})
    fixes = [
        {"rule": _said(one["rule"]), "failed": one["failed"], "points": f"+{one['points']:.1f}"}
        for one in report.get("fixes", ())
    ]
    if fixes:
        show_rows(fixes, {"rule": MEND, "failed": FAILED, "points": POINTS})


def _say_freshness(fresh: dict[str, Any]) -> None:
    if fresh["due"] is None:
        say(Sentence(en="No update cycle is promised.", zh="未承诺更新周期。"))
        return
    late = fresh["late_since"]
    say(Sentence(
        en=f"Promised {fresh['cycle']}; last {fresh['last']}, "
        + (f"late since {late}." if late else f"next by {fresh['due']}."),
        zh=f"承诺更新周期 {fresh['cycle']}；最近更新 {fresh['last']}，"
        + (f"自 {late} 起逾期。" if late else f"应于 {fresh['due']} 前更新。"),
    ))  # fmt: skip


def _said(text: Any) -> str:
    return str(Sentence(en=text["en"], zh=text["zh"])) if isinstance(text, dict) else str(text)
