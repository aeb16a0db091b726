"""What people bring before the platform in a year, by procedure, where there is an occasion."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from django.db.models import Model, QuerySet

from gongshu.cases import product_effects
from gongshu.cases.models import Case
from gongshu.catalog.models import Dataset
from gongshu.cli.demo.year.city import PERSON_TERMS, PURPOSES, TERMS, shape_of
from gongshu.cli.demo.year.filling import Desk, fill
from gongshu.grants.models import Grant
from gongshu.rules.agents import ANONYMOUS, Agent, Kind
from gongshu.rules.procedures import PROCEDURES

ADMINISTRATOR = Agent(person="admin", administrator=True)
Occasion = tuple[Agent, dict[str, Any]]
Row = TypeVar("Row", bound=Model)
Opening = Callable[[Desk], Occasion | None]
OPENINGS: dict[str, Opening] = {}
# Of a hundred cases that people open, about so many; what follows from others opens itself.
SHARES = {
    "catalogue_entry": 7,
    "sharing_request": 22,
    "check_request": 10,
    "sharing_dispute": 4,
    "registration_case": 6,
    "authorised_operation": 4,
    "price_cycle": 4,
    "product_listing": 6,
    "digital_contract": 9,
    "open_data_demand": 10,
    "personal_data_objection": 7,
    "public_complaint": 9,
    "security_incident": 3,
    "administrator_grant": 1,
    "harvest_source": 1,
}
ON_ANY_DAY = ("open_data_demand", "personal_data_objection", "public_complaint", "check_request")


def opening(kind: str) -> Callable[[Opening], Opening]:
    def bind(function: Opening) -> Opening:
        OPENINGS[kind] = function
        return function

    return bind


def _payload(kind: str, desk: Desk, by: Agent, **given: Any) -> Occasion:
    desk.by = by
    return by, fill(PROCEDURES[kind].payload, desk, **given)


def _published(**where: Any) -> QuerySet[Dataset]:
    return Dataset.objects.select_related("provider").filter(state="published", **where)


def _one(desk: Desk, rows: QuerySet[Row]) -> Row | None:
    found = list(rows.order_by("pk"))
    return desk.rng.choice(found) if found else None


def _citizen(desk: Desk) -> Agent:
    """Without an account, mostly; sometimes an enterprise."""
    if desk.rng.random() < 0.7:
        return ANONYMOUS
    return desk.city.of(desk.rng.choice(desk.city.organisations(Kind.ENTERPRISE)))


@opening("catalogue_entry")
def _entry(desk: Desk) -> Occasion | None:
    drafts = Dataset.objects.filter(state="draft", versions__isnull=False)
    waiting = drafts.exclude(code__in=_under_way("catalogue_entry")).first()
    if waiting is not None:
        return desk.city.of(waiting.provider.code), {"dataset": waiting.code}
    drafted = desk.city.draft_entry()
    return (drafted[0], {"dataset": drafted[1]}) if drafted else None


def _under_way(kind: str) -> list[str]:
    rows = Case.objects.filter(kind=kind).exclude(exclusive=None)
    return list(rows.values_list("subject_id", flat=True))


@opening("sharing_request")
def _sharing(desk: Desk) -> Occasion | None:
    dataset = _one(desk, _published(sharing="conditional"))
    if dataset is None:
        return None
    others = set(desk.city.organisations(Kind.AGENCY)) - {dataset.provider.code}
    by = desk.city.of(desk.rng.choice(sorted(others)))
    until = desk.after(desk.rng.choice([30, 90, 180, 400]))
    given = {"dataset": dataset.code, "purpose": desk.rng.choice(PURPOSES), "until": until}
    return _payload("sharing_request", desk, by, **given)


@opening("check_request")
def _check(desk: Desk) -> Occasion | None:
    dataset = _one(desk, _published())
    by = _citizen(desk)
    return _payload("check_request", desk, by, dataset=dataset.code) if dataset else None


@opening("sharing_dispute")
def _dispute(desk: Desk) -> Occasion | None:
    disputed = Case.objects.filter(kind="sharing_dispute").values_list("subject_id", flat=True)
    rows = Case.objects.filter(kind="sharing_request").exclude(state="draft")
    case = _one(desk, rows.exclude(pk__in=list(disputed)))
    if case is None:
        return None
    by = desk.city.of(case.parties[desk.rng.choice(["requester", "provider"])])
    return _payload("sharing_dispute", desk, by, case=case.id)


@opening("registration_case")
def _registration(desk: Desk) -> Occasion | None:
    """Of a resource by who holds it, or of a listed product by its operator."""
    listed = _one(desk, Case.objects.filter(kind="product_listing", state="listed"))
    if listed is not None and desk.rng.random() < 0.3:
        return registration_of_product(desk, listed)
    dataset = _one(desk, _published())
    return registration_of(desk, dataset) if dataset else None


def registration_of(desk: Desk, dataset: Dataset, in_operation: bool = False) -> Occasion:
    owed = {"in_operation": True, "delivered_on": desk.day.isoformat()} if in_operation else {}
    given = {"dataset": dataset.code, "name": dataset.title_zh} | owed
    return _payload("registration_case", desk, desk.city.of(dataset.provider.code), **given)


def registration_of_product(desk: Desk, listed: Case) -> Occasion:
    given = {
        "what": "product",
        "grant": listed.payload["grant"],
        "name": listed.payload["product"],
        "in_operation": True,
        "delivered_on": desk.day.isoformat(),
        "evidence_digest": hashlib.sha256(listed.id.encode()).hexdigest(),
    }
    return _payload("registration_case", desk, desk.city.of(listed.applicant), **given)


@opening("authorised_operation")
def _operation(desk: Desk) -> Occasion | None:
    """Over two tables about people, mostly both of the office's own."""
    own = _one(desk, _published(unit_space="resident"))
    if own is None:
        return None
    more = _published(unit_space="resident").exclude(pk=own.pk).order_by("code")
    if desk.rng.random() < 0.7:  # else with another office's data, for which consent is asked
        more = more.filter(provider=own.provider)
    datasets = [own.code, *more.values_list("code", flat=True)[:1]]
    given = {"name": f"{own.title_zh}授权运营", "datasets": datasets, "term_years": 3}
    by = desk.city.of(own.provider.code)
    return _payload("authorised_operation", desk, by, **given)


