"""The rules of a table as SQL: of each, which elements it is about and which of them fail it.

All that one row can answer for is counted in one pass; keys, repeated rows and references take a
query each. A value that is missing keeps every rule but `required`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

import duckdb

from gongshu.data.profiling.kinds import BY_CODE
from gongshu.data.profiling.source import Source, SourceColumn
from gongshu.data.quality.expressions import condition
from gongshu.data.quality.rules import FieldRules, Rules
from gongshu.wording import Problem, Sentence

FAMILIES = {
    "text": {"text"},
    "integer": {"integer"},
    "number": {"integer", "decimal", "number"},
    "date": {"date"},
    "timestamp": {"timestamp", "date"},
    "time": {"time"},
    "boolean": {"boolean"},
}


@dataclass(frozen=True, slots=True)
class Look:
    """A rule over single rows. `about` and `fails` are SQL; an unknown `fails` is no failure."""

    number: str
    rule: Sentence
    columns: tuple[str, ...]
    about: str
    fails: str


def looks(rules: Rules, source: Source) -> Iterator[Look]:
    """Of all rules that a row answers for by itself."""
    by_name = {column.name: column for column in source.columns}
    for name, declared in rules.fields.items():
        yield from _of_field(by_name[name], declared)
    names = {column.name: column.sql for column in source.columns}
    for check in rules.checks:
        sql, columns = condition(check.expression, names)
        told = check.title or check.expression
        known = f"({sql}) IS NOT NULL"
        yield Look("0104", Sentence(en=told, zh=told), columns, known, f"NOT ({sql})")
    for sequence in rules.sequences:
        yield _in_order([by_name[name] for name in sequence])
    yield _full_row([by_name[name] for name in names_expected(rules, source)])


def names_expected(rules: Rules, source: Source) -> list[str]:
    """The columns that must have a value: those declared so; where none is, all not declared
    optional."""
    required = [name for name, declared in rules.fields.items() if declared.required]
    optional = {name for name, declared in rules.fields.items() if declared.required is False}
    return required or [c.name for c in source.columns if c.name not in optional]


def _missing(column: SourceColumn) -> str:
    """Where it is known to be full, it need not be read."""
    return "false" if column.full else f"{column.sql} IS NULL"


def _full_row(columns: Sequence[SourceColumn]) -> Look:
    """0202; without columns of its own, since of such rows only the count is of interest."""
    missing = " OR ".join(_missing(column) for column in columns) or "false"
    told = Sentence(en="every required column has a value", zh="各必填列均有值")
    return Look("0202", told, (), "true", missing)


def _of_field(column: SourceColumn, declared: FieldRules) -> Iterator[Look]:
    there = f"{column.sql} IS NOT NULL"

    def look(number: str, fails: str, en: str, zh: str) -> Look:
        told = Sentence(en=f"{column.name}: {en}", zh=f"{column.name}：{zh}")
        return Look(number, told, (column.name,), there, fails)

    if declared.required:
        told = Sentence(en=f"{column.name}: has a value", zh=f"{column.name}：须有值")
        yield Look("0201", told, (column.name,), "true", _missing(column))
    failures: list[str] = []
    if declared.pattern:
        pattern = literal(declared.pattern)
        failures.append(f"NOT regexp_full_match({column.as_text}, {pattern})")
        form = declared.pattern
        yield look("0302", failures[-1], f"has the form {form}", f"符合格式 {form}")
    if declared.values:
        listed = ", ".join(literal(value) for value in declared.values)
        failures.append(f"{column.as_text} NOT IN ({listed})")
        yield look("0302", failures[-1], "is one of the listed values", "属于所列的值")
    bounds = list(_bounds(column, declared))
    failures += [fails for fails, *_ in bounds]
    for fails, number, en, zh in bounds:
        yield look(number, fails, en, zh)
    if failures:
        broken = f"({' OR '.join(f'coalesce({fails}, false)' for fails in failures)})"
        yield look("0305", broken, "keeps all its rules", "符合全部规则")
        if declared.standard:
            of = declared.standard
            yield look("0101", broken, f"is as {of} says", f"符合 {of}")


def _bounds(column: SourceColumn, declared: FieldRules) -> Iterator[tuple[str, str, str, str]]:
    """Days are bounds of a period (0501), numbers of what is sensible (0302)."""
    for bound, sign, en, zh in (
        (declared.minimum, "<", "is at least", "不小于"),
        (declared.maximum, ">", "is at most", "不大于"),
    ):
        if bound is None:
            continue
        of_time = isinstance(bound, date)
        if of_time != (column.family in ("date", "timestamp")) or column.family in ("text", "time"):
            raise Problem(
                "quality_bound",
                Sentence(
                    en=f"“{bound}” is no bound for {column.name}, which holds {column.family}.",
                    zh=f"“{bound}”不能作为 {column.name} 的界限，该列类型为 {column.family}。",
                ),
                field=f"fields.{column.name}",
            )
        value = f"DATE '{bound}'" if of_time else repr(bound)
        number = "0501" if of_time else "0302"
        yield f"{column.sql} {sign} {value}", number, f"{en} {bound}", f"{zh} {bound}"


def _in_order(columns: Sequence[SourceColumn]) -> Look:
    """Each day no later than the next; where one is missing, nothing is known of it."""
    pairs = list(pairwise(columns))
    about = " OR ".join(f"({a.sql} > {b.sql}) IS NOT NULL" for a, b in pairs) or "false"
    fails = " OR ".join(f"coalesce({a.sql} > {b.sql}, false)" for a, b in pairs) or "false"
    names = tuple(column.name for column in columns)
    chain = " ≤ ".join(names)
    return Look("0503", Sentence(en=chain, zh=chain), names, about, fails)


def counted(source: Source, found: Sequence[Look]) -> list[tuple[int, int]]:
    """For each look how many elements it is about, and how many fail: in one pass."""
    if not found:
        return []
    parts = [
        f"count(*) FILTER (WHERE {look.about}), "
        f"count(*) FILTER (WHERE ({look.about}) AND coalesce({look.fails}, false))"
        for look in found
    ]
    try:
        row = source.row(f"SELECT {', '.join(parts)} FROM {source.relation}")  # noqa: S608
    except duckdb.Error:
        _name_the_wrong_one(source, found)
        raise
    return list(zip(row[::2], row[1::2], strict=True))


def _name_the_wrong_one(source: Source, found: Sequence[Look]) -> None:
    """Which rule it was that the engine could not carry out: a sentence instead of its error."""
    for look in found:
        try:
            sql = f"SELECT count({look.about}), count({look.fails}) FROM {source.relation}"  # noqa: S608
            source.row(sql)
        except duckdb.Error:
            raise Problem(
                "rule_not_applicable",
                Sentence(
                    en=f"The rule “{look.rule.en}” does not fit what its columns hold.",
                    zh=f"规则“{look.rule.zh}”与所涉列的内容不符，无法执行。",
                ),
                suggestion=Sentence(
                    en="Compare numbers with numbers, days with days, texts with texts.",
                    zh="请用数字比数字、日期比日期、文本比文本。",
                ),
                field="checks",
            ) from None


def examples(source: Source, look: Look, most: int) -> tuple[dict[str, Any], ...]:
    """Some rows that fail: the values of the rule's columns."""
    by_name = {column.name: column.as_text for column in source.columns}
    chosen = ", ".join(by_name[name] for name in look.columns) or "NULL"
    rows = source.connection.execute(
        f"SELECT DISTINCT {chosen} FROM {source.relation} "  # noqa: S608
        f"WHERE ({look.about}) AND ({look.fails}) ORDER BY ALL LIMIT {most}"
    ).fetchall()
    return tuple(dict(zip(look.columns, row, strict=False)) for row in rows)


