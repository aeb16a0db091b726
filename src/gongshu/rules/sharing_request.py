"""Sharing request (政务数据共享申请): from a request to a grant, its use and its end.

Government Data Sharing Regulations (政务数据共享条例, State Council Order 809), articles 20 to 29.
Disputes (article 28, `sharing_dispute`) and check-and-correct (article 26, `check_request`) are
procedures of their own. The use of what was shared (article 27: suspension, end, disposal) is not:
it has the same parties, lives as long as the one grant that delivery puts in force, and a request
without its use, or a use without its request, would have to be looked up to be understood.

Facts, of the catalogue: `sharing_attribute` (unconditional or conditional; decides how long the
reply may take), `data_shareable` (published, and not “not shared”); of grants: `grant_term_over`.
Party, of the catalogue: `provider_of_dataset`.
Effects: `check_terms`, `issue_grant`, `suspend_grant`, `resume_grant`, `end_grant`.

A resubmitted request is received anew, so its clock starts again: the regulations do not say so
and we read it thus. A passed deadline is a flag and no state.

>>> from gongshu.rules.agents import Agent
>>> from gongshu.rules.procedure import View, step
>>> head = Agent(person="wang", organisation="B", kinds=frozenset({"agency"}), rank="head")
>>> view = View(state="received", parties={"requester": "A", "provider": "B"}, opened_by="li")
>>> step(SHARING_REQUEST, view, "refuse", head, {}, note="it is a work secret").target
'refused'
>>> step(SHARING_REQUEST, view, "refuse", head, {}).code
'reason_owed'
"""

from __future__ import annotations

from gongshu.rules.lengths import ByFact, ByForm, workdays
from gongshu.rules.procedure import OPENED, Guard, Procedure, Role, Step
from gongshu.rules.roles import (
    AUTHORITY,
    PROVIDER,
    PROVIDER_HEAD,
    REQUESTER,
    REQUESTER_HEAD,
)
from gongshu.rules.sharing_forms import (
    Consent,
    Destruction,
    FilingOfEnd,
    Rectification,
    SharingRequest,
    Supplement,
)
from gongshu.rules.stopping import expiring, resuming, suspending
from gongshu.wording import Sentence

# Article 21: 1 working day for unconditional, 10 for conditional sharing.
REPLY = ByFact(
    "sharing_attribute",
    (("unconditional", workdays(1)), ("conditional", workdays(10))),
)
RECTIFY_BY = ByForm("rectify_by", Sentence("the day set for rectifying", "限定的整改期限"))
IN_USE = ("active", "suspended", "consulting", "end_agreed")
SHAREABLE = Guard(
    "data_shareable",
    Sentence(
        en="These data are not in the published catalogue, or the catalogue says that they are not "
        "shared, and on what legal basis.",
        zh="该数据尚未列入已发布目录，或目录载明其属于不予共享类并列明了依据。",
    ),
)

