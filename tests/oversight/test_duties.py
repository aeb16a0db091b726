"""The sharing duty list: what is promised, and from the ledger what was done."""

from __future__ import annotations

import csv
import io
import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from tests.cases.steps import moment, request_form
from tests.world import CLINICS, LONG, PERSONS, World

from gongshu.cases import services
from gongshu.catalog.models import Dataset, Version
from gongshu.ledger import services as ledger
from gongshu.oversight import duties, duty_file
from gongshu.oversight.promises import Act, Duty, Promises, Tally
from gongshu.rules.agents import ANONYMOUS
from gongshu.rules.calendar import Calendar

DAYS = st.dates(date(2026, 1, 1), date(2026, 12, 31))


def request(world: World, begun: str, **changes: Any) -> str:
    at = moment(begun)
    payload = request_form(**changes)
    case = services.open_case(
        kind="sharing_request", payload=payload, by=world.second_agency, at=at
    )
    services.do(case_id=case.id, step="submit", by=world.second_agency_head, at=at)
    return case.id


def done(world: World) -> dict[str, dict[Duty, Tally]]:
    return {line.dataset.code: line.done for line in duties.lines(duties.duties(world.bureau))}


@given(DAYS, st.integers(0, 40), st.integers(0, 80))
def test_in_time_is_by_the_day_that_the_entry_before_has_promised(
    begun: date, allowed: int, taken: int
) -> None:
    promises = Promises()
    due, day = begun + timedelta(days=allowed), begun + timedelta(days=taken)
    promises.add(Act("sharing.requested", begun, "C", "a.b", due))
    assert [one.due for _, one in promises.overdue(due + timedelta(days=1))] == [due]
    assert list(promises.overdue(due)) == []
    promises.add(Act("sharing.refused", day, "C", "a.b", None))
    assert promises.kept["a.b", Duty.REPLY] == (Tally(1, 0) if taken <= allowed else Tally(0, 1))
    assert not promises.open


@pytest.mark.django_db
def test_replies_and_deliveries_are_in_time_or_late_as_the_ledger_has_them(world: World) -> None:
    due = Calendar.load().add_workdays(date(2026, 11, 2), 1).day  # unconditional: one day
    in_time, late = request(world, "2026-11-02"), request(world, "2026-11-02")
    for case, day in ((in_time, due), (late, due + timedelta(days=1))):
        at = moment(day.isoformat())
        services.do(case_id=case, step="consent", by=world.agency_head, form={}, at=at)
    services.do(case_id=in_time, step="deliver", by=world.agency, at=moment("2026-11-20"))
    assert done(world)[CLINICS] == {Duty.REPLY: Tally(1, 1), Duty.DELIVERY: Tally(1, 0)}
    ledger.sequence()  # the same from the tree as from what waits for it
    assert done(world)[CLINICS] == {Duty.REPLY: Tally(1, 1), Duty.DELIVERY: Tally(1, 0)}


@pytest.mark.django_db
def test_what_waits_for_somebody_else_is_not_the_providers_delay(world: World) -> None:
    case = request(world, "2026-09-01")
    form = {"missing": "the annex"}
    services.do(
        case_id=case, step="ask_supplement", by=world.agency, form=form, at=moment("2026-09-01")
    )
    assert [line.overdue for line in duties.lines(duties.duties(world.bureau))] == [0, 0]
    services.do(
        case_id=case,
        step="resubmit",
        by=world.second_agency,
        form=request_form(),
        at=moment("2026-10-20"),
    )
    lines = duties.lines(duties.duties(world.bureau), date(2026, 10, 21))
    assert [line.overdue for line in lines] == [0, 0]
    lines = duties.lines(duties.duties(world.bureau), date(2026, 10, 22))
    assert {line.dataset.code: line.overdue for line in lines} == {CLINICS: 1, PERSONS: 0}


@pytest.mark.django_db
def test_a_check_is_owed_from_its_request(world: World) -> None:
    payload = {"dataset": PERSONS, "problem": LONG, "grounds": LONG}
    case = services.open_case(
        kind="check_request", payload=payload, by=world.second_agency, at=moment("2026-11-02")
    )
    today = date(2026, 11, 30)
    [line] = [one for one in duties.providers(world.bureau, today) if one.overdue]
    assert (line.provider, line.overdue, line.share) == (world.agency.organisation, 1, 0)
    at = moment("2026-11-05")
    form = {"finding": LONG}
    services.do(case_id=case.id, step="find_right", by=world.agency, form=form, at=at)
    services.do(case_id=case.id, step="report", by=world.agency, at=at)
    [line] = duties.providers(world.bureau, today)
    assert (line.in_time, line.late, line.share, line.datasets) == (1, 0, 1, 2)


