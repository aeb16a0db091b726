"""How people fill in a form: from what its fields are called, and what the case is about.

Most fields say enough of themselves; what must fit the case stands in `KNOWN`, by the form's name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from pydantic import BaseModel

from gongshu.cases.models import Case
from gongshu.catalog.models import Dataset
from gongshu.cli.demo.year.city import PURPOSES, TERMS, City, shape_of
from gongshu.grants import containment, registering
from gongshu.grants.models import Grant
from gongshu.grants.reach import registrations
from gongshu.rules.agents import Agent, Kind, Rank
from gongshu.rules.procedure import Step

REMARKS = (
    "情况属实，材料齐备，详见附件。",
    "已按规定办理，并经本单位负责人审核。",
    "经会议研究，符合有关规定。",
    "已核对原始台账，结论与登记情况一致。",
    "按照职责分工办理，相关记录已归档。",
)
FAMILY = "王李张刘陈杨赵黄周吴"


@dataclass
class Desk:
    """Who fills in a form, when, and in which case, if in one."""

    city: City
    rng: Random
    day: date
    by: Agent
    case: Case | None = None

    def after(self, days: int) -> str:
        return (self.day + timedelta(days=days)).isoformat()

    @property
    def payload(self) -> Mapping[str, Any]:
        return self.case.payload if self.case else {}

    def number(self) -> str:
        return f"云数〔{self.day.year}〕{self.rng.randint(1, 400)}号"


Known = Callable[[Desk], dict[str, Any]]
KNOWN: dict[str, Known] = {}


def known(*forms: str) -> Callable[[Known], Known]:
    def bind(function: Known) -> Known:
        KNOWN.update(dict.fromkeys(forms, function))
        return function

    return bind


def filled(row: Step, desk: Desk) -> dict[str, Any] | None:
    """The form of a step; one that stores the payload anew says what the case says already."""
    if row.form is None:
        return None
    return fill(row.form, desk, **(desk.payload if row.stores else {}))


def fill(model: type[BaseModel], desk: Desk, **given: Any) -> dict[str, Any]:
    """What is required, and what is known; the rest stays as the form proposes it."""
    schema = model.model_json_schema()
    found = (KNOWN[model.__name__](desk) if model.__name__ in KNOWN else {}) | given
    for name in schema.get("required", ()):
        if name not in found:
            found[name] = _value(resolved(schema["properties"][name], schema), desk)
    return found


def resolved(details: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """A field's schema without references and without the alternative of nothing."""
    for option in details.get("anyOf", ()):
        if option.get("type") != "null":
            return {**details, **option}
    reference = details.get("$ref", "").rsplit("/", 1)[-1]
    return {**schema.get("$defs", {}).get(reference, {}), **details}


def _value(details: Mapping[str, Any], desk: Desk) -> Any:
    if "enum" in details:
        return desk.rng.choice(details["enum"])
    kind = details.get("type")
    if kind == "boolean":
        return True
    if kind in ("integer", "number"):
        return details.get("minimum", 1)
    if details.get("format") == "date":
        return desk.day.isoformat()
    if kind == "array":
        return [_value(details.get("items", {}), desk)] if details.get("minItems") else []
    if kind == "object":
        return {}
    return _said(details, desk)


def _said(details: Mapping[str, Any], desk: Desk) -> str:
    """A line or a text, by what the field is called."""
    title = str(details.get("x-zh", ""))
    called = re.sub(r"^[\d.a-z]+\s*|[（(].*$", "", title).split("：")[-1].split("、")[0]
    if "号" in title and "代码" not in title:
        return desk.number()
    if "姓名" in title or "异议人" in title or "申请人" in title:
        return f"{desk.rng.choice(FAMILY)}{desk.rng.choice(['女士', '先生'])}"
    if "联系" in title:
        return f"resident{desk.rng.randint(1, 999)}@example.org"
    if details.get("x-long"):
        return f"{called}：{desk.rng.choice(REMARKS)}"[: details.get("maxLength", 8000)]
    return (called or "见附件")[: details.get("maxLength", 200)]


@known("Rectification")
def _rectification(desk: Desk) -> dict[str, Any]:
    return {"rectify_by": desk.after(15)}


@known("Meeting")
def _meeting(desk: Desk) -> dict[str, Any]:
    ranks = [desk.city.of(desk.by.organisation, rank) for rank in Rank]
    return {"members": [one.person for one in ranks], "matter": "专题会议第二项"}


@known("Selection")
def _selection(desk: Desk) -> dict[str, Any]:
    return {"operator": desk.rng.choice(desk.city.organisations(Kind.OPERATOR))}


