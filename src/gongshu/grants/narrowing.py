"""Whether a grant asks for no more than the owner of a dataset allowed: pure, no database.

A grant can only narrow. What it leaves unsaid is taken from the owner's terms (`compose`);
what it says must not go beyond them (`narrows`), which names each key that does:

>>> owner = Ceiling.model_validate({"columns": {"beds": ["group"]}})
>>> asked = Dataset.model_validate({"columns": {"beds": ["group", "show"]}})
>>> [v.field for v in dataset_narrows(owner, asked, at="datasets.health.hospitals")]
['datasets.health.hospitals.columns.beds.rights']
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field, StrictBool

from gongshu.data.policy.terms import (
    CellKey,
    Column,
    Dataset,
    DifferentialPrivacy,
    Mask,
    Output,
    Protection,
    Terms,
    Text,
    Threshold,
)
from gongshu.wording import Sentence


class Ceiling(Dataset):
    """An owner's own terms: the fragment of a grant's terms, and how far grants may go."""

    purposes: Annotated[list[Text], Field(min_length=1)] | None = None
    output: Output = Output.AGGREGATE  # rows leave only where the owner says so
    protection: Protection | None = None
    history: StrictBool = False

    @property
    def least_k(self) -> int:
        return max(self.k or 1, getattr(self.protection, "k", 1))


@dataclass(frozen=True, slots=True)
class Violation:
    """One key of the terms that goes beyond the owner's."""

    field: str
    sentence: Sentence


# What leaves more comes first; a narrower grant stands at the same place or further on.
WIDTH = [Output.ROWS, Output.AGGREGATE, Output.CHECK]
# Masks that show strictly less than another: a year is read off a month, nothing off NULL.
NARROWER_MASKS = {Mask.MONTH: {Mask.YEAR}}


def compose(owner: Ceiling, asked: Dataset | None) -> Dataset:
    """The asked terms, with what they leave unsaid taken from the owner's."""
    if asked is None:
        kept = {name: getattr(owner, name) for name in Dataset.model_fields}
        return Dataset.model_construct(_fields_set=owner.model_fields_set & set(kept), **kept)
    columns = {
        name: _composed(owner.column(name), column) for name, column in asked.columns.items()
    }
    if "*" in asked.columns:
        # "*" speaks for all that is not named; what the owner named keeps the owner's conditions.
        for name, column in owner.columns.items():
            if name not in columns:
                columns[name] = _composed(column, asked.columns["*"])
    said: dict[str, Any] = {
        "columns": columns,
        "unit": asked.unit or owner.unit,
        "k": max(asked.k or 0, owner.k or 0) or None,
        "where": both_filters(owner.where, asked.where),
        "quasi": list(dict.fromkeys([*(owner.quasi or ()), *(asked.quasi or ())])) or None,
    }
    return Dataset.model_construct(**{name: v for name, v in said.items() if v is not None})


def _composed(owner: Column | None, asked: Column) -> Column:
    if owner is None:
        return asked
    unsaid = {
        name: getattr(owner, name)
        for name in ("min", "max", "mask", "bucket")
        if getattr(asked, name) is None and getattr(owner, name) is not None
    }
    if "measure" not in asked.rights:  # clamps belong to a measure
        unsaid = {name: value for name, value in unsaid.items() if name not in ("min", "max")}
    if asked.mask is not None:
        unsaid.pop("bucket", None)  # never both; `narrows` says whether the mask is enough
    return Column.model_construct(
        _fields_set=asked.model_fields_set | set(unsaid),
        **{name: unsaid.get(name, getattr(asked, name)) for name in Column.model_fields},
    )


def both_filters(owner: str | None, asked: str | None) -> str | None:
    """Rows that pass both; each is parsed alone, so that neither can close the other's brackets.

    >>> both_filters("district IN ('East')", "year > 2020 OR year IS NULL")
    "(district IN ('East')) AND (year > 2020 OR year IS NULL)"
    """
    if owner is None or asked is None:
        return owner if asked is None else asked
    wanted = dict.fromkeys([*_conjuncts(owner), *_conjuncts(asked)])
    return " AND ".join(f"({one})" for one in wanted)


