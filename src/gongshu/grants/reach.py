"""What must hold of each dataset, at issue and at every question, before an operator reaches it.

Grade, registration in force or still inside its window, the provider's consent where the data came
by sharing: all are rows that others write meanwhile, so they are read anew each time, together
with the datasets themselves, in one query. Which of them is missing is said by one pure rule
(`rules.cross_checks.reach_refused`).

"Inside its window" is the 20 working days (R26, article 9) from the first time that the resource
was provided in this operation, or in another one that still runs: a renewal opens no new window.
Past the end of the calendar the last day is not known, so the window is not taken to be over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from gongshu.cases import clock
from gongshu.cases.models import Case, CaseStep, Registration
from gongshu.cases.registrations import STANDING
from gongshu.catalog.models import Dataset
from gongshu.grants.models import Grant, GrantDataset, Kind, Standing, State
from gongshu.ledger import moment
from gongshu.prepared import Prepared
from gongshu.rules.authorised_operation import AUTHORISED_OPERATION
from gongshu.rules.calendar import Calendar
from gongshu.rules.cross_checks import Reach, reach_refused
from gongshu.rules.lengths import Length, workdays
from gongshu.rules.operation_consent import GIVEN
from gongshu.rules.operation_consent import KIND as CONSENT
from gongshu.wording import Sentence

OPERATION = AUTHORISED_OPERATION.kind


@dataclass(frozen=True)
class Operation:
    """What an operator's access rests on: the agreement's case, who authorises, whether it runs."""

    case: str
    grantor: str
    agreement_in_force: bool


@dataclass(frozen=True)
class Reached:
    """The datasets of a grant that a question may reach now, and why not the others."""

    datasets: tuple[Dataset, ...]
    refused: Mapping[str, Sentence]


def of_grant(grant: Grant, now: datetime | None = None) -> Reached:
    """One query; a grant that is no operator's asks for nothing but that data be not withdrawn."""
    on = timezone.localdate(now or moment.now())
    operation = _operation(grant, on)
    if operation is None:
        return Reached(tuple(_DATASETS(grant.id)), {})
    return of_datasets(_datasets(grant.id), operation, on)


def _datasets(grant_id: str) -> QuerySet[Dataset]:
    rows = Dataset.objects.filter(grants__grant=grant_id).exclude(state="retired")
    return rows.only("code", "grade")  # an entry is wide, and a question needs little of it


_DATASETS = Prepared(_datasets)


def of_datasets(rows: QuerySet[Dataset], operation: Operation, on: date) -> Reached:
    found = list(_looked_up(rows, operation, on))
    refused = {dataset.code: reach_refused(_reach(dataset, operation)) for dataset in found}
    return Reached(
        tuple(dataset for dataset in found if refused[dataset.code] is None),
        {code: why for code, why in refused.items() if why is not None},
    )


def _operation(grant: Grant, on: date) -> Operation | None:
    """The operation that a grant is, or that a licence under it rests on."""
    basis = grant.under if grant.kind == Kind.LICENCE else grant
    if basis is None or basis.kind != Kind.OPERATION:
        return None
    in_force = basis.standing(on) == Standing.IN_FORCE
    return Operation(basis.case_id, basis.grantor, in_force)


def _looked_up(rows: QuerySet[Dataset], operation: Operation, on: date) -> QuerySet[Dataset]:
    registered: Any = Exists(registrations(on).filter(dataset=OuterRef("code")))
    if clock.profile().allows("registration_elsewhere"):
        done = CaseStep.objects.filter(case_id=operation.case, name="register_resources")
        registered |= Exists(done)
    consents = Case.objects.filter(
        kind=CONSENT,
        state=GIVEN,
        subject_kind="dataset",
        subject_id=OuterRef("code"),
        payload__operation=operation.case,
    )
    return rows.annotate(
        provider_code=F("provider__code"),
        registered=registered,
        out_of_window=Exists(_provided_too_early(operation, on)),
        consented=Exists(consents),
    )


def registrations(on: date) -> QuerySet[Registration]:
    """Of resources, in force on that day."""
    return Registration.objects.filter(
        what="resource", record__state__in=STANDING, valid_until__gte=on
    )


def _provided_too_early(operation: Operation, on: date) -> QuerySet[GrantDataset]:
    begins = datetime.combine(window_opens(on), time(), timezone.get_default_timezone())
    same = Q(grant__case_id=operation.case) | ~Q(grant__state=State.ENDED)
    return GrantDataset.objects.filter(
        same,
        dataset=OuterRef("pk"),
        grant__kind=Kind.OPERATION,
        grant__issued__lt=begins,
    )


def _reach(found: Any, operation: Operation) -> Reach:
    """`found` is a dataset, with what `_looked_up` put to it."""
    return Reach(
        graded=bool(found.grade) and found.grade != "core",
        registration_in_force_or_in_window=found.registered or not found.out_of_window,
        agreement_in_force=operation.agreement_in_force,
        came_by_sharing=found.provider_code != operation.grantor,
        provider_consents=found.consented,
    )


def window_opens(on: date) -> date:
    """Resources that were provided on this day or later may still be unregistered on `on`."""
    length = clock.profile().length(OPERATION, "register_resources", workdays(20))
    assert isinstance(length, Length)
    return _window_opens(clock.calendar(), length, on)


@lru_cache(maxsize=16)
def _window_opens(calendar: Calendar, length: Length, on: date) -> date:
    day = on
    while True:
        due = calendar.due(day - timedelta(days=1), length)
        if due.day < on and not due.provisional:
            return day
        day -= timedelta(days=1)
