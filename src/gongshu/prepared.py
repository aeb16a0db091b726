"""A query whose SQL is worked out once a thread, for the few that every governed question makes.

Django compiles a query each time it is run, which takes ten times what SQLite needs to answer it.

    held = Prepared(lambda pk: Grant.objects.filter(pk=pk))
    held("G-2026-0001")          # [<Grant: G-2026-0001>]

The queryset is built from marks in place of the values, once for each list of their types; only
strings, whole numbers, days and moments may be given. What it returns for models is models, with
their annotations; for `values_list`, rows. No `select_related` or `prefetch_related`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from typing import Any, Generic, TypeVar

from django.db import connection
from django.db.models import AutoField, Model, QuerySet

Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class _Compiled:
    sql: str
    params: tuple[Any, ...]
    places: tuple[tuple[int, int], ...]  # parameter number, value number
    read: Callable[[Sequence[Sequence[Any]]], list[Any]]


class Prepared(Generic[Made]):
    def __init__(self, make: Callable[..., QuerySet[Any, Made]]) -> None:
        self._make = make
        self._local = threading.local()  # a compiler belongs to its thread's connection

    def __call__(self, *values: str | int | date | datetime) -> list[Made]:
        compiled = self._compiled(values)
        params = list(compiled.params)
        for place, number in compiled.places:
            params[place] = _adapted(values[number])
        with connection.cursor() as cursor:
            cursor.execute(compiled.sql, params)
            rows = cursor.fetchall()
        return compiled.read(rows)

    def _compiled(self, values: Sequence[Any]) -> _Compiled:
        known: dict[Any, _Compiled] = self._local.__dict__.setdefault("known", {})
        key = (connection.vendor, *(type(value) for value in values))
        if key not in known:
            known[key] = _compile(self._make, values)
        return known[key]


def _compile(make: Callable[..., QuerySet[Any, Any]], values: Sequence[Any]) -> _Compiled:
    marks = [_mark(value, number) for number, value in enumerate(values)]
    queryset: Any = make(*marks)
    compiler = queryset.query.get_compiler(connection=connection)
    sql, params = compiler.as_sql()
    number_of = {_adapted(mark): number for number, mark in enumerate(marks)}
    places = tuple(
        (place, number_of[param])
        for place, param in enumerate(params)
        if isinstance(param, str | int | date) and param in number_of
    )
    if {number for _, number in places} != set(range(len(values))):
        raise ValueError("a value does not stand in the query as it was given")
    return _Compiled(
        sql, tuple(params), places, _reader(compiler, rows=queryset._fields is not None)
    )


def _mark(value: Any, number: int) -> Any:
    """A value of the same type that no query has by itself."""
    if isinstance(value, str):
        return f"\x01{number}"
    if isinstance(value, datetime):
        return datetime(1900, 1, 1, tzinfo=UTC) + timedelta(days=number)
    if isinstance(value, date):
        return date(1800, 1, 1) + timedelta(days=number)
    if isinstance(value, int) and not isinstance(value, bool):
        return -(1 << 40) - number
    raise TypeError(f"a query is not prepared with a {type(value).__name__}")


def _adapted(value: Any) -> Any:
    """As a field hands it to the database."""
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    if isinstance(value, date):
        return connection.ops.adapt_datefield_value(value)
    return value


def _reader(compiler: Any, *, rows: bool) -> Callable[[Sequence[Sequence[Any]]], list[Any]]:
    """As `django.db.models.query.ModelIterable` and `ValuesListIterable` read rows."""
    columns = [column[0] for column in compiler.select[: compiler.col_count]]
    converters = compiler.get_converters(columns)

    def converted(rows: Sequence[Sequence[Any]]) -> Iterable[Sequence[Any]]:
        return compiler.apply_converters(rows, converters) if converters else rows

    if rows:
        return lambda found: [tuple(row) for row in converted(found)]
    model: type[Model] = compiler.klass_info["model"]
    fields = compiler.klass_info["select_fields"]
    names = [compiler.select[place][0].target.attname for place in fields]
    extra = tuple(compiler.annotation_col_map.items())

    def models(rows: Sequence[Sequence[Any]]) -> list[Any]:
        made = []
        for row in converted(rows):
            one = model.from_db(connection.alias, names, [row[place] for place in fields])
            for name, place in extra:
                setattr(one, name, row[place])
            made.append(one)
        return made

    return models


def insert(rows: Sequence[Model]) -> None:
    """New rows of one model, as `bulk_create` writes them, without working its SQL out anew."""
    if not rows:
        return
    fields = _written(type(rows[0]))
    values = [
        field.get_db_prep_save(field.pre_save(row, add=True), connection)
        for row in rows
        for field in fields
    ]
    with connection.cursor() as cursor:
        cursor.execute(_insert_sql(type(rows[0]), len(rows), connection.vendor), values)
    for row in rows:
        row._state.adding, row._state.db = False, connection.alias


@cache
def _written(model: type[Model]) -> tuple[Any, ...]:
    """What the database makes itself is left to it."""
    return tuple(
        field
        for field in model._meta.concrete_fields
        if not field.generated and not isinstance(field, AutoField)
    )


@lru_cache(maxsize=256)
def _insert_sql(model: type[Model], count: int, vendor: str) -> str:
    quoted = connection.ops.quote_name
    names = ", ".join(quoted(field.column) for field in _written(model))
    row = f"({', '.join(['%s'] * len(_written(model)))})"
    return f"INSERT INTO {quoted(model._meta.db_table)} ({names}) VALUES {', '.join([row] * count)}"  # noqa: S608


def insert_values(model: type[Model], names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """New rows from plain values, as the database takes them: by the thousand, where making a
    model of each would be most of the work. What is not named is as its field proposes it."""
    if not rows:
        return
    fields: list[Any] = [model._meta.get_field(name) for name in names]
    others = [field for field in _written(model) if field not in fields]
    proposed = [field.get_db_prep_save(field.get_default(), connection) for field in others]
    quoted = connection.ops.quote_name
    columns = ", ".join(quoted(field.column) for field in (*fields, *others))
    into = f"{quoted(model._meta.db_table)} ({columns})"
    whole = ((*row, *proposed) for row in rows) if others else rows
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":  # a third of the server's work for as many INSERTs
            with connection.wrap_database_errors, cursor.copy(f"COPY {into} FROM STDIN") as copy:
                for row in whole:
                    copy.write_row(row)
            return
        marks = ", ".join(["%s"] * (len(fields) + len(others)))
        cursor.executemany(f"INSERT INTO {into} VALUES ({marks})", list(whole))  # noqa: S608


def moment_value(at: datetime) -> Any:
    """A moment for `insert_values`."""
    return connection.ops.adapt_datetimefield_value(at)


def update(row: Model, names: Sequence[str], **still: Any) -> int:
    """Write these fields of a row that is there, if its fields `still` have these values; how many
    rows that was: one, or none."""
    model = type(row)
    fields: dict[str, Any] = {field.attname: field for field in model._meta.concrete_fields}
    given = {**{name: getattr(row, name) for name in names}, _key(model): row.pk}
    values = [fields[name].get_db_prep_save(value, connection) for name, value in given.items()]
    values += [fields[name].get_db_prep_save(value, connection) for name, value in still.items()]
    sql = _update_sql(model, tuple(names), tuple(still), connection.vendor)
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return int(cursor.rowcount)


@lru_cache(maxsize=64)
def _update_sql(
    model: type[Model], names: tuple[str, ...], still: tuple[str, ...], vendor: str
) -> str:
    quoted = connection.ops.quote_name
    fields: tuple[Any, ...] = tuple(model._meta.concrete_fields)
    columns = {field.attname: quoted(field.column) for field in fields}
    written = ", ".join(f"{columns[name]} = %s" for name in names)
    kept = [columns[_key(model)], *(columns[name] for name in still)]
    found = " AND ".join(f"{column} = %s" for column in kept)
    return f"UPDATE {quoted(model._meta.db_table)} SET {written} WHERE {found}"  # noqa: S608


def _key(model: type[Model]) -> str:
    key: Any = model._meta.pk
    return str(key.attname)
