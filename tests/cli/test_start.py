"""What a start loads: a command that needs no data loads no engine, one without pages no Django."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ENGINES = {"pyarrow", "duckdb", "numpy", "pandas", "sqlglot"}
SETUP = "import django; django.setup()"
COMMAND = "import sys; sys.argv = ['gongshu', {words}]; from gongshu.cli import main; main()"


def loaded_by(code: str, home: Path) -> set[str]:
    """The top-level modules that are there after `code`, whatever its exit code."""
    seen = "import atexit, sys; atexit.register(lambda: print('loaded', *sys.modules));"
    environment = {"GONGSHU_HOME": str(home), "DJANGO_SETTINGS_MODULE": "gongshu.settings"}
    done = subprocess.run(
        [sys.executable, "-c", seen + code],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    (line,) = (line for line in done.stdout.splitlines() if line.startswith("loaded "))
    assert "Traceback" not in done.stderr, done.stderr
    return {name.partition(".")[0] for name in line.split()}


@pytest.mark.parametrize("words", ["'--help'", "'--lang', 'zh', '--help'", "'verify', 'receipt'"])
def test_the_shell_starts_without_django_and_engines(words: str, tmp_path: Path) -> None:
    loaded = loaded_by(COMMAND.format(words=words), tmp_path)
    assert "click" in loaded
    assert loaded & (ENGINES | {"django", "pydantic", "rich", "ninja"}) == set()


def test_django_starts_without_engines_and_routes(tmp_path: Path) -> None:
    loaded = loaded_by(SETUP, tmp_path)
    assert "django" in loaded
    assert loaded & (ENGINES | {"rich", "ninja"}) == set()
