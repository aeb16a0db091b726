"""What an authorised operation is written down in: the plan's 12 contents, the agreement's 13.

Rules for authorised operation (公共数据资源授权运营实施规范（试行）, 发改数据规〔2025〕27号),
articles 9, 10, 12 and 14. Each field is one item of the article, in its order.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, model_validator

from gongshu.rules.registrations import years_later
from gongshu.rules.written import Files, Form, Line, Text, choice, files, line, text, wrong
from gongshu.wording import Sentence

LONGEST_TERM_YEARS = 5  # article 14(2), in principle
FEWEST_MEMBERS = 2  # a collective is more than one
Code = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=18)]

MODES = {
    "whole": Sentence("whole", "整体授权"),
    "domain": Sentence("by field", "分领域授权"),
    "scenario": Sentence("by scenario", "依场景授权"),
}
METHODS = {
    "public_tender": Sentence("public tender", "公开招标"),
    "invited_tender": Sentence("invited tender", "邀请招标"),
    "negotiation": Sentence("negotiation", "谈判"),
    "other": Sentence("other", "其他"),
}


class Plan(Form):
    """实施方案: the 12 contents of article 9, with the datasets in scope named."""

    name: Text = text("1. Name", "1. 名称")
    need_and_feasibility: Text = text(
        "2. Need and feasibility: life-cycle service, social need, size of the market, expected "
        "effect, control of risks",
        "2. 必要性、可行性：全生命周期服务能力、社会需求、市场规模、预期成效、风险防控",
    )
    operator_conditions: Text = text(
        "3. Conditions for the operator: funds, management, technology, service, security",
        "3. 运营机构条件：资金、管理、技术、服务、安全能力",
    )
    mode: Literal["whole", "domain", "scenario"] = choice(
        "4. Mode of authorisation", "4. 授权运营模式（整体、分领域、依场景）", MODES
    )
    datasets: list[str] = Field(
        title="5. Resources in scope: codes of the datasets (YAML list)",
        json_schema_extra={"x-zh": "5. 公共数据资源范围：数据集代码（YAML 列表）"},
        min_length=1,
        max_length=500,
    )
    update_and_quality: Text = text(
        "5. Catalogue, update frequency, quality", "5. 数据资源目录、更新频率、质量"
    )
    term_years: int = line(
        "6. Term in years (5 at most)",
        "6. 运营期限（年，不超过 5 年）",
        default=LONGEST_TERM_YEARS,
        ge=1,
        le=LONGEST_TERM_YEARS,
    )
    term_and_schedule: Text = text(
        "6. Content of the build, technical support, schedule, standard of evaluation, exit, "
        "management of assets",
        "6. 建设内容、技术保障、实施进度、评价标准、退出机制、资产管理",
    )
    products_public: Text = text(
        "7a. Products for governance and public benefit", "7a. 公共治理、公益事业产品和服务清单"
    )
    products_industry: Text = text("7b. Products for industry", "7b. 产业发展、行业发展产品清单")
    accounting: Text = text(
        "8. Accounting of cost and income, revenue sharing", "8. 成本收益核算、收益分配"
    )
    security: Text = text(
        "9. Security, personal information, emergencies", "9. 数据安全、个人信息保护、应急"
    )
    rights_and_duties: Text = text("10. Rights and duties", "10. 各方权利义务")
    supervision: Text = text("11. Supervision and assessment", "11. 监督管理、考核评估")
    documents: Files = files("Documents of the plan", "实施方案文本及附件")
    other: str = text("12. Other", "12. 其他", default="", max_length=8000)


class Meeting(Form):
    """Who decides together (三重一大): each records their own consent, with its time."""

    members: list[str] = Field(
        title="Who decides together: user names (YAML list)",
        json_schema_extra={"x-zh": "参加集体决策的人员：用户名（YAML 列表）"},
        min_length=FEWEST_MEMBERS,
        max_length=50,
    )
    matter: Line = line("Meeting and item", "会议名称和议题")

    @model_validator(mode="after")
    def several(self) -> Meeting:
        if len(set(self.members)) < len(self.members):
            raise wrong(Sentence("Somebody is named twice.", "有人员重复列出。"), "members")
        return self


class Decision(Form):
    """A collective decision (三重一大): when, and the number of its record."""

    decided_on: date = line("Decided on", "决策日期")
    record: Line = line("Number of the record", "会议纪要文号")


class Filing(Form):
    number: Line = line("Filing number", "备案号")


class Selection(Form):
    """Article 12: fair competition."""

    operator: Code = line(
        "Operator chosen (unified social credit code)", "选定的运营机构（统一社会信用代码）"
    )
    method: Literal["public_tender", "invited_tender", "negotiation", "other"] = choice(
        "Method of selection", "遴选方式（公开招标、邀请招标、谈判等）", METHODS
    )
    result: Text = text("Result and where it was published", "遴选结果及公布情况")
    documents: Files = files("Documents of the selection", "遴选文件（附件）")


class Agreement(Form):
    """授权运营协议: the 13 contents of article 14; `terms` are the grant's, machine-readable."""

    starts: date = line("2. Term: from", "2. 期限：自")
    ends: date = line("2. Term: until", "2. 期限：至")
    terms: dict[str, Any] = line(
        "1. Scope and catalogue: the terms of the grant (YAML)",
        "1. 数据资源范围和目录：授权条款（YAML）",
    )
    products: Text = text(
        "3. Products, their technical standard, security and conformity review",
        "3. 产品和服务清单、技术标准、安全审核、业务合规性审核",
    )
    platform: Text = text("4. Supporting platform", "4. 支撑平台")
    assets: Text = text("5. Ownership of assets", "5. 资产权属")
    disclosure_and_no_redevelopment: Text = text(
        "6. Disclosure; no redevelopment of delivered products",
        "6. 信息披露及不得参与再开发的要求",
    )
    accounting: Text = text("7. Accounting and revenue sharing", "7. 核算和收益分配")
    security: Text = text(
        "8. Security, personal information, risk monitoring, emergencies",
        "8. 数据安全、个人信息保护、风险监测、应急处置",
    )
    evaluation: Text = text("9. Evaluation, renewal or exit", "9. 成效评价、续约或退出")
    liability: Text = text("10. Liability for breach", "10. 违约责任")
    disputes: Text = text("11. Settlement of disputes", "11. 争议解决")
    change: Text = text("12. Change and termination", "12. 变更和终止条件")
    documents: Files = files("Text of the agreement", "授权运营协议文本（附件）")
    sub_authorisation: bool = line(
        "13. The operator may authorise others in turn (only where the place allows it)",
        "13. 允许转授权（仅限本地规定允许的情形）",
        default=False,
    )
    other: str = text("13. Other", "13. 其他", default="", max_length=8000)

    @model_validator(mode="after")
    def term_in_bounds(self) -> Agreement:
        """Article 14(2): in principle not over five years."""
        if self.ends < self.starts:
            raise wrong(Sentence("The term ends before it starts.", "期限的截止早于起始。"), "ends")
        if self.ends >= years_later(self.starts, LONGEST_TERM_YEARS):
            raise wrong(
                Sentence(
                    "The term is longer than five years, the longest that article 14 allows.",
                    "期限超过五年，即第十四条规定的最长期限。",
                ),
                "ends",
            )
        return self


class OperatorDeclaration(Form):
    """Article 6: whom the operator controls or is controlled by may not re-develop either."""

    related: list[Code] = Field(
        default_factory=list,
        title="Related organisations of the operator: codes (YAML list)",
        json_schema_extra={"x-zh": "运营机构的关联单位：统一社会信用代码（YAML 列表）"},
        max_length=500,
    )


class Registration(Form):
    """The result of registering under the measures (R26). The structure of the code is not
    published, so it is kept as it is written."""

    code: Line = line("Result query code", "登记结果查询码")


class Evaluation(Form):
    """Article 14(9): at the end of the term the outcome is evaluated, whatever follows."""

    evaluation: Text = text("Evaluation of the outcome", "运营成效评价")


class Handover(Form):
    """Exit: data and assets are handed back, access is cut, destruction is proved."""

    handed_back: Text = text("Data and assets handed back", "数据和资产移交情况")
    destruction: Text = text("Proof of destruction", "数据销毁证明")
    destruction_files: Files = files("Proof of destruction: files", "数据销毁证明（附件）")


class Acceptance(Form):
    checked: Text = text("How the handover and the proof were checked", "移交和销毁情况核验")
