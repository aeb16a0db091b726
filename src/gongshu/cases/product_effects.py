"""What listings and digital contracts do: what is public of a product, and each access decided.

Each access is logged with its contract, action, count and decision; who it was is a commitment.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone

from gongshu.cases.models import Case
from gongshu.cases.price_effects import filled
from gongshu.cases.registry import EffectContext, effect, facts, party
from gongshu.rules.cross_checks import Asked, Terms, access_denied, terms_refused
from gongshu.rules.digital_contract import Access, DigitalContract
from gongshu.rules.operation_forms import OperatorDeclaration
from gongshu.rules.price_forms import Charges
from gongshu.rules.problems import BadInput

LISTING, CONTRACT, PRICES = "product_listing", "digital_contract", "price_cycle"
CHARGED = ("guide_trial", "change_trial", "set_charges", "change_charges")


@effect("list_product")
@effect("product_facts")
def product_facts(ctx: EffectContext) -> Mapping[str, Any]:
    """What everybody may know of it: what it is for, of what it is made."""
    payload = ctx.case.payload
    names = ("grant", "product", "use", "unit", "datasets")
    return {"listing": ctx.case.id} | {name: payload[name] for name in names}


@party("operator_of_product")
def operator_of_product(payload: Mapping[str, Any]) -> str:
    found = listing(str(payload["product"]))
    return found.applicant if found else ""


@facts("product_listed")
def product_listed(case: Case) -> bool:
    found = listing(case.payload["product"])
    return found is not None and found.state == "listed"


@facts("contract_begun")
def contract_begun(case: Case) -> bool:
    return timezone.localdate() >= date.fromisoformat(case.payload["starts"])


@facts("contract_over")
def contract_over(case: Case) -> bool:
    """Term, uses, or the product itself: whichever is over first."""
    most = case.payload["most_uses"]
    late = timezone.localdate() > date.fromisoformat(case.payload["ends"])
    used_up = most is not None and uses(case) >= most
    found = listing(case.payload["product"])
    return late or used_up or found is None or found.state == "delisted"


@effect("check_contract")
def check_contract(ctx: EffectContext) -> Mapping[str, Any]:
    """No charge above the operator's own, no other terms without a reason, no re-development."""
    assert isinstance(ctx.form, DigitalContract)
    product = listing(ctx.form.product)
    assert product is not None  # the guard saw it
    terms = Terms(
        charge=ctx.form.charge,
        use=product.payload["use"],
        operator=product.applicant,
        consumer=ctx.case.parties["consumer"],
        redevelops="redevelop" in ctx.form.actions,
        related=related_to_operator(product),
        reason=ctx.form.other_terms,
    )
    refused = terms_refused(terms, charge_of(product))
    if refused is not None:
        raise BadInput("terms_of_supply", refused, field="charge")
    other = bool(ctx.form.other_terms.strip())
    return {"listing": product.id, "charge": str(ctx.form.charge), "other_terms": other}


@effect("record_access")
def record_access(ctx: EffectContext) -> Mapping[str, Any]:
    assert isinstance(ctx.form, Access)
    payload, today = ctx.case.payload, timezone.localdate(ctx.at).isoformat()
    denied = access_denied(
        Asked(
            subject=ctx.form.subject,
            action=ctx.form.action,
            count=ctx.form.count,
            used=uses(ctx.case),
            permitted=frozenset(payload["actions"]),
            subjects=frozenset(payload["subjects"]),
            most_uses=payload["most_uses"],
            in_term=payload["starts"] <= today <= payload["ends"] and product_listed(ctx.case),
        )
    )
    return {
        "contract": ctx.case.id,
        "action": ctx.form.action,
        "count": ctx.form.count,
        "decision": "denied" if denied else "allowed",
    }


def listing(case_id: str) -> Case | None:
    return Case.objects.filter(pk=case_id, kind=LISTING).first()


def uses(case: Case) -> int:
    """How often it was used: accesses in order, those that were denied left out."""
    payload, used = case.payload, 0
    for step in sorted(case.steps.all(), key=lambda step: step.id):
        if step.name != "record_access":
            continue
        access = Access.model_validate(step.form)
        asked = Asked(
            access.subject,
            access.action,
            access.count,
            used,
            frozenset(payload["actions"]),
            frozenset(payload["subjects"]),
            payload["most_uses"],
            in_term=payload["starts"] <= timezone.localdate(step.at).isoformat() <= payload["ends"],
        )
        used += 0 if access_denied(asked) else access.count
    return used


def charge_of(product: Case) -> Decimal | None:
    """The charge in force by the price cycle of its grant; None where none was set."""
    cycle = Case.objects.filter(kind=PRICES, subject_id=product.payload["grant"])
    newest = cycle.exclude(state="closed").order_by("-id").first()
    set_ = filled_charges(newest) if newest else []
    return set_[-1].by_product().get(product.payload["product"]) if set_ else None


def filled_charges(cycle: Case) -> list[Charges]:
    taken = sorted(cycle.steps.all(), key=lambda step: step.id)
    return [
        Charges.model_validate({k: v for k, v in (step.form or {}).items() if k != "grounds"})
        for step in taken
        if step.name in CHARGED
    ]


def related_to_operator(product: Case) -> frozenset[str]:
    """Whom the operator declared as related when it signed its newest agreements."""
    signed = Case.objects.filter(
        kind="authorised_operation",
        party_rows__name="operator",
        party_rows__organisation=product.applicant,
    )
    declared = [
        one for case in signed for one in filled(case, OperatorDeclaration, "sign_agreement")
    ]
    return frozenset(code for one in declared for code in one.related)
