"""`gongshu catalog domain|describe|terms`: what a provider says of its data, from files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from gongshu.cli import setup_django
from gongshu.cli.output import acting_as, as_json, say, say_json
from gongshu.rules.yaml_text import read_bytes
from gongshu.wording import Problem, Sentence

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
from_file = click.option("-f", "--file", "path", type=FILE, required=True, help="YAML or JSON.")

FIELDS_FORM = Sentence(
    en="`fields` names columns, each with what is said of it: {age: {title_zh: 年龄}}.",
    zh="`fields` 应写明各列及其说明，如 {age: {title_zh: 年龄}}。",
)


@click.command()
@click.argument("code")
@click.argument("title_zh")
@click.option("--name-en", default="", help="Its title in English.")
@acting_as
@as_json
def domain(code: str, title_zh: str, name_en: str, acting: str | None, as_json: bool) -> None:
    """Make a domain, the first part of its datasets' codes; made already, it stays as it is."""
    setup_django()
    from gongshu.accounts.agents import shell_agent  # here: they need Django
    from gongshu.catalog import services
    from gongshu.catalog.models import Domain

    found = Domain.objects.filter(code=code).first() or services.create_domain(
        code=code, title_zh=title_zh, title_en=name_en, by=shell_agent(acting)
    )
    if as_json:
        say_json({"code": found.code, "title_zh": found.title_zh, "title_en": found.title_en})
    else:
        say(
            Sentence(
                en=f"Domain {found.code}: {found.title_en}",
                zh=f"领域 {found.code}：{found.title_zh}",
            )
        )


@click.command()
@click.argument("code")
@from_file
@acting_as
@as_json
def describe(code: str, path: Path, acting: str | None, as_json: bool) -> None:
    """Say in FILE what the entry says: title_zh, sharing, opening, grade …, and its `fields`."""
    setup_django()
    from gongshu.accounts.agents import shell_agent  # here: they need Django
    from gongshu.catalog import selectors, services

    agent = shell_agent(acting)
    said = read_mapping(path)
    fields = said.pop("fields", {})
    if not isinstance(fields, dict) or not all(isinstance(f, dict) for f in fields.values()):
        raise Problem("fields", FIELDS_FORM, field="fields")
    found = services.describe_entry(
        dataset=selectors.get(code, agent), by=agent, meta=said, fields=fields
    )
    if as_json:
        say_json({"code": found.code, "described": sorted(said), "fields": sorted(fields)})
    else:
        say(Sentence(en=f"{code} is described.", zh=f"{code} 的目录条目已保存。"))


@click.command()
@click.argument("code")
@from_file
@acting_as
@as_json
def terms(code: str, path: Path, acting: str | None, as_json: bool) -> None:
    """Set in FILE what the owner allows at most: unit, k, where, columns."""
    setup_django()
    from gongshu.accounts.agents import shell_agent  # here: they need Django
    from gongshu.catalog import selectors, services

    agent = shell_agent(acting)
    own = services.set_owner_terms(
        dataset=selectors.get(code, agent), terms=read_mapping(path), by=agent
    )
    if as_json:
        say_json({"code": code, "number": own.number, "terms": own.terms})
    else:
        say(
            Sentence(
                en=f"Owner's terms number {own.number} of {code} hold now.",
                zh=f"{code} 的提供方条款第 {own.number} 版已生效。",
            )
        )


def read_mapping(path: Path) -> dict[str, Any]:
    """The YAML or JSON mapping in a file."""
    return read_bytes(path.read_bytes(), source=path.name)
