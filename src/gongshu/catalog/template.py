"""Write the ministry's Excel form: empty to be filled in, or holding the entries of a catalogue.

Two sheets, resources and items, with the guide's Chinese headers, drop-downs for the closed
lists and a sheet that explains each column. `template_reader` reads what comes back; written
and read again, an entry is the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from gongshu.catalog.template_words import (
    CLASSES,
    EXPLANATION,
    ITEMS,
    RESOURCES,
    SHEETS,
    Column,
    labels,
)
from gongshu.rules.problems import BadInput
from gongshu.wording import Sentence

MOST_ROWS = 1_048_575  # of one sheet, besides its header
LONGEST_CELL = 32_767
HEAD = PatternFill("solid", fgColor="DCE6F1")
LISTED = 20_000  # rows that the drop-downs reach in an empty form


def write_workbook(path: Path, records: Iterable[Mapping[str, Any]] = ()) -> int:
    """The form with these entries (`exchange.record_of`); how many."""
    book = Workbook(write_only=True)
    sheets = {name: _sheet(book, name) for name in SHEETS}
    words = {name: {c.name: labels(name, c.name) for c in SHEETS[name]} for name in SHEETS}
    _explain(book)
    count = items = 0
    for count, record in enumerate(records, start=1):
        code = str(record["code"])
        row = _told(record)
        sheets[RESOURCES].append(_cells(sheets[RESOURCES], RESOURCES, row, words, code))
        for item in record.get("fields", ()):
            items += 1
            cells = _cells(sheets[ITEMS], ITEMS, {"code": code, **item}, words, code)
            sheets[ITEMS].append(cells)
        if max(count, items) > MOST_ROWS:
            raise _not_for_excel(code, "the sheet is full", "工作表已满")
    book.save(path)
    return count


def _sheet(book: Workbook, name: str) -> Any:
    sheet = book.create_sheet(name)
    sheet.freeze_panes = "B2"
    for number, column in enumerate(SHEETS[name], start=1):
        letter = get_column_letter(number)
        sheet.column_dimensions[letter].width = max(14, 2 * len(column.heading) + 4)
        words = labels(name, column.name)
        if words:
            listed = DataValidation("list", formula1=f'"{",".join(words.values())}"')
            listed.add(f"{letter}2:{letter}{LISTED}")
            sheet.data_validations.append(listed)
    sheet.append([_head(sheet, column.heading) for column in SHEETS[name]])
    return sheet


def _explain(book: Workbook) -> None:
    sheet = book.create_sheet(EXPLANATION)
    for letter, width in zip("ABCD", (12, 22, 60, 60), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.append([_head(sheet, text) for text in ("工作表", "列", "说明", "Explanation")])
    for name, columns in SHEETS.items():
        for column in columns:
            sheet.append([name, column.heading, *_notes(name, column)])


def _notes(sheet: str, column: Column) -> tuple[str, str]:
    words = labels(sheet, column.name)
    zh, en = column.note.zh, column.note.en
    if words:
        zh += f"可填：{'、'.join(words.values())}。"
        en += f" One of: {', '.join(words)}."
    if column.owed:
        zh, en = f"必填。{zh}", f"Owed. {en}"
    return zh, en


def _head(sheet: Any, text: str) -> Any:
    cell = WriteOnlyCell(sheet, value=text)
    cell.font, cell.fill = Font(bold=True), HEAD
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    return cell


def _told(record: Mapping[str, Any]) -> dict[str, Any]:
    """With what the guide lists and follows from something else."""
    first = str(record.get("resource_code", ""))[:1]
    return {"class": CLASSES.get(first, ""), **record}


def _cells(
    sheet: Any,
    name: str,
    row: Mapping[str, Any],
    words: Mapping[str, Mapping[str, Mapping[str, str]]],
    code: str,
) -> list[Any]:
    found = []
    for column in SHEETS[name]:
        value = row.get(column.name)
        text = "" if value is None else str(value)
        text = words[name][column.name].get(text, text)
        if len(text) > LONGEST_CELL or ILLEGAL_CHARACTERS_RE.search(text):
            raise _not_for_excel(
                code,
                f"“{column.name}” is longer than a cell or has a control character",
                f"“{column.header}”超过单元格长度或含有控制字符",
            )
        found.append(_cell(sheet, text))
    return found


def _cell(sheet: Any, text: str) -> Any:
    """Text stays text: no formula (=…), no error (#N/A), no escape (_x0041_)."""
    if not text:
        return None
    if text[0] not in "=#":
        return text.replace("_x", "_x005F_x") if "_x" in text else text
    cell = WriteOnlyCell(sheet, value=text)
    cell.data_type = "s"
    return cell


def _not_for_excel(code: str, en: str, zh: str) -> BadInput:
    return BadInput(
        "not_for_excel",
        Sentence(en=f"{code} does not fit into Excel: {en}.", zh=f"{code} 无法写入 Excel：{zh}。"),
        suggestion=Sentence(en="Export as JSON instead.", zh="请改为导出 JSON。"),
    )
