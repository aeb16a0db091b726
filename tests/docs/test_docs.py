"""The docs follow the code, and their links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from scripts import make_reference

ROOT = Path(__file__).parent.parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#]+)(?:#[^)]*)?\)")


@pytest.mark.parametrize("name", sorted(make_reference.pages()))
def test_a_reference_page_is_what_the_code_says(name: str) -> None:
    assert (make_reference.FOLDER / name).read_text() == make_reference.pages()[name]


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_link_of_a_page_leads_to_a_file(page: Path) -> None:
    missing = [to for to in LINK.findall(page.read_text()) if not (page.parent / to).exists()]
    assert missing == []
