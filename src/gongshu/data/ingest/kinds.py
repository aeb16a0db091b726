"""The types a column of text may have, and the SQL that tests and casts each value.

A kind has two readings. The quick one is cheap and takes the ordinary spelling only (for
integers: the cast, written back, gives the same text). The careful one also takes the
harmless variations (spaces around, `2024-1-5`), and a missing-value marker is null. What
neither takes makes the query fail with the column's number, so that a file is typed in one
pass and still on *all* its values: no value is ever changed by a type that does not fit it.
"""

from __future__ import annotations

from dataclasses import dataclass

# Null, but only in a column that is otherwise numbers or dates: in a text column NA may be
# Namibia, and "-" an answer.
MARKERS = (
    "NA", "N/A", "n/a", "na", "N.A.", "#N/A", "-", "--", "---", "—", "——", "－", "/", "(null)",
    "null", "NULL", "Null", "None", "NONE", "none", "nan", "NaN", "NAN", "\\N", ".", "..", "...",
    "…", "*", "**", "***", "****", "*****", "无", "暂无", "缺失", "不详", "无数据",
)  # fmt: skip
# One text to look into, and not a list: DuckDB makes a join of a long IN, for every value.
_MARKER_TEXT = "\x1f".join(("", "", *MARKERS, ""))

# Spreadsheets keep 15 digits: a longer run of digits is an identifier, and stays text.
INTEGER_DIGITS = 15
INTEGER = rf"-?(0|[1-9][0-9]{{0,{INTEGER_DIGITS - 1}}})"
NUMBER = r"-?(0|[1-9][0-9]*)(\.[0-9]+)?"
GROUPED = r"-?[1-9][0-9]{0,2}(,[0-9]{3})+(\.[0-9]+)?"
UNGROUPED = r"-?(0|[1-9][0-9]{0,2})(\.[0-9]+)?"
# `1E5` is a code; a point in the mantissa or a negative exponent is a measurement.
# No more digits than a DOUBLE keeps, and no exponent that it takes for infinity or nothing.
_EXPONENT = "[0-2]?[0-9]{1,2}"
SCIENTIFIC = rf"-?[0-9](\.[0-9]{{1,14}}[eE][-+]?{_EXPONENT}|[eE]-{_EXPONENT})"

SPACES = "' ' || chr(9) || chr(160) || chr(12288)"
MISMATCH = "gongshu-column-does-not-fit:"


def braced(pattern: str) -> str:
    """A pattern inside a template: its braces are not places to fill."""
    return pattern.replace("{", "{{").replace("}", "}}")


def same_as_double(value: str) -> str:
    """SQL: the plain number `value` survives as a DOUBLE; 15 digits always do (IEEE 754)."""
    written = f"rtrim(rtrim(TRY_CAST({value} AS DOUBLE)::VARCHAR, '0'), '.')"
    return f"(length({value}) <= 16 OR rtrim(rtrim({value}, '0'), '.') = {written})"


def trimmed(column: str) -> str:
    return f"trim({column}, {SPACES})"


def is_marker(value: str) -> str:
    """SQL: the trimmed cell stands for a missing value; the empty one does."""
    return (
        f"(contains('{_MARKER_TEXT}', chr(31) || {value} || chr(31)) "
        f"AND NOT contains({value}, chr(31)))"
    )


@dataclass(frozen=True, slots=True)
class Kind:
    """One type as SQL; `{x}` is the cell (in `careful`: without outer spaces), `{y}` its cast."""

    name: str
    sql_type: str
    quick: str = ""
    careful: str = ""
    cast: str = ""

    def reading(self, column: str, cast: str, number: int) -> str:
        """The SQL of the typed column; it fails where a value does not fit.

        `cast` is the name of `self.cast` of the column, made once in a query below this one.
        """
        fail = f"error('{MISMATCH}{number}')"
        if self.name == "text":
            return column
        trim = trimmed(column)
        if self.name == "nothing yet":
            return f"CASE WHEN {column} IS NULL OR {is_marker(trim)} THEN {column} ELSE {fail} END"
        missing = f"{trim} = ''" if self.name == "boolean" else is_marker(trim)
        return (
            f"CASE WHEN {self.quick.format(x=column, y=cast)} THEN {cast} "
            f"WHEN {column} IS NULL OR {missing} THEN NULL "
            f"WHEN {self.careful.format(x=trim)} THEN {self.cast.format(x=trim)} "
            f"ELSE {fail} END"
        )


TEXT = Kind("text", "VARCHAR")
NOTHING_YET = Kind("nothing yet", "VARCHAR")
BOOLEAN = Kind(
    "boolean", "BOOLEAN",
    quick="{x} IN ('true', 'false')",
    careful="lower({x}) IN ('true', 'false')",
    cast="(lower({x}) = 'true')",
)  # fmt: skip
INTEGERS = Kind(
    "integer", "BIGINT",
    quick="({y}::VARCHAR = {x} AND length({x}) <= 15)",
    careful=f"regexp_full_match({{x}}, '{braced(INTEGER)}')",
    cast="TRY_CAST({x} AS BIGINT)",
)  # fmt: skip
_EXACT = f"(regexp_full_match({{x}}, '{NUMBER}') AND {same_as_double('{x}')})"
DOUBLE = Kind(
    "number", "DOUBLE",
    quick=f"(length({{x}}) <= 16 AND regexp_full_match({{x}}, '{NUMBER}'))",
    careful=f"({_EXACT} OR regexp_full_match({{x}}, '{braced(SCIENTIFIC)}'))",
    cast="TRY_CAST({x} AS DOUBLE)",
)  # fmt: skip


def decimal(digits: int, scale: int) -> Kind:
    """Exact: `1.50` stays 1.50, and `1.5` beside it is the same number."""
    sql_type = f"DECIMAL({digits},{scale})"
    fits = f"TRY_CAST({{x}} AS {sql_type})"
    shape = braced(rf"-?(0|[1-9][0-9]*)(\.[0-9]{{1,{scale}}})?")
    return Kind(
        "decimal",
        sql_type,
        quick="(starts_with({y}::VARCHAR, {x}) AND NOT ends_with({x}, '.'))",
        careful=f"(regexp_full_match({{x}}, '{shape}') AND {fits} IS NOT NULL)",
        cast=fits,
    )


def grouped(digits: int, scale: int) -> Kind:
    """Numbers with thousands separators, every one of them written so."""
    sql_type = f"DECIMAL({digits},{scale})" if scale else "BIGINT"
    plain = f"TRY_CAST(replace({{x}}, ',', '') AS {sql_type})"
    shape = braced(f"{GROUPED}|{UNGROUPED}")
    fits = f"(regexp_full_match({{x}}, '{shape}') AND {plain} IS NOT NULL)"
    return Kind("grouped number", sql_type, quick=fits, careful=fits, cast=plain)