def filled_cells(source: Source) -> tuple[int, int]:
    """Cells, and those without a value (0201 where nothing says which are expected)."""
    if not source.columns:
        return 0, 0
    parts = ", ".join(f"count({column.sql})" for column in source.columns)
    rows, *filled = source.row(f"SELECT count(*), {parts} FROM {source.relation}")  # noqa: S608
    cells = rows * len(source.columns)
    return cells, cells - sum(filled)


def not_unique(source: Source, names: Sequence[str]) -> tuple[int, int]:
    """Rows with these columns filled, and those of them whose values stand in another row too."""
    by_name = {column.name: column.sql for column in source.columns}
    columns = [by_name[name] for name in names]
    filled = " AND ".join(f"{column} IS NOT NULL" for column in columns)
    rows, different = source.row(
        f"""SELECT coalesce(sum(n), 0)::BIGINT, count(*) FROM (
            SELECT count(*) AS n FROM {source.relation} WHERE {filled}
            GROUP BY {", ".join(columns)})"""  # noqa: S608
    )
    return rows, rows - different


SLICE_ROWS = 2_000_000


def repeated_rows(source: Source) -> tuple[int, int]:
    """Rows, and those that repeat an earlier one; of very many rows, those of a part of hashes."""
    if not source.columns:
        return 0, 0
    whole_row = f"hash({', '.join(column.sql for column in source.columns)})"
    parts = max(1, source.rows // SLICE_ROWS)
    rows, different = source.row(
        f"""SELECT count(*), count(DISTINCT h) FROM (
            SELECT {whole_row} AS h FROM {source.relation}) WHERE h % {parts} = 0"""  # noqa: S608
    )
    return rows, rows - different


def outside(source: Source, column: str, known: str) -> tuple[int, int]:
    """Values of a column, and those that do not stand in `known`, a relation of one column `v`."""
    c = next(one for one in source.columns if one.name == column).as_text
    checked, failed = source.row(
        f"""SELECT count(*), count(*) FILTER (WHERE k.v IS NULL) FROM {source.relation}
        LEFT JOIN (SELECT DISTINCT CAST(v AS VARCHAR) AS v FROM {known}) AS k ON k.v = {c}
        WHERE {c} IS NOT NULL"""  # noqa: S608
    )
    return checked, failed


SAMPLED_VALUES = 50_000


def about_how_many(source: Source, names: Sequence[str]) -> dict[str, int]:
    """The approximate number of different values of columns, in one pass."""
    if not names:
        return {}
    by_name = {column.name: column.sql for column in source.columns}
    parts = ", ".join(f"approx_count_distinct({by_name[name]})" for name in names)
    row = source.row(f"SELECT {parts} FROM {source.relation}")  # noqa: S608
    return dict(zip(names, row, strict=True))


def of_kind(
    source: Source, column: str, kind: str, *, must: bool, different: int
) -> tuple[int, int]:
    """Cells whose value's form was checked, and those that fail: are not of the kind, or (unless
    `must`) are. Where the column has very many `different` values, a part of them is checked,
    chosen by their hash."""
    check = BY_CODE[kind].alone or BY_CODE[kind].check
    if check is None:
        return 0, 0
    c = next(one for one in source.columns if one.name == column).as_text
    parts = max(1, different // SAMPLED_VALUES)
    rows = source.connection.execute(
        f"""SELECT {c}, count(*) FROM {source.relation}
        WHERE {c} IS NOT NULL AND hash({c}) % {parts} = 0 GROUP BY ALL"""  # noqa: S608
    ).fetchall()
    failed = sum(count for value, count in rows if bool(check(value)) != must)
    return sum(count for _, count in rows), failed


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def wrong_types(rules: Rules, source: Source) -> tuple[int, list[str]]:
    """Columns whose type is declared, and those that hold another."""
    declared: Mapping[str, str] = {n: f.type for n, f in rules.fields.items() if f.type}
    families = {column.name: column.family for column in source.columns}
    return len(declared), [n for n, kind in declared.items() if families[n] not in FAMILIES[kind]]
