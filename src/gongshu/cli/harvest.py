"""`gongshu harvest …`: other catalogues, proposed, tried dry and read in."""

from __future__ import annotations

from typing import Any

import click

from gongshu.cli import setup_django
from gongshu.cli.output import acting_as, as_json, in_my_language, say, say_json, show_rows
from gongshu.wording import Problem, Sentence

COLUMNS = {
    "code": Sentence(en="Source", zh="采集源"),
    "title": Sentence(en="Title", zh="名称"),
    "protocol": Sentence(en="Protocol", zh="协议"),
    "state": Sentence(en="State", zh="状态"),
    "entries": Sentence(en="Entries", zh="条目数"),
    "gone": Sentence(en="Gone", zh="已消失"),
    "case": Sentence(en="Case", zh="办件"),
}
RUN_COLUMNS = {
    "run": Sentence(en="Run", zh="采集"),
    "state": Sentence(en="State", zh="状态"),
    "started": Sentence(en="Started", zh="开始"),
    "seen": Sentence(en="Read", zh="已读"),
    "new": Sentence(en="New", zh="新增"),
    "changed": Sentence(en="Changed", zh="更改"),
    "unchanged": Sentence(en="Unchanged", zh="未变"),
    "gone": Sentence(en="Gone", zh="消失"),
    "broken": Sentence(en="Broken", zh="有误"),
}
CHANGES = {
    "what": Sentence(en="What", zh="变化"),
    "entry": Sentence(en="Entry", zh="条目"),
    "field": Sentence(en="Field", zh="项"),
    "before": Sentence(en="Before", zh="原值"),
    "after": Sentence(en="After", zh="新值"),
}
NEW, GONE = Sentence(en="new", zh="新增"), Sentence(en="gone", zh="消失")
CHANGED, BROKEN = Sentence(en="changed", zh="更改"), Sentence(en="broken", zh="有误")


@click.group()
def harvest() -> None:
    """Other catalogues read into this one."""


@harvest.command("add")
@click.argument("code")
@click.option("--title", required=True, help="What the catalogue is called.")
@click.option(
    "--protocol",
    required=True,
    type=click.Choice(["ckan", "dcat", "dcat_us"]),
    help="What it speaks.",
)
@click.option("--url", required=True, help="Its address.")
@click.option("--org", "organisation", required=True, help="Under whose name its entries stand.")
@click.option("--domain", required=True, help="Domain of its entries.")
@click.option("--theme", "themes", multiple=True, metavar="THEME=DOMAIN", help="May be repeated.")
@click.option(
    "--every",
    default="",
    type=click.Choice(["", "daily", "weekly", "monthly"]),
    help="Read again by itself so often.",
)
@click.option("--most-gone", default=10, type=click.IntRange(0, 100), help="Percent.")
@acting_as
@as_json
def add(code: str, themes: tuple[str, ...], acting: str | None, as_json: bool, **said: Any) -> None:
    """Propose a catalogue; the head of the data bureau approves its case."""
    setup_django()
    from gongshu.accounts.agents import shell_agent
    from gongshu.interop.harvest import services

    pairs = [theme.rpartition("=") for theme in themes]
    if not all(name and sign for name, sign, _ in pairs):
        raise Problem(
            "theme", Sentence(en="A theme reads THEME=DOMAIN.", zh="主题应写作 主题=领域。")
        )
    payload = {"code": code, **said, "domains": {name: domain for name, _, domain in pairs}}
    case = services.propose(payload, by=shell_agent(acting))
    if as_json:
        say_json({"case": case.pk, "source": code})
    else:
        say(
            Sentence(
                en=f"{code} is proposed in the case {case.pk}; the head of the data bureau "
                "approves it.",
                zh=f"已在办件 {case.pk} 中提出采集源 {code}，由数据管理部门负责人批准。",
            )
        )


@harvest.command("list")
@acting_as
@as_json
def list_sources(acting: str | None, as_json: bool) -> None:
    """The sources and what has come from each."""
    setup_django()
    from gongshu.accounts.agents import shell_agent
    from gongshu.interop.harvest import shown

    rows = shown.sources(shell_agent(acting))
    if as_json:
        say_json(rows)
    else:
        show_rows(rows, COLUMNS)


