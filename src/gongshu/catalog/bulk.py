"""Entries by the thousand from a file: all are checked before the first is written.

    found = check(path, by=by)                   # counts and every error, by row
    done = write(path, by=by)                    # all rows; with skip_bad, the good ones

Written in chunks: each chunk, its entries of the ledger and how far it got are one transaction,
so a killed import goes on where it stood, and one that is begun anew finds the rest unchanged.
What comes in is a draft, like everything that nobody has reviewed here; an entry that exists is
described anew, as far as its state allows. Publishing stays a case.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from django.db import IntegrityError, transaction

from gongshu.catalog.bulk_rows import Bad, Ready, Readying
from gongshu.catalog.bulk_writing import write_chunk
from gongshu.catalog.import_rows import Row, RowError
from gongshu.catalog.ownership import require_scope
from gongshu.catalog.template_reader import read_rows
from gongshu.rules.agents import Agent
from gongshu.rules.problems import BadInput, Forbidden
from gongshu.wording import Sentence

CHUNK = 1000
TRIES = 3
SHOWN = 1000  # errors that a job keeps; all are counted

Progress = Callable[[int], None]


@dataclass
class Found:
    """What an import would do, or did; rows are of the file."""

    rows: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    bad: int = 0  # rows with an error
    wrong: int = 0  # errors
    errors: list[RowError] = field(default_factory=list)

    def count(self, ready: Ready | Bad) -> None:
        self.rows += 1
        if isinstance(ready, Bad):
            self.bad += 1
            self.wrong += len(ready.errors)
            self.errors += ready.errors[: max(0, SHOWN - len(self.errors))]
        else:
            setattr(self, ready.what, getattr(self, ready.what) + 1)

    def as_dict(self) -> dict[str, Any]:
        numbers = {name: value for name, value in vars(self).items() if isinstance(value, int)}
        return numbers | {"errors": [error.as_dict() for error in self.errors]}

    def moved_to(self, counts: Mapping[str, int]) -> Found:
        for name, number in counts.items():
            setattr(self, name, number)
        return self

    def counts(self) -> dict[str, int]:
        return {name: value for name, value in vars(self).items() if isinstance(value, int)}


def check(path: Path, *, by: Agent, provider: str = "", progress: Progress | None = None) -> Found:
    """Everything that is wrong, at once; nothing is written."""
    require_importer(by)
    found = Found()
    readying = Readying(by=by, provider=provider)
    for rows in _chunks(read_rows(path)):
        for ready in readying.of(rows):
            found.count(ready)
        if progress:
            progress(found.rows)
    return found


def write(
    path: Path,
    *,
    by: Agent,
    provider: str = "",
    skip_bad: bool = False,
    start: Mapping[str, int] | None = None,
    save: Callable[[Mapping[str, int]], None] | None = None,
    progress: Progress | None = None,
) -> Found:
    """Write what `check` found good. `start`: what `save` was last told, to go on from there."""
    require_importer(by)
    found = Found().moved_to(start or {})
    readying = Readying(by=by, provider=provider)
    rows = read_rows(path)
    for row in islice(rows, found.rows):
        readying.seen(row)
    for chunk in _chunks(rows):
        _write_chunk(chunk, readying, found, skip_bad, by, save)
        if progress:
            progress(found.rows)
    return found


def _write_chunk(
    chunk: list[Row],
    readying: Readying,
    found: Found,
    skip_bad: bool,
    by: Agent,
    save: Callable[[Mapping[str, int]], None] | None,
) -> None:
    """Again where somebody else entered one of the codes in this moment."""
    for attempt in range(1, TRIES + 1):
        counted = Found().moved_to(found.counts())
        try:
            with transaction.atomic():
                readied = list(readying.of(chunk, lock=True))
                for ready in readied:
                    counted.count(ready)
                if counted.bad > found.bad and not skip_bad:
                    raise _has_bad(counted)
                write_chunk([one for one in readied if isinstance(one, Ready)], by=by)
                if save:
                    save(counted.counts())
        except IntegrityError:
            if attempt == TRIES:
                raise
            readying.again(chunk)
            continue
        except BaseException:
            readying.again(chunk)
            raise
        found.errors += counted.errors[: max(0, SHOWN - len(found.errors))]
        found.moved_to(counted.counts())
        return


def require_importer(by: Agent) -> None:
    if not (by.organisation or by.administrator):
        raise Forbidden(
            "not_provider",
            Sentence(en="Only organisations enter datasets.", zh="仅机构可以编目。"),
        )
    require_scope(by)


def _has_bad(found: Found) -> BadInput:
    first = found.errors[0]
    place = first.place()
    refused = BadInput(
        "bad_rows",
        Sentence(
            en=f"{found.bad:,} of the first {found.rows:,} rows cannot be taken. {place.en}: "
            f"{first.sentence.en}",
            zh=f"前 {found.rows} 行中有 {found.bad} 行无法导入。{place.zh}：{first.sentence.zh}",
        ),
        suggestion=Sentence(
            en="Mend them, or import the good ones alone (skip_bad).",
            zh="请修改后重试，或只导入正确的行（skip_bad）。",
        ),
    )
    refused.more = {"errors": [one.as_dict() for one in found.errors]}  # type: ignore[attr-defined]
    return refused


def _chunks(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while chunk := list(islice(rows, CHUNK)):
        yield chunk
