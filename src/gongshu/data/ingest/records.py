"""Records in JSON: read one by one, found inside a document, and spread over columns.

>>> list(flat({"id": "1", "at": {"lon": "120.1", "tags": ["a", "b"]}}))
[('id', '1'), ('at.lon', '120.1'), ('at.tags', '["a", "b"]')]
>>> [one.path for one in candidates({"total": "2", "data": {"rows": [{"a": "1"}, {"a": "2"}]}})]
['data.rows']
>>> list(rows_of({"East": [{"n": "1"}], "West": [{"n": "2"}]}))
[{'key': 'East', 'n': '1'}, {'key': 'West', 'n': '2'}]
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gongshu.data.ingest.report import Report
from gongshu.data.ingest.text import TextFile
from gongshu.wording import Sentence

PIECE = 1 << 20  # characters that are read at once
LARGEST_RECORD = 16 << 20
DEEPEST = 6  # levels of keys that become columns of a mapping
Pair = tuple[str, Any]


class NotJson(Exception):
    def __init__(self, line: int, column: int) -> None:
        super().__init__(f"{line}:{column}")
        self.line, self.column = line, column


@dataclass(frozen=True)
class Candidate:
    """Something in a document that may be its records; the likeliest comes first."""

    path: str
    node: Any
    size: int
    beside: tuple[str, ...] = ()


def _object(pairs: list[Pair]) -> dict[str, Any]:
    """A key that comes twice keeps both values: `a` and `a_2`."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        unique, number = name, 2
        while unique in found:
            unique, number = f"{name}_{number}", number + 1
        found[unique] = value
    return found


def _decoder() -> json.JSONDecoder:
    """Numbers keep their digits: 1.10 is not 1.1, and 20 digits are 20 digits."""
    return json.JSONDecoder(
        object_pairs_hook=_object, parse_int=str, parse_float=str, parse_constant=str
    )


def whole(text: TextFile) -> Any:
    content = text.path.read_bytes()[text.mark :].decode("utf-8", "replace")
    try:
        return _decoder().decode(content)
    except json.JSONDecodeError as error:
        raise NotJson(error.lineno, error.colno) from None
    except RecursionError:
        raise NotJson(1, 1) from None


def lines(text: TextFile, report: Report) -> Iterator[Any]:
    """One record a line. A line that is none is counted in the report, and the others go on."""
    decoder = _decoder()
    with text.path.open(encoding="utf-8", errors="replace", newline="\n") as file:
        file.seek(text.mark)
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                record = decoder.decode(line)
            except (json.JSONDecodeError, RecursionError):
                report.reject(number, NO_JSON, line.rstrip("\r\n"))
                continue
            if isinstance(record, Mapping):
                yield record
            else:
                report.reject(number, NO_OBJECT, line.rstrip("\r\n"))


NO_JSON = Sentence(en="The line is no JSON.", zh="该行不是有效的 JSON。")
NO_OBJECT = Sentence(en="The line holds no object.", zh="该行不是 JSON 对象。")


def streamed(text: TextFile) -> Iterator[Any]:
    """The elements of one array, without holding more than one of them and a piece."""
    decoder = _decoder()
    with text.path.open(encoding="utf-8", errors="replace", newline="\n") as file:
        file.seek(text.mark)
        window = _Window(file)
        window.skip("[")
        if window.peek() == "]":
            return
        while True:
            yield window.element(decoder)
            mark = window.peek()
            if mark == "]":
                window.skip("]")
                if window.peek():
                    raise window.trouble()
                return
            window.skip(",")


