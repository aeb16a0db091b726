"""Check and correct (数据校核): somebody found data wrong; the provider verifies and puts it right.

Government Data Sharing Regulations (政务数据共享条例, State Council Order 809), article 26: the
provider verifies, corrects and reports back within 10 working days, all in all. Whoever uses
shared data must say so when they are wrong or incomplete; about data that everybody may see,
everybody may (the Opinion, item 4: quality can be fed back, use traced, objections handled).

Facts, of the catalogue: `data_known` (the requester may know of the dataset), `corrected_version`
(a version was added since the request). Effect, of the gateway: `report_correction` (every
organisation that was answered from a wrong version is told). Party: `provider_of_dataset`.

A requester who does not accept that the data are right opens a dispute (`sharing_dispute`).

>>> from gongshu.rules.agents import Agent
>>> from gongshu.rules.procedure import View, step
>>> clerk = Agent(person="li", organisation="B")
>>> view = View(state="filed", parties={"requester": "A", "provider": "B"})
>>> step(CHECK_REQUEST, view, "find_wrong", clerk, {}).target
'verified_wrong'
>>> wrong = View(state="verified_wrong", parties={"provider": "B"})
>>> step(CHECK_REQUEST, wrong, "correct", clerk, {"corrected_version": False}).code
'corrected_version'
"""

from __future__ import annotations

from gongshu.rules.lengths import workdays
from gongshu.rules.procedure import OPENED, Guard, Procedure, Role, Step
from gongshu.rules.roles import PROVIDER, REQUESTER
from gongshu.rules.written import Files, Form, Line, Text, files, line, text
from gongshu.wording import Sentence


class CheckRequest(Form):
    """What is wrong, and where it was seen."""

    dataset: Line = line("Dataset", "数据集")
    version: int | None = line(
        "Version in which it was seen (empty: the newest)",
        "发现问题的数据版本（留空为最新版本）",
        default=None,
        ge=1,
    )
    fields: str = line("Columns concerned", "涉及的数据项", default="", max_length=400)
    problem: Text = text("What is wrong or incomplete", "数据错误、不准确或不完整的情况")
    grounds: Text = text("How you know", "依据和佐证")
    evidence_files: Files = files("How you know: files", "依据和佐证（附件）")


class WrongFinding(Form):
    """Since when the data are wrong decides who is told."""

    wrong_since: int = line("First wrong version", "自哪一版本起有误", ge=1)
    finding: Text = text("What was found", "核实情况")


class RightFinding(Form):
    finding: Text = text("What was found, and why the data are right", "核实情况及数据无误的理由")


class CorrectionReport(Form):
    """The correction is a new version, added like any other."""

    version: int = line("Version that is right", "更正后的数据版本", ge=1)
    report: Text = text("What was corrected", "更正情况")


KNOWN = Guard(
    "data_known",
    Sentence("There is no such dataset for you.", "没有可供您提出校核的该数据集。"),
)
IN_ALL = workdays(10)  # article 26, from the request to the report

CHECK_REQUEST = Procedure(
    kind="check_request",
    title=Sentence(en="Check and correct", zh="数据校核"),
    basis=Sentence(
        en="Government Data Sharing Regulations (Order 809), article 26",
        zh="《政务数据共享条例》（国务院令第809号）第二十六条",
    ),
    payload=CheckRequest,
    initial="filed",
    finals=("closed", "withdrawn"),
    subject=("dataset", "dataset"),
    parties={"requester": "opener", "provider": "provider_of_dataset"},
    opener=Role("user", Sentence("whoever uses the data", "数据使用方"), public=True),
    opening_guards=(KNOWN,),
    states={
        "filed": Sentence("Filed", "已提出"),
        "verified_wrong": Sentence("Verified: wrong", "核实有误"),
        "verified_right": Sentence("Verified: right", "核实无误"),
        "closed": Sentence("Closed", "已办结"),
        "withdrawn": Sentence("Withdrawn", "已撤回"),
    },
    steps=(
        Step(
            "withdraw",
            ("filed",),
            "withdrawn",
            by=REQUESTER,
            label=Sentence("Withdraw the request", "撤回校核申请"),
            event="check.withdrawn",
            article=None,
            optional=True,
            notify=("provider",),
        ),
        Step(
            "find_wrong",
            ("filed",),
            "verified_wrong",
            by=PROVIDER,
            label=Sentence("Verified: the data are wrong", "核实：数据有误"),
            event="check.verified_wrong",
            article="第二十六条",
            within=IN_ALL,
            since=OPENED,
            form=WrongFinding,
            notify=("requester",),
        ),
        Step(
            "find_right",
            ("filed",),
            "verified_right",
            by=PROVIDER,
            label=Sentence("Verified: the data are right", "核实：数据无误"),
            event="check.verified_right",
            article="第二十六条",
            within=IN_ALL,
            since=OPENED,
            form=RightFinding,
        ),
        Step(
            "correct",
            ("verified_wrong",),
            "closed",
            by=PROVIDER,
            label=Sentence("Corrected: report to all who used it", "已更正，反馈使用方"),
            event="check.corrected",
            article="第二十六条",
            within=IN_ALL,
            since=OPENED,
            form=CorrectionReport,
            guards=(
                Guard(
                    "corrected_version",
                    Sentence(
                        en="No version was added since the request: add the corrected data to "
                        "the dataset first.",
                        zh="提出校核后尚无新版本：请先在数据集中上传更正后的数据。",
                    ),
                ),
            ),
            effect="report_correction",
            notify=("requester", "kind:bureau"),
        ),
        Step(
            "report",
            ("verified_right",),
            "closed",
            by=PROVIDER,
            label=Sentence("Report back to the requester", "向校核申请方反馈"),
            event="check.reported",
            article="第二十六条",
            within=IN_ALL,
            since=OPENED,
            notify=("requester",),
        ),
    ),
)
