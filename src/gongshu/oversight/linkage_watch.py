"""Linkage risk after a grant is issued: estimated anew when grants, sketches or open data change.

Nobody asked anything out of the ordinary: what was harmless alone has become more, since another
grant was issued, or another dataset opened. Above the threshold of the monitoring file a warning is
opened for the bureau and the holder, and again when the share has grown by ten points.
"""

from __future__ import annotations

from django.db import transaction

from gongshu.cases import services
from gongshu.cases.models import Case
from gongshu.grants import linkage_findings
from gongshu.grants.models import Grant, LinkageFinding
from gongshu.ledger import moment
from gongshu.oversight import monitoring
from gongshu.rules.agents import SYSTEM

RULE = "linkage"
STEP = 10  # points


def watch() -> int:
    """How many warnings were opened."""
    at = monitoring.thresholds()
    if RULE in at.off:
        return 0
    linkage_findings.renew()
    # All that are high, not only those just renewed: a page may have renewed one, and a worker may
    # have died before it warned.
    high = LinkageFinding.objects.filter(
        highest__gte=at.linkage_percent / 100, grant__in=linkage_findings.standing()
    )
    found = list(high.select_related("grant"))
    return sum(_warn(one.grant, one, at.linkage_percent) for one in found)


@transaction.atomic
def _warn(grant: Grant, finding: LinkageFinding, threshold: int) -> bool:
    percent = int(100 * finding.highest)
    # The row is the lock: of two workers that found the same, one opens the case.
    Grant.objects.select_for_update().get(pk=grant.pk)
    earlier = Case.objects.filter(
        kind=monitoring.KIND, payload__kind=RULE, payload__grant=grant.id
    ).values_list("payload__seen", flat=True)
    told = max((int(seen) for seen in earlier), default=threshold - STEP)
    if percent < max(threshold, told + STEP):
        return False
    links = [one for one in finding.detail["links"] if 100 * one["after"] >= threshold]
    named = [one for link in links for one in (link, *link.get("more", ()))]
    others = {one["grant"] for one in named if one["grant"]} | {grant.id}
    rows = Grant.objects.filter(pk__in=others).order_by("issued")
    entries = rows.values_list("entry_id", flat=True)
    payload = {
        "title": f"{RULE} {grant.id} {percent}",
        "kind": RULE,
        "grant": grant.id,
        "organisation": grant.grantee,
        "day": moment.today().isoformat(),
        "seen": percent,
        "threshold": threshold,
        "usual": None,
        "entries": list(entries[: monitoring.NAMED]),
        "how_many": len(links),
    }
    services.open_case(kind=monitoring.KIND, payload=payload, by=SYSTEM)
    return True
