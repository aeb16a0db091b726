"""What a registration and its steps are written down in.

Registration measures (公共数据资源登记管理暂行办法, 发改数据规〔2025〕26号), articles 7, 9, 12, 13
and 20. The seven groups of materials of article 9 are numbered as the article lists them.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any, Literal

from pydantic import field_validator, model_validator

from gongshu.rules.registrations import as_typed, owed_from
from gongshu.rules.written import (
    DIGEST,
    Files,
    Form,
    Line,
    Text,
    Ticked,
    choice,
    files,
    line,
    text,
    wrong,
)
from gongshu.wording import Sentence

TYPES = {
    "first": Sentence("first registration", "首次登记"),
    "change": Sentence("registration of a change", "变更登记"),
}
WHAT = {
    "resource": Sentence("public data resource", "公共数据资源"),
    "product": Sentence("product or service made of such resources", "公共数据产品和服务"),
}
CANCELLATION_GROUNDS = {
    "destroyed": Sentence(
        "the resource is destroyed or cannot be recovered", "数据资源灭失或无法恢复"
    ),
    "rights_ended": Sentence("rights were given up or have run out", "相关权益放弃或期限届满"),
    "registrant_ended": Sentence(
        "the registrant is dissolved, revoked, bankrupt or otherwise ended",
        "登记主体解散、被撤销、破产或其他终止情形",
    ),
    "other": Sentence("another ground in law", "法律法规规定的其他情形"),
}
REVOCATION_GROUNDS = {
    "false_materials": Sentence("facts hidden or materials false", "隐瞒事实或提供虚假材料"),
    "forged": Sentence("the result was altered or forged", "篡改、伪造登记结果"),
    "unlawful_use": Sentence("unlawful use or improper profit", "违法使用或不当牟利"),
    "other": Sentence("another breach", "其他违反规定的情形"),
}
CORRECTION_GROUNDS = {
    "consent": Sentence("the registrant consents in writing", "登记主体书面同意"),
    "proof": Sentence("there is proof of the error", "有证据证明登记确有错误"),
}


class RegistrationMaterials(Form):
    """Article 9: seven groups of materials; the same for a change, which names its registration."""

    type: Literal["first", "change"] = choice(
        "Type of registration", "登记类型", TYPES, default="first"
    )
    code: str = line(
        "Query code of the registration that changes (for a change only)",
        "拟变更登记的查询码（仅变更登记填写）",
        default="",
        max_length=64,
    )
    what: Literal["resource", "product"] = choice(
        "What is registered", "登记对象", WHAT, default="resource"
    )
    in_operation: bool = line(
        "It is put into authorised operation (registration is owed)",
        "纳入授权运营范围（应当登记）",
        default=False,
    )
    delivered_on: date | None = line(
        "Day on which resources were provided or products delivered in that operation",
        "授权运营中数据资源提供或产品服务交付之日",
        default=None,
    )
    grant: str = line(
        "Grant of the operation (for its products and services)",
        "授权运营的授权编号（产品和服务填写）",
        default="",
        max_length=20,
    )
    subject: Text = text(
        "1. Subject: who registers, contact, joint holders, entrusted agent",
        "1. 主体信息：登记主体、联系方式、共同持有方、受托代理人",
    )
    subject_files: Files = files(
        "1. Subject: certificates, agreement of joint holders, mandate",
        "1. 主体信息：身份证明、共同持有协议、委托书（附件）",
    )
    lawful_source: Text = text("2. Lawful source", "2. 数据合法合规性来源")
    source_files: Files = files(
        "2. Lawful source: documents", "2. 数据合法合规性来源：证明文件（附件）"
    )
    name: Line = line("3. Resource: name (made public)", "3. 数据资源情况：名称（公示）")
    summary: Text = text(
        "3. Resource: summary of its content (made public)", "3. 数据资源情况：内容摘要（公示）"
    )
    description: Text = text(
        "3. Resource: type, format, size, update, where and how it is stored",
        "3. 数据资源情况：类型、格式、规模、更新频率、存储地点和方式",
    )
    dataset: str = line(
        "3. Resource: code in this catalogue, if it is there",
        "3. 数据资源情况：本平台目录中的数据集代码（如有）",
        default="",
        max_length=80,
    )
    resource_files: Files = files("3. Resource: documents", "3. 数据资源情况：说明文件（附件）")
    evidence: Text = text(
        "4. Deposited evidence: where it lies and under which number",
        "4. 存证情况：存证机构、存证编号",
    )
    evidence_digest: str = line(
        "4. Deposited evidence: its SHA-256 digest (not needed for data in this catalogue)",
        "4. 存证情况：SHA-256 摘要（本平台目录中的数据无需填写）",
        default="",
    )
    evidence_files: Files = files(
        "4. Deposited evidence: certificate of the deposit",
        "4. 存证情况：存证证明（附件）",
    )
    products: Text = text("5. Products and services", "5. 产品和服务信息")
    product_files: Files = files(
        "5. Products and services: documents", "5. 产品和服务信息：说明文件（附件）"
    )
    scenario: Text = text("6. Scenario of application", "6. 应用场景信息")
    scenario_files: Files = files(
        "6. Scenario of application: documents", "6. 应用场景信息：说明文件（附件）"
    )
    risk_assessment: Text = text("7. Assessment of data-security risks", "7. 数据安全风险评估")
    risk_files: Files = files(
        "7. Assessment of data-security risks: report",
        "7. 数据安全风险评估：评估报告（附件）",
    )

    @field_validator("code")
    @classmethod
    def code_in_capitals(cls, value: str) -> str:
        return as_typed(value)

    @field_validator("evidence_digest")
    @classmethod
    def digest_is_one(cls, value: str) -> str:
        value = value.strip().lower()
        if value and not re.fullmatch(DIGEST, value):
            raise wrong(
                Sentence(
                    "The digest of the deposited evidence is not a SHA-256: 64 signs, 0–9 and a–f.",
                    "存证摘要不是 SHA-256 值：应为 64 位，由 0–9 和 a–f 组成。",
                )
            )
        return value

    @model_validator(mode="after")
    def holds_together(self) -> RegistrationMaterials:
        if self.type == "change" and not self.code:
            raise wrong(
                Sentence(
                    "A change names the query code of the registration that changes.",
                    "变更登记须填写原登记的查询码。",
                ),
                "code",
            )
        if self.type == "first" and self.code:
            raise wrong(
                Sentence(
                    "A first registration has no query code yet; it is given at its end.",
                    "首次登记尚无查询码，登记完成后由系统赋码。",
                ),
                "code",
            )
        if self.in_operation and not self.delivered_on:
            raise wrong(
                Sentence(
                    "Say when the resources were provided or the products delivered: the 20 "
                    "working days count from that day.",
                    "请填写数据资源提供或产品交付之日：20 个工作日自该日起算。",
                ),
                "delivered_on",
            )
        return self


def counted_from(payload: Any) -> date | None:
    """Article 9: from delivery in the operation; for older operations, from the measure's day."""
    written = payload.get("delivered_on")
    return owed_from(date.fromisoformat(written)) if written else None


