"""Separation of duties: nobody manages data and operates them.

Who provides a dataset and who authorises its operation stand on one side of it, its operators on
the other. A row for each organisation and dataset says which side; a unique constraint lets there
be one, so that of two grants that would make somebody both, issued at the same moment, one fails.
"""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Q

from gongshu.catalog.models import Dataset
from gongshu.grants.models import Duty, Grant, Kind, Side, State
from gongshu.rules.cross_checks import duties_refused
from gongshu.rules.problems import BadInput
from gongshu.wording import Sentence


def take_on(*, grant: Grant, datasets: Collection[Dataset]) -> None:
    """In the transaction that issues the grant of an operation."""
    wanted = [
        Duty(dataset=dataset, organisation=code, side=side)
        for dataset in datasets
        for code, side in _sides(grant, dataset).items()
    ]
    refuse_both(grant.grantor, [grant.grantee], datasets)
    # What is there already stays; what it says is read afterwards, also what others wrote just now.
    Duty.objects.bulk_create(wanted, ignore_conflicts=True, batch_size=500)
    found = {
        (row.dataset_id, row.organisation): row.side
        for row in Duty.objects.filter(dataset__in=datasets)
    }
    for duty in wanted:
        if found.get((duty.dataset_id, duty.organisation)) != duty.side:
            raise _both(duty.organisation)


def refuse_both(grantor: str, operators: Collection[str], datasets: Collection[Dataset]) -> None:
    managing = {dataset.provider.code for dataset in datasets} | {grantor}
    refused = duties_refused(managing - {""}, operators)
    if refused is not None:
        raise BadInput("operator_manages", refused, field="terms")


def let_go(*, grant: Grant) -> None:
    """The grant has ended: whoever stands in a dataset by no other operation is free of it."""
    for dataset in Dataset.objects.filter(grants__grant=grant).select_related("provider"):
        live = Grant.objects.filter(kind=Kind.OPERATION, datasets__dataset=dataset).exclude(
            Q(state=State.ENDED) | Q(pk=grant.pk)
        )
        standing = {code for pair in live.values_list("grantor", "grantee") for code in pair}
        gone = {grant.grantor, grant.grantee} - standing - {dataset.provider.code}
        Duty.objects.filter(dataset=dataset, organisation__in=gone).delete()


def _sides(grant: Grant, dataset: Dataset) -> dict[str, Side]:
    managing = {dataset.provider.code, grant.grantor} - {""}
    return {grant.grantee: Side.OPERATING} | dict.fromkeys(sorted(managing), Side.MANAGING)


def _both(organisation: str) -> BadInput:
    refused = duties_refused([organisation], [organisation])
    assert isinstance(refused, Sentence)
    return BadInput("operator_manages", refused, field="terms")
