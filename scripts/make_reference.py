"""Make docs/reference/ from the code: procedures, commands, events.

`make_reference.py --check` fails where a page is stale, so that the docs cannot drift.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from gongshu.cli import COMMANDS
from gongshu.rules.lengths import Length
from gongshu.rules.procedure import Procedure, Step
from gongshu.rules.procedures import PROCEDURES

FOLDER = Path(__file__).parent.parent / "docs" / "reference"
MADE = "<!-- Made by `make docs` from the code; do not edit. -->"


def pages() -> dict[str, str]:
    return {
        "procedures.md": "\n".join(_procedures()) + "\n",
        "commands.md": "\n".join(_commands()) + "\n",
        "events.md": "\n".join(_events()) + "\n",
    }


def _procedures() -> Iterator[str]:
    yield from (MADE, "", "# Procedures", "")
    yield "Each is one file under `src/gongshu/rules/`. No article: a platform rule."
    for procedure in PROCEDURES.values():
        yield from ("", f"## {procedure.title.en} ({procedure.title.zh})", "")
        yield from (f"`{procedure.kind}` · {procedure.basis.en} · {procedure.basis.zh}", "")
        yield from _diagram(procedure)
        yield from (
            "",
            "| step | from → to | by | by when | article | event |",
            "|---|---|---|---|---|---|",
        )
        yield from (_row(step) for step in procedure.steps)


def _diagram(procedure: Procedure) -> Iterator[str]:
    yield from ("```mermaid", "stateDiagram-v2", f"    [*] --> {procedure.initial}")
    for step in procedure.steps:
        for source in step.sources:
            target = source if step.extends else step.target
            yield f"    {source} --> {target}: {step.name}"
    yield from (f"    {state} --> [*]" for state in procedure.finals)
    yield "```"


def _row(step: Step) -> str:
    way = f"{', '.join(step.sources)} → {step.target}"
    who = f"{step.by.label.en} ({step.by.label.zh})"
    cells = (
        f"`{step.name}`<br>{step.label.en}<br>{step.label.zh}",
        way,
        who,
        _by_when(step),
        step.article or "platform rule",
        f"`{step.event}`",
    )
    return "| " + " | ".join(cells) + " |"


def _by_when(step: Step) -> str:
    if step.within is None:
        return f"+{step.extends.in_words.en}" if step.extends else ""
    if isinstance(step.within, Length):
        return step.within.in_words.en
    lengths = getattr(step.within, "lengths", ())
    said = [f"{value}: {length.in_words.en}" for value, length in lengths]
    return ", ".join(said) or "as the form says"


def _commands() -> Iterator[str]:
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
        yield from _help(command, f"gongshu {name}")


def _help(command: click.Command, path: str) -> Iterator[str]:
    context = click.Context(command, info_name=path, terminal_width=90)
    yield from ("", f"## `{path}`", "", "```text", command.get_help(context), "```")
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            if inner:
                yield from _help(inner, f"{path} {name}")


def _events() -> Iterator[str]:
    yield from (MADE, "", "# Events of procedures", "", "What the ledger calls each step.", "")
    yield from (
        "| event | procedure | step |",
        "|---|---|---|",
        "| `case.opened` | all | opening a case |",
    )
    found = sorted((s.event, p.kind, s.label.en) for p in PROCEDURES.values() for s in p.steps)
    yield from (f"| `{event}` | {kind} | {label} |" for event, kind, label in found)


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
