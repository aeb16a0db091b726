"""The pages' Chinese, compiled from its text file when the platform starts.

Django reads compiled catalogues only, and its own command for making them needs a program that
is not a Python package. Babel does it in milliseconds, into the instance's folder, when the
settings are read: later would be too late, since Django keeps what it has once looked up.
"""

from __future__ import annotations

import os
from pathlib import Path


def compile_translations(source: Path, target: Path) -> None:
    """Write `target`/<language>/LC_MESSAGES/django.mo for every catalogue newer than its own."""
    for po in sorted(source.glob("*/LC_MESSAGES/django.po")):
        mo = target / po.relative_to(source).with_suffix(".mo")
        if mo.exists() and mo.stat().st_mtime >= po.stat().st_mtime:
            continue
        # Here: most starts have nothing to compile, and need not load Babel.
        from babel.messages.mofile import write_mo
        from babel.messages.pofile import read_po

        mo.parent.mkdir(parents=True, exist_ok=True)
        with po.open("rb") as file:
            catalog = read_po(file, locale=po.parent.parent.name)
        # Renamed into place: two processes may start at the same moment.
        written = mo.with_suffix(f".{os.getpid()}")
        with written.open("wb") as file:
            write_mo(file, catalog)
        written.replace(mo)
