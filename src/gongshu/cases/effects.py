"""What procedures ask of the cases themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gongshu.accounts.models import Organisation, OrganisationRole, Person
from gongshu.cases.models import Case
from gongshu.cases.registry import EffectContext, effect, facts, party
from gongshu.cases.services import open_case, set_party
from gongshu.rules.agents import Kind
from gongshu.rules.open_data_demand import Assignment, Feedback
from gongshu.rules.operation_forms import Meeting, Selection
from gongshu.rules.problems import BadInput
from gongshu.rules.public_complaint import Taking
from gongshu.wording import Sentence


@effect("choose_operator")
def choose_operator(ctx: EffectContext) -> Mapping[str, Any]:
    """R27 article 12: the operator chosen becomes a party; it must be one on this platform."""
    assert isinstance(ctx.form, Selection)
    code = ctx.form.operator
    if not OrganisationRole.objects.filter(organisation__code=code, kind=Kind.OPERATOR).exists():
        raise BadInput(
            "unknown_operator",
            Sentence(
                en=f"No operator with the code {code} is registered here.",
                zh=f"没有代码为 {code} 的运营机构。",
            ),
            field="operator",
        )
    if code == ctx.case.parties["implementing_body"]:
        raise BadInput(
            "operator_manages",
            Sentence(
                en="Whoever authorises the operation cannot be its operator.",
                zh="实施机构不得同时作为运营机构。",
            ),
            field="operator",
        )
    set_party(case=ctx.case, name="operator", organisation=code)
    return {"operator": code, "method": ctx.form.method}


@effect("check_members")
def check_members(ctx: EffectContext) -> Mapping[str, Any]:
    """Whoever decides together is somebody of the organisation that decides."""
    assert isinstance(ctx.form, Meeting)
    own = Person.objects.filter(organisation__code=ctx.by.organisation, is_active=True)
    known = set(own.filter(username__in=ctx.form.members).values_list("username", flat=True))
    strangers = sorted(set(ctx.form.members) - known)
    if strangers:
        raise BadInput(
            "unknown_member",
            Sentence(
                en=f"There is nobody called “{strangers[0]}” in your organisation.",
                zh=f"本单位没有用户“{strangers[0]}”。",
            ),
            field="members",
        )
    return {"members": len(ctx.form.members)}


@effect("assign_holder")
def assign_holder(ctx: EffectContext) -> Mapping[str, Any]:
    """The portal passes a demand to who holds the data; it becomes a party of the case."""
    assert isinstance(ctx.form, Assignment)
    code = ctx.form.holder
    _require_known(code, "holder")
    set_party(case=ctx.case, name="holder", organisation=code)
    return {"holder": code, "title": ctx.case.payload["title"]}


@effect("assign_respondent")
def assign_respondent(ctx: EffectContext) -> Mapping[str, Any]:
    """Whom a complaint concerns becomes a party; the entry does not say of what."""
    assert isinstance(ctx.form, Taking)
    _require_known(ctx.form.respondent, "respondent")
    set_party(case=ctx.case, name="respondent", organisation=ctx.form.respondent)
    return {"respondent": ctx.form.respondent}


def _require_known(code: str, field: str) -> None:
    if not Organisation.objects.filter(code=code).exists():
        raise BadInput(
            "unknown_organisation",
            Sentence(
                en=f"No organisation with the code “{code}” is registered.",
                zh=f"没有代码为“{code}”的机构。",
            ),
            field=field,
        )


@effect("start_check")
def start_check(ctx: EffectContext) -> Mapping[str, Any]:
    """Feedback that says the data are wrong becomes a check request of its own."""
    assert isinstance(ctx.form, Feedback)
    if not ctx.form.wrong:
        return {}
    opened = ctx.case.steps.filter(name="publish").order_by("-id")[0]
    payload = {
        "dataset": (opened.form or {})["dataset"],
        "problem": ctx.form.text,
        "grounds": f"{ctx.case.id} {ctx.form.contact}".strip(),
    }
    check = open_case(kind="check_request", payload=payload, by=ctx.by, at=ctx.at)
    return {"check": check.id}


@facts("incident_kind")
def incident_kind(case: Case) -> str:
    return str(case.payload["kind"])


@party("other_side_of_case")
def other_side_of_case(payload: Mapping[str, Any]) -> str:
    """Of a request's two departments, the one that does not open the dispute."""
    sides = _sides(payload["case"])
    others = sides - {payload["opener"]}
    return others.pop() if len(others) == 1 and payload["opener"] in sides else ""


@facts("dispute_has_ground")
def dispute_has_ground(case: Case) -> bool:
    """Order 809 article 28: between the two departments of a request that has been sent."""
    sides = _sides(case.payload["case"])
    return case.applicant in sides and len(sides) == 2


def _sides(case_id: str) -> set[str]:
    found = Case.objects.filter(pk=case_id, kind__in=("sharing_request", "check_request"))
    one = found.exclude(kind="sharing_request", state="draft").first()
    sides = {name: code for name, code in one.parties.items() if code} if one else {}
    return {sides[name] for name in ("requester", "provider") if name in sides}
