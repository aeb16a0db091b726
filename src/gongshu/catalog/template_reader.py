"""Read a catalogue file, the ministry's Excel form or JSON, into rows with their places.

    for row in read_rows(path):      # import_rows.Row; row.wrong says what the reader found wrong
        ...

JSON is a list of entries, a document {"entries": […]}, or one entry a line. An empty cell and an
absent word both say nothing: what stands there stays. A file that is no such file at all is one
`BadInput`; everything else is said row by row.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from gongshu.catalog.import_rows import Row, RowError
from gongshu.catalog.metadata import DESCRIBABLE, FIELD_DESCRIBABLE
from gongshu.catalog.template_words import CLASSES, ITEMS, RESOURCES, SHEETS, by_heading, labels
from gongshu.data.ingest.sheets import Sheet, unpacked
from gongshu.data.ingest.unreadable import Unreadable
from gongshu.data.scratch import Scratch
from gongshu.rules.problems import BadInput
from gongshu.wording import Sentence

ENTRY_WORDS = ("code", "provider", "domain", "fields", *DESCRIBABLE)
ITEM_WORDS = ("name", "type", *FIELD_DESCRIBABLE)
# Told on export; follows from something else.
PASSED_OVER = ("domain",)
HEAD_WITHIN = 10  # a title may stand over the header
_BROKEN = re.compile("[\0\ud800-\udfff]")
Line = tuple[int, dict[str, str]]


def read_rows(path: Path) -> Iterator[Row]:
    with path.open("rb") as file:
        start = file.read(4)
    if start[:2] == b"PK":
        return _of_workbook(path)
    return _of_json(path)


def _of_workbook(path: Path) -> Iterator[Row]:
    with Scratch("template") as folder:
        try:
            book = unpacked(path, folder, (RESOURCES, ITEMS)).sheets
        except Unreadable as wrong:
            if wrong.code == "damaged":
                raise _no_form("the workbook is damaged", "工作簿已损坏") from None
            raise BadInput(wrong.code, wrong.sentence, suggestion=wrong.suggestion) from None
        if RESOURCES not in book:
            raise _no_form(f"there is no sheet “{RESOURCES}”", f"没有工作表“{RESOURCES}”")
        items, stray = _items_by_code(book[ITEMS]) if ITEMS in book else ({}, [])
        found = 0
        for number, cells, wrong_cells in _lines(book[RESOURCES], RESOURCES):
            found = number
            yield _resource(number, cells, wrong_cells, items)
        leftover = [
            RowError(
                ITEMS,
                number,
                "数据集代码",
                "unknown_entry",
                Sentence(
                    en=f"“{code}” does not stand in the sheet “{RESOURCES}”.",
                    zh=f"“{RESOURCES}”表中没有“{code}”。",
                ),
            )
            for code, lines in items.items()
            for number, _ in lines
        ]
        if stray or leftover:
            yield Row({}, RESOURCES, found + 1, wrong=[*stray, *leftover])


def _resource(
    number: int, cells: dict[str, str], wrong: list[RowError], items: dict[str, list[Line]]
) -> Row:
    first = cells.get("resource_code", "")[:1]
    if cells.get("class") and first and cells["class"] != CLASSES.get(first):
        zh = CLASSES.get(first, "")
        wrong.append(
            RowError(
                RESOURCES,
                number,
                "信息资源分类",
                "class",
                Sentence(
                    en=f"The resource code begins with {first}: {zh or 'no class'}.",
                    zh=f"信息资源代码首位为 {first}，对应{zh or '未知分类'}，与所填分类不一致。",
                ),
            )
        )
    record: dict[str, Any] = {k: v for k, v in cells.items() if v and k in ENTRY_WORDS}
    mine = items.pop(cells.get("code", ""), [])
    found = [(place, {k: v for k, v in item.items() if v and k != "code"}) for place, item in mine]
    return Row(record, RESOURCES, number, found, ITEMS, wrong)


def _items_by_code(sheet: Sheet) -> tuple[dict[str, list[Line]], list[RowError]]:
    found: dict[str, list[Line]] = {}
    stray: list[RowError] = []
    for number, cells, wrong in _lines(sheet, ITEMS):
        stray += wrong
        found.setdefault(cells.get("code", ""), []).append((number, cells))
    return found, stray


def _lines(sheet: Sheet, name: str) -> Iterator[tuple[int, dict[str, str], list[RowError]]]:
    """Rows that say anything: number, the words with their texts, what is not in a closed list."""
    with sheet.file.open(encoding="utf-8", newline="") as file:
        try:
            yield from _of_rows(csv.reader(file), name)
        except csv.Error:  # a text of more than 131,072 characters
            raise _no_form(
                f"a cell of “{name}” is too long", f"“{name}”表中有过长的单元格"
            ) from None


def _of_rows(
    rows: Iterator[list[str]], sheet: str
) -> Iterator[tuple[int, dict[str, str], list[RowError]]]:
    heads: list[str | None] = []
    lists: dict[str, dict[str, str]] = {}
    for number, cells in enumerate(rows, start=1):
        if not heads:
            heads = _heads(sheet, number, [_text(cell) for cell in cells])
            lists = {name: _closed(sheet, name) for name in heads if name and labels(sheet, name)}
            continue
        texts = {name: _text(cell) for name, cell in zip(heads, cells, strict=False) if name}
        if any(texts.values()):
            wrong = []
            for name, words in lists.items():
                if text := texts.get(name):
                    texts[name] = words.get(text, "")
                    if not texts[name]:
                        wrong.append(_not_listed(sheet, number, name, text))
            yield number, texts, wrong


def _heads(sheet: str, number: int, texts: Sequence[str]) -> list[str | None]:
    """The word of each column, once the row that has the owed headers comes; [] before."""
    known = by_heading(sheet)
    found = [known.get(text.rstrip("*＊ ")) for text in texts]
    names = [column.name if column else None for column in found]
    owed = [column for column in SHEETS[sheet] if column.owed]
    missing = [column.header for column in owed if column.name not in names]
    if missing and number < HEAD_WITHIN:
        return []
    listed = f"“{missing[0]}”" if missing else ""
    if missing:
        raise _no_form(f"“{sheet}” lacks the column {listed}", f"“{sheet}”表缺少{listed}列")
    unknown = [t for t, column in zip(texts, found, strict=True) if t and column is None]
    if unknown:
        raise BadInput(
            "unknown_column",
            Sentence(
                en=f"“{sheet}” has a column “{unknown[0]}” that the form does not know.",
                zh=f"“{sheet}”表中有模板没有的列“{unknown[0]}”。",
            ),
            suggestion=_TAKE_THE_FORM,
        )
    return names


def _closed(sheet: str, name: str) -> dict[str, str]:
    """Both the label and the stored word mean the stored word."""
    words = labels(sheet, name)
    return {label: word for word, label in words.items()} | {word: word for word in words}


def _not_listed(sheet: str, number: int, name: str, text: str) -> RowError:
    words = labels(sheet, name)
    column = next(c.header for c in SHEETS[sheet] if c.name == name)
    return RowError(
        sheet,
        number,
        column,
        "unknown_value",
        Sentence(en=f"“{text[:80]}” is not in the list.", zh=f"“{text[:80]}”不在可选范围内。"),
        Sentence(
            en=f"There are: {', '.join(words.values())}.", zh=f"可填：{'、'.join(words.values())}。"
        ),
    )


def _text(cell: str) -> str:
    """What a person sees in the cell."""
    return cell.strip().removesuffix(" 00:00:00")


def _of_json(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8-sig") as file:
        try:
            first = next((line for line in file if line.strip()), "")
            try:
                alone = json.loads(first)
            except ValueError:
                alone = None
            file.seek(0)
            if isinstance(alone, dict) and "entries" not in alone:
                yield from _of_lines(file)
                return
            yield from _of_document(json.load(file))
        except UnicodeDecodeError:
            raise _no_form("it is not UTF-8 text", "不是 UTF-8 编码的文本") from None
        except (ValueError, RecursionError):
            raise _no_form("it is not JSON", "不是 JSON 格式") from None


def _of_document(found: Any) -> Iterator[Row]:
    entries = found.get("entries") if isinstance(found, dict) else found
    if not isinstance(entries, list):
        raise _no_form("there is no list of entries", "没有目录条目列表")
    for number, entry in enumerate(entries, start=1):
        yield _json_row(number, entry)


def _of_lines(lines: Iterator[str]) -> Iterator[Row]:
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                entry = json.loads(line)
            except (ValueError, RecursionError):
                entry = None
            yield _json_row(number, entry)


def _json_row(number: int, entry: Any) -> Row:
    if not isinstance(entry, dict):
        sentence = Sentence(en="This is no JSON object.", zh="不是 JSON 对象。")
        return Row({}, "", number, wrong=[RowError("", number, "", "bad_line", sentence)])
    wrong = [_unknown(number, name) for name in entry if name not in ENTRY_WORDS]
    record = {k: v for k, v in entry.items() if k in ENTRY_WORDS and k not in PASSED_OVER}
    for name, value in list(record.items()):
        if name != "fields" and not _is_text(value):
            wrong.append(_not_text(number, name))
            del record[name]
    items, more = _json_items(number, record.pop("fields", None))
    return Row(record, "", number, items, "", [*wrong, *more])


def _json_items(
    number: int, fields: Any
) -> tuple[list[tuple[int, dict[str, Any]]], list[RowError]]:
    items: list[tuple[int, dict[str, Any]]] = []
    if fields is not None and not isinstance(fields, list):
        return items, [_not_text(number, "fields")]
    wrong = []
    for place, item in enumerate(fields or []):
        here = f"fields[{place}]"
        if not isinstance(item, Mapping):
            wrong.append(_not_text(number, here))
            continue
        wrong += [_unknown(number, f"{here}.{name}") for name in item if name not in ITEM_WORDS]
        odd = [n for n, v in item.items() if not _is_text(v)]
        wrong += [_not_text(number, f"{here}.{name}") for name in odd]
        items.append((place, {k: v for k, v in item.items() if k in ITEM_WORDS and k not in odd}))
    return items, wrong


def _is_text(value: Any) -> bool:
    """What a database keeps as text: no NUL, no half of a character."""
    if not isinstance(value, str):
        return value is None or isinstance(value, int)
    return not _BROKEN.search(value)


def _unknown(number: int, name: str) -> RowError:
    sentence = Sentence(en=f"There is no “{name}” in an entry.", zh=f"目录条目没有“{name}”这一项。")
    return RowError("", number, name, "unknown_field", sentence)


def _not_text(number: int, name: str) -> RowError:
    sentence = Sentence(en="This is not of the kind expected.", zh="此处的类型不符合要求。")
    return RowError("", number, name, "not_text", sentence)


_TAKE_THE_FORM = Sentence(
    en="`gongshu catalog template` or the import page gives the form.",
    zh="可在导入页面或用 `gongshu catalog template` 获取模板。",
)


def _no_form(en: str, zh: str) -> BadInput:
    return BadInput(
        "no_catalogue_form",
        Sentence(en=f"This is no catalogue form: {en}.", zh=f"该文件不是目录模板：{zh}。"),
        suggestion=_TAKE_THE_FORM,
    )
