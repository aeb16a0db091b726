"""Answers as Arrow, JSON, CSV and Parquet: the same values, and nothing rounded."""

from __future__ import annotations

import csv
import io
import json
from datetime import date, datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from gongshu.data.formats import ARROW, CSV, FORMATS, JSON, PARQUET, answer_json, negotiate

TABLE = pa.table(
    {
        "区": ["东", 'a,"b"\nc', None],
        "n": pa.array([1, 2**60, None], pa.int64()),
        "money": pa.array([Decimal("1.10"), None, Decimal("-3.00")], pa.decimal128(9, 2)),
        "day": pa.array([date(2026, 2, 14), None, date(2026, 10, 10)]),
        "at": pa.array([datetime(2026, 1, 1, 8, 30), None, None]),
        "share": [0.1, float("nan"), float("inf")],
        "list": [[1, 2], None, []],
    }
)


def test_arrow_and_parquet_give_the_very_table_back() -> None:
    plain = TABLE.drop_columns(["share"])  # NaN equals nothing, not even itself
    assert pa.ipc.open_stream(b"".join(ARROW.write(plain))).read_all().equals(plain)
    assert pq.read_table(io.BytesIO(b"".join(PARQUET.write(plain)))).equals(plain)


def test_json_keeps_every_digit_and_has_no_nan() -> None:
    text = b"".join(answer_json(TABLE, {"withheld": False})).decode()
    found = json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    assert found["withheld"] is False
    assert [c["name"] for c in found["columns"]] == TABLE.column_names
    assert found["rows"][0][:4] == ["东", 1, "1.10", "2026-02-14"]
    assert found["rows"][1][1] == str(2**60)
    assert [row[5] for row in found["rows"]] == [0.1, None, None]


def test_csv_survives_commas_quotes_newlines_and_chinese() -> None:
    rows = list(csv.reader(io.StringIO(b"".join(CSV.write(TABLE)).decode())))
    assert rows[0] == TABLE.column_names
    assert rows[2][0] == 'a,"b"\nc'
    assert rows[1][6] == "[1, 2]"


@pytest.mark.parametrize("form", FORMATS.values(), ids=FORMATS)
def test_an_empty_answer_still_has_its_columns(form: object) -> None:
    data = b"".join(form.write(TABLE.slice(0, 0)))  # type: ignore[attr-defined]
    assert "区".encode() in data


def test_two_columns_of_one_name_are_both_there() -> None:
    twice = pa.table([pa.array([1]), pa.array([2])], names=["n", "n"])
    assert b"".join(CSV.write(twice)) == b'"n","n"\n1,2\n'
    assert json.loads(b"".join(JSON.write(twice)))["rows"] == [[1, 2]]


def test_a_large_answer_leaves_in_many_pieces() -> None:
    large = pa.table({"n": pa.array(range(100_000))})
    for form in (ARROW, JSON, CSV):
        pieces = list(form.write(large))
        assert len(pieces) > 10
        assert max(map(len, pieces)) < 200_000


@pytest.mark.parametrize(
    ("accept", "name"),
    [
        ("", "json"),
        ("*/*", "json"),
        ("application/vnd.apache.arrow.stream", "arrow"),
        ("text/html, text/csv;q=0.9", "csv"),
        ("application/json;q=0.1, application/vnd.apache.parquet", "parquet"),
        ("text/*", "csv"),
        ("text/csv;q=0, application/json", "json"),
        ("TEXT/CSV", "csv"),
    ],
)
def test_the_client_gets_what_it_likes_best(accept: str, name: str) -> None:
    found = negotiate(accept)
    assert found is not None
    assert found.name == name


@pytest.mark.parametrize("accept", ["image/png", "text/csv;q=0", "application/json;q=no"])
def test_what_cannot_be_written_is_not_guessed(accept: str) -> None:
    assert negotiate(accept) is None
