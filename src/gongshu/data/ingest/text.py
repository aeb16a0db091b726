"""Any text file becomes UTF-8 with one kind of line end, or is found to be so already.

A UTF-8 file is read where it is. Another is transcoded once, in large pieces, into the
working folder, so that memory stays flat whatever the size.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from gongshu.data.ingest.encoding import Encoding, detect, mark_length
from gongshu.data.ingest.unreadable import Unreadable, empty_file
from gongshu.wording import Sentence

HEAD, TAIL = 1 << 20, 1 << 16
PIECE = 4 << 20
REPLACEMENT = "\ufffd".encode()

Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class TextFile:
    """A UTF-8 file.

    `damaged`: some bytes did not decode (and are U+FFFD if it was transcoded). `many_lines`:
    some cells hold line ends, so that pieces of the file cannot be read on their own.
    """

    path: Path
    encoding: str
    confidence: float
    mark: int = 0  # bytes of byte order mark at the start of `path`
    damaged: bool = False
    many_lines: bool = False

    @property
    def size(self) -> int:
        return self.path.stat().st_size

    def head(self, length: int = HEAD) -> str:
        """The start of the text, cut after its last whole line."""
        with self.path.open("rb") as file:
            data = file.read(length + self.mark)[self.mark :]
        if self.size > length + self.mark:
            data = data[: data.rfind(b"\n") + 1] or data
        return data.decode("utf-8", "replace")

    def tail(self, length: int = TAIL) -> str:
        """The last lines; the whole text when it is short."""
        with self.path.open("rb") as file:
            start = max(self.mark, self.size - length)
            file.seek(start)
            data = file.read()
        if start > self.mark:
            data = data[data.find(b"\n") + 1 :]
        return data.decode("utf-8", "replace")


def prepare(path: Path, folder: Path, *, encoding: str | None, progress: Progress) -> TextFile:
    """`path` as UTF-8: itself if it is, else a transcoded copy in `folder`."""
    sample = _sample(path)
    if not sample.strip(b"\x00 \t\r\n\xef\xbb\xbf\xff\xfe"):
        raise empty_file()
    found = _hinted(sample, encoding) if encoding else detect(sample)
    plain = codecs.lookup(found.name).name == "utf-8"
    if any(c in str(path) for c in "*?[{"):
        path = _without_wildcards(path, folder)
    if plain and not _needs_new_lines(sample) and b"\x00" not in sample:
        return TextFile(path, "utf-8", found.confidence, mark=found.mark)
    return transcode(path, folder, found, progress)


def _without_wildcards(path: Path, folder: Path) -> Path:
    """Another name for a file like `data[1].csv`: the engine would look for `data1.csv` too."""
    link = folder / "source.csv"
    link.symlink_to(path.resolve())
    return link


def _sample(path: Path) -> bytes:
    """The head, and for long files the bytes of later places too, at line ends."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(HEAD)
        if size <= HEAD or not head.isascii() or b"\x00" in head:
            return head
        pieces = [head[: head.rfind(b"\n") + 1] or head]
        for step in range(1, 9):  # ASCII so far: look where the first name may be
            file.seek(HEAD + (size - HEAD) * step // 9)
            piece = file.read(TAIL)
            pieces.append(piece[piece.find(b"\n") + 1 : piece.rfind(b"\n") + 1])
    return b"".join(pieces)


def beyond_ascii(path: Path, limit: int = HEAD) -> bytes:
    """The lines of a file that hold more than ASCII: what its encoding shows in."""
    found, size = [], 0
    with path.open("rb") as file:
        for line in file:
            if not line.isascii():
                found.append(line)
                size += len(line)
                if size > limit:
                    break
    return b"".join(found)


def _hinted(sample: bytes, encoding: str) -> Encoding:
    try:
        name = codecs.lookup(encoding).name
    except LookupError:
        raise Unreadable(
            "hint",
            Sentence(
                en=f"There is no encoding named “{encoding}”.", zh=f"没有名为“{encoding}”的编码。"
            ),
            field="encoding",
        ) from None
    if name in ("gbk", "gb2312", "cp936"):
        name = "gb18030"  # the superset: a file said to be GBK may hold a rare name's character
    if name == "utf-8-sig":
        name = "utf-8"
    if name in ("utf-16", "utf-32"):
        found = detect(sample)
        name = found.name if found.name.startswith(name) else f"{name}-le"
    return Encoding(name, 1.0, mark_length(sample, name))


def _needs_new_lines(sample: bytes) -> bool:
    """Carriage returns alone end the lines: a line reader would see a single line."""
    alone = sample.count(b"\r") - sample.count(b"\r\n")
    return alone > 0 and b"\n" not in sample


def transcode(path: Path, folder: Path, encoding: Encoding, progress: Progress) -> TextFile:
    """Write `path` as UTF-8; bytes that do not decode become U+FFFD and are found again later."""
    target = folder / "text.csv"
    if target == path:
        target = folder / "text-2.csv"
    decoder = codecs.getincrementaldecoder(encoding.name)("replace")
    size, done, damaged, only_returns = path.stat().st_size, 0, False, None
    with path.open("rb") as source, target.open("wb") as sink:
        source.seek(encoding.mark)
        while True:
            piece = source.read(PIECE)
            text = decoder.decode(piece, final=not piece)
            if only_returns is None and text:
                only_returns = "\n" not in text and "\r" in text
            damaged = damaged or "\ufffd" in text
            text = text.replace("\x00", "")
            sink.write(
                (text.replace("\r", "\n") if only_returns else text).encode("utf-8", "replace")
            )
            if not piece:
                break
            done += len(piece)
            progress(100.0 * done / size)
    return TextFile(target, encoding.name, encoding.confidence, damaged=damaged)
