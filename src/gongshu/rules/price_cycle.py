"""Price cycle (公共数据运营服务费): trial charge, cost survey, maximum, caps, charges, review.

Pricing notice (关于建立公共数据资源授权运营价格形成机制的通知, 发改价格〔2025〕65号).
Three decide: the price authority with the data authority sets the maximum permitted revenue, the
authorising party the caps and reports them in writing, the operator its charges, at or below
them. What the one authority prepares, the other must agree to. A cycle lasts three years at most;
the report of a year is due by the end of March of the next.

Facts, of grants: `grantor_of_operation`, `full_year_operated`, `operation_over`; of cases:
`deviation_within`, `deviation_beyond` (10 % of the year's maximum). Effects, of cases:
`set_trial_charges`, `fix_maximum`, `set_caps`, `set_charges`, `report_year`; each holds what is
filled in against `gongshu.rules.prices`. Party, of grants: `operator_of_grant`.

>>> from gongshu.rules.agents import Agent
>>> from gongshu.rules.procedure import View, step
>>> head = Agent(person="li", organisation="A", rank="head")
>>> view = View("trial", {"authorising_party": "A", "operator": "B"})
>>> step(PRICE_CYCLE, view, "apply", head, {"full_year_operated": True}).target
'readiness_check'
>>> step(PRICE_CYCLE, view, "apply", head, {"full_year_operated": False}).code
'full_year_operated'
"""

from __future__ import annotations

from gongshu.rules.lengths import BY_END_OF_MARCH, ByForm
from gongshu.rules.price_forms import (
    CapApplication,
    Caps,
    Charges,
    CostSurvey,
    CycleAccounts,
    Guidance,
    PriceCycle,
    Readiness,
    TrialCharges,
    YearOfPrices,
)
from gongshu.rules.procedure import Guard, Procedure, Role, Step
from gongshu.rules.roles import (
    AUTHORISING,
    AUTHORISING_HEAD,
    DATA_AUTHORITY,
    OPERATOR_HEAD,
    PRICE_AUTHORITY,
)
from gongshu.wording import Sentence

GRANTOR = Guard(
    "grantor_of_operation",
    Sentence(
        en="This is no grant of an authorised operation in force that your organisation gave.",
        zh="该编号不是贵单位授予且有效的授权运营授权。",
    ),
)
FULL_YEAR = Guard(
    "full_year_operated",
    Sentence(
        en="The operation has not run for a full year yet; until then a trial charge applies.",
        zh="授权运营尚未满一个完整年度，期间执行试行收费标准。",
    ),
)
OVER = Guard(
    "operation_over",
    Sentence(en="The operation goes on.", zh="授权运营尚未结束。"),
)
WITHIN = Guard(
    "deviation_within",
    Sentence(
        en="The revenue deviates by more than 10 %: the caps are to be adjusted.",
        zh="收入偏离幅度超过 10%，应当调整上限收费标准。",
    ),
)
BEYOND = Guard(
    "deviation_beyond",
    Sentence(
        en="The revenue deviates by 10 % or less: the actual charges are adjusted, not the caps.",
        zh="收入偏离幅度不超过 10%，应当调整实际收费标准，而非上限。",
    ),
)
CYCLE_ENDS = ByForm(
    "cycle_ends",
    Sentence("the end of the cycle (three years at most)", "定价周期届满（不超过三年）"),
)

