"""Estimates of linkage risk: kept for each grant, shown to who decides, renewed when things change.

The bureau sees them whole. A holder (provider of one of the datasets, or grantor) sees that links
exist, and their figures where they tell of no other provider's protected values. Nobody else sees
them, the grantee least of all.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from typing import Any

from django.db.models import Max

from gongshu.cases.models import Case
from gongshu.catalog import joins
from gongshu.catalog.models import ColumnSketch, Dataset
from gongshu.catalog.sketching import form
from gongshu.grants.models import PUBLIC, Grant, LinkageFinding, State
from gongshu.ledger import moment
from gongshu.rules.agents import Agent, Kind
from gongshu.rules.problems import BadInput, Forbidden
from gongshu.wording import Sentence

AT_ONCE = 200  # grants a look
MADE = 2  # the way of estimating; another one: all are made anew
DECIDED = ("authorised_operation", "sharing_request", "administrator_grant")


def may_see(agent: Agent, datasets: Collection[Dataset], grantor: str = "") -> bool:
    if agent.anonymous or agent.system or not agent.may_use("read"):
        return False
    own = agent.organisation
    return agent.is_a(Kind.BUREAU) or (
        bool(own) and (own == grantor or any(d.provider.code == own for d in datasets))
    )


def may_see_of(grant: Grant, agent: Agent) -> bool:
    # One grants nobody the sight of what concerns oneself.
    own = agent.organisation == grant.grantee
    return not own and may_see(agent, _datasets(grant), grant.grantor)


def of_grant(grant: Grant, agent: Agent) -> dict[str, Any]:
    """The estimate as it stands; made now if there is none, or if something has changed since."""
    if not may_see_of(grant, agent):
        raise _not_yours()
    return shown(current(grant).detail, agent)


def of_case(case: Case, agent: Agent) -> dict[str, Any]:
    """What would be put together if the case were granted as it stands."""
    # here: effects bind what procedures name, and estimating loads DuckDB
    from gongshu.grants.drafting import as_json
    from gongshu.grants.effects import wanted
    from gongshu.grants.linkage import estimate

    if case.kind not in DECIDED:
        raise BadInput(
            "grants_nothing",
            Sentence(en="This case grants no access to data.", zh="该办件不涉及数据授权。"),
        )
    found = list(Dataset.objects.filter(code__in=_asked(case)).select_related("provider"))
    if not may_see(agent, found):
        raise _not_yours()
    try:
        drafted = wanted(case).draft()
    except (KeyError, TypeError):
        raise BadInput(
            "no_terms_yet",
            Sentence(en="The case has no terms yet.", zh="该办件尚未形成授权条款。"),
        ) from None
    datasets = [dataset for dataset, _ in drafted.pins]
    grantee = drafted.terms.grantee
    if agent.organisation == grantee:
        raise _not_yours()
    return shown(estimate(as_json(drafted.terms), datasets, grantee).as_dict(), agent)


def _asked(case: Case) -> list[str]:
    said = case.payload.get("datasets") or case.payload.get("dataset") or []
    terms = case.payload.get("terms")
    named = terms.get("datasets", ()) if isinstance(terms, Mapping) else ()
    return [str(code) for code in ([said] if isinstance(said, str) else said)] + list(
        map(str, named)
    )


def shown(detail: Mapping[str, Any], agent: Agent) -> dict[str, Any]:
    """Without figures about what is not the reader's to know."""
    codes = {code for link in detail["links"] for code in (link["dataset"], *_others(link))}
    rows = Dataset.objects.filter(code__in=codes).select_related("provider")
    datasets = {d.code: d for d in rows}
    links = [_link_shown(link, datasets, agent) for link in detail["links"]]
    told = [link["after"] for link in links if not link["hidden"]]
    return {**detail, "highest": max(told, default=0.0), "links": links}


def _link_shown(
    link: Mapping[str, Any], datasets: Mapping[str, Dataset], agent: Agent
) -> dict[str, Any]:
    one, *others = (datasets.get(code) for code in (link["dataset"], *_others(link)))
    if one and all(other and joins.may_compare(one, other, agent) for other in others):
        return {**link, "hidden": False}
    names = ("dataset", "other", "grant", "more", "kind")
    return {**{name: link[name] for name in names if name in link}, "hidden": True}


def _others(link: Mapping[str, Any]) -> list[str]:
    return [link["other"], *(one["dataset"] for one in link.get("more", ()))]


def current(grant: Grant) -> LinkageFinding:
    from gongshu.grants.linkage import of_grant as estimated

    inputs = inputs_of(grant.grantee)
    found = LinkageFinding.objects.filter(pk=grant.pk).first()
    if found is None or found.inputs != inputs:
        made = estimated(grant)
        found, _ = LinkageFinding.objects.update_or_create(
            grant=grant,
            defaults={
                "inputs": inputs,
                "highest": made.highest,
                "detail": made.as_dict(),
                "made": moment.now(),
            },
        )
    return found


def inputs_of(grantee: str) -> str:
    """Of what an estimate is made: the grants that the grantee has now, and the newest sketch."""
    return _inputs(grantee, _newest_sketch())


def _newest_sketch() -> str:
    newest = ColumnSketch.objects.aggregate(newest=Max("id"))["newest"]
    opened = Dataset.objects.filter(joins.OPEN).count()
    return f"{MADE} {form()} {newest} {opened}"


def _inputs(grantee: str, newest: str) -> str:
    rows = standing().filter(grantee__in=[grantee, PUBLIC]).values_list("id", flat=True)
    listed = " ".join(sorted(rows))
    return hashlib.sha256(f"{newest} {listed}".encode()).hexdigest()


def standing() -> Any:
    return Grant.objects.filter(state=State.ACTIVE, valid_until__gte=moment.today()).order_by("id")


def renew() -> int:
    """Estimate anew the grants for which something has changed, some at a time; how many."""
    newest, inputs = _newest_sketch(), {}
    known = dict(LinkageFinding.objects.filter(grant__in=standing()).values_list("pk", "inputs"))
    done = 0
    for grant in standing():
        if grant.grantee not in inputs:
            inputs[grant.grantee] = _inputs(grant.grantee, newest)
        if known.get(grant.id) != inputs[grant.grantee]:
            current(grant)
            done += 1
        if done == AT_ONCE:
            break
    return done


def _datasets(grant: Grant) -> list[Dataset]:
    return [pin.dataset for pin in grant.datasets.select_related("dataset__provider")]


def _not_yours() -> Forbidden:
    return Forbidden(
        "not_yours",
        Sentence(
            en="Linkage risk is shown to the data's holder and to the data bureau alone.",
            zh="汇聚关联风险仅供数据持有单位和数据管理部门查看。",
        ),
    )
