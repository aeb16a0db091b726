"""Who acts: an organisation, the kinds of office it holds, and a person's rank in it.

Permissions derive from these and from nothing else. The value is pure; `accounts` builds it
from the database, rules decide on it, the ledger records it.

>>> clerk = Agent(person="li", organisation="11330100002490001A", kinds=frozenset({"agency"}))
>>> clerk.is_a(Kind.AGENCY), clerk.rank == Rank.HEAD
(True, False)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """The office an organisation holds on the platform; it may hold several."""

    BUREAU = "bureau"  # 数据管理部门: the data bureau, "the authority" of Order 809
    GOVERNMENT = "government"  # 本级人民政府: approves plans by collective decision
    SECTOR = "sector"  # 省级数据主管部门或行业主管部门: files plans and agreements
    AGENCY = "agency"  # 政务部门: a source agency, provider or requester
    REGISTRY = "registry"  # 登记机构
    OPERATOR = "operator"  # 运营机构
    ENTERPRISE = "enterprise"  # 经营主体
    AUDITOR = "auditor"  # 审计机关
    PRICING = (
        "pricing"  # 价格主管部门（发展改革部门）: sets maximum permitted revenue, with the bureau
    )


class Rank(StrEnum):
    """What a person is in the organisation: prepares, or answers for it."""

    STAFF = "staff"  # 经办人
    HEAD = "head"  # 负责人: the department head, the head of the sharing office


@dataclass(frozen=True, slots=True)
class Agent:
    """Who acts, and for whom. No person: the system, or the anonymous public."""

    person: str = ""  # username; never written in clear in the ledger
    organisation: str = ""  # unified social credit code (USCC) or agency code
    kinds: frozenset[str] = field(default_factory=frozenset)
    rank: str = ""
    administrator: bool = False  # runs this instance; no office of the procedures
    scopes: frozenset[str] | None = None  # a token's narrowing; None: everything the person may
    on_behalf_of: str = ""  # who lent their rank for this step (rules/lending.py)
    delegation: str = ""  # the ledger's entry that says so

    @property
    def anonymous(self) -> bool:
        return not self.person and not self.system

    @property
    def system(self) -> bool:
        return self.organisation == "system"

    def is_a(self, kind: str) -> bool:
        return kind in self.kinds

    def may_use(self, scope: str) -> bool:
        """Whether the token in use, if any, covers `scope`."""
        return self.scopes is None or scope in self.scopes


ANONYMOUS = Agent()
SYSTEM = Agent(organisation="system")
