"""Who is served from a column: told when it turns out to be a copy (`catalog.elements`)."""

from __future__ import annotations

from collections.abc import Iterable

from gongshu.catalog.elements import consumers
from gongshu.catalog.models import Dataset
from gongshu.grants.models import PUBLIC, GrantDataset, State
from gongshu.ledger import moment


@consumers
def grantees(dataset: Dataset, column: str) -> Iterable[str]:
    """Of grants that stand and name the column, or all columns."""
    rows = GrantDataset.objects.filter(
        dataset=dataset, grant__state=State.ACTIVE, grant__valid_until__gte=moment.today()
    ).exclude(grant__grantee=PUBLIC)
    for row in rows.select_related("grant"):
        columns = row.grant.terms["datasets"].get(dataset.code, {}).get("columns", {})
        if column in columns or "*" in columns:
            yield row.grant.grantee
