"""What somebody does first, so that a step becomes possible: by the fact that it waits for."""

from __future__ import annotations

from collections.abc import Callable

from gongshu.cases import services
from gongshu.cases.models import Case
from gongshu.catalog.models import Dataset
from gongshu.cli.demo.year.filling import Desk, fill
from gongshu.cli.demo.year.openings import (
    consents_to,
    registration_of,
    registration_of_product,
)
from gongshu.rules.agents import Rank
from gongshu.rules.procedures import PROCEDURES

Errand = Callable[[Case, Desk], None]


def new_version(case: Case, desk: Desk) -> None:
    dataset = Dataset.objects.select_related("provider").get(code=case.payload["dataset"])
    desk.city.add_version(dataset)


def register_resources(case: Case, desk: Desk) -> None:
    for dataset in Dataset.objects.select_related("provider").filter(
        code__in=case.payload["datasets"]
    ):
        if not _being_registered(dataset=dataset.code):
            by, payload = registration_of(desk, dataset, in_operation=True)
            services.open_case(kind="registration_case", payload=payload, by=by)


def register_product(case: Case, desk: Desk) -> None:
    listed = Case.objects.filter(
        kind="product_listing", state="listed", applicant=case.parties["operator"]
    ).first()
    if listed is not None and not _being_registered(grant=listed.payload["grant"]):
        by, payload = registration_of_product(desk, listed)
        services.open_case(kind="registration_case", payload=payload, by=by)


def lift_containment(case: Case, desk: Desk) -> None:
    row = PROCEDURES[case.kind].rows["lift"]
    assert row.form is not None
    desk.by, desk.case = desk.city.of(case.parties["holder"], Rank.HEAD), case
    services.do(case_id=case.id, step="lift", by=desk.by, form=fill(row.form, desk))


def ask_consent(case: Case, desk: Desk) -> None:
    """Data of another office are out of an operation's reach until that office consents."""
    plan = case if case.kind == "authorised_operation" else None
    for by, payload in consents_to(desk, plan) if plan else ():
        services.open_case(kind="operation_consent", payload=payload, by=by)


def _being_registered(**named: str) -> bool:
    where = {f"payload__{name}": value for name, value in named.items()}
    rows = Case.objects.filter(kind="registration_case", **where)
    return rows.exclude(state__in=["refused", "terminated", "withdrawn"]).exists()


ERRANDS: dict[str, Errand] = {
    "corrected_version": new_version,
    "entry_has_version": new_version,
    "resources_registered": register_resources,
    "products_registered": register_product,
    "nothing_held": lift_containment,
    "out_of_reach": ask_consent,
}
