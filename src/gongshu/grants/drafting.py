"""From the terms somebody asks for to the terms a grant will hold.

The datasets in scope are found, each owner's own terms are joined in, and what goes beyond
them is refused, every key at once. The result is pinned in the grant at issue: an owner who
changes their terms later changes no grant that stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from gongshu.catalog.models import Dataset, OwnerTerms
from gongshu.catalog.selectors import files, is_current, latest, latest_owner_terms
from gongshu.data.policy import terms as model
from gongshu.data.policy.terms import Terms
from gongshu.data.policy.terms_problems import TermsProblem
from gongshu.grants.models import Kind
from gongshu.grants.narrowing import BadFilter, Ceiling, Violation, compose, narrows
from gongshu.rules.problems import BadInput
from gongshu.wording import Sentence

SCOPES = ("all", "domain", "scenario", "datasets")


@dataclass(frozen=True)
class Draft:
    """What a grant would hold, checked: nothing is written yet."""

    terms: Terms
    scope: Mapping[str, Any]
    pins: tuple[tuple[Dataset, OwnerTerms | None], ...]


class BeyondOwner(BadInput):
    """The terms ask for more than an owner allowed; `violations` names every key that does."""

    def __init__(self, violations: Iterable[Violation]) -> None:
        self.violations = tuple(violations)
        first = self.violations[0]
        others = len(self.violations) - 1
        super().__init__(
            "beyond_owner",
            Sentence(
                en=first.sentence.en + (f" ({others} more)" if others else ""),
                zh=first.sentence.zh + (f"(另有 {others} 处)" if others else ""),
            ),
            suggestion=Sentence(
                en="Ask for what the owner's terms give, or ask the owner to widen them first.",
                zh="请在提供方条款范围内申请，或先请提供方放宽条款。",
            ),
            field=first.field,
        )

    @property
    def more(self) -> dict[str, Any]:
        """For the API's problem document."""
        return {"fields": [violation.field for violation in self.violations]}


def draft(*, kind: str, terms: Mapping[str, Any], scope: Mapping[str, Any] | None = None) -> Draft:
    """The terms as they would be granted; raises `BadInput` or a terms problem."""
    wanted = {key: value for key, value in terms.items() if key != "scope"}
    given = scope or terms.get("scope")
    asked: Mapping[str, model.Dataset] = {}  # a scope alone takes the owners' terms as they are
    if "datasets" in wanted or not given:
        asked = Terms.model_validate(wanted).datasets
    scope = _scope(given, asked)
    pins = tuple(_pin(found, kind) for found in _in_scope(scope, asked))
    owners = {found.code: ceiling(found, terms) for found, terms in pins}
    effective = _effective(wanted, asked, owners)
    violations = [
        v for name, owner in owners.items() if owner for v in narrows(owner, effective, name)
    ]
    if violations:
        raise BeyondOwner(dict.fromkeys(violations))
    _rehearse(effective, pins)
    return Draft(effective, scope, pins)


def _rehearse(terms: Terms, pins: Iterable[tuple[Dataset, OwnerTerms | None]]) -> None:
    """Set up the gate that will answer, and ask nothing: a column that is not there, a row filter
    that cannot be read, a protection that is not available are told before anybody signs."""
    from gongshu.data import Gate  # here: most commands need no engine

    newest = {dataset.code: latest(dataset) for dataset, _ in pins}
    tables = {code: files(version) for code, version in newest.items() if version is not None}
    with Gate(terms, tables):
        pass


def _scope(given: Any, datasets: Any) -> dict[str, Any]:
    """One of the widths; without any, the datasets that the terms name."""
    if given is None and isinstance(datasets, Mapping):
        return {"datasets": sorted(str(name) for name in datasets)}
    known = isinstance(given, Mapping) and len(given) == 1 and next(iter(given)) in SCOPES
    if known and _scope_value(*next(iter(given.items()))):
        return dict(given)
    raise BadInput(
        "scope",
        Sentence(
            en="The scope is one of all: true, domain: CODE, scenario: CODE, datasets: [CODES].",
            zh="授权范围须为 all: true、domain: 域、scenario: 场景、datasets: [数据集] 之一。",
        ),
        field="scope",
    )


def _scope_value(width: str, value: Any) -> bool:
    if width == "all":
        return value is True
    if width == "datasets":
        return isinstance(value, list) and bool(value) and all(isinstance(v, str) for v in value)
    return isinstance(value, str) and bool(value)


def _in_scope(scope: Mapping[str, Any], asked: Mapping[str, Any]) -> list[Dataset]:
    """The datasets a scope means today; those that are named must all be there."""
    current: QuerySet[Dataset] = Dataset.objects.select_related("domain", "provider")
    if "datasets" in scope or "scenario" in scope:
        # A scenario is an approved set of datasets and purposes: those that the terms name.
        codes = scope.get("datasets", list(asked))
        found = {dataset.code: dataset for dataset in current.filter(code__in=codes)}
        _refuse_unknown([code for code in codes if code not in found])
        _refuse_outside(asked, found)
        return [found[code] for code in sorted(found)]
    current = current.exclude(published_for="").exclude(grade="core")
    current = current.exclude(grade="").filter(owner_terms__isnull=False)
    if "domain" in scope:
        current = current.filter(domain__code=scope["domain"])
    found = {dataset.code: dataset for dataset in current.order_by("code").distinct()}
    _refuse_outside(asked, found)
    if not found:
        raise BadInput(
            "empty_scope",
            Sentence(
                en="No dataset in this scope is offered by its owner.",
                zh="该范围内没有提供方已开放授权的数据集。",
            ),
            field="scope",
        )
    return list(found.values())


