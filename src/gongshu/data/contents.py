"""Files under names made from their content: whole under their name, or absent.

A file is written beside its place, synced, and renamed into it; so under its name it is
whole or absent, whatever happens to the process or the machine, and writing the same content
twice writes nothing new. What a file belongs to is not known here: a database row says that,
and `sweep` removes what no row names (a crash between file and row leaves such).

    store = ContentStore(home / "files")
    digest, size = store.write([b"%PDF-1.7 ..."])
    store.path(digest)
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path

PIECE = 4 << 20
# A file younger than this may belong to a row that is being written right now.
SWEEP_AGE_SECONDS = 3600.0


class ContentStore:
    """Files named by their SHA-256 in one folder; any number of processes may share it."""

    def __init__(self, folder: Path | str, suffix: str = "") -> None:
        self.folder, self.suffix = Path(folder), suffix
        self._name = re.compile(r"[0-9a-f]{64}" + re.escape(suffix))
        self.folder.mkdir(parents=True, exist_ok=True)

    def write(
        self, pieces: Iterable[bytes], *, check: Callable[[Path], object] | None = None
    ) -> tuple[str, int]:
        """Digest and size of what is now safe on disk; `check` may raise before it has a name."""
        temporary = self._temporary()
        try:
            digest, size = _write(temporary, pieces)
            if check is not None:
                check(temporary)
            self._give_name(temporary, digest)
        finally:
            temporary.unlink(missing_ok=True)
        return digest, size

    def path(self, name: str) -> Path:
        """Where the file of this name is; KeyError if it is not here."""
        if not self._name.fullmatch(name):  # it comes from outside: never a way out of the folder
            raise KeyError(name)
        path = self.folder / name
        if not path.is_file():
            raise KeyError(name)
        return path

    def keep(self, name: str) -> Path:
        """`path`, of a file that a row is about to name: a sweep leaves it alone from now on."""
        path = self.path(name)
        try:
            os.utime(path)
        except FileNotFoundError:  # a sweep was quicker
            raise KeyError(name) from None
        return path

    def missing(self, names: Iterable[str]) -> list[str]:
        """Those of `names` that are not here."""
        return [name for name in names if not (self.folder / name).is_file()]

    def verify(self, name: str) -> bool:
        """Whether the content still has the digest that is its name."""
        return digest_of(self.path(name)) == name.removesuffix(self.suffix)

    def sweep(self, known: Collection[str], *, older_than: float = SWEEP_AGE_SECONDS) -> list[str]:
        """Remove files that no row names and leftovers of interrupted writes.

        Only what is older than `older_than` seconds: a younger file may be on its way to its
        row. Returns the names that were removed.
        """
        kept, before = frozenset(known), time.time() - older_than
        removed = []
        for path in self.folder.iterdir():
            ours = self._name.fullmatch(path.name) or path.name.endswith(".tmp")
            if not ours or path.name in kept:
                continue
            try:
                if path.stat().st_mtime <= before:
                    path.unlink()
                    removed.append(path.name)
            except FileNotFoundError:  # another sweep was faster
                continue
        return sorted(removed)

    def copy(self, source: Path) -> str:
        """The file at `source`, kept; its digest. Nothing is written if it is here already."""
        digest = digest_of(source)
        try:
            self.keep(f"{digest}{self.suffix}")
        except KeyError:
            written, _ = self.write(pieces_of(source))
            if written != digest:
                raise OSError(f"{source} changed while it was stored") from None
        else:
            _sync_folder(self.folder)
        return digest

    def _temporary(self) -> Path:
        return self.folder / f"{secrets.token_hex(8)}.tmp"

    def _give_name(self, temporary: Path, digest: str) -> None:
        temporary.chmod(0o440)
        temporary.replace(self.folder / f"{digest}{self.suffix}")
        _sync_folder(self.folder)


def digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write(path: Path, pieces: Iterable[bytes]) -> tuple[str, int]:
    hasher, size = hashlib.sha256(), 0
    with path.open("xb") as writer:
        for piece in pieces:
            hasher.update(piece)
            size += len(piece)
            writer.write(piece)
        writer.flush()
        os.fsync(writer.fileno())
    return hasher.hexdigest(), size


def pieces_of(source: Path) -> Iterator[bytes]:
    with source.open("rb") as reader:
        while piece := reader.read(PIECE):
            yield piece


def _sync_folder(folder: Path) -> None:
    """A rename is durable only when the folder itself is synced."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
