"""Registration and consent around an operation: what its own steps ask of them, and what may begin.

The rows that decide at every question whether data reach an operator are read in `grants.reach`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.fields.json import KT
from django.utils import timezone

from gongshu.cases import clock
from gongshu.cases.models import Case, Registration
from gongshu.cases.registrations import STANDING
from gongshu.cases.registry import EffectContext, candidates, effect, facts
from gongshu.catalog.models import Dataset
from gongshu.grants.models import Grant, Kind, State
from gongshu.grants.reach import OPERATION, registrations
from gongshu.ledger import moment
from gongshu.rules.operation_forms import Registration as Registered
from gongshu.rules.problems import BadInput
from gongshu.rules.registrations import YEARS, as_typed, years_later
from gongshu.wording import Sentence


@facts("operation_needs_consent")
def operation_needs_consent(case: Case) -> bool:
    """R27, article 5: data of another provider, named by an operation of the asker's."""
    found = Case.objects.filter(pk=case.payload["operation"], kind=OPERATION).first()
    dataset = Dataset.objects.select_related("provider").filter(code=case.payload["dataset"])
    named = dataset.first()
    if found is None or named is None:
        return False
    own = found.parties.get("implementing_body") == case.applicant
    covered = named.code in found.payload["datasets"]
    return own and covered and named.provider.code != case.applicant


@candidates("registration_over")
def over_or_of_ended_operations(rows: QuerySet[Case]) -> QuerySet[Case]:
    late = Q(registration__valid_until__lt=moment.today())
    ended = Grant.objects.filter(kind=Kind.OPERATION, state=State.ENDED)
    made = Case.objects.filter(kind="registration_case", state="coded", payload__what="product")
    of_ended = made.annotate(grant=KT("payload__grant")).filter(grant__in=ended.values("pk"))
    product = Q(registration__what="product", first__in=of_ended.values("pk"))
    return rows.annotate(first=KT("payload__case")).filter(late | product)


@facts("registration_over")
def registration_over(case: Case) -> bool:
    """The last day is valid; the day after, the clock cancels. A product of an operation whose
    agreed term is three years at most is registered as long as it is really operated (R26,
    article 15): it ends with the operation, also where that ends early."""
    found = Registration.objects.get(record=case)
    if moment.today() > found.valid_until:
        return True
    if found.what != "product":
        return False
    made = Case.objects.get(pk=case.payload["case"]).payload
    grant = Grant.objects.filter(pk=made["grant"], kind=Kind.OPERATION).first()
    if grant is None or grant.state != State.ENDED or _renewed(grant):
        return False
    return grant.valid_until < years_later(grant.valid_from, YEARS)


def _renewed(grant: Grant) -> bool:
    """The same operation goes on under a grant of its own."""
    later = Grant.objects.filter(case_id=grant.case_id, kind=Kind.OPERATION)
    return later.exclude(state=State.ENDED).exists()


@facts("resources_registered")
def resources_registered(case: Case) -> bool:
    """Every resource of the operation's grant has its registration in force."""
    if clock.profile().allows("registration_elsewhere"):
        return True
    rows = Dataset.objects.filter(grants__grant__in=_live(case))
    registered = registrations(moment.today()).filter(dataset=OuterRef("code"))
    return rows.exists() and not rows.filter(~Exists(registered)).exists()


@facts("products_registered")
def products_registered(case: Case) -> bool:
    return clock.profile().allows("registration_elsewhere") or products_of(case).exists()


def products_of(case: Case) -> QuerySet[Registration]:
    """What the operator has registered of this operation's products, in force."""
    made = Case.objects.filter(
        kind="registration_case", payload__grant__in=[grant.pk for grant in _live(case)]
    )
    return Registration.objects.filter(
        what="product",
        registrant=case.parties.get("operator", ""),
        record__state__in=STANDING,
        valid_until__gte=moment.today(),
        record__payload__case__in=list(made.values_list("pk", flat=True)),
    )


@effect("check_registration")
def check_registration(ctx: EffectContext) -> Mapping[str, Any]:
    """R27 article 16: the code that is recorded is one of this operation's own."""
    assert isinstance(ctx.form, Registered)
    code = as_typed(ctx.form.code)
    if clock.profile().allows("registration_elsewhere"):
        return {"code": code}
    if ctx.step.name == "register_products":
        found = products_of(ctx.case).filter(code=code)
    else:
        names = {name for grant in _live(ctx.case) for name in grant.terms["datasets"]}
        found = registrations(timezone.localdate(ctx.at)).filter(code=code, dataset__in=names)
    if not found.exists():
        raise BadInput(
            "not_its_registration",
            Sentence(
                en=f"“{code}” is no registration in force of this operation's.",
                zh=f"“{code}”不是本授权运营事项的有效登记结果查询码。",
            ),
            field="code",
        )
    return {"code": code}


def _live(case: Case) -> QuerySet[Grant]:
    return Grant.objects.filter(case_id=case.id).exclude(state=State.ENDED)
