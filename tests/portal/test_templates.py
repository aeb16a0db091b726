"""What the content policy would not let through stands in no template."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import gongshu

TEMPLATES = sorted(Path(gongshu.__file__).parent.rglob("templates/**/*.html"))
FORBIDDEN = re.compile(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\bsrc=)|javascript:", re.I)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_template_has_a_style_or_a_script_of_its_own(path: Path) -> None:
    html = re.sub(r"{%.*?%}", "", path.read_text(), flags=re.S)
    assert FORBIDDEN.findall(html) == []


def test_the_templates_are_found() -> None:
    assert len(TEMPLATES) > 40
