"""Where two datasets say different things of the same: same key, same column, other value.

    contradictions(a, b, by)         # the key and the columns are found
    contradictions(a, b, by, key=("school_no", "no"))

Matched by one key column on each side: the declared keys where they mean the same, else what
the copies of a datum are matched by (`copies.shared_key`). Counts tell who is in a table, so they
are for whoever may be told of overlaps (`joins.may_compare`); the values themselves for whoever
may see both tables in full. One pair of columns is read at a time, and what does not fit spills.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from gongshu.catalog import changes, selectors
from gongshu.catalog.copies import shared_key
from gongshu.catalog.joins import may_compare
from gongshu.catalog.models import Dataset, Field, Version
from gongshu.rules.agents import Agent
from gongshu.rules.problems import BadInput, Conflict, Forbidden
from gongshu.wording import Sentence

MOST_COLUMNS = 30
EXAMPLES = 5
# One value of these belongs to one person or body, whatever the column is called.
TELLING = frozenset(
    {"resident_id", "credit_code", "mobile", "email", "person_name", "sex", "birth_date"}
)


@dataclass(frozen=True)
class Contradiction:
    columns: tuple[str, str]
    matched: int  # keys on both sides with one value or none
    differing: int
    blank: int  # only one of the two has a value
    share: float | None  # differing, of those with a value on both sides
    examples: tuple[tuple[str, str, str], ...]  # key, here, there; for whoever may read both

    def as_dict(self) -> dict[str, Any]:
        return {
            "columns": list(self.columns),
            "matched": self.matched,
            "differing": self.differing,
            "blank": self.blank,
            "share": self.share,
            "examples": [
                {"key": key, "here": here, "there": there} for key, here, there in self.examples
            ],
        }


@dataclass(frozen=True)
class Contradictions:
    datasets: tuple[str, str]
    versions: tuple[int, int]
    key: tuple[str, str]
    found: tuple[Contradiction, ...]  # most contradicting first

    def as_dict(self) -> dict[str, Any]:
        return {
            "datasets": list(self.datasets),
            "versions": list(self.versions),
            "key": list(self.key),
            "columns": [one.as_dict() for one in self.found],
        }


def contradictions(
    mine: Dataset, other: Dataset, by: Agent, *, key: tuple[str, str] | None = None
) -> Contradictions:
    if not may_compare(mine, other, by):
        raise Forbidden(
            "not_comparable",
            Sentence(
                en="How these two datasets differ is told to whoever holds both, and to the "
                "data bureau.",
                zh="两个数据集的差异仅向两者的提供方和数据管理部门显示。",
            ),
        )
    if mine.pk == other.pk:
        raise BadInput(
            "same_dataset",
            Sentence(en="Name two different datasets.", zh="请选择两个不同的数据集。"),
            field="other",
        )
    versions = _version(mine), _version(other)
    matched = key or _key(mine, other)
    pairs = _pairs(mine, other, matched)
    full = all(selectors.may_see_full_profile(one, by) for one in (mine, other))
    found = [_compare(versions, matched, pair, full) for pair in pairs]
    return Contradictions(
        (mine.code, other.code),
        (versions[0].number, versions[1].number),
        matched,
        tuple(sorted(found, key=lambda one: (-(one.share or 0), one.columns))),
    )


def _compare(
    versions: tuple[Version, Version], key: tuple[str, str], pair: tuple[str, str], full: bool
) -> Contradiction:
    from gongshu.data.disagreement import compared, differing  # here: it loads DuckDB

    left, right = (selectors.files(version) for version in versions)
    told = compared(left, right, key=key, value=pair)
    shown = full and told.differing
    return Contradiction(
        columns=pair,
        matched=told.matched,
        differing=told.differing,
        blank=told.blank,
        share=told.rate,
        examples=tuple(differing(left, right, key=key, value=pair, limit=EXAMPLES))
        if shown
        else (),
    )


def _version(dataset: Dataset) -> Version:
    found = selectors.latest(dataset)
    if found is None:
        raise Conflict(
            "no_version",
            Sentence(en=f"{dataset.code} has no data yet.", zh=f"{dataset.code} 尚无数据。"),
        )
    return found


def _key(mine: Dataset, other: Dataset) -> tuple[str, str]:
    declared = [changes.key_of(one) for one in (mine, other)]
    if all(len(columns) == 1 for columns in declared):
        ours, theirs = (
            one.fields.get(name=columns[0])
            for one, columns in zip((mine, other), declared, strict=True)
        )
        if _same(ours, theirs):
            return ours.name, theirs.name
    found = shared_key(mine, other)
    if found is None:
        raise Conflict(
            "no_common_key",
            Sentence(
                en=f"{mine.code} and {other.code} have no key in common.",
                zh=f"{mine.code} 与 {other.code} 没有共同的主键。",
            ),
            suggestion=Sentence(
                en="Declare their keys, or name one column of each.",
                zh="请声明各自的主键，或分别指定一列。",
            ),
        )
    return found


def _pairs(mine: Dataset, other: Dataset, key: tuple[str, str]) -> list[tuple[str, str]]:
    """Columns of one meaning, each at most once."""
    ours, theirs = ({f.name: f for f in one.fields.all()} for one in (mine, other))
    for name, known, dataset in ((key[0], ours, mine), (key[1], theirs, other)):
        if name not in known:
            raise BadInput(
                "unknown_column",
                Sentence(
                    en=f"{dataset.code} has no column “{name}”.",
                    zh=f"{dataset.code} 没有列“{name}”。",
                ),
                field="key",
            )
    left = [field for name, field in ours.items() if name != key[0]]
    right = [field for name, field in theirs.items() if name != key[1]]
    pairs: list[tuple[str, str]] = []
    for field in left:
        match = _match(field, left, right)
        if match and match.name not in {taken for _, taken in pairs}:
            pairs.append((field.name, match.name))
    return pairs[:MOST_COLUMNS]


def _match(field: Field, left: Iterable[Field], right: Iterable[Field]) -> Field | None:
    named = [one for one in right if _names(field) & _names(one)]
    if named:
        return named[0]
    kind = field.semantic_type
    meant = [one for one in right if one.semantic_type == kind]
    alone = len(meant) == 1 and sum(one.semantic_type == kind for one in left) == 1
    return meant[0] if kind in TELLING and alone else None


def _same(one: Field, other: Field) -> bool:
    meaning = bool(one.semantic_type) and one.semantic_type == other.semantic_type
    return meaning or bool(_names(one) & _names(other))


def _names(field: Field) -> set[str]:
    said = (field.name, field.title_zh, field.title_en)
    return {"".join(c for c in one.lower() if c.isalnum()) for one in said} - {""}
