"""Consent to operation (授权运营同意): whoever provides data says whether another may operate them.

Rules for authorised operation (公共数据资源授权运营实施规范（试行）, 发改数据规〔2025〕27号),
article 5: data that an implementing body has from another department or region may be put into
operation only with that provider's consent. It is asked for one dataset and one operation, given
or refused by the provider's head, and can be taken back: from then on no question reaches the data.
No length is written, so none is invented.

What the data's owner allows at most (owner's terms) is not this consent: those speak of columns and
protection, for whomever; this speaks of one operation.

Fact, of grants: `operation_needs_consent` (an operation of the asker's that names this dataset of
somebody else). Party, of the catalogue: `provider_of_dataset`.

>>> from gongshu.rules.agents import Agent
>>> from gongshu.rules.procedure import View, step
>>> head = Agent(person="wang", organisation="B", rank="head")
>>> view = View(state="asked", parties={"implementing_body": "A", "provider": "B"})
>>> step(OPERATION_CONSENT, view, "give", head, {}).target
'given'
>>> step(OPERATION_CONSENT, view, "refuse", head, {}).code
'reason_owed'
"""

from __future__ import annotations

from gongshu.rules.lengths import UNWRITTEN
from gongshu.rules.procedure import Guard, Procedure, Role, Step
from gongshu.rules.roles import IMPLEMENTING, PROVIDER_HEAD
from gongshu.rules.written import Form, Line, Text, line, text
from gongshu.wording import Sentence

KIND, GIVEN = "operation_consent", "given"  # what the gateway asks for


class OperationConsent(Form):
    dataset: Line = line("Dataset", "数据集")
    operation: Line = line("Case of the authorised operation", "授权运营办件编号")
    use: Text = text("What the operator is to do with the data", "运营机构拟开展的开发利用")
    protection: Text = text("How the data are protected", "数据安全保护措施")


NEEDED = Guard(
    "operation_needs_consent",
    Sentence(
        en="Consent is asked for data of another provider, in an operation of yours that names "
        "them.",
        zh="仅就本单位授权运营方案所列的、由其他部门提供的数据申请同意。",
    ),
)

OPERATION_CONSENT = Procedure(
    kind=KIND,
    title=Sentence(en="Provider's consent to operation", zh="数据提供部门同意授权运营"),
    basis=Sentence(
        en="Rules for authorised operation (发改数据规〔2025〕27号), article 5",
        zh="《公共数据资源授权运营实施规范（试行）》（发改数据规〔2025〕27号）第五条",
    ),
    payload=OperationConsent,
    initial="asked",
    finals=("refused", "withdrawn", "dropped"),
    subject=("dataset", "dataset"),
    parties={"implementing_body": "opener", "provider": "provider_of_dataset"},
    opener=Role("opener", Sentence("the implementing body", "实施机构"), kind="agency"),
    opening_guards=(NEEDED,),
    states={
        "asked": Sentence("Asked for", "已申请"),
        "given": Sentence("Given", "已同意"),
        "refused": Sentence("Refused", "不同意"),
        "withdrawn": Sentence("Taken back", "已撤回同意"),
        "dropped": Sentence("No longer asked for", "已撤回申请"),
    },
    steps=(
        Step(
            "give",
            ("asked",),
            "given",
            by=PROVIDER_HEAD,
            label=Sentence("Consent to the operation", "同意纳入授权运营"),
            event="operation_consent.given",
            article="第五条",
            within=UNWRITTEN,
            notify=("implementing_body",),
        ),
        Step(
            "refuse",
            ("asked",),
            "refused",
            by=PROVIDER_HEAD,
            label=Sentence("Do not consent, with the reason", "不同意并说明理由"),
            event="operation_consent.refused",
            article="第五条",
            within=UNWRITTEN,
            reason=True,
            notify=("implementing_body",),
        ),
        Step(
            "drop",
            ("asked",),
            "dropped",
            by=IMPLEMENTING,
            label=Sentence("Ask no longer", "撤回申请"),
            event="operation_consent.dropped",
            article=None,
            optional=True,
            notify=("provider",),
        ),
        Step(
            "withdraw",
            ("given",),
            "withdrawn",
            by=PROVIDER_HEAD,
            label=Sentence("Take the consent back, with the reason", "撤回同意并说明理由"),
            event="operation_consent.withdrawn",
            article=None,
            optional=True,
            reason=True,
            notify=("implementing_body", "kind:bureau"),
        ),
    ),
)
