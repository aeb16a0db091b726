"""An answer as Arrow, JSON, CSV or Parquet, as `Accept` or `--format` asks.

>>> negotiate("text/csv;q=0.5, application/json").name
'json'
>>> negotiate("image/png") is None
True
"""

from __future__ import annotations

import io
import json
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.csv

from gongshu.data.answers import Rows, arrow_stream, batches, parquet_file
from gongshu.wording import Problem, Sentence

# Integers beyond this lose digits in the JSON readers of most languages (RFC 8259, section 6).
SAFE_INTEGER = 2**53 - 1


@dataclass(frozen=True)
class Format:
    name: str
    media_type: str
    extension: str
    write: Callable[[Rows], Iterator[bytes]]


def csv(rows: Rows) -> Iterator[bytes]:
    """RFC 4180 with a header, UTF-8; nested values, which it cannot hold, as JSON."""
    options = pa.csv.WriteOptions(include_header=False)
    names = rows.schema.names
    yield _csv_bytes(pa.table([pa.array([name]) for name in names], names=names), options)
    for batch in batches(rows):
        yield _csv_bytes(_flat(pa.Table.from_batches([batch])), options)


def _csv_bytes(table: pa.Table, options: pa.csv.WriteOptions) -> bytes:
    sink = io.BytesIO()
    pa.csv.write_csv(table, sink, options)
    return sink.getvalue()


def _flat(table: pa.Table) -> pa.Table:
    columns = []
    for column in table.columns:
        if pa.types.is_nested(column.type) or pa.types.is_binary(column.type):
            texts = [None if v is None else _text(json_value(v)) for v in column.to_pylist()]
            column = pa.chunked_array([pa.array(texts, type=pa.string())])
        columns.append(column)
    return pa.table(columns, names=table.column_names)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def json_rows(rows: Rows) -> Iterator[bytes]:
    """One array per row; `answer_json` wraps it."""
    first = True
    for batch in batches(rows):
        columns = [column.to_pylist() for column in batch.columns]
        for row in zip(*columns, strict=True):
            text = json.dumps([json_value(v) for v in row], ensure_ascii=False)
            yield (text if first else "," + text).encode()
            first = False


def answer_json(rows: Rows, facts: Mapping[str, Any] | None = None) -> Iterator[bytes]:
    """`{"columns": [{name, type}], "rows": [[…]], …facts}`; rows are arrays, since two columns
    of an answer may bear one name."""
    columns = [{"name": field.name, "type": str(field.type)} for field in rows.schema]
    head = json.dumps({"columns": columns, **(facts or {})}, ensure_ascii=False)
    yield (head[:-1] + ', "rows": [').encode()
    yield from json_rows(rows)
    yield b"]}"


def json_value(value: Any) -> Any:
    """Exact or text, never rounded: a decimal and a large integer go as their digits."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, int):
        return value if abs(value) <= SAFE_INTEGER else str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {str(k): json_value(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [json_value(v) for v in value]
    return str(value)


JSON = Format("json", "application/json", "json", answer_json)
ARROW = Format("arrow", "application/vnd.apache.arrow.stream", "arrows", arrow_stream)
CSV = Format("csv", "text/csv", "csv", csv)
PARQUET = Format("parquet", "application/vnd.apache.parquet", "parquet", parquet_file)
FORMATS = {found.name: found for found in (JSON, ARROW, CSV, PARQUET)}
_BY_TYPE = {found.media_type: found for found in FORMATS.values()}
_WILD = {"*/*": JSON, "application/*": JSON, "text/*": CSV}


def negotiate(accept: str) -> Format | None:
    """What the client likes best among what we can write; nothing said means JSON."""
    if not accept.strip():
        return JSON
    wanted: list[tuple[float, int, str]] = []
    for position, part in enumerate(accept.split(",")):
        media, *options = (p.strip() for p in part.split(";"))
        quality = next((o[2:] for o in options if o.startswith("q=")), "1")
        try:
            wanted.append((-float(quality), position, media.lower()))
        except ValueError:
            continue
    for rank, _, media in sorted(wanted):
        found = _BY_TYPE.get(media) or _WILD.get(media)
        if found and rank < 0:
            return found
    return None


def wanted(accept: str) -> Format:
    """The format for this `Accept`; a `Problem` where none of ours is among what it lists."""
    found = negotiate(accept)
    if found is None:
        names = ", ".join(one.media_type for one in FORMATS.values())
        raise Problem(
            "not_acceptable",
            Sentence(en=f"Answers are written as {names}.", zh=f"结果可提供的格式：{names}。"),
            field="Accept",
        )
    return found
