"""A small city: two agencies' data, published by their cases, and an operation over them.

Everything is reached through the services, as people would, so that a test that stands on this
world stands on what the platform can do. Forty patients in two districts, three of them in a
third one, too few to be shown; and an open list of clinics.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from django.utils import timezone

from gongshu.accounts.models import Person
from gongshu.accounts.services import issue_token
from gongshu.cases import services as cases
from gongshu.catalog import services as catalog
from gongshu.catalog import versions
from gongshu.catalog.models import Dataset
from gongshu.data import Table
from gongshu.grants.models import Grant
from gongshu.rules.agents import Agent

PERSONS, CLINICS = "health.persons", "health.clinics"
PURPOSE = "planning"
LONG = "as the annex says, in full"
BY_DISTRICT = "SELECT district, count(*) AS n FROM health.persons GROUP BY district ORDER BY 1"
OWNER_TERMS: dict[str, Any] = {
    "unit": {"column": "person_id", "space": "person"},
    "k": 5,
    "purposes": [PURPOSE, "research"],
    "protection": {"method": "threshold", "k": 5},
    "columns": {
        "person_id": ["join"],
        "district": ["group", "filter"],
        "sex": ["group", "filter"],
        "income": {"rights": ["measure"], "functions": ["sum", "avg"], "min": 0, "max": 9000},
    },
}
CLINIC_TERMS: dict[str, Any] = {"columns": {"*": ["show", "group", "filter", "join"]}}
DESCRIBED: dict[str, Any] = {
    "format": "csv",
    "update_cycle": "monthly",
    "sharing": "conditional",
    "sharing_conditions": "for planning, by agencies",
    "classification": "personal",
    "grade": "general",
}
OPEN: dict[str, Any] = {
    **DESCRIBED,
    "sharing": "unconditional",
    "classification": "public",
    "opening": "open",
}


def persons_csv(extra: int = 0) -> str:
    """Two large districts and one of three people; `extra` more people in the East."""
    districts = ["East"] * (20 + extra) + ["West"] * 20 + ["Far"] * 3
    lines = [
        f"P{i:04d},{district},{'fm'[i % 2]},{1000 + 10 * i}" for i, district in enumerate(districts)
    ]
    return "person_id,district,sex,income\n" + "\n".join(lines) + "\n"


def clinics_csv() -> str:
    lines = [f"C{i},{'East' if i % 2 else 'West'},{i * 10}" for i in range(1, 13)]
    return "clinic,district,beds\n" + "\n".join(lines) + "\n"


class World:
    """The offices by name, and what they do."""

    def __init__(self, folder: Path, **offices: Agent) -> None:
        self.folder = folder
        self.offices = offices

    def __getattr__(self, name: str) -> Agent:
        try:
            return self.offices[name]
        except KeyError:
            raise AttributeError(name) from None

    # The catalogue

    def dataset(self, code: str, csv: str, terms: dict[str, Any] | None, **meta: Any) -> Dataset:
        """A draft with one version, described, with its owner's terms."""
        by = self.agency
        made = catalog.create_draft(code=code, provider=by.organisation, by=by, title_zh=code)
        self.add_version(code, csv)
        made = catalog.describe(dataset=made, by=by, **meta)
        if terms is not None:
            catalog.set_owner_terms(dataset=made, terms=terms, by=by)
        return made

    def add_version(self, code: str, csv: str) -> None:
        path = self.folder / f"{code}.csv"
        path.write_text(csv)
        dataset = Dataset.objects.get(code=code)
        with Table.read(path) as table:
            versions.add_version(
                dataset=dataset, table=table, source_name=path.name, by=self.agency
            )

    def publish(self, code: str) -> None:
        case = cases.open_case(kind="catalogue_entry", payload={"dataset": code}, by=self.agency)
        form = {"secrecy": "none found", "personal_information": "assessed"}
        self.step(case.id, "assess", self.agency, form)
        self.step(case.id, "approve", self.agency_head)
        self.step(case.id, "pass", self.bureau)

    def publish_all(self) -> None:
        unit = {"unit_column": "person_id", "unit_space": "person"}
        self.dataset(PERSONS, persons_csv(), OWNER_TERMS, **DESCRIBED, **unit)
        self.dataset(CLINICS, clinics_csv(), CLINIC_TERMS, **OPEN)
        self.publish(PERSONS)
        self.publish(CLINICS)

    # Cases

    def step(self, case: str, name: str, by: Agent, form: Any = None, note: str = "") -> None:
        cases.do(case_id=case, step=name, by=by, form=form, note=note)

    def plan(self, **changes: Any) -> str:
        """An authorised operation, opened; its case's number."""
        payload = {**plan_form(), **changes}
        return cases.open_case(kind="authorised_operation", payload=payload, by=self.agency).id

    def operation_steps(self) -> list[tuple[str, Agent, Any]]:
        """From the plan to the grant: step, by whom, with what."""
        return [
            ("submit_plan", self.agency_head, None),
            ("name_deciders_of_plan", self.government, deciders("government")),
            ("consent_to_plan", self.government, None),
            ("consent_to_plan", self.government_head, None),
            ("approve_plan", self.government, {"decided_on": today(), "record": "No. 7"}),
            ("file_plan", self.sector, {"number": "F-1"}),
            ("choose_operator", self.agency, selection_form(self.operator.organisation)),
            ("name_deciders_of_agreement", self.agency, deciders("agency")),
            ("consent_to_agreement", self.agency, None),
            ("consent_to_agreement", self.agency_head, None),
            ("offer_agreement", self.agency_head, agreement_form()),
            ("sign_agreement", self.operator_head, None),
            ("file_agreement", self.sector, {"number": "F-2"}),
            ("provide", self.agency, None),
        ]

    def operate(self, **agreement: Any) -> Grant:
        """An authorised operation, taken from its plan to its grant."""
        case = self.plan()
        for name, by, form in self.operation_steps():
            filled = {**form, **agreement} if name == "offer_agreement" else form
            self.step(case, name, by, filled)
        return Grant.objects.get(case_id=case)

    def token(self, agent: Agent, *scopes: str) -> str:
        person = Person.objects.get(username=agent.person)
        _, text = issue_token(person=person, scopes=scopes or ("read", "query"), days=1, by=agent)
        return text