def _refuse_unknown(codes: list[str]) -> None:
    if codes:
        listed = ", ".join(sorted(codes))
        raise BadInput(
            "unknown_dataset",
            Sentence(en=f"There is no dataset {listed}.", zh=f"没有数据集 {listed}。"),
            field=f"datasets.{sorted(codes)[0]}",
        )


def _refuse_outside(asked: Mapping[str, Any], found: Mapping[str, Dataset]) -> None:
    outside = sorted(set(asked) - set(found))
    if outside:
        listed = ", ".join(outside)
        raise BadInput(
            "outside_scope",
            Sentence(
                en=f"These datasets lie outside the scope: {listed}.",
                zh=f"以下数据集不在授权范围内：{listed}。",
            ),
            field=f"datasets.{outside[0]}",
        )


def _pin(dataset: Dataset, kind: str) -> tuple[Dataset, OwnerTerms | None]:
    """The owner's terms that hold now, and whether the dataset may be granted at all."""
    own = latest_owner_terms(dataset)
    at = f"datasets.{dataset.code}"
    if dataset.grade == "core" or dataset.state == "retired":
        raise BadInput(
            "not_grantable",
            Sentence(
                en=f"{dataset.code} cannot be granted: it is core data, or withdrawn.",
                zh=f"{dataset.code} 为核心数据或已撤销，不得授权。",
            ),
            field=at,
        )
    if kind == Kind.ADMINISTRATIVE:
        return dataset, own
    # Only data covered by classification and grading may be put in (R27 art. 5), and a grant
    # rests on a catalogue entry that has been reviewed.
    if not is_current(dataset) or not dataset.grade:
        raise BadInput(
            "not_published",
            Sentence(
                en=f"{dataset.code} is not published with its grade yet.",
                zh=f"{dataset.code} 尚未完成分级并发布。",
            ),
            field=at,
        )
    if own is None:
        raise _not_offered(dataset.code)
    return dataset, own


def _not_offered(code: str) -> BadInput:
    return BadInput(
        "not_offered",
        Sentence(
            en=f"The owner of {code} has set no terms: nothing of it can be granted.",
            zh=f"{code} 的提供方尚未设定条款，无法授权。",
        ),
        field=f"datasets.{code}",
    )


def ceiling(dataset: Dataset, own: OwnerTerms | None) -> Ceiling | None:
    """The owner's terms as the upper bound, with the catalogue's privacy unit."""
    if own is None:
        return None
    said = dict(own.terms)
    if dataset.unit_column and "unit" not in said:
        said["unit"] = {"column": dataset.unit_column, "space": dataset.unit_space}
    return Ceiling.model_validate(said)


def _effective(
    wanted: Mapping[str, Any],
    asked: Mapping[str, model.Dataset],
    owners: Mapping[str, Ceiling | None],
) -> Terms:
    datasets = {}
    for name, owner in owners.items():
        if owner is None and name not in asked:
            raise _not_offered(name)
        try:
            composed = compose(owner, asked.get(name)) if owner else asked[name]
        except BadFilter:
            raise TermsProblem(
                f"datasets.{name}.where",
                Sentence(en="this is not one condition.", zh="此处不是一个筛选条件。"),
            ) from None
        datasets[name] = _plain(composed)
    whole = {**wanted, "datasets": datasets}
    offered = [owner for owner in owners.values() if owner]
    protections = [owner.protection for owner in offered if owner.protection]
    if "protection" not in whole and protections:
        whole["protection"] = protections[0].model_dump(mode="json", exclude_none=True)
    if "history" not in whole and any(owner.history for owner in offered):
        whole["history"] = True
    return Terms.model_validate(whole)


def _plain(dataset: model.Dataset) -> dict[str, Any]:
    data: dict[str, Any] = dataset.model_dump(mode="json", exclude_none=True)
    data["columns"] = {name: _plain_column(column) for name, column in data["columns"].items()}
    return data


def _plain_column(column: dict[str, Any]) -> Any:
    """As a person would write it: no empty keys, sets in a fixed order, the short form."""
    for key in ("rights", "functions"):
        column[key] = sorted(column.get(key, ()))
    short = {key: value for key, value in column.items() if value != []}
    return short["rights"] if set(short) == {"rights"} else short


def as_json(terms: Terms) -> dict[str, Any]:
    """The whole terms as stored: defaults written out, so that a later default changes nothing."""
    data: dict[str, Any] = terms.model_dump(mode="json", by_alias=True, exclude_none=True)
    data["datasets"] = {name: _plain(dataset) for name, dataset in terms.datasets.items()}
    data["purposes"] = list(terms.purposes)
    return data
