"""What an authorised operation is written down in: the plan's 12 contents, the agreement's 13.

Rules for authorised operation (公共数据资源授权运营实施规范（试行）, 发改数据规〔2025〕27号),
articles 9, 12 and 14. Each field is one item of the article, in its order.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=8000)]
LONGEST_TERM_YEARS = 5  # article 14(2), in principle


def item(english: str, chinese: str, **more: Any) -> Any:
    return Field(title=english, json_schema_extra={"x-zh": chinese, "x-long": True}, **more)


class Plan(BaseModel):
    """实施方案: the 12 contents of article 9, with the datasets in scope named."""

    model_config = ConfigDict(extra="forbid")
    name: Text = item("1. Name", "1. 名称")
    need_and_feasibility: Text = item("2. Need and feasibility", "2. 必要性、可行性")
    operator_conditions: Text = item("3. Conditions for the operator", "3. 运营机构条件")
    mode: Literal["whole", "domain", "scenario"] = Field(
        title="4. Mode of authorisation",
        json_schema_extra={"x-zh": "4. 授权运营模式（整体、分领域、依场景）"},
    )
    datasets: list[str] = Field(
        title="5. Resources in scope: codes of the datasets (YAML list)",
        json_schema_extra={"x-zh": "5. 公共数据资源范围：数据集代码（YAML 列表）"},
        min_length=1,
        max_length=500,
    )
    update_and_quality: Text = item(
        "5. Catalogue, update frequency, quality", "5. 数据资源目录、更新频率、质量"
    )
    term_and_schedule: Text = item(
        "6. Term, content of the build, schedule, evaluation, exit, assets",
        "6. 运营期限、建设内容、进度、评价标准、退出机制、资产管理",
    )
    products_public: Text = item(
        "7a. Products for governance and public benefit", "7a. 公共治理、公益事业产品和服务清单"
    )
    products_industry: Text = item("7b. Products for industry", "7b. 产业发展、行业发展产品清单")
    accounting: Text = item(
        "8. Accounting of cost and income, revenue sharing", "8. 成本收益核算、收益分配"
    )
    security: Text = item(
        "9. Security, personal information, emergencies", "9. 数据安全、个人信息保护、应急"
    )
    rights_and_duties: Text = item("10. Rights and duties", "10. 各方权利义务")
    supervision: Text = item("11. Supervision and assessment", "11. 监督管理、考核评估")
    other: str = Field(
        default="", max_length=8000, title="12. Other", json_schema_extra={"x-zh": "12. 其他"}
    )


class Decision(BaseModel):
    """A collective decision (三重一大): when, and the number of its record."""

    model_config = ConfigDict(extra="forbid")
    decided_on: date = Field(title="Decided on", json_schema_extra={"x-zh": "决策日期"})
    record: str = Field(
        title="Number of the record",
        json_schema_extra={"x-zh": "会议纪要文号"},
        min_length=2,
        max_length=200,
    )


class Filing(BaseModel):
    model_config = ConfigDict(extra="forbid")
    number: str = Field(
        title="Filing number",
        json_schema_extra={"x-zh": "备案号"},
        min_length=2,
        max_length=200,
    )


class Selection(BaseModel):
    """Article 12: fair competition."""

    model_config = ConfigDict(extra="forbid")
    operator: str = Field(
        title="Operator chosen (unified social credit code)",
        json_schema_extra={"x-zh": "选定的运营机构（统一社会信用代码）"},
        min_length=1,
        max_length=18,
    )
    method: Literal["public_tender", "invited_tender", "negotiation", "other"] = Field(
        title="Method of selection",
        json_schema_extra={"x-zh": "遴选方式（公开招标、邀请招标、谈判等）"},
    )
    result: Text = item("Result and where it was published", "遴选结果及公布情况")


class Agreement(BaseModel):
    """授权运营协议: the 13 contents of article 14; `terms` are the grant's, machine-readable."""

    model_config = ConfigDict(extra="forbid")
    starts: date = Field(title="2. Term: from", json_schema_extra={"x-zh": "2. 期限：自"})
    ends: date = Field(title="2. Term: until", json_schema_extra={"x-zh": "2. 期限：至"})
    terms: dict[str, Any] = Field(
        title="1. Scope and catalogue: the terms of the grant (YAML)",
        json_schema_extra={"x-zh": "1. 数据资源范围和目录：授权条款（YAML）"},
    )
    products: Text = item(
        "3. Products, their technical standard, security and conformity review",
        "3. 产品和服务清单、技术标准、安全审核、业务合规性审核",
    )
    platform: Text = item("4. Supporting platform", "4. 支撑平台")
    assets: Text = item("5. Ownership of assets", "5. 资产权属")
    disclosure_and_no_redevelopment: Text = item(
        "6. Disclosure; no redevelopment of delivered products",
        "6. 信息披露及不得参与再开发的要求",
    )
    accounting: Text = item("7. Accounting and revenue sharing", "7. 核算和收益分配")
    security: Text = item(
        "8. Security, personal information, risk monitoring, emergencies",
        "8. 数据安全、个人信息保护、风险监测、应急处置",
    )
    evaluation: Text = item("9. Evaluation, renewal or exit", "9. 成效评价、续约或退出")
    liability: Text = item("10. Liability for breach", "10. 违约责任")
    disputes: Text = item("11. Settlement of disputes", "11. 争议解决")
    change: Text = item("12. Change and termination", "12. 变更和终止条件")
    other: str = Field(
        default="", max_length=8000, title="13. Other", json_schema_extra={"x-zh": "13. 其他"}
    )

    @model_validator(mode="after")
    def term_in_bounds(self) -> Agreement:
        """Article 14(2): in principle not over five years."""
        if self.ends < self.starts:
            raise PydanticCustomError("term_order", "the term ends before it starts")
        last = _years_later(self.starts, LONGEST_TERM_YEARS)
        if self.ends >= last:
            raise PydanticCustomError("term_too_long", "the term is longer than five years")
        return self


class Registration(BaseModel):
    """The result of registering under the measures (R26). The structure of the code is not
    published, so it is kept as it is written."""

    model_config = ConfigDict(extra="forbid")
    code: str = Field(
        title="Result query code",
        json_schema_extra={"x-zh": "登记结果查询码"},
        min_length=2,
        max_length=200,
    )


class Evaluation(BaseModel):
    """Article 14(9): the outcome is evaluated before a renewal."""

    model_config = ConfigDict(extra="forbid")
    evaluation: Text = item("Evaluation of the outcome", "运营成效评价")


class Handover(BaseModel):
    """Exit: data and assets are handed back, access is cut, destruction is proved."""

    model_config = ConfigDict(extra="forbid")
    handed_back: Text = item("Data and assets handed back", "数据和资产移交情况")
    destruction: Text = item("Proof of destruction", "数据销毁证明")


def _years_later(day: date, years: int) -> date:
    """The same day `years` later; 28 February for 29 February."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)
