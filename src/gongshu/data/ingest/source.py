"""What a file is, by its first bytes and not by its name; what is packed is unpacked."""

from __future__ import annotations

import gzip
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from gongshu.data.ingest.encoding import wide
from gongshu.data.ingest.unreadable import Unreadable, empty_file
from gongshu.wording import Sentence

# A table hardly ever shrinks to less; what grows more, and is not small, is made to fill a disk.
MOST_TIMES, SMALL_BYTES = 200, 1 << 30
MOST_INSIDE = 3  # archives of several files, one in the other

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_FOREIGN: tuple[tuple[bytes, str, str], ...] = (
    (b"%PDF", "a PDF document", "PDF 文档"),
    (b"\x89PNG", "a picture (PNG)", "图片（PNG）"),
    (b"\xff\xd8\xff", "a picture (JPEG)", "图片（JPEG）"),
    (b"GIF8", "a picture (GIF)", "图片（GIF）"),
    (b"{\\rtf", "a text document (RTF)", "文本文档（RTF）"),
    (b"Rar!", "a RAR archive", "RAR 压缩包"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", "7z 压缩包"),
    (b"BZh", "a bzip2 file", "bzip2 压缩文件"),
    (b"\xfd7zXZ", "an xz file", "xz 压缩文件"),
    (b"\x28\xb5\x2f\xfd", "a zstd file", "zstd 压缩文件"),
    (b"SQLite format 3", "a SQLite database", "SQLite 数据库"),
    (b"\x7fELF", "a program", "程序文件"),
    (b"MZ", "a program", "程序文件"),
    (b"ARROW1", "an Arrow file", "Arrow 文件"),
    (b"ORC", "an ORC file", "ORC 文件"),
    (b"Obj\x01", "an Avro file", "Avro 文件"),
)
_PAGE = (b"<!doctype html", b"<html", b"<table", b"<head", b"<meta", b"<body", b"<style")


@dataclass(frozen=True, slots=True)
class Source:
    """A file ready to be read: `kind` is text, json, html, workbook, parquet or archive (of
    several files)."""

    path: Path
    kind: str


class Room:
    """What may yet be unpacked of one file handed in, all that is packed inside it together."""

    def __init__(self, path: Path) -> None:
        self.left = max(SMALL_BYTES, MOST_TIMES * path.stat().st_size)
        self.inside = 0  # archives, one in the other

    @contextmanager
    def archive(self) -> Iterator[None]:
        """While an archive is open; one that holds itself ends here."""
        if self.inside >= MOST_INSIDE:
            raise _bomb()
        self.inside += 1
        yield
        self.inside -= 1

    def copy(self, source: IO[bytes] | gzip.GzipFile, sink: IO[bytes]) -> None:
        """What an archive says of sizes is not believed: the bytes are counted as they come."""
        while piece := source.read(4 << 20):
            self.left -= len(piece)
            if self.left < 0:
                raise _bomb()
            sink.write(piece)


def identify(
    path: Path,
    folder: Path,
    room: Room | None = None,
    depth: int = 0,
    member: str | None = None,
) -> Source:
    """What `path` is; a .gz or .zip is unpacked into `folder` first, as far as `room` goes."""
    try:
        with path.open("rb") as file:
            head = file.read(4096)
            size = file.seek(0, 2)
    except (FileNotFoundError, NotADirectoryError):
        raise _missing(path) from None
    except (IsADirectoryError, PermissionError, OSError) as error:
        raise _not_a_file(path) from error
    if not size:
        raise empty_file()
    if head.startswith(b"PAR1"):
        return Source(path, "parquet")
    if head.startswith(b"\x1f\x8b") and depth < 2:
        room = room or Room(path)
        unpacked = _gunzip(path, folder / f"unpacked{depth}", room)
        return identify(unpacked, folder, room, depth + 1, member)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip(path, folder, room or Room(path), depth, member)
    if head.startswith(_OLE):
        return _ole(path)
    _refuse_foreign(head)
    if _opening(head).startswith(_PAGE):
        return Source(path, "html")
    return Source(path, "json" if _looks_like_json(head) else "text")


def _missing(path: Path) -> Unreadable:
    return Unreadable(
        "missing",
        Sentence(en=f"There is no file “{path.name}”.", zh=f"找不到文件“{path.name}”。"),
    )


def _not_a_file(path: Path) -> Unreadable:
    return Unreadable(
        "missing",
        Sentence(
            en=f"“{path.name}” is not a file that can be opened.",
            zh=f"“{path.name}”不是可以打开的文件。",
        ),
    )


def _refuse_foreign(head: bytes) -> None:
    for magic, en, zh in _FOREIGN:
        if head.startswith(magic) and (magic not in (b"MZ", b"ORC") or b"\x00" in head[:64]):
            raise foreign(en, zh)
    start = _opening(head)
    if start.startswith(b"<") and not start.startswith(_PAGE):
        raise foreign("an XML document", "XML 文档")
    if _looks_binary(head):
        raise foreign("a binary file", "二进制文件")


def _opening(head: bytes) -> bytes:
    return head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()


def page_without_table() -> Unreadable:
    return foreign("a web page (HTML) without a table", "没有表格的网页（HTML）")


def foreign(en: str, zh: str) -> Unreadable:
    return Unreadable(
        "format",
        Sentence(en=f"This is {en}, not a table.", zh=f"这是{zh}，不是表格文件。"),
        suggestion=Sentence(
            en="Save it as CSV, Excel (.xlsx) or Parquet.",
            zh="请另存为 CSV、Excel（.xlsx）或 Parquet。",
        ),
    )


def _looks_like_json(head: bytes) -> bool:
    """Also where every other byte is nought (UTF-16)."""
    squeezed = b"".join(head.lstrip(b"\xef\xbb\xbf\xff\xfe").replace(b"\x00", b"").split())
    return squeezed.startswith((b'{"', b"[{", b"[[", b"{}", b"[]"))


def _looks_binary(head: bytes) -> bool:
    """Control bytes that no text has, and not the regular zero bytes of UTF-16."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or wide(head):
        return False
    control = sum(1 for byte in head if byte < 9 or 13 < byte < 27 or byte == 127)
    return control > max(1, len(head) // 50)


def _gunzip(path: Path, target: Path, room: Room) -> Path:
    try:
        with gzip.open(path, "rb") as source, target.open("wb") as sink:
            room.copy(source, sink)
    except (OSError, EOFError, zlib.error):
        raise damaged() from None
    return target


def damaged() -> Unreadable:
    return Unreadable(
        "damaged",
        Sentence(en="The file is damaged or incomplete.", zh="文件已损坏或不完整。"),
        suggestion=Sentence(en="Copy or export it again.", zh="请重新复制或导出。"),
    )


def encrypted() -> Unreadable:
    return Unreadable(
        "encrypted",
        Sentence(en="The file is protected by a password.", zh="文件设有密码保护。"),
        suggestion=Sentence(en="Save it without a password.", zh="请取消密码后重新保存。"),
    )


def _zip(path: Path, folder: Path, room: Room, depth: int, member: str | None) -> Source:
    """A workbook, the one file of an archive or the one asked for; else the archive itself."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            if any(n.startswith(("xl/", "content.xml")) for n in names):
                return Source(path, "workbook")
            if any(n.startswith(("word/", "ppt/")) for n in names):
                raise foreign("an Office document", "Office 文档")
            found = members(archive)
            if member is not None:
                found = [one for one in found if one.filename == member]
            if len(found) > 1 and depth == 0:
                return Source(path, "archive")
            if len(found) != 1 or depth >= 2:
                raise not_one_member([one.filename for one in members(archive)], member)
            target = extract(archive, found[0], folder / f"member{depth}", room)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError):
        raise damaged() from None
    return identify(target, folder, room, depth + 1)


