"""Harvest source (目录采集源): another catalogue is read in, and who answered for that.

No rule gives these steps. Publishing an entry is a case (Regulations, articles 13 and 16); an entry
that only repeats what another public catalogue says needs no assessment of data that are not
here, but somebody has to have said that this catalogue may be repeated, and may end it.
So a source is approved once, by the head of the data bureau; each run publishes under its case.

Facts, of interop: `harvest_waits` (entries have come in that are not published yet).
Effects, of interop: `approve_harvest`, `publish_harvest`, `end_harvest`.

>>> from gongshu.rules.agents import Agent, Kind
>>> from gongshu.rules.procedure import Taken, View, step
>>> head = Agent(person="wang", organisation="B", rank="head", kinds=frozenset({Kind.BUREAU}))
>>> step(HARVEST_SOURCE, View(state="proposed", opened_by="li"), "approve", head, {}).target
'approved'
>>> step(HARVEST_SOURCE, View(state="proposed", opened_by="wang"), "approve", head, {}).code
'same_person'
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from gongshu.rules.agents import Kind, Rank
from gongshu.rules.procedure import CLOCK, OPENED, Guard, Procedure, Role, Step
from gongshu.rules.roles import DATA_AUTHORITY
from gongshu.wording import Sentence


class HarvestSource(BaseModel):
    """Which catalogue is read in, how, and how much of it may vanish at once."""

    model_config = ConfigDict(extra="forbid")
    code: str = Field(
        title="Short name of the source: small letters, digits, underscores",
        pattern=r"^[a-z][a-z0-9_]{1,29}$",
        json_schema_extra={"x-zh": "采集源简称（小写字母、数字、下划线）"},
    )
    title: str = Field(
        title="Name of the catalogue",
        min_length=1,
        max_length=200,
        json_schema_extra={"x-zh": "目录名称"},
    )
    protocol: Literal["ckan", "dcat", "dcat_us"] = Field(
        title="What it speaks: ckan, dcat or dcat_us", json_schema_extra={"x-zh": "协议"}
    )
    url: str = Field(
        title="Its address (http or https)",
        pattern=r"^https?://[^\s/]+",
        max_length=500,
        json_schema_extra={"x-zh": "地址（http 或 https）"},
    )
    organisation: str = Field(
        title="Organisation under which its entries stand: code",
        min_length=1,
        max_length=18,
        json_schema_extra={"x-zh": "条目归属机构代码"},
    )
    domain: str = Field(
        title="Domain of its entries",
        pattern=r"^[a-z][a-z0-9_]{0,29}$",
        json_schema_extra={"x-zh": "条目所属领域代码"},
    )
    domains: dict[str, str] = Field(
        default_factory=dict,
        title="Domains by the source's own themes (YAML: theme: domain)",
        json_schema_extra={"x-zh": "按来源主题对应的领域（YAML）"},
    )
    every: Literal["", "daily", "weekly", "monthly"] = Field(
        default="",
        title="Read again: daily, weekly, monthly, or only when asked",
        json_schema_extra={"x-zh": "采集周期"},
    )
    most_gone: int = Field(
        default=10,
        ge=0,
        le=100,
        title="Most entries that may vanish at once, in percent",
        json_schema_extra={"x-zh": "一次允许消失的条目上限（百分比）"},
    )


BUREAU_HEAD = Role(
    "bureau_head",
    Sentence("the head of the data bureau", "数据管理部门负责人"),
    kind=Kind.BUREAU,
    rank=Rank.HEAD,
)

HARVEST_SOURCE = Procedure(
    kind="harvest_source",
    title=Sentence(en="Harvest source", zh="目录采集源"),
    basis=Sentence(en="Platform rule", zh="平台规则"),
    payload=HarvestSource,
    initial="proposed",
    finals=("refused", "ended"),
    subject=("harvest_source", "code"),
    one_per_subject=True,
    opener=DATA_AUTHORITY,
    states={
        "proposed": Sentence("Proposed", "已提出"),
        "approved": Sentence("Approved", "已批准"),
        "refused": Sentence("Refused", "未批准"),
        "ended": Sentence("Ended", "已终止"),
    },
    steps=(
        Step(
            "approve",
            ("proposed",),
            "approved",
            by=BUREAU_HEAD,
            label=Sentence("Approve the source", "批准采集源"),
            event="harvest.approved",
            article=None,
            not_by_who_did=(OPENED,),
            effect="approve_harvest",
        ),
        Step(
            "refuse",
            ("proposed",),
            "refused",
            by=BUREAU_HEAD,
            label=Sentence("Refuse with reasons", "不予批准并说明理由"),
            event="harvest.refused",
            article=None,
            reason=True,
        ),
        Step(
            "publish",
            ("approved",),
            "approved",
            by=CLOCK,
            label=Sentence("Publish what came in", "发布采集的条目"),
            event="harvest.published",
            article=None,
            optional=True,
            guards=(
                Guard(
                    "harvest_waits",
                    Sentence(en="Nothing waits to be published.", zh="没有待发布的条目。"),
                ),
            ),
            effect="publish_harvest",
        ),
        Step(
            "end",
            ("approved",),
            "ended",
            by=DATA_AUTHORITY,
            label=Sentence("End the source and withdraw its entries", "终止采集源并撤下其条目"),
            event="harvest.ended",
            article=None,
            optional=True,
            reason=True,
            effect="end_harvest",
        ),
    ),
)
