"""Rows that are to stand beside those of another table: its columns, its order, its types.

A type that holds every value of what was sent takes it (whole numbers among decimals, a column
without any value among anything). What does not fit is refused with the column's name, and no
value is changed to make it fit.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from gongshu.data.ingest import Table
from gongshu.data.scratch import Scratch
from gongshu.wording import Problem, Sentence

AS_A_WHOLE = Sentence(
    en="Correct the file, or send all rows as a full replacement.",
    zh="请更正文件，或以全量替换方式上传全部数据。",
)
BATCH = 64_000


@contextmanager
def fitted(table: Table, like: Path) -> Iterator[Table]:
    """`table` in the columns of the Parquet file `like`; itself where nothing is to be done."""
    wanted, found = pq.read_schema(like), table.schema
    _require_columns(wanted.names, found.names)
    if found.names == wanted.names and all(
        _same(a, b) for a, b in zip(found.types, wanted.types, strict=True)
    ):
        yield table
        return
    with Scratch("append") as folder:
        files = [
            _cast(path, wanted, folder / f"{number}.parquet")
            for number, path in enumerate(table.files)
        ]
        yield Table(files, table.report)


def _require_columns(wanted: list[str], found: list[str]) -> None:
    parts = [
        ("new", "多出", [name for name in found if name not in wanted]),
        ("missing", "缺少", [name for name in wanted if name not in found]),
    ]
    if not any(names for _, _, names in parts):
        return
    raise Problem(
        "append_columns",
        Sentence(
            en="The columns are not those of the version that is appended to ("
            + "; ".join(f"{en}: {', '.join(names)}" for en, _, names in parts if names)
            + ").",
            zh="列与被追加的版本不一致（"
            + "；".join(f"{zh}：{'、'.join(names)}" for _, zh, names in parts if names)
            + "）。",
        ),
        suggestion=AS_A_WHOLE,
        field="file",
    )


def _cast(source: Path, wanted: pa.Schema, target: Path) -> Path:
    plain = wanted.remove_metadata()
    with pq.ParquetFile(source) as file, pq.ParquetWriter(target, plain, compression="zstd") as out:
        for batch in file.iter_batches(BATCH):
            columns = [_as(batch.column(f.name), f) for f in plain]
            out.write_batch(pa.record_batch(columns, schema=plain))
    return target


def _as(values: pa.Array, field: pa.Field) -> pa.Array:
    if values.null_count == len(values):
        return pa.nulls(len(values), field.type)
    if _same(values.type, field.type) or _widens(values.type, field.type):
        try:
            if pa.types.is_integer(values.type) and pa.types.is_decimal(field.type):
                # By way of the widest: Arrow asks for room for any integer, not for these.
                values = values.cast(pa.decimal256(76, field.type.scale))
            return values.cast(field.type, safe=True)
        except pa.ArrowInvalid:  # a number too large for the type, say
            pass
    raise Problem(
        "append_type",
        Sentence(
            en=f"The column “{field.name}” is {_told(field.type)} in the dataset and "
            f"{_told(values.type)} in this file.",
            zh=f"列“{field.name}”在数据集中为 {_told(field.type)}，在本文件中为 "
            f"{_told(values.type)}。",
        ),
        suggestion=AS_A_WHOLE,
        field="file",
    )


def _told(kind: pa.DataType) -> str:
    return "text" if _is_text(kind) else str(kind)


def _is_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _same(found: pa.DataType, wanted: pa.DataType) -> bool:
    return found == wanted or (_is_text(found) and _is_text(wanted))


def _widens(found: pa.DataType, wanted: pa.DataType) -> bool:
    """Whether every value of the one, if it fits at all, is the same value in the other."""
    kinds = pa.types
    if kinds.is_integer(found):
        return bool(
            kinds.is_integer(wanted) or kinds.is_floating(wanted) or kinds.is_decimal(wanted)
        )
    if kinds.is_decimal(found):
        return bool(kinds.is_decimal(wanted) and wanted.scale >= found.scale)
    if kinds.is_floating(found):
        return bool(kinds.is_floating(wanted) and wanted.bit_width >= found.bit_width)
    if kinds.is_date(found):
        return bool(kinds.is_date(wanted) or kinds.is_timestamp(wanted))
    return bool(kinds.is_timestamp(found) and kinds.is_timestamp(wanted) and found.tz == wanted.tz)
