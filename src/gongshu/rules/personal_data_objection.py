"""A citizen's objection about data on them (个人数据异议): asked, examined, answered, reviewed.

The Opinion (关于加快公共数据资源开发利用的意见, 2024), item 4, wants objections about data to be
handled (异议可处置) and names no steps: every row here is a platform rule, without an article,
and lengths are a place's own (`profile.toml`).

Who objects needs no account: with the number of the case and the code that is given with it they
follow it, supply proof and ask for a review. Who they are is for the holder of the data to check.

Party: `holder_of_dataset_named`. What is put right is a new version, told to all who used the wrong
one: the holder opens a check request (`check_request`) or names what was done otherwise.

>>> from gongshu.rules.agents import Agent
>>> from gongshu.rules.procedure import View, step
>>> clerk = Agent(person="li", organisation="B")
>>> view = View(state="filed", parties={"holder": "B"}, opened_by="visitor:C-1")
>>> step(PERSONAL_DATA_OBJECTION, view, "examine", clerk, {}).target
'examining'
>>> step(PERSONAL_DATA_OBJECTION, view, "ask_review", clerk, {}).code
'not_now'
"""

from __future__ import annotations

from typing import Literal

from gongshu.rules.lengths import UNWRITTEN
from gongshu.rules.procedure import Procedure, Role, Step
from gongshu.rules.roles import AUTHORITY, HOLDER, HOLDER_HEAD
from gongshu.rules.written import Files, Form, Line, Text, choice, files, line, text
from gongshu.wording import Sentence

CITIZEN = Role("citizen", Sentence("the person who objected", "异议人"), opened=True)
WANTED = {
    "correct": Sentence("correct what is wrong", "更正错误"),
    "complete": Sentence("complete what is missing", "补充缺失"),
    "delete": Sentence("delete what should not be there", "删除不应存在的数据"),
    "stop": Sentence("stop a use", "停止使用"),
    "explain": Sentence("explain what is held and used", "说明持有和使用情况"),
}


class PersonalDataObjection(Form):
    """Who objects, to what, and what they ask."""

    name: Line = line("Your name", "姓名")
    contact: Line = line("How you can be reached", "联系方式")
    dataset: str = line(
        "Dataset, if you know its code", "数据集代码（如知晓）", default="", max_length=80
    )
    holder: str = line(
        "Organisation that holds the data (code), if no dataset is named",
        "数据持有单位代码（未填写数据集时填写）",
        default="",
        max_length=18,
    )
    wants: Literal["correct", "complete", "delete", "stop", "explain"] = choice(
        "What you ask", "诉求", WANTED
    )
    objection: Text = text("What is wrong with the data on you", "关于本人数据的异议")
    grounds: Text = text("How you know", "依据和佐证")


class ProofAsked(Form):
    wanted: Text = text("Proof that is needed", "需要补充的身份或事实证明")


class Proof(Form):
    proof: Text = text("Your proof", "证明材料")
    proof_files: Files = files("Your proof: files", "证明材料（附件）")


class Remedy(Form):
    finding: Text = text("What was found", "核实情况")
    remedy: Text = text("What will be done, and by when", "处理措施和时间安排")


class Done(Form):
    done: Text = text("What was done", "处理结果")
    check: str = line(
        "Check request under which the data were corrected, if any",
        "对应的数据校核办件（如有）",
        default="",
        max_length=20,
    )


class Answer(Form):
    finding: Text = text("What was found, and why nothing is changed", "核实情况及不予处理的理由")


class ReviewAsked(Form):
    why: Text = text("Why the answer is wrong", "不同意答复的理由")


class ReviewResult(Form):
    result: Text = text("Result of the review", "复核结论")


