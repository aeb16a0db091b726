"""What may be shown of a protected table to those who may not see the table.

It must not change when one person's rows are added, removed or replaced. Everything counted or
decided from the values can tip over with one row: a count, an extreme, "complete", "unique", a
semantic type at 95 %, the power of ten of the number of rows. So nothing of that is here. What
remains is the table's structure and what follows from it alone: names, broad types (integers,
decimals and floats are one, because one person's value can widen a type), the kind that a name
suggests, and the level that this kind proposes.

More than that is for the owner to declare: the order of the number of rows, and for a column
its `type`, `semantic_type` and `level`. A declaration is published because the owner said it,
and stays until the owner says otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gongshu.data.profiling.grades import propose_grade
from gongshu.data.profiling.json_values import to_json
from gongshu.data.profiling.kinds import BY_CODE, Kind
from gongshu.data.profiling.semantics import coarse, kind_of, recognise
from gongshu.wording import Sentence

_NOTE = Sentence(
    en="Judged by the names of the columns only, except what the owner declared.",
    zh="仅依据列名判断，数据提供方声明的除外。",
)


HIGHEST_LEVEL = 4


def public_view(
    structure: Sequence[tuple[str, str]],
    declared: Mapping[str, Mapping[str, Any]],
    *,
    rows: int | None = None,
    about_people: bool | None = None,
) -> dict[str, Any]:
    """`structure`: (name, type) by column."""
    said = [declared.get(name, {}) for name, _ in structure]
    types = [d.get("type") or coarse(t) for d, (_, t) in zip(said, structure, strict=True)]
    kinds = [
        _kind(d, name, family) for d, (name, _), family in zip(said, structure, types, strict=True)
    ]
    grade = propose_grade(kinds, personal=about_people)
    columns = [
        _column(name, family, kind, level.level, level.reason, d)
        for (name, _), family, kind, level, d in zip(
            structure, types, kinds, grade.columns, said, strict=True
        )
    ]
    view: dict[str, Any] = {
        "format": "gongshu-public-profile/1",
        "columns": columns,
        "category": grade.category,
        "level": max((c["level"] or HIGHEST_LEVEL for c in columns), default=1),
        "note": to_json(_NOTE),
    }  # fmt: skip
    if rows is not None:
        view["rows"] = _order_of_magnitude(rows)
    return view


def _kind(declared: Mapping[str, Any], name: str, family: str) -> Kind | None:
    if "semantic_type" in declared:
        # A word of the owner's own is shown, but proposes no level.
        return BY_CODE.get(declared["semantic_type"] or "")
    return kind_of(recognise(name, family, ()))


def _column(
    name: str, family: str, kind: Kind | None, level: int, reason: Any, said: Mapping[str, Any]
) -> dict[str, Any]:
    # Important and core data stand above the levels, which divide general data only.
    above = said.get("grade") in ("important", "core")
    is_declared = above or said.get("level") is not None
    return {
        "name": name,
        "type": family,
        "semantic_type": said["semantic_type"] if "semantic_type" in said else _code(kind),
        "title": to_json(kind.title) if kind else None,
        "grade": said["grade"] if above else "general",
        "level": None if above else said["level"] if is_declared else level,
        "level_basis": "declared" if is_declared else "name",
        "level_reason": None if is_declared else to_json(reason),
    }


def _code(kind: Kind | None) -> str | None:
    return kind.code if kind else None


def _order_of_magnitude(rows: int) -> int:
    """The power of ten at or below: 48,842 → 10,000."""
    return 0 if rows < 1 else 10 ** (len(str(int(rows))) - 1)
