"""`gongshu version …`: the versions of a dataset, what changed, what is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from gongshu.cli import setup_django
from gongshu.cli.output import acting_as, as_json, say, say_json, show_rows
from gongshu.wording import Problem, Sentence

if TYPE_CHECKING:
    from gongshu.catalog.models import Dataset
    from gongshu.rules.agents import Agent

TITLES = {
    "number": Sentence(en="Version", zh="版本"),
    "created": Sentence(en="When", zh="时间"),
    "mode": Sentence(en="How", zh="方式"),
    "rows": Sentence(en="Rows", zh="行数"),
    "digest": Sentence(en="Digest", zh="摘要"),
    "removed": Sentence(en="Removed", zh="移除时间"),
}
COLUMNS = {
    "name": Sentence(en="Column", zh="列"),
    "what": Sentence(en="What changed", zh="变化"),
}


@click.group()
def version() -> None:
    """Versions of a dataset: what there is, what changed, what is kept."""


@version.command("list")
@click.argument("code")
@acting_as
@as_json
def list_versions(code: str, acting: str | None, as_json: bool) -> None:
    """All versions of the dataset CODE, newest first."""
    dataset, agent = _find(code, acting)
    from gongshu.catalog.versions_api import told

    found = [told(one, agent) for one in dataset.versions.order_by("-number")]
    if as_json:
        say_json(found)
    else:
        show_rows([one | {"digest": (one.get("digest") or "")[:16]} for one in found], TITLES)


@version.command("show")
@click.argument("code")
@click.argument("number", default="latest")
@acting_as
@as_json
def show_version(code: str, number: str, acting: str | None, as_json: bool) -> None:
    """One version of CODE by its NUMBER; the newest without one."""
    dataset, agent = _find(code, acting)
    from gongshu.catalog.versions_api import find, told

    found = told(find(dataset, number), agent)
    if as_json:
        say_json(found)
    else:
        show_rows([found], {name: TITLES[name] for name in TITLES if name != "removed"})


@version.command("diff")
@click.argument("code")
@click.argument("older", type=int)
@click.argument("newer", type=int)
@acting_as
@as_json
def show_differences(code: str, older: int, newer: int, acting: str | None, as_json: bool) -> None:
    """What changed in CODE from version OLDER to version NEWER."""
    dataset, agent = _find(code, acting)
    from gongshu.catalog import changes
    from gongshu.catalog.versions_api import differences

    found, job = changes.between(dataset, older, newer, by=agent)
    if found is None:
        assert job is not None
        raise Problem(
            "comparing",
            Sentence(
                en=f"They are large; the job {job.id} compares them. Ask again when it is done.",
                zh=f"数据较大，由任务 {job.id} 进行比较，完成后请再次查询。",
            ),
        )
    if as_json:
        say_json(differences(found))
    else:
        _show(found.changes)


@version.command("remove")
@click.argument("code")
@click.argument("number", type=int)
@acting_as
def remove_version(code: str, number: int, acting: str | None) -> None:
    """Remove the rows of version NUMBER of CODE for good; its row stays, and says so."""
    dataset, agent = _find(code, acting)
    from gongshu.catalog import retention

    retention.remove(dataset=dataset, number=number, by=agent)
    say(Sentence(en=f"Version {number} is removed.", zh=f"第 {number} 版已移除。"))


@version.command("hold")
@click.argument("code")
@click.argument("number", type=int)
@click.option("--reason", default="", help="Why it must stay.")
@click.option("--release", is_flag=True, help="Let it go again.")
@acting_as
def hold_version(code: str, number: int, reason: str, release: bool, acting: str | None) -> None:
    """Say that version NUMBER of CODE must stay, whatever the rule says."""
    dataset, agent = _find(code, acting)
    from gongshu.catalog import retention

    if release:
        retention.release(dataset=dataset, number=number, by=agent)
        say(Sentence(en=f"Version {number} is held no more.", zh=f"第 {number} 版不再要求保留。"))
    else:
        retention.hold(dataset=dataset, number=number, reason=reason, by=agent)
        say(Sentence(en=f"Version {number} is held.", zh=f"第 {number} 版已要求保留。"))


@version.command("rules")
@click.argument("code")
@click.option("--key", default=None, metavar="COLUMNS", help="What tells rows apart: a,b")
@click.option("--keep-last", "last", type=int, default=None, help="Keep so many versions.")
@click.option("--keep-days", "days", type=int, default=None, help="Keep those of so many days.")
@click.option("--keep-monthly", "monthly", is_flag=True, help="Keep the first of each month.")
@click.option("--keep-all", is_flag=True, help="Keep every version.")
@click.option("--apply", "now", is_flag=True, help="Remove now what the rule does not keep.")
@acting_as
@as_json
def version_rules(
    code: str, key: str | None, keep_all: bool, now: bool, acting: str | None, as_json: bool,
    **rule: Any,
) -> None:  # fmt: skip
    """The key of CODE and how long its versions are kept; what would go is said, not done."""
    dataset, agent = _find(code, acting)
    from gongshu.catalog import changes, retention
    from gongshu.catalog.ownership import require_holder
    from gongshu.catalog.versions_api import rules

    require_holder(dataset, agent)
    if key is not None:
        wanted = [name.strip() for name in key.split(",") if name.strip()]
        changes.set_key(dataset=dataset, columns=wanted, by=agent)
    if keep_all or any(rule.values()):
        retention.set_rule(dataset=dataset, rule={} if keep_all else rule, by=agent)
    removed = retention.apply(dataset, by=agent) if now else []
    found = rules(dataset) | ({"removed": removed} if now else {})
    if as_json:
        say_json(found)
    else:
        _say_rules(found)


@version.command("delta")
@click.argument("code")
@acting_as
def write_delta(code: str, acting: str | None) -> None:
    """Write the open dataset CODE as a Delta Lake table, and say where."""
    dataset, _ = _find(code, acting)
    from gongshu.catalog.selectors import require_download
    from gongshu.interop import delta
    from gongshu.rules.agents import ANONYMOUS

    require_download(dataset, ANONYMOUS)  # only what is open to all leaves this way
    delta.export(dataset)
    click.echo(delta.folder(dataset))


def _say_rules(found: dict[str, Any]) -> None:
    kept = ", ".join(f"{name} {value}" for name, value in found["retention"].items())
    key = ", ".join(found["key_columns"])
    going = ", ".join(str(number) for number in found["would_remove"])
    say(Sentence(en=f"Key: {key or 'none'}", zh=f"主键：{key or '未设定'}"))
    say(Sentence(en=f"Kept: {kept or 'all versions'}", zh=f"保留：{kept or '全部版本'}"))
    say(Sentence(en=f"Would be removed: {going or 'none'}", zh=f"将移除：{going or '无'}"))
    if found.get("removed"):
        gone = ", ".join(str(number) for number in found["removed"])
        say(Sentence(en=f"Removed: {gone}", zh=f"已移除：{gone}"))


def _find(code: str, acting: str | None) -> tuple[Dataset, Agent]:
    setup_django()
    from gongshu.accounts.agents import shell_agent
    from gongshu.catalog import selectors

    agent = shell_agent(acting)
    return selectors.get(code, agent), agent


def _show(found: dict[str, Any]) -> None:
    rows, columns = found["rows"], found["columns"]
    for problem in found["key_problems"]:
        say(_about_the_key(problem))
    changed = f", {rows['changed']:,}" if rows["changed"] is not None else ""
    say(
        Sentence(
            en=f"Rows: {rows['added']:,} added, {rows['removed']:,} removed"
            + (f"{changed} changed." if changed else "; without a key none is “changed”."),
            zh=f"行：新增 {rows['added']:,}，删除 {rows['removed']:,}"
            + (f"，变更 {rows['changed']:,}。" if changed else "；无主键，不计变更。"),
        )
    )
    lines = [
        *({"name": one["name"], "what": f"+ {one['type']}"} for one in columns["added"]),
        *({"name": one["name"], "what": f"- {one['type']}"} for one in columns["removed"]),
        *(
            {"name": one["name"], "what": f"{one['older']} → {one['newer']}"}
            for one in columns["retyped"]
        ),
        *({"name": name, "what": f"{n:,}"} for name, n in columns["changed"].items()),
    ]
    if lines:
        show_rows(lines, COLUMNS)


def _about_the_key(problem: dict[str, Any]) -> Sentence:
    what = {
        "missing": ("the key is missing", "缺少主键列"),
        "empty": ("the key is empty", "主键为空"),
        "twice": ("the key is not unique", "主键重复"),
    }[problem["what"]]
    where = {"older": ("older", "旧版"), "newer": ("newer", "新版")}[problem["where"]]
    rows = f"{problem['rows']:,}" if problem["rows"] else ""
    names = ", ".join(problem["columns"])
    return Sentence(
        en=f"In the {where[0]} version {what[0]}{f' in {rows} rows' if rows else ''} ({names}); "
        "rows are counted as they stand.",
        zh=f"{where[1]}中{what[1]}{f'（{rows} 行）' if rows else ''}（{names}），按整行计数。",
    )