PERSONAL_DATA_OBJECTION = Procedure(
    kind="personal_data_objection",
    title=Sentence(en="Objection about data on oneself", zh="个人数据异议"),
    basis=Sentence(
        en="Platform rule, for the Opinion's item 4: objections can be handled",
        zh="平台规则，落实《关于加快公共数据资源开发利用的意见》第4项“异议可处置”",
    ),
    payload=PersonalDataObjection,
    initial="filed",
    finals=("remedied", "confirmed", "withdrawn"),
    subject=("objection", "dataset"),
    parties={"holder": "holder_of_dataset_named"},
    opener=Role(
        "citizen", Sentence("the person whom the data are about", "数据所涉个人"), public=True
    ),
    states={
        "filed": Sentence("Filed", "已提出"),
        "awaiting_proof": Sentence("Awaiting proof", "待补充证明"),
        "examining": Sentence("Being examined", "核实中"),
        "remedying": Sentence("Upheld, being put right", "异议成立，处理中"),
        "answered": Sentence("Answered: nothing is changed", "已答复：不予处理"),
        "reviewing": Sentence("Under review by the authority", "主管部门复核中"),
        "remedied": Sentence("Put right", "已处理"),
        "confirmed": Sentence("Answer confirmed", "维持答复"),
        "withdrawn": Sentence("Withdrawn", "已撤回"),
    },
    steps=(
        Step(
            "ask_proof",
            ("filed",),
            "awaiting_proof",
            by=HOLDER,
            label=Sentence("Ask for proof, all at once", "一次性告知需补充的证明"),
            event="objection.proof_asked",
            article=None,
            form=ProofAsked,
            once=True,
            optional=True,
        ),
        Step(
            "supply_proof",
            ("awaiting_proof",),
            "filed",
            by=CITIZEN,
            label=Sentence("Supply the proof", "补充证明"),
            event="objection.proof_supplied",
            article=None,
            form=Proof,
            notify=("holder",),
        ),
        Step(
            "withdraw",
            ("filed", "awaiting_proof", "examining"),
            "withdrawn",
            by=CITIZEN,
            label=Sentence("Withdraw", "撤回异议"),
            event="objection.withdrawn",
            article=None,
            optional=True,
            notify=("holder",),
        ),
        Step(
            "examine",
            ("filed",),
            "examining",
            by=HOLDER,
            label=Sentence("Identity checked: examine", "身份已核实，开始核实异议"),
            event="objection.taken_up",
            article=None,
            within=UNWRITTEN,
        ),
        Step(
            "uphold",
            ("examining",),
            "remedying",
            by=HOLDER_HEAD,
            label=Sentence("The objection stands", "异议成立"),
            event="objection.upheld",
            article=None,
            within=UNWRITTEN,
            form=Remedy,
            not_by_who_did=("examine",),
        ),
        Step(
            "answer",
            ("examining",),
            "answered",
            by=HOLDER_HEAD,
            label=Sentence("The objection does not stand: answer", "异议不成立，答复"),
            event="objection.answered",
            article=None,
            within=UNWRITTEN,
            form=Answer,
            not_by_who_did=("examine",),
        ),
        Step(
            "remedy",
            ("remedying",),
            "remedied",
            by=HOLDER,
            label=Sentence("Put right: tell the person", "处理完成并告知本人"),
            event="objection.remedied",
            article=None,
            within=UNWRITTEN,
            form=Done,
            notify=("kind:bureau",),
        ),
        Step(
            "ask_review",
            ("answered",),
            "reviewing",
            by=CITIZEN,
            label=Sentence("Ask the authority for a review", "申请主管部门复核"),
            event="objection.review_asked",
            article=None,
            form=ReviewAsked,
            notify=("holder", "kind:bureau"),
        ),
        Step(
            "accept_answer",
            ("answered",),
            "confirmed",
            by=CITIZEN,
            label=Sentence("Accept the answer", "接受答复"),
            event="objection.answer_accepted",
            article=None,
            notify=("holder",),
        ),
        Step(
            "confirm",
            ("reviewing",),
            "confirmed",
            by=AUTHORITY,
            label=Sentence("The answer stands", "维持答复"),
            event="objection.answer_confirmed",
            article=None,
            within=UNWRITTEN,
            form=ReviewResult,
            notify=("holder",),
        ),
        Step(
            "overrule",
            ("reviewing",),
            "remedying",
            by=AUTHORITY,
            label=Sentence("The objection stands after all", "异议成立，责令处理"),
            event="objection.overruled",
            article=None,
            within=UNWRITTEN,
            form=ReviewResult,
            notify=("holder",),
        ),
    ),
)
