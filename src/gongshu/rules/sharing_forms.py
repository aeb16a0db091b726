"""What a sharing request and its steps are written down in.

Government Data Sharing Regulations (政务数据共享条例, State Council Order 809), articles 20, 21
and 27.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from gongshu.rules.written import Files, Form, Text, choice, files, line, text
from gongshu.wording import Sentence

METHODS = {
    "interface": Sentence("service interface", "服务接口"),
    "batch": Sentence("batch exchange", "批量交换"),
    "file": Sentence("file download", "文件下载"),
}


class SharingRequest(Form):
    """Article 20: legal basis, scenario, scope, sharing method, time limit."""

    dataset: str = line("Dataset", "数据集", min_length=1, max_length=80)
    legal_basis: str = line("Legal basis", "申请依据", min_length=2, max_length=2000)
    basis_files: Files = files("Legal basis: documents", "申请依据文件（附件）")
    scenario: str = line("Scenario of use", "使用场景", min_length=2, max_length=2000)
    purpose: str = line(
        "Purpose (one word, named in every query)",
        "用途（查询时填写的代号）",
        pattern=r"^[\w-]{2,40}$",
    )
    scope: str = line("Scope of the data", "数据范围", min_length=2, max_length=2000)
    method: Literal["interface", "batch", "file"] = choice(
        "Sharing method", "共享方式", METHODS, default="interface"
    )
    until: date = line("Needed until", "使用期限至")


class Supplement(Form):
    """Everything that is missing, told once (article 21)."""

    missing: str = line(
        "Everything that is missing", "需要补充的全部内容", min_length=2, max_length=4000
    )


class Consent(Form):
    """The provider's consent, with the terms of the grant; left empty: the owner's terms."""

    terms: dict[str, Any] | None = line(
        "Terms of the grant (YAML; empty: as the owner allows)",
        "授权条款（YAML；留空则按提供方条款）",
        default=None,
    )


class Rectification(Form):
    rectify_by: date = line("To be rectified by", "整改期限")


class Destruction(Form):
    """Article 27: disposal as the provider requires; article 29: the record of the use, which is
    kept for three years at least and which provider and authority may inspect. Here it is part of
    the case, and nothing of a case is ever deleted."""

    use_record: Text = text(
        "Record of the use: scenario, process, effect, storage",
        "使用记录：使用场景、过程、成效、存储情况",
    )
    proof: str = line("Proof of disposal", "处置（销毁）证明", min_length=2, max_length=4000)
    proof_files: Files = files("Proof of disposal: files", "处置（销毁）证明（附件）")


class FilingOfEnd(Form):
    """An ended service is filed with the authority (article 27)."""

    number: str = line("Filing number", "备案号", min_length=2, max_length=200)
