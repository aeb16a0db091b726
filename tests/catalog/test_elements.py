"""One datum, one source: who names it, who is told, and how often copies differ."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from tests.catalog.conftest import Ingest

from gongshu.catalog import element_selectors, elements
from gongshu.catalog.models import DataElement, Dataset, ElementField, QualityReport
from gongshu.catalog.studies import queue_study
from gongshu.jobs import worker
from gongshu.jobs.selectors import notices
from gongshu.ledger import selectors as ledger
from gongshu.rules.agents import ANONYMOUS, Agent
from gongshu.rules.problems import BadInput, Conflict, Forbidden, NotFound

OPEN = {"sharing": "unconditional", "opening": "open", "grade": "general", "level": 1}
NAME = {"name_zh": "学校地址", "name_en": "Address of a school", "object_class": "school"}


def schools(streets: dict[int, str]) -> str:
    rows = "".join(f"S{n:03d},{streets.get(n, f'Road {n}')}\n" for n in range(40))
    return "school_code,address\n" + rows


@pytest.fixture
def registry_of_schools(ingest: Ingest) -> Dataset:
    return ingest("education.schools", schools({}))


@pytest.fixture
def copy(ingest: Ingest, second_agency: Agent) -> Dataset:
    """Of the forty addresses four differ and two are blank."""
    return ingest(
        "transport.stops",
        schools({0: "Elsewhere", 1: "Elsewhere", 2: "x", 3: "y", 4: "", 5: ""}),
        by=second_agency,
    )


@pytest.fixture
def address(
    registry_of_schools: Dataset, copy: Dataset, bureau: Agent, second_agency: Agent
) -> DataElement:
    element = elements.describe_element(by=bureau, **NAME)
    elements.add_column(element=element, dataset=registry_of_schools, column="address", by=bureau)
    elements.add_column(element=element, dataset=copy, column="address", by=second_agency)
    return element


def named(element: DataElement, dataset: Dataset, by: Agent) -> DataElement:
    return elements.name_source(element=element, dataset=dataset, column="address", by=by)


@pytest.mark.django_db
def test_the_head_of_the_bureau_names_the_source_and_the_rest_become_references(
    address: DataElement,
    registry_of_schools: Dataset,
    bureau_head: Agent,
    agency: Agent,
    second_agency: Agent,
) -> None:
    named(address, registry_of_schools, bureau_head)
    roles = dict(address.fields.values_list("dataset__code", "role"))
    assert roles == {"education.schools": "source", "transport.stops": "reference"}
    (entry,) = ledger.entries(events=["element.source_named"])
    assert entry.facts["references"] == ["transport.stops.address"]
    worker.work(once=True)
    assert any("are the source" in n.text_en for n in notices(agency))
    assert any("is a reference" in n.text_en for n in notices(second_agency))
    named(address, registry_of_schools, bureau_head)  # again: nothing happens
    assert ledger.entries(events=["element.source_named"]).count() == 1


@pytest.mark.django_db
def test_nobody_else_names_a_source_or_makes_an_element(
    address: DataElement,
    registry_of_schools: Dataset,
    bureau: Agent,
    agency_head: Agent,
    second_agency: Agent,
    administrator: Agent,
) -> None:
    for agent in (bureau, agency_head, administrator, ANONYMOUS):
        with pytest.raises(Forbidden):
            named(address, registry_of_schools, agent)
    for agent in (agency_head, administrator, ANONYMOUS):
        with pytest.raises(Forbidden):
            elements.describe_element(by=agent, **NAME)
    with pytest.raises(Forbidden):  # of another's column
        elements.add_column(
            element=address, dataset=registry_of_schools, column="school_code", by=second_agency
        )


@pytest.mark.django_db
def test_another_source_takes_the_place_of_the_first(
    address: DataElement, registry_of_schools: Dataset, copy: Dataset, bureau_head: Agent
) -> None:
    named(address, registry_of_schools, bureau_head)
    named(address, copy, bureau_head)
    assert ElementField.objects.get(role="source").dataset == copy
    elements.remove_column(element=address, dataset=copy, column="address", by=bureau_head)
    assert set(address.fields.values_list("role", flat=True)) == {"candidate"}


@pytest.mark.django_db
def test_how_often_a_copy_differs_is_counted_and_told_to_the_bureau_alone(
    address: DataElement,
    registry_of_schools: Dataset,
    bureau_head: Agent,
    agency: Agent,
    second_agency: Agent,
) -> None:
    worker.work(once=True)
    named(address, registry_of_schools, bureau_head)
    worker.work(once=True)
    held = ElementField.objects.get(role="reference")
    assert held.compared["key"] == ["school_code", "school_code"]
    assert (held.compared["matched"], held.compared["differing"]) == (40, 4)
    assert held.compared["blank"] == 2
    assert held.compared["rate"] == pytest.approx(4 / 38)
    Dataset.objects.update(published_for="bodies", state="published")
    told = {
        agent.organisation: [
            c["compared"] for c in element_selectors.detail(address, agent)["columns"]
        ]
        for agent in (agency, second_agency)
    }
    assert all(not any(one) for one in told.values())  # both protected, of two providers
    assert any(c["compared"] for c in element_selectors.detail(address, bureau_head)["columns"])


@pytest.mark.django_db
def test_a_datum_that_names_the_rows_agrees_where_the_source_knows_it(
    ingest: Ingest, second_agency: Agent, bureau: Agent, bureau_head: Agent
) -> None:
    """Matched by itself it could not but agree: a code that the source lacks is the difference."""
    codes = "school_code,seats\n" + "".join(f"S{n:03d},{n}\n" for n in range(40))
    register = ingest("education.schools", codes)
    lines = ingest("transport.stops", codes + "X900,1\nX901,2\n", by=second_agency)
    element = elements.describe_element(by=bureau, **NAME)
    for dataset, by in ((register, bureau), (lines, second_agency)):
        elements.add_column(element=element, dataset=dataset, column="school_code", by=by)
    worker.work(once=True)
    elements.name_source(element=element, dataset=register, column="school_code", by=bureau_head)
    worker.work(once=True)
    told = ElementField.objects.get(role="reference").compared
    assert told["key"] == ["school_code", "school_code"]
    assert (told["matched"], told["differing"], told["unmatched"]) == (42, 2, 0)
    assert told["rate"] == pytest.approx(2 / 42)


@pytest.mark.django_db
def test_candidates_are_found_by_name_and_by_value(
    registry_of_schools: Dataset, copy: Dataset, bureau: Agent, agency: Agent
) -> None:
    Dataset.objects.update(published_for="bodies", state="published")
    worker.work(once=True)
    (found,) = element_selectors.candidates(registry_of_schools, "address", bureau)
    assert (found.dataset, found.field.name, found.like) == (copy, "address", 1.0)
    assert found.into.share == pytest.approx(34 / 37)  # "Elsewhere" twice, and blanks
    (hidden,) = element_selectors.candidates(registry_of_schools, "address", agency)
    assert hidden.into is None  # by the name alone: the values are another's


@pytest.mark.django_db
def test_a_column_holds_one_datum_and_must_be_there(
    address: DataElement, copy: Dataset, bureau: Agent
) -> None:
    with pytest.raises(Conflict, match="already"):
        elements.add_column(element=address, dataset=copy, column="address", by=bureau)
    with pytest.raises(BadInput, match="no column"):
        elements.add_column(element=address, dataset=copy, column="nothing", by=bureau)
    with pytest.raises(BadInput):
        elements.describe_element(by=bureau, name_zh="x" * 201)
    with pytest.raises(BadInput):
        elements.describe_element(by=bureau, name_zh=" ")
    for number in ("0", "x", "9" * 30, "-1"):
        with pytest.raises(NotFound):
            element_selectors.get(number)


@pytest.mark.django_db
def test_columns_of_datasets_that_a_reader_does_not_see_are_not_listed(
    address: DataElement, registry_of_schools: Dataset, bureau_head: Agent, second_agency: Agent
) -> None:
    named(address, registry_of_schools, bureau_head)
    assert element_selectors.detail(address, ANONYMOUS)["columns"] == []
    seen = element_selectors.detail(address, second_agency)["columns"]
    assert [c["dataset"] for c in seen] == ["transport.stops"]  # drafts are their provider's


@pytest.mark.django_db(transaction=True)
def test_of_two_sources_named_at_once_one_stays_and_the_ledger_tells_which(
    address: DataElement, registry_of_schools: Dataset, copy: Dataset, bureau_head: Agent
) -> None:
    barrier = threading.Barrier(2)

    def name(dataset: Dataset) -> None:
        try:
            barrier.wait()
            named(DataElement.objects.get(pk=address.pk), dataset, bureau_head)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(name, (registry_of_schools, copy)))
    (source,) = ElementField.objects.filter(element=address, role="source")
    last = ledger.entries(events=["element.source_named"]).last()
    assert last.facts["dataset"] == source.dataset.code
    assert ElementField.objects.filter(element=address, role="reference").count() == 1


@pytest.mark.django_db
def test_agreement_with_the_source_is_part_of_quality_for_whoever_may_be_told(
    address: DataElement, registry_of_schools: Dataset, copy: Dataset, bureau_head: Agent
) -> None:
    """0301 and 0401 of GB/T 36344: of the copy against its source, of the source by its copies."""

    def indicators(dataset: Dataset) -> dict[str, float | None]:
        report = QualityReport.objects.get(version__dataset=dataset).report["whole"]
        values = {one["number"]: one["value"] for one in report["indicators"]}
        return {number: values[number] for number in ("0301", "0401")}

    worker.work(once=True)
    named(address, registry_of_schools, bureau_head)
    worker.work(once=True)
    nothing = {"0301": None, "0401": None}
    assert indicators(copy) == indicators(registry_of_schools) == nothing  # two providers'

    Dataset.objects.update(published_for="public", state="published", is_open_data=True, **OPEN)
    for dataset in (registry_of_schools, copy):
        queue_study("copies", dataset.versions.get(), bureau_head)
    worker.work(once=True)
    agree = pytest.approx(1 - 4 / 38, abs=1e-4)
    assert indicators(copy) == {"0301": agree, "0401": agree}
    assert indicators(registry_of_schools) == {"0301": None, "0401": agree}
