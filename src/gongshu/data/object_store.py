"""Versions in an S3-compatible object store, read through verified local copies.

An object appears under its name when its upload is complete, whole, and its name is its digest:
so writing it twice is harmless, and what is fetched is checked against its name. Which objects
make a version a database row says, as for the folder (`data.storage`).

    store = ObjectStore("s3://bucket/prefix", endpoint="http://127.0.0.1:9000",
                        copies=LocalCopies(home / "cache" / "data", ".parquet", limit=20 * 10**9))
    store.put(table)
    store.path("3f…e1.parquet")       # a local file
"""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

import pyarrow.fs
import pyarrow.parquet as pq

from gongshu.data.contents import PIECE, SWEEP_AGE_SECONDS, digest_of, pieces_of
from gongshu.data.local_copies import LocalCopies
from gongshu.data.storage import SUFFIX, StoredFile
from gongshu.wording import Problem, Sentence

if TYPE_CHECKING:
    from gongshu.data.ingest import Table

NAME = re.compile(r"[0-9a-f]{64}" + re.escape(SUFFIX))
CONNECT_SECONDS, REQUEST_SECONDS = 5.0, 60.0
Found = TypeVar("Found")


class StoreAway(Problem):
    """The object store does not answer, or does not let us in."""

    status = 503


class ObjectStore:
    """The methods of `VersionStore` over a bucket; any number of processes may share it."""

    def __init__(
        self, address: str, *, copies: LocalCopies, endpoint: str = "", region: str = ""
    ) -> None:
        self.prefix, self.copies = _prefix(address), copies
        parts = urlsplit(endpoint)
        self._system = pyarrow.fs.S3FileSystem(
            endpoint_override=parts.netloc or None,
            scheme=parts.scheme or "https",
            region=region or ("us-east-1" if endpoint else None),
            connect_timeout=CONNECT_SECONDS,
            request_timeout=REQUEST_SECONDS,
            tls_ca_file_path=os.environ.get("AWS_CA_BUNDLE") or None,
        )

    def put(self, table: Table) -> list[StoredFile]:
        """Store the table's files; on return the store has acknowledged them whole."""
        return [self._put(path) for path in table.files]

    def path(self, name: str) -> Path:
        """A local copy of the file of this name; KeyError if the store has none."""
        if not NAME.fullmatch(name):
            raise KeyError(name)
        try:
            return self.copies.fetched(name, lambda: (self._size(name), self._read(name)))
        except FileNotFoundError:
            raise KeyError(name) from None

    def verify(self, name: str) -> bool:
        """Whether the stored object (not the copy) still has the digest that is its name."""
        digest = hashlib.sha256()
        for piece in self._read(name):
            digest.update(piece)
        return digest.hexdigest() == name.removesuffix(SUFFIX)

    def names(self) -> set[str]:
        """What is there, by one listing."""
        return {info.base_name for info in self._listing() if NAME.fullmatch(info.base_name)}

    def missing(self, names: Iterable[str]) -> list[str]:
        there = self.names()
        return [name for name in names if name not in there]

    def sweep(self, known: Collection[str], *, older_than: float = SWEEP_AGE_SECONDS) -> list[str]:
        """Remove objects that no row names, and copies beyond the bound; the objects' names."""
        kept, before, removed = frozenset(known), time.time() - older_than, []
        for info in self._listing():
            if not NAME.fullmatch(info.base_name) or info.base_name in kept:
                continue
            # Looked at again: it may have been stored anew since the listing.
            (now,) = self._ask(self._system.get_file_info, [info.path])
            if now.type == pyarrow.fs.FileType.File and now.mtime.timestamp() <= before:
                self._ask(self._system.delete_file, info.path)
                removed.append(info.base_name)
        self.copies.make_room()
        self.copies.sweep({path.name for path in self.copies.folder.iterdir() if _whole(path)})
        return sorted(removed)

    def require(self) -> None:
        """Raises `StoreAway` unless the bucket is there and lets us in."""
        (info,) = self._ask(self._system.get_file_info, [self.prefix.partition("/")[0]])
        if info.type == pyarrow.fs.FileType.NotFound:
            raise self._away("the bucket is not there")
        next(iter(self._listing()), None)

    def _put(self, source: Path) -> StoredFile:
        digest, size = digest_of(source), source.stat().st_size
        name = f"{digest}{SUFFIX}"
        (info,) = self._ask(self._system.get_file_info, [f"{self.prefix}/{name}"])
        # One that is old may be swept before our row names it: stored again, it is young.
        there = info.type == pyarrow.fs.FileType.File and info.size == size
        if not there or info.mtime.timestamp() < time.time() - SWEEP_AGE_SECONDS / 2:
            self._ask(self._upload, source, name)
        self.copies.take(source)
        rows = int(pq.read_metadata(source).num_rows)
        return StoredFile(name, digest, rows, size)

    def _upload(self, source: Path, name: str) -> None:
        with self._system.open_output_stream(f"{self.prefix}/{name}") as stream:
            for piece in pieces_of(source):
                stream.write(piece)

    def _size(self, name: str) -> int:
        (info,) = self._ask(self._system.get_file_info, [f"{self.prefix}/{name}"])
        if info.type != pyarrow.fs.FileType.File:
            raise FileNotFoundError(name)
        return int(info.size)

    def _read(self, name: str) -> Iterator[bytes]:
        stream = self._ask(self._system.open_input_stream, f"{self.prefix}/{name}")
        with stream:
            while piece := self._ask(stream.read, PIECE):
                yield piece

    def _listing(self) -> list[pyarrow.fs.FileInfo]:
        selector = pyarrow.fs.FileSelector(self.prefix, allow_not_found=True)
        found = self._ask(self._system.get_file_info, selector)
        return [info for info in found if info.type == pyarrow.fs.FileType.File]

    def _ask(self, do: Callable[..., Found], *args: object) -> Found:
        try:
            return do(*args)
        except FileNotFoundError:
            raise
        except OSError as error:
            raise self._away(str(error)) from error

    def _away(self, why: str) -> StoreAway:
        """The store's own words go to the log of whoever runs it; people get one sentence."""
        away = StoreAway(
            "store_away",
            Sentence(
                en="The object store that holds the data does not answer as it should.",
                zh="存放数据的对象存储未正常应答。",
            ),
            suggestion=Sentence(
                en="Try again later; `gongshu doctor` says more to whoever runs the platform.",
                zh="请稍后重试；平台管理人员可运行 `gongshu doctor` 查看详情。",
            ),
        )
        away.add_note(why)
        return away


def _whole(path: Path) -> bool:
    return NAME.fullmatch(path.name) is not None


def _prefix(address: str) -> str:
    """`bucket/prefix` of s3://bucket/prefix."""
    parts = urlsplit(address)
    if parts.scheme != "s3" or not parts.netloc or parts.query or parts.fragment or "@" in address:
        raise Problem(
            "store_address",
            Sentence(
                en="GONGSHU_STORE reads like s3://bucket/prefix.",
                zh="GONGSHU_STORE 应形如 s3://bucket/prefix。",
            ),
        )
    return f"{parts.netloc}/{parts.path.strip('/')}".rstrip("/")