class Application(Form):
    """Article 7: the business review comes first, and the registrant answers for the materials."""

    business_review: Text = text(
        "Result of the business review (by whom, when)", "业务审核情况（审核部门、时间、结论）"
    )
    commitment: Ticked = line(
        "We answer for the truth, completeness, lawfulness and validity of the materials",
        "登记承诺：对登记材料的真实性、完整性、合法性、有效性负责",
    )


class Missing(Form):
    """Article 10: everything that is missing, told once."""

    missing: Text = text("Everything that is missing", "需要补正的全部内容")


class FormalReview(Form):
    """Article 11."""

    opinion: Text = text("Opinion of the formal review", "形式审核意见")


class RealNameObjection(Form):
    """Article 12: real-name, with evidence."""

    name: Line = line("Your name, or your organisation's", "异议人姓名或单位名称")
    identity: Line = line(
        "Number of your identity document or unified social credit code",
        "身份证件号码或统一社会信用代码",
    )
    contact: Line = line("How you can be reached", "联系方式")
    relation: Text = text("How the registration concerns you", "与登记事项的利害关系")
    objection: Text = text("What you object to", "异议事项和理由")
    evidence: Text = text("Your evidence", "证据材料")
    evidence_files: Files = files("Your evidence: files", "证据材料（附件）")


class Recheck(Form):
    """Article 12: the registry checks again, and says what it found."""

    finding: Text = text("What was found", "核查结论")


class CorrectionRequest(Form):
    """Article 9: the registrant or a party concerned asks for the correction of an error."""

    name: Line = line("Your name, or your organisation's", "申请人姓名或单位名称")
    contact: Line = line("How you can be reached", "联系方式")
    error: Text = text("What is wrong, and what it should be", "登记错误及更正内容")
    evidence: Text = text("Proof, or the registrant's written consent", "证据或登记主体书面同意")
    evidence_files: Files = files("Proof or consent: files", "证据或书面同意（附件）")


class Correction(Form):
    """Article 9: on the registrant's written consent or on proof of the error."""

    ground: Literal["consent", "proof"] = choice("Ground", "更正依据", CORRECTION_GROUNDS)
    name: Line = line("Name, as it should be", "更正后的名称")
    summary: Text = text("Summary of the content, as it should be", "更正后的内容摘要")


class Renewal(Form):
    """Article 15: at most three years more, counted from the day after the end."""

    until: date = line("Valid until", "续展至")
    unchanged: Text = text(
        "What was checked: source, resource, evidence, risks as registered",
        "续展说明：来源、资源、存证、风险与登记内容一致的情况",
    )


class CancellationRequest(Form):
    """Article 9: one of four grounds."""

    ground: Literal["destroyed", "rights_ended", "registrant_ended", "other"] = choice(
        "Ground", "注销事由", CANCELLATION_GROUNDS
    )
    explanation: Text = text("Explanation", "情况说明")


class Revocation(Form):
    """Article 20: one of four grounds."""

    ground: Literal["false_materials", "forged", "unlawful_use", "other"] = choice(
        "Ground", "撤销事由", REVOCATION_GROUNDS
    )
    finding: Text = text("What was proved", "查实情况")


class RecordedChange(Form):
    """What the coded case of a change hands to the record."""

    case: Line = line("Case of the change", "变更登记办件")


class RegistrationRecord(Form):
    """A registration in force; made when its code is assigned, never filled in by hand."""

    code: Line = line("Query code", "登记结果查询码")
    case: Line = line("Case of the first registration", "首次登记办件")
    registrant: str = line("Registrant", "登记主体", max_length=18)
    dataset: str = line("Dataset", "数据集", default="", max_length=80)
