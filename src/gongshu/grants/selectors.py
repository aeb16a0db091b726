"""Which grants an agent may know of, hold and use, and how much of their terms they see."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from gongshu.grants.models import PUBLIC, Grant, GrantDataset, State
from gongshu.grants.models import Kind as Granted
from gongshu.ledger import moment
from gongshu.prepared import Prepared
from gongshu.rules.agents import Agent, Kind
from gongshu.rules.problems import NotFound
from gongshu.wording import Sentence

# The authority supervises (Order 809 art. 5; R27 art. 22), the auditor audits (the Opinion, 17).
OVERSEERS = (Kind.BUREAU, Kind.AUDITOR)


# Every governed question reads these.
_BY_ID = Prepared(lambda pk: Grant.objects.filter(pk=pk).order_by())
_LOCKED = Prepared(lambda pk: Grant.objects.select_for_update().filter(pk=pk).order_by())


def locked(grant_id: str) -> Grant:
    """The grant as it stands now, in the caller's transaction, which no other can change it in."""
    return _LOCKED(grant_id)[0]


def _oversees(agent: Agent) -> bool:
    return agent.administrator or agent.system or any(agent.is_a(kind) for kind in OVERSEERS)


def visible(agent: Agent) -> QuerySet[Grant]:
    """Grants to, from and over the data of the agent's organisation; all for who oversees."""
    if _oversees(agent):
        return Grant.objects.all()
    seen = Q(grantee=PUBLIC)
    if agent.organisation:
        theirs = GrantDataset.objects.filter(
            grant=OuterRef("pk"), dataset__provider__code=agent.organisation
        )
        seen |= Q(grantee=agent.organisation) | Q(grantor=agent.organisation) | Q(Exists(theirs))
    return Grant.objects.filter(seen)


def get(grant_id: str, agent: Agent) -> Grant:
    """The grant; one that does not exist and one of others give the same answer."""
    found = visible(agent).filter(pk=grant_id).first()
    if found is None:
        raise unknown(grant_id)
    return found


def unknown(grant_id: str) -> NotFound:
    return NotFound(
        "unknown_grant",
        Sentence(en=f"There is no grant “{grant_id}”.", zh=f"没有编号为“{grant_id}”的授权。"),
    )


def held(grant_id: str, agent: Agent) -> Grant:
    """The grant under which the agent may ask, whatever its standing; else as if absent.

    The administrator runs the gateway from the shell and may use any grant, within its terms;
    the ledger then names the administrator.
    """
    found = _BY_ID(grant_id)
    if not found or not _holds(found[0], agent):
        raise unknown(grant_id)
    return found[0]


def _holds(grant: Grant, agent: Agent) -> bool:
    if agent.administrator and grant.kind == Granted.ADMINISTRATIVE:
        return True
    own = bool(agent.organisation) and agent.organisation == grant.grantee
    return own or (grant.grantee == PUBLIC and not agent.anonymous)


def usable(agent: Agent, on: date | None = None) -> QuerySet[Grant]:
    """What the agent's organisation may query today."""
    day = on or moment.today()
    holders = [PUBLIC, agent.organisation] if agent.organisation else [PUBLIC]
    in_force = Q(state=State.ACTIVE, valid_from__lte=day, valid_until__gte=day)
    return Grant.objects.filter(in_force, grantee__in=[] if agent.anonymous else holders)


def shown_terms(grant: Grant, agent: Agent) -> dict[str, Any]:
    """The terms as `agent` may read them: a row filter is the owner's business alone."""
    terms = dict(grant.terms)
    owners = grant.datasets.filter(dataset__provider__code=agent.organisation).values_list(
        "dataset__code", flat=True
    )
    if _oversees(agent) or (agent.organisation and agent.organisation == grant.grantor):
        return terms
    own = set(owners) if agent.organisation else set()
    terms["datasets"] = {
        name: {k: v for k, v in dataset.items() if k != "where" or name in own}
        for name, dataset in terms["datasets"].items()
    }
    return terms


def summary(grant: Grant) -> dict[str, Any]:
    """A grant in lists, for shell and API."""
    return {
        "id": grant.id,
        "kind": grant.kind,
        "grantee": grant.grantee,
        "grantor": grant.grantor,
        "case": grant.case_id,
        "purposes": grant.purposes,
        "datasets": sorted(grant.terms["datasets"]),
        "scope": grant.scope,
        "valid_from": grant.valid_from,
        "valid_until": grant.valid_until,
        "standing": grant.standing(moment.today()).value,
        "reason": grant.reason,
        "issued": grant.issued,
        "entry": grant.entry_id,
    }


def detail(grant: Grant, agent: Agent) -> dict[str, Any]:
    """A grant with its terms, as far as `agent` may read them."""
    pins = grant.datasets.values_list("dataset__code", "owner_terms__number")
    return {
        **summary(grant),
        "terms": shown_terms(grant, agent),
        "owner_terms": dict(pins),
    }
