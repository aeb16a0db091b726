"""A slice as one zip archive, written as it is sent: what an auditor takes away.

    README.txt     how to verify it, in two languages
    verify.py      the verifier, which needs only Python
    receipt.json   the log's entry about this export, with its proof (`gongshu verify` reads it too)
    entries.csv    or entries.jsonl, entries.parquet: each entry with its text, place and proof

All proofs lead to one checkpoint, that of the receipt. Memory stays flat however long the slice.
"""

from __future__ import annotations

import base64
import csv
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gongshu.ledger import selectors as ledger
from gongshu.ledger import services
from gongshu.ledger.models import Entry
from gongshu.log.checkpoint import parse_checkpoint
from gongshu.log.receipt import receipt_bytes
from gongshu.oversight import slices, verify_slice
from gongshu.oversight.slices import AT_ONCE, SHANGHAI, Asked, Slice
from gongshu.rules.agents import Agent
from gongshu.rules.problems import BadInput
from gongshu.wording import Sentence

COLUMNS = (
    *("index", "id", "event", "time", "organisation", "subject_kind", "subject_id"),
    *("subject_organisation", "body", "proof"),
)
ROW_GROUP = 20_000
MEDIA_TYPE = "application/zip"
README = """A slice of the ledger {origin} / 账本 {origin} 的切片

To verify it / 验证方法：

    python3 verify.py . 'KEY'

KEY is the log's public key (name+id+base64). Take it from the log's operator or from an earlier
visit, not from this archive. verify.py needs Python's standard library only (Parquet: pyarrow).
KEY 为日志公钥（name+id+base64），应另行取得，勿取自本压缩包。
verify.py 仅需 Python 标准库（Parquet 格式另需 pyarrow）。

receipt.json is the log's own entry about this export. entries.* has one line an entry: its place
(index, from 0), what it says (body, byte for byte) and the proof of the place. The other columns
repeat the body.
receipt.json 是日志关于本次导出的条目；entries.* 每行一个条目：序号、原文（body）及其位置证明，
其余各列重复原文内容。
"""


@dataclass(frozen=True)
class Export:
    """A slice that the log has recorded, ready to be sent."""

    slice: Slice
    form: str
    entry: Entry

    @property
    def name(self) -> str:
        return f"ledger-{self.entry.index}.zip"

    def archive(self) -> Iterator[bytes]:
        receipt = services.receipt(self.entry.id)
        assert receipt is not None, "the entry has its place"
        size = _size_of(receipt["proof"])
        origin = self.entry.subject_id
        wire = _Wire()
        when = self.entry.at.astimezone(SHANGHAI).timetuple()[:6]
        with zipfile.ZipFile(wire, "w", zipfile.ZIP_DEFLATED) as archive:

            def member(name: str) -> zipfile.ZipInfo:
                info = zipfile.ZipInfo(name, when)
                info.compress_type = zipfile.ZIP_DEFLATED
                info.external_attr = 0o644 << 16
                return info

            archive.writestr(member("README.txt"), README.format(origin=origin))
            archive.writestr(member("verify.py"), Path(verify_slice.__file__).read_bytes())
            archive.writestr(member("receipt.json"), receipt_bytes(receipt))
            name, write = FORMS[self.form]
            with archive.open(member(name), "w", force_zip64=True) as file:
                for _ in write(lines(self.slice, size), file):
                    yield wire.take()
        yield wire.take()


def export(asked: Asked, *, form: str, by: Agent) -> Export:
    """Cut it and record it; the archive is then sent without a transaction."""
    if form not in FORMS:
        names = ", ".join(FORMS)
        raise BadInput(
            "slice",
            Sentence(en=f"A slice is written as {names}.", zh=f"切片可用的格式：{names}。"),
            field="format",
        )
    found = slices.cut(asked, by=by)
    return Export(found, form, slices.record(found, form=form, by=by))


def _size_of(proof: str) -> int:
    """The tree's size, of the checkpoint that ends a proof (tlog-proof, signed-note)."""
    note = proof.partition("\n\n")[2]
    return parse_checkpoint(note.rpartition("\n\n")[0] + "\n").size


def lines(found: Slice, size: int) -> Iterator[dict[str, Any]]:
    """Each entry with its proof in the tree of that size."""
    indexes = found.indexes
    for start in range(0, len(indexes), AT_ONCE):
        part = list(indexes[start : start + AT_ONCE])
        proofs = ledger.prove_many(part, size)
        for row, path in zip(slices.rows(part, "index", "body"), proofs, strict=True):
            yield _line(row["index"], row["body"], path)


def _line(index: int, text: str, path: list[bytes]) -> dict[str, Any]:
    body = json.loads(text)
    subject = body["subject"]
    return {
        "index": index,
        "id": body["id"],
        "event": body["event"],
        "time": body["time"],
        "organisation": body["by"]["organisation"],
        "subject_kind": subject["kind"],
        "subject_id": subject["id"],
        "subject_organisation": subject["organisation"],
        "body": text,
        "proof": " ".join(base64.b64encode(part).decode() for part in path),
    }


class _Wire(io.RawIOBase):
    """What has been written and not yet sent."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        taken, self._parts = b"".join(self._parts), []
        return taken


Write = Callable[[Iterator[dict[str, Any]], Any], Iterator[None]]


def _csv(found: Iterator[dict[str, Any]], file: Any) -> Iterator[None]:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS)
    writer.writeheader()
    for part in _parts(found, 1000):
        writer.writerows(part)
        file.write(text.getvalue().encode())
        text.seek(0)
        text.truncate()
        yield


def _jsonl(found: Iterator[dict[str, Any]], file: Any) -> Iterator[None]:
    for part in _parts(found, 1000):
        file.write("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in part).encode())
        yield


def _parquet(found: Iterator[dict[str, Any]], file: Any) -> Iterator[None]:
    import pyarrow as pa  # here: a page that lists entries need not wait for it
    import pyarrow.parquet as parquet

    schema = pa.schema([(n, pa.int64() if n == "index" else pa.string()) for n in COLUMNS])
    with parquet.ParquetWriter(file, schema, compression="zstd") as writer:
        for part in _parts(found, ROW_GROUP):
            writer.write_table(pa.Table.from_pylist(part, schema))
            yield
    yield


def _parts(found: Iterator[dict[str, Any]], size: int) -> Iterator[list[dict[str, Any]]]:
    """At least one part, empty if there is nothing: a header is written all the same."""
    part: list[dict[str, Any]] = []
    for row in found:
        part.append(row)
        if len(part) == size:
            yield part
            part = []
    yield part


FORMS: dict[str, tuple[str, Write]] = {
    "csv": ("entries.csv", _csv),
    "json": ("entries.jsonl", _jsonl),
    "parquet": ("entries.parquet", _parquet),
}