@known("Agreement")
def _agreement(desk: Desk) -> dict[str, Any]:
    """Over the plan's data, as their owners let them be used; some end within the year."""
    covered = Dataset.objects.filter(code__in=desk.payload["datasets"])
    return {
        "starts": desk.day.isoformat(),
        "ends": desk.after(desk.rng.choice([60, 120, 200, 365])),
        "terms": {
            "purposes": [desk.rng.choice(PURPOSES)],
            "basis": {"statute": "公共数据资源授权运营实施规范（试行）"},
            "datasets": {one.code: {"columns": TERMS[shape_of(one)]["columns"]} for one in covered},
        },
    }


@known("Registration")
def _registration(desk: Desk) -> dict[str, Any]:
    """What the registry has given: of a resource of the plan, or of a product of the operator's."""
    assert desk.case is not None
    products = registering.products_of(desk.case)
    resources = registrations(desk.day).filter(dataset__in=desk.payload["datasets"])
    operator = desk.by.organisation == desk.case.parties.get("operator")
    found = (products if operator else resources).first()
    return {"code": found.code if found else desk.number()}


@known("Renewal")
def _renewal(desk: Desk) -> dict[str, Any]:
    return {"until": desk.after(365)}


@known("WrongFinding")
def _wrong(desk: Desk) -> dict[str, Any]:
    return {"wrong_since": 1}


@known("CorrectionReport")
def _corrected(desk: Desk) -> dict[str, Any]:
    dataset = Dataset.objects.get(code=desk.payload["dataset"])
    newest = dataset.versions.order_by("-number").first()
    return {"version": newest.number if newest else 1}


@known("Assignment", "Taking")
def _assignment(desk: Desk) -> dict[str, Any]:
    agency = desk.rng.choice(desk.city.organisations(Kind.AGENCY))
    return {"holder": agency} if "wanted" in desk.payload else {"respondent": agency}


@known("OpeningAssessment", "Opened")
def _open_dataset(desk: Desk) -> dict[str, Any]:
    """One of the office's own that stands open; where there is none, a draft is begun."""
    own = Dataset.objects.filter(provider__code=desk.by.organisation, is_open_data=True)
    code = own.order_by("code").values_list("code", flat=True).first()
    return {"dataset": code or f"opening.{desk.case.id.lower().replace('-', '_')}"}  # type: ignore[union-attr]


@known("Containment")
def _containment(desk: Desk) -> dict[str, Any]:
    """Now and then a grant over the data is stopped at once."""
    rows = Grant.objects.filter(grantor=desk.by.organisation, state="active").order_by("id")
    return {"grants": [grant.id for grant in rows[:1]] if desk.rng.random() < 0.5 else []}


@known("Lifting")
def _lifting(desk: Desk) -> dict[str, Any]:
    assert desk.case is not None
    return {"grants": [grant.id for grant in containment.held_by(desk.case)]}


@known("TrialCharges", "Charges")
def _charges(desk: Desk) -> dict[str, Any]:
    lines = [
        {"product": one["product"], "charge": "1.20" if one["use"] == "industry" else "0"}
        for one in desk.payload["products"]
    ]
    return {"charges": lines, "begins": desk.day.isoformat(), "published_at": "市政府门户网站"}


@known("CostSurvey")
def _survey(desk: Desk) -> dict[str, Any]:
    spent = ("platform", "processing", "staff", "acquisition", "period_expenses")
    costs = {name: str(desk.rng.randint(5, 60) * 10_000) for name in spent}
    more = {"subsidy": "20000", "treasury_yield": "2.2", "points": "4", "tax": "18000"}
    return {"cycle_begins": desk.day.isoformat(), "cycle_ends": desk.after(700)} | costs | more


@known("Caps")
def _caps(desk: Desk) -> dict[str, Any]:
    lines = [
        {
            "product": one["product"],
            "cap": "1.50" if one["use"] == "industry" else "0",
            "volume": "1000",
        }
        for one in desk.payload["products"]
    ]
    return {"caps": lines}


@known("YearOfPrices")
def _year_of_prices(desk: Desk) -> dict[str, Any]:
    products = [one["product"] for one in desk.payload["products"]]
    each = Decimal(desk.rng.randint(100, 900))
    return {
        "year": desk.day.year - 1,
        "cost": "90000",
        "revenue": str(each * len(products)),
        "profit": "1000",
        "sales": [{"product": one, "volume": "100", "revenue": str(each)} for one in products],
        "maximum": str(Decimal(500) * len(products)),
    }


@known("DigitalContract")
def _contract(desk: Desk) -> dict[str, Any]:
    return {
        "actions": desk.rng.choice([["read"], ["read", "compute"], ["embed"]]),
        "starts": desk.day.isoformat(),
        "most_uses": desk.rng.choice([None, 3, 100]),
    }


@known("Access")
def _access(desk: Desk) -> dict[str, Any]:
    return {"subject": "使用方分析员", "count": desk.rng.randint(1, 3)}
