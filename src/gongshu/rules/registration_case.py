"""Registration case (公共数据资源登记): from the materials to the result query code.

Registration measures (公共数据资源登记管理暂行办法, 发改数据规〔2025〕26号), articles 7 to 13. Five
steps: apply, accept, formal review, publicity, code. First registrations and changes go this way;
corrections, renewals, cancellations and revocations are steps of the record
(`registration_record`).

Facts: `evidence_deposited` (article 7: the data's version stands in this ledger, or a deposit with
its digest is named), `registrant_entitled` (the dataset's provider, or the operator whose grant
covers it), `change_possible` (the record is in force and the registrant's own),
`registration_owed` (“yes” where article 9 sets the 20 working days, “legacy” its 30 for older
operations). Effects: `tell_objector`, `assign_code`.

Publicity takes ten working days from the formal review. Whether it stands still while an objection
is re-checked is not written: it does not, unless the place's profile says so (`[clocks]`). No
length is written for issuing the code; the platform does it when publicity is over.

>>> from gongshu.rules.agents import Agent
>>> from gongshu.rules.procedure import View, step
>>> clerk = Agent(person="qian", organisation="R", kinds=frozenset({"registry"}))
>>> view = View(state="accepted", parties={"registrant": "A"}, opened_by="li")
>>> step(REGISTRATION_CASE, view, "pass", clerk, {}).target
'in_publicity'
>>> step(REGISTRATION_CASE, view, "refuse", clerk, {}, note="no source").code
'not_now'
"""

from __future__ import annotations

from gongshu.rules.lengths import ByFact, workdays
from gongshu.rules.procedure import CLOCK, OPENED, Guard, Procedure, Role, Step
from gongshu.rules.registration_forms import (
    Application,
    FormalReview,
    Missing,
    RealNameObjection,
    Recheck,
    RegistrationMaterials,
    counted_from,
)
from gongshu.rules.roles import PARTY_CONCERNED, REGISTRANT, REGISTRANT_HEAD, REGISTRY
from gongshu.wording import Sentence

# Article 9: 20 working days from delivery in an authorised operation; 30 for older operations.
APPLY_BY = ByFact("registration_owed", (("yes", workdays(20)), ("legacy", workdays(30))))
PUBLICITY = workdays(10)
EVIDENCE = Guard(
    "evidence_deposited",
    Sentence(
        en="Evidence of the resource must be deposited first: add a version of the dataset here, "
        "or name a deposit and its digest.",
        zh="申请前须先行存证：请在本平台上传数据版本，或填写存证情况及其摘要。",
    ),
)
ENTITLED = Guard(
    "registrant_entitled",
    Sentence(
        en="A resource is registered by who holds it, a product by the operator whose grant "
        "covers it.",
        zh="数据资源由持有单位登记，产品和服务由获得授权的运营机构登记。",
    ),
)
CHANGEABLE = Guard(
    "change_possible",
    Sentence(
        en="There is no registration of yours in force under this query code.",
        zh="没有属于贵单位且有效的、以该查询码登记的结果。",
    ),
)

