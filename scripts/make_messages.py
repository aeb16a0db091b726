"""Gather the texts of the pages into locale/zh_Hans/LC_MESSAGES/django.po; keep what is translated.

`make_messages.py --check` fails where a text has no Chinese yet, or a Chinese one no text.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

SOURCE = Path("src/gongshu")
PO = SOURCE / "locale/zh_Hans/LC_MESSAGES/django.po"
IN_TEMPLATES = re.compile(r"""{%\s*translate\s+(["'])(?P<text>.+?)\1|=_\((["'])(?P<arg>.+?)\3\)""")
BLOCKS = re.compile(
    r"{%\s*blocktranslate[^%]*%}(?P<one>.*?)(?:{%\s*plural\s*%}(?P<many>.*?))?{%\s*endblocktranslate",
    re.S,
)
IN_CODE = re.compile(
    r"""\b(?:_|gettext|gettext_lazy|gettext_noop)\(\s*(["'])(?P<text>.+?)\1\s*,?\s*\)"""
)
VARIABLE = re.compile(r"{{\s*(\w+)\s*}}")


def texts() -> list[str | tuple[str, str]]:
    found: list[str | tuple[str, str]] = []
    for path in sorted(SOURCE.rglob("*.html")):
        text = path.read_text()
        found += [m["text"] or m["arg"] for m in IN_TEMPLATES.finditer(text)]
        for block in BLOCKS.finditer(text):
            one, many = (VARIABLE.sub(r"%(\1)s", block[k] or "") for k in ("one", "many"))
            found.append((one, many) if many else one)
    for path in sorted(SOURCE.rglob("*.py")):
        found += [m["text"] for m in IN_CODE.finditer(path.read_text())]
    return found


def gathered() -> tuple[Catalog, list[str]]:
    """The catalogue as it should be, and what in it has no Chinese."""
    with PO.open("rb") as file:
        known = read_po(file, locale="zh_Hans")
    catalog = Catalog(locale="zh_Hans", charset="utf-8", fuzzy=False, header_comment="# Pages.")
    for text in dict.fromkeys(texts()):
        key = text if isinstance(text, str) else text[0]
        message = known.get(key)
        catalog.add(text, message.string if message else None)
    return catalog, [str(m.id) for m in catalog if m.id and not (m.string and all(m.string))]


def main() -> int:
    catalog, untranslated = gathered()
    if "--check" not in sys.argv:
        with PO.open("wb") as file:
            write_po(file, catalog, sort_output=True, omit_header=False, width=0)
    for text in untranslated:
        print(f"no Chinese yet: {text}")
    return 1 if untranslated else 0


if __name__ == "__main__":
    sys.exit(main())
