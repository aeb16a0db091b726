"""Catalogue entry (政务数据目录编制): from a draft to a published entry, its update and its end.

Government Data Sharing Regulations (政务数据共享条例, State Council Order 809), articles 13 to 17.

Facts, of the catalogue: `entry_described` (every core field of article 13 is filled in),
`entry_has_version` (there is data). Party, of the catalogue: `provider_of_dataset`.
Effects: `return_entry`, `assess_entry`, `submit_entry`, `publish_entry`, `update_entry`,
`retire_entry`.

The two working days of article 17 are for updates; no length is written for a first review. An
update that is returned goes back to being updated: what is published stays so.

>>> from gongshu.rules.agents import Agent
>>> from gongshu.rules.procedure import View, step
>>> clerk = Agent(person="li", organisation="A", rank="staff")
>>> head = Agent(person="wang", organisation="A", rank="head")
>>> view = View(state="assessed", parties={"department": "A"}, opened_by="li")
>>> step(CATALOGUE_ENTRY, view, "approve", head, {"entry_described": True}).target
'submitted'
>>> step(CATALOGUE_ENTRY, view, "approve", clerk, {"entry_described": True}).code
'not_yours'
"""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, ConfigDict, Field

from gongshu.rules.agents import Kind
from gongshu.rules.lengths import workdays
from gongshu.rules.procedure import OPENED, Guard, Procedure, Role, Step
from gongshu.rules.roles import AUTHORITY, DEPARTMENT, DEPARTMENT_HEAD
from gongshu.wording import Sentence


class EntryCase(BaseModel):
    """What a catalogue-entry case is about."""

    model_config = ConfigDict(extra="forbid")
    dataset: str = Field(
        title="Dataset", json_schema_extra={"x-zh": "数据集"}, min_length=1, max_length=80
    )


class Assessment(BaseModel):
    """Article 13: before publishing, secrecy risk and personal-information impact are assessed."""

    model_config = ConfigDict(extra="forbid")
    secrecy: str = Field(
        title="Secrecy-risk assessment",
        min_length=2,
        max_length=4000,
        json_schema_extra={"x-zh": "保密风险评估"},
    )
    personal_information: str = Field(
        title="Personal-information impact assessment",
        min_length=2,
        max_length=4000,
        json_schema_extra={"x-zh": "个人信息保护影响评估"},
    )


class Change(BaseModel):
    """Article 17: the clock runs from the day on which the law or the duty changed."""

    model_config = ConfigDict(extra="forbid")
    changed_on: date = Field(title="Changed on", json_schema_extra={"x-zh": "调整日期"})
    what: str = Field(
        title="What changed",
        min_length=2,
        max_length=4000,
        json_schema_extra={"x-zh": "调整内容", "x-long": True},
    )


DESCRIBED = Guard(
    "entry_described",
    Sentence(
        en="The entry is not yet described in full: name, items, provider, format, update "
        "frequency, sharing attribute, classification and grade are owed.",
        zh="目录信息不完整：须填写名称、数据项、提供单位、格式、更新频率、共享属性、分类和分级。",
    ),
)
HAS_VERSION = Guard(
    "entry_has_version",
    Sentence(en="The dataset has no data yet.", zh="该数据集尚无数据。"),
)

