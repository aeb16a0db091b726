"""Product listing (产品上架): a product of an authorised operation is reviewed, then offered.

The Opinion (关于加快公共数据资源开发利用的意见), item 12, asks for security assessment, for a
review of the business conformity of applications, and for control of what aggregation and linkage
reveal; the rules for authorised operation (发改数据规〔2025〕27号), article 14, put both reviews
into the agreement. Neither gives steps, so all rows are platform rules: one person reviews
security and grades the product anew, another reviews conformity, and only then is it listed.

Facts, of grants: `grantee_of_operation`, `product_in_scope` (made of data of its grant),
`operation_over`. Effects, of cases: `list_product`. Party, of grants: `grantor_of_grant`.

>>> from gongshu.rules.agents import Agent
>>> from gongshu.rules.procedure import Taken, View, step
>>> reviewed = Taken("pass_security", "li", "submitted", "security_passed")
>>> FIT = {"product_in_scope": True}
>>> view = View("security_passed", {"implementing_body": "A"}, taken=(reviewed,))
>>> step(PRODUCT_LISTING, view, "pass_conformity", Agent("wang", "A"), FIT).target
'listed'
>>> step(PRODUCT_LISTING, view, "pass_conformity", Agent("li", "A"), FIT).code
'same_person'
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from gongshu.rules.price_forms import UNITS, USES
from gongshu.rules.procedure import CLOCK, OPENED, Guard, Procedure, Role, Step
from gongshu.rules.roles import (
    DATA_AUTHORITY,
    IMPLEMENTING,
    IMPLEMENTING_HEAD,
    OPERATOR,
    OPERATOR_HEAD,
)
from gongshu.rules.written import Files, Form, Line, Text, choice, files, line, text
from gongshu.wording import Sentence

GRADES = {
    "important": Sentence("important", "重要数据"),
    "general": Sentence("general", "一般数据"),
}


class ProductListing(Form):
    grant: Line = line("Grant of the authorised operation", "授权运营的授权编号")
    product: Line = line("Product or service", "产品或服务名称")
    summary: Text = text("What it is, and for whom (made public)", "产品说明和适用对象（公开）")
    use: Literal["governance", "public_benefit", "industry"] = choice("Use", "用途", USES)
    unit: Literal["product", "service", "time", "calls"] = choice("Unit", "计费单位", UNITS)
    datasets: list[str] = Field(
        title="Made of: codes of the datasets (YAML list)",
        json_schema_extra={"x-zh": "所用数据集代码（YAML 列表）"},
        min_length=1,
        max_length=500,
    )
    standard: Text = text("Technical standard", "技术标准")
    making: Text = text(
        "How it is made, and why nothing raw is in it", "加工过程，以及不含原始数据的说明"
    )
    terms: Text = text(
        "Terms of supply, the same for everybody (made public)", "供给条件，对所有用户一致（公开）"
    )


class SecurityReview(Form):
    """A product is graded anew, never by copying the grade of what it was made of."""

    security: Text = text("Security assessment", "安全评估结论")
    linkage: Text = text("Risk of aggregation and linkage", "汇聚关联风险评估")
    review_files: Files = files("Review: report", "评估报告（附件）")
    grade: Literal["important", "general"] = choice("Grade of the product", "产品分级", GRADES)


class ConformityReview(Form):
    conformity: Text = text(
        "Business conformity: scenario, purpose, scope of the authorisation",
        "业务合规性：应用场景、用途、授权范围",
    )


GRANTEE = Guard(
    "grantee_of_operation",
    Sentence(
        en="This is no grant in force by which your organisation operates data.",
        zh="该编号不是贵单位有效的授权运营授权。",
    ),
)
IN_SCOPE = Guard(
    "product_in_scope",
    Sentence(
        en="It is made of data that the grant does not cover, or the grant is not in force.",
        zh="所用数据超出授权范围，或授权未生效。",
    ),
)
OVER = Guard("operation_over", Sentence("The operation goes on.", "授权运营尚未结束。"))

PRODUCT_LISTING = Procedure(
    kind="product_listing",
    title=Sentence(en="Product listing", zh="产品和服务上架"),
    basis=Sentence(
        en="Platform rule, after the Opinion, item 12, and 发改数据规〔2025〕27号, article 14",
        zh="平台规则，依据《关于加快公共数据资源开发利用的意见》第12项、发改数据规〔2025〕27号第十四条",
    ),
    payload=ProductListing,
    initial="draft",
    finals=("delisted",),
    subject=("product", "product"),
    parties={"operator": "opener", "implementing_body": "grantor_of_grant"},
    opener=Role("operator", Sentence("the operator", "运营机构"), kind="operator"),
    opening_guards=(GRANTEE,),
    states={
        "draft": Sentence("Draft", "草稿"),
        "submitted": Sentence("Submitted, security being reviewed", "已提交，安全审核中"),
        "security_passed": Sentence("Conformity being reviewed", "业务合规性审核中"),
        "listed": Sentence("Listed", "已上架"),
        "suspended": Sentence("Suspended", "已暂停"),
        "delisted": Sentence("Delisted", "已下架"),
    },
    steps=(
        Step(
            "revise",
            ("draft",),
            "draft",
            by=OPERATOR,
            label=Sentence("Revise", "修改"),
            event="listing.revised",
            article=None,
            form=ProductListing,
            stores=True,
            optional=True,
        ),
        Step(
            "submit",
            ("draft",),
            "submitted",
            by=OPERATOR_HEAD,
            label=Sentence("Submit for review", "提交审核"),
            event="listing.submitted",
            article=None,
            guards=(IN_SCOPE,),
            not_by_who_did=(OPENED,),
            notify=("implementing_body",),
        ),
        Step(
            "pass_security",
            ("submitted",),
            "security_passed",
            by=IMPLEMENTING,
            label=Sentence("Security review passed", "安全审核通过"),
            event="listing.security_passed",
            article=None,
            form=SecurityReview,
        ),
        Step(
            "pass_conformity",
            ("security_passed",),
            "listed",
            by=IMPLEMENTING,
            label=Sentence("Business conformity passed: list it", "业务合规性审核通过，上架"),
            event="product.listed",
            article=None,
            form=ConformityReview,
            guards=(IN_SCOPE,),
            not_by_who_did=("pass_security",),
            effect="list_product",
            notify=("operator", "kind:bureau"),
        ),
        Step(
            "return",
            ("submitted", "security_passed"),
            "draft",
            by=IMPLEMENTING,
            label=Sentence("Return it, with the reason", "退回并说明理由"),
            event="listing.returned",
            article=None,
            optional=True,
            reason=True,
            notify=("operator",),
        ),
        Step(
            "suspend",
            ("listed",),
            "suspended",
            by=IMPLEMENTING,
            label=Sentence("Suspend the product", "暂停产品"),
            event="product.suspended",
            article=None,
            optional=True,
            reason=True,
            effect="product_facts",
            notify=("operator", "kind:bureau"),
        ),
        Step(
            "suspend_by_authority",
            ("listed",),
            "suspended",
            by=DATA_AUTHORITY,
            label=Sentence("Suspend the product (authority)", "主管部门责令暂停"),
            event="product.suspended_by_authority",
            article=None,
            optional=True,
            reason=True,
            effect="product_facts",
            notify=("operator", "implementing_body"),
        ),
        Step(
            "resume",
            ("suspended",),
            "listed",
            by=IMPLEMENTING_HEAD,
            label=Sentence("List it again", "恢复上架"),
            event="product.resumed",
            article=None,
            guards=(IN_SCOPE,),
            entered_by=("suspend",),
            effect="product_facts",
            notify=("operator",),
        ),
        Step(
            "resume_by_authority",
            ("suspended",),
            "listed",
            by=DATA_AUTHORITY,
            label=Sentence("List it again (authority)", "主管部门同意恢复上架"),
            event="product.resumed_by_authority",
            article=None,
            guards=(IN_SCOPE,),
            entered_by=("suspend_by_authority",),
            effect="product_facts",
            notify=("operator", "implementing_body"),
        ),
        Step(
            "delist",
            ("draft", "listed", "suspended"),
            "delisted",
            by=OPERATOR_HEAD,
            label=Sentence("Delist, or give the draft up", "下架或放弃"),
            event="product.delisted",
            article=None,
            optional=True,
            reason=True,
            effect="product_facts",
            notify=("implementing_body",),
        ),
        Step(
            "lapse",
            ("draft", "submitted", "security_passed", "listed", "suspended"),
            "delisted",
            by=CLOCK,
            label=Sentence("The operation is over: delisted", "授权运营结束，下架"),
            event="product.lapsed",
            article=None,
            guards=(OVER,),
            effect="product_facts",
            notify=("operator", "implementing_body"),
        ),
    ),
)
