"""Tables of data on a page: what stands above a column, and on which side."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.types as kinds


@dataclass(frozen=True)
class Head:
    name: str
    number: bool  # numbers stand on the right, and so does what is above them


def heads(schema: pa.Schema) -> list[Head]:
    return [Head(field.name, _is_number(field.type)) for field in schema]


def _is_number(kind: pa.DataType) -> bool:
    return bool(kinds.is_integer(kind) or kinds.is_floating(kind) or kinds.is_decimal(kind))