class _Window:
    """A piece of the text, moved on as it is read."""

    def __init__(self, file: Any) -> None:
        self.file, self.text, self.at = file, "", 0
        self.line, self.ended = 1, False

    def _more(self) -> bool:
        self.line += self.text.count("\n", 0, self.at)
        piece = self.file.read(PIECE)
        self.text, self.at = self.text[self.at :] + piece, 0
        self.ended = not piece
        return bool(piece)

    def peek(self) -> str:
        """The next character that is no space; "" at the end."""
        while True:
            while self.at < len(self.text) and self.text[self.at] in " \t\r\n":
                self.at += 1
            if self.at < len(self.text):
                return self.text[self.at]
            if not self._more():
                return ""

    def skip(self, mark: str) -> None:
        if self.peek() != mark:
            raise self.trouble()
        self.at += 1

    def element(self, decoder: json.JSONDecoder) -> Any:
        self.peek()
        while True:
            try:
                value, end = decoder.raw_decode(self.text, self.at)
            except (json.JSONDecodeError, RecursionError):
                # It may only be cut off by the piece's end.
                if len(self.text) - self.at > LARGEST_RECORD or not self._more():
                    raise self.trouble() from None
                continue
            if end == len(self.text) and not self.ended and self._more():
                continue  # a number may go on in the next piece
            self.at = end
            return value

    def trouble(self) -> NotJson:
        line = self.line + self.text.count("\n", 0, self.at)
        return NotJson(line, self.at - self.text.rfind("\n", 0, self.at))


def flat(record: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    """Column and cell, as text; nothing where there is null."""
    for name, value in record.items():
        column = f"{above}.{name}" if above else str(name)
        if isinstance(value, Mapping) and value:
            yield from flat(value, column)
        elif isinstance(value, bool):
            yield column, "true" if value else "false"
        elif value is None:
            yield column, ""
        elif isinstance(value, str):
            yield column, value
        else:
            yield column, json.dumps(value, ensure_ascii=False)


def candidates(document: Any) -> list[Candidate]:
    """Lists and mappings of records inside; the one with most records first."""
    found = list(_search(document, "", ()))
    if not found and isinstance(document, Mapping) and document:
        found = [Candidate("", [document], 1)]  # one record by itself
    return sorted(found, key=lambda one: -one.size)


def _search(node: Any, path: str, beside: tuple[str, ...]) -> Iterator[Candidate]:
    if isinstance(node, list):
        if node:
            yield Candidate(path, node, len(node), beside)
    elif isinstance(node, Mapping):
        if _is_mapping(node):
            yield Candidate(path, node, sum(1 for _ in rows_of(node)), beside)
            return
        said = tuple(
            f"{path}.{name}: {shown}" if path else f"{name}: {shown}"
            for name, value in node.items()
            for shown in [value if isinstance(value, str) else json.dumps(value)]
            if isinstance(value, str | bool) and len(str(value)) < 200
        )
        for name, value in node.items():
            yield from _search(value, f"{path}.{name}" if path else str(name), beside + said)


def _is_mapping(node: Any) -> bool:
    """Whether its keys are values (codes, names) and not fields: alike things stand under them."""
    values = list(node.values()) if isinstance(node, Mapping) else []
    if len(values) < 2:
        return False
    if all(isinstance(one, list) for one in values):
        firsts = [one[0] for one in values if one]
        if firsts and all(isinstance(one, Mapping) for one in firsts):
            return bool(set.intersection(*(set(one) for one in firsts)))
        return not any(isinstance(one, Mapping | list) for one in firsts)
    if all(isinstance(one, Mapping) and one for one in values):
        shared = set.intersection(*(set(one) for one in values))
        return bool(shared) or all(_is_mapping(one) for one in values)
    return False


def rows_of(node: Any, depth: int = 1) -> Iterator[Any]:
    """The records of a list, or of a mapping with its keys as a column."""
    if isinstance(node, list):
        if not node and depth > 1:
            yield {}  # a key with nothing under it is a row too
        for one in node:
            yield one if isinstance(one, Mapping | list) else {"value": one}
    elif _is_mapping(node) and depth <= DEEPEST:
        for key, value in node.items():
            for record in rows_of(value, depth + 1):
                yield {_named("key", depth): key, **record}
    elif isinstance(node, Mapping):
        yield dict(node)


def _named(name: str, depth: int) -> str:
    return name if depth == 1 else f"{name}_{depth}"
