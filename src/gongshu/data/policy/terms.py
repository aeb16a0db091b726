"""The terms of a grant: who may do what, with which columns, for what, until when.

One pydantic model is the schema of the YAML and JSON form. What the terms do not name has no
right; an unknown key, or a key that is present but empty, is an error and never a default:

>>> terms = Terms.model_validate({
...     "grantee": "public", "purposes": ["planning"],
...     "term": {"from": "2026-12-01", "until": "2029-11-30"}, "output": "aggregate",
...     "datasets": {"health.hospitals": {"columns": {"*": ["show", "group"]}}}})
>>> sorted(str(right) for right in terms.datasets["health.hospitals"].column("beds").rights)
['group', 'show']
>>> try:
...     Terms.model_validate({"grantee": None})
... except TermsProblem as problem:
...     print(problem.field)
grantee
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictInt,
    ValidationError,
    model_validator,
)

from gongshu.data.policy.terms_problems import TermsProblem, first_problem, refuse_nulls

SHANGHAI = timezone(timedelta(hours=8))


class Right(StrEnum):
    SHOW = "show"
    GROUP = "group"
    FILTER = "filter"
    JOIN = "join"
    MEASURE = "measure"


class Mask(StrEnum):
    LAST4 = "last4"
    FIRST1 = "first1"
    HASH = "hash"
    REDACT = "redact"
    YEAR = "year"
    MONTH = "month"


class Output(StrEnum):
    ROWS = "rows"
    AGGREGATE = "aggregate"
    CHECK = "check"


class Function(StrEnum):
    """What `functions` may name; `min` and `max` only where a dataset is about nobody."""

    SUM = "sum"
    AVG = "avg"
    STDDEV_SAMP = "stddev_samp"
    COUNT = "count"
    COUNT_DISTINCT = "count_distinct"
    MIN = "min"
    MAX = "max"


def _no_bool(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("a number is wanted")
    return value


def _finite(value: float) -> float:
    if value != value or value in (float("inf"), float("-inf")):
        raise ValueError("a finite number is wanted")
    return value


Number = Annotated[int | float, BeforeValidator(_no_bool), AfterValidator(_finite)]
Share = Annotated[Number, Field(ge=0, le=1)]
Text = Annotated[str, Field(min_length=1, max_length=400, strict=True)]


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    @classmethod
    def model_validate(cls, obj: Any, **options: Any) -> Self:
        """As pydantic's, but a mistake is a `TermsProblem` in both languages."""
        refuse_nulls(obj)
        try:
            return super().model_validate(obj, **options)
        except ValidationError as error:
            raise first_problem(error) from None


class Column(Model):
    """What may be done with one column."""

    rights: frozenset[Right] = Field(min_length=1)
    functions: frozenset[Function] = frozenset()
    min: Number | None = None
    max: Number | None = None
    mask: Mask | None = None
    bucket: Annotated[Number, Field(gt=0)] | None = None

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, data: Any) -> Any:
        return {"rights": data} if isinstance(data, list | tuple | set | frozenset) else data

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        aggregates = self.functions - {Function.COUNT, Function.COUNT_DISTINCT}
        measured = Right.MEASURE in self.rights
        if measured and not self.functions:
            raise ValueError("the right “measure” needs “functions”")
        if aggregates and not measured:
            raise ValueError("“functions” needs the right “measure”")
        if (self.min is not None or self.max is not None) and not measured:
            raise ValueError("“min” and “max” need the right “measure”")
        if self.min is not None and self.max is not None and self.min >= self.max:
            raise ValueError("“min” must be below “max”")
        if self.mask and (self.bucket is not None or measured):
            raise ValueError("a mask goes with neither “bucket” nor “measure”")
        return self


class Unit(Model):
    """Whose privacy: the column that names the person or firm, and the space of its values."""

    column: Text
    space: Text

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, data: Any) -> Any:
        if isinstance(data, str):
            return {"column": data, "space": data}
        if isinstance(data, Mapping) and "column" in data and "space" not in data:
            return {**data, "space": data["column"]}
        return data


