"""Security incident (网络数据安全事件): contain at once, report, tell those harmed, mend, review.

Network Data Security Management Regulations (网络数据安全管理条例), article 11: in an incident the
plan is started at once, the incident is reported as required, and people harmed are told. Article
10: a flaw of a network product or service that harms national security or the public interest is
reported within 24 hours, here one day from the day on which it was found. Other lengths are not
written.

Containing suspends the grants that are named, at once: the gateway looks at a grant before every
question and again before it lets an answer out. What an incident has suspended, only its own steps
put in force again. Facts: `incident_kind`, of cases; `nothing_held`, of grants (no grant is
still suspended by this incident). Effects, of grants: `contain_incident`, `lift_containment`.

>>> from gongshu.rules.agents import Agent
>>> from gongshu.rules.procedure import View, step
>>> clerk = Agent(person="li", organisation="A")
>>> step(SECURITY_INCIDENT, View("found", {"holder": "A"}), "contain", clerk, {}).target
'contained'
>>> step(SECURITY_INCIDENT, View("found", {"holder": "A"}), "close", clerk, {}).code
'not_now'
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal

from pydantic import Field

from gongshu.rules.lengths import UNWRITTEN, ByFact, days
from gongshu.rules.procedure import OPENED, Guard, Procedure, Role, Step
from gongshu.rules.roles import AUTHORITY, HOLDER, HOLDER_HEAD
from gongshu.rules.written import Files, Form, Line, Text, choice, files, line, text
from gongshu.wording import Sentence

KINDS = {
    "leak": Sentence("leak or theft", "数据泄露、窃取"),
    "tampering": Sentence("tampering or destruction", "数据篡改、毁损"),
    "misuse": Sentence("use beyond what was granted", "超范围使用"),
    "linkage": Sentence("people found out by linking data", "汇聚关联识别到个人"),
    "product_flaw": Sentence(
        "flaw of a network product that harms national security or the public interest",
        "危害国家安全、公共利益的网络产品、服务缺陷、漏洞",
    ),
    "other": Sentence("other", "其他"),
}
REPORT_BY = ByFact("incident_kind", (("product_flaw", days(1)),))


class SecurityIncident(Form):
    """What was found, when, and what it touches."""

    kind: Literal["leak", "tampering", "misuse", "linkage", "product_flaw", "other"] = choice(
        "Kind", "事件类型", KINDS
    )
    title: Line = line("What happened, in one line", "事件名称")
    found_on: date = line("Found on", "发现日期")
    account: Text = text("What was found, and how", "发现经过和基本情况")
    datasets: list[str] = Field(
        default_factory=list,
        title="Datasets touched: codes (YAML list)",
        json_schema_extra={"x-zh": "涉及的数据集代码（YAML 列表）"},
        max_length=500,
    )
    extent: Text = text("How much, and whom it may harm", "涉及数据规模和可能影响的人员、单位")


class Containment(Form):
    """The plan is started at once (article 11)."""

    measures: Text = text("What was done at once, by which plan", "依据应急预案采取的处置措施")
    grants: list[str] = Field(
        default_factory=list,
        title="Grants to suspend now (YAML list)",
        json_schema_extra={"x-zh": "立即暂停的授权编号（YAML 列表）"},
        max_length=200,
    )


class IncidentReport(Form):
    """Reported as required; people harmed are told (article 11)."""

    reported_to: Line = line("Reported to", "报告的主管部门")
    reported_on: date = line("Reported on", "报告日期")
    report: Text = text("What was reported", "报告内容")
    report_files: Files = files("Report: files", "报告文本（附件）")
    harmed: Text = text(
        "Who was harmed, how and when they were told; or why nobody was",
        "受影响的个人、组织及告知情况；如无需告知，说明理由",
    )


class Lifting(Form):
    grants: list[str] = Field(
        title="Grants to put in force again (YAML list)",
        json_schema_extra={"x-zh": "恢复的授权编号（YAML 列表）"},
        min_length=1,
        max_length=200,
    )
    why: Text = text("Why they are safe again", "风险已消除的说明")


class Review(Form):
    cause: Text = text("Cause", "事件原因")
    mended: Text = text("What was mended", "整改情况")
    lessons: Text = text("What is done otherwise from now on", "改进措施")


def counted_from(payload: Mapping[str, Any]) -> date | None:
    """Clocks count from the day on which the incident was found."""
    return date.fromisoformat(payload["found_on"])


SECURITY_INCIDENT = Procedure(
    kind="security_incident",
    title=Sentence(en="Security incident", zh="数据安全事件"),
    basis=Sentence(
        en="Network Data Security Management Regulations, articles 10 and 11",
        zh="《网络数据安全管理条例》第十条、第十一条",
    ),
    payload=SecurityIncident,
    initial="found",
    finals=("closed",),
    subject=("incident", "title"),
    parties={"holder": "opener"},
    opener=Role("holder", Sentence("who holds or handles the data", "数据处理者")),
    counted_from=counted_from,
    states={
        "found": Sentence("Found", "已发现"),
        "contained": Sentence("Contained", "已处置"),
        "reported": Sentence("Reported", "已报告"),
        "closed": Sentence("Closed", "已办结"),
    },
    steps=(
        Step(
            "contain",
            ("found",),
            "contained",
            by=HOLDER,
            label=Sentence("Contain: suspend grants at once", "立即处置，暂停授权"),
            event="incident.contained",
            article="第十一条",
            within=UNWRITTEN,
            form=Containment,
            effect="contain_incident",
            notify=("kind:bureau",),
        ),
        Step(
            "contain_by_authority",
            ("found",),
            "contained",
            by=AUTHORITY,
            label=Sentence("Contain (authority)", "主管部门责令处置"),
            event="incident.contained_by_authority",
            article="第十一条",
            form=Containment,
            optional=True,
            effect="contain_incident",
            notify=("holder",),
        ),
        Step(
            "contain_more",
            ("contained",),
            "contained",
            by=HOLDER,
            label=Sentence("Suspend further grants", "追加暂停授权"),
            event="incident.containment_widened",
            article="第十一条",
            form=Containment,
            optional=True,
            effect="contain_incident",
            notify=("kind:bureau",),
        ),
        Step(
            "report",
            ("contained",),
            "reported",
            by=HOLDER,
            label=Sentence("Reported, people harmed are told", "已报告并告知受影响者"),
            event="incident.reported",
            article="第十条、第十一条",
            within=REPORT_BY,
            since=OPENED,
            form=IncidentReport,
            notify=("kind:bureau",),
        ),
        Step(
            "lift",
            ("reported",),
            "reported",
            by=HOLDER_HEAD,
            label=Sentence("Safe again: put grants in force", "风险消除，恢复授权"),
            event="incident.containment_lifted",
            article=None,
            form=Lifting,
            optional=True,
            effect="lift_containment",
            notify=("kind:bureau",),
        ),
        Step(
            "close",
            ("reported",),
            "closed",
            by=HOLDER_HEAD,
            label=Sentence("Mended and reviewed: close", "整改复盘完成，办结"),
            event="incident.closed",
            article="第十一条",
            form=Review,
            guards=(
                Guard(
                    "nothing_held",
                    Sentence(
                        en="Grants are still suspended by this incident: put them in force again, "
                        "or end them in their own cases.",
                        zh="仍有授权因本事件处于暂停状态：请先恢复，或在其办件中终止。",
                    ),
                ),
            ),
            notify=("kind:bureau",),
        ),
    ),
)
