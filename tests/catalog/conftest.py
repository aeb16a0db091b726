"""Datasets made as agencies make them: a file is ingested, described, and published by its case."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client

from gongshu.rules.agents import Agent

if TYPE_CHECKING:  # a conftest is read before Django is set up
    from gongshu.catalog.models import Dataset

PEOPLE = "patient_id,sex,birth_year,diagnosis\n" + "".join(
    f"P{n:04d},{'FM'[n % 2]},{1940 + n % 60},{'abc'[n % 3]}\n" for n in range(200)
)
SCHOOLS = "学校名称,区县,学生数\n第一小学,东城,801\n第二小学,西城,640\n第三中学,东城,1207\n"
ASSESSMENT = {"secrecy": "not secret", "personal_information": "assessed, no high risk"}
CHANGE = {"changed_on": "2026-11-02", "what": "a new duty"}

Ingest = Callable[..., "Dataset"]
Publish = Callable[..., "Dataset"]


@pytest.fixture
def ingest(instance: Path, agency: Agent) -> Ingest:
    """`ingest("education.schools", SCHOOLS)`: a draft with one version, by the agency."""
    from gongshu.catalog.ingest import ingest_file

    def make(code: str, text: str = SCHOOLS, by: Agent = agency, **hints: Any) -> Dataset:
        path = instance / "tmp" / f"{code}.csv"
        path.write_bytes(text.encode("gb18030"))
        return ingest_file(path, code=code, by=by, hints=hints).dataset

    return make


@pytest.fixture
def publish(agency: Agent, agency_head: Agent, bureau: Agent) -> Publish:
    """Through all the steps of its case; `meta` describes it before."""
    from gongshu.cases import services as cases
    from gongshu.catalog import services

    def make(dataset: Dataset, **meta: Any) -> Dataset:
        described = {
            "title_zh": "名录",
            "update_cycle": "yearly",
            "sharing": "unconditional",
            "classification": "public",
        } | meta
        services.describe(dataset=dataset, by=agency, **described)
        case = cases.open_case(kind="catalogue_entry", payload={"dataset": dataset.code}, by=agency)
        for step, by, form in (
            ("assess", agency, ASSESSMENT),
            ("approve", agency_head, None),
            ("pass", bureau, None),
        ):
            cases.do(case_id=case.id, step=step, by=by, form=form)
        dataset.refresh_from_db()
        return dataset

    return make


@pytest.fixture
def agency_client(agency: Agent) -> Client:
    """A browser in which the agency's staff is logged in."""
    return _logged_in(agency)


@pytest.fixture
def second_agency_client(second_agency: Agent) -> Client:
    return _logged_in(second_agency)


def _logged_in(agent: Agent) -> Client:
    from gongshu.accounts.models import Person

    client = Client()
    client.force_login(Person.objects.get(username=agent.person))
    return client
