"""Open-data demand (公共数据开放需求): anybody asks for data to be opened and sees the outcome.

The Opinion (关于加快公共数据资源开发利用的意见, 2024), item 2, encourages portals to take in
demands and answer them (需求受理反馈机制); data most in demand are opened first. It writes
neither steps nor days: the steps are platform rules, and lengths are a place's own
(`profile.toml`). What must be kept secret is not opened, and linkage risk is assessed (item 12).

Party set by a step: `holder`. Effects: of cases `assign_holder`, `start_check`; of the catalogue
`start_entry` (the accepted demand gets its entry, a draft where there is none), `demand_met` (the
dataset is open, by its own catalogue case). A demand is public from its triage on, without who made
it.

>>> from gongshu.rules.agents import Agent
>>> from gongshu.rules.procedure import View, step
>>> head = Agent(person="wang", organisation="B", rank="head")
>>> view = View(state="assigned", parties={"holder": "B"})
>>> step(OPEN_DATA_DEMAND, view, "accept", head, {}).target
'accepted'
>>> step(OPEN_DATA_DEMAND, view, "refuse", head, {}).code
'reason_owed'
"""

from __future__ import annotations

from gongshu.rules.lengths import UNWRITTEN
from gongshu.rules.procedure import Procedure, Role, Step
from gongshu.rules.roles import AUTHORITY, HOLDER, HOLDER_HEAD
from gongshu.rules.written import Form, Line, Text, line, text
from gongshu.wording import Sentence


class OpenDataDemand(Form):
    """What is wanted and what for is made public; who wants it is not."""

    title: Line = line("Which data you want opened (made public)", "希望开放的数据（公开）")
    wanted: Text = text(
        "What they should hold: items, time, area, format (made public)",
        "具体内容：数据项、时间范围、地域范围、格式（公开）",
    )
    use: Text = text("What you would do with them (made public)", "用途（公开）")
    name: str = line(
        "Your name, or your organisation's", "姓名或单位名称", default="", max_length=200
    )
    contact: str = line("How you can be reached", "联系方式", default="", max_length=200)


class Assignment(Form):
    holder: str = line(
        "Organisation that holds the data (code)",
        "数据持有单位（代码）",
        min_length=1,
        max_length=18,
    )


class OpeningAssessment(Form):
    """The Opinion, item 12: grade, secrets, and what linking the data with others would reveal."""

    dataset: str = line(
        "Code of the dataset: an existing one, or of the draft to be made",
        "数据集代码：已有数据集，或拟新建草稿的代码",
        min_length=3,
        max_length=80,
    )
    grading: Text = text("Classification and grade, and why", "分类分级结论及理由")
    linkage: Text = text("Risk of aggregation and linkage", "汇聚关联风险评估")


class Opened(Form):
    dataset: str = line("Dataset that is open now", "已开放的数据集", min_length=3, max_length=80)


class Feedback(Form):
    """Quality can be fed back (the Opinion, item 4)."""

    text: Text = text("What you want to say about the data", "对数据的反馈意见")
    wrong: bool = line(
        "The data are wrong or incomplete: have them checked",
        "数据有误或不完整，申请校核",
        default=False,
    )
    contact: str = line("How you can be reached", "联系方式", default="", max_length=200)


OPEN_DATA_DEMAND = Procedure(
    kind="open_data_demand",
    title=Sentence(en="Demand for open data", zh="公共数据开放需求"),
    basis=Sentence(
        en="The Opinion on the development and use of public data resources, items 2 and 12",
        zh="《关于加快公共数据资源开发利用的意见》第2项、第12项",
    ),
    payload=OpenDataDemand,
    initial="received",
    finals=("closed", "refused"),
    subject=("demand", "title"),
    opener=Role("anybody", Sentence("anybody", "任何单位和个人"), public=True),
    states={
        "received": Sentence("Received", "已收到"),
        "assigned": Sentence("With the holder of the data", "已转数据持有单位"),
        "accepted": Sentence("Accepted, being prepared", "已采纳，准备开放"),
        "refused": Sentence("Refused", "不予开放"),
        "open": Sentence("Open", "已开放"),
        "closed": Sentence("Closed", "已办结"),
    },
    steps=(
        Step(
            "assign",
            ("received",),
            "assigned",
            by=AUTHORITY,
            label=Sentence("Pass to the holder of the data", "转数据持有单位办理"),
            event="demand.assigned",
            article=None,
            within=UNWRITTEN,
            form=Assignment,
            effect="assign_holder",
            notify=("holder",),
        ),
        Step(
            "decline",
            ("received",),
            "refused",
            by=AUTHORITY,
            label=Sentence(
                "No demand for public data: decline", "不属于公共数据开放需求，不予受理"
            ),
            event="demand.declined",
            article=None,
            within=UNWRITTEN,
            reason=True,
        ),
        Step(
            "send_back",
            ("assigned",),
            "received",
            by=HOLDER,
            label=Sentence("Not held here: send back", "非本单位数据，退回"),
            event="demand.sent_back",
            article=None,
            optional=True,
            reason=True,
            notify=("kind:bureau",),
        ),
        Step(
            "accept",
            ("assigned",),
            "accepted",
            by=HOLDER_HEAD,
            label=Sentence(
                "Accept, with grade and linkage risk assessed", "采纳（已分级并评估关联风险）"
            ),
            event="demand.accepted",
            article=None,
            within=UNWRITTEN,
            form=OpeningAssessment,
            effect="start_entry",
            notify=("kind:bureau",),
        ),
        Step(
            "refuse",
            ("assigned", "accepted"),
            "refused",
            by=HOLDER_HEAD,
            label=Sentence("Refuse, with the reason (made public)", "不予开放并说明理由（公开）"),
            event="demand.refused",
            article=None,
            within=UNWRITTEN,
            reason=True,
            notify=("kind:bureau",),
        ),
        Step(
            "publish",
            ("accepted",),
            "open",
            by=HOLDER,
            label=Sentence("The data are open: answer the demand", "数据已开放，答复需求"),
            event="demand.met",
            article=None,
            within=UNWRITTEN,
            form=Opened,
            effect="demand_met",
            notify=("kind:bureau",),
        ),
        Step(
            "feedback",
            ("open",),
            "open",
            by=Role("anybody", Sentence("anybody", "任何单位和个人"), public=True),
            label=Sentence("Say something about the data", "反馈意见"),
            event="demand.feedback_given",
            article=None,
            form=Feedback,
            confidential=HOLDER,
            optional=True,
            effect="start_check",
            notify=("holder",),
        ),
        Step(
            "close",
            ("open",),
            "closed",
            by=HOLDER,
            label=Sentence("Close: no more feedback is awaited", "办结，不再接收反馈"),
            event="demand.closed",
            article=None,
            optional=True,
        ),
    ),
)