@pytest.mark.django_db
def test_a_row_that_was_changed_without_an_entry_changes_no_figure(world: World) -> None:
    case = request(world, "2026-11-02")
    services.do(
        case_id=case, step="consent", by=world.agency_head, form={}, at=moment("2026-11-20")
    )
    assert done(world)[CLINICS][Duty.REPLY] == Tally(0, 1)
    type(services.Case.objects.get(pk=case).steps.get(name="consent")).objects.filter(
        case_id=case, name="consent"
    ).update(at=moment("2026-11-02"))
    assert done(world)[CLINICS][Duty.REPLY] == Tally(0, 1)


@pytest.mark.django_db
def test_what_is_not_shared_or_not_published_is_no_duty(world: World) -> None:
    world.dataset("health.draft", "a,b\n1,2\n", None, sharing="unconditional")
    Dataset.objects.filter(code=CLINICS).update(sharing="none", sharing_basis="Act, art. 1")
    assert [one.code for one in duties.duties(world.bureau)] == [PERSONS]


@pytest.mark.django_db
def test_core_data_are_on_nobodys_list_who_may_not_know_of_them(world: World) -> None:
    request(world, "2026-11-02")
    Dataset.objects.filter(code=CLINICS).update(
        opening="closed", is_open_data=False, grade="core", level=None
    )
    assert [one.code for one in duties.duties(ANONYMOUS)] == [PERSONS]
    assert [one.overdue for one in duties.providers(ANONYMOUS)] == [0]
    assert [one.overdue for one in duties.providers(world.bureau)] == [1]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("updated", "due"),
    [("2026-11-23", "2026-12-23"), ("2026-12-23", "2027-01-23"), ("2026-01-31", "2026-02-28")],
)
def test_an_update_is_late_when_its_cycle_is_over(world: World, updated: str, due: str) -> None:
    Version.objects.update(created=moment(updated))  # a monthly promise: the day a month later
    for after, late in ((0, False), (1, True)):
        today = date.fromisoformat(due) + timedelta(days=after)
        lines = duties.lines(duties.duties(world.bureau), today)
        assert {line.update_late for line in lines} == {late}


@pytest.mark.django_db
def test_what_is_promised_is_what_holds_in_this_place(world: World, instance: Path) -> None:
    assert str(duties.promised("conditional").reply) == "10 working days"
    assert str(duties.promised("unconditional").reply) == "1 working day"
    assert str(duties.promised("conditional").delivery) == "20 working days"
    (instance / "profile.toml").write_text(
        'name = "x"\nbasis = "y"\n[workdays]\n"sharing_request.consent" = 5\n'
    )
    assert str(duties.promised("conditional").reply) == "5 working days"


@pytest.mark.django_db
def test_the_file_has_a_line_for_each_entry_and_no_formula(
    world: World, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(duties, "AT_ONCE", 1)
    Dataset.objects.filter(code=PERSONS).update(sharing_conditions="=1+1")
    written = client.get("/duties.csv", headers={"accept-language": "zh-hans"})
    text = b"".join(written.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    head, *rows = list(csv.reader(io.StringIO(text)))
    assert head[0] == "数据提供部门代码"
    assert {row[2] for row in rows} == {CLINICS, PERSONS}
    assert "'=1+1" in {row[6] for row in rows}
    assert len({len(row) for row in (head, *rows)}) == 1
    as_json = client.get("/duties.json")
    found = json.loads(b"".join(as_json.streaming_content))  # type: ignore[attr-defined]
    assert {one["dataset"] for one in found} == {CLINICS, PERSONS}
    assert set(found[0]) == set(duty_file.COLUMNS)
    assert client.get("/duties.exe").status_code == 404


@pytest.mark.django_db
def test_page_and_api_say_the_same(
    world: World, client: Client, collected_static_files: None
) -> None:
    case = request(world, "2026-11-02")
    services.do(
        case_id=case, step="consent", by=world.agency_head, form={}, at=moment("2026-11-20")
    )
    # Delivered too: nothing is owed any more that a later day would find late.
    services.do(case_id=case, step="deliver", by=world.agency, at=moment("2026-11-20"))
    whole = client.get("/api/duties").json()
    assert (whole["total"], len(whole["duties"])) == (2, 2)
    [line] = client.get("/api/duties/providers").json()
    assert (line["in_time"], line["late"], line["share_in_time"]) == (1, 1, 0.5)
    page = client.get("/duties", headers={"accept-language": "en"}).content.decode()
    assert "1 late" in page
    assert "10 working days" in page
    one = client.get(f"/duties?provider={world.agency.organisation}").content.decode()
    assert CLINICS in one
    assert client.get("/api/duties?provider=nobody").json()["total"] == 0