SHARING_REQUEST = Procedure(
    kind="sharing_request",
    title=Sentence(en="Sharing request", zh="数据共享申请"),
    basis=Sentence(
        en="Government Data Sharing Regulations (Order 809), articles 20–29",
        zh="《政务数据共享条例》（国务院令第809号）第二十条至第二十九条",
    ),
    payload=SharingRequest,
    initial="draft",
    finals=("closed", "ended", "refused", "withdrawn"),
    subject=("dataset", "dataset"),
    parties={"requester": "opener", "provider": "provider_of_dataset"},
    opener=Role("opener", Sentence("a government department", "政务部门"), kind="agency"),
    opening_guards=(SHAREABLE,),
    states={
        "draft": Sentence("Draft", "草稿"),
        "received": Sentence("Received", "已受理"),
        "awaiting_supplement": Sentence("Awaiting a supplement", "待补充"),
        "agreed": Sentence("Agreed", "已同意"),
        "refused": Sentence("Refused", "不予共享"),
        "active": Sentence("In use", "使用中"),
        "suspended": Sentence("Suspended", "已暂停"),
        "consulting": Sentence("End proposed by the provider", "提供部门提议终止，协商中"),
        "end_agreed": Sentence("End agreed, to be filed", "已协商终止，待备案"),
        "disposing": Sentence("Disposing of the data", "数据处置中"),
        "ended": Sentence("Ended", "已终止"),
        "closed": Sentence("Closed", "已办结"),
        "withdrawn": Sentence("Withdrawn", "已撤回"),
    },
    steps=(
        Step(
            "submit",
            ("draft",),
            "received",
            by=REQUESTER_HEAD,
            # Article 20: by sending it, the requester answers for it.
            label=Sentence(
                "Approve and send: it is true, lawful and needed",
                "审核同意并提交，对申请的真实性、合法性、必要性负责",
            ),
            event="sharing.requested",
            article="第二十条",
            guards=(SHAREABLE,),
            not_by_who_did=(OPENED,),
            notify=("provider",),
        ),
        Step(
            "withdraw",
            # Also what was agreed to: its term may pass before the data are delivered.
            ("draft", "received", "awaiting_supplement", "agreed"),
            "withdrawn",
            by=REQUESTER,
            label=Sentence("Withdraw the request", "撤回申请"),
            event="sharing.withdrawn",
            article=None,
            optional=True,
            notify=("provider",),
        ),
        Step(
            "ask_supplement",
            ("received",),
            "awaiting_supplement",
            by=PROVIDER,
            label=Sentence("Tell all that is missing", "一次性告知补充"),
            event="sharing.supplement_asked",
            article="第二十一条",
            form=Supplement,
            once=True,
            optional=True,
            notify=("requester",),
        ),
        Step(
            "resubmit",
            ("awaiting_supplement",),
            "received",
            by=REQUESTER,
            label=Sentence("Send the supplement", "补充后再次提交"),
            event="sharing.resubmitted",
            article="第二十一条",
            form=SharingRequest,
            stores=True,
            notify=("provider",),
        ),
        Step(
            "ask_extension",
            ("received",),
            "received",
            by=PROVIDER,
            label=Sentence("Ask for an extension", "申请延期答复"),
            event="sharing.extension_asked",
            article="第二十一条",
            once=True,
            optional=True,
            reason=True,
            notify=("kind:bureau",),
        ),
        Step(
            "extend",
            ("received",),
            "received",
            by=AUTHORITY,
            label=Sentence("Consent to an extension", "同意延期答复"),
            event="sharing.extended",
            article="第二十一条",
            extends=workdays(10),
            needs=("ask_extension",),
            once=True,
            reason=True,
            notify=("requester", "provider"),
        ),
        Step(
            "consent",
            ("received",),
            "agreed",
            by=PROVIDER_HEAD,
            label=Sentence("Consent", "同意共享"),
            event="sharing.consented",
            article="第二十一条",
            within=REPLY,
            form=Consent,
            guards=(SHAREABLE,),
            not_by_who_did=(OPENED, "submit"),
            effect="check_terms",
            notify=("requester",),
        ),
        Step(
            "refuse",
            ("received",),
            "refused",
            by=PROVIDER_HEAD,
            label=Sentence("Refuse, with the reason", "不同意共享并说明理由"),
            event="sharing.refused",
            article="第二十一条",
            within=REPLY,
            reason=True,
            notify=("requester",),
        ),
        Step(
            "deliver",
            ("agreed",),
            "active",
            by=PROVIDER,
            label=Sentence("Deliver: put the grant in force", "提供数据，授权生效"),
            event="sharing.delivered",
            article="第二十二条",
            within=workdays(20),
            effect="issue_grant",
            notify=("requester",),
        ),
        *suspending(
            "sharing",
            "active",
            "suspended",
            by=PROVIDER,
            user="requester",
            why=Sentence("Suspend: over-use or passing on", "暂停：超范围使用或擅自提供"),
            article="第二十七条",
            form=Rectification,
        ),
        *resuming(
            "sharing", "suspended", "active", by=PROVIDER, user="requester", article="第二十七条"
        ),
        Step(
            "end_unrectified",
            ("suspended",),
            "ended",
            by=PROVIDER,
            label=Sentence("Not rectified: end", "逾期未整改，终止共享"),
            event="sharing.ended",
            article="第二十七条",
            entered_by=("suspend",),
            within=RECTIFY_BY,
            reason=True,
            effect="end_grant",
            notify=("requester", "kind:bureau"),
        ),
        Step(
            "end_by_authority",
            ("suspended",),
            "ended",
            by=AUTHORITY,
            label=Sentence("Not rectified: end (authority)", "逾期未整改，主管部门终止共享"),
            event="sharing.ended_by_authority",
            article="第二十七条",
            entered_by=("suspend_by_authority",),
            within=RECTIFY_BY,
            reason=True,
            effect="end_grant",
            notify=("requester", "provider"),
        ),
        Step(
            "propose_end",
            ("active",),
            "consulting",
            by=PROVIDER,
            label=Sentence("Propose to end the service", "提议终止共享服务"),
            event="sharing.end_proposed",
            article="第二十七条",
            optional=True,
            reason=True,
            notify=("requester",),
        ),
        Step(
            "agree_to_end",
            ("consulting",),
            "end_agreed",
            by=REQUESTER,
            label=Sentence("Agree to the end", "同意终止"),
            event="sharing.end_agreed",
            article="第二十七条",
            notify=("provider", "kind:bureau"),
        ),
        Step(
            "keep",
            ("consulting",),
            "active",
            by=REQUESTER,
            label=Sentence("Do not agree: the service goes on", "不同意终止，继续共享"),
            event="sharing.end_declined",
            article="第二十七条",
            reason=True,
            notify=("provider",),
        ),
        Step(
            "file_end",
            ("end_agreed",),
            "ended",
            by=AUTHORITY,
            label=Sentence("File the end of the service", "终止备案"),
            event="sharing.end_filed",
            article="第二十七条",
            form=FilingOfEnd,
            effect="end_grant",
            notify=("requester", "provider"),
        ),
        Step(
            "no_longer_needed",
            ("active",),
            "disposing",
            by=REQUESTER,
            label=Sentence("No longer needed", "使用目的已实现或不再需要"),
            event="sharing.use_finished",
            article="第二十七条",
            optional=True,
            effect="end_grant",
            notify=("provider",),
        ),
        expiring("sharing", IN_USE, "disposing", notify=("requester", "provider")),
        Step(
            "dispose",
            ("disposing",),
            "closed",
            by=REQUESTER,
            label=Sentence("Prove disposal", "提交处置证明"),
            event="sharing.closed",
            article="第二十七条、第二十九条",
            form=Destruction,
            notify=("provider",),
        ),
    ),
)
