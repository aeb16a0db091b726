"""What must hold across procedures: pure checks over small values; each says why it refuses.

>>> from dataclasses import replace
>>> terms = Terms(charge=Decimal(12), use="industry", operator="A", consumer="B")
>>> terms_refused(terms, published=Decimal(10)).en
'12 is charged, above the charge of 10 that the operator has set.'
>>> terms_refused(replace(terms, charge=Decimal(10)), published=Decimal(10)) is None
True
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from gongshu.rules.prices import Use
from gongshu.wording import Sentence


@dataclass(frozen=True, slots=True)
class Reach:
    """What is known of a resource before it reaches an operator."""

    graded: bool  # and not as core data
    registration_in_force_or_in_window: bool
    agreement_in_force: bool
    came_by_sharing: bool = False
    provider_consents: bool = False


def reach_refused(found: Reach) -> Sentence | None:
    """No resource reaches an operator without grade, registration, agreement and consent."""
    if not found.graded:
        return Sentence(
            en="The data are not graded, or graded as core data, which nobody operates.",
            zh="该数据尚未分级，或属于不得纳入授权运营的核心数据。",
        )
    if not found.agreement_in_force:
        return Sentence("No agreement is in force.", "没有有效的授权运营协议。")
    if not found.registration_in_force_or_in_window:
        return Sentence(
            en="The resource is not registered, and the 20 working days for it are over.",
            zh="该资源未登记，且二十个工作日的登记期限已过。",
        )
    if found.came_by_sharing and not found.provider_consents:
        return Sentence(
            en="The data came by sharing, and their provider has not consented to the operation.",
            zh="该数据系共享取得，尚未获得数据提供部门同意。",
        )
    return None


def duties_refused(managing: Iterable[str], operators: Iterable[str]) -> Sentence | None:
    """Nobody manages data and operates them in one scope.

    >>> duties_refused(["A", "B"], ["B"]) is None, duties_refused(["A"], ["B"]) is None
    (False, True)
    """
    both = sorted(set(managing) & set(operators))
    if not both:
        return None
    return Sentence(
        en=f"{both[0]} manages data of this scope and would operate them.",
        zh=f"{both[0]} 管理该范围内的数据，不得同时运营。",
    )


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms a product is supplied, to whom."""

    charge: Decimal
    use: str
    operator: str
    consumer: str
    redevelops: bool = False
    related: frozenset[str] = field(default_factory=frozenset)  # of the operator
    reason: str = ""  # for other terms than everybody's


def terms_refused(terms: Terms, published: Decimal | None) -> Sentence | None:
    """Charge, equal access and re-development; `published` None: no charge was set."""
    if terms.use != Use.INDUSTRY and terms.charge > 0:
        return Sentence(
            en="A product for governance or public benefit is free.",
            zh="用于公共治理、公益事业的产品应当免费。",
        )
    if terms.charge > (published or 0):
        return Sentence(
            en=f"{terms.charge} is charged, above the charge of {published or 0} that the "
            "operator has set.",
            zh=f"收费 {terms.charge} 元，高于运营机构公布的 {published or 0} 元。",
        )
    if terms.charge != (published or 0) and not terms.reason.strip():
        return Sentence(
            en="The same product on other terms than everybody's needs a reason.",
            zh="同一产品以不同条件提供的，须说明理由。",
        )
    own = terms.related | {terms.operator}
    if terms.redevelops and terms.consumer in own:
        return Sentence(
            en="An operator takes no part in the re-development of what it has delivered, nor do "
            "its related organisations.",
            zh="运营机构及其关联单位不得参与已交付产品和服务的再开发。",
        )
    return None


@dataclass(frozen=True, slots=True)
class Asked:
    """One access to a product, and what the contract has left."""

    subject: str
    action: str
    count: int
    used: int
    permitted: frozenset[str]
    subjects: frozenset[str]  # empty: anybody of the consumer
    most_uses: int | None
    in_term: bool


def access_denied(asked: Asked) -> Sentence | None:
    """Usage control: why this access is denied; None: allowed. Deny beats allow."""
    if not asked.in_term:
        return Sentence("Outside the contract's term.", "不在合约期限内。")
    if asked.action not in asked.permitted:
        return Sentence("This action is not permitted.", "合约未允许该行为。")
    if asked.subjects and asked.subject not in asked.subjects:
        return Sentence("Not one of those who may use it.", "不属于约定的使用主体。")
    if asked.most_uses is not None and asked.used + asked.count > asked.most_uses:
        return Sentence("The number of uses is used up.", "使用次数已用完。")
    return None
