"""Digital contract (数字合约): a listed product is used on terms that a machine can read.

The national data infrastructure describes the contract and usage control: what is permitted,
prohibited and owed, limits of count, term, subjects and actions, duties to notify and to destroy,
each access allowed or denied and logged. Its documents were not seen, so the rows are platform
rules; the structure of its identifier is not published, and the case's number stands in for it.

What the law does say is held here: nothing above the charge that the operator has set within its
cap (发改价格〔2025〕65号), nothing at all for governance and public benefit, the same product on
other terms only with a reason, and no re-development of a product by its own operator or whom it is
related to (发改数据规〔2025〕27号, article 6).

When the term begins, the contract puts a licence in force: a grant under the operation's own, with
the contract's term, by which the consumer asks the gateway. It ends with the contract.

Facts, of cases: `product_listed`, `contract_begun`; of grants: `contract_over`. Effects, of grants:
`check_contract`, `issue_licence`, `end_licence`, `record_access`. Party, of cases:
`operator_of_product`.

>>> from gongshu.rules.agents import SYSTEM, Agent
>>> from gongshu.rules.procedure import View, step
>>> view = View("contract_filed", {"supplier": "A", "consumer": "B"})
>>> step(DIGITAL_CONTRACT, view, "begin", SYSTEM, {"contract_begun": True}).target
'active'
>>> step(DIGITAL_CONTRACT, view, "record_access", Agent("li", "A"), {}).code
'not_now'
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, Literal

from pydantic import Field, model_validator

from gongshu.rules.agents import Rank
from gongshu.rules.price_forms import Money
from gongshu.rules.procedure import CLOCK, Guard, Procedure, Role, Step
from gongshu.rules.roles import DATA_AUTHORITY
from gongshu.rules.written import Files, Form, Line, Text, Ticked, choice, files, line, text, wrong
from gongshu.wording import Sentence

ACTIONS = {
    "read": Sentence("read", "查看"),
    "compute": Sentence("compute with it", "计算"),
    "embed": Sentence("build into a service", "嵌入服务"),
    "redevelop": Sentence("re-develop", "再开发"),
}
Action = Literal["read", "compute", "embed", "redevelop"]
SUPPLIER = Role("supplier", Sentence("the supplier", "提供方"), party="supplier")
SUPPLIER_HEAD = Role(
    "supplier_head",
    Sentence("the head of the supplier", "提供方负责人"),
    party="supplier",
    rank=Rank.HEAD,
)
CONSUMER = Role("consumer", Sentence("the consumer", "使用方"), party="consumer")
CONSUMER_HEAD = Role(
    "consumer_head",
    Sentence("the head of the consumer", "使用方负责人"),
    party="consumer",
    rank=Rank.HEAD,
)


class DigitalContract(Form):
    """Permission, prohibition, obligation; limits of count, term, subjects and actions."""

    product: Line = line("Product: the number of its listing", "产品上架办件编号")
    purpose: Text = text("Purpose", "使用目的")
    actions: list[Action] = Field(
        title="Permitted actions: read, compute, embed, redevelop (YAML list)",
        json_schema_extra={
            "x-zh": "允许的行为（YAML 列表）：read 查看、compute 计算、embed 嵌入服务、"
            "redevelop 再开发"
        },
        min_length=1,
        max_length=4,
    )
    subjects: list[str] = Field(
        default_factory=list,
        title="Who may use it (YAML list; empty: the consumer's people)",
        json_schema_extra={"x-zh": "使用主体（YAML 列表；留空为使用方人员）"},
        max_length=200,
    )
    most_uses: int | None = line(
        "Uses at most (empty: no limit)", "使用次数上限（留空为不限）", default=None, ge=1
    )
    starts: date = line("From", "起始日期")
    ends: date = line("Until", "截止日期")
    charge: Money = line("Charge for one unit, yuan", "单位收费（元）", default=Decimal(0))
    other_terms: str = line(
        "Other terms than everybody's: the reason",
        "与其他用户条件不同的理由",
        default="",
        max_length=2000,
    )
    terms: dict[str, Any] | None = line(
        "Licence: terms narrower than the operation's (YAML; empty: what the product is made of, "
        "as the operation may use it, without rows)",
        "许可条款（YAML；只能收窄授权运营条款；留空则为该产品所用数据，按授权运营条款，不输出明细）",
        default=None,
    )
    no_passing_on: Ticked = line("It is not passed on to others", "不得向第三方提供")
    destroy_after: Ticked = line("It is destroyed after use", "使用完毕后销毁")

    @model_validator(mode="after")
    def ends_after_it_starts(self) -> DigitalContract:
        if self.ends < self.starts:
            raise wrong(Sentence("The term ends before it starts.", "期限的截止早于起始。"), "ends")
        return self


class Filing(Form):
    number: Line = line("Filing number", "备案号")


class Access(Form):
    """One access: whether it is allowed follows from the contract, and is logged either way."""

    subject: Line = line("By whom", "使用主体")
    action: Action = choice("Action", "行为", ACTIONS)
    count: int = line("How many uses", "使用次数", default=1, ge=1)


class DestructionProof(Form):
    proof: Text = text("Proof of destruction", "销毁证明")
    proof_files: Files = files("Proof of destruction: files", "销毁证明（附件）")


LISTED = Guard(
    "product_listed",
    Sentence("There is no listed product under this number.", "没有该编号的上架产品。"),
)
BEGUN = Guard("contract_begun", Sentence("The term has not begun.", "合约期限尚未开始。"))
OVER = Guard(
    "contract_over",
    Sentence(
        en="The contract's term and uses are not over, and its product is listed.",
        zh="合约期限、次数尚未用完，产品仍在架。",
    ),
)
OPEN = ("negotiating", "offered")

DIGITAL_CONTRACT = Procedure(
    kind="digital_contract",
    title=Sentence(en="Digital contract", zh="数字合约"),
    basis=Sentence(
        en="Platform rule, after the national data infrastructure's contract and usage control",
        zh="平台规则，参照国家数据基础设施数字合约和使用控制",
    ),
    payload=DigitalContract,
    initial="negotiating",
    finals=("closed", "dropped"),
    subject=("product", "product"),
    parties={"consumer": "opener", "supplier": "operator_of_product"},
    opener=Role("consumer", Sentence("who wants to use a product", "使用方")),
    opening_guards=(LISTED,),
    states={
        "negotiating": Sentence("Being negotiated", "协商中"),
        "offered": Sentence("Signed by the supplier", "提供方已签署"),
        "signed": Sentence("Signed by both", "双方已签署"),
        "contract_filed": Sentence("Filed", "已备案"),
        "active": Sentence("In force", "履行中"),
        "terminated": Sentence("Ended, destruction to be proved", "已终止，待销毁证明"),
        "closed": Sentence("Closed", "已办结"),
        "dropped": Sentence("Not concluded", "未达成"),
    },
    steps=(
        Step(
            "propose",
            ("negotiating",),
            "negotiating",
            by=CONSUMER,
            label=Sentence("Propose other terms", "提出修改意见"),
            event="contract.proposed",
            article=None,
            form=DigitalContract,
            stores=True,
            optional=True,
            notify=("supplier",),
        ),
        Step(
            "offer",
            ("negotiating",),
            "offered",
            by=SUPPLIER_HEAD,
            label=Sentence("Sign for the supplier", "提供方签署"),
            event="contract.offered",
            article=None,
            form=DigitalContract,
            stores=True,
            guards=(LISTED,),
            effect="check_contract",
            notify=("consumer",),
        ),
        Step(
            "sign",
            ("offered",),
            "signed",
            by=CONSUMER_HEAD,
            label=Sentence("Sign for the consumer", "使用方签署"),
            event="contract.signed",
            article=None,
            guards=(LISTED,),
            not_by_who_did=("offer",),
            notify=("supplier", "kind:bureau"),
        ),
        Step(
            "decline",
            ("offered",),
            "negotiating",
            by=CONSUMER,
            label=Sentence("Decline these terms", "不接受条款"),
            event="contract.declined",
            article=None,
            optional=True,
            reason=True,
            notify=("supplier",),
        ),
        Step(
            "drop",
            OPEN,
            "dropped",
            by=CONSUMER,
            label=Sentence("Give it up", "放弃"),
            event="contract.dropped",
            article=None,
            optional=True,
            notify=("supplier",),
        ),
        Step(
            "refuse",
            ("negotiating",),
            "dropped",
            by=SUPPLIER,
            label=Sentence("Do not supply, with the reason", "不予提供并说明理由"),
            event="contract.refused",
            article=None,
            optional=True,
            reason=True,
            notify=("consumer", "kind:bureau"),
        ),
        Step(
            "file",
            ("signed",),
            "contract_filed",
            by=DATA_AUTHORITY,
            label=Sentence("File the contract", "合约备案"),
            event="contract.filed",
            article=None,
            form=Filing,
            notify=("supplier", "consumer"),
        ),
        Step(
            "begin",
            ("contract_filed",),
            "active",
            by=CLOCK,
            label=Sentence("Its term begins", "合约期限开始"),
            event="contract.begun",
            article=None,
            guards=(BEGUN,),
            effect="issue_licence",
            notify=("supplier", "consumer"),
        ),
        Step(
            "record_access",
            ("active",),
            "active",
            by=SUPPLIER,
            label=Sentence("Record an access: allowed or denied", "记录一次使用：允许或拒绝"),
            event="contract.accessed",
            article=None,
            form=Access,
            optional=True,
            effect="record_access",
        ),
        Step(
            "end",
            ("active", "contract_filed"),
            "terminated",
            by=SUPPLIER,
            label=Sentence("End it: breach, or by agreement", "终止：违约或协商一致"),
            event="contract.ended",
            article=None,
            optional=True,
            reason=True,
            effect="end_licence",
            notify=("consumer",),
        ),
        Step(
            "leave",
            ("active", "contract_filed"),
            "terminated",
            by=CONSUMER,
            label=Sentence("Leave the contract", "使用方终止"),
            event="contract.left",
            article=None,
            optional=True,
            reason=True,
            effect="end_licence",
            notify=("supplier",),
        ),
        Step(
            "lapse",
            # Also before it began: its product, or the operation under it, may be gone by then.
            ("contract_filed", "active"),
            "terminated",
            by=CLOCK,
            label=Sentence("Term or uses are over", "期限届满或次数用完"),
            event="contract.lapsed",
            article=None,
            guards=(OVER,),
            effect="end_licence",
            notify=("supplier", "consumer"),
        ),
        Step(
            "prove_destruction",
            ("terminated",),
            "closed",
            by=CONSUMER,
            label=Sentence("Prove destruction", "提交销毁证明"),
            event="contract.closed",
            article=None,
            form=DestructionProof,
            notify=("supplier",),
        ),
    ),
)
