"""Products: reviewed before they are listed, supplied on equal terms, each use logged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.cases.test_prices import PRODUCTS, caps, set_charges, survey
from tests.world import CLINICS, LONG, PERSONS, World, today

from gongshu.cases import services
from gongshu.cases.models import Case
from gongshu.grants.models import Grant
from gongshu.ledger.models import Entry
from gongshu.oversight import selectors as oversight
from gongshu.wording import Problem

pytestmark = pytest.mark.django_db


def listing_form(grant: Grant, **changes: Any) -> dict[str, Any]:
    long = dict.fromkeys(("summary", "standard", "making", "terms"), LONG)
    made_of = {"product": "score", "use": "industry", "unit": "calls", "datasets": [PERSONS]}
    return {"grant": grant.id, **made_of, **long, **changes}


REVIEW = {"security": LONG, "linkage": LONG, "grade": "general"}


def submitted(world: World, grant: Grant, **changes: Any) -> str:
    form = listing_form(grant, **changes)
    case = services.open_case(kind="product_listing", payload=form, by=world.operator)
    world.step(case.id, "submit", world.operator_head)
    return case.id


def listed(world: World, grant: Grant, **changes: Any) -> str:
    case = submitted(world, grant, **changes)
    world.step(case, "pass_security", world.agency, REVIEW)
    world.step(case, "pass_conformity", world.agency_head, {"conformity": LONG})
    return case


def priced(world: World) -> Grant:
    """An operation whose product “score” costs 10, under a cap of 11.30."""
    grant = world.operate()
    Grant.objects.filter(pk=grant.pk).update(valid_from=today(-400))
    payload = {"grant": grant.id, "products": PRODUCTS, "separate_accounts": True}
    case = services.open_case(kind="price_cycle", payload=payload, by=world.agency).id
    world.step(case, "apply", world.agency_head, {"number": "No. 1", "operation": LONG})
    world.step(case, "find_ready", world.pricing, {"findings": LONG})
    world.step(case, "agree_ready", world.bureau)
    world.step(case, "fix_maximum", world.pricing, survey())
    world.step(case, "agree_maximum", world.bureau)
    world.step(case, "set_caps", world.agency_head, caps("11.30"))
    world.step(case, "set_charges", world.operator_head, set_charges("10"))
    return grant


def contract_form(product: str, **changes: Any) -> dict[str, Any]:
    return {
        "product": product,
        "purpose": LONG,
        "actions": ["read", "compute"],
        "starts": today(),
        "ends": today(30),
        "charge": "10",
        "no_passing_on": True,
        "destroy_after": True,
        **changes,
    }


def asked(world: World, product: str, **changes: Any) -> str:
    form = contract_form(product, **changes)
    return services.open_case(kind="digital_contract", payload=form, by=world.enterprise).id


def concluded(world: World, product: str, **changes: Any) -> str:
    case = asked(world, product, **changes)
    world.step(case, "offer", world.operator_head, contract_form(product, **changes))
    world.step(case, "sign", world.enterprise_head)
    world.step(case, "file", world.bureau, {"number": "F-9"})
    services.tick()
    return case


def refused(act: Callable[[], Any]) -> str:
    with pytest.raises(Problem) as problem:
        act()
    return problem.value.code


def state(case: str) -> str:
    return Case.objects.get(pk=case).state


def test_a_product_is_listed_after_two_reviews_by_two_persons(world: World) -> None:
    case = submitted(world, world.operate())
    assert (
        refused(lambda: world.step(case, "pass_conformity", world.agency, {"conformity": LONG}))
        == "not_now"
    )
    world.step(case, "pass_security", world.agency, REVIEW)
    assert (
        refused(lambda: world.step(case, "pass_conformity", world.agency, {"conformity": LONG}))
        == "same_person"
    )
    world.step(case, "pass_conformity", world.agency_head, {"conformity": LONG})
    facts = Entry.objects.get(event="product.listed").facts
    assert (facts["product"], facts["datasets"]) == ("score", [PERSONS])
    [shown] = oversight.disclosure().products
    assert (shown.listing, shown.state) == (case, "listed")


def test_a_product_is_made_of_data_of_its_grant_alone(world: World) -> None:
    grant = world.operate()
    Grant.objects.filter(pk=grant.pk).update(
        terms={**grant.terms, "datasets": {PERSONS: grant.terms["datasets"][PERSONS]}}
    )
    beyond = listing_form(grant, datasets=[PERSONS, CLINICS])
    case = services.open_case(kind="product_listing", payload=beyond, by=world.operator)
    assert refused(lambda: world.step(case.id, "submit", world.operator_head)) == "product_in_scope"


def test_only_the_operator_lists_products_of_its_grant(world: World) -> None:
    form = listing_form(world.operate())
    assert (
        refused(lambda: services.open_case(kind="product_listing", payload=form, by=world.agency))
        == "not_yours"
    )


def test_a_product_is_delisted_with_its_operation(world: World) -> None:
    grant = world.operate()
    case = listed(world, grant)
    assert services.tick() == 0
    world.step(grant.case_id, "revoke", world.agency_head, note="by agreement")
    services.tick()
    assert state(case) == "delisted"


def test_what_is_not_listed_is_not_supplied(world: World) -> None:
    product = submitted(world, world.operate())
    assert refused(lambda: asked(world, product)) == "product_listed"


def test_nothing_is_charged_above_the_operators_own_charge(world: World) -> None:
    product = listed(world, priced(world))
    case = asked(world, product)

    def offer(**changes: Any) -> None:
        world.step(case, "offer", world.operator_head, contract_form(product, **changes))

    assert refused(lambda: offer(charge="10.01", other_terms="they can pay")) == "terms_of_supply"
    offer()


def test_the_same_product_on_other_terms_needs_a_reason(world: World) -> None:
    product = listed(world, priced(world))
    case = asked(world, product)

    def offer(**changes: Any) -> None:
        world.step(case, "offer", world.operator_head, contract_form(product, **changes))

    assert refused(lambda: offer(charge="5")) == "terms_of_supply"
    offer(charge="5", other_terms="twice the volume")
    assert Entry.objects.get(event="contract.offered").facts["other_terms"] is True


def test_a_product_for_governance_is_supplied_free(world: World) -> None:
    product = listed(world, priced(world), product="map", use="governance")
    case = asked(world, product)

    def offer(charge: str) -> None:
        form = contract_form(product, charge=charge, other_terms="a reason")
        world.step(case, "offer", world.operator_head, form)

    assert refused(lambda: offer("0.01")) == "terms_of_supply"
    offer("0")


def test_an_operator_does_not_redevelop_its_own_product_nor_does_a_related_company(
    world: World,
) -> None:
    grant = priced(world)
    product = listed(world, grant)
    signed = Case.objects.get(pk=grant.case_id).steps.get(name="sign_agreement")
    signed.form = {"related": [world.enterprise.organisation]}
    signed.save()
    case = asked(world, product, actions=["redevelop"])

    def offer(*actions: str) -> None:
        form = contract_form(product, actions=list(actions))
        world.step(case, "offer", world.operator_head, form)

    assert refused(lambda: offer("read", "redevelop")) == "terms_of_supply"
    offer("read")


def test_a_relation_counts_whichever_of_the_two_operators_declared_it(world: World) -> None:
    grant = priced(world)
    product = listed(world, grant)
    theirs = Case.objects.get(pk=world.plan())
    theirs.party_rows.create(name="operator", organisation=world.enterprise.organisation)
    signed = Case.objects.get(pk=grant.case_id).steps.get(name="sign_agreement")
    signed.pk, signed.case = None, theirs
    signed.form = {"related": [world.operator.organisation]}
    signed.save(force_insert=True)
    case = asked(world, product, actions=["redevelop"])
    form = contract_form(product, actions=["redevelop"])
    offer = lambda: world.step(case, "offer", world.operator_head, form)  # noqa: E731
    assert refused(offer) == "terms_of_supply"


def test_each_access_is_allowed_or_denied_and_logged(world: World) -> None:
    case = concluded(world, listed(world, priced(world)), most_uses=3)

    def use(action: str, count: int) -> str:
        form = {"subject": "analyst-1", "action": action, "count": count}
        world.step(case, "record_access", world.operator, form)
        entry = Entry.objects.filter(event="contract.accessed").latest("id")
        assert "analyst-1" not in entry.body
        return str(entry.facts["decision"])

    assert use("read", 2) == "allowed"
    assert use("embed", 1) == "denied"  # not permitted
    assert use("read", 2) == "denied"  # only one is left
    assert services.tick() == 0
    assert use("compute", 1) == "allowed"
    services.tick()
    assert state(case) == "terminated"
    world.step(case, "prove_destruction", world.enterprise, {"proof": LONG})
    assert state(case) == "closed"


def test_a_contract_begins_and_ends_by_the_clock(world: World) -> None:
    case = concluded(world, listed(world, priced(world)), starts=today(1))
    assert state(case) == "contract_filed"
    Case.objects.filter(pk=case).update(
        payload={**Case.objects.get(pk=case).payload, "starts": today(-5)}
    )
    services.tick()
    assert state(case) == "active"
    Case.objects.filter(pk=case).update(
        payload={**Case.objects.get(pk=case).payload, "ends": today(-1)}
    )
    services.tick()
    assert state(case) == "terminated"