CATALOGUE_ENTRY = Procedure(
    kind="catalogue_entry",
    title=Sentence(en="Catalogue entry", zh="目录编制"),
    basis=Sentence(
        en="Government Data Sharing Regulations (Order 809), articles 13–17",
        zh="《政务数据共享条例》（国务院令第809号）第十三条至第十七条",
    ),
    payload=EntryCase,
    initial="draft",
    finals=("retired",),
    subject=("dataset", "dataset"),
    one_per_subject=True,
    parties={"department": "provider_of_dataset"},
    opener=Role("opener", Sentence("the providing department", "提供部门"), party="department"),
    states={
        "draft": Sentence("Draft", "草稿"),
        "assessed": Sentence("Assessed", "已评估"),
        "submitted": Sentence("Submitted for review", "待审核"),
        "published": Sentence("Published", "已发布"),
        "updating": Sentence("Being updated", "更新中"),
        "retired": Sentence("Withdrawn", "已撤销"),
    },
    steps=(
        Step(
            "assess",
            ("draft",),
            "assessed",
            by=DEPARTMENT,
            label=Sentence("Assess risks", "风险评估"),
            event="entry.assessed",
            article="第十三条",
            form=Assessment,
            guards=(DESCRIBED,),
            effect="assess_entry",
        ),
        Step(
            "approve",
            ("assessed",),
            "submitted",
            by=DEPARTMENT_HEAD,
            label=Sentence("Approve and submit", "负责人审批并报送"),
            event="entry.submitted",
            article="第十三条",
            guards=(DESCRIBED,),
            not_by_who_did=(OPENED, "assess"),
            effect="submit_entry",
            notify=(f"kind:{Kind.BUREAU}",),
        ),
        Step(
            "revise",
            ("assessed",),
            "draft",
            by=DEPARTMENT,
            label=Sentence("Take back to revise", "退回修改"),
            event="entry.taken_back",
            article=None,
            optional=True,
            effect="return_entry",
        ),
        Step(
            "pass",
            ("submitted",),
            "published",
            by=AUTHORITY,
            label=Sentence("Pass and publish", "审核通过并公布"),
            event="entry.published",
            article="第十六条",
            entered_by=("approve",),
            guards=(DESCRIBED, HAS_VERSION),
            not_by_who_did=(OPENED, "assess", "approve"),
            effect="publish_entry",
            notify=("department",),
        ),
        Step(
            "return",
            ("submitted",),
            "draft",
            by=AUTHORITY,
            label=Sentence("Return with reasons", "退回并说明理由"),
            event="entry.returned",
            article="第十六条",
            entered_by=("approve",),
            reason=True,
            effect="return_entry",
            notify=("department",),
        ),
        Step(
            "pass_update",
            ("submitted",),
            "published",
            by=AUTHORITY,
            label=Sentence("Pass and publish the update", "更新审核通过并公布"),
            event="entry.update_published",
            article="第十七条",
            entered_by=("submit",),
            within=workdays(2),
            guards=(DESCRIBED, HAS_VERSION),
            not_by_who_did=("submit",),
            effect="publish_entry",
            notify=("department",),
        ),
        Step(
            "return_update",
            ("submitted",),
            "updating",
            by=AUTHORITY,
            label=Sentence("Return the update with reasons", "退回更新并说明理由"),
            event="entry.update_returned",
            article="第十七条",
            entered_by=("submit",),
            within=workdays(2),
            reason=True,
            effect="return_entry",
            notify=("department",),
        ),
        Step(
            "change",
            ("published",),
            "updating",
            by=DEPARTMENT,
            label=Sentence("Law or duty changed: update", "法律法规或职责调整，启动更新"),
            event="entry.update_started",
            article="第十七条",
            form=Change,
            dated_by="changed_on",
            optional=True,
            effect="update_entry",
        ),
        Step(
            "ask_extension",
            ("updating",),
            "updating",
            by=DEPARTMENT,
            label=Sentence("Ask for an extension", "申请延期"),
            event="entry.extension_asked",
            article="第十七条",
            once_here=True,
            optional=True,
            reason=True,
            notify=(f"kind:{Kind.BUREAU}",),
        ),
        Step(
            "extend",
            ("updating",),
            "updating",
            by=AUTHORITY,
            label=Sentence("Consent to an extension", "同意延期"),
            event="entry.extended",
            article="第十七条",
            extends=workdays(5),
            needs=("ask_extension",),
            once_here=True,
            reason=True,
            notify=("department",),
        ),
        Step(
            "submit",
            ("updating",),
            "submitted",
            by=DEPARTMENT_HEAD,
            label=Sentence("Submit the update", "报送更新"),
            event="entry.update_submitted",
            article="第十七条",
            within=workdays(10),
            since="change",
            guards=(DESCRIBED,),
            effect="submit_entry",
            notify=(f"kind:{Kind.BUREAU}",),
        ),
        Step(
            "ask_withdrawal",
            ("published",),
            "published",
            by=DEPARTMENT,
            label=Sentence("Ask to withdraw the entry", "申请撤销目录"),
            event="entry.withdrawal_asked",
            article=None,
            optional=True,
            reason=True,
            notify=(f"kind:{Kind.BUREAU}",),
        ),
        Step(
            "withdraw",
            ("published",),
            "retired",
            by=AUTHORITY,
            label=Sentence("Agree to withdraw", "同意撤销目录"),
            event="entry.retired",
            article=None,
            needs=("ask_withdrawal",),
            reason=True,
            effect="retire_entry",
            notify=("department",),
        ),
    ),
)