class BadFilter(ValueError):
    """A row filter that is not one condition."""


def _conjuncts(where: str) -> list[str]:
    # Here: the parser takes a fifth of a second to load, and few commands read a filter.
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    try:
        statements = sqlglot.parse(where, dialect="duckdb")
    except SqlglotError:
        raise BadFilter(where) from None
    if len(statements) != 1 or not isinstance(statements[0], exp.Condition):
        raise BadFilter(where)
    found = statements[0].unnest()
    parts = found.flatten() if isinstance(found, exp.And) else [found]
    return [part.unnest().sql(dialect="duckdb", comments=False) for part in parts]


def narrows(owner: Ceiling, asked: Terms, name: str) -> list[Violation]:
    """What in a whole grant goes beyond the owner's terms of the dataset `name`; [] if nothing."""
    dataset = asked.datasets[name]
    found = list(_grant_narrows(owner, asked, dataset))
    return found + dataset_narrows(owner, dataset, at=f"datasets.{name}")


def _grant_narrows(owner: Ceiling, asked: Terms, dataset: Dataset) -> Iterator[Violation]:
    foreign = sorted(set(asked.purposes) - set(owner.purposes or asked.purposes))
    if foreign:
        yield _beyond(
            "purposes",
            f"the purposes {', '.join(foreign)} are not among the owner's",
            f"用途{'、'.join(foreign)}不在提供方允许的用途之内",
        )
    if WIDTH.index(asked.output) < WIDTH.index(owner.output):
        yield _beyond(
            "output",
            f"the owner lets out “{owner.output}” at most",
            f"提供方最多允许“{owner.output}”输出",
        )
    if owner.history and not asked.history:
        yield _beyond("history", "the owner requires “history”", "提供方要求启用“history”")
    yield from _protection_narrows(owner, asked)
    if max(dataset.k or 1, getattr(asked.protection, "k", 1)) < owner.least_k and not isinstance(
        asked.protection, DifferentialPrivacy
    ):
        yield _beyond(
            "protection.k",
            f"the owner requires k of at least {owner.least_k}",
            f"提供方要求 k 不小于 {owner.least_k}",
        )


def _protection_narrows(owner: Ceiling, asked: Terms) -> Iterator[Violation]:
    theirs, ours = owner.protection, asked.protection
    if theirs is None:
        return
    weaker = _beyond(
        "protection",
        f"the owner requires the protection “{theirs.method}”",
        f"提供方要求采用“{theirs.method}”保护方法",
    )
    if isinstance(theirs, DifferentialPrivacy):
        if not isinstance(ours, DifferentialPrivacy):
            yield weaker
            return
        for name in ("epsilon", "delta", "budget"):
            if getattr(ours, name) > getattr(theirs, name):
                yield _looser(f"protection.{name}", getattr(theirs, name), most=True)
        return
    # cell_key is threshold with noise on top; a proof of another kind (dp) replaces neither
    # without the owner's word.
    if not isinstance(ours, CellKey if isinstance(theirs, CellKey) else Threshold | CellKey):
        yield weaker
        return
    if isinstance(theirs, CellKey) and isinstance(ours, CellKey) and ours.spread < theirs.spread:
        yield _looser("protection.spread", theirs.spread, most=False)
    for name in ("largest", "two"):
        if getattr(ours.dominance, name) > getattr(theirs.dominance, name):
            yield _looser(
                f"protection.dominance.{name}", getattr(theirs.dominance, name), most=True
            )
    if ours.dominance.p < theirs.dominance.p:
        yield _looser("protection.dominance.p", theirs.dominance.p, most=False)


