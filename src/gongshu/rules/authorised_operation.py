"""Authorised operation (公共数据资源授权运营): from a plan to a grant, and to its end.

Rules for authorised operation (公共数据资源授权运营实施规范（试行）, 发改数据规〔2025〕27号, R27).
They write no deadlines for these steps, so none is invented here; the 20 working days for
registering are those of article 9 of the registration measures (发改数据规〔2025〕26号, R26).

Facts, of the catalogue: `datasets_graded` (article 5: only what is published, classified and
graded); of grants: `grant_term_over`, `resources_registered`, `products_registered`. What each
dataset needs before an operator reaches it (grade, registration, the provider's consent by a case
of its own, `operation_consent`) is asked by `check_terms`, by `issue_grant` and at every question.
Effects, of cases: `choose_operator`, `check_members`; of grants: `check_terms`, `issue_grant`,
`check_registration`, `suspend_grant`, `resume_grant`, `end_grant`.

Plan and agreement are collective decisions (三重一大): those who decide are named, and each
records their own consent. When the term is over, access ends and the operation is evaluated; it is
then renewed, with an agreement of its own, so that one case never has two grants in force, or it
exits: the operator hands back and proves destruction, the implementing body checks the proof.

Limits: a term of at most five years, and of no more than the plan says; no passing on of the
authorisation unless the place allows it; the operator is none of the bodies that manage the data.

>>> from gongshu.rules.agents import Agent
>>> from gongshu.rules.procedure import View, step
>>> mayor = Agent(person="zhao", organisation="G", kinds=frozenset({"government"}))
>>> view = View(state="plan_submitted", parties={"implementing_body": "A"}, opened_by="li")
>>> step(AUTHORISED_OPERATION, view, "name_deciders_of_plan", mayor, {}).target
'plan_submitted'
>>> step(AUTHORISED_OPERATION, view, "approve_plan", mayor, {}).code
'not_all_yet'
>>> step(AUTHORISED_OPERATION, view, "provide", mayor, {}).code
'not_now'
"""

from __future__ import annotations

from gongshu.rules.collective import deciding
from gongshu.rules.lengths import UNWRITTEN, workdays
from gongshu.rules.operation_forms import (
    Acceptance,
    Agreement,
    Decision,
    Evaluation,
    Filing,
    Handover,
    OperatorDeclaration,
    Plan,
    Registration,
    Selection,
)
from gongshu.rules.operation_guards import GRADED, PRODUCTS_REGISTERED, RESOURCES_REGISTERED
from gongshu.rules.procedure import OPENED, Procedure, Role, Step
from gongshu.rules.roles import (
    GOVERNMENT,
    IMPLEMENTING,
    IMPLEMENTING_HEAD,
    OPERATOR,
    OPERATOR_HEAD,
    SECTOR_BODY,
)
from gongshu.rules.stopping import expiring, resuming, suspending
from gongshu.wording import Sentence

