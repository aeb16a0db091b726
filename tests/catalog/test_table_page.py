"""The rows of open data by page and API: anybody looks; protected rows nobody reaches this way."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest
from django.test import Client

from gongshu.rules.agents import Agent
from gongshu.rules.problems import Forbidden

if TYPE_CHECKING:
    from gongshu.catalog.models import Dataset

pytestmark = pytest.mark.django_db(transaction=True)
CODE = "education.schools"


@pytest.fixture
def schools(ingest: Callable[..., Dataset], publish: Callable[..., Dataset]) -> Dataset:
    rows = "".join(f"学校{n},{'东城' if n % 3 else '西城'},{n * 7 % 101}\n" for n in range(1, 121))
    dataset = ingest(CODE, f"学校名称,区县,学生数\n{rows}")
    return publish(dataset, opening="open")


def _get(address: str, **headers: str) -> Any:
    return Client(headers={"Accept-Language": "en", **headers}).get(address)


def _rows(count: int) -> list[tuple[str, str, int]]:
    return [(f"学校{n}", "东城" if n % 3 else "西城", n * 7 % 101) for n in range(1, count + 1)]


def test_the_first_page_is_there_without_a_count(schools: Dataset) -> None:
    page = _get(f"/dataset/{CODE}/table").content.decode()
    assert "学校25" in page
    assert "学校26" not in page
    assert "Rows 1 to 25" in page
    assert "of 120" not in page
    assert "of 120" in _get(f"/dataset/{CODE}/table/count").content.decode()


def test_the_form_becomes_an_address_that_can_be_sent_to_others(schools: Dataset) -> None:
    sent = _get(f"/dataset/{CODE}/table?c=区县&o=eq&v=西城&sort=-学生数")
    assert sent.status_code == 302
    page = _get(sent["Location"]).content.decode()
    best = sorted((r for r in _rows(120) if r[1] == "西城"), key=lambda r: -r[2])
    assert page.index(best[0][0]) < page.index(best[1][0])
    assert "东城" not in page
    counted = _get(sent["Location"].replace("/table", "/table/count")).content.decode()
    assert "40 of 120 rows fit" in counted
    assert "SELECT * FROM read_parquet" in page
    assert "curl -H" in page


def test_the_filtered_part_is_downloaded_in_each_form(schools: Dataset) -> None:
    wanted = [row for row in _rows(120) if row[1] == "西城" and row[2] >= 50]
    asked = "where=区县:eq:西城&where=学生数:ge:50"
    as_csv = b"".join(_get(f"/dataset/{CODE}/download.csv?{asked}").streaming_content)
    found = list(csv.reader(io.StringIO(as_csv.decode("utf-8-sig"))))
    assert found[1:] == [[name, where, str(n)] for name, where, n in wanted]
    as_json = b"".join(_get(f"/dataset/{CODE}/download.json?{asked}").streaming_content)
    assert [tuple(row) for row in json.loads(as_json)["rows"]] == wanted
    parquet = b"".join(_get(f"/dataset/{CODE}/download.parquet?{asked}").streaming_content)
    assert pq.read_table(io.BytesIO(parquet)).num_rows == len(wanted)
    whole = b"".join(_get(f"/dataset/{CODE}/download.parquet").streaming_content)
    assert pq.read_table(io.BytesIO(whole)).num_rows == 120


def test_the_interface_gives_the_same_rows(schools: Dataset) -> None:
    at = f"/api/datasets/{CODE}/rows"
    first = _get(f"{at}?where=学生数:lt:10&sort=学生数&sort=学校名称&limit=4").json()
    expected = sorted((r for r in _rows(120) if r[2] < 10), key=lambda r: (r[2], r[0]))
    assert [tuple(row) for row in first["rows"]] == expected[:4]
    assert first["next"] == 4
    more = _get(f"{at}?where=学生数:lt:10&sort=学生数&sort=学校名称&limit=100&offset=4").json()
    assert [tuple(row) for row in more["rows"]] == expected[4:]
    assert more["next"] is None
    streamed = _get(f"{at}?where=学生数:lt:10", Accept="text/csv")
    assert b"".join(streamed.streaming_content).decode().count("\n") == len(expected) + 1
    assert _get(f"{at}/count?where=学生数:lt:10").json()["rows"] == len(expected)
    column = _get(f"/api/datasets/{CODE}/columns/区县/statistics").json()
    assert column["common"] == [{"value": "东城", "count": 80}, {"value": "西城", "count": 40}]
    assert column["empty"] == 0


def test_what_a_column_holds_is_shown_on_the_page(schools: Dataset) -> None:
    page = _get(f"/dataset/{CODE}/table/column?name=区县&where=学生数:ge:0").content.decode()
    assert "Most frequent values" in page
    assert "<html" in page
    part = _get(f"/dataset/{CODE}/table/column?name=区县", HX_Request="true").content.decode()
    assert "<html" not in part


@pytest.mark.parametrize(
    "asked",
    [
        "where=nobody:eq:1",
        "where=学生数:ge:abc",
        "where=",
        "sort=nobody",
        "column=nobody",
        "where=学校名称:contains:x&sort=学生数&page=99999",
    ],
)
def test_what_cannot_be_read_is_said_in_a_sentence_everywhere(schools: Dataset, asked: str) -> None:
    page = _get(f"/dataset/{CODE}/table?{asked}")
    assert page.status_code == 422
    assert 'role="alert"' in page.content.decode()
    offset = "&limit=5&offset=999999" if "page" in asked else ""
    answer = _get(f"/api/datasets/{CODE}/rows?{asked}{offset}")
    assert answer.status_code == 422
    assert answer.json()["detail"]


def test_odd_pages_and_columns_are_no_mistake_of_ours(schools: Dataset) -> None:
    for page in ("0", "-3", "x", "9" * 30, "99999999999"):
        assert _get(f"/dataset/{CODE}/table?page={page}").status_code == 200
    assert _get(f"/dataset/{CODE}/table/column?name=nobody").status_code == 404
    assert _get(f"/dataset/{CODE}/table?version=7").status_code == 404
    assert _get(f"/dataset/{CODE}/download.exe").status_code == 404
    assert _get(f"/api/datasets/{CODE}/rows?limit=0").status_code == 422
    assert _get(f"/api/datasets/{CODE}/rows", Accept="image/png").status_code == 406


def test_the_rows_of_protected_data_are_nobodys(
    ingest: Callable[..., Dataset], publish: Callable[..., Dataset], agency: Agent
) -> None:
    from gongshu.catalog.browsing import browsed

    dataset = publish(ingest(CODE), opening="conditional")
    for path in ("table", "table/count", "table/column?name=区县", "download.csv"):
        assert _get(f"/dataset/{CODE}/{path}").status_code == 404
    for path in ("rows", "rows/count", "columns/区县/statistics"):
        assert _get(f"/api/datasets/{CODE}/{path}").status_code == 403
    with pytest.raises(Forbidden):  # its own provider, too, asks under a grant
        browsed(dataset, agency)