REGISTRATION_CASE = Procedure(
    kind="registration_case",
    title=Sentence(en="Registration", zh="公共数据资源登记"),
    basis=Sentence(
        en="Registration measures for public data resources (发改数据规〔2025〕26号)",
        zh="《公共数据资源登记管理暂行办法》（发改数据规〔2025〕26号）",
    ),
    payload=RegistrationMaterials,
    initial="preparing",
    finals=("coded", "refused", "terminated", "withdrawn"),
    subject=("registration", "name"),
    parties={"registrant": "opener"},
    opener=Role("opener", Sentence("the registrant", "登记主体")),
    counted_from=counted_from,
    states={
        "preparing": Sentence("Preparing", "准备材料"),
        "applied": Sentence("Applied", "已申请"),
        "awaiting_supplement": Sentence("Awaiting a supplement", "待补正"),
        "accepted": Sentence("Accepted", "已受理"),
        "in_publicity": Sentence("In publicity", "公示中"),
        "rechecking": Sentence("Objection being re-checked", "异议核查中"),
        "coded": Sentence("Registered", "已赋码"),
        "refused": Sentence("Refused", "不予登记"),
        "terminated": Sentence("Terminated upon an objection", "异议成立，终止登记"),
        "withdrawn": Sentence("Withdrawn", "已撤回"),
    },
    steps=(
        Step(
            "revise",
            ("preparing",),
            "preparing",
            by=REGISTRANT,
            label=Sentence("Revise the materials", "修改登记材料"),
            event="registration.revised",
            article="第九条",
            form=RegistrationMaterials,
            stores=True,
            optional=True,
        ),
        Step(
            "apply",
            ("preparing",),
            "applied",
            by=REGISTRANT_HEAD,
            label=Sentence("Business review passed: apply", "业务审核通过，提交申请"),
            event="registration.applied",
            article="第七条、第九条",
            within=APPLY_BY,
            form=Application,
            guards=(ENTITLED, EVIDENCE, CHANGEABLE),
            not_by_who_did=(OPENED,),
            notify=("kind:registry",),
        ),
        Step(
            "withdraw",
            ("preparing", "applied", "awaiting_supplement", "accepted"),
            "withdrawn",
            by=REGISTRANT,
            label=Sentence("Withdraw the application", "撤回申请"),
            event="registration.withdrawn",
            article=None,
            optional=True,
            notify=("kind:registry",),
        ),
        Step(
            "ask_supplement",
            ("applied",),
            "awaiting_supplement",
            by=REGISTRY,
            label=Sentence("Tell all that is missing", "一次性告知补正"),
            event="registration.supplement_asked",
            article="第十条",
            within=workdays(3),
            form=Missing,
            once=True,
            optional=True,
            notify=("registrant",),
        ),
        # The clock of article 10 starts again: the case comes into its state anew.
        Step(
            "resubmit",
            ("awaiting_supplement",),
            "applied",
            by=REGISTRANT,
            label=Sentence("Send the supplement", "补正后再次提交"),
            event="registration.resubmitted",
            article="第十条",
            form=RegistrationMaterials,
            stores=True,
            notify=("kind:registry",),
        ),
        Step(
            "accept",
            ("applied",),
            "accepted",
            by=REGISTRY,
            label=Sentence("Accept", "受理"),
            event="registration.accepted",
            article="第十条",
            within=workdays(3),
            guards=(ENTITLED, EVIDENCE, CHANGEABLE),
            notify=("registrant",),
        ),
        Step(
            "refuse",
            ("applied",),
            "refused",
            by=REGISTRY,
            label=Sentence("Do not accept, with the reason", "不予受理并说明理由"),
            event="registration.refused",
            article="第十条",
            within=workdays(3),
            reason=True,
            notify=("registrant",),
        ),
        Step(
            "explain_delay",
            ("accepted",),
            "accepted",
            by=REGISTRY,
            label=Sentence("Explain why the review is not finished", "说明未按期完成审核的原因"),
            event="registration.delay_explained",
            article="第十一条",
            optional=True,
            reason=True,
            notify=("registrant",),
        ),
        Step(
            "pass",
            ("accepted",),
            "in_publicity",
            by=REGISTRY,
            label=Sentence("Formal review passed: make public", "形式审核通过，予以公示"),
            event="registration.publicised",
            article="第十一条、第十二条",
            within=workdays(20),
            form=FormalReview,
            effect="publicise",
            notify=("registrant",),
        ),
        Step(
            "reject",
            ("accepted",),
            "refused",
            by=REGISTRY,
            label=Sentence("Formal review not passed", "形式审核不通过"),
            event="registration.rejected",
            article="第十一条",
            within=workdays(20),
            reason=True,
            notify=("registrant",),
        ),
        Step(
            "object",
            ("in_publicity",),
            "rechecking",
            by=PARTY_CONCERNED,
            label=Sentence("Object, by your real name", "实名提出异议"),
            event="registration.objected",
            article="第十二条",
            form=RealNameObjection,
            confidential=REGISTRY,
            optional=True,
            notify=("registrant", "kind:registry"),
        ),
        Step(
            "uphold",
            ("rechecking",),
            "terminated",
            by=REGISTRY,
            label=Sentence("The objection stands: terminate", "异议成立，终止登记"),
            event="registration.terminated",
            article="第十二条",
            form=Recheck,
            effect="tell_objector",
            notify=("registrant",),
        ),
        Step(
            "dismiss",
            ("rechecking",),
            "in_publicity",
            by=REGISTRY,
            label=Sentence("The objection does not stand", "异议不成立，继续公示"),
            event="registration.objection_dismissed",
            article="第十二条",
            form=Recheck,
            effect="tell_objector",
            notify=("registrant",),
        ),
        # A change whose registration has ended meanwhile can never be coded.
        Step(
            "close_void",
            ("in_publicity",),
            "terminated",
            by=REGISTRY,
            label=Sentence(
                "The registration itself has ended: terminate", "原登记已失效，终止办理"
            ),
            event="registration.closed_void",
            article=None,
            guards=(
                Guard(
                    "change_impossible",
                    Sentence(
                        "What is to be registered can still be registered.",
                        "登记事项仍可办理，不能终止。",
                    ),
                ),
            ),
            optional=True,
            reason=True,
            notify=("registrant",),
        ),
        Step(
            "code",
            ("in_publicity",),
            "coded",
            by=CLOCK,
            label=Sentence("Publicity is over: assign the query code", "公示期满，赋码"),
            event="registration.coded",
            article="第十三条",
            after=PUBLICITY,
            since="pass",
            may_stand="rechecking",
            guards=(CHANGEABLE,),
            effect="assign_code",
            notify=("registrant", "kind:registry"),
        ),
    ),
)
