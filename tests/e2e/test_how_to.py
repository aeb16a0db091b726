"""Tutorial, how-to pages and README do what they say: what they show is run.

Blocks marked `sh` are run, one after the other, as a reader types them; those marked `text` are
only shown. Where a reader copies something from what was printed, the page has an example
(`CASE=C-2026-000006`), and here it is taken from what was printed.
"""

from __future__ import annotations

import re
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from tests.e2e.conftest import City, environment

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "how-to"
TUTORIAL = ROOT / "docs" / "tutorial" / "first-hour.md"
TRANSLATED = sorted([*FOLDER.glob("*.zh-CN.md"), *TUTORIAL.parent.glob("*.zh-CN.md")])
PYTHON = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PAGE = re.compile(r"`(/[a-z][a-z0-9/._-]*|/)`")
# The order is that of the work: an agency's data are there before they are asked about.
ENGLISH = (
    *("source-agency", "data-bureau", "operator", "enterprise", "auditor", "public"),
    *("search", "notices", "administrator"),
)
PRINTED = {
    "CASE": "C-[0-9]{4}-[0-9]{6}",
    "GRANT": "G-[0-9]{4}-[0-9]{4}",
    "TOKEN": "gs_[A-Za-z0-9_-]{20,}",
    "JOB": "/api/jobs/[0-9a-f-]+",
    "KEY": "gongshu.local/log[+][0-9a-f]{8}[+][A-Za-z0-9+/=]+",
}


def blocks(page: Path) -> list[str]:
    return BLOCK.findall(page.read_text())


# Pages on which the reader copies the newest grant, which a list shows first. Other pages may have
# made grants in the same city before.
NEWEST_GRANT = ("source-agency",)


def as_typed(script: str, city: City, page: Path) -> str:
    """With this instance's address, and with what the reader would have copied."""
    lines = []
    newest = "head -1" if page.stem in NEWEST_GRANT else "tail -1"
    for line in script.splitlines():
        name = line.partition("=")[0]
        if name in PRINTED and not line.startswith(f"{name}=$("):
            which = newest if name == "GRANT" else "tail -1"
            line = f'{name}=$(grep -oE "{PRINTED[name]}" "$SAID" | {which})'
        lines.append(line)
    return "\n".join(lines).replace("http://127.0.0.1:8000", city.address)


@pytest.fixture(scope="module")
def bin_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A `gongshu` and its `python3` on the PATH, as after installation."""
    folder = tmp_path_factory.mktemp("bin")
    for name, words in (("gongshu", " -m gongshu.cli"), ("python3", "")):
        command = folder / name
        command.write_text(f'#!/bin/sh\nexec "{sys.executable}"{words} "$@"\n')
        command.chmod(0o755)
    return folder


def follow(page: Path, city: City, bin_folder: Path, folder: Path) -> None:
    """Type the page's blocks one after the other, and stop at the first that fails."""
    found = blocks(page)
    assert found
    said = folder / "said"
    script = "\n".join(
        [
            "set -eu",
            f'SAID="{said}"',
            f'exec > "{said}" 2>&1',
            *(as_typed(b, city, page) for b in found),
        ]
    )
    path = f"{bin_folder}:{environment(city.home)['PATH']}"
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=folder,
        env=environment(city.home) | {"PATH": path, "GONGSHU_LANG": "en"},
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, said.read_text()[-3000:]


@pytest.mark.parametrize("name", ENGLISH)
def test_the_commands_of_a_page_do_what_it_says(
    name: str, city: City, bin_folder: Path, tmp_path: Path
) -> None:
    follow(FOLDER / f"{name}.md", city, bin_folder, tmp_path)


def test_the_first_hour_can_be_typed(city: City, bin_folder: Path, tmp_path: Path) -> None:
    follow(TUTORIAL, city, bin_folder, tmp_path)


def test_the_library_works_as_the_readme_shows(city: City, tmp_path: Path) -> None:
    [example] = PYTHON.findall((ROOT / "README.md").read_text())
    (tmp_path / "instance").symlink_to(city.home)
    command = [sys.executable, "-c", example]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment(city.home), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert "no_right" in done.stdout


def status(address: str) -> int:
    try:
        with urllib.request.urlopen(address, timeout=20) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


@pytest.mark.parametrize("page", sorted(FOLDER.glob("*.md")), ids=lambda p: p.name)
def test_the_addresses_on_a_page_are_there(page: Path, city: City) -> None:
    for address in sorted(set(PAGE.findall(page.read_text()))):
        assert status(city.address + address) != 404, address


@pytest.mark.parametrize("page", TRANSLATED, ids=lambda p: p.name)
def test_a_translated_page_has_the_commands_of_the_english_one(page: Path) -> None:
    english = page.with_name(page.name.replace(".zh-CN", ""))
    assert blocks(page) == blocks(english)


def test_every_page_is_run() -> None:
    pages = {p.stem for p in FOLDER.glob("*.md") if not p.stem.endswith("zh-CN")}
    assert pages == set(ENGLISH)
