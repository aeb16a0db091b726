"""Answers for which nothing is needed above the boundary but choosing, sorting and cutting.

Most questions end in `ORDER BY … LIMIT …` over a few protected cells. That is done here on what
protection left of them: the same as the engine would do, without asking it a second time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp

DONE_HERE = {"expressions", "from_", "order", "limit", "offset"}


@dataclass(frozen=True, slots=True)
class Straight:
    """Columns of the one block; by which of them it is sorted, what is empty last; which rows."""

    columns: tuple[str, ...]
    order: tuple[tuple[str, bool], ...]  # a column of the block, whether descending
    limit: int
    offset: int


def straight_of(query: exp.Query, blocks: Sequence[str]) -> Straight | None:
    """None where the query does more than that."""
    if not isinstance(query, exp.Select) or len(blocks) != 1:
        return None
    source = query.args["from_"].this if query.args.get("from_") else None
    chosen = [item.unalias() for item in query.expressions]
    plain = isinstance(source, exp.Table) and source.name == blocks[0]
    if {name for name, part in query.args.items() if part} - DONE_HERE or not plain:
        return None
    if not all(isinstance(column, exp.Column) for column in chosen):
        return None
    names = {item.output_name: column.name for item, column in zip(query, chosen, strict=True)}
    order = [_key(one, names) for one in (query.args.get("order") or exp.Order()).expressions]
    limit, offset = (_number(query.args.get(part)) for part in ("limit", "offset"))
    if limit is None or (offset is None and query.args.get("offset")) or None in order:
        return None
    keys = tuple(key for key in order if key is not None)
    return Straight(tuple(column.name for column in chosen), keys, limit, offset or 0)


def arranged(straight: Straight, cells: pa.Table) -> pa.Table | None:
    """The answer; None where Arrow sorts otherwise than the engine, or not at all."""
    if straight.order:
        keys = [name for name, _ in straight.order]
        if any(_has_nan(cells.column(name)) for name in keys):
            return None
        ways = [(name, "descending" if down else "ascending") for name, down in straight.order]
        try:
            cells = cells.take(pc.sort_indices(cells, sort_keys=ways))
        except (pa.ArrowNotImplementedError, pa.ArrowTypeError):
            return None
    # A column may be chosen twice.
    chosen = pa.table(
        [cells.column(name) for name in straight.columns],
        names=[str(place) for place in range(len(straight.columns))],
    )
    return chosen.slice(straight.offset, straight.limit)


def _key(ordered: exp.Expr, names: dict[str, str]) -> tuple[str, bool] | None:
    column = ordered.this
    if not isinstance(ordered, exp.Ordered) or not isinstance(column, exp.Column):
        return None
    if ordered.args.get("nulls_first") or ordered.args.get("with_fill"):
        return None
    name = column.name if column.table else names.get(column.name)
    return None if name is None else (name, bool(ordered.args.get("desc")))


def _number(part: exp.Expr | None) -> int | None:
    # `LIMIT 50%` and `FETCH … WITH TIES` have more to them than a number.
    plain = isinstance(part, exp.Limit | exp.Offset) and {k for k, v in part.args.items() if v}
    value = part.expression if part is not None and plain == {"expression"} else None
    return int(value.this) if isinstance(value, exp.Literal) and not value.is_string else None


def _has_nan(column: pa.ChunkedArray) -> bool:
    """The engine takes it for the largest number, Arrow puts it to the empty ones."""
    return pa.types.is_floating(column.type) and bool(pc.any(pc.is_nan(column)).as_py())
