"""Sharing dispute (政务数据共享争议): consult, have it coordinated, have it decided.

Government Data Sharing Regulations (政务数据共享条例, State Council Order 809), article 28: first
the two departments consult; then the authority at their level coordinates, or the common superior
one where they belong to different levels or regions; what stays unsettled, the government at that
level decides. No length is written for any of it; a place may set its own (`profile.toml`).

A dispute is about a sharing request, or about a check request whose data were said to be right.

Fact: `dispute_has_ground` (the case is one of these, and the claimant's). Party:
`other_side_of_case`.

>>> from gongshu.rules.agents import Agent
>>> from gongshu.rules.procedure import View, step
>>> clerk = Agent(person="li", organisation="A")
>>> step(SHARING_DISPUTE, View("failed", {"claimant": "A"}), "apply", clerk, {}).target
'coordinating'
>>> step(SHARING_DISPUTE, View("opened", {"claimant": "A"}), "accept_offer", clerk, {}).code
'too_soon'
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from gongshu.rules.agents import Kind
from gongshu.rules.lengths import UNWRITTEN
from gongshu.rules.procedure import Guard, Procedure, Role, Step
from gongshu.rules.roles import AUTHORITY, GOVERNMENT
from gongshu.rules.written import Files, Form, Line, Text, choice, files, line, text
from gongshu.wording import Sentence

CLAIMANT = Role("claimant", Sentence("who raised the dispute", "争议提出方"), party="claimant")
RESPONDENT = Role("respondent", Sentence("the other side", "争议相对方"), party="respondent")
LEVELS = {
    "same_level": Sentence("the authority at the same level", "同级主管部门"),
    "common_superior": Sentence(
        "the common superior authority (different levels or regions)",
        "共同的上级主管部门（跨层级、跨地域）",
    ),
}


class SharingDispute(Form):
    """What it is about, and what is asked."""

    case: str = line("Case in dispute", "争议所涉办件", pattern=r"^C-\d{4}-\d{6,}$", max_length=20)
    matter: Text = text("What is in dispute", "争议事项")
    claim: Text = text("What you ask, and why", "诉求及理由")
    evidence_files: Files = files("Documents of the dispute", "争议相关材料（附件）")


class Offer(Form):
    offer: Text = text("What the other side offers", "协商方案")


class Coordination(Form):
    """Whose matter it is decides who coordinates."""

    level: Literal["same_level", "common_superior"] = choice("Who coordinates", "协调机关", LEVELS)
    authority: Line = line("Name of that authority", "协调机关名称")
    consulted: Text = text("How the consultation went", "协商经过")


class Coordinated(Form):
    agreement: Text = text("What was agreed", "协调达成的一致意见")


class Decided(Form):
    """The government at that level decides."""

    decision: Text = text("Decision", "决定内容")
    decided_on: date = line("Decided on", "决定日期")
    record: Line = line("Number of the record", "文号")


SHARING_DISPUTE = Procedure(
    kind="sharing_dispute",
    title=Sentence(en="Sharing dispute", zh="数据共享争议"),
    basis=Sentence(
        en="Government Data Sharing Regulations (Order 809), article 28",
        zh="《政务数据共享条例》（国务院令第809号）第二十八条",
    ),
    payload=SharingDispute,
    initial="opened",
    finals=("settled", "decided", "withdrawn"),
    subject=("case", "case"),
    one_per_subject=True,
    parties={"claimant": "opener", "respondent": "other_side_of_case"},
    opener=Role("opener", Sentence("a government department", "政务部门"), kind=Kind.AGENCY),
    opening_guards=(
        Guard(
            "dispute_has_ground",
            Sentence(
                en="A dispute is about a sharing or check request that has been sent and is yours.",
                zh="争议须针对贵单位已提交的共享申请或校核申请。",
            ),
        ),
    ),
    states={
        "opened": Sentence("Being consulted on", "协商中"),
        "settled": Sentence("Settled", "已达成一致"),
        "failed": Sentence("Consultation failed", "协商不成"),
        "coordinating": Sentence("Being coordinated", "协调中"),
        "escalated": Sentence("With the government", "报请本级人民政府决定"),
        "decided": Sentence("Decided", "已决定"),
        "withdrawn": Sentence("Withdrawn", "已撤回"),
    },
    steps=(
        Step(
            "offer",
            ("opened",),
            "opened",
            by=RESPONDENT,
            label=Sentence("Offer a settlement", "提出协商方案"),
            event="dispute.offered",
            article="第二十八条",
            within=UNWRITTEN,
            form=Offer,
            notify=("claimant",),
        ),
        Step(
            "accept_offer",
            ("opened",),
            "settled",
            by=CLAIMANT,
            label=Sentence("Agree to the offer", "同意协商方案"),
            event="dispute.settled",
            article="第二十八条",
            needs=("offer",),
            notify=("respondent",),
        ),
        Step(
            "withdraw",
            ("opened", "failed"),
            "withdrawn",
            by=CLAIMANT,
            label=Sentence("Withdraw the dispute", "撤回争议"),
            event="dispute.withdrawn",
            article=None,
            optional=True,
            notify=("respondent",),
        ),
        Step(
            "fail",
            ("opened",),
            "failed",
            by=CLAIMANT,
            label=Sentence("We do not come to terms", "协商不成"),
            event="dispute.consultation_failed",
            article="第二十八条",
            within=UNWRITTEN,
            optional=True,
            reason=True,
            notify=("respondent",),
        ),
        Step(
            "fail_by_respondent",
            ("opened",),
            "failed",
            by=RESPONDENT,
            label=Sentence("We do not come to terms (the other side)", "协商不成（相对方）"),
            event="dispute.consultation_failed_by_respondent",
            article="第二十八条",
            within=UNWRITTEN,
            optional=True,
            reason=True,
            notify=("claimant",),
        ),
        Step(
            "apply",
            ("failed",),
            "coordinating",
            by=CLAIMANT,
            label=Sentence("Apply for coordination", "申请协调"),
            event="dispute.coordination_asked",
            article="第二十八条",
            form=Coordination,
            notify=("respondent", "kind:bureau"),
        ),
        Step(
            "apply_by_respondent",
            ("failed",),
            "coordinating",
            by=RESPONDENT,
            label=Sentence("Apply for coordination (the other side)", "申请协调（相对方）"),
            event="dispute.coordination_asked_by_respondent",
            article="第二十八条",
            form=Coordination,
            optional=True,
            notify=("claimant", "kind:bureau"),
        ),
        Step(
            "coordinate",
            ("coordinating",),
            "settled",
            by=AUTHORITY,
            label=Sentence("Coordinated: they agree", "协调达成一致"),
            event="dispute.coordinated",
            article="第二十八条",
            within=UNWRITTEN,
            form=Coordinated,
            notify=("claimant", "respondent"),
        ),
        Step(
            "escalate",
            ("coordinating",),
            "escalated",
            by=AUTHORITY,
            label=Sentence("Not agreed: to the government", "协调不成，报请本级人民政府决定"),
            event="dispute.escalated",
            article="第二十八条",
            within=UNWRITTEN,
            reason=True,
            notify=("claimant", "respondent", "kind:government"),
        ),
        Step(
            "decide",
            ("escalated",),
            "decided",
            by=GOVERNMENT,
            label=Sentence("Decide", "作出决定"),
            event="dispute.decided",
            article="第二十八条",
            within=UNWRITTEN,
            form=Decided,
            notify=("claimant", "respondent", "kind:bureau"),
        ),
    ),
)
