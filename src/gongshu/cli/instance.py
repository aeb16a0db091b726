"""`gongshu init` makes an instance, `gongshu doctor` says whether one is well."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any

import click

from gongshu.cli import setup_django
from gongshu.cli.output import as_json, console, say, say_json
from gongshu.wording import Sentence

FOLDERS = ("data", "files", "index", "log", "uploads", "tmp", "static")


@click.command()
@click.argument("folder", required=False, type=click.Path(path_type=Path))
@click.option("--administrator", default="admin", show_default=True, help="The first user.")
@click.option(
    "--password-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Holds the first user's password; without it one is made and shown once.",
)
@as_json
def init(
    folder: Path | None, administrator: str, password_file: Path | None, as_json: bool
) -> None:
    """Make an instance: database, keys, folders. Run again, it brings the database up to date."""
    if folder is not None:
        os.environ["GONGSHU_HOME"] = str(folder.resolve())
    home = Path(os.environ.get("GONGSHU_HOME", "instance")).resolve()
    fresh = _make_folders(home)
    setup_django()
    from gongshu.cli.preparing import prepare  # here: it needs Django

    password = password_file.read_text().strip() if password_file else secrets.token_urlsafe(12)
    result = prepare(administrator=administrator, password=password)
    answer: dict[str, Any] = {
        "home": str(home),
        "new": fresh,
        "log_key": result.log_key,
        "administrator": result.administrator,
    }
    if result.administrator and not password_file:
        answer["password"] = password
    if as_json:
        say_json(answer)
        return
    _say(answer)


def _make_folders(home: Path) -> bool:
    """Folders and the secret key, as far as they are missing; True if there was no key."""
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in FOLDERS:
        (home / name).mkdir(exist_ok=True, mode=0o700)
    try:
        # Never readable by others, not even for a moment.
        handle = os.open(home / "secret_key", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_urlsafe(48))
    return True


def _say(answer: dict[str, Any]) -> None:
    home = answer["home"]
    if answer["new"]:
        say(Sentence(en=f"A new instance stands in {home}.", zh=f"新实例已建立：{home}。"))
    else:
        say(
            Sentence(
                en=f"An instance stood in {home} already; its database is up to date and nothing "
                "else was changed.",
                zh=f"{home} 已有实例；数据库已是最新，其他内容未作更改。",
            )
        )
    if answer["administrator"]:
        name = answer["administrator"]
        say(Sentence(en=f"Its administrator: {name}", zh=f"管理员：{name}"))
    if "password" in answer:
        shown = answer["password"]
        say(Sentence(en=f"Password, shown this once: {shown}", zh=f"密码（仅显示这一次）：{shown}"))
    key = answer["log_key"]
    say(Sentence(en=f"The log's public key: {key}", zh=f"日志公钥：{key}"))


@click.command()
@as_json
def doctor(as_json: bool) -> None:
    """Say whether the instance is well; exit 1 if something must be mended."""
    setup_django()
    from gongshu.cli.diagnosis import examine  # here: it needs Django

    findings = examine()
    if as_json:
        say_json([finding.to_dict() for finding in findings])
    else:
        marks = {"ok": "[green]✓[/]", "warning": "[yellow]![/]", "error": "[red]✗[/]"}
        for finding in findings:
            console().print(f"{marks[finding.level]} {finding.sentence}")
            if finding.advice and finding.level != "ok":
                console().print(f"  → {finding.advice}")
    if any(finding.level == "error" for finding in findings):
        raise SystemExit(1)
