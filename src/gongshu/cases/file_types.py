"""Which files may be attached, told by what they hold and not by their name alone.

A name's ending says what a file claims to be; its first bytes, and for the formats that are
archives (docx, xlsx, pptx, ofd) the names inside, say whether that is so. Nothing is unpacked.

>>> ending_of("意见书.PDF")
'pdf'
"""

from __future__ import annotations

import codecs
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from gongshu.rules.problems import BadInput
from gongshu.wording import Sentence

HEAD = 64 * 1024
END_RECORD = 22  # of a ZIP: "end of central directory", before its comment
LARGEST_COMMENT = 65_535
LARGEST_DIRECTORY = 4 << 20


@dataclass(frozen=True)
class FileType:
    media_type: str
    holds: Callable[[Path], bool]


def ending_of(name: str) -> str:
    return name.rpartition(".")[2].strip().lower() if "." in name else ""


def checked_type(name: str, allowed: tuple[str, ...]) -> str:
    """The type that the name claims; refused in words if none of the allowed ones."""
    ending = ending_of(name)
    if ending not in allowed:
        listed = ", ".join(allowed)
        raise BadInput(
            "file_type",
            Sentence(
                en=f"Files of the type “{ending or name}” are not taken.",
                zh=f"不接收“{ending or name}”类型的文件。",
            ),
            suggestion=Sentence(
                en=f"These are: {listed}.", zh=f"可接收的类型：{listed.replace(', ', '、')}。"
            ),
            field="file",
        )
    return ending


def require_holds(path: Path, ending: str) -> None:
    """Refused in words if the file is not what its name says."""
    if path.stat().st_size == 0:
        raise BadInput(
            "empty_file", Sentence(en="The file is empty.", zh="文件是空的。"), field="file"
        )
    if not TYPES[ending].holds(path):
        raise BadInput(
            "file_not_its_type",
            Sentence(
                en=f"The file's name says {ending}, but what it holds is none.",
                zh=f"文件名为 {ending} 类型，但内容与此不符。",
            ),
            suggestion=Sentence(
                en="Open it in its own program and save it again.",
                zh="请用相应的软件打开后另存，再重新上传。",
            ),
            field="file",
        )


def _begins(*marks: bytes) -> Callable[[Path], bool]:
    return lambda path: _head(path).startswith(marks)


def _pdf(path: Path) -> bool:
    return b"%PDF-" in _head(path)[:1024]  # a few bytes may stand before it (ISO 32000, annex H)


def _text(path: Path) -> bool:
    """UTF-8, UTF-16 or GB 18030, without the control characters that no text has."""
    head = _head(path)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _decodes(head, "utf-16")
    control = set(head) & (set(range(32)) - {9, 10, 12, 13, 27})
    return not control and (_decodes(head, "utf-8") or _decodes(head, "gb18030"))


def _decodes(head: bytes, encoding: str) -> bool:
    try:
        codecs.getincrementaldecoder(encoding)().decode(head)  # it may end inside a sign
    except UnicodeDecodeError:
        return False
    return True


def _zip(path: Path) -> bool:
    return _names_inside(path) is not None


def _zip_with(*wanted: str) -> Callable[[Path], bool]:
    def holds(path: Path) -> bool:
        names = _names_inside(path)
        return names is not None and {n.lstrip("/").lower() for n in names} >= set(wanted)

    return holds


def _names_inside(path: Path) -> list[str] | None:
    """The names in a ZIP's directory, read as bytes alone; None for what is no ZIP."""
    size = path.stat().st_size
    with path.open("rb") as file:
        if not file.read(4).startswith((b"PK\x03\x04", b"PK\x05\x06")):
            return None
        file.seek(max(0, size - END_RECORD - LARGEST_COMMENT))
        tail = file.read()
        place = tail.rfind(b"PK\x05\x06")
        if place < 0 or len(tail) - place < END_RECORD:
            return None
        length, offset = struct.unpack_from("<2L", tail, place + 12)
        if length > LARGEST_DIRECTORY or offset + length > size:
            return None
        file.seek(offset)
        return _directory(file.read(length))


def _directory(data: bytes) -> list[str] | None:
    names, at = [], 0
    while at + 46 <= len(data):
        if data[at : at + 4] != b"PK\x01\x02":
            return None
        name, extra, comment = struct.unpack_from("<3H", data, at + 28)
        names.append(data[at + 46 : at + 46 + name].decode("utf-8", "replace"))
        at += 46 + name + extra + comment
    return names


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(HEAD)


_OFFICE = "application/vnd.openxmlformats-officedocument"
_CONTENT = "[content_types].xml"
TYPES: dict[str, FileType] = {
    "pdf": FileType("application/pdf", _pdf),
    "ofd": FileType("application/ofd", _zip_with("ofd.xml")),  # GB/T 33190
    "docx": FileType(
        f"{_OFFICE}.wordprocessingml.document", _zip_with(_CONTENT, "word/document.xml")
    ),
    "xlsx": FileType(f"{_OFFICE}.spreadsheetml.sheet", _zip_with(_CONTENT, "xl/workbook.xml")),
    "pptx": FileType(
        f"{_OFFICE}.presentationml.presentation", _zip_with(_CONTENT, "ppt/presentation.xml")
    ),
    "csv": FileType("text/csv", _text),
    "txt": FileType("text/plain", _text),
    "png": FileType("image/png", _begins(b"\x89PNG\r\n\x1a\n")),
    "jpg": FileType("image/jpeg", _begins(b"\xff\xd8\xff")),
    "jpeg": FileType("image/jpeg", _begins(b"\xff\xd8\xff")),
    "zip": FileType("application/zip", _zip),
}
