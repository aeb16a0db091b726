"""A customer's licence: a digital contract puts a grant in force, and each use under it is decided.

The licence reaches the data that its product is made of, through the gateway, and never more than
the operation's own grant: the operation's terms are the upper bound of the contract's, as an
owner's are of a grant's. Nothing leaves row by row: raw data do not enter the market (R27, article
21). It is worth nothing without the operation that it rests on (`Grant.under`), and its contract's
subjects, actions and number of uses are asked at every use (`use_denied`), whether the gateway
answers or the supplier records that it has delivered.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from gongshu.cases.models import Case
from gongshu.cases.product_effects import check_supply, listing, uses
from gongshu.cases.registry import EffectContext, effect, facts
from gongshu.grants import reach
from gongshu.grants.drafting import BeyondOwner, Draft, draft
from gongshu.grants.models import Grant, Kind, Standing, State
from gongshu.grants.narrowing import Ceiling, narrows
from gongshu.grants.services import issue, move
from gongshu.ledger import moment
from gongshu.ledger import selectors as ledger
from gongshu.ledger.subjects import Subject
from gongshu.rules.cross_checks import Asked, access_denied
from gongshu.rules.digital_contract import Access, DigitalContract
from gongshu.rules.problems import BadInput, Conflict
from gongshu.wording import Sentence

OF_OPERATION = ("purposes", "protection", "history", "basis", "limits")


@effect("check_contract")
def check_contract(ctx: EffectContext) -> Mapping[str, Any]:
    """Before the supplier signs: what is charged and to whom, and that its terms make a licence."""
    assert isinstance(ctx.form, DigitalContract)
    found = check_supply(ctx)
    drafted = _draft(ctx.case, ctx.form.model_dump(mode="json"), timezone.localdate(ctx.at))
    return {**found, "datasets": sorted(drafted.terms.datasets)}


@effect("issue_licence")
def issue_licence(ctx: EffectContext) -> Mapping[str, Any]:
    payload, product = ctx.case.payload, _product(ctx.case)
    _draft(ctx.case, payload, timezone.localdate(ctx.at))
    operation = _operation(product)
    grant = issue(
        kind=Kind.LICENCE,
        terms=_terms(ctx.case, payload, operation, product),
        scope={"datasets": list(product.payload["datasets"])},
        grantor=product.applicant,
        case_id=ctx.case.id,
        under=operation,
        by=ctx.by,
        at=ctx.at,
    )
    return {"grant": grant.id}


@effect("end_licence")
def end_licence(ctx: EffectContext) -> Mapping[str, Any]:
    """A contract that had not begun has no licence to end."""
    grant = of_contract(ctx.case)
    if grant is None:
        return {}
    reason = ctx.note or f"{ctx.step.label.zh} {ctx.step.label.en}"
    move(grant=grant, to=State.ENDED, reason=reason, case_id=ctx.case.id, by=ctx.by, at=ctx.at)
    return {"grant": grant.id}


@effect("record_access")
def record_access(ctx: EffectContext) -> Mapping[str, Any]:
    """Logged either way; who it was is a commitment."""
    assert isinstance(ctx.form, Access)
    form, grant = ctx.form, of_contract(ctx.case)
    if grant is not None:  # the same lock as the gateway's: one use at a time is counted
        Grant.objects.select_for_update().get(pk=grant.pk)
    used = uses(ctx.case) + answered(grant)
    denied = use_denied(ctx.case, form.subject, form.action, form.count, used, ctx.at)
    return {
        "contract": ctx.case.id,
        "action": form.action,
        "count": form.count,
        "decision": "denied" if denied else "allowed",
    }


@facts("contract_over")
def contract_over(case: Case) -> bool:
    """Term, uses, or the product itself: whichever is over first."""
    most = case.payload["most_uses"]
    late = moment.today() > date.fromisoformat(case.payload["ends"])
    used_up = most is not None and uses(case) + answered(of_contract(case)) >= most
    found = listing(case.payload["product"])
    return late or used_up or found is None or found.state == "delisted"


def use_denied(
    case: Case, subject: str, action: str, count: int, used: int, at: datetime
) -> Sentence | None:
    """Why one use under the contract is denied; None: it is allowed."""
    payload, today = case.payload, timezone.localdate(at).isoformat()
    found = listing(payload["product"])
    if found is None or found.state != "listed":
        return Sentence("Its product is not supplied at present.", "该产品目前未在架。")
    return access_denied(
        Asked(
            subject=subject,
            action=action,
            count=count,
            used=used,
            permitted=frozenset(payload["actions"]),
            subjects=frozenset(payload["subjects"]),
            most_uses=payload["most_uses"],
            in_term=payload["starts"] <= today <= payload["ends"],
        )
    )


def action_of_question(case: Case) -> str:
    """What a question through the gateway is in the contract's words."""
    return "read" if "read" in case.payload["actions"] else "compute"


