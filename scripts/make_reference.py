"""Make docs/reference/ from the code: procedures, commands, events, errors, routes, the corpus.

`make_reference.py --check` fails where a page is stale, so that the docs cannot drift.
"""

from __future__ import annotations

import ast
import importlib
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import click
from pydantic import BaseModel

from gongshu.cli import COMMANDS, chinese
from gongshu.rules.calendar import Calendar
from gongshu.rules.procedure import Procedure, Step
from gongshu.rules.procedures import PROCEDURES

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "docs" / "reference"
MADE = "<!-- Made by `make docs` from the code; do not edit. -->"
HEAD = """# Procedures 程序

Every procedure is a table: who may take which step from which state to which, by when, on what
article. Buttons, the API's verbs, due dates and this page come from the same rows. A row
without an article is a *platform rule* (平台规则): ours, not the law's.

- The day of the event is not counted. Working days are counted on China's official calendar, with
  moved working days (调休), known here to {last}; a date beyond it is marked provisional.
- A passed deadline is a flag on the case, never a state. It feeds the supervision list.
- ↺ marks an act that leaves the case where it is. *Two persons* names the steps that somebody
  else must have taken.
- A place may replace lengths with its own: `profile.toml` in the instance's folder (see
  `src/gongshu/rules/profiles.py`). `gongshu calendar import FILE` adds a year of working days.

Every step leaves one entry in the ledger under the event named in its row; `case.opened` begins
each case.
"""


@cache
def pages() -> dict[str, str]:
    if str(ROOT) not in sys.path:  # run as a script, which knows its own folder only
        sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gongshu.settings")
    import django  # here: it must come after the settings are named

    django.setup()
    from scripts import reference_api, reference_corpus, reference_errors, reference_terms

    return {
        "procedures.md": _procedures(),
        "commands.md": "\n".join(_commands()) + "\n",
        "commands.zh-CN.md": _chinese("\n".join(_commands(chinese.in_chinese)) + "\n"),
        "events.md": "\n".join(_events()) + "\n",
        "evaluation.md": "\n".join(_evaluation()) + "\n",
        "errors.md": f"{MADE}\n\n{reference_errors.page()}",
        "api.md": f"{MADE}\n\n{reference_api.page()}",
        "terms.md": f"{MADE}\n\n{reference_terms.page()}",
        "gateway-corpus.md": f"{MADE}\n\n{reference_corpus.page()}",
    }


def _procedures() -> str:
    head = HEAD.format(last=Calendar.load().last)
    return "\n".join([MADE, "", head, *(_section(p) for p in PROCEDURES.values())])


def _section(procedure: Procedure) -> str:
    lines = [
        f"## {procedure.title.en} {procedure.title.zh} · `{procedure.kind}`",
        "",
        f"{procedure.basis.en}. {procedure.basis.zh}。",
        "",
        f"Opened by {procedure.opener.label.en} ({procedure.opener.label.zh}).",
        "",
        *_diagram(procedure),
        "",
        *_states(procedure),
        "",
        *_steps(procedure),
        "",
        "### What is filled in",
        "",
        *_form("when it is opened", procedure.payload),
    ]
    for row in procedure.steps:
        if row.form is not None and row.form is not procedure.payload:
            lines += _form(f"`{row.name}`", row.form)
    return "\n".join(lines) + "\n"


def _diagram(procedure: Procedure) -> list[str]:
    moves = [
        f"    {source} --> {row.target}: {row.name}"
        for row in procedure.steps
        for source in row.sources
        if source != row.target
    ]
    ends = [f"    {state} --> [*]" for state in procedure.finals]
    return [
        "```mermaid",
        "stateDiagram-v2",
        f"    [*] --> {procedure.initial}",
        *moves,
        *ends,
        "```",
    ]


def _states(procedure: Procedure) -> list[str]:
    rows = [f"| `{state}` | {label.en} | {label.zh} |" for state, label in procedure.states.items()]
    return ["| state | | |", "|---|---|---|", *rows]


def _steps(procedure: Procedure) -> list[str]:
    head = "| step | from → to | by | within | article | event | more |"
    return [head, "|---|---|---|---|---|---|---|", *(_step(row) for row in procedure.steps)]


def _step(row: Step) -> str:
    sources = ", ".join(f"`{source}`" for source in row.sources)
    path = f"{sources} ↺" if row.sources == (row.target,) else f"{sources} → `{row.target}`"
    cells = [
        f"`{row.name}`<br>{row.label.en}<br>{row.label.zh}",
        path,
        f"{row.by.label.en} {row.by.label.zh}",
        _within(row),
        row.article or "*platform rule* 平台规则",
        f"`{row.event}`",
        "; ".join(_more(row)),
    ]
    return "| " + " | ".join(cells) + " |"


def _within(row: Step) -> str:
    if row.extends is not None:
        return f"+ {row.extends.in_words.en} {row.extends.in_words.zh}"
    if row.within is None:
        return ""
    since = f", from `{row.since}`" if row.since else ""
    return f"{row.within.in_words.en}{since}<br>{row.within.in_words.zh}"


def _more(row: Step) -> list[str]:
    said = {
        "two persons": row.not_by_who_did,
        "only after": row.needs,
        "only if it came by": row.entered_by,
        "must hold": tuple(guard.fact for guard in row.guards),
    }
    more = [f"{words} {_codes(names)}" for words, names in said.items() if names]
    flags = {
        "once in a case": row.once,
        "once in this state": row.once_here,
        "a reason is owed": row.reason,
        "replaces what was filled in": row.stores,
    }
    more += [words for words, so in flags.items() if so]
    if row.dated_by:
        more.append(f"clocks count from `{row.dated_by}`")
    if row.effect:
        more.append(f"effect `{row.effect}`")
    return more


