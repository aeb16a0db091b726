"""How the newest version's file was read, and reading it anew as its holder says.

The file itself and the lines that could not be read are kept beside the newest version, in the
instance's folder `originals`; the next version's take their place. They are data: for the provider
alone.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction

from gongshu import data
from gongshu.catalog import selectors
from gongshu.catalog.models import Dataset, Pull, Reading, Version
from gongshu.catalog.ownership import locked, subject_of
from gongshu.data.contents import ContentStore
from gongshu.jobs.models import Job
from gongshu.ledger import moment
from gongshu.ledger import services as ledger
from gongshu.rules.agents import Agent
from gongshu.rules.problems import BadInput, Forbidden, NotFound
from gongshu.wording import Sentence

if TYPE_CHECKING:
    from gongshu.data import Table

HINTS = (
    *("encoding", "delimiter", "header", "sheet", "skip"),
    *("member", "text", "fill"),
)
# The file is read whole to show how it comes out: a larger one takes the way of a job.
LARGEST_PREVIEW = 64 << 20
SHOWN = 20
PIECE = 4 << 20


@dataclass(frozen=True)
class Preview:
    """How a file comes out under these hints."""

    report: dict[str, Any]
    columns: list[str]
    rows: list[tuple[Any, ...]]
    total: int


def originals() -> ContentStore:
    return ContentStore(Path(settings.HOME) / "originals")


def of(dataset: Dataset, agent: Agent) -> Reading | None:
    """For the provider's people: a report quotes lines of the file."""
    if not selectors.is_provider(dataset, agent):
        raise Forbidden(
            "not_provider",
            Sentence(
                en="How the file was read is for its provider alone: a report quotes its lines.",
                zh="文件的读取情况只供提供方查看，报告中含有文件内容。",
            ),
        )
    return Reading.objects.filter(dataset=dataset).first()


def required(dataset: Dataset, agent: Agent) -> Reading:
    reading = of(dataset, agent)
    if reading is None:
        raise _no_original()
    return reading


def hints_for(dataset: Dataset | None, said: Mapping[str, Any], *, guess: bool) -> dict[str, Any]:
    """What was said of the last file, and now; `guess`: what was said before is forgotten."""
    now = known_hints(said)
    if dataset is None or guess:
        return now
    kept = Reading.objects.filter(dataset=dataset).values_list("hints", flat=True).first()
    return {**(kept or {}), **now}


def known_hints(said: Mapping[str, Any]) -> dict[str, Any]:
    """Those that say something, as the reader takes them."""
    known = {name: said[name] for name in HINTS if said.get(name) not in (None, "", [], ())}
    if isinstance(known.get("skip"), str):
        known["skip"] = _skip(known["skip"])
    return known


def keep(version: Version, table: Table, path: Path, name: str, hints: Mapping[str, Any]) -> None:
    """The file and what it did not give, in place of those of the version before."""
    store = originals()
    original, size = store.write(_pieces(path))
    rejects = store.write(_pieces(table.rejects_file))[0] if table.rejects_file else ""
    Reading.objects.update_or_create(
        dataset=version.dataset,
        defaults={
            "version": version.number,
            "hints": _plain(hints),
            "name": Path(name).name[:255],
            "original": original,
            "bytes": size,
            "rejects": rejects,
            "rejected": table.report.rows_rejected,
            "modified": moment.now(),
        },
    )
    # A pull takes what was said last, wherever that was.
    Pull.objects.filter(dataset=version.dataset).update(hints=_plain(hints))


def forget(*, dataset: Dataset, by: Agent) -> None:
    """Guess the next file anew; what was said of this one is told in the ledger."""
    reading = of(dataset, by)
    if reading is None or not reading.hints:
        return
    with transaction.atomic():
        locked(dataset)
        Reading.objects.filter(pk=reading.pk).update(hints={}, modified=moment.now())
        Pull.objects.filter(dataset=dataset).update(hints={})
        ledger.append(
            event="dataset.reading_forgotten",
            subject=subject_of(dataset),
            by=by,
            private={"hints": json.dumps(reading.hints, ensure_ascii=False)},
            holder=dataset.provider.code,
        )


def preview(dataset: Dataset, hints: Mapping[str, Any], agent: Agent) -> Preview:
    """The first rows of the kept file under other hints; nothing is changed."""
    path = _original(of(dataset, agent))
    if path.stat().st_size > LARGEST_PREVIEW:
        raise NotFound(
            "too_large_to_show",
            Sentence(
                en="The file is too large to be shown at once; read it anew to see.",
                zh="文件较大，无法即时预览；请重新读取后查看。",
            ),
        )
    with data.Table.read(path, **hints_for(None, hints, guess=True)) as table:
        first = table.to_arrow().slice(0, SHOWN)
        rows = list(zip(*(column.to_pylist() for column in first.columns), strict=True))
        return Preview(table.report.to_dict(), table.column_names, rows, table.num_rows)


def read_anew(*, dataset: Dataset, hints: Mapping[str, Any], by: Agent) -> Job:
    """Queue the job that makes a version of the kept file under these hints."""
    from gongshu.catalog.ingest import queue_ingest, upload_folder

    reading = of(dataset, by)
    path = _original(reading)
    assert reading is not None
    upload = secrets.token_hex(16)
    upload_folder().mkdir(exist_ok=True, mode=0o700)
    os.link(path, upload_folder() / upload)  # its own name: the job removes it when it is done
    said = hints_for(None, hints, guess=True) | {"guess": True}
    return queue_ingest(dataset, upload=upload, source_name=reading.name, hints=said, by=by)


def rejects(dataset: Dataset, agent: Agent) -> Iterator[dict[str, Any]]:
    """Every line that is not in the newest version: its number, why, and the line."""
    reading = of(dataset, agent)
    if reading is None or not reading.rejects:
        return iter(())
    return _lines(originals().path(reading.rejects))


def sweep() -> int:
    """Remove the files of versions that are not the newest any more."""
    known = {
        name for pair in Reading.objects.values_list("original", "rejects") for name in pair if name
    }
    return len(originals().sweep(known))


def _skip(text: str) -> int | list[int]:
    """“3”: the lines above the header; “57,58”, or “57,”: these lines, wherever they stand."""
    parts = [part.strip() for part in text.replace("，", ",").split(",")]
    numbers = [part for part in parts if part]
    if not numbers or not all(part.isdecimal() and len(part) < 10 for part in numbers):
        raise BadInput(
            "hint",
            Sentence(
                en=f"“{text[:40]}” is no number of lines, nor numbers of lines with commas.",
                zh=f"“{text[:40]}”不是行数，也不是用逗号分隔的行号。",
            ),
            field="skip",
        )
    return int(text) if len(parts) == 1 else [int(part) for part in numbers]


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def _original(reading: Reading | None) -> Path:
    try:
        return originals().path(reading.original if reading else "")
    except KeyError:
        raise _no_original() from None


def _no_original() -> NotFound:
    return NotFound(
        "no_original",
        Sentence(
            en="The file that the newest version was read from is not here.",
            zh="本平台没有最新版本所读取的原始文件。",
        ),
        suggestion=Sentence(en="Upload it again.", zh="请重新上传。"),
    )


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece


def _plain(hints: Mapping[str, Any]) -> dict[str, Any]:
    return {k: list(v) if isinstance(v, list | tuple) else v for k, v in hints.items()}