@harvest.command("show")
@click.argument("source")
@acting_as
@as_json
def show(source: str, acting: str | None, as_json: bool) -> None:
    """One source with its runs, and what was wrong in the last."""
    setup_django()
    from gongshu.accounts.agents import shell_agent
    from gongshu.interop.harvest import shown

    found = shown.detail(source, shell_agent(acting))
    if as_json:
        say_json(found)
        return
    say(Sentence(en=f"{found['title']}: {found['url']}", zh=f"{found['title']}：{found['url']}"))
    show_rows(found["runs"], RUN_COLUMNS)
    for note in found["notes"]:
        place = f"{note['index']} {note['identifier']}: " if "index" in note else ""
        click.echo(place + in_my_language(note["detail"]["zh"], note["detail"]["en"]))
    _say_unmapped(found["unmapped"])


@harvest.command("dry-run")
@click.argument("source")
@acting_as
@as_json
def dry_run(source: str, acting: str | None, as_json: bool) -> None:
    """What a run would do; nothing is written. SOURCE may be one that is only proposed."""
    setup_django()
    from gongshu.accounts.agents import shell_agent
    from gongshu.interop.harvest import services
    from gongshu.interop.harvest.diff import difference

    by = shell_agent(acting)
    services.require_bureau(by)
    found = difference(services.source(source, by=by)).as_dict()
    if as_json:
        say_json(found)
        return
    show_rows(_changes(found), CHANGES)
    _say_unmapped(found["unmapped"])
    for note in found["notes"]:
        click.echo(in_my_language(note["zh"], note["en"]))
    counts = {name: found["counts"].get(name, 0) for name in RUN_COLUMNS}
    say(
        Sentence(
            en=f"{counts['new']} new, {counts['changed']} changed, {counts['unchanged']} "
            f"unchanged, {counts['gone']} gone, {counts['broken']} broken. Nothing was written.",
            zh=f"新增 {counts['new']}，更改 {counts['changed']}，未变 {counts['unchanged']}，"
            f"消失 {counts['gone']}，有误 {counts['broken']}。未写入任何内容。",
        )
    )
    if found["stops"]:
        say(
            Sentence(
                en="More would go than the ceiling allows: a run waits for a person.",
                zh="消失的条目超过上限，正式采集将等待人工确认。",
            )
        )


@harvest.command("run")
@click.argument("source")
@acting_as
@as_json
def run(source: str, acting: str | None, as_json: bool) -> None:
    """Read an approved source; the worker does it."""
    setup_django()
    from gongshu.accounts.agents import shell_agent
    from gongshu.interop.harvest import services

    job = services.start(source, by=shell_agent(acting))
    if as_json:
        say_json({"job": job.id, "state": job.state})
    else:
        say(
            Sentence(
                en=f"Queued as the job {job.id}; `gongshu harvest show {source}` says how it went.",
                zh=f"已排入任务 {job.id}；用 `gongshu harvest show {source}` 查看结果。",
            )
        )


@harvest.command("confirm-gone")
@click.argument("source")
@acting_as
def confirm_gone(source: str, acting: str | None) -> None:
    """Mark as gone what the last run did not find, though it is more than the ceiling."""
    setup_django()
    from gongshu.accounts.agents import shell_agent
    from gongshu.interop.harvest import services

    count = services.confirm_gone(source, by=shell_agent(acting))
    say(Sentence(en=f"{count} entries are marked as gone.", zh=f"已将 {count} 条标记为消失。"))


def _changes(found: dict[str, Any]) -> list[dict[str, str]]:
    rows = [{"what": str(NEW), "entry": one["title"]} for one in found["new"]]
    for one in found["changed"]:
        pairs = one["fields"] or {"": ["", ""]}  # of its links or provenance alone
        rows += [
            {
                "what": str(CHANGED),
                "entry": one["code"],
                "field": name,
                "before": before[:100],
                "after": after[:100],
            }
            for name, (before, after) in pairs.items()
        ]
    rows += [{"what": str(GONE), "entry": one["code"]} for one in found["gone"]]
    rows += [
        {
            "what": str(BROKEN),
            "entry": f"{one['index']} {one['identifier']}",
            "after": in_my_language(one["detail"]["zh"], one["detail"]["en"]),
        }
        for one in found["broken"]
    ]
    return rows


def _say_unmapped(unmapped: dict[str, int]) -> None:
    if unmapped:
        listed = ", ".join(f"{name} ({number})" for name, number in unmapped.items())
        say(Sentence(en=f"Not taken over: {listed}.", zh=f"未采集的内容：{listed}。"))
