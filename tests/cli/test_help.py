"""The shell explains itself in both languages."""

from __future__ import annotations

import importlib
import inspect
import os
import subprocess
import sys
from collections.abc import Iterator

import click
import pytest

from gongshu.cli import COMMANDS, chinese, gongshu


def commands() -> Iterator[tuple[str, click.Command]]:
    yield "gongshu", gongshu
    for name, place in COMMANDS.items():
        module, _, attribute = place.partition(":")
        yield from _with_inner(name, getattr(importlib.import_module(module), attribute))


def _with_inner(path: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield from _with_inner(f"{path} {name}", inner)


def texts(command: click.Command) -> Iterator[str | None]:
    yield command.help
    yield from (p.help for p in command.params if isinstance(p, click.Option))


@pytest.mark.parametrize(("path", "command"), list(commands()), ids=[p for p, _ in commands()])
def test_a_command_and_each_of_its_options_are_explained_in_both_languages(
    path: str, command: click.Command
) -> None:
    for text in texts(command):
        assert text, f"{path} has something that is not explained"
        assert inspect.cleandoc(text) in chinese.HELP, text


def test_nothing_is_translated_that_is_not_said() -> None:
    said = {inspect.cleandoc(text) for _, c in commands() for text in texts(c) if text}
    assert set(chinese.HELP) - said == {"Show this message and exit."}


def run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("GONGSHU", "LANG"))}
    return subprocess.run(
        [sys.executable, "-m", "gongshu.cli", *words],
        env=kept | environment,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize(
    ("words", "environment"),
    [
        (("--lang", "zh", "--help"), {}),
        (("--help",), {"LANG": "zh_CN.UTF-8"}),
        (("--help",), {"GONGSHU_LANG": "zh", "LANG": "en_GB.UTF-8"}),
        (("--lang", "zh", "query", "--help"), {}),
        (("--lang", "zh", "catalog", "search", "--help"), {}),
    ],
)
def test_help_can_be_read_in_chinese(words: tuple[str, ...], environment: dict[str, str]) -> None:
    shown = run(*words, **environment)
    assert shown.returncode == 0
    assert "选项" in shown.stdout
    assert "Usage" not in shown.stdout
    assert "Show this message" not in shown.stdout


def test_a_slip_in_the_command_line_is_told_in_the_readers_language() -> None:
    for words, english, zh in (
        (("query",), "Missing argument", "缺少参数"),
        (("nonsense",), "No such command", "没有命令"),
        (("serve", "--port", "x"), "not a valid", "不是有效的数"),
    ):
        told = run("--lang", "en", *words)
        assert (told.returncode, english in told.stderr) == (2, True), told.stderr
        told = run("--lang", "zh", *words, LANG="en_GB.UTF-8")
        assert (told.returncode, zh in told.stderr) == (2, True), told.stderr
        assert "Error" not in told.stderr
