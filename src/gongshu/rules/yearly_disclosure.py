"""Yearly disclosure (信息披露): drafted from the ledger on 1 January, published by a person.

Rules for authorised operation (发改数据规〔2025〕27号), articles 18 and 19, and the disclosure
notice of 2026-02-10 (its text was not seen, only what was reported of it): each year, by the end
of March, the implementing body discloses its own information, whom it authorised to what, and the
caps; the operator its own information, the resources it was authorised to, its products, charges
and use of resources. County-level and higher data authorities supervise it: what is not published
in time stands on their list.

The draft is read off the ledger by the platform. A person completes and checks it, another
publishes it; the entry holds the digest of what was published.

Effects, of oversight: `draft_disclosure`, `publish_disclosure`. Party, of oversight:
`discloser_named`.

>>> from gongshu.rules.agents import Agent
>>> from gongshu.rules.procedure import Taken, View, step
>>> checked = Taken("check", "li", "drafted", "checked")
>>> view = View("checked", {"discloser": "A"}, taken=(checked,))
>>> head = Agent(person="wang", organisation="A", rank="head")
>>> step(YEARLY_DISCLOSURE, view, "publish", head, {}).target
'published'
>>> step(YEARLY_DISCLOSURE, view, "publish", Agent("li", "A", rank="head"), {}).code
'same_person'
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal

from pydantic import Field

from gongshu.rules.agents import Rank
from gongshu.rules.lengths import BY_END_OF_MARCH
from gongshu.rules.procedure import CLOCK, OPENED, Procedure, Role, Step
from gongshu.rules.written import Form, Line, Text, Ticked, choice, line, text
from gongshu.wording import Sentence

DISCLOSER = Role("discloser", Sentence("who owes the disclosure", "披露主体"), party="discloser")
DISCLOSER_HEAD = Role(
    "discloser_head",
    Sentence("the head of who owes the disclosure", "披露主体负责人"),
    party="discloser",
    rank=Rank.HEAD,
)
SIDES = {
    "implementing_body": Sentence("implementing body", "实施机构"),
    "operator": Sentence("operator", "运营机构"),
}


class YearlyDisclosure(Form):
    """Filled in by the platform, from the ledger alone."""

    name: Line = line("Disclosure", "披露事项")
    organisation: Line = line("Organisation", "披露主体代码")
    side: Literal["implementing_body", "operator"] = choice("As", "披露身份", SIDES)
    year: int = line("Year", "年度", ge=2000, le=2200)
    draft: dict[str, Any] = Field(
        title="Draft, from the ledger", json_schema_extra={"x-zh": "根据账本生成的披露内容"}
    )


class CheckedDisclosure(Form):
    """What the ledger cannot know, and that the rest was looked at."""

    about: Text = text(
        "The organisation's own information: name, seat, who answers for it, how to reach them",
        "本单位基本信息：名称、住所、负责人、联系方式",
    )
    operation: Text = text("Overall state of the operation in the year", "年度授权运营总体情况")
    remarks: str = text("Remarks on the draft", "对披露内容的说明", default="", max_length=8000)
    compared: Ticked = line("The draft was compared with our own books", "已与本单位台账核对")


def counted_from(payload: Mapping[str, Any]) -> date | None:
    """Due in the year after the one it is about, whenever its case was opened."""
    return date(int(payload["year"]), 12, 31)


YEARLY_DISCLOSURE = Procedure(
    kind="yearly_disclosure",
    title=Sentence(en="Yearly disclosure", zh="年度信息披露"),
    basis=Sentence(
        en="Rules for authorised operation (发改数据规〔2025〕27号), articles 18–19; the notice on "
        "disclosure of 2026-02-10",
        zh="《公共数据资源授权运营实施规范（试行）》（发改数据规〔2025〕27号）第十八条、第十九条；"
        "国家数据局综合司关于做好公共数据资源授权运营信息披露工作的通知",
    ),
    payload=YearlyDisclosure,
    initial="drafted",
    finals=("published",),
    subject=("disclosure", "name"),
    one_per_subject=True,
    parties={"discloser": "discloser_named"},
    opener=CLOCK,
    counted_from=counted_from,
    states={
        "drafted": Sentence("Drafted from the ledger", "已生成草稿"),
        "checked": Sentence("Checked", "已核对"),
        "published": Sentence("Published", "已公布"),
    },
    steps=(
        Step(
            "redraft",
            ("drafted",),
            "drafted",
            by=DISCLOSER,
            label=Sentence("Draft it anew from the ledger", "根据账本重新生成"),
            event="disclosure.redrafted",
            article=None,
            optional=True,
            effect="draft_disclosure",
        ),
        Step(
            "check",
            ("drafted",),
            "checked",
            by=DISCLOSER,
            label=Sentence("Complete and check it", "补充并核对"),
            event="disclosure.checked",
            article="第十八条、第十九条",
            within=BY_END_OF_MARCH,
            since=OPENED,
            form=CheckedDisclosure,
        ),
        Step(
            "return",
            ("checked",),
            "drafted",
            by=DISCLOSER_HEAD,
            label=Sentence("Return it: draft anew", "退回，重新生成"),
            event="disclosure.returned",
            article=None,
            optional=True,
            reason=True,
            effect="draft_disclosure",
        ),
        Step(
            "publish",
            ("checked",),
            "published",
            by=DISCLOSER_HEAD,
            label=Sentence("Publish", "公布"),
            event="disclosure.published",
            article="第十八条、第十九条",
            within=BY_END_OF_MARCH,
            since=OPENED,
            not_by_who_did=("check",),
            effect="publish_disclosure",
            notify=("kind:bureau",),
        ),
    ),
)