def dataset_narrows(owner: Ceiling, asked: Dataset, *, at: str) -> list[Violation]:
    """What in one dataset's fragment goes beyond the owner's."""
    found = []
    if owner.unit is not None and asked.unit != owner.unit:
        found.append(
            _beyond(
                f"{at}.unit",
                f"the owner's privacy unit is “{owner.unit.column}” ({owner.unit.space})",
                f"提供方规定的隐私单元为“{owner.unit.column}”（{owner.unit.space}）",
            )
        )
    if owner.k is not None and (asked.k or 1) < owner.k:
        found.append(_looser(f"{at}.k", owner.k, most=False))
    if missing := sorted(set(owner.quasi or ()) - set(asked.quasi or ())):
        found.append(
            _beyond(
                f"{at}.quasi",
                f"the owner counts {', '.join(missing)} among the quasi-identifiers",
                f"提供方将{'、'.join(missing)}列为准标识符",
            )
        )
    found += _filter_narrows(owner, asked, at)
    for name, column in asked.columns.items():
        found += _column_narrows(owner.column(name), column, f"{at}.columns.{name}")
    if "*" in asked.columns:
        # "*" also speaks for the columns that the owner named and this grant does not.
        for name in owner.columns.keys() - asked.columns.keys():
            found += _column_narrows(owner.column(name), asked.columns["*"], f"{at}.columns.*")
    return found


def _filter_narrows(owner: Dataset, asked: Dataset, at: str) -> list[Violation]:
    try:
        ours = set(_conjuncts(asked.where)) if asked.where else set()
    except BadFilter:
        return [
            _beyond(f"{at}.where", "this is not one condition", "此处不是一个筛选条件"),
        ]
    if owner.where is None or set(_conjuncts(owner.where)) <= ours:
        return []
    return [
        _beyond(f"{at}.where", "the owner's row filter is missing", "缺少提供方规定的行筛选条件"),
    ]


def _column_narrows(owner: Column | None, asked: Column, at: str) -> list[Violation]:
    if owner is None:
        return [_beyond(at, "the owner does not offer this column", "提供方未开放此列")]
    found = []
    for key in ("rights", "functions"):
        more = sorted(getattr(asked, key) - getattr(owner, key))
        if more:
            found.append(
                _beyond(
                    f"{at}.{key}",
                    f"the owner does not give {', '.join(more)}",
                    f"提供方未给予{'、'.join(more)}",
                )
            )
    if not _value_narrower(owner, asked):
        how = f"mask {owner.mask}" if owner.mask else f"bucket {owner.bucket}"
        found.append(
            _beyond(
                f"{at}.{'mask' if owner.mask else 'bucket'}",
                f"the owner shows this column only with {how}",
                f"提供方仅以 {how} 的形式提供此列",
            )
        )
    if owner.min is not None and (asked.min is None or asked.min < owner.min) and asked.functions:
        found.append(_looser(f"{at}.min", owner.min, most=False))
    if owner.max is not None and (asked.max is None or asked.max > owner.max) and asked.functions:
        found.append(_looser(f"{at}.max", owner.max, most=True))
    return found


def _value_narrower(owner: Column, asked: Column) -> bool:
    """Whether the values that `asked` works on tell no more than the owner's."""
    if asked.mask == Mask.REDACT:
        return True
    if owner.mask is not None:
        return asked.mask == owner.mask or asked.mask in NARROWER_MASKS.get(owner.mask, ())
    if owner.bucket is not None:
        # Buckets of 10 are unions of buckets of 5; buckets of 7 would cut through them.
        return asked.mask is None and asked.bucket is not None and asked.bucket % owner.bucket == 0
    return True


def _beyond(field: str, en: str, zh: str) -> Violation:
    return Violation(
        field,
        Sentence(
            en=f"“{field}” goes beyond the owner's terms: {en}.",
            zh=f"“{field}”超出提供方的条款：{zh}。",
        ),
    )


def _looser(field: str, bound: float, *, most: bool) -> Violation:
    en = f"it is {'at most' if most else 'at least'} {bound}"
    return _beyond(field, en, f"应{'不大于' if most else '不小于'} {bound}")