def members(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """The files of an archive that somebody put there on purpose."""
    return [one for one in archive.infolist() if not one.is_dir() and not _is_clutter(one.filename)]


def extract(archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path, room: Room) -> Path:
    if member.flag_bits & 1:
        raise encrypted()
    with archive.open(member) as source, target.open("wb") as sink:
        room.copy(source, sink)
    return target


def _bomb() -> Unreadable:
    return Unreadable(
        "bomb",
        Sentence(
            en=f"Unpacked, the file is more than {MOST_TIMES} times as large, or packed again "
            "and again.",
            zh=f"解压后超过原大小的 {MOST_TIMES} 倍，或嵌套压缩层数过多，已拒绝。",
        ),
        suggestion=Sentence(en="Give the unpacked file.", zh="请提供未压缩的文件。"),
    )


def _is_clutter(name: str) -> bool:
    return name.startswith("__MACOSX/") or name.rsplit("/", 1)[-1].startswith(".")


def not_one_member(names: list[str], asked: str | None = None) -> Unreadable:
    listed, some = ", ".join(names[:10]), "、".join(names[:10])
    if asked is not None:
        return Unreadable(
            "archive",
            Sentence(
                en=f"The archive holds no file “{asked}”; it holds {listed}.",
                zh=f"压缩包中没有“{asked}”；其中有 {some}。",
            ),
            field="member",
        )
    return Unreadable(
        "archive",
        Sentence(
            en=f"The archive holds {len(names)} files of different columns: {listed}.",
            zh=f"压缩包中有 {len(names)} 个列不相同的文件：{some}。",
        ),
        suggestion=Sentence(
            en="Say which of them is meant (member).", zh="请指明是哪一个文件（member）。"
        ),
        field="member",
    )


def _ole(path: Path) -> Source:
    """An old Office file: a workbook, or the envelope of an encrypted new one."""
    with path.open("rb") as file:
        data = file.read(4 << 20)
        file.seek(-min(4 << 20, file.seek(0, 2)), 2)
        data += file.read()
    if "EncryptedPackage".encode("utf-16-le") in data:
        raise encrypted()
    if any(n.encode("utf-16-le") in data for n in ("Workbook", "Book")):
        return Source(path, "workbook")
    raise foreign("an Office document", "Office 文档")
