"""Real messy files: every one reads sensibly or is refused with a clear sentence.

The collection is not part of this repository (its README names origins and licences). It
is used when GONGSHU_TEST_DATA points at it or it lies beside the repository; a test below
that always runs holds the same traps in small.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
import warnings
from pathlib import Path

import pytest

from gongshu.data import Table
from tests.data.ingest.conftest import Read

BESIDE = Path(__file__).parents[4] / "shared" / "data"
DATA = Path(os.environ.get("GONGSHU_TEST_DATA") or BESIDE)
MESSY = DATA / "messy-files"

# file → rows, columns (of the table, without preamble, header and blank rows)
EXPECTED = {
    "csv-spectrum/comma_in_quotes.csv": (1, 5),
    "csv-spectrum/empty.csv": (2, 3),
    "csv-spectrum/empty_crlf.csv": (2, 3),
    "csv-spectrum/escaped_quotes.csv": (2, 2),
    "csv-spectrum/json.csv": (1, 2),
    "csv-spectrum/newlines.csv": (3, 3),
    "csv-spectrum/newlines_crlf.csv": (3, 3),
    "csv-spectrum/quotes_and_newlines.csv": (2, 2),
    "csv-spectrum/simple.csv": (1, 3),
    "csv-spectrum/simple_crlf.csv": (1, 3),
    "csv-spectrum/utf8.csv": (2, 3),
    "csvkit/Datagov_FY10_EDU_recp_by_State.csv": (55, 9),
    "csvkit/FY09_EDU_Recipients_by_State.csv": (52, 10),
    "csvkit/acs2012_5yr_population.csv": (93, 4),
    "csvkit/bad.csv": (1, 3),
    "csvkit/blanks.csv": (1, 6),
    "csvkit/ks_1033_data.csv": (1575, 14),
    "csvkit/mac_newlines.csv": (2, 3),
    "csvkit/ne_1033_data.xlsx": (1036, 14),
    "csvkit/null_byte.csv": (1, 3),
    "csvkit/test_empty_columns_long_row.csv": (0, 3),
    "csvkit/test_empty_columns_short_row.csv": (0, 3),
    "csvkit/test_utf16_big.csv": (2, 3),
    "csvkit/test_utf16_little.csv": (2, 3),
    "csvkit/test_utf8_bom.csv": (2, 3),
    "messytables/begrotingsanalyse-2011.csv": (36, 20),
    "messytables/blank_line.ods": (3, 3),
    "messytables/example.tsv": (140, 17),
    "messytables/excel_pasting.csv": (16, 9),
    "messytables/mixedGLB.csv": (133, 19),
    "messytables/null.csv": (10, 4),
    "messytables/rowcolspan.html": (10, 5),
    "messytables/simple.ods": (3, 3),
    "messytables/simple.psv": (28, 6),
    "messytables/simple.ssv": (6, 3),
    "messytables/simple.xls": (6, 3),
    "messytables/simple.xlsx": (6, 3),
    "messytables/simple.zip": (6, 3),
    "messytables/skip_initials.csv": (2, 2),
    "messytables/spanish_chars.csv": (115, 8),
    "messytables/unicode_sheet_name.xls": (0, 1),
    "messytables/utf-16le_encoded.csv": (327, 19),
    "messytables/utf8bom.csv": (0, 2),
}


@pytest.fixture
def messy() -> Path:
    if not MESSY.is_dir():
        warnings.warn(f"NOT RUN: no messy files at {MESSY}", UserWarning, stacklevel=2)
        pytest.skip(f"no messy files at {MESSY} (set GONGSHU_TEST_DATA)")
    return MESSY


@pytest.mark.filterwarnings("default::UserWarning")
def test_every_messy_file_reads_as_it_should(messy: Path) -> None:
    found = {}
    for name in EXPECTED:
        with Table.read(messy / name) as table:
            found[name] = (table.num_rows, len(table.column_names))
            assert table.report.rows_read == table.num_rows
    assert found == EXPECTED


@pytest.mark.filterwarnings("default::UserWarning")
def test_no_messy_file_is_left_out(messy: Path) -> None:
    files = {p.relative_to(messy).as_posix() for p in messy.rglob("*") if p.is_file()}
    assert {f for f in files if not f.endswith((".md", ".json"))} == set(EXPECTED)


@pytest.mark.filterwarnings("default::UserWarning")
def test_nothing_of_a_real_file_is_lost(messy: Path) -> None:
    """Rows read and rows rejected are the rows of the file, as an independent reader counts."""
    counted = 0
    for path in sorted(messy.parent.rglob("*.csv")):
        with Table.read(path) as table:
            report = table.report
            text = path.read_bytes().decode(report.encoding or "").lstrip("\ufeff")
            lines = re.split("\r\n|\r|\n", text.replace("\0", ""))
            above = report.preamble_lines + report.header_lines
            rows = csv.reader(
                io.StringIO("\n".join(lines[above:]), newline=""),
                delimiter=report.delimiter or ",",
            )
            there = sum(1 for row in rows if any(cell.strip() for cell in row))
            assert table.num_rows + report.rows_rejected == there, path.name
        counted += 1
    assert counted > 100


@pytest.mark.filterwarnings("default::UserWarning")
def test_every_sheet_of_a_real_workbook_is_read(messy: Path) -> None:
    path = messy.parent / "cn-high-speed-rail-2016" / "hsr_timetable_20160310.xlsx"
    with Table.read(path) as table:
        group = ["车次", "起点", "终点", "出发时间", "到达时间", "类别", "服务"]
        assert (table.report.sheet, table.num_rows) == ("时刻表", 34_647)
        assert (table.report.other_sheets, table.report.blank_below) == (
            ["简介", "车站", "车次"],
            group,
        )
    with Table.read(path, fill=group) as table:  # one hint
        filled = table.to_arrow()
    with Table.read(path, sheet="车次") as table:
        assert table.num_rows == len([n for n in filled["站序"].to_pylist() if n == 1])
        assert table.to_arrow()["车次"].to_pylist()[-1] == filled["车次"].to_pylist()[-1]
    assert filled["车次"].null_count == 0
    with Table.read(path, sheet="车站") as table:
        assert (table.num_rows, len(table.column_names)) == (672, 8)


@pytest.mark.filterwarnings("default::UserWarning")
def test_the_same_cells_as_json_are_the_same_table(messy: Path) -> None:
    for document in sorted((messy / "csv-spectrum").glob("*.json")):
        if document.stem == "newlines_crlf":
            continue  # the collection's copy of the CSV has lost its carriage returns
        with Table.read(document) as one, Table.read(document.with_suffix(".csv")) as other:
            assert one.to_arrow().to_pylist() == other.to_arrow().to_pylist(), document.stem


@pytest.mark.filterwarnings("default::UserWarning")
@pytest.mark.parametrize(
    ("file", "rows", "columns", "path"),
    [
        ("cn-holidays/2026.json", 39, 3, "days"),
        ("cn-admin-divisions/HK-MO-TW.json", 383, 3, None),
        ("cn-admin-divisions/pca-code.json", 31, 3, None),
        ("hangzhou-schools-2022/schoolDistrict.json", None, 2, None),
        ("hangzhou-schools-2022/schoolLocation.json", 249, 5, None),
        ("hangzhou-schools-2022/school_record_api_answer.json", 1, 169, "result.records_trans"),
        ("ckan-datacatalogs-dump/ckan-export.json", 390, 25, "results"),
    ],
)
def test_real_json_is_read_by_itself(
    messy: Path, file: str, rows: int | None, columns: int, path: str | None
) -> None:
    with Table.read(messy.parent / file) as table:
        assert rows in (None, table.num_rows)
        assert (len(table.column_names), table.report.sheet) == (columns, path)


@pytest.mark.filterwarnings("default::UserWarning")
def test_the_cells_are_those_that_the_collection_expects(messy: Path) -> None:
    for expected in sorted((messy / "csv-spectrum").glob("*.json")):
        if expected.stem == "newlines_crlf":
            continue  # the collection's copy of the CSV has lost its carriage returns
        rows = json.loads(expected.read_text("utf-8"))
        with Table.read(expected.with_suffix(".csv")) as table:
            got = [
                {name: "" if cell is None else str(cell) for name, cell in row.items()}
                for row in table.to_arrow().to_pylist()
            ]
        assert got == rows, expected.name


# (what, bytes, column names, rows, rejects): the traps of the collection, written anew.
TRAPS = [
    ("UTF-16 with a mark", "\ufeffa,b\n1,x\n".encode("utf-16-be"), ["a", "b"], 1, 0),
    ("carriage returns alone", b"a,b\r1,x\r2,y\r", ["a", "b"], 2, 0),
    ("title, blank line, years", b'"Emissions, 2000 to 2001",,\r\ntonnes,,\r\n,,\r\n'
     b'Year,2000,2001\r\nTimber,"2,666","2,274"\r\nSteel,498,853\r\n',
     ["Year", "2000", "2001"], 2, 0),
    ("four header lines, the last nearly empty", b',,"T",,\n,,,,\n,,"p","p","p"\n,,"A","B","C"\n'
     b'"NR.","Cluster",,,\n0,"x:",,,\n1,"y",208,173,163\n2,"z",7,55,52\n3,"w",1,2,3\n',
     ["NR.", "Cluster", "p A", "p B", "p C"], 4, 0),
    ("no header", b"1,null,0,0\n2,0,0,null\n3,null,,\n",
     ["column_1", "column_2", "column_3", "column_4"], 3, 0),
    ("markers in a column of words", b"a,b\n,NA\nx,N/A\n", ["a", "b"], 2, 0),
    ("a long row and a short one", b'a,b,c\n1,27,,"long"\n,"short"\n0,mixed.. oh,17\n',
     ["a", "b", "c"], 1, 2),
    ("a zero byte", b"a,b,c\n\x00,2,3\n", ["a", "b", "c"], 1, 0),
    ("a row of empty cells and one more", b"a,b,c\n,,,\n", ["a", "b", "c"], 0, 0),
    ("an unnamed last column", b"a,b,\n1,2,\n3,4,\n", ["a", "b", "column_3"], 2, 0),
    ("stars for missing", b"Year,DJF\n1880,****\n1881,-22\n", ["Year", "DJF"], 2, 0),
    ("spaces after delimiters", b"field1,field2\nhello,    goodbye\nhello2,goodbye2\n",
     ["field1", "field2"], 2, 0),
    ("JSON in a cell", b'key,val\n1,"{""type"": ""Point"", ""at"": [102.0, 0.5]}"\n',
     ["key", "val"], 1, 0),
    ("notes below the table", b'S,n\nOHIO,1\nIOWA,"5,129"\n"Note: may include those who moved ",\n'
     b" so the total should not be used.,\n", ["S", "n"], 4, 0),
    ("latin letters of Spain", "Descripción,Gasto\nGestión pública,1.5\n".encode("latin-1"),
     ["Descripción", "Gasto"], 1, 0),
    ("a header alone with a mark", b"\xef\xbb\xbfkitten,win", ["kitten", "win"], 0, 0),
]  # fmt: skip


@pytest.mark.parametrize(
    ("what", "data", "names", "rows", "rejects"), TRAPS, ids=[t[0] for t in TRAPS]
)
def test_each_trap_of_messy_files_is_read(
    read: Read, what: str, data: bytes, names: list[str], rows: int, rejects: int
) -> None:
    table = read(data)
    assert table.column_names == names
    assert (table.num_rows, table.report.rows_rejected) == (rows, rejects)
