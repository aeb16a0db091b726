"""What cases do to grants: the effects and facts that the procedures name, bound here.

A case says in its own words what is to be granted: an agreement its machine-readable terms and
its term (R27 art. 14), a sharing request its purpose, basis and time limit (Order 809 art. 20),
the administrator the terms as they are. `wanted` reads them all into one form.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from gongshu.cases.clock import profile
from gongshu.cases.models import Case
from gongshu.cases.registry import EffectContext, candidates, effect, facts, party
from gongshu.catalog.models import Dataset
from gongshu.catalog.selectors import latest_owner_terms
from gongshu.grants import reach
from gongshu.grants.drafting import Draft, draft
from gongshu.grants.duties import refuse_both
from gongshu.grants.models import Grant, Kind, Standing, State
from gongshu.grants.services import issue, move
from gongshu.ledger import moment
from gongshu.rules.operation_forms import LONGEST_TERM_YEARS
from gongshu.rules.problems import BadInput, Conflict
from gongshu.rules.registrations import years_later
from gongshu.wording import Sentence


@dataclass(frozen=True)
class Wanted:
    kind: Kind
    terms: Mapping[str, Any]
    scope: Mapping[str, Any] | None
    grantor: str
    within: frozenset[str] | None = None  # the datasets that the case covers; None: any

    def draft(self) -> Draft:
        drafted = draft(kind=self.kind, terms=self.terms, scope=self.scope)
        outside = sorted({d.code for d, _ in drafted.pins} - (self.within or set()))
        if self.within is not None and outside:
            listed = ", ".join(outside)
            raise BadInput(
                "outside_plan",
                Sentence(
                    en=f"The approved plan does not cover {listed}.",
                    zh=f"已批准的实施方案不包括 {listed}。",
                ),
                field=f"terms.datasets.{outside[0]}",
            )
        return drafted


def wanted(case: Case, form: Mapping[str, Any] | None = None) -> Wanted:
    """What the case grants; `form` is that of the step being taken, not yet kept in the case."""
    return {
        "authorised_operation": _of_operation,
        "sharing_request": _of_sharing,
        "administrator_grant": _of_administrator,
    }[case.kind](case, form)


def _of_operation(case: Case, form: Mapping[str, Any] | None) -> Wanted:
    agreement = _form_of(case, "offer_agreement")
    if form and "starts" in form:  # the agreement itself; else the operator signs what was offered
        agreement = form
        _within_limits(case, agreement)
    terms = _settled(
        dict(agreement["terms"]),
        grantee=case.parties["operator"],
        term={"from": str(agreement["starts"]), "until": str(agreement["ends"])},
    )
    covered = [str(code) for code in case.payload["datasets"]]
    scope = terms.pop("scope", None)
    if scope is None and "datasets" not in terms:
        scope = {"datasets": covered}
    grantor = case.parties["implementing_body"]
    return Wanted(Kind.OPERATION, terms, scope, grantor, frozenset(covered))


def _within_limits(case: Case, agreement: Mapping[str, Any]) -> None:
    """What the plan and the place leave to the agreement."""
    years = case.payload.get("term_years", LONGEST_TERM_YEARS)
    starts, ends = (date.fromisoformat(str(agreement[name])) for name in ("starts", "ends"))
    if ends >= years_later(starts, years):
        raise BadInput(
            "beyond_plan",
            Sentence(
                en=f"The approved plan is for {years} years; the agreement is longer.",
                zh=f"已批准的方案期限为 {years} 年，协议期限超出方案。",
            ),
            field="ends",
        )
    if agreement.get("sub_authorisation") and not profile().allows("sub_authorisation"):
        raise BadInput(
            "sub_authorisation",
            Sentence(
                en="An operator may not authorise others in turn: no rule of this place allows it.",
                zh="不得转授权：本地规定未予允许。",
            ),
            field="sub_authorisation",
        )


def _of_sharing(case: Case, form: Mapping[str, Any] | None) -> Wanted:
    said = (form or _form_of(case, "consent") or {}).get("terms") or {}
    code = case.payload["dataset"]
    terms = _settled(
        dict(said),
        grantee=case.parties["requester"],
        purposes=[case.payload["purpose"]],
        basis={"statute": case.payload["legal_basis"][:400]},
    )
    today = moment.today().isoformat()
    terms.setdefault("term", {"from": today, "until": str(case.payload["until"])})
    terms.setdefault("output", _most_of_owner(code))
    terms.pop("scope", None)
    scope = {"datasets": [code]}
    return Wanted(Kind.SHARING, terms, scope, case.parties["provider"], frozenset({code}))


def _most_of_owner(code: str) -> str:
    """Sharing between agencies takes what the owner's terms allow, unless consent says less."""
    dataset = Dataset.objects.filter(code=code).first()
    own = latest_owner_terms(dataset) if dataset else None
    return str(own.terms.get("output", "aggregate")) if own else "aggregate"


