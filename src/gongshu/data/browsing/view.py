"""What of a table is looked at: conditions, order and columns. One view is an address, an API call,
a line of SQL and a line for curl."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Self
from urllib.parse import quote, urlencode

import pyarrow as pa

from gongshu.data.browsing.conditions import Condition, quoted, read_condition
from gongshu.wording import Problem, Sentence

MOST_CONDITIONS, MOST_KEYS = 20, 5


@dataclass(frozen=True, slots=True)
class Key:
    column: str
    down: bool = False

    def __str__(self) -> str:
        return f"-{self.column}" if self.down else self.column


@dataclass(frozen=True)
class View:
    """`columns` empty: all of them."""

    conditions: tuple[Condition, ...] = ()
    order: tuple[Key, ...] = ()
    columns: tuple[str, ...] = ()

    @property
    def parameters(self) -> list[tuple[str, str]]:
        """As they stand in an address, always in the same order."""
        return [
            *(("where", str(one)) for one in self.conditions),
            *(("sort", str(one)) for one in self.order),
            *(("column", one) for one in self.columns),
        ]

    @property
    def query(self) -> str:
        return urlencode(self.parameters, quote_via=quote)

    @property
    def is_whole(self) -> bool:
        return not (self.conditions or self.order or self.columns)

    def without(self, condition: Condition) -> Self:
        return replace(self, conditions=tuple(c for c in self.conditions if c != condition))

    def sorted_by(self, *order: Key) -> Self:
        return replace(self, order=order)

    def where(self, value: Callable[[Any], str]) -> str:
        """The WHERE clause with a blank before it, or nothing."""
        parts = [one.sql(value) for one in self.conditions]
        return f" WHERE {' AND '.join(parts)}" if parts else ""

    def order_by(self) -> str:
        """What is empty comes last, whichever way it is sorted."""
        keys = [f"{quoted(k.column)} {'DESC' if k.down else 'ASC'} NULLS LAST" for k in self.order]
        return f" ORDER BY {', '.join(keys)}" if keys else ""

    def chosen(self) -> str:
        return ", ".join(quoted(name) for name in self.columns) or "*"

    def sql(self, table: str) -> str:
        """For people to run elsewhere; `table` is SQL."""
        clauses = f"{self.where(written)}{self.order_by()}"
        return f"SELECT {self.chosen()} FROM {table}{clauses}"  # noqa: S608


def read_view(
    schema: pa.Schema,
    *,
    where: Sequence[str] = (),
    sort: Sequence[str] = (),
    columns: Sequence[str] = (),
) -> View:
    """The view that these texts ask for; raises `Problem` for the first that is wrong."""
    if len(where) > MOST_CONDITIONS or len(sort) > MOST_KEYS:
        raise Problem(
            "too_many",
            Sentence(
                en=f"At most {MOST_CONDITIONS} conditions and {MOST_KEYS} sorting columns.",
                zh=f"条件最多 {MOST_CONDITIONS} 个，排序列最多 {MOST_KEYS} 个。",
            ),
            field="where",
        )
    conditions = dict.fromkeys(read_condition(text, schema) for text in where)
    order = {key.column: key for key in reversed([_key(text, schema) for text in sort])}
    for name in columns:
        require_column(name, schema, "column")
    return View(tuple(conditions), tuple(reversed(order.values())), tuple(dict.fromkeys(columns)))


def written(value: Any) -> str:
    """A value as SQL text."""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float | Decimal):
        return str(value)
    if isinstance(value, datetime):
        return f"TIMESTAMP '{value.isoformat(sep=' ')}'"
    if isinstance(value, date | time):
        return f"{type(value).__name__.upper()} '{value.isoformat()}'"
    return "'" + str(value).replace("'", "''") + "'"


def _key(text: str, schema: pa.Schema) -> Key:
    if text in schema.names:
        return Key(text)
    if text.startswith("-"):
        require_column(text[1:], schema, "sort")
        return Key(text[1:], down=True)
    require_column(text, schema, "sort")
    return Key(text)


def require_column(name: str, schema: pa.Schema, field: str = "column") -> None:
    if name not in schema.names:
        raise Problem(
            "unknown_column",
            Sentence(en=f"There is no column “{name[:80]}”.", zh=f"没有“{name[:80]}”这一列。"),
            suggestion=Sentence(
                en=f"There are: {', '.join(schema.names[:50])}.",
                zh=f"可用的有：{'、'.join(schema.names[:50])}。",
            ),
            field=field,
        )
