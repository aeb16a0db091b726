"""The versions that the gateway needs: what was answered under a grant in force can be asked again.

Whoever holds the grant, and whoever audits it, can repeat the question on the very rows. Questions
that run at this moment count too.
"""

from __future__ import annotations

from django.db.models import Q
from django.db.models.fields.json import KeyTransform
from django.utils import timezone

from gongshu.catalog.models import Dataset
from gongshu.catalog.retention import pinned_by
from gongshu.gateway.models import Decision, QueryRecord
from gongshu.grants.models import State
from gongshu.ledger import moment
from gongshu.wording import Sentence


@pinned_by
def answered_in_force(dataset: Dataset) -> dict[int, Sentence]:
    now = moment.now()
    in_force = Q(
        grant__state=State.ACTIVE,
        grant__valid_until__gte=timezone.localdate(now),
        decision=Decision.ANSWERED,
    )
    running = Q(decision=Decision.RUNNING, until__gt=now)
    rows = QueryRecord.objects.filter(in_force | running, grant__datasets__dataset=dataset)
    found = rows.annotate(number=KeyTransform(dataset.code, "versions")).values_list(
        "number", "grant_id"
    )
    return {
        number: Sentence(
            en=f"Answers under {grant}, which is in force, came from it.",
            zh=f"有效授权 {grant} 的查询结果出自该版本。",
        )
        for number, grant in found.order_by().distinct()
        if isinstance(number, int)
    }