def _codes(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _form(when: str, model: type[BaseModel]) -> list[str]:
    schema: Mapping[str, Any] = model.model_json_schema()
    required = set(schema.get("required", ()))
    rows = [
        f"| `{name}` | {details.get('title', '')} | {details.get('x-zh', '')} "
        f"| {'yes' if name in required else ''} |"
        for name, details in schema.get("properties", {}).items()
    ]
    return [f"**{when}**", "", "| field | | | required |", "|---|---|---|---|", *rows, ""]


CHINESE_HEAD = """# 命令

`gongshu --lang zh|en COMMAND …`；默认以管理员身份办理，`--as USER` 以其他用户身份办理。
退出码 0：已办；1：被拒绝或失败；2：用法有误。
"""


def _chinese(page: str) -> str:
    """Click's own words, which it says in English here."""
    _, first, rest = page.partition("\n## ")
    page = f"{MADE}\n\n{CHINESE_HEAD}{first}{rest}"
    page = page.replace("\nUsage: ", "\n用法：").replace("```text\nUsage: ", "```text\n用法：")
    for english, zh in chinese.CLICK.items():
        page = page.replace(f"\n{english}:\n", f"\n{zh}：\n")
    return page.replace("Show this message and exit.", chinese.HELP["Show this message and exit."])


def _as_it_is(command: click.Command) -> click.Command:
    return command


def _commands(said: Callable[[click.Command], click.Command] = _as_it_is) -> Iterator[str]:
    yield from (
        MADE,
        "",
        "# Commands",
        "",
        "`gongshu --lang zh|en COMMAND …`; the shell acts as the",
    )
    yield "administrator, `--as USER` as another. Exit 0: done, 1: refused, 2: wrong usage."
    for name, place in COMMANDS.items():
        module, _, attribute = place.partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        yield from _help(said(command), f"gongshu {name}")


def _help(command: click.Command, path: str) -> Iterator[str]:
    context = click.Context(command, info_name=path, terminal_width=90)
    yield from ("", f"## `{path}`", "", "```text", command.get_help(context), "```")
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            if inner:
                yield from _help(inner, f"{path} {name}")


def _events() -> Iterator[str]:
    yield from (MADE, "", "# Events", "", "What the ledger calls what happened.", "")
    yield from ("## Steps of procedures", "", "| event | procedure | step |", "|---|---|---|")
    found = sorted((s.event, p.kind, s.label.en) for p in PROCEDURES.values() for s in p.steps)
    yield from (f"| `{event}` | {kind} | {label} |" for event, kind, label in found)
    yield from ("", "## Everything else", "", "| event | written by |", "|---|---|")
    yield from (f"| `{event}` | `{room}` |" for event, room in sorted(_written_events()))


def _evaluation() -> Iterator[str]:
    from gongshu.oversight.indicators import COMING_WITH_US, DIMENSIONS, PILLARS, ROWS, Weights

    weights = Weights.load(COMING_WITH_US)
    yield from (MADE, "", "# Evaluation 评价", "", EVALUATION_HEAD, "")
    yield from (
        "| code | dimension | indicator | what is divided by what | weight |",
        "|---|---|---|---|--:|",
    )
    for row in ROWS:
        dimension, pillar = DIMENSIONS[row.dimension], PILLARS[row.pillar]
        after = f" (OURdata: {pillar.en})" if row.pillar else ""
        yield (
            f"| {row.code} | {dimension.en} {dimension.zh}{after} "
            f"| {row.name.en}<br>{row.name.zh} | "
            f"{row.meaning.en}<br>{row.meaning.zh}<br>`{row.formula}` | "
            f"{weights.weights.get(row.code, 0):g} |"
        )
    yield from ("", f"Weights: {weights.basis.en}. {weights.basis.zh}。")


EVALUATION_HEAD = """Made of what the ledger counts, of each agency in each quarter; a year is its
four quarters, a region its agencies. More is better in all of them. Every indicator is a platform
indicator (平台指标): the dimensions are those of the China Open Data Forest Index, the pillars
those of OECD's OURdata, the figures are neither's. Where nothing was counted there is no basis
(无依据), and the indicator stays out of the mean. `GONGSHU_EVALUATION` names a file with other
weights."""

EVENT = re.compile(
    r"(organisation|person|token|dataset|case|grant|query|log|catalogue|receipt|delegation)\.[a-z_]*(ed|_set|given)"
)
WRITTEN_BY_READERS = {("ledger.exported", "oversight")}
READERS = ("rules", "oversight", "portal", "interop")  # they name events that others write


def _written_events() -> set[tuple[str, str]]:
    """Every event that is named in a room that writes entries, and the room."""
    found = set(WRITTEN_BY_READERS)
    source = ROOT / "src" / "gongshu"
    for path in source.rglob("*.py"):
        room = path.relative_to(source).parts[0].removesuffix(".py")
        if room in READERS or path.is_relative_to(source / "cli" / "demo"):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            text = node.value if isinstance(node, ast.Constant) else None
            if isinstance(text, str) and EVENT.fullmatch(text):
                found.add((text, room))
    return found


def main() -> int:
    FOLDER.mkdir(parents=True, exist_ok=True)
    stale = []
    for name, text in pages().items():
        path = FOLDER / name
        if not path.exists() or path.read_text() != text:
            stale.append(name)
            if "--check" not in sys.argv:
                path.write_text(text)
    print(f"stale: {', '.join(stale)}" if stale else "the reference is up to date")
    return 1 if stale and "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
