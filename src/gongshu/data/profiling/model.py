"""The profile of a table, in full for its holder and in part for everybody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gongshu.data.profiling.grades import Grade
from gongshu.data.profiling.json_values import to_json
from gongshu.data.profiling.public_view import public_view
from gongshu.data.profiling.sample_figures import Bin, TopValue
from gongshu.data.profiling.semantics import SemanticType
from gongshu.wording import Sentence

__all__ = ["Bin", "ColumnProfile", "Profile", "TopValue"]


@dataclass(frozen=True, slots=True)
class ColumnProfile:
    name: str
    # text, integer, decimal, number, date, time, timestamp, boolean, binary, other
    type: str
    storage_type: str
    rows: int
    nulls: int
    # An estimate, unless `is_unique` or the table is its own sample.
    distinct: int
    # No value occurs twice: exact. None: it may be so, and was not counted out.
    is_unique: bool | None
    min: Any
    max: Any
    mean: float | None
    shortest: int | None
    longest: int | None
    quantiles: Mapping[str, Any]
    top_values: tuple[TopValue, ...]
    histogram: tuple[Bin, ...]
    semantic_type: SemanticType | None
    # The proposal for the column (grades.py).
    level: int
    level_reason: Sentence
    # The harm to persons that the proposal rests on: general, serious, especially_serious or "".
    harm: str = ""

    @property
    def completeness(self) -> float | None:
        return 1 - self.nulls / self.rows if self.rows else None


@dataclass(frozen=True, slots=True)
class Profile:
    rows: int
    columns: tuple[ColumnProfile, ...]
    # Quantiles, histograms, top values and semantic types were read from so many rows.
    sample_rows: int
    grade: Grade
    # Columns with a different value in every row: each may be the table's key or privacy unit.
    keys: tuple[str, ...] = field(default=())
    # The owner's word on whether the table is about people, where it was given.
    about_people: bool | None = None

    def column(self, name: str) -> ColumnProfile:
        return next(c for c in self.columns if c.name == name)

    def to_dict(self) -> dict[str, Any]:
        """Everything, as JSON: for the holder of the data."""
        whole = to_json(self)
        # The columns' levels stand with the columns.
        del whole["grade"]["columns"]
        return {"format": "gongshu-profile/1", **whole}

    def public(
        self,
        *,
        rows: int | None = None,
        columns: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> dict[str, Any]:
        """What everybody may see of a protected table; see public_view.py."""
        structure = [(c.name, c.type) for c in self.columns]
        return public_view(structure, columns or {}, rows=rows, about_people=self.about_people)
