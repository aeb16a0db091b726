"""The use made of grants, as far as whoever asks may see it."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from gongshu.gateway.models import QueryRecord
from gongshu.grants.models import Grant
from gongshu.rules.agents import Agent, Kind
from gongshu.rules.problems import NotFound
from gongshu.wording import Sentence


def recent(agent: Agent, grant: Grant | None = None) -> QuerySet[QueryRecord]:
    """Newest first: an organisation's own questions; all of them for the administrator, the
    auditor, and the grantor of each grant, who answers for its use (R27 art. 21)."""
    records = QueryRecord.objects.select_related("grant")
    if not (agent.administrator or agent.is_a(Kind.AUDITOR)):
        if not agent.organisation:
            return records.none()
        own = Q(organisation=agent.organisation)
        records = records.filter(own | Q(grant__grantor=agent.organisation))
    return records.filter(grant=grant) if grant is not None else records


def of_entry(entry_id: str, agent: Agent) -> QueryRecord:
    """The question a receipt is about; one of another organisation reads like none."""
    record = None
    if not agent.anonymous:
        own = Q(person=agent.person)
        if agent.organisation:
            own |= Q(organisation=agent.organisation)
        record = QueryRecord.objects.filter(own, entry_id=entry_id).first()
    if record is None:
        raise NotFound(
            "unknown_receipt",
            Sentence(en=f"There is no receipt “{entry_id}”.", zh=f"没有编号为“{entry_id}”的凭证。"),
        )
    return record
