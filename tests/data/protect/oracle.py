"""The threshold's semantics once more, slowly and without SQL: who is in which cell.

Written from the contract (docs of the terms), not from the checker: rows without a unit do not
exist; a cell has distinct units, not rows; a figure needs k units with a value and none that
dominates; a condition needs k units inside and outside; a row with no figure left is absent.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

Row = dict[str, Any]
Cell = list[Row]


@dataclass(frozen=True)
class Question:
    keys: tuple[str, ...]
    where: tuple[str, str, Any] | None
    figures: tuple[str, ...]
    joined: bool

    @property
    def sql(self) -> str:
        table = "d.people AS p"
        if self.joined:
            table += " JOIN d.trips AS t ON p.id = t.id"
        items = [f"p.{key} AS {key}" for key in self.keys]
        items += [f"{SQL[figure]} AS {figure}" for figure in self.figures]
        sql = f"SELECT {', '.join(items)} FROM {table}"
        if self.where:
            column, operator, value = self.where
            sql += f" WHERE p.{column} {operator} {value!r}"
        if self.keys:
            sql += " GROUP BY " + ", ".join(f"p.{key}" for key in self.keys)
        return sql


SQL = {
    "n": "count(*)",
    "u": "count(DISTINCT p.id)",
    "s": "sum(p.x)",
    "m": "avg(p.x)",
    "f": "count(*) FILTER (WHERE p.c = 'a')",
    "q": "sum(CASE WHEN p.c = 'a' THEN p.x ELSE 0 END)",
}
LOW, HIGH = 0, 100


def answer(
    question: Question, people: Sequence[Row], trips: Sequence[Row], k: int, rule: tuple[float, ...]
) -> list[tuple[Any, ...]]:
    cells: dict[tuple[Any, ...], Cell] = defaultdict(list)
    for row in _rows(question, people, trips):
        cells[tuple(row[key] for key in question.keys)].append(row)
    if not question.keys:
        return [tuple(_figures(question, cells.get((), []), k, rule))]
    out = []
    for key, cell in cells.items():
        if _units(cell) < k:
            continue
        figures = _figures(question, cell, k, rule)
        if any(figure is not None for figure in figures):
            out.append((*key, *figures))
    return out


def _rows(question: Question, people: Sequence[Row], trips: Sequence[Row]) -> list[Row]:
    rows = [row for row in people if row["id"] is not None]
    if question.where:
        rows = [row for row in rows if _holds(row, *question.where)]
    if question.joined:
        rows = [row for row in rows for trip in trips if trip["id"] == row["id"]]
    return rows


def _holds(row: Row, column: str, operator: str, value: Any) -> bool:
    tests: dict[str, Callable[[Any, Any], bool]] = {
        "=": lambda a, b: a == b,
        "<>": lambda a, b: a != b,
        ">=": lambda a, b: a >= b,
    }
    return row[column] is not None and tests[operator](row[column], value)


def _units(cell: Cell) -> int:
    return len({row["id"] for row in cell})


def _figures(question: Question, cell: Cell, k: int, rule: tuple[float, ...]) -> list[Any]:
    if _units(cell) < k:
        return [None] * len(question.figures)
    inside = [row for row in cell if row["c"] == "a"]
    outside = [row for row in cell if row["c"] != "a"]
    split = _units(inside) >= k and (k == 1 or _units(outside) >= k)
    out: list[Any] = []
    for figure in question.figures:
        if figure == "n":
            out.append(len(cell))
        elif figure == "u":
            out.append(_units(cell))
        elif figure == "f":
            out.append(len(inside) if split else None)
        elif figure == "q":
            out.append(_sum(inside, k, rule) if split else None)
        else:
            total = _sum(cell, k, rule)
            count = sum(row["x"] is not None for row in cell)
            out.append(total / count if figure == "m" and total is not None else total)
    return out


def _sum(cell: Cell, k: int, rule: tuple[float, ...]) -> int | None:
    totals: dict[Any, int] = defaultdict(int)
    for row in cell:
        if row["x"] is not None:
            totals[row["id"]] += min(max(row["x"], LOW), HIGH)
    if len(totals) < k:
        return None
    sizes = sorted((abs(total) for total in totals.values()), reverse=True)
    everything, first, second = sum(sizes), sizes[0], sizes[1] if len(sizes) > 1 else 0
    largest, two, p = rule
    if first > largest * everything or first + second > two * everything:
        return None
    if everything - first - second < p * first:
        return None
    return sum(totals.values())
