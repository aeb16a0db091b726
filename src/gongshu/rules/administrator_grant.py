"""A grant by the administrator: one step, so that it too has its basis in the ledger.

A platform rule, not the law's: it exists for trying things out, for audit access and for a
machine's first hour. Fact and party, of grants: `grant_term_over`, `grantee_of_terms`.
Effects: `issue_grant`, `end_grant`.

>>> from gongshu.rules.agents import Agent
>>> from gongshu.rules.procedure import View, step
>>> root = Agent(person="root", administrator=True)
>>> step(ADMINISTRATOR_GRANT, View(state="prepared"), "issue", root, {}).target
'active'
>>> step(ADMINISTRATOR_GRANT, View(state="active"), "revoke", root, {}).code
'reason_owed'
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from gongshu.rules.procedure import CLOCK, Guard, Procedure, Role, Step
from gongshu.wording import Sentence


class AdministratorGrant(BaseModel):
    model_config = ConfigDict(extra="forbid")
    terms: dict[str, Any] = Field(
        title="Terms of the grant (YAML)", json_schema_extra={"x-zh": "授权条款（YAML）"}
    )
    scope: dict[str, Any] | None = Field(
        default=None, title="Scope", json_schema_extra={"x-zh": "范围"}
    )


ADMINISTRATOR = Role(
    "administrator", Sentence("the administrator", "平台管理员"), administrator=True
)

ADMINISTRATOR_GRANT = Procedure(
    kind="administrator_grant",
    title=Sentence(en="Grant by the administrator", zh="管理员授权"),
    basis=Sentence(en="Platform rule", zh="平台规则"),
    payload=AdministratorGrant,
    initial="prepared",
    finals=("ended",),
    subject=("terms", ""),
    parties={"grantee": "grantee_of_terms"},
    opener=ADMINISTRATOR,
    states={
        "prepared": Sentence("Prepared", "已起草"),
        "active": Sentence("In force", "有效"),
        "ended": Sentence("Ended", "已终止"),
    },
    steps=(
        Step(
            "issue",
            ("prepared",),
            "active",
            by=ADMINISTRATOR,
            label=Sentence("Issue", "签发"),
            event="administrator_grant.issued",
            article=None,
            effect="issue_grant",
            notify=("grantee",),
        ),
        Step(
            "revoke",
            ("active",),
            "ended",
            by=ADMINISTRATOR,
            label=Sentence("Revoke", "撤销"),
            event="administrator_grant.revoked",
            article=None,
            optional=True,
            reason=True,
            effect="end_grant",
            notify=("grantee",),
        ),
        Step(
            "expire",
            ("active",),
            "ended",
            by=CLOCK,
            label=Sentence("Term is over", "期限届满"),
            event="administrator_grant.expired",
            article=None,
            guards=(
                Guard(
                    "grant_term_over",
                    Sentence(en="The grant's term is not over.", zh="授权期限尚未届满。"),
                ),
            ),
            effect="end_grant",
            notify=("grantee",),
        ),
    ),
)
