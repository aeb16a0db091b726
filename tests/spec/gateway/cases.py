"""Reads the corpus: one case is a title, what is expected, and a query.

    -- case: a method call hides a column from a search for columns
    -- expect: refused not_allowed
    SELECT t.income.upper() FROM health.persons t

For a refusal, `at` is the LINE:COLUMN it points to and `suggests` a part of the suggestion.
`expect` is `refused CODE [CODE …]`, `answered`, or `rows JSON` (the answer's rows, in order where
the query orders them). `terms` names a variant of `world.terms`, `params` is a JSON list.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
_FIELD = re.compile(r"^-- (case|expect|terms|params|withheld|at|suggests): ?(.*)$")


@dataclass(frozen=True)
class Case:
    file: str
    title: str
    sql: str
    expect: str
    terms: str = "main"
    params: tuple[Any, ...] = ()
    withheld: bool | None = None
    at: str = ""
    suggests: str = ""

    @property
    def refused(self) -> tuple[str, ...]:
        return tuple(self.expect.split()[1:]) if self.expect.startswith("refused") else ()

    @property
    def rows(self) -> list[list[Any]] | None:
        return json.loads(self.expect[5:]) if self.expect.startswith("rows ") else None

    @property
    def id(self) -> str:
        return f"{self.file}: {self.title}"


def read(path: Path) -> list[Case]:
    cases: list[Case] = []
    fields: dict[str, str] = {}
    lines: list[str] = []

    def finish() -> None:
        if fields:
            cases.append(_case(path, fields, "\n".join(lines).strip()))

    for line in path.read_text("utf-8").split("\n"):
        match = _FIELD.match(line)
        if match and match[1] == "case":
            finish()
            fields, lines = {"case": match[2]}, []
        elif match:
            fields[match[1]] = match[2]
        else:
            lines.append(line)
    finish()
    return cases


def _case(path: Path, fields: dict[str, str], sql: str) -> Case:
    assert sql, (path, fields)
    return Case(
        path.stem,
        fields["case"],
        sql,
        fields["expect"],
        fields.get("terms", "main"),
        tuple(json.loads(fields.get("params", "[]"))),
        {"yes": True, "no": False}.get(fields.get("withheld", "")),
        fields.get("at", ""),
        fields.get("suggests", ""),
    )


def corpus() -> list[Case]:
    return [case for path in sorted(FOLDER.glob("*.sql")) for case in read(path)]
