"""Joinable columns: estimates hold, and nobody is told of values that are not theirs to know."""

from __future__ import annotations

import pytest
from django.test import Client
from tests.catalog.conftest import Ingest, Publish

from gongshu.catalog import joins, sketching
from gongshu.catalog.models import ColumnSketch, Dataset, SketchHash
from gongshu.jobs import worker
from gongshu.rules.agents import ANONYMOUS, Agent
from gongshu.rules.problems import NotFound

OPEN = {"sharing": "unconditional", "opening": "open", "grade": "general", "level": 1}


def listed(prefix: str, numbers: range, more: str = "x") -> str:
    rows = "".join(f"{prefix}{n:05d},{more}{n % 7}\n" for n in numbers)
    return "code,kind\n" + rows


@pytest.fixture
def two_open(ingest: Ingest, publish: Publish) -> tuple[Dataset, Dataset]:
    """Half of the codes of the first are in the second."""
    one = publish(ingest("transport.stops", listed("S", range(400))), **OPEN)
    other = publish(ingest("transport.lines", listed("S", range(200, 1000))), **OPEN)
    worker.work(once=True)
    return one, other


@pytest.mark.django_db
def test_what_overlaps_is_found_with_its_share(two_open: tuple[Dataset, Dataset]) -> None:
    one, other = two_open
    (found,) = joins.joinable(one, ANONYMOUS)
    (match,) = found.found
    assert (found.column, match.dataset, match.column) == ("code", other, "code")
    assert (match.into.share, match.back.share) == (0.5, 0.25)
    assert match.into.exact
    assert match.likely


@pytest.mark.django_db
def test_columns_of_few_values_join_nothing(two_open: tuple[Dataset, Dataset]) -> None:
    assert "kind" not in {c.column for c in joins.joinable(two_open[0], ANONYMOUS)}
    assert not SketchHash.objects.filter(sketch__column="kind").exists()


@pytest.mark.django_db
def test_only_the_newest_version_is_kept(ingest: Ingest) -> None:
    dataset = ingest("transport.stops", listed("S", range(400)))
    ingest("transport.stops", listed("T", range(300)))
    worker.work(once=True)
    assert {row.version.number for row in ColumnSketch.objects.filter(dataset=dataset)} == {2}
    assert ColumnSketch.objects.get(dataset=dataset, column="code").distinct == 300


@pytest.mark.django_db
def test_overlaps_of_protected_data_are_for_holder_and_bureau(
    two_open: tuple[Dataset, Dataset],
    ingest: Ingest,
    publish: Publish,
    agency: Agent,
    second_agency: Agent,
    bureau: Agent,
    auditor: Agent,
    administrator: Agent,
) -> None:
    """An overlap says whose numbers are in the protected table."""
    hidden = publish(ingest("health.wards", listed("S", range(100))), sharing="unconditional")
    worker.work(once=True)
    for agent in (ANONYMOUS, second_agency, auditor, administrator):
        assert joins.joinable(hidden, agent) == []
        (seen,) = joins.joinable(two_open[0], agent)
        assert {j.dataset.code for j in seen.found} == {"transport.lines"}
    for agent in (agency, bureau):
        (seen,) = joins.joinable(hidden, agent)
        assert seen.found[0].dataset == two_open[0]
        (seen,) = joins.joinable(two_open[0], agent)
        assert {j.dataset.code for j in seen.found} == {"transport.lines", "health.wards"}


@pytest.mark.django_db
def test_protected_data_of_two_providers_are_for_the_bureau_alone(
    ingest: Ingest, agency: Agent, second_agency: Agent, bureau: Agent, publish: Publish
) -> None:
    mine = publish(ingest("health.wards", listed("S", range(100))))
    theirs = ingest("transport.drivers", listed("S", range(100)), by=second_agency)
    Dataset.objects.filter(pk=theirs.pk).update(published_for="bodies", state="published")
    theirs.refresh_from_db()
    worker.work(once=True)
    for one, agent in ((mine, agency), (theirs, second_agency), (theirs, agency)):
        assert not any(c.found for c in joins.joinable(one, agent))
    assert any(c.found for c in joins.joinable(mine, bureau))


@pytest.mark.django_db
def test_small_numbers_that_overlap_are_told_as_chance(ingest: Ingest, agency: Agent) -> None:
    ingest("a.beds", "ward,beds\n" + "".join(f"W{n},{n}\n" for n in range(100)))
    dataset = ingest("a.pupils", "school,pupils\n" + "".join(f"Z{n},{n}\n" for n in range(100)))
    worker.work(once=True)
    found = {c.column: c.found for c in joins.joinable(dataset, agency)}
    assert [j.likely for j in found["pupils"]] == [False]


@pytest.mark.django_db
def test_no_row_of_the_database_tests_a_value_without_the_secret(
    two_open: tuple[Dataset, Dataset], settings: object
) -> None:
    from gongshu.catalog import selectors
    from gongshu.data.sketches import sketches

    row = ColumnSketch.objects.filter(dataset=two_open[0], column="code").get()
    paths = selectors.files(row.version)
    assert sketches(paths, ["code"], key=sketching.secret())["code"] == sketching.sketch_of(row)
    guessed = sketches(paths, ["code"], key=b"")["code"]
    assert not set(guessed.hashes) & set(sketching.sketch_of(row).hashes)


@pytest.mark.django_db
def test_another_secret_makes_all_sketches_anew(
    two_open: tuple[Dataset, Dataset], settings: pytest.FixtureRequest
) -> None:
    before = sketching.form()
    settings.SECRET_KEY = "another secret of this instance"  # type: ignore[attr-defined]
    assert joins.joinable(two_open[0], ANONYMOUS) == []
    sketching.keep_up()
    sketching.keep_up()
    worker.work(once=True)
    assert {row.form for row in ColumnSketch.objects.all()} == {sketching.form()} != {before}
    assert joins.joinable(two_open[0], ANONYMOUS)[0].found[0].into.share == 0.5


@pytest.mark.django_db
def test_page_and_api_say_the_same_and_an_unknown_column_is_no_crash(
    two_open: tuple[Dataset, Dataset], client: Client
) -> None:
    told = client.get("/api/datasets/transport.stops/joinable?column=code").json()
    assert told["columns"][0]["joinable"][0]["contained"]["share"] == 0.5
    page = client.get("/dataset/transport.stops/related").content.decode()
    assert "transport.lines" in page
    answer = client.get("/api/datasets/transport.stops/joinable?column=nothing")
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_column")
    assert client.get("/dataset/no.such/related").status_code == 404
    with pytest.raises(NotFound):
        joins.joinable(two_open[0], ANONYMOUS, "nothing")