def of_contract(case: Case) -> Grant | None:
    live = Grant.objects.filter(case_id=case.id, kind=Kind.LICENCE).exclude(state=State.ENDED)
    return live.first()


def answered(grant: Grant | None) -> int:
    """Questions that were answered under it, as the ledger has them."""
    if grant is None:
        return 0
    subject = Subject("grant", grant.id, grant.grantee)
    return ledger.entries(events=["query.answered"], subject=subject).count()


def _draft(case: Case, contract: Mapping[str, Any], on: date) -> Draft:
    """The licence as it would be; refused where the operation gives less, or its data reach
    nobody."""
    product = _product(case)
    operation = _operation(product)
    if contract["ends"] > operation.valid_until.isoformat():
        raise BadInput(
            "beyond_operation",
            Sentence(
                en=f"The operation that the product rests on ends on {operation.valid_until}.",
                zh=f"该产品所依据的授权运营于 {operation.valid_until} 届满。",
            ),
            field="ends",
        )
    found = reach.of_grant(
        operation, timezone.make_aware(datetime.combine(on, datetime.min.time()))
    )
    for code in product.payload["datasets"]:
        if code in found.refused:
            why = found.refused[code]
            raise BadInput("out_of_reach", Sentence(en=f"{code}: {why.en}", zh=f"{code}：{why.zh}"))
    wanted = _terms(case, contract, operation, product)
    drafted = draft(
        kind=Kind.LICENCE, terms=wanted, scope={"datasets": list(product.payload["datasets"])}
    )
    beyond = [
        violation
        for code in drafted.terms.datasets
        for violation in narrows(_ceiling(operation, code), drafted.terms, code)
    ]
    if beyond:
        raise BeyondOwner(dict.fromkeys(beyond))
    return drafted


def _terms(
    case: Case, contract: Mapping[str, Any], operation: Grant, product: Case
) -> dict[str, Any]:
    """What the contract leaves unsaid is taken from the operation; rows never leave."""
    given = operation.terms
    unsaid = {name: given[name] for name in OF_OPERATION if name in given}
    unsaid["datasets"] = {code: given["datasets"][code] for code in product.payload["datasets"]}
    said = dict(contract["terms"] or {})
    settled = {
        "grantee": case.parties["consumer"],
        "term": {"from": contract["starts"], "until": contract["ends"]},
        "output": "aggregate" if said.get("output") != "check" else "check",
    }
    return {**unsaid, **said, **settled}


def _ceiling(operation: Grant, code: str) -> Ceiling:
    terms = operation.terms
    whole = {name: terms[name] for name in ("purposes", "protection", "history") if name in terms}
    return Ceiling.model_validate({**terms["datasets"][code], **whole, "output": "aggregate"})


def _product(case: Case) -> Case:
    found = listing(case.payload["product"])
    assert found is not None  # the guard saw it
    return found


def _operation(product: Case) -> Grant:
    found = Grant.objects.filter(pk=product.payload["grant"], kind=Kind.OPERATION).first()
    if found is None or found.standing(moment.today()) != Standing.IN_FORCE:
        raise Conflict(
            "operation_not_in_force",
            Sentence(
                en="The authorised operation that the product rests on is not in force.",
                zh="该产品所依据的授权运营未处于有效状态。",
            ),
        )
    return found