def consents_to(desk: Desk, plan: Case) -> Iterator[Occasion]:
    """Of a plan that takes in another office's data: that office is asked, once."""
    named = Dataset.objects.filter(code__in=plan.payload["datasets"])
    for foreign in named.exclude(provider__code=plan.applicant):
        asked = Case.objects.filter(kind="operation_consent", payload__operation=plan.id)
        if not asked.filter(subject_id=foreign.code).exists():
            by = desk.city.of(plan.applicant)
            given = {"operation": plan.id, "dataset": foreign.code}
            yield _payload("operation_consent", desk, by, **given)


def _operated(desk: Desk) -> Grant | None:
    """An operation's grant in force, without a price cycle where one is sought."""
    return _one(desk, Grant.objects.filter(kind="operation", state="active"))


@opening("price_cycle")
def _prices(desk: Desk) -> Occasion | None:
    grant = _operated(desk)
    if grant is None or Case.objects.filter(kind="price_cycle", subject_id=grant.id).exists():
        return None
    products = [
        {"product": f"{grant.id} 群体统计", "use": "industry", "unit": "calls"},
        {"product": f"{grant.id} 公益查询", "use": "public_benefit", "unit": "calls"},
    ]
    by = desk.city.of(grant.grantor)
    return _payload("price_cycle", desk, by, grant=grant.id, products=products)


@opening("product_listing")
def _product(desk: Desk) -> Occasion | None:
    grant = _operated(desk)
    if grant is None:
        return None
    use = desk.rng.choice(["industry", "public_benefit"])
    name = {"industry": "群体统计", "public_benefit": "公益查询"}[use]
    given = {
        "grant": grant.id,
        "product": f"{grant.id} {name}",
        "use": use,
        "unit": "calls",
        "datasets": sorted(grant.terms["datasets"]),
    }
    return _payload("product_listing", desk, desk.city.of(grant.grantee), **given)


