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


@pytest.fixture
def three(world: World) -> World:
    """People with their clinic and their employer; where the clinics are, what the employers do."""
    from tests.world import DESCRIBED

    pick = random.Random(11)
    lines = [
        f"P{n:05d},{'男女'[n % 2]},{20 + n % 50},"
        f"C{pick.randrange(40):03d},E{pick.randrange(40):03d}"
        for n in range(3000)
    ]
    people = "person_id,sex,age,clinic_code,employer_code\n" + "\n".join(lines) + "\n"
    clinics = "clinic_code,postcode\n" + "".join(f"C{n:03d},{100_000 + n}\n" for n in range(40))
    work = "employer_code,occupation\n" + "".join(f"E{n:03d},work{n}\n" for n in range(40))
    plain = {"purposes": ["planning"], "output": "rows"}
    unit = {"column": "person_id", "space": "person"}
    for code, text, columns, more in (
        ("health.patients", people, ("sex", "age", "clinic_code", "employer_code"), UNIT),
        ("health.sites", clinics, ("clinic_code", "postcode"), {}),
        ("social.employers", work, ("employer_code", "occupation"), {}),
    ):
        terms = {**plain, "columns": {c: ["show", "join"] for c in columns}}
        terms |= {"unit": unit} if more else {}
        world.dataset(code, text, terms, **DESCRIBED, **more)
        world.publish(code)
    worker.work(once=True)
    return world


def show(world: World, code: str, *columns: str) -> Grant:
    from tests.world import administrator_terms

    terms = administrator_terms(world.second_agency.organisation, output="rows")
    terms["datasets"] = {code: {"columns": {column: ["show"] for column in columns}}}
    terms.pop("protection", None)
    return create_by_administrator(terms=terms, by=world.administrator)


@pytest.mark.django_db
def test_three_tables_tell_more_than_any_two(three: World) -> None:
    """Forty clinics, or forty employers, leave most of 3,000 people among others; both do not."""
    people = show(three, "health.patients", "sex", "age", "clinic_code", "employer_code")
    show(three, "health.sites", "clinic_code", "postcode")
    last = show(three, "social.employers", "employer_code", "occupation")
    for grant in (people, last):  # whichever comes last
        links = linkage_findings.of_grant(grant, three.bureau)["links"]
        several, *others = links
        assert several["kind"] == "several"
        assert {several["other"], *(one["dataset"] for one in several["more"])} == {
            "health.sites",
            "social.employers",
        }
        assert several["before"] < 0.05
        assert several["after"] == pytest.approx(0.98, abs=0.03)
        assert others
        assert max(link["after"] for link in others) == pytest.approx(0.47, abs=0.05)
    from gongshu.accounts.models import Organisation
    from gongshu.catalog.models import Dataset

    (whole, *_) = linkage_findings.of_grant(people, three.agency_head)["links"]
    assert whole["after"] > 0.9
    other = Organisation.objects.get(code=three.sector.organisation)
    Dataset.objects.filter(code="social.employers").update(provider=other)
    (part, *_) = linkage_findings.of_grant(people, three.agency_head)["links"]
    assert (part["kind"], part["hidden"], "after" in part) == ("several", True, False)


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
