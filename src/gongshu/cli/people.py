"""`gongshu org`, `gongshu user`, `gongshu token`: who acts on this instance."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gongshu.cli import setup_django
from gongshu.cli.output import acting_as, as_json, say, say_json, show_rows
from gongshu.wording import Sentence

if TYPE_CHECKING:
    from gongshu.accounts.models import ApiToken, Organisation, Person


password_file = click.option(
    "--password-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Holds the password.",
)


@click.group()
def org() -> None:
    """Organisations and the offices they hold."""


@org.command("create")
@click.argument("code")
@click.argument("name_zh")
@click.option("--name-en", default="", help="Its name in English.")
@click.option("--kind", "kinds", multiple=True, help="bureau, agency, operator, …; repeatable.")
@acting_as
@as_json
def create_org(
    code: str,
    name_zh: str,
    name_en: str,
    kinds: tuple[str, ...],
    acting: str | None,
    as_json: bool,
) -> None:
    """Register an organisation by its unified social credit code."""
    setup_django()
    from gongshu.accounts import agents, services

    made = services.create_organisation(
        code=code,
        name_zh=name_zh,
        name_en=name_en,
        kinds=kinds,
        by=agents.shell_agent(acting),
    )
    if as_json:
        say_json(_org(made))
    else:
        say(Sentence(en=f"{made} is registered.", zh=f"{made} 已登记。"))


@org.command("list")
@as_json
def list_orgs(as_json: bool) -> None:
    """All organisations with the offices they hold."""
    setup_django()
    from gongshu.accounts import selectors

    rows = [_org(row) for row in selectors.organisations()]
    if as_json:
        say_json(rows)
        return
    show_rows(
        rows,
        {
            "code": Sentence(en="Code", zh="代码"),
            "name_zh": Sentence(en="Name", zh="名称"),
            "name_en": Sentence(en="In English", zh="英文名称"),
            "kinds": Sentence(en="Offices", zh="角色"),
        },
    )


@click.group()
def user() -> None:
    """The people who act for organisations."""


@user.command("create")
@click.argument("username")
@click.option("--org", "organisation", help="Whom the person acts for: the code.")
@click.option("--rank", default="staff", show_default=True, help="staff or head")
@click.option("--name", default="", help="The person's name.")
@click.option("--administrator", is_flag=True, help="Runs this instance.")
@password_file
@acting_as
@as_json
def create_user(
    username: str, password_file: Path | None, acting: str | None, as_json: bool, **options: Any
) -> None:
    """Register a person; without --password-file a password is made and shown once."""
    setup_django()
    from gongshu.accounts import agents, services

    password = password_file.read_text().strip() if password_file else secrets.token_urlsafe(12)
    made = services.create_person(
        username=username, password=password, by=agents.shell_agent(acting), **options
    )
    answer = _person(made) | ({} if password_file else {"password": password})
    if as_json:
        say_json(answer)
        return
    say(Sentence(en=f"{username} is registered.", zh=f"{username} 已登记。"))
    if not password_file:
        _show_password(password)


@user.command("list")
@acting_as
@as_json
def list_users(acting: str | None, as_json: bool) -> None:
    """The people that you may see."""
    setup_django()
    from gongshu.accounts import agents, selectors

    rows = [_person(row) for row in selectors.people(agents.shell_agent(acting))]
    if as_json:
        say_json(rows)
        return
    show_rows(
        rows,
        {
            "username": Sentence(en="User", zh="用户"),
            "organisation": Sentence(en="Organisation", zh="机构"),
            "rank": Sentence(en="Rank", zh="职级"),
            "administrator": Sentence(en="Administrator", zh="管理员"),
            "active": Sentence(en="Active", zh="启用"),
        },
    )


@user.command("password")
@click.argument("username")
@password_file
@acting_as
def set_password(username: str, password_file: Path | None, acting: str | None) -> None:
    """Give a person another password, for one that was forgotten."""
    setup_django()
    from gongshu.accounts import agents, selectors, services

    by = agents.shell_agent(acting)
    password = password_file.read_text().strip() if password_file else secrets.token_urlsafe(12)
    services.set_password(person=selectors.person(username), password=password, by=by)
    say(Sentence(en=f"{username} has another password.", zh=f"{username} 的密码已更换。"))
    if not password_file:
        _show_password(password)


@user.command("deactivate")
@click.argument("username")
@acting_as
def deactivate(username: str, acting: str | None) -> None:
    """Somebody left: no session and no token of theirs works from now on."""
    setup_django()
    from gongshu.accounts import agents, selectors, services

    services.deactivate_person(person=selectors.person(username), by=agents.shell_agent(acting))
    say(Sentence(en=f"{username} can do nothing any more.", zh=f"{username} 已停用。"))


@click.group()
def token() -> None:
    """Access tokens for programs."""


@token.command("create")
@click.option("--user", "username", required=True, help="Whose token.")
@click.option("--scope", "scopes", multiple=True, help="read, query, case, ingest, admin.")
@click.option("--days", default=90, show_default=True, help="How long it is valid.")
@acting_as
@as_json
def create_token(
    username: str, scopes: tuple[str, ...], days: int, acting: str | None, as_json: bool
) -> None:
    """Issue a token (default scope: read); its text is shown this once."""
    setup_django()
    from gongshu.accounts import agents, selectors, services

    made, text = services.issue_token(
        person=selectors.person(username),
        scopes=scopes or ("read",),
        days=days,
        by=agents.shell_agent(acting),
    )
    if as_json:
        say_json(_token(made) | {"token": text})
    else:
        say(Sentence(en=f"Token, shown this once: {text}", zh=f"令牌（仅显示这一次）：{text}"))


@token.command("list")
@acting_as
@as_json
def list_tokens(acting: str | None, as_json: bool) -> None:
    """The tokens that you may see, without their texts."""
    setup_django()
    from gongshu.accounts import agents, selectors

    rows = [_token(row) for row in selectors.tokens(agents.shell_agent(acting))]
    if as_json:
        say_json(rows)
        return
    show_rows(
        rows,
        {
            "id": Sentence(en="Id", zh="编号"),
            "user": Sentence(en="User", zh="用户"),
            "start": Sentence(en="Begins", zh="开头"),
            "scopes": Sentence(en="Scopes", zh="权限范围"),
            "expires": Sentence(en="Until", zh="有效期至"),
            "revoked": Sentence(en="Revoked", zh="撤销时间"),
        },
    )


@token.command("revoke")
@click.argument("number", type=int)
@acting_as
def revoke_token(number: int, acting: str | None) -> None:
    """End a token now; `token list` shows the numbers."""
    setup_django()
    from gongshu.accounts import agents, selectors, services

    by = agents.shell_agent(acting)
    services.revoke_token(token=selectors.token(number, by), by=by)
    say(Sentence(en=f"Token {number} is revoked.", zh=f"令牌 {number} 已撤销。"))


def _show_password(password: str) -> None:
    say(
        Sentence(
            en=f"Password, shown this once: {password}", zh=f"密码（仅显示这一次）：{password}"
        )
    )


def _org(row: Organisation) -> dict[str, Any]:
    kinds = sorted(role.kind for role in row.roles.all())
    return {"code": row.code, "name_zh": row.name_zh, "name_en": row.name_en, "kinds": kinds}


def _person(row: Person) -> dict[str, Any]:
    return {
        "username": row.username,
        "name": row.name,
        "organisation": row.organisation.code if row.organisation else None,
        "rank": row.rank,
        "administrator": row.is_administrator,
        "active": row.is_active,
    }


def _token(row: ApiToken) -> dict[str, Any]:
    return {
        "id": row.pk,
        "user": row.person.username,
        "start": row.start,
        "scopes": row.scopes,
        "expires": row.expires,
        "revoked": row.revoked,
    }
