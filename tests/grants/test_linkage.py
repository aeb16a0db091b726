"""Linkage risk: what grants put together, who is told, and what is warned of."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest

from gongshu.grants import linkage_findings
from gongshu.grants.services import create_by_administrator
from gongshu.jobs import worker
from gongshu.rules.agents import ANONYMOUS
from gongshu.rules.problems import BadInput, Forbidden

if TYPE_CHECKING:
    from tests.world import World

    from gongshu.grants.models import Grant

UNIT = {"unit_column": "person_id", "unit_space": "person"}
ROWS: dict[str, list[str]] = {"person_id": ["join", "show"], "sex": ["show"], "age": ["show"]}


def people(numbers: range, more: str, seed: int) -> str:
    """Ids that are kept by others as well, sex, age, and one more trait of forty kinds."""
    pick = random.Random(seed)
    lines = [f"P{n:05d},{'男女'[n % 2]},{20 + n % 50},{more}{pick.randrange(40)}" for n in numbers]
    return f"person_id,sex,age,{more}\n" + "\n".join(lines) + "\n"


@pytest.fixture
def two(world: World) -> World:
    """Two tables about people; four fifths of the first are in the second."""
    from tests.world import DESCRIBED

    for code, numbers, trait in (
        ("health.visits", range(1000), "postcode"),
        ("social.benefits", range(200, 1400), "occupation"),
    ):
        terms = {
            "unit": {"column": "person_id", "space": "person"},
            "purposes": ["planning"],
            "output": "rows",
            "columns": {**ROWS, trait: ["show"]},
        }
        world.dataset(code, people(numbers, trait, 7), terms, **DESCRIBED, **UNIT)
        world.publish(code)
    worker.work(once=True)
    return world


def rows_of(world: World, code: str, trait: str, **changes: Any) -> Grant:
    from tests.world import administrator_terms

    columns = {"person_id": ["show", "join"], "sex": ["show"], "age": ["show"], trait: ["show"]}
    terms = administrator_terms(world.second_agency.organisation, output="rows", **changes)
    terms["datasets"] = {code: {"columns": columns, **changes.get("more", {})}}
    terms.pop("protection", None)
    terms.pop("more", None)
    return create_by_administrator(terms=terms, by=world.administrator)


@pytest.mark.django_db
def test_a_second_grant_over_the_same_people_puts_them_together(two: World) -> None:
    first = rows_of(two, "health.visits", "postcode")
    alone = linkage_findings.of_grant(first, two.bureau)
    assert alone["links"] == []
    second = rows_of(two, "social.benefits", "occupation")
    found = linkage_findings.of_grant(first, two.bureau)  # a new grant: estimated anew
    (link, *_) = found["links"]
    assert {link["dataset"], link["other"]} == {"health.visits", "social.benefits"}
    assert link["by"] == [["person_id", "person_id"]]
    mine = next(one for one in found["links"] if one["dataset"] == "health.visits")
    assert mine["found"] == pytest.approx(0.8, abs=0.1)
    assert mine["after"] >= mine["found"]
    assert mine["grant"] == second.id


@pytest.mark.django_db
def test_answers_that_are_protected_link_nothing(two: World) -> None:
    rows_of(two, "health.visits", "postcode")
    from tests.world import administrator_terms

    terms = administrator_terms(two.second_agency.organisation)
    grant = create_by_administrator(terms=terms, by=two.administrator)
    assert linkage_findings.of_grant(grant, two.bureau)["links"] == []


@pytest.mark.django_db
def test_holder_and_bureau_alone_are_told(two: World) -> None:
    grant = rows_of(two, "health.visits", "postcode")
    for agent in (two.bureau, two.agency_head):
        assert linkage_findings.of_grant(grant, agent)["grantee"] == grant.grantee
    others = (two.second_agency, two.operator, two.auditor, two.administrator, ANONYMOUS)
    for agent in others:
        with pytest.raises(Forbidden):
            linkage_findings.of_grant(grant, agent)


@pytest.mark.django_db
def test_of_anothers_values_a_holder_is_told_no_figures(two: World) -> None:
    from gongshu.accounts.models import Organisation
    from gongshu.catalog.models import Dataset

    grant = rows_of(two, "health.visits", "postcode")
    rows_of(two, "social.benefits", "occupation")
    other = Organisation.objects.get(code=two.sector.organisation)
    Dataset.objects.filter(code="social.benefits").update(provider=other)
    seen = linkage_findings.of_grant(grant, two.agency)
    assert seen["links"]
    assert all(link["hidden"] and "found" not in link for link in seen["links"])
    assert seen["highest"] == 0.0
    assert linkage_findings.of_grant(grant, two.bureau)["highest"] > 0.5


@pytest.mark.django_db
def test_a_case_is_looked_at_before_it_is_granted(two: World) -> None:
    from gongshu.cases.models import Case

    rows_of(two, "health.visits", "postcode")
    granted = rows_of(two, "social.benefits", "occupation")
    case = Case.objects.get(pk=granted.case_id)
    assert linkage_findings.of_case(case, two.bureau)["highest"] > 0.5
    with pytest.raises(Forbidden):
        linkage_findings.of_case(case, two.second_agency)
    entry = Case.objects.filter(kind="catalogue_entry").first()
    assert entry is not None
    with pytest.raises(BadInput, match="no access"):
        linkage_findings.of_case(entry, two.bureau)


@pytest.mark.django_db
def test_who_is_served_from_a_copy_is_told_of_the_source(two: World) -> None:
    from gongshu.catalog import elements
    from gongshu.catalog.models import Dataset
    from gongshu.jobs.selectors import notices

    rows_of(two, "social.benefits", "occupation")
    source, copy = (Dataset.objects.get(code=c) for c in ("health.visits", "social.benefits"))
    element = elements.describe_element(by=two.bureau, name_zh="年龄", name_en="Age")
    for dataset in (source, copy):
        elements.add_column(element=element, dataset=dataset, column="age", by=two.bureau)
    elements.name_source(element=element, dataset=source, column="age", by=two.bureau_head)
    worker.work(once=True)
    told = [n.text_en for n in notices(two.second_agency)]
    assert any("“Age” in social.benefits is a copy" in text for text in told)
    assert not any("is a copy" in n.text_en for n in notices(two.operator))