@opening("digital_contract")
def _contract(desk: Desk) -> Occasion | None:
    product = _one(desk, Case.objects.filter(kind="product_listing", state="listed"))
    if product is None:
        return None
    by = desk.city.of(desk.rng.choice(desk.city.organisations(Kind.ENTERPRISE)))
    charge = product_effects.charge_of(product) or 0
    operation = Grant.objects.get(pk=product.payload["grant"])
    ends = min(operation.valid_until.isoformat(), desk.after(desk.rng.choice([20, 60, 180])))
    given = {"product": product.id, "charge": str(charge), "ends": ends}
    return _payload("digital_contract", desk, by, **given)


@opening("open_data_demand")
def _demand(desk: Desk) -> Occasion | None:
    wanted = desk.rng.choice(
        [
            "停车场泊位",
            "空气质量监测",
            "公共厕所分布",
            "充电桩",
            "图书馆藏书",
            "学区划分",
            "体育场馆",
        ]
    )
    given = {"title": f"希望开放{wanted}数据", "wanted": f"{wanted}的名称、位置和开放时间"}
    return _payload("open_data_demand", desk, _citizen(desk), **given, use="便民服务应用开发")


@opening("personal_data_objection")
def _objection(desk: Desk) -> Occasion | None:
    dataset = _one(desk, _published(unit_space="resident"))
    if dataset is None:
        return None
    given = {"dataset": dataset.code, "objection": "登记的出生年份与身份证不一致。"}
    return _payload("personal_data_objection", desk, ANONYMOUS, **given)


@opening("public_complaint")
def _complaint(desk: Desk) -> Occasion | None:
    title = desk.rng.choice(
        ["数据更新不及时", "开放数据与实际不符", "数据产品收费不透明", "申请长期未答复"]
    )
    return _payload("public_complaint", desk, _citizen(desk), title=title)


@opening("security_incident")
def _incident(desk: Desk) -> Occasion | None:
    by = desk.city.of(desk.rng.choice(desk.city.organisations(Kind.AGENCY)))
    title = desk.rng.choice(["接口异常调用", "账号疑似被盗用", "查询量突增", "组件存在安全漏洞"])
    return _payload("security_incident", desk, by, title=title)


@opening("administrator_grant")
def _administrator(desk: Desk) -> Occasion | None:
    """Never needed by a law; here for a research body that audits how the terms work."""
    dataset = _one(desk, _published(unit_space="resident"))
    if dataset is None:
        return None
    terms = {
        "grantee": desk.rng.choice(desk.city.organisations(Kind.ENTERPRISE)),
        "purposes": ["research"],
        "term": {"from": desk.day.isoformat(), "until": desk.after(30)},
        "basis": {"statute": "平台规则"},
        "protection": PERSON_TERMS["protection"],
        "datasets": {dataset.code: {"columns": TERMS[shape_of(dataset)]["columns"]}},
    }
    return ADMINISTRATOR, {"terms": terms}


@opening("harvest_source")
def _harvest(desk: Desk) -> Occasion | None:
    """A neighbouring city's catalogue, read in when somebody asks: the year has no network."""
    number = Case.objects.filter(kind="harvest_source").count() + 1
    (bureau, *_) = desk.city.organisations(Kind.BUREAU)
    given = {
        "code": f"neighbour_{number}",
        "title": f"邻市公共数据目录{number}",
        "protocol": desk.rng.choice(["ckan", "dcat", "dcat_us"]),
        "url": "https://data.example.gov.cn",
        "organisation": desk.rng.choice(desk.city.organisations(Kind.AGENCY)),
        "domain": "neighbours",
        "domains": {},
        "every": "",
    }
    return _payload("harvest_source", desk, desk.city.of(bureau), **given)
