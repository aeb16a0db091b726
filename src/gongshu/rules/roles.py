"""The offices and ranks that the procedures name, each in one place."""

from __future__ import annotations

from gongshu.rules.agents import Kind, Rank
from gongshu.rules.procedure import Role
from gongshu.wording import Sentence

DEPARTMENT = Role("department", Sentence("the department", "本部门"), party="department")
DEPARTMENT_HEAD = Role(
    "department_head",
    Sentence("the head of the department", "本部门负责人"),
    party="department",
    rank=Rank.HEAD,
)
AUTHORITY = Role(
    "authority", Sentence("the data authority", "政务数据共享主管部门"), kind=Kind.BUREAU
)

REQUESTER = Role("requester", Sentence("the requesting department", "需求部门"), party="requester")
REQUESTER_HEAD = Role(
    "requester_head",
    Sentence("the head of the requester's sharing office", "需求部门共享工作机构负责人"),
    party="requester",
    rank=Rank.HEAD,
)
PROVIDER = Role("provider", Sentence("the providing department", "提供部门"), party="provider")
PROVIDER_HEAD = Role(
    "provider_head",
    Sentence("the head of the provider's sharing office", "提供部门共享工作机构负责人"),
    party="provider",
    rank=Rank.HEAD,
)

IMPLEMENTING = Role(
    "implementing_body", Sentence("the implementing body", "实施机构"), party="implementing_body"
)
IMPLEMENTING_HEAD = Role(
    "implementing_body_head",
    Sentence("the head of the implementing body", "实施机构负责人"),
    party="implementing_body",
    rank=Rank.HEAD,
)
OPERATOR_HEAD = Role(
    "operator_head",
    Sentence("the head of the operator", "运营机构负责人"),
    party="operator",
    rank=Rank.HEAD,
)
OPERATOR = Role("operator", Sentence("the operator", "运营机构"), party="operator")
GOVERNMENT = Role(
    "government",
    Sentence("the government at that level", "本级人民政府"),
    kind=Kind.GOVERNMENT,
)
SECTOR_BODY = Role(
    "sector_body",
    Sentence("the filing body", "省级数据主管部门或行业主管部门"),
    kind=Kind.SECTOR,
)

REGISTRANT = Role("registrant", Sentence("the registrant", "登记主体"), party="registrant")
REGISTRANT_HEAD = Role(
    "registrant_head",
    Sentence("the head of the registrant", "登记主体负责人"),
    party="registrant",
    rank=Rank.HEAD,
)
REGISTRY = Role("registry", Sentence("the registry", "登记机构"), kind=Kind.REGISTRY)
# Whom a thing concerns is not known beforehand: whoever says so, by the name in the form.
PARTY_CONCERNED = Role(
    "party_concerned", Sentence("a party concerned, by name", "利害关系人（实名）"), public=True
)

HOLDER = Role("holder", Sentence("the holder of the data", "数据持有单位"), party="holder")
HOLDER_HEAD = Role(
    "holder_head",
    Sentence("the head of the holder of the data", "数据持有单位负责人"),
    party="holder",
    rank=Rank.HEAD,
)

AUTHORISING = Role(
    "authorising_party", Sentence("the authorising party", "授权主体"), party="authorising_party"
)
AUTHORISING_HEAD = Role(
    "authorising_party_head",
    Sentence("the head of the authorising party", "授权主体负责人"),
    party="authorising_party",
    rank=Rank.HEAD,
)
PRICE_AUTHORITY = Role(
    "price_authority", Sentence("the price authority", "价格主管部门"), kind=Kind.PRICING
)
# The same bureau as AUTHORITY, by the name that the rules outside sharing give it.
DATA_AUTHORITY = Role(
    "data_authority", Sentence("the data bureau", "数据管理部门"), kind=Kind.BUREAU
)
