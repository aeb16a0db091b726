"""A right answer to any form, made from its fields, so that no procedure is left out of a test.

Most fields say enough of themselves; what a field must say in the small city stands in `KNOWN`. A
procedure whose forms need more than that adds a line there.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.utils import timezone
from pydantic import BaseModel
from tests.cases.test_products import listed
from tests.world import (
    CLINICS,
    LONG,
    PERSONS,
    PURPOSE,
    World,
    administrator_terms,
    agreement_form,
    today,
)

from gongshu.accounts.models import Organisation
from gongshu.cases import services
from gongshu.cases.models import Case
from gongshu.catalog.models import Dataset
from gongshu.oversight import published
from gongshu.rules.agents import SYSTEM, Agent
from gongshu.rules.procedure import Procedure
from gongshu.wording import Problem


def known(world: World) -> dict[str, Any]:
    """field, or form.field → what it says here."""
    agreement = agreement_form()
    return {
        "dataset": CLINICS,
        "SharingRequest.dataset": PERSONS,
        "EntryCase.dataset": "health.draft",
        "datasets": [PERSONS, CLINICS],
        "SecurityIncident.datasets": [PERSONS],
        "purpose": PURPOSE,
        "until": today(90),
        "ends": agreement["ends"],
        "Agreement.terms": agreement["terms"],
        "AdministratorGrant.terms": administrator_terms(world.operator.organisation),
        "operator": world.operator.organisation,
        "holder": world.agency.organisation,
        "PriceCycle.products": [{"product": "score", "use": "industry", "unit": "calls"}],
        "charges": [{"product": "score", "charge": "1.00"}],
        "caps": [{"product": "score", "cap": "1.00", "volume": "1"}],
        "cycle_ends": today(900),
        "DigitalContract.actions": ["read"],
        "respondent": world.operator.organisation,
        "YearOfPrices.year": 2000,
        "HarvestSource.code": "elsewhere",
        "HarvestSource.url": "https://example.org/catalog",
        "HarvestSource.domain": "elsewhere",
        "HarvestSource.organisation": world.agency.organisation,
        "sales": [{"product": "score", "volume": "1", "revenue": "1.00"}],
    }


def example(model: type[BaseModel], world: World, **given: Any) -> dict[str, Any]:
    """What is required, and what is known; the rest stays as the form proposes it."""
    schema = model.model_json_schema()
    here = known(world)
    found: dict[str, Any] = {}
    for name, raw in schema.get("properties", {}).items():
        details = _resolved(raw, schema)
        for key in (f"{model.__name__}.{name}", name):
            if key in here and name not in found:
                found[name] = here[key]
        if name not in found and name in schema.get("required", ()):
            found[name] = _value(details)
    return found | given


def opened(procedure: Procedure, world: World, people: list[str]) -> Case:
    """A case of this kind, by the first of these people who may open one."""
    if procedure.kind == "yearly_disclosure":
        world.operate()
        published.open_those_due(at=timezone.now() + timedelta(days=366))
        return Case.objects.filter(kind=procedure.kind).latest("id")
    refusals = []
    payload = example(procedure.payload, world, **about(procedure, world))
    if procedure.opener.clock:
        return services.open_case(kind=procedure.kind, payload=payload, by=SYSTEM)
    for person in people:
        try:
            return services.open_case(
                kind=procedure.kind, payload=payload, by=_agent(world, person)
            )
        except Problem as problem:
            refusals.append(f"{person}: {problem}")
    raise AssertionError(f"{procedure.kind} cannot be opened here: {refusals}")


def about(procedure: Procedure, world: World) -> dict[str, Any]:
    """What a case of this kind needs to be there before it."""
    if procedure.kind == "digital_contract":
        return {"product": listed(world, world.operate()), "charge": "0"}
    if procedure.kind in ("price_cycle", "product_listing", "security_warning"):
        return {"grant": world.operate().id}
    if procedure.kind == "operation_consent":
        other = Organisation.objects.get(code=world.second_agency.organisation)
        Dataset.objects.filter(code=CLINICS).update(provider=other)
        return {"operation": world.plan(), "dataset": CLINICS}
    if procedure.kind == "catalogue_entry":
        world.dataset("health.draft", "a,b\n1,2\n", None)
    if procedure.kind == "sharing_dispute":
        request = services.open_case(
            kind="check_request",
            payload={"dataset": CLINICS, "problem": LONG, "grounds": LONG},
            by=world.second_agency,
        )
        return {"case": request.id}
    return {}


def _agent(world: World, person: str) -> Agent:
    found: Agent = getattr(world, person)
    return found


def _value(details: Mapping[str, Any]) -> Any:
    if "enum" in details:
        return details["enum"][0]
    kind = details.get("type")
    if kind == "boolean":
        return True
    if kind in ("integer", "number"):
        return details.get("minimum", 1)
    if details.get("format") == "date":
        return today()
    if kind == "array":
        return [_value(details.get("items", {}))] if details.get("minItems") else []
    if kind == "object":
        return {}
    return LONG[: details.get("maxLength", 100)]


def _resolved(details: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    for option in details.get("anyOf", ()):
        if option.get("type") != "null":
            return {**details, **option}
    reference = details.get("$ref", "").rsplit("/", 1)[-1]
    return {**schema.get("$defs", {}).get(reference, {}), **details}
