"""What many tests begin with is made once, and put there again for each of them.

    with_it = kept("world", instance, make)

The first time `make()` makes it, through the services, and what then stands in the database and
in the instance's folder is kept as it is. After that the same rows and files are put there, which
takes a hundredth of the time. It is made anew whenever it could come out differently: on another
day, after something else was put in the database, with other settings, outside a transaction.
"""

from __future__ import annotations

import functools
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from django.conf import UserSettingsHolder, settings
from django.db import connection, transaction
from django.utils import timezone

Made = TypeVar("Made")
# Each test has a folder of its own; and how passwords are hashed here is no secret.
OF_EACH_TEST = ("HOME", "PASSWORD_HASHERS")


@dataclass(frozen=True)
class Photograph:
    """`rows`: of each table those that were added, as this database writes them."""

    made: Any
    rows: dict[str, list[str]]
    files: Path


_photographs: dict[Any, Photograph] = {}
_folder: list[tempfile.TemporaryDirectory[str]] = []


def kept(name: str, instance: Path, make: Callable[[], Made]) -> Made:
    """`make()` gives a value that does not change and names no path of `instance`."""
    counted = _counts()
    circumstances = (
        *(name, connection.vendor, connection.in_atomic_block, timezone.localdate()),
        *(tuple(sorted(counted.items())), _overridden()),
    )
    photograph = _photographs.get(circumstances)
    if photograph is not None:
        with transaction.atomic():
            for table, rows in photograph.rows.items():
                _put(table, rows)
        shutil.copytree(photograph.files, instance, dirs_exist_ok=True)
        return photograph.made  # type: ignore[no-any-return]
    if counted.get("accounts_person") or any(p.is_file() for p in instance.rglob("*")):
        return make()  # stands on what only this test has
    before = {table: _rows(table) for table, count in counted.items() if count}
    made = make()
    added = _added(before)
    if added is not None:
        files = _new_folder(len(_photographs))
        shutil.copytree(instance, files, symlinks=True, dirs_exist_ok=True)
        _photographs[circumstances] = Photograph(made, added, files)
    return made


def forget() -> None:
    """At the end of the session."""
    _photographs.clear()
    while _folder:
        _folder.pop().cleanup()


def _new_folder(number: int) -> Path:
    if not _folder:
        _folder.append(tempfile.TemporaryDirectory(prefix="gongshu-kept-"))
    made = Path(_folder[0].name) / str(number)
    made.mkdir()
    return made


def _overridden() -> str:
    """The settings that this test has changed."""
    changed: dict[str, Any] = {}
    holder = settings._wrapped
    while isinstance(holder, UserSettingsHolder):
        changed = {**holder.__dict__, **changed}
        holder = holder.default_settings
    return repr(
        sorted(
            (key, repr(value))
            for key, value in changed.items()
            if key.isupper() and key not in OF_EACH_TEST
        )
    )


def _counts() -> dict[str, int]:
    """How many rows each table has."""
    parts = [f"SELECT '{table}', count(*) FROM \"{table}\"" for table in _tables()]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts))
        return dict(cursor.fetchall())


def _added(before: dict[str, list[str]]) -> dict[str, list[str]] | None:
    """None when something that was there before is not, or not as it was."""
    added = {}
    for table, count in _counts().items():
        if not count:
            continue
        now, then = _rows(table), set(before.get(table, ()))
        if not then <= set(now):
            return None
        if new := [row for row in now if row not in then]:
            added[table] = new
    return added


def _rows(table: str) -> list[str]:
    """On SQLite each row as the literals of SQL, on PostgreSQL as COPY has it: both exact."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f'COPY "{table}" TO STDOUT') as copy:
                text = b"".join(bytes(block) for block in copy).decode()
            return text.splitlines(keepends=True)
        values = " || ',' || ".join(f'quote("{column}")' for column in _columns(table))
        cursor.execute(f"SELECT '(' || {values} || ')' FROM \"{table}\" ORDER BY rowid")
        return [row[0] for row in cursor.fetchall()]


def _put(table: str, rows: list[str]) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f'COPY "{table}" FROM STDIN') as copy:
                copy.write("".join(rows))
            return
        names = ",".join(f'"{column}"' for column in _columns(table))
        # Past Django's own cursor, which would take a % in a text for a parameter.
        statement = f'INSERT INTO "{table}" ({names}) VALUES {",".join(rows)}'
        connection.connection.execute(statement)


@functools.cache
def _columns(table: str) -> list[str]:
    """On SQLite those that are written, not worked out."""
    with connection.cursor() as cursor:
        cursor.execute(f'PRAGMA table_info("{table}")')
        return [row[1] for row in cursor.fetchall()]


@functools.cache
def _tables() -> list[str]:
    return sorted(connection.introspection.django_table_names(include_views=False))
