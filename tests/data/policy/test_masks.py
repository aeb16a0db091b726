"""Masks and buckets, as rows show them."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from gongshu.data import Gate, Terms
from gongshu.data.protect.keys import grantee_key

NOW = datetime(2027, 1, 1, tzinfo=UTC)
TABLE = pa.table(
    {
        "phone": ["13812345678", "1234", "12", None],
        "name": ["王小明", "A", "", None],
        "born": [date(1980, 2, 3), date(1999, 12, 31), None, None],
        "born_text": ["1980-02-03", "nonsense", "", None],
        "age": pa.array([37, 40, -1, None], pa.int32()),
        "big": [2**62 + 3, 7, -(2**63), None],
        "height": [1.77, 0.5, -0.1, None],
    }
)


def shown(column: str, rule: dict[str, Any], state: Path | None = None) -> list[Any]:
    terms = Terms.model_validate(
        {
            "grantee": "g",
            "purposes": ["t"],
            "term": {"from": "2026-01-01", "until": "2029-01-01"},
            "output": "rows",
            "datasets": {"d.t": {"columns": {column: {"rights": ["show"], **rule}}}},
        }
    )
    with Gate(terms, {"d.t": TABLE}, state=state) as gate:
        return (
            gate.answer(f"SELECT {column} FROM d.t", purpose="t", now=NOW)
            .table.column(0)
            .to_pylist()
        )


@pytest.mark.parametrize(
    ("column", "rule", "expected"),
    [
        ("phone", {"mask": "last4"}, ["***5678", "***", "***", None]),
        ("name", {"mask": "first1"}, ["王**", "A**", "**", None]),
        ("phone", {"mask": "redact"}, [None] * 4),
        ("born", {"mask": "year"}, [1980, 1999, None, None]),
        ("born", {"mask": "month"}, ["1980-02", "1999-12", None, None]),
        ("born_text", {"mask": "year"}, [1980, None, None, None]),
        ("age", {"bucket": 5}, [35, 40, -5, None]),
        ("big", {"bucket": 10}, [(2**62 + 3) // 10 * 10, 0, None, None]),
        ("height", {"bucket": 0.5}, [1.5, 0.5, -0.5, None]),
    ],
)
def test_a_masked_column_shows_the_mask(
    column: str, rule: dict[str, Any], expected: list[Any]
) -> None:
    assert shown(column, rule) == expected


def test_the_hash_is_a_keyed_hmac_that_stays_the_same_in_a_state_folder(tmp_path: Path) -> None:
    values = shown("phone", {"mask": "hash"}, tmp_path)
    key = grantee_key(tmp_path, "g")
    for clear, value in zip(TABLE.column("phone").to_pylist(), values, strict=True):
        if clear is None:
            assert value is None
        else:
            assert value == hmac.new(key, clear.encode(), hashlib.sha256).hexdigest()[:16]
    assert shown("phone", {"mask": "hash"}, tmp_path) == values
    assert shown("phone", {"mask": "hash"}) != values
    assert grantee_key(tmp_path, "other") != key
