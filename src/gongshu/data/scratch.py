"""Folders for working files, which hold people's data and must not outlive their process.

A folder goes with its owner object, at the latest when Python ends. A killed process cannot
tidy up; but the lock it held on its folder ends with it, and `sweep` removes what nobody locks.

>>> with Scratch("doctest") as folder:
...     _ = (folder / "rows").write_text("…")
>>> folder.exists()
False
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
import weakref
from contextlib import suppress
from pathlib import Path

_PREFIX = "gongshu-scratch-"
# A folder is locked a moment after it was made; until then its age protects it.
SWEEP_AGE_SECONDS = 60.0


class Scratch:
    """A locked temporary folder at `path`; `with` gives the path and removes it at the end."""

    def __init__(self, purpose: str) -> None:
        self.path = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{purpose}-"))
        handle = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
        with suppress(OSError):  # a file system without locks: then nothing can be swept there
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self.remove = weakref.finalize(self, _remove, self.path, handle, os.getpid())

    def __enter__(self) -> Path:
        return self.path

    def __exit__(self, *_: object) -> None:
        self.remove()


def sweep(*, older_than: float = SWEEP_AGE_SECONDS) -> list[str]:
    """Remove the folders whose processes are dead, of this user; returns their names."""
    before, removed = time.time() - older_than, []
    for path in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with suppress(OSError):  # not ours, or another sweep was faster
            if path.lstat().st_mtime <= before and _unowned(path):
                shutil.rmtree(path)
                removed.append(path.name)
    return sorted(removed)


def _unowned(path: Path) -> bool:
    # A temporary folder is open to all: what was put there under our name is not followed.
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        if os.fstat(handle).st_uid != os.geteuid():
            return False
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    finally:
        os.close(handle)
    return True


def _remove(path: Path, handle: int, owner: int) -> None:
    if os.getpid() == owner:  # a forked child has the object too, and it is not the child's
        shutil.rmtree(path, ignore_errors=True)
        os.close(handle)