def today(days: int = 0) -> str:
    return (timezone.localdate() + timedelta(days=days)).isoformat()


def plan_form() -> dict[str, Any]:
    long = (
        "need_and_feasibility",
        "operator_conditions",
        "update_and_quality",
        "term_and_schedule",
        "products_public",
        "products_industry",
        "accounting",
        "security",
        "rights_and_duties",
        "supervision",
    )
    return {
        "name": "Health planning",
        "mode": "domain",
        "datasets": [PERSONS, CLINICS],
        **dict.fromkeys(long, LONG),
    }


def deciders(office: str) -> dict[str, Any]:
    """Both of its people decide together."""
    return {"members": [office, f"{office}-head"], "matter": "the 7th meeting, item 2"}


def selection_form(operator: str) -> dict[str, Any]:
    return {"operator": operator, "method": "public_tender", "result": LONG}


def agreement_form(**terms: Any) -> dict[str, Any]:
    long = (
        "products",
        "platform",
        "assets",
        "disclosure_and_no_redevelopment",
        "accounting",
        "security",
        "evaluation",
        "liability",
        "disputes",
        "change",
    )
    return {
        "starts": today(),
        "ends": today(365),
        "terms": {
            "purposes": [PURPOSE],
            "basis": {"statute": "Regulations on health statistics"},
            "datasets": {
                PERSONS: {"columns": OWNER_TERMS["columns"]},
                CLINICS: CLINIC_TERMS,
            },
            **terms,
        },
        **dict.fromkeys(long, LONG),
    }


def administrator_terms(grantee: str, **changes: Any) -> dict[str, Any]:
    """Terms as a file would hold them, for the administrator's own grants."""
    return {
        "grantee": grantee,
        "purposes": [PURPOSE],
        "term": {"from": today(), "until": today(30)},
        "basis": {"statute": "platform rule"},
        "protection": {"method": "threshold", "k": 5},
        "datasets": {PERSONS: {"columns": {"district": ["group", "filter"]}}},
        **changes,
    }