def _of_administrator(case: Case, form: Mapping[str, Any] | None) -> Wanted:
    terms = dict(case.payload["terms"])
    scope = case.payload.get("scope") or terms.pop("scope", None)
    return Wanted(Kind.ADMINISTRATIVE, terms, scope, "")


def _form_of(case: Case, step: str) -> Mapping[str, Any]:
    """The form of the step as it was last taken."""
    taken = case.steps.filter(name=step).order_by("-id").first()
    return dict(taken.form or {}) if taken else {}


def _settled(terms: dict[str, Any], **settled: Any) -> dict[str, Any]:
    """What the case itself decides stands; terms that say otherwise are refused, not overruled."""
    for key, value in settled.items():
        if terms.setdefault(key, value) != value:
            raise BadInput(
                "terms_differ",
                Sentence(
                    en=f"The terms say another “{key}” than the case.",
                    zh=f"条款中的“{key}”与办件内容不一致。",
                ),
                suggestion=Sentence(
                    en="Leave it out of the terms: it is taken from the case.",
                    zh="可从条款中删去此项，系统将采用办件内容。",
                ),
                field=f"terms.{key}",
            )
    return terms


@effect("check_terms")
def check_terms(ctx: EffectContext) -> Mapping[str, Any] | None:
    """Before anybody signs: the terms make a grant, and keep within the owners' and the plan."""
    form = ctx.form.model_dump(mode="json") if ctx.form else None
    drafted = wanted(ctx.case, form).draft()
    _require_reach(drafted, ctx.case, timezone.localdate(ctx.at))
    return {"datasets": sorted(drafted.terms.datasets), "terms_digest_checked": True}


def _require_reach(drafted: Draft, case: Case, on: date) -> None:
    """Nobody manages data and operates them; what lacks anything reaches no operator."""
    parties = case.parties
    if "operator" not in parties:
        return
    datasets = [dataset for dataset, _ in drafted.pins]
    refuse_both(parties["implementing_body"], [parties["operator"]], datasets)
    rows = Dataset.objects.filter(pk__in=[dataset.pk for dataset in datasets])
    operation = reach.Operation(
        case=case.id,
        grantor=parties["implementing_body"],
        agreement_in_force=on <= drafted.terms.term.until,
    )
    for code, why in sorted(reach.of_datasets(rows, operation, on).refused.items()):
        raise BadInput(
            "out_of_reach",
            Sentence(en=f"{code}: {why.en}", zh=f"{code}：{why.zh}"),
            field=f"terms.datasets.{code}",
        )


@effect("issue_grant")
def issue_grant(ctx: EffectContext) -> Mapping[str, Any] | None:
    asked = wanted(ctx.case)
    # The plan's datasets bound an agreement; `issue` drafts again what it writes.
    _require_reach(asked.draft(), ctx.case, timezone.localdate(ctx.at))
    grant = issue(
        kind=asked.kind,
        terms=asked.terms,
        scope=asked.scope,
        grantor=asked.grantor,
        case_id=ctx.case.id,
        by=ctx.by,
        at=ctx.at,
    )
    return {"grant": grant.id}


@effect("suspend_grant")
def suspend_grant(ctx: EffectContext) -> Mapping[str, Any] | None:
    return _moved(ctx, State.SUSPENDED)


@effect("resume_grant")
def resume_grant(ctx: EffectContext) -> Mapping[str, Any] | None:
    return _moved(ctx, State.ACTIVE)


@effect("end_grant")
def end_grant(ctx: EffectContext) -> Mapping[str, Any] | None:
    return _moved(ctx, State.ENDED)


def _moved(ctx: EffectContext, to: State) -> Mapping[str, Any]:
    grant = grant_of(ctx.case)
    if grant is None:
        raise Conflict(
            "no_grant",
            Sentence(en="The case has no grant in force.", zh="该办件没有有效的授权。"),
        )
    reason = ctx.note or f"{ctx.step.label.zh} {ctx.step.label.en}"
    move(grant=grant, to=to, reason=reason, case_id=ctx.case.id, by=ctx.by, at=ctx.at)
    return {"grant": grant.id}


