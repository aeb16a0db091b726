"""Public complaint (社会监督、投诉举报): anybody says what goes wrong, and is told what came of it.

The Opinion (关于加快公共数据资源开发利用的意见) asks for social supervision and lists what to look
for: operators that act as monopolies or compete unfairly (item 5), charges above the guided price,
price fraud, prices not displayed (发改价格〔2025〕65号, part 5), use beyond the scope (item 3). It
gives no steps and no days: all rows are platform rules, and a place may set lengths.

The bureau takes a complaint up or declines it with a reason; whom it concerns answers; the bureau
decides, and whoever complained may ask once to have it looked at again. No name is asked for:
whoever comes without an account follows their case by its code, and whom it concerns reads what is
said, not by whom. An organisation that complains from its own account is named.

Effect, of cases: `assign_respondent`.

>>> from gongshu.rules.agents import Agent
>>> from gongshu.rules.procedure import View, step
>>> bureau = Agent(person="li", organisation="B", kinds=frozenset({"bureau"}))
>>> step(PUBLIC_COMPLAINT, View("received"), "take_up", bureau, {}).target
'with_respondent'
>>> step(PUBLIC_COMPLAINT, View("received"), "decline", bureau, {}).code
'reason_owed'
"""

from __future__ import annotations

from typing import Literal

from gongshu.rules.lengths import UNWRITTEN
from gongshu.rules.procedure import Procedure, Role, Step
from gongshu.rules.roles import DATA_AUTHORITY
from gongshu.rules.written import Files, Form, Line, Text, choice, files, line, text
from gongshu.wording import Sentence

ABOUT = {
    "price": Sentence(
        "a charge: above the guide, fraud, not displayed", "收费：超标准、欺诈、未公示"
    ),
    "competition": Sentence("monopoly or unfair competition", "垄断或不正当竞争"),
    "scope": Sentence("use beyond the authorisation", "超授权范围使用"),
    "refusal": Sentence("a product or service refused", "拒绝提供产品或服务"),
    "disclosure": Sentence("nothing, or something wrong, was disclosed", "未披露或披露不实"),
    "service": Sentence("quality of service", "服务质量"),
    "other": Sentence("something else", "其他"),
}
RESPONDENT = Role("respondent", Sentence("whom it concerns", "被投诉单位"), party="respondent")
COMPLAINANT = Role("complainant", Sentence("whoever complained", "投诉人"), opened=True)


class PublicComplaint(Form):
    """Whom it concerns reads this in order to answer."""

    title: Line = line("What it is about", "投诉事项")
    about: Literal["price", "competition", "scope", "refusal", "disclosure", "service", "other"] = (
        choice("Kind", "类别", ABOUT)
    )
    against: str = line("Whom it concerns", "被投诉单位", default="", max_length=200)
    account: Text = text(
        "What happened, when, and what shows it (whom it concerns will read this; leave out who "
        "you are)",
        "事实经过、时间和依据（将转被投诉单位，请勿填写个人信息）",
    )
    evidence_files: Files = files("What shows it: files", "证明材料（附件）")


class Taking(Form):
    respondent: str = line(
        "Whom it concerns (code)", "被投诉单位（代码）", min_length=1, max_length=18
    )
    question: Text = text("What they are to answer", "需要答复的事项")


class Statement(Form):
    statement: Text = text("Answer", "情况说明")
    statement_files: Files = files("Answer: files", "情况说明（附件）")


class Finding(Form):
    upheld: bool = line("The complaint is upheld", "投诉成立", default=False)
    finding: Text = text("What was found, and what follows", "核实结论和处理措施")


PUBLIC_COMPLAINT = Procedure(
    kind="public_complaint",
    title=Sentence(en="Public complaint", zh="社会监督和投诉举报"),
    basis=Sentence(
        en="Platform rule, after the Opinion, items 3 and 5, and 发改价格〔2025〕65号, part 5",
        zh="平台规则，依据《关于加快公共数据资源开发利用的意见》第3项、第5项和"
        "发改价格〔2025〕65号第五部分",
    ),
    payload=PublicComplaint,
    initial="received",
    finals=("closed", "declined"),
    subject=("complaint", "title"),
    opener=Role("anybody", Sentence("anybody", "任何单位和个人"), public=True),
    states={
        "received": Sentence("Received", "已收到"),
        "with_respondent": Sentence("With whom it concerns", "已转被投诉单位"),
        "answered": Sentence("Answered, to be decided", "已说明，待处理"),
        "decided": Sentence("Decided", "已答复"),
        "reviewing": Sentence("Being looked at again", "复核中"),
        "closed": Sentence("Closed", "已办结"),
        "declined": Sentence("Not taken up", "不予受理"),
    },
    steps=(
        Step(
            "take_up",
            ("received",),
            "with_respondent",
            by=DATA_AUTHORITY,
            label=Sentence("Take it up", "受理并转办"),
            event="complaint.taken_up",
            article=None,
            within=UNWRITTEN,
            form=Taking,
            effect="assign_respondent",
            notify=("respondent",),
        ),
        Step(
            "decline",
            ("received",),
            "declined",
            by=DATA_AUTHORITY,
            label=Sentence("Do not take it up, with the reason", "不予受理并说明理由"),
            event="complaint.declined",
            article=None,
            within=UNWRITTEN,
            reason=True,
        ),
        Step(
            "state",
            ("with_respondent",),
            "answered",
            by=RESPONDENT,
            label=Sentence("Answer", "说明情况"),
            event="complaint.answered",
            article=None,
            within=UNWRITTEN,
            form=Statement,
            notify=("kind:bureau",),
        ),
        Step(
            "decide_unanswered",
            ("with_respondent",),
            "decided",
            by=DATA_AUTHORITY,
            label=Sentence("Decide without an answer", "未予说明，径行处理"),
            event="complaint.decided_unanswered",
            article=None,
            form=Finding,
            optional=True,
            reason=True,
            notify=("respondent",),
        ),
        Step(
            "decide",
            ("answered",),
            "decided",
            by=DATA_AUTHORITY,
            label=Sentence("Decide", "作出处理"),
            event="complaint.decided",
            article=None,
            within=UNWRITTEN,
            form=Finding,
            notify=("respondent",),
        ),
        Step(
            "ask_review",
            ("decided",),
            "reviewing",
            by=COMPLAINANT,
            label=Sentence("Ask to look at it again, with the reason", "申请复核并说明理由"),
            event="complaint.review_asked",
            article=None,
            once=True,
            optional=True,
            reason=True,
            notify=("kind:bureau",),
        ),
        Step(
            "decide_again",
            ("reviewing",),
            "decided",
            by=DATA_AUTHORITY,
            label=Sentence("Decide again, somebody else", "复核处理"),
            event="complaint.decided_again",
            article=None,
            within=UNWRITTEN,
            form=Finding,
            not_by_who_did=("decide", "decide_unanswered"),
            notify=("respondent",),
        ),
        Step(
            "close",
            ("decided",),
            "closed",
            by=DATA_AUTHORITY,
            label=Sentence("Carried out: close", "处理到位，办结"),
            event="complaint.closed",
            article=None,
            notify=("respondent",),
        ),
    ),
)
