"""Small pictures of columns, by which their values are compared without reading the tables again.

A sketch keeps the smallest keyed hashes of a column's distinct values (KMV, k minimum values).
Two columns that hold the same values keep the same hashes, so from two sketches it can be told
how much of one column occurs in the other. Whoever has a sketch and its key can test whether a
value is in the column: sketches are kept on the server and shown to nobody.

>>> import pyarrow as pa
>>> left, right = pa.table({"id": range(4000)}), pa.table({"code": range(2000, 9000)})
>>> a = sketches(left, key=b"k" * 32)["id"]
>>> b = sketches(right, key=b"k" * 32)["code"]
>>> found = contained(a, b)
>>> found.low <= 0.5 <= found.high
True
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gongshu.data.sketches.estimates import (
    Estimate,
    contained,
    intersection,
    jaccard,
    union,
)
from gongshu.data.sketches.sketch import Sketch

if TYPE_CHECKING:
    from gongshu.data.sketches.making import sketches

__all__ = ["Estimate", "Sketch", "contained", "intersection", "jaccard", "sketches", "union"]


def __getattr__(name: str) -> Any:
    """Making sketches loads DuckDB and Arrow; comparing them needs neither."""
    if name == "sketches":
        from gongshu.data.sketches.making import sketches

        return sketches
    raise AttributeError(name)