def grant_of(case: Case) -> Grant | None:
    """The case's grant that has not ended."""
    return _live(case).order_by("-issued", "-id").first()


def _live(case: Case) -> QuerySet[Grant]:
    return Grant.objects.filter(case_id=case.id).exclude(state=State.ENDED)


@facts("grant_term_over")
def grant_term_over(case: Case) -> bool:
    """The last day is part of the term; the day after, the clock ends it."""
    grant = grant_of(case)
    today = moment.today()
    return grant is not None and (
        grant.standing(today) == Standing.EXPIRED or today > grant.valid_until
    )


@candidates("grant_term_over")
def whose_grant_is_over(rows: QuerySet[Case]) -> QuerySet[Case]:
    over = Grant.objects.filter(valid_until__lt=moment.today()).exclude(state=State.ENDED)
    return rows.filter(pk__in=over.values("case_id"))


@facts("registrant_entitled")
def registrant_entitled(case: Case) -> bool:
    """Registration measures, article 3: who holds a resource, or who develops authorised ones."""
    wanted = case.payload
    dataset = Dataset.objects.select_related("provider").filter(code=wanted["dataset"]).first()
    if wanted["dataset"] and dataset is None:
        return False
    if wanted["what"] == "resource":
        return dataset is None or dataset.provider.code == case.applicant
    grant = _operation_of(case)
    if grant is None:
        # Registering other products is encouraged; those of an operation name its grant.
        return not (wanted["grant"] or wanted["in_operation"])
    return dataset is None or grant.datasets.filter(dataset=dataset).exists()


@facts("agreed_term")
def agreed_term(case: Case) -> tuple[date, date] | None:
    """Article 15: products and services of an operation are valid as long as it is agreed."""
    grant = _operation_of(case) if case.payload["what"] == "product" else None
    return (grant.valid_from, grant.valid_until) if grant else None


def _operation_of(case: Case) -> Grant | None:
    named = Grant.objects.filter(pk=case.payload["grant"], grantee=case.applicant)
    return named.filter(kind=Kind.OPERATION).first()


@party("operator_of_grant")
def operator_of_grant(payload: Mapping[str, Any]) -> str:
    found = Grant.objects.filter(pk=str(payload["grant"]), kind=Kind.OPERATION).first()
    return found.grantee if found else ""


@party("grantor_of_grant")
def grantor_of_grant(payload: Mapping[str, Any]) -> str:
    found = Grant.objects.filter(pk=str(payload["grant"]), kind=Kind.OPERATION).first()
    return found.grantor if found else ""


@party("holder_of_grant")
def holder_of_grant(payload: Mapping[str, Any]) -> str:
    """Who granted the access; of a licence, whoever granted the operation that it rests on."""
    found = Grant.objects.select_related("under").filter(pk=str(payload["grant"])).first()
    basis = found.under if found and found.under else found
    return basis.grantor if basis else ""


@facts("grantee_of_operation")
def grantee_of_operation(case: Case) -> bool:
    found = _named_operation(case)
    return found is not None and found.grantee == case.applicant and found.state != State.ENDED


@facts("product_in_scope")
def product_in_scope(case: Case) -> bool:
    """Nothing is made of data beyond the grant, nor without a grant in force."""
    found = _named_operation(case)
    if found is None or found.standing(moment.today()) != Standing.IN_FORCE:
        return False
    return set(case.payload["datasets"]) <= set(found.terms["datasets"])


@facts("grantor_of_operation")
def grantor_of_operation(case: Case) -> bool:
    found = _named_operation(case)
    return found is not None and found.grantor == case.applicant and found.state != State.ENDED


@facts("full_year_operated")
def full_year_operated(case: Case) -> bool:
    found = _named_operation(case)
    return found is not None and moment.today() >= years_later(found.valid_from, 1)


@facts("operation_over")
def operation_over(case: Case) -> bool:
    """Ended by its own case, or its term is over."""
    found = _named_operation(case)
    today = moment.today()
    return found is None or found.state == State.ENDED or today > found.valid_until


def _named_operation(case: Case) -> Grant | None:
    return Grant.objects.filter(pk=case.payload["grant"], kind=Kind.OPERATION).first()


@party("grantee_of_terms")
def grantee_of_terms(payload: Mapping[str, Any]) -> str:
    grantee = payload.get("terms", {}).get("grantee", "")
    return grantee if isinstance(grantee, str) and len(grantee) <= 18 else ""