PRICE_CYCLE = Procedure(
    kind="price_cycle",
    title=Sentence(en="Price cycle", zh="授权运营服务价格"),
    basis=Sentence(
        en="Pricing notice for authorised operation (发改价格〔2025〕65号)",
        zh="《关于建立公共数据资源授权运营价格形成机制的通知》（发改价格〔2025〕65号）",
    ),
    payload=PriceCycle,
    initial="no_full_year",
    finals=("closed",),
    subject=("grant", "grant"),
    one_per_subject=True,
    parties={"authorising_party": "opener", "operator": "operator_of_grant"},
    opener=Role("opener", Sentence("the authorising party", "授权主体"), kind="agency"),
    opening_guards=(GRANTOR,),
    states={
        "no_full_year": Sentence("No full year yet", "未满一个运营年度"),
        "trial": Sentence("Trial charge", "执行试行收费"),
        "readiness_check": Sentence("Readiness being checked", "定价条件核查"),
        "readiness_found": Sentence("Readiness found, to be agreed", "核查通过，待会签"),
        "cost_survey": Sentence("Cost survey", "成本调查"),
        "cost_fixed": Sentence("Maximum proposed, to be agreed", "最高准许收入待会签"),
        "maximum_set": Sentence("Maximum permitted revenue set", "已核定最高准许收入"),
        "caps_set": Sentence("Caps set", "已制定上限收费"),
        "charging": Sentence("Charging", "执行收费"),
        "year_reported": Sentence("Year reported", "年度已报告"),
        "closed": Sentence("Closed", "已办结"),
    },
    steps=(
        Step(
            "guide_trial",
            ("no_full_year",),
            "trial",
            by=AUTHORISING_HEAD,
            label=Sentence("Guide the trial charge", "指导制定试行收费标准"),
            event="price.trial_guided",
            article="第二部分",
            form=TrialCharges,
            effect="set_trial_charges",
            notify=("operator",),
        ),
        Step(
            "change_trial",
            ("trial",),
            "trial",
            by=AUTHORISING_HEAD,
            label=Sentence("Change the trial charge", "调整试行收费标准"),
            event="price.trial_changed",
            article="第二部分",
            form=TrialCharges,
            optional=True,
            effect="set_trial_charges",
            notify=("operator",),
        ),
        Step(
            "apply",
            ("no_full_year", "trial"),
            "readiness_check",
            by=AUTHORISING_HEAD,
            label=Sentence("A full year is over: apply in writing", "满一个运营年度，书面申请"),
            event="price.applied",
            article="第二部分",
            form=CapApplication,
            guards=(FULL_YEAR,),
            notify=("kind:pricing", "kind:bureau"),
        ),
        Step(
            "find_ready",
            ("readiness_check",),
            "readiness_found",
            by=PRICE_AUTHORITY,
            label=Sentence("Find it ready", "核查具备定价条件"),
            event="price.readiness_found",
            article="第二部分",
            form=Readiness,
            notify=("kind:bureau",),
        ),
        Step(
            "find_not_ready",
            ("readiness_check", "readiness_found"),
            "trial",
            by=PRICE_AUTHORITY,
            label=Sentence("Find it not ready, with the reason", "不具备定价条件并说明理由"),
            event="price.readiness_denied",
            article="第二部分",
            optional=True,
            reason=True,
            notify=("authorising_party",),
        ),
        Step(
            "agree_ready",
            ("readiness_found",),
            "cost_survey",
            by=DATA_AUTHORITY,
            label=Sentence("Agree that it is ready", "会签同意具备定价条件"),
            event="price.readiness_agreed",
            article="第二部分",
            not_by_who_did=("find_ready",),
            notify=("authorising_party", "operator"),
        ),
        Step(
            "fix_maximum",
            ("cost_survey",),
            "cost_fixed",
            by=PRICE_AUTHORITY,
            label=Sentence("Fix cost and maximum permitted revenue", "核定成本和最高准许收入"),
            event="price.maximum_fixed",
            article="第二部分、第三部分",
            form=CostSurvey,
            effect="fix_maximum",
            notify=("kind:bureau",),
        ),
        Step(
            "agree_maximum",
            ("cost_fixed",),
            "maximum_set",
            by=DATA_AUTHORITY,
            label=Sentence("Agree to the maximum", "会签同意最高准许收入"),
            event="price.maximum_agreed",
            article="第二部分",
            not_by_who_did=("fix_maximum",),
            notify=("authorising_party", "operator"),
        ),
        Step(
            "return_maximum",
            ("cost_fixed",),
            "cost_survey",
            by=DATA_AUTHORITY,
            label=Sentence("Return the survey, with the reason", "退回成本调查并说明理由"),
            event="price.maximum_returned",
            article="第二部分",
            optional=True,
            reason=True,
            notify=("kind:pricing",),
        ),
        Step(
            "set_caps",
            ("maximum_set",),
            "caps_set",
            by=AUTHORISING_HEAD,
            label=Sentence("Set the caps and report them", "制定上限收费标准并书面报告"),
            event="price.caps_set",
            article="第二部分、第三部分",
            form=Caps,
            effect="set_caps",
            notify=("operator", "kind:pricing", "kind:bureau"),
        ),
        Step(
            "set_charges",
            ("caps_set",),
            "charging",
            by=OPERATOR_HEAD,
            label=Sentence("Set charges within the caps and publish", "在上限内制定收费标准并公布"),
            event="price.charges_set",
            article="第二部分、第五部分",
            form=Charges,
            effect="set_charges",
            notify=("authorising_party",),
        ),
        Step(
            "change_charges",
            ("charging",),
            "charging",
            by=OPERATOR_HEAD,
            label=Sentence("Change charges within the caps", "在上限内调整收费标准"),
            event="price.charges_changed",
            article="第二部分、第五部分",
            form=Charges,
            optional=True,
            effect="set_charges",
            notify=("authorising_party",),
        ),
        Step(
            "report_year",
            ("charging",),
            "year_reported",
            by=AUTHORISING,
            label=Sentence("Report the year's operation", "报告上年度运营情况"),
            event="price.year_reported",
            article="第四部分、第五部分",
            within=BY_END_OF_MARCH,
            form=YearOfPrices,
            effect="report_year",
            notify=("operator", "kind:pricing", "kind:bureau"),
        ),
        Step(
            "guide_charges",
            ("year_reported",),
            "charging",
            by=AUTHORISING_HEAD,
            label=Sentence("10 % or less: guide the charges", "偏离不超过 10%，指导调整实际收费"),
            event="price.charges_guided",
            article="第四部分",
            form=Guidance,
            guards=(WITHIN,),
            notify=("operator",),
        ),
        Step(
            "adjust_caps",
            ("year_reported",),
            "caps_set",
            by=AUTHORISING_HEAD,
            label=Sentence("More than 10 %: adjust the caps", "偏离超过 10%，调整上限收费"),
            event="price.caps_adjusted",
            article="第四部分",
            form=Caps,
            guards=(BEYOND,),
            effect="set_caps",
            notify=("operator", "kind:pricing", "kind:bureau"),
        ),
        Step(
            "end_cycle",
            ("charging",),
            "cost_survey",
            by=PRICE_AUTHORITY,
            label=Sentence("End the cycle: survey the cost anew", "定价周期届满，重新成本调查"),
            event="price.cycle_ended",
            article="第四部分",
            within=CYCLE_ENDS,
            since="fix_maximum",
            form=CycleAccounts,
            effect="end_cycle",
            notify=("authorising_party", "operator", "kind:bureau"),
        ),
        Step(
            "close",
            (
                "no_full_year",
                "trial",
                "readiness_check",
                "readiness_found",
                "cost_survey",
                "cost_fixed",
                "maximum_set",
                "caps_set",
                "charging",
                "year_reported",
            ),
            "closed",
            by=AUTHORISING_HEAD,
            label=Sentence("The operation is over: close", "授权运营结束，办结"),
            event="price.closed",
            article=None,
            optional=True,
            guards=(OVER,),
            notify=("operator", "kind:pricing", "kind:bureau"),
        ),
    ),
)
