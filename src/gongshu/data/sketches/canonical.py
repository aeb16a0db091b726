"""When two values count as the same: when their canonical texts are.

| value | canonical text |
| --- | --- |
| integer, decimal, number | shortest decimal: 1, 1.00 and 1e0 are all `1` |
| text | Unicode NFC, without white space at its ends; `001` stays `001`, and is not 1 |
| date; a time stamp at midnight | `2026-03-01` |
| another time stamp | `2026-03-01 08:30:00`, in UTC where it has a zone |

The integer 1 and the text `1` are the same value: one office stores a code as text, another as a
number. Case is kept, since `a = 'A'` joins nothing. Blank texts and NaN are no values. Booleans and
binary or nested columns are not sketched: they are never what two tables are joined by.
"""

from __future__ import annotations

from gongshu.data.profiling.source import SourceColumn

# Texts that are their own canonical text: ASCII and Chinese characters, no space at the ends. Most
# are, and looking costs a quarter of what normalising does.
PLAIN = "[!-~\u4e00-\u9fff]([ -~\u4e00-\u9fff]*[!-~\u4e00-\u9fff])?"
SKETCHED = frozenset({"integer", "decimal", "number", "text", "date", "timestamp"})


def canonical(column: SourceColumn) -> str:
    """SQL of the canonical text of a column's value; NULL where there is none."""
    c = column.sql
    if column.family == "text":
        v = column.as_text
        mended = f"nullif(trim(nfc_normalize({v}), ' \t\r\n\u3000'), '')"
        return f"CASE WHEN regexp_full_match({v}, '{PLAIN}') THEN {v} ELSE {mended} END"
    if column.family == "decimal":
        plain = f"CAST({c} AS VARCHAR)"
        short = f"rtrim(rtrim({plain}, '0'), '.')"
        return f"CASE WHEN contains({plain}, '.') THEN {short} ELSE {plain} END"
    if column.family == "number":
        whole = f"abs({c}) < 1e15 AND {c} = trunc({c})"
        return (
            f"CASE WHEN NOT isfinite({c}) THEN NULL WHEN {whole} "
            f"THEN CAST(CAST({c} AS BIGINT) AS VARCHAR) ELSE CAST({c} AS VARCHAR) END"
        )
    if column.family == "timestamp":
        plain = f"CAST(CAST({c} AS TIMESTAMP) AS VARCHAR)"
        return f"CASE WHEN ends_with({plain}, ' 00:00:00') THEN left({plain}, 10) ELSE {plain} END"
    return f"CAST({c} AS VARCHAR)"
