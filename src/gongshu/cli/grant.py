"""`gongshu grant create|show|list|revoke|linkage`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gongshu.cli import linkage, setup_django
from gongshu.cli.output import acting_as, as_json, say, say_json, show_rows
from gongshu.wording import Sentence

if TYPE_CHECKING:
    from gongshu.grants.models import Grant

TITLES = {
    "id": Sentence(en="Grant", zh="授权"),
    "kind": Sentence(en="Kind", zh="类型"),
    "grantee": Sentence(en="To", zh="被授权方"),
    "datasets": Sentence(en="Datasets", zh="数据集"),
    "purposes": Sentence(en="Purposes", zh="用途"),
    "valid_until": Sentence(en="Until", zh="有效期至"),
    "standing": Sentence(en="Standing", zh="状态"),
}


@click.group()
def grant() -> None:
    """Who may do what, with which data, for what, until when."""


@grant.command("create")
@click.option(
    "-f",
    "--file",
    "path",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The terms, in YAML or JSON; `scope` may stand beside them.",
)
@acting_as
@as_json
def create(path: Path, acting: str | None, as_json: bool) -> None:
    """Issue a grant as the administrator, through a case of its own."""
    setup_django()
    from gongshu.accounts import agents, selectors
    from gongshu.grants import services
    from gongshu.grants.models import PUBLIC
    from gongshu.grants.terms_file import read_terms_file

    made = services.create_by_administrator(
        terms=read_terms_file(path), by=agents.shell_agent(acting)
    )
    if as_json:
        say_json(_summary(made))
        return
    say(
        Sentence(
            en=f"Grant {made.id} is in force for {made.grantee} until {made.valid_until}.",
            zh=f"授权 {made.id} 已签发给 {made.grantee}，有效期至 {made.valid_until}。",
        )
    )
    known = {row.code for row in selectors.organisations()} | {PUBLIC}
    if made.grantee not in known:
        say(
            Sentence(
                en=f"Note: no organisation with the code {made.grantee} is registered yet.",
                zh=f"提示：尚未登记代码为 {made.grantee} 的机构。",
            )
        )


@grant.command("list")
@acting_as
@as_json
def list_grants(acting: str | None, as_json: bool) -> None:
    """The grants that concern you."""
    setup_django()
    from gongshu.accounts import agents
    from gongshu.grants import selectors

    rows = [_summary(found) for found in selectors.visible(agents.shell_agent(acting))]
    if as_json:
        say_json(rows)
        return
    show_rows(rows, TITLES)


@grant.command("show")
@click.argument("grant_id")
@acting_as
@as_json
def show(grant_id: str, acting: str | None, as_json: bool) -> None:
    """One grant with its terms."""
    setup_django()
    import yaml

    from gongshu.accounts import agents
    from gongshu.grants import selectors
    from gongshu.grants.selectors import detail

    agent = agents.shell_agent(acting)
    found = detail(selectors.get(grant_id, agent), agent)
    if as_json:
        say_json(found)
        return
    show_rows([found], TITLES)
    click.echo()
    click.echo(yaml.safe_dump(found["terms"], allow_unicode=True, sort_keys=False).rstrip())


@grant.command("revoke")
@click.argument("grant_id")
@click.option("--reason", required=True, help="Why; the grantee is told.")
@acting_as
@as_json
def revoke(grant_id: str, reason: str, acting: str | None, as_json: bool) -> None:
    """End a grant, by the step of its case that ends it."""
    setup_django()
    from gongshu.accounts import agents
    from gongshu.grants import services

    ended = services.revoke(grant_id=grant_id, reason=reason, by=agents.shell_agent(acting))
    if as_json:
        say_json(_summary(ended))
        return
    say(Sentence(en=f"Grant {ended.id} has ended.", zh=f"授权 {ended.id} 已终止。"))


grant.add_command(linkage.linkage)


def _summary(found: Grant) -> dict[str, Any]:
    from gongshu.grants.selectors import summary  # here: it needs Django to be set up

    return summary(found)
