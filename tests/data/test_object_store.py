"""An object store holds what a folder would; what is read of it is a verified local copy."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from gongshu.data import Table
from gongshu.data.local_copies import IN_USE_SECONDS, Damaged, LocalCopies
from gongshu.data.object_store import ObjectStore, StoreAway
from gongshu.wording import Problem
from tests.buckets import Bucket, s3

__all__ = ["s3"]
HOUR_AND_MORE = IN_USE_SECONDS + 60


def table(rows: int = 3) -> Table:
    return Table.of(pa.table({"id": list(range(rows)), "name": [f"名{i}" for i in range(rows)]}))


def store(s3: Bucket, folder: Path, limit: int = 10**9) -> ObjectStore:
    copies = LocalCopies(folder / "copies", ".parquet", limit=limit)
    return ObjectStore(s3.address, copies=copies, endpoint=s3.endpoint)


def put(store: ObjectStore, rows: int) -> str:
    with table(rows) as made:
        (file,) = store.put(made)
    return file.name


def age(path: Path, seconds: float = HOUR_AND_MORE) -> None:
    then = time.time() - seconds
    os.utime(path, (then, then))


def test_what_one_machine_stores_another_reads_whole(s3: Bucket, tmp_path: Path) -> None:
    name = put(store(s3, tmp_path / "here"), 500)
    there = store(s3, tmp_path / "there")
    assert pq.read_table(there.path(name)).num_rows == 500
    assert there.path(name).is_relative_to(tmp_path / "there")
    assert there.names() == {name}
    assert there.verify(name)


def test_the_same_content_is_stored_once(s3: Bucket, tmp_path: Path) -> None:
    here = store(s3, tmp_path)
    with table(5) as made:
        assert here.put(made) == here.put(made)
    assert len(here.names()) == 1


def test_a_large_file_comes_back_the_same(s3: Bucket, tmp_path: Path) -> None:
    noise = Table.of(pa.table({"v": [os.urandom(1 << 20) for _ in range(24)]}))
    with noise:
        (file,) = store(s3, tmp_path / "a").put(noise)
    assert file.bytes > 20 << 20  # several parts of an upload
    assert store(s3, tmp_path / "b").path(file.name).stat().st_size == file.bytes


def test_an_object_that_was_changed_is_refused_and_not_kept(s3: Bucket, tmp_path: Path) -> None:
    name = put(store(s3, tmp_path / "here"), 3)
    s3.request("PUT", f"/city/{name}", b"PAR1 something else")
    there = store(s3, tmp_path / "there")
    with pytest.raises(Damaged) as refused:
        there.path(name)
    assert name in refused.value.sentence.zh
    assert there.copies.held() == 0
    assert not there.verify(name)


def test_names_that_are_not_there_or_no_names_are_no_files(s3: Bucket, tmp_path: Path) -> None:
    here = store(s3, tmp_path)
    for name in ("0" * 64 + ".parquet", "../../etc/passwd", "x"):
        with pytest.raises(KeyError):
            here.path(name)
    assert here.missing(["0" * 64 + ".parquet"]) == ["0" * 64 + ".parquet"]


def test_a_sweep_removes_what_no_row_names_once_it_is_old(s3: Bucket, tmp_path: Path) -> None:
    here = store(s3, tmp_path)
    kept, orphan = put(here, 3), put(here, 4)
    s3.request("PUT", "/city/notes.txt", b"somebody else's")
    assert here.sweep({kept}) == []  # young: it may be on its way to its row
    assert here.sweep({kept}, older_than=-5) == [orphan]
    assert here.names() == {kept}
    assert "notes.txt" in {info.base_name for info in here._listing()}


def test_copies_stay_under_their_bound_and_the_unused_go_first(s3: Bucket, tmp_path: Path) -> None:
    names = [put(store(s3, tmp_path / "here"), rows) for rows in (100, 101, 102)]
    one = store(s3, tmp_path / "size").path(names[0]).stat().st_size
    there = store(s3, tmp_path / "there", limit=int(one * 2.5))
    first, second = there.path(names[0]), there.path(names[1])
    age(first)
    age(second)
    there.path(names[0])  # used just now
    there.path(names[2])
    assert first.is_file()
    assert not second.is_file()
    assert there.copies.held() <= there.copies.limit


def test_a_copy_that_may_be_in_use_is_never_removed(s3: Bucket, tmp_path: Path) -> None:
    names = [put(store(s3, tmp_path / "here"), rows) for rows in (100, 101)]
    there = store(s3, tmp_path / "there", limit=1)
    paths = [there.path(name) for name in names]
    there.sweep(set(names))
    assert all(path.is_file() for path in paths)
    age(paths[0])
    there.sweep(set(names))
    assert [path.is_file() for path in paths] == [False, True]
    assert there.path(names[0]).is_file()  # and comes back when it is wanted


def test_many_who_ask_at_once_fetch_it_once(
    s3: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = put(store(s3, tmp_path / "here"), 2000)
    there, reads = store(s3, tmp_path / "there"), list[str]()
    read = ObjectStore._read

    def counted(self: ObjectStore, name: str) -> Iterator[bytes]:
        reads.append(name)
        return read(self, name)

    monkeypatch.setattr(ObjectStore, "_read", counted)
    asking = [threading.Thread(target=there.path, args=(name,)) for _ in range(8)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    assert reads == [name]


def test_a_store_that_is_away_is_told_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "very-secret")
    nobody = ObjectStore(
        "s3://gongshu", copies=LocalCopies(tmp_path, limit=1), endpoint="http://127.0.0.1:9"
    )
    with pytest.raises(StoreAway) as away:
        nobody.require()
    assert "very-secret" not in "".join([str(away.value), *away.value.__notes__])


def test_a_bucket_that_is_not_there_is_found_out(s3: Bucket, tmp_path: Path) -> None:
    copies = LocalCopies(tmp_path, limit=1)
    nowhere = ObjectStore("s3://nowhere/x", copies=copies, endpoint=s3.endpoint)
    with pytest.raises(StoreAway):
        nowhere.require()
    store(s3, tmp_path).require()


@pytest.mark.parametrize("address", ["s3://", "http://bucket", "s3://key:secret@bucket/x", "x"])
def test_an_address_that_is_none_is_said_so(address: str, tmp_path: Path) -> None:
    with pytest.raises(Problem, match="s3://bucket/prefix"):
        ObjectStore(address, copies=LocalCopies(tmp_path, limit=1))
