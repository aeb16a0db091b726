"""An act and its entry are written together, and an entry says no more than it may."""

from __future__ import annotations

import json

import pytest
from django.db import DatabaseError, connection, transaction

from gongshu.ledger import models, selectors, services
from gongshu.ledger.subjects import Subject
from gongshu.log import merkle
from gongshu.log.canonical_json import canonical
from gongshu.rules.agents import SYSTEM, Agent
from gongshu.rules.problems import BadInput, NotFound

CLERK = Agent(person="li.lei", organisation="11330100002490001A", rank="staff")
SUBJECT = Subject("dataset", "health.persons", "11330100002490001A")


def append(**kw: object) -> models.Entry:
    kw = {"event": "dataset.drafted", "subject": SUBJECT, "by": CLERK, **kw}
    with transaction.atomic():
        return services.append(**kw)  # type: ignore[arg-type]


@pytest.mark.django_db(transaction=True)
def test_an_entry_cannot_be_written_outside_the_transaction_of_its_act() -> None:
    with pytest.raises(RuntimeError, match="in the transaction"):
        services.append(event="a.b", subject=SUBJECT, by=CLERK)


@pytest.mark.django_db(transaction=True)
def test_when_the_act_is_undone_its_entry_is_too() -> None:
    with transaction.atomic():
        services.append(event="a.b", subject=SUBJECT, by=CLERK)
        transaction.set_rollback(True)
    assert not models.Entry.objects.exists()
    assert not models.Opening.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_an_entry_has_its_place_as_soon_as_its_receipt_is_asked_for() -> None:
    entry = append()
    assert entry.pending
    assert services.receipt(entry.id) is not None
    assert selectors.entry(entry.id).index == 0
    assert selectors.checkpoint().startswith("gongshu.local/log\n1\n")


@pytest.mark.django_db
def test_until_it_is_sequenced_an_entry_is_pending() -> None:
    entry = append()
    assert entry.pending
    assert services.sequence() == 1
    assert not selectors.entry(entry.id).pending
    assert services.sequence() == 0


@pytest.mark.django_db
def test_the_body_is_canonical_and_its_columns_repeat_it() -> None:
    entry = append(public={"b": 1, "a": "数"})
    body = json.loads(entry.body)
    assert canonical(body) == entry.body
    assert bytes(entry.leaf_hash) == merkle.leaf_hash(entry.body.encode())
    assert (entry.event, entry.id) == (body["event"], body["id"])
    assert body["subject"]["id"] == entry.subject_id == "health.persons"
    assert body["time"].endswith("+08:00")
    assert entry.at.isoformat(timespec="milliseconds") == body["time"]
    assert entry.facts == {"a": "数", "b": 1}


@pytest.mark.django_db
def test_neither_the_person_nor_a_private_fact_stands_in_clear() -> None:
    entry = append(private={"sql": "SELECT district FROM health.persons"})
    assert "li.lei" not in entry.body
    assert "SELECT" not in entry.body
    person = entry.openings.get(name="person")
    assert person.value == "li.lei"


@pytest.mark.django_db
def test_the_same_private_fact_is_committed_to_differently_each_time() -> None:
    first, second = (append(private={"rows": "3"}).content["commitments"] for _ in range(2))
    assert first["rows"] != second["rows"]


@pytest.mark.django_db
def test_an_act_of_the_system_names_no_person() -> None:
    entry = append(by=SYSTEM)
    assert entry.content["by"] == {"organisation": "system", "person": None, "rank": ""}


@pytest.mark.django_db
def test_only_the_holder_reads_an_opening() -> None:
    entry = append(private={"sql": "SELECT 1"}, holder="91330100MA27XXXXXX")
    holder = Agent(person="x", organisation="91330100MA27XXXXXX")
    assert selectors.openings(entry, holder)["sql"]["value"] == "SELECT 1"
    assert "sql" not in selectors.openings(entry, CLERK)
    assert selectors.openings(entry, Agent()) == {}


@pytest.mark.django_db
def test_the_receipt_of_one_who_holds_nothing_opens_nothing() -> None:
    entry = append(private={"sql": "SELECT 1"}, holder="91330100MA27XXXXXX")
    services.sequence()
    assert services.receipt(entry.id, agent=Agent())["openings"] == {}  # type: ignore[index]
    whole = services.receipt(entry.id)
    assert set(whole["openings"]) == {"sql"}  # type: ignore[index]


@pytest.mark.django_db
def test_an_entry_too_large_for_a_tile_is_refused_and_one_just_fitting_is_not() -> None:
    overhead = len(append(public={"x": ""}).body)
    assert len(append(public={"x": "y" * (65_535 - overhead)}).body) == 65_535
    with pytest.raises(BadInput, match="entry_too_large"):
        append(public={"x": "y" * (65_536 - overhead)})


@pytest.mark.django_db
def test_a_text_that_no_database_keeps_is_refused_with_a_sentence() -> None:
    with pytest.raises(BadInput, match="not_text"):
        append(private={"sql": "SELECT '\0'"})


@pytest.mark.django_db
def test_entries_are_found_by_event_subject_organisation_and_time() -> None:
    first = append()
    second = append(event="dataset.published", by=SYSTEM)
    third = append(event="case.opened", subject=Subject("case", "C-1"), by=SYSTEM)
    assert list(selectors.entries()) == [first, second, third]
    assert list(selectors.entries(events=["dataset.published"])) == [second]
    assert list(selectors.entries(subject=SUBJECT)) == [first, second]
    assert list(selectors.entries(organisation=CLERK.organisation)) == [first, second]
    assert list(selectors.entries(since=second.at, until=second.at)) == []
    with pytest.raises(NotFound):
        selectors.entry("nothing")


CHANGES = [
    "DELETE FROM ledger_entry",
    "UPDATE ledger_entry SET body = 'x'",
    """UPDATE ledger_entry SET "index" = 7""",
    """UPDATE ledger_entry SET "index" = NULL""",
    """INSERT INTO ledger_entry SELECT 'new', event, at, organisation, subject_kind, subject_id,
       subject_organisation, body, leaf_hash, 9 FROM ledger_entry""",
    "DELETE FROM ledger_tile",
    "UPDATE ledger_tile SET level = 3",
    "UPDATE ledger_tile SET hashes = leaf_hash FROM ledger_entry WHERE event <> 'dataset.drafted'",
    "DELETE FROM ledger_checkpoint",
    "UPDATE ledger_checkpoint SET size = 8",
    "UPDATE ledger_opening SET value = 'wang'",
]


@pytest.mark.django_db
@pytest.mark.parametrize("change", CHANGES)
def test_the_database_itself_refuses_to_change_what_is_written(change: str) -> None:
    append()
    append(event="dataset.published")
    services.sequence()
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(change)


@pytest.mark.django_db
def test_replacing_a_row_is_no_way_round() -> None:
    append()
    verb = "INSERT OR REPLACE" if connection.vendor == "sqlite" else "INSERT"
    columns = "id, event, at, organisation, subject_kind, subject_id, subject_organisation"
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"{verb} INTO ledger_entry ({columns}, body, leaf_hash) "
            f"SELECT {columns}, 'x', leaf_hash FROM ledger_entry"
        )
