"""The docs follow the code, and their links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from scripts import make_reference, reference_errors

ROOT = Path(__file__).parent.parent.parent
# Three codes that are decided in three ways: raised, made by a function of two texts, from a table.
CODES = ("dataset_exists", "not_allowed", "deadline")
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
SETTING = re.compile(r"^## `(GONGSHU_[A-Z_]+)`$", re.MULTILINE)
READ = re.compile(r"[\"'](GONGSHU_[A-Z_]+)[\"']")
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#]+)(?:#[^)]*)?\)")


@pytest.mark.parametrize("name", sorted(make_reference.pages()))
def test_a_reference_page_is_what_the_code_says(name: str) -> None:
    assert (make_reference.FOLDER / name).read_text() == make_reference.pages()[name]


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_link_of_a_page_leads_to_a_file(page: Path) -> None:
    missing = [to for to in LINK.findall(page.read_text()) if not (page.parent / to).exists()]
    assert missing == []


def test_every_code_of_the_errors_page_has_both_languages() -> None:
    found = reference_errors.collect()
    assert set(CODES) <= set(found)
    for code, (_, sentences) in found.items():
        for one in sentences:
            assert one.en, code
            assert any("\u4e00" <= sign <= "\u9fff" for sign in one.zh), (code, one.zh)
            assert bool(one.instead_en) == bool(one.instead_zh), (code, one)


def test_every_route_of_the_api_is_on_its_page() -> None:
    from gongshu.api import build

    text = (make_reference.FOLDER / "api.md").read_text()
    for path, methods in build().get_openapi_schema(path_prefix="/api/")["paths"].items():
        for method in methods:
            assert f"## {method.upper()} {path}\n" in text


def test_every_setting_has_its_heading() -> None:
    """Each environment variable that the code reads is described, and no other."""
    headings = set(SETTING.findall((make_reference.FOLDER / "settings.md").read_text()))
    read = set()
    for path in (ROOT / "src").rglob("*.py"):
        read |= set(READ.findall(path.read_text()))
    assert read == headings
