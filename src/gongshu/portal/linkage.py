"""The panel on linkage risk, where whoever decides looks: none for anybody else."""

from __future__ import annotations

from typing import Any

from gongshu.cases.models import Case
from gongshu.grants import linkage_findings
from gongshu.grants.models import Grant
from gongshu.rules.agents import Agent
from gongshu.wording import Problem


def of_grant(grant: Grant, agent: Agent) -> dict[str, Any] | None:
    try:
        return linkage_findings.of_grant(grant, agent)
    except Problem:
        return None


def of_case(case: Case, agent: Agent) -> dict[str, Any] | None:
    """Before it is decided; afterwards the grant's page has it."""
    if case.kind not in linkage_findings.DECIDED or Grant.objects.filter(case_id=case.id).exists():
        return None
    try:
        return linkage_findings.of_case(case, agent)
    except Problem:  # not theirs to see, or no terms yet, or terms that cannot be granted
        return None
