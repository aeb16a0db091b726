"""What procedures ask of the cases themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gongshu.accounts.models import OrganisationRole
from gongshu.cases.registry import EffectContext, effect
from gongshu.cases.services import set_party
from gongshu.rules.agents import Kind
from gongshu.rules.operation_forms import Selection
from gongshu.rules.problems import BadInput
from gongshu.wording import Sentence


@effect("choose_operator")
def choose_operator(ctx: EffectContext) -> Mapping[str, Any]:
    """R27 article 12: the operator chosen becomes a party; it must be one on this platform."""
    assert isinstance(ctx.form, Selection)
    code = ctx.form.operator
    if not OrganisationRole.objects.filter(organisation__code=code, kind=Kind.OPERATOR).exists():
        raise BadInput(
            "unknown_operator",
            Sentence(
                en=f"No operator with the code {code} is registered here.",
                zh=f"没有代码为 {code} 的运营机构。",
            ),
            field="operator",
        )
    set_party(case=ctx.case, name="operator", organisation=code)
    return {"operator": code, "method": ctx.form.method}
