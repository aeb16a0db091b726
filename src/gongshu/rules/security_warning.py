"""Early warning as a case (监测预警): acknowledged, contained or dismissed, reviewed.

The Opinion, item 12, asks for monitoring and early warning and gives no steps: every row here is a
platform rule, without an article. The platform opens it (`rules.warnings`); the bureau and whoever
granted the access work on it; whom it is about does not see it. What turns out to be an incident
becomes a case of its own (`security_incident`).

Containing suspends grants at once, as in an incident, and only this case's own steps put them in
force again. Facts: `nothing_held`, of grants. Effects, of grants: `contain_incident`,
`lift_containment`. Party, of grants: `holder_of_grant`.

>>> from gongshu.rules.agents import Agent
>>> from gongshu.rules.procedure import View, step
>>> bureau = Agent("zhao", "B", frozenset({"bureau"}))
>>> step(SECURITY_WARNING, View("raised"), "acknowledge", bureau, {}).target
'acknowledged'
>>> step(SECURITY_WARNING, View("raised"), "dismiss", bureau, {}).code
'reason_owed'
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from gongshu.rules.procedure import CLOCK, Guard, Procedure, Step
from gongshu.rules.roles import AUTHORITY, HOLDER, HOLDER_HEAD
from gongshu.rules.security_incident import Containment, Lifting, Review
from gongshu.rules.warnings import RULES
from gongshu.rules.written import Form, Line, Text, choice, line, text
from gongshu.wording import Sentence


class SecurityWarning(Form):
    """Filled in by the platform, from the ledger."""

    title: Line = line("Warning", "预警编号")
    kind: Literal[
        "unusual_volume",
        "off_hours",
        "repeated_refusals",
        "budget_drain",
        "near_miss",
        "not_in_force",
        "linkage",
    ] = choice("Rule", "触发规则", RULES)
    grant: Line = line("Grant", "授权编号")
    organisation: str = line("Asked by", "提问单位", max_length=18)
    day: Line = line("Day", "日期")
    seen: int = line("Seen", "实际值", ge=0)
    threshold: int = line("Threshold", "阈值", ge=0)
    usual: int | None = line("Usual a day", "平日水平", ge=0, default=None)
    entries: list[str] = Field(
        title="Entries of the ledger behind it",
        json_schema_extra={"x-zh": "所依据的账本记录"},
        max_length=200,
    )
    how_many: int = line("Questions behind it", "涉及的提问数", ge=0)


class Acknowledgement(Form):
    plan: Text = text("How it is looked into, by whom", "核查安排及责任人")


NOTHING_HELD = Guard(
    "nothing_held",
    Sentence(
        en="Grants are still suspended by this warning: put them in force again, or end them in "
        "their own cases.",
        zh="仍有授权因本预警处于暂停状态：请先恢复，或在其办件中终止。",
    ),
)

SECURITY_WARNING = Procedure(
    kind="security_warning",
    title=Sentence(en="Early warning", zh="监测预警"),
    basis=Sentence(
        en="Platform rule, for the Opinion's item 12: monitoring and early warning",
        zh="平台规则，落实《意见》第12项“监测预警”",
    ),
    payload=SecurityWarning,
    initial="raised",
    finals=("dismissed", "closed"),
    subject=("warning", "title"),
    one_per_subject=True,
    parties={"holder": "holder_of_grant"},
    opener=CLOCK,
    states={
        "raised": Sentence("Raised", "已预警"),
        "acknowledged": Sentence("Being looked into", "核查中"),
        "contained": Sentence("Contained", "已处置"),
        "dismissed": Sentence("No cause", "已排除"),
        "closed": Sentence("Reviewed and closed", "已复核办结"),
    },
    steps=(
        Step(
            "acknowledge",
            ("raised",),
            "acknowledged",
            by=AUTHORITY,
            label=Sentence("Take it up", "受理核查"),
            event="warning.acknowledged",
            article=None,
            form=Acknowledgement,
            notify=("holder",),
        ),
        Step(
            "acknowledge_by_holder",
            ("raised",),
            "acknowledged",
            by=HOLDER,
            label=Sentence("Take it up (holder)", "受理核查（数据持有单位）"),
            event="warning.acknowledged_by_holder",
            article=None,
            form=Acknowledgement,
            notify=("kind:bureau",),
        ),
        Step(
            "dismiss",
            ("raised", "acknowledged"),
            "dismissed",
            by=AUTHORITY,
            label=Sentence("No cause, with the reason", "排除预警并说明理由"),
            event="warning.dismissed",
            article=None,
            reason=True,
            notify=("holder",),
        ),
        Step(
            "contain",
            ("raised", "acknowledged", "contained"),
            "contained",
            by=HOLDER,
            label=Sentence("Contain: suspend grants at once", "立即处置，暂停授权"),
            event="warning.contained",
            article=None,
            form=Containment,
            optional=True,
            effect="contain_incident",
            notify=("kind:bureau",),
        ),
        Step(
            "contain_by_authority",
            ("raised", "acknowledged", "contained"),
            "contained",
            by=AUTHORITY,
            label=Sentence("Contain (authority)", "主管部门责令处置"),
            event="warning.contained_by_authority",
            article=None,
            form=Containment,
            optional=True,
            effect="contain_incident",
            notify=("holder",),
        ),
        Step(
            "lift",
            ("contained",),
            "contained",
            by=HOLDER_HEAD,
            label=Sentence("Safe again: put grants in force", "风险消除，恢复授权"),
            event="warning.containment_lifted",
            article=None,
            form=Lifting,
            optional=True,
            effect="lift_containment",
            notify=("kind:bureau",),
        ),
        Step(
            "lift_by_authority",
            ("contained",),
            "contained",
            by=AUTHORITY,
            label=Sentence("Safe again (authority)", "主管部门同意恢复授权"),
            event="warning.containment_lifted_by_authority",
            article=None,
            form=Lifting,
            optional=True,
            effect="lift_containment",
            notify=("holder",),
        ),
        Step(
            "close",
            ("acknowledged", "contained"),
            "closed",
            by=AUTHORITY,
            label=Sentence("Reviewed: close", "复核完成，办结"),
            event="warning.closed",
            article=None,
            form=Review,
            guards=(NOTHING_HELD,),
            notify=("holder",),
        ),
    ),
)
