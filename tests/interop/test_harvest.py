"""Other catalogues are harvested: once approved, page by page, each entry once for ever."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.interop.conftest import Bureau, Reply, ckan, fixed, package

from gongshu.cases import services as cases
from gongshu.catalog import selectors, services
from gongshu.catalog.models import Dataset
from gongshu.interop import jobs as harvest_jobs
from gongshu.interop.harvest import run as running
from gongshu.interop.harvest import services as harvest
from gongshu.interop.harvest.diff import difference
from gongshu.interop.models import HarvestedEntry, HarvestRun, RunState
from gongshu.jobs import worker
from gongshu.jobs.models import Job
from gongshu.ledger import selectors as ledger
from gongshu.rules.agents import ANONYMOUS
from gongshu.rules.problems import Conflict, Forbidden, NotFound

pytestmark = pytest.mark.django_db


def portal_of(bureau: Bureau, *packages: dict[str, Any], most: int = 1000) -> None:
    bureau.portal.answer = ckan(list(packages), most=most)


def test_an_approved_source_is_read_page_by_page_and_its_entries_are_public(
    bureau_at_work: Bureau,
) -> None:
    portal_of(bureau_at_work, *(package(n) for n in range(7)), most=3)
    bureau_at_work.approved()
    run = bureau_at_work.run()
    assert (run.state, run.counts["new"], run.counts["seen"]) == ("done", 7, 7)
    assert len(bureau_at_work.portal.asked) >= 3
    seen = selectors.visible_to(ANONYMOUS)
    assert seen.count() == 7
    one = HarvestedEntry.objects.get(identifier="id-0003").dataset
    assert (one.title_zh, one.summary_en.splitlines()[0]) == ("Dataset 3", "About 3")
    assert (one.update_cycle, one.opening, one.format) == ("monthly", "open", "csv")
    assert (one.state, one.is_open_data, one.provider.code) == (
        "published",
        False,  # no rows are here
        bureau_at_work.agency.organisation,
    )


def test_each_entry_and_its_publication_stand_in_the_ledger(bureau_at_work: Bureau) -> None:
    portal_of(bureau_at_work, package(1), package(2))
    bureau_at_work.approved()
    bureau_at_work.run()
    assert ledger.entries(events=["dataset.harvested"]).count() == 2
    [published] = ledger.entries(events=["harvest.published"])
    assert published.facts["entries"] == 2
    bureau_at_work.run()
    assert ledger.entries(events=["dataset.harvested"]).count() == 2  # nothing new, no act


def test_nothing_is_read_in_before_the_head_has_approved(bureau_at_work: Bureau) -> None:
    portal_of(bureau_at_work, package(1))
    payload = {
        "code": "elsewhere",
        "title": "t",
        "protocol": "ckan",
        "url": bureau_at_work.portal.url,
        "organisation": bureau_at_work.agency.organisation,
        "domain": "elsewhere",
    }
    case = harvest.propose(payload, by=bureau_at_work.clerk)
    with pytest.raises(Conflict):
        harvest.start("elsewhere", by=bureau_at_work.clerk)
    with pytest.raises(Forbidden):
        cases.do(case_id=case.id, step="approve", by=bureau_at_work.clerk)
    tried = difference(harvest.source(case.id, by=bureau_at_work.clerk))
    assert (tried.counts["new"], tried.new[0]["title"]) == (1, "Dataset 1")
    assert not Dataset.objects.exists()


def test_only_the_bureau_keeps_sources(bureau_at_work: Bureau) -> None:
    bureau_at_work.approved()
    for act in (harvest.start, harvest.check, harvest.source, harvest.confirm_gone):
        with pytest.raises(Forbidden):
            act("elsewhere", by=bureau_at_work.agency)
    with pytest.raises(NotFound):
        harvest.source("nowhere", by=bureau_at_work.clerk)


def test_a_dry_run_tells_field_by_field_and_writes_nothing(bureau_at_work: Bureau) -> None:
    portal_of(bureau_at_work, *(package(n) for n in range(20)))
    source = bureau_at_work.approved()
    bureau_at_work.run()
    before = list(Dataset.objects.values())
    kept = [package(n) for n in range(2, 20)]
    portal_of(bureau_at_work, package(1, title="Renamed", notes="x"), package(99), *kept)
    job = harvest.check("elsewhere", by=bureau_at_work.clerk)
    worker.work(once=True)
    job.refresh_from_db()
    found = job.result
    assert found["counts"] == {"new": 1, "changed": 1, "unchanged": 18, "gone": 1}
    [changed] = found["changed"]
    assert changed["fields"]["title_en"] == ["Dataset 1", "Renamed"]
    assert found["gone"][0]["identifier"] == "id-0000"
    assert list(Dataset.objects.values()) == before
    assert source.runs.count() == 1


def test_a_change_at_the_source_keeps_the_entry_and_what_was_written_here(
    bureau_at_work: Bureau,
) -> None:
    portal_of(bureau_at_work, package(1), package(2))
    bureau_at_work.approved()
    bureau_at_work.run()
    entry = HarvestedEntry.objects.get(identifier="id-0001")
    Dataset.objects.filter(pk=entry.dataset_id).update(summary_zh="本地补充")
    portal_of(bureau_at_work, package(1, title="New name"), package(2))
    run = bureau_at_work.run()
    assert (run.counts["changed"], run.counts["unchanged"]) == (1, 1)
    entry.dataset.refresh_from_db()
    assert (entry.dataset.title_en, entry.dataset.summary_zh) == ("New name", "本地补充")


def test_a_source_that_moves_and_whose_links_change_keeps_its_entries(
    bureau_at_work: Bureau,
) -> None:
    portal_of(bureau_at_work, package(1))
    source = bureau_at_work.approved()
    bureau_at_work.run()
    code = Dataset.objects.get().code
    source.url = bureau_at_work.portal.url + "/moved"
    source.save()
    portal_of(bureau_at_work, package(1, name="renamed", url="https://new.example.org/1"))
    run = bureau_at_work.run()
    assert "new" not in run.counts
    assert Dataset.objects.get().code == code


def test_what_is_gone_is_marked_and_not_deleted(bureau_at_work: Bureau) -> None:
    portal_of(bureau_at_work, *(package(n) for n in range(10)))
    bureau_at_work.approved()
    bureau_at_work.run()
    portal_of(bureau_at_work, *(package(n) for n in range(1, 10)))
    run = bureau_at_work.run()
    assert (run.state, run.counts["gone"]) == ("done", 1)  # a tenth: as many as may
    gone = HarvestedEntry.objects.get(identifier="id-0000")
    assert gone.gone_since is not None
    assert gone.dataset.state == "published"
    portal_of(bureau_at_work, *(package(n) for n in range(10)))
    bureau_at_work.run()
    gone.refresh_from_db()
    assert gone.gone_since is None


def test_more_than_the_ceiling_waits_for_a_person(bureau_at_work: Bureau) -> None:
    portal_of(bureau_at_work, *(package(n) for n in range(10)))
    bureau_at_work.approved()
    bureau_at_work.run()
    portal_of(bureau_at_work, package(0))
    run = bureau_at_work.run()
    assert (run.state, run.counts["gone"]) == (RunState.WAITING, 9)
    assert not HarvestedEntry.objects.filter(gone_since__isnull=False).exists()
    with pytest.raises(Forbidden):
        harvest.confirm_gone("elsewhere", by=bureau_at_work.agency)
    assert harvest.confirm_gone("elsewhere", by=bureau_at_work.clerk) == 9
    assert HarvestedEntry.objects.filter(gone_since__isnull=False).count() == 9
    assert ledger.entries(events=["harvest.gone_confirmed"]).count() == 1
    with pytest.raises(Conflict):
        harvest.confirm_gone("elsewhere", by=bureau_at_work.clerk)


def test_an_empty_answer_takes_nothing_away(bureau_at_work: Bureau) -> None:
    portal_of(bureau_at_work, package(1), package(2))
    bureau_at_work.approved()
    bureau_at_work.run()
    portal_of(bureau_at_work)
    assert bureau_at_work.run().state == RunState.WAITING
    assert selectors.visible_to(ANONYMOUS).count() == 2


def test_a_server_that_fails_in_the_middle_is_gone_on_with_where_it_stopped(
    bureau_at_work: Bureau,
) -> None:
    good = ckan([package(n) for n in range(9)], most=3)
    broken = {"now": True}

    def failing(path: str, query: dict[str, list[str]]) -> Reply:
        if query["start"] == ["6"] and broken["now"]:
            return Reply(b"", 503)
        return good(path, query)

    bureau_at_work.portal.answer = failing
    bureau_at_work.approved()
    run = bureau_at_work.run()
    assert (run.state, run.counts["new"]) == ("failed", 6)
    broken["now"] = False
    job = Job.objects.get(kind="harvest")
    assert job.error_code == "source_unreachable"
    from gongshu.jobs.services import retry

    bureau_at_work.portal.asked.clear()
    retry(job, bureau_at_work.clerk)
    worker.work(once=True)
    run.refresh_from_db()
    assert (run.state, run.counts["new"], run.counts["seen"]) == ("done", 9, 9)
    assert "start=0" not in bureau_at_work.portal.asked[0]


def test_a_server_that_falters_for_a_moment_is_asked_again(bureau_at_work: Bureau) -> None:
    good, faults = (
        ckan([package(1)]),
        [Reply(b"", 500), Reply(b"{", 200, headers={"Content-Length": "99"})],
    )
    bureau_at_work.portal.answer = lambda path, query: (
        faults.pop(0) if faults else good(path, query)
    )
    bureau_at_work.approved()
    assert bureau_at_work.run().counts["new"] == 1


def test_a_worker_killed_between_two_pages_leaves_no_half_page_and_no_double(
    bureau_at_work: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    portal_of(bureau_at_work, *(package(n) for n in range(9)), most=3)
    source = bureau_at_work.approved()
    run = HarvestRun.objects.create(source=source)
    reached: list[str] = []

    def die_in_the_second(position: str) -> None:
        if reached:
            raise KeyboardInterrupt
        reached.append(position)

    with pytest.raises(KeyboardInterrupt):
        running.go_on(run, by=bureau_at_work.clerk, save=die_in_the_second)
    assert Dataset.objects.count() == 3
    run = HarvestRun.objects.get(pk=run.pk)
    running.go_on(run, by=bureau_at_work.clerk, position=reached[0])
    assert (run.counts["new"], run.counts["known"]) == (9, 0)
    assert Dataset.objects.filter(state="published").count() == 9


def test_a_catalogue_that_grows_while_it_is_read_has_nothing_twice_and_nothing_gone(
    bureau_at_work: Bureau,
) -> None:
    packages = [package(n) for n in range(10, 20)]
    bureau_at_work.portal.answer = ckan(packages)
    bureau_at_work.approved(most_gone=100)
    bureau_at_work.run()
    served = {"pages": 0}

    def drifting(path: str, query: dict[str, list[str]]) -> Reply:
        if served["pages"] == 1:
            packages.insert(0, package(1))  # shifts what is on every later page
        served["pages"] += 1
        return ckan(packages, most=4)(path, query)

    bureau_at_work.portal.answer = drifting
    run = bureau_at_work.run()
    assert run.counts["drifted"]
    assert run.counts["repeated"] == 1
    assert not HarvestedEntry.objects.filter(gone_since__isnull=False).exists()


def test_a_server_that_ignores_start_does_not_go_round_for_ever(bureau_at_work: Bureau) -> None:
    first = ckan([package(n) for n in range(200)], most=5)
    bureau_at_work.portal.answer = lambda path, query: first(path, query | {"start": ["0"]})
    bureau_at_work.approved()
    run = bureau_at_work.run()
    assert run.counts["new"] == 5
    assert "start" in json.dumps(run.notes)


def test_a_broken_record_is_told_with_its_place_and_the_others_are_taken(
    bureau_at_work: Bureau,
) -> None:
    body = {
        "count": 6,
        "results": [
            package(1),
            "nonsense",
            package(2, title="", name=""),
            package(3) | {"id": None, "name": None},
            package(1, title="the same id again"),
            package(4, private=True),
        ],
    }
    bureau_at_work.portal.answer = fixed(json.dumps(body).encode())
    bureau_at_work.approved(path="/dump.json")
    run = bureau_at_work.run()
    assert (run.counts["new"], run.counts["broken"], run.counts["repeated"]) == (1, 3, 1)
    assert sorted(note["index"] for note in run.notes) == [1, 2, 3]
    assert all(note["detail"]["zh"] and note["detail"]["en"] for note in run.notes)


def test_a_record_that_breaks_later_is_not_gone(bureau_at_work: Bureau) -> None:
    portal_of(bureau_at_work, package(1), package(2))
    bureau_at_work.approved()
    bureau_at_work.run()
    portal_of(bureau_at_work, package(1), package(2, title=""))
    run = bureau_at_work.run()
    assert (run.state, run.counts["gone"], run.counts["broken"]) == ("done", 0, 1)


def test_themes_lead_to_domains_of_ours(bureau_at_work: Bureau) -> None:
    portal_of(bureau_at_work, package(1), package(2, groups=[]))
    bureau_at_work.approved(domains={"transport": "traffic"})
    bureau_at_work.run()
    codes = sorted(Dataset.objects.values_list("code", flat=True))
    assert [code.split(".")[0] for code in codes] == ["elsewhere", "traffic"]


def test_an_ended_source_withdraws_its_entries_and_can_begin_again(
    bureau_at_work: Bureau,
) -> None:
    portal_of(bureau_at_work, package(1))
    source = bureau_at_work.approved()
    bureau_at_work.run()
    cases.do(case_id=source.case_id, step="end", by=bureau_at_work.clerk, note="closed")
    assert not selectors.visible_to(ANONYMOUS).exists()
    with pytest.raises(Conflict):
        harvest.start("elsewhere", by=bureau_at_work.clerk)
    bureau_at_work.approved()
    bureau_at_work.run()
    assert selectors.visible_to(ANONYMOUS).count() == 1


def test_a_harvested_entry_says_what_its_source_says(bureau_at_work: Bureau) -> None:
    portal_of(bureau_at_work, package(1))
    bureau_at_work.approved()
    bureau_at_work.run()
    with pytest.raises(Conflict):  # it is published: its provider changes it in a case
        services.describe(dataset=Dataset.objects.get(), title_zh="x", by=bureau_at_work.agency)


def test_a_source_with_a_cycle_is_read_when_it_is_due(bureau_at_work: Bureau) -> None:
    portal_of(bureau_at_work, package(1))
    source = bureau_at_work.approved(every="daily")
    harvest_jobs.harvest_what_is_due()
    worker.work(once=True)
    source.refresh_from_db()
    assert source.runs.get().state == "done"
    harvest_jobs.harvest_what_is_due()
    assert Job.objects.filter(kind="harvest").count() == 1


def test_two_runs_of_one_source_are_not_made_at_once(bureau_at_work: Bureau) -> None:
    bureau_at_work.approved()
    harvest.start("elsewhere", by=bureau_at_work.clerk)
    with pytest.raises(Conflict):
        harvest.start("elsewhere", by=bureau_at_work.clerk)
