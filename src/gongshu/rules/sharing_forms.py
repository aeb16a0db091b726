"""What a sharing request and its steps are written down in.

Government Data Sharing Regulations (政务数据共享条例, State Council Order 809), articles 20, 21
and 27.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class SharingRequest(BaseModel):
    """Article 20: legal basis, scenario, scope, sharing method, time limit."""

    model_config = ConfigDict(extra="forbid")
    dataset: str = Field(
        title="Dataset", json_schema_extra={"x-zh": "数据集"}, min_length=1, max_length=80
    )
    legal_basis: str = Field(
        title="Legal basis", json_schema_extra={"x-zh": "申请依据"}, min_length=2, max_length=2000
    )
    scenario: str = Field(
        title="Scenario of use",
        json_schema_extra={"x-zh": "使用场景"},
        min_length=2,
        max_length=2000,
    )
    purpose: str = Field(
        title="Purpose (one word, named in every query)",
        json_schema_extra={"x-zh": "用途（查询时填写的代号）"},
        pattern=r"^[\w-]{2,40}$",
    )
    scope: str = Field(
        title="Scope of the data",
        json_schema_extra={"x-zh": "数据范围"},
        min_length=2,
        max_length=2000,
    )
    method: str = Field(
        default="interface",
        title="Sharing method",
        json_schema_extra={"x-zh": "共享方式", "enum": ["interface", "batch", "file"]},
        pattern="^(interface|batch|file)$",
    )
    until: date = Field(title="Needed until", json_schema_extra={"x-zh": "使用期限至"})


class Supplement(BaseModel):
    """Everything that is missing, told once (article 21)."""

    model_config = ConfigDict(extra="forbid")
    missing: str = Field(
        title="Everything that is missing",
        json_schema_extra={"x-zh": "需要补充的全部内容"},
        min_length=2,
        max_length=4000,
    )


class Consent(BaseModel):
    """The provider's consent, with the terms of the grant; left empty: the owner's terms."""

    model_config = ConfigDict(extra="forbid")
    terms: dict[str, Any] | None = Field(
        default=None,
        title="Terms of the grant (YAML; empty: as the owner allows)",
        json_schema_extra={"x-zh": "授权条款（YAML；留空则按提供方条款）"},
    )


class Rectification(BaseModel):
    model_config = ConfigDict(extra="forbid")
    rectify_by: date = Field(title="To be rectified by", json_schema_extra={"x-zh": "整改期限"})


class Destruction(BaseModel):
    model_config = ConfigDict(extra="forbid")
    proof: str = Field(
        title="Proof of disposal",
        json_schema_extra={"x-zh": "处置（销毁）证明"},
        min_length=2,
        max_length=4000,
    )


class FilingOfEnd(BaseModel):
    """An ended service is filed with the authority (article 27)."""

    model_config = ConfigDict(extra="forbid")
    number: str = Field(
        title="Filing number",
        json_schema_extra={"x-zh": "备案号"},
        min_length=2,
        max_length=200,
    )