AUTHORISED_OPERATION = Procedure(
    kind="authorised_operation",
    title=Sentence(en="Authorised operation", zh="授权运营"),
    basis=Sentence(
        en="Rules for authorised operation (发改数据规〔2025〕27号)",
        zh="《公共数据资源授权运营实施规范（试行）》（发改数据规〔2025〕27号）",
    ),
    payload=Plan,
    initial="plan_draft",
    finals=("closed", "abandoned"),
    subject=("operation", "name"),
    parties={"implementing_body": "opener"},
    opener=Role("opener", Sentence("a government department", "政务部门"), kind="agency"),
    states={
        "plan_draft": Sentence("Plan in draft", "方案起草"),
        "plan_submitted": Sentence("Plan submitted", "方案报批"),
        "plan_approved": Sentence("Plan approved", "方案已批准"),
        "plan_filed": Sentence("Plan filed", "方案已备案"),
        "operator_chosen": Sentence("Operator chosen", "已选定运营机构"),
        "agreement_offered": Sentence("Agreement awaiting the operator", "协议待签署"),
        "agreement_signed": Sentence("Agreement signed", "协议已签订"),
        "agreement_filed": Sentence("Agreement filed", "协议已备案"),
        "operating": Sentence("Operating", "运营中"),
        "rectifying": Sentence("Suspended for rectification", "暂停整改"),
        "evaluating": Sentence("Term over, to be evaluated", "期限届满，待评价"),
        "exiting": Sentence("Exiting", "退出中"),
        "handed_back": Sentence("Handed back, to be checked", "已移交，待核验"),
        "closed": Sentence("Closed", "已办结"),
        "abandoned": Sentence("Given up", "已放弃"),
    },
    steps=(
        Step(
            "revise_plan",
            ("plan_draft",),
            "plan_draft",
            by=IMPLEMENTING,
            label=Sentence("Revise the plan", "修改方案"),
            event="operation.plan_revised",
            article="第九条",
            form=Plan,
            stores=True,
            optional=True,
        ),
        Step(
            "abandon",
            # Until data flow; also with a signed agreement, whose term or data may be gone by then.
            (
                "plan_draft",
                "plan_approved",
                "plan_filed",
                "operator_chosen",
                "agreement_signed",
                "agreement_filed",
            ),
            "abandoned",
            by=IMPLEMENTING_HEAD,
            label=Sentence("Give up the plan", "放弃方案"),
            event="operation.abandoned",
            article=None,
            optional=True,
            reason=True,
            notify=("operator", "kind:bureau"),
        ),
        Step(
            "submit_plan",
            ("plan_draft",),
            "plan_submitted",
            by=IMPLEMENTING_HEAD,
            label=Sentence("Submit the plan", "报送实施方案"),
            event="operation.plan_submitted",
            article="第九条、第十条",
            guards=(GRADED,),
            not_by_who_did=(OPENED,),
            notify=("kind:government",),
        ),
        *deciding("plan", "plan_submitted", by=GOVERNMENT, article="第十一条"),
        Step(
            "approve_plan",
            ("plan_submitted",),
            "plan_approved",
            by=GOVERNMENT,
            label=Sentence("Approve by collective decision", "集体决策审定方案"),
            event="operation.plan_approved",
            article="第十一条",
            form=Decision,
            after_all="consent_to_plan",
            not_by_who_did=(OPENED, "revise_plan", "submit_plan", "change_plan"),
            notify=("implementing_body",),
        ),
        Step(
            "return_plan",
            ("plan_submitted",),
            "plan_draft",
            by=GOVERNMENT,
            label=Sentence("Return the plan", "退回方案"),
            event="operation.plan_returned",
            article="第十一条",
            reason=True,
            notify=("implementing_body",),
        ),
        Step(
            "change_plan",
            ("plan_approved", "plan_filed"),
            "plan_submitted",
            by=IMPLEMENTING_HEAD,
            label=Sentence("Large change: approve anew", "重大变更，重新报批"),
            event="operation.plan_changed",
            article="第十一条",
            form=Plan,
            stores=True,
            optional=True,
            reason=True,
            guards=(GRADED,),
            notify=("kind:government",),
        ),
        Step(
            "file_plan",
            ("plan_approved",),
            "plan_filed",
            by=SECTOR_BODY,
            label=Sentence("File the plan", "方案备案"),
            event="operation.plan_filed",
            article="第十一条",
            form=Filing,
            notify=("implementing_body",),
        ),
        Step(
            "choose_operator",
            ("plan_filed",),
            "operator_chosen",
            by=IMPLEMENTING,
            label=Sentence("Record the operator chosen by fair competition", "记录遴选结果"),
            event="operation.operator_chosen",
            article="第十二条",
            form=Selection,
            effect="choose_operator",
            notify=("operator",),
        ),
        Step(
            "choose_again",
            ("operator_chosen",),
            "plan_filed",
            by=IMPLEMENTING_HEAD,
            label=Sentence("Choose again", "重新遴选"),
            event="operation.choice_reopened",
            article=None,
            optional=True,
            reason=True,
            notify=("operator",),
        ),
        *deciding("agreement", "operator_chosen", by=IMPLEMENTING, article="第十三条"),
        Step(
            "offer_agreement",
            ("operator_chosen",),
            "agreement_offered",
            by=IMPLEMENTING_HEAD,
            label=Sentence("Sign for the implementing body", "实施机构签署协议"),
            event="operation.agreement_offered",
            article="第十三条、第十四条",
            form=Agreement,
            guards=(GRADED,),
            after_all="consent_to_agreement",
            effect="check_terms",
            notify=("operator",),
        ),
        Step(
            "sign_agreement",
            ("agreement_offered",),
            "agreement_signed",
            by=OPERATOR_HEAD,
            label=Sentence("Sign for the operator", "运营机构签署协议"),
            event="operation.agreement_signed",
            article="第十三条、第十四条",
            form=OperatorDeclaration,
            not_by_who_did=("offer_agreement",),
            effect="check_terms",
            notify=("implementing_body", "kind:sector"),
        ),
        Step(
            "decline_agreement",
            ("agreement_offered",),
            "operator_chosen",
            by=OPERATOR,
            label=Sentence("Decline these terms", "不接受协议条款"),
            event="operation.agreement_declined",
            article=None,
            optional=True,
            reason=True,
            notify=("implementing_body",),
        ),
        Step(
            "file_agreement",
            ("agreement_signed",),
            "agreement_filed",
            by=SECTOR_BODY,
            label=Sentence("File the agreement", "协议备案"),
            event="operation.agreement_filed",
            article="第十三条",
            form=Filing,
            notify=("implementing_body", "operator"),
        ),
        Step(
            "provide",
            ("agreement_filed",),
            "operating",
            by=IMPLEMENTING,
            label=Sentence(
                "Provide the resources: put the grant in force", "提供数据资源，授权生效"
            ),
            event="operation.resources_provided",
            article="第十五条",
            guards=(GRADED,),
            effect="issue_grant",
            notify=("operator",),
        ),
        Step(
            "register_resources",
            ("operating",),
            "operating",
            by=IMPLEMENTING,
            label=Sentence("Record the registration of the resources", "登记公共数据资源"),
            event="operation.resources_registered",
            article="第十六条；《公共数据资源登记管理暂行办法》第九条",
            within=workdays(20),
            since="provide",
            form=Registration,
            guards=(RESOURCES_REGISTERED,),
            effect="check_registration",
            once=True,
        ),
        Step(
            "register_products",
            ("operating",),
            "operating",
            by=OPERATOR,
            label=Sentence("Record the registration of products and services", "登记产品和服务"),
            event="operation.products_registered",
            article="第十六条；《公共数据资源登记管理暂行办法》第九条",
            within=workdays(20),
            since="provide",
            form=Registration,
            guards=(PRODUCTS_REGISTERED,),
            effect="check_registration",
            once=True,
        ),
        *suspending(
            "operation",
            "operating",
            "rectifying",
            by=IMPLEMENTING,
            user="operator",
            why=Sentence(
                "Suspend: breach, over-use or security failure", "暂停：违约、超范围或安全问题"
            ),
            article="第二十一条",
        ),
        *resuming(
            "operation", "rectifying", "operating", by=IMPLEMENTING, user="operator", article=None
        ),
        Step(
            "revoke",
            ("operating", "rectifying"),
            "exiting",
            by=IMPLEMENTING_HEAD,
            label=Sentence("End the operation", "终止授权运营"),
            event="operation.revoked",
            article="第十四条",
            optional=True,
            reason=True,
            effect="end_grant",
            notify=("operator", "kind:bureau"),
        ),
        expiring(
            "operation",
            ("operating", "rectifying"),
            "evaluating",
            notify=("operator", "implementing_body"),
        ),
        Step(
            "renew",
            ("evaluating",),
            "operator_chosen",
            by=IMPLEMENTING_HEAD,
            label=Sentence("Evaluated: renew with a new agreement", "评价合格，续约"),
            event="operation.renewed",
            article="第十四条",
            form=Evaluation,
            notify=("operator",),
        ),
        Step(
            "exit",
            ("evaluating",),
            "exiting",
            by=IMPLEMENTING_HEAD,
            label=Sentence("Evaluated: not renewed", "评价后不再续约，退出"),
            event="operation.exited",
            article="第十四条",
            form=Evaluation,
            notify=("operator", "kind:bureau"),
        ),
        Step(
            "hand_back",
            ("exiting",),
            "handed_back",
            by=OPERATOR,
            label=Sentence("Hand back data and assets, prove destruction", "移交并提交销毁证明"),
            event="operation.handed_back",
            article="第十四条",
            within=UNWRITTEN,
            form=Handover,
            notify=("implementing_body",),
        ),
        Step(
            "reject_proof",
            ("handed_back",),
            "exiting",
            by=IMPLEMENTING,
            label=Sentence("Not proved: hand back again", "移交或销毁不符合要求，退回"),
            event="operation.proof_rejected",
            article=None,
            optional=True,
            reason=True,
            notify=("operator",),
        ),
        Step(
            "close",
            ("handed_back",),
            "closed",
            by=IMPLEMENTING,
            label=Sentence("Handover and destruction checked: close", "核验移交和销毁，办结"),
            event="operation.closed",
            article="第十四条",
            form=Acceptance,
            notify=("operator", "kind:bureau"),
        ),
    ),
)
