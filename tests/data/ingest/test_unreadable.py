"""What cannot be a table says so in one clear sentence, in both languages."""

from __future__ import annotations

import gzip
import io
import random
import zipfile
from pathlib import Path

import pytest

from gongshu.data import Table, Unreadable
from gongshu.wording import Problem, language
from tests.data.ingest.conftest import Read


def zipped(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in members.items():
            archive.writestr(name.replace("__", "/").replace("_csv", ".csv"), data)
    return buffer.getvalue()


def ole(stream: str) -> bytes:
    """An old Office file with a stream of this name."""
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600 + stream.encode("utf-16-le")


UNREADABLE = [
    ("nothing", b"", "empty"),
    ("blank lines", b"\n\n  \r\n", "empty"),
    ("a mark alone", b"\xef\xbb\xbf", "empty"),
    ("commas alone", b",,,\n,,,\n", "empty"),
    ("PDF", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", "format"),
    ("a web page", b"<!DOCTYPE html><html><p>Please sign in</p></html>", "format"),
    ("a web page named .xls", b"\xef\xbb\xbf\n<html xmlns:x='urn:schemas'><table>", "format"),
    ("XML", b"<?xml version='1.0'?><rows><row a='1'/></rows>", "format"),
    ("JSON that breaks off", b'{"name": "x", "rows": [1, 2', "json"),
    ("a list of JSON that goes on", b'[\n  {"a": 1},\n  {"a": 2}\n] and', "json"),
    ("a picture", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "format"),
    ("random bytes", random.Random(1).randbytes(5000), "format"),
    ("a cut .gz", gzip.compress(b"a,b\n1,2\n" * 1000)[:-20], "damaged"),
    ("an empty .gz", gzip.compress(b""), "empty"),
    ("two files in a .zip", zipped(a_csv=b"a\n1\n", b_csv=b"b\n2\n"), "archive"),
    ("a document in a .zip", zipped(word__document=b"x"), "format"),
    ("a cut .zip", zipped(a_csv=b"a,b\n1,2\n" * 99)[:60], "damaged"),
    ("a broken workbook", zipped(xl__workbook=b"x"), "damaged"),
    ("a workbook with a password", ole("EncryptedPackage"), "encrypted"),
    ("an old document", ole("WordDocument"), "format"),
    ("a cut Parquet file", b"PAR1\x15\x04\x15\x10", "damaged"),
    ("a database", b"SQLite format 3\x00" + b"\x10\x00\x01\x01" * 50, "format"),
]  # fmt: skip


@pytest.mark.parametrize(("what", "data", "code"), UNREADABLE, ids=[u[0] for u in UNREADABLE])
def test_it_is_refused_with_a_sentence(read: Read, what: str, data: bytes, code: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read(data, name="file.csv")
    problem = caught.value
    assert problem.code == code
    assert problem.sentence.en.endswith(".")
    assert problem.sentence.zh.endswith("。")
    assert isinstance(problem, Problem)
    with language("zh"):
        assert problem.reason == problem.sentence.zh


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    for path in (tmp_path / "none.csv", tmp_path, tmp_path / "file" / "none"):
        with pytest.raises(Unreadable) as caught:
            Table.read(path)
        assert caught.value.code == "missing"


def test_what_is_packed_is_unpacked(read: Read) -> None:
    text = "姓名,年龄\n张伟,31\n李娜,28\n"
    packed = [gzip.compress(text.encode("gbk")), zipped(data__a_csv=text.encode())]
    for data in packed:
        assert read(data).to_arrow()["年龄"].to_pylist() == [31, 28]


def test_nothing_is_left_in_the_temporary_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import tempfile

    (folder := tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    (bad := tmp_path / "bad.csv").write_bytes(b"%PDF-1.4")
    (good := tmp_path / "good.csv").write_bytes("姓名\n张伟\n".encode("gbk"))
    with pytest.raises(Unreadable):
        Table.read(bad)
    assert list(folder.iterdir()) == []
    with Table.read(good) as table:
        (kept,) = folder.iterdir()
        assert [p.name for p in kept.iterdir()] == [table.files[0].name]
    assert list(folder.iterdir()) == []
    table = Table.read(good)
    del table
    assert list(folder.iterdir()) == []