class Dataset(Model):
    columns: Annotated[dict[Text, Column], Field(min_length=1)]
    unit: Unit | None = None
    k: Annotated[StrictInt, Field(ge=1)] | None = None
    where: Text | None = None
    # Columns that together may single somebody out: in an extract of rows, no combination of
    # their values belongs to fewer than k units.
    quasi: Annotated[list[Text], Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _closed_aggregates(self) -> Self:
        # With a unit the aggregates are a closed set: an extreme is one person's value.
        extremes = {Function.MIN, Function.MAX}
        if self.unit and any(column.functions & extremes for column in self.columns.values()):
            raise ValueError("“min” and “max” are no functions where a dataset has a unit")
        if self.quasi and (self.unit is None or (self.k or 1) < 2):
            raise ValueError("“quasi” needs a “unit”, and a “k” of at least 2")
        return self

    @property
    def bounded(self) -> list[str]:
        """The columns that have bounds of their own."""
        return [name for name, c in self.columns.items() if (c.min, c.max) != (None, None)]

    def column(self, name: str) -> Column | None:
        """The rights of one column; "*" speaks for those not named."""
        return self.columns.get(name) or self.columns.get("*")


class Term(Model):
    from_: date = Field(alias="from")
    until: date

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.until < self.from_:
            raise ValueError("“until” is before “from”")
        return self

    def holds(self, now: datetime) -> bool:
        """Whether `now` lies in the term; the last day is part of it, in Chinese time."""
        local = now.replace(tzinfo=SHANGHAI) if now.tzinfo is None else now.astimezone(SHANGHAI)
        return self.from_ <= local.date() <= self.until


class Basis(Model):
    statute: Text | None = None
    consent: Text | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if not (self.statute or self.consent):
            raise ValueError("a basis names a statute or a consent")
        return self


class Dominance(Model):
    """Largest unit, two largest units, and p: how closely the second could guess the first."""

    largest: Share = 0.5
    two: Share = 0.9
    p: Share = 0.1


class Threshold(Model):
    method: Literal["threshold"]
    k: Annotated[StrictInt, Field(ge=1)]
    dominance: Dominance = Dominance()


class CellKey(Model):
    method: Literal["cell_key"]
    k: Annotated[StrictInt, Field(ge=1)]
    spread: Annotated[Number, Field(gt=0)]
    dominance: Dominance = Dominance()


class DifferentialPrivacy(Model):
    method: Literal["dp"]
    epsilon: Annotated[Number, Field(gt=0)]
    delta: Annotated[Number, Field(ge=0, lt=1)]
    budget: Annotated[Number, Field(gt=0)]
    max_groups: Annotated[StrictInt, Field(ge=1)]
    max_rows: Annotated[StrictInt, Field(ge=1)]
    keys: dict[Text, list[Any]] = {}


Protection = Annotated[Threshold | CellKey | DifferentialPrivacy, Field(discriminator="method")]
_SIZE = re.compile(r"^(\d+(?:\.\d+)?)\s*(KB|MB|GB|TB|KiB|MiB|GiB)$")
_SIZES = {"KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}


def _size(text: str) -> str:
    if not _SIZE.match(text):
        raise ValueError("a size reads like 1GB or 512MB")
    return text


def size_in_bytes(text: str) -> int:
    """`1GB`, `512MiB` as a number."""
    match = _SIZE.match(text)
    assert match is not None
    return int(float(match[1]) * _SIZES[match[2]])


class Limits(Model):
    queries_per_day: Annotated[StrictInt, Field(ge=1)] = 1000
    filters_per_day: Annotated[StrictInt, Field(ge=1)] = 200
    concurrent: Annotated[StrictInt, Field(ge=1)] = 4
    seconds: Annotated[Number, Field(gt=0, le=3600)] = 30
    output_rows: Annotated[StrictInt, Field(ge=1)] = 10_000
    output_size: Annotated[Text, AfterValidator(_size)] = "64MB"  # of one answer
    rows_per_day: Annotated[StrictInt, Field(ge=1)] | None = None  # of all answers of a day
    size_per_day: Annotated[Text, AfterValidator(_size)] | None = None
    memory: Annotated[Text, AfterValidator(_size)] = "1GB"

    @property
    def memory_bytes(self) -> int:
        return size_in_bytes(self.memory)


class Terms(Model):
    """The whole terms of one grant."""

    grantee: Text
    purposes: Annotated[list[Text], Field(min_length=1)]
    term: Term
    output: Output = Output.AGGREGATE
    basis: Basis | None = None
    protection: Protection | None = None
    history: Annotated[bool, Field(strict=True)] = False
    datasets: Annotated[dict[Text, Dataset], Field(min_length=1)]
    limits: Limits = Limits()

    @model_validator(mode="after")
    def _complete(self) -> Self:
        units = [dataset.unit for dataset in self.datasets.values() if dataset.unit]
        if units and self.protection is None and self.output != Output.ROWS:
            raise ValueError("a dataset with a unit needs “protection”")
        if any(unit.space == "person" for unit in units) and self.basis is None:
            # Personal information needs a statute or a consent (PIPL art. 13).
            raise ValueError("a dataset about persons needs a “basis”")
        if any(len(name.split(".")) > 2 for name in self.datasets):
            raise ValueError("a dataset's name is <domain>.<name>")
        return self

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """The terms in a YAML or JSON file."""
        try:
            # The loader is a SafeLoader that also refuses a key given twice.
            data = yaml.load(Path(path).read_text("utf-8"), Loader=StrictLoader)  # noqa: S506
        except yaml.YAMLError as error:
            raise TermsProblem.unreadable(str(getattr(error, "problem", ""))) from None
        if not isinstance(data, dict):
            raise TermsProblem.unreadable("")
        return cls.model_validate(data)

    def as_dict(self) -> dict[str, Any]:
        """The terms as JSON values, without what was left out."""
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the terms in canonical JSON: two equal terms have one digest."""
        data = self.model_dump(mode="json", by_alias=True, exclude_none=True)
        return hashlib.sha256(_canonical(data).encode()).hexdigest()


def today(now: datetime | None) -> datetime:
    return now if now is not None else datetime.now(UTC)


def _canonical(data: Any) -> str:
    # Sets are dumped as lists in no fixed order; as rights have none, they are sorted here.
    def ordered(value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {name: ordered(item, name) for name, item in value.items()}
        if isinstance(value, list):
            items = [ordered(item) for item in value]
            return sorted(items) if key in ("rights", "functions", "purposes") else items
        return value

    return json.dumps(ordered(data), sort_keys=True, ensure_ascii=False, separators=(",", ":"))


class StrictLoader(yaml.SafeLoader):
    """YAML's last-key-wins would let a reader and the machine see two different grants."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        if len({str(key) for key in keys}) != len(keys):
            raise yaml.constructor.ConstructorError(None, None, "a key stands twice", None)
        return super().construct_mapping(node, deep=deep)
