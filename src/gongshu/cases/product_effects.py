"""What listings do, and on what terms a listed product is supplied.

The licence that a digital contract puts in force, and each use under it, are `grants.licences`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from gongshu.cases.models import Case
from gongshu.cases.price_effects import filled
from gongshu.cases.registry import EffectContext, effect, facts, party
from gongshu.ledger import moment
from gongshu.ledger import selectors as ledger
from gongshu.ledger.subjects import Subject
from gongshu.rules.cross_checks import Terms, terms_refused
from gongshu.rules.digital_contract import DigitalContract
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
    return moment.today() >= date.fromisoformat(case.payload["starts"])


def check_supply(ctx: EffectContext) -> Mapping[str, Any]:
    """No charge above the operator's own, no other terms without a reason, no re-development."""
    assert isinstance(ctx.form, DigitalContract)
    product = listing(ctx.form.product)
    assert product is not None  # the guard saw it
    consumer = ctx.case.parties["consumer"]
    related = declared_by(product.applicant)
    if product.applicant in declared_by(consumer):  # whichever of the two has said so
        related |= {consumer}
    terms = Terms(
        charge=ctx.form.charge,
        use=product.payload["use"],
        operator=product.applicant,
        consumer=consumer,
        redevelops="redevelop" in ctx.form.actions,
        related=related,
        reason=ctx.form.other_terms,
    )
    refused = terms_refused(terms, charge_of(product))
    if refused is not None:
        raise BadInput("terms_of_supply", refused, field="charge")
    other = bool(ctx.form.other_terms.strip())
    return {"listing": product.id, "charge": str(ctx.form.charge), "other_terms": other}


def listing(case_id: str) -> Case | None:
    return Case.objects.filter(pk=case_id, kind=LISTING).first()


def uses(case: Case) -> int:
    """How many uses the supplier has recorded that were allowed, as the ledger has them."""
    subject = Subject("case", case.id, case.applicant)
    entries = ledger.entries(events=["contract.accessed"], subject=subject)
    allowed = [entry.facts for entry in entries if entry.facts["decision"] == "allowed"]
    return sum(int(facts["count"]) for facts in allowed)


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


def declared_by(operator: str) -> frozenset[str]:
    """Whom an operator declared as related when it signed its newest agreements."""
    signed = Case.objects.filter(
        kind="authorised_operation",
        party_rows__name="operator",
        party_rows__organisation=operator,
    )
    declared = [
        one for case in signed for one in filled(case, OperatorDeclaration, "sign_agreement")
    ]
    return frozenset(code for one in declared for code in one.related)
