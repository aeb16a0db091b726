"""Local copies of files that lie elsewhere: verified when fetched, bounded, the unused going first.

Workers that read protected data are fenced to files of this machine, so what lies in an object
store is fetched before it is read. A copy that was asked for within the last hour may be in use
(a warm worker, a download, a study of a version) and is never removed, even when that means more
than the bound.

    copies = LocalCopies(home / "cache" / "data", ".parquet", limit=20_000_000_000)
    copies.fetched("3f…e1.parquet", lambda: (4_096, pieces))
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from gongshu.data.contents import ContentStore
from gongshu.wording import Problem, Sentence

# Longer than a warm worker waits for its next query (engines/pool.py) and than a study takes.
IN_USE_SECONDS = 3600.0
LOCK = ".lock"
Fetch = Callable[[], tuple[int, Iterable[bytes]]]  # how large it is, and its pieces


class Damaged(Problem):
    """What came back is not what was stored."""

    status = 503


class LocalCopies(ContentStore):
    """One folder of copies; any number of threads and processes may share it."""

    def __init__(self, folder: Path | str, suffix: str = "", *, limit: int) -> None:
        super().__init__(folder, suffix)
        self.limit = limit

    def fetched(self, name: str, fetch: Fetch) -> Path:
        """Where the copy is; fetched first, by one process for all, if it is not here."""
        try:
            return self._used(name)
        except KeyError:
            pass
        # One lock per first byte of the name: a second asker waits for the first one's copy.
        with self._locked(f".fetch-{name[:2]}"):
            try:
                return self._used(name)
            except KeyError:
                self._fetch(name, *fetch())
            return self._used(name)

    def take(self, source: Path) -> None:
        """Keep a copy of what was just stored: it is read again at once."""
        self.make_room(source.stat().st_size)
        self.copy(source)

    def make_room(self, size: int = 0) -> list[str]:
        """Remove the copies that were not used for longest until `size` more bytes fit."""
        with self._locked(LOCK):
            files = sorted(self._files(), key=lambda found: found[1].st_mtime)
            over = sum(facts.st_size for _, facts in files) + size - self.limit
            before, removed = time.time() - IN_USE_SECONDS, []
            for path, facts in files:
                if over <= 0 or facts.st_mtime > before:
                    break
                path.unlink(missing_ok=True)
                removed.append(path.name)
                over -= facts.st_size
        return removed

    def held(self) -> int:
        """The bytes of all copies."""
        return sum(facts.st_size for _, facts in self._files())

    def _used(self, name: str) -> Path:
        with self._locked(LOCK, fcntl.LOCK_SH):  # so that none is removed between look and mark
            return self.keep(name)

    def _fetch(self, name: str, size: int, pieces: Iterable[bytes]) -> None:
        self.make_room(size)
        digest, _ = self.write(pieces)
        if f"{digest}{self.suffix}" != name:
            (self.folder / f"{digest}{self.suffix}").unlink(missing_ok=True)
            raise Damaged(
                "store_damaged",
                Sentence(
                    en=f"The stored file {name} is not what was stored under this name.",
                    zh=f"存储中的文件 {name} 与入库时的内容不一致。",
                ),
                suggestion=Sentence(
                    en="Whoever runs the platform has to restore it from a backup.",
                    zh="请平台管理人员从备份中恢复该文件。",
                ),
            )

    def _files(self) -> Iterator[tuple[Path, os.stat_result]]:
        for entry in os.scandir(self.folder):
            if entry.name.startswith("."):
                continue
            try:
                yield Path(entry.path), entry.stat()
            except FileNotFoundError:  # a temporary file got its name
                continue

    @contextmanager
    def _locked(self, name: str, how: int = fcntl.LOCK_EX) -> Iterator[None]:
        handle = os.open(self.folder / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, how)
            yield
        finally:
            os.close(handle)
