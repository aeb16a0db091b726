"""What is disclosed is derived from the ledger's entries, and from nothing else."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from tests.world import BY_DISTRICT, CLINICS, OPEN, PERSONS, PURPOSE, World, today

from gongshu.cases.models import Case
from gongshu.catalog import services as catalog
from gongshu.catalog.models import Dataset
from gongshu.data.policy.refusals import Refused
from gongshu.gateway import services as gateway
from gongshu.gateway.models import QueryRecord
from gongshu.grants.models import Grant
from gongshu.ledger import selectors as ledger
from gongshu.ledger import services as ledger_services
from gongshu.ledger.subjects import Subject
from gongshu.oversight import bookkeeping, selectors
from gongshu.oversight.books import Books, Line, Tally
from gongshu.oversight.disclosure import SHANGHAI, Disclosure, disclose
from gongshu.rules.agents import SYSTEM
from gongshu.rules.problems import Forbidden

db = pytest.mark.django_db
THIS_YEAR = timezone.localdate().year


def use(world: World, grant: Grant) -> None:
    """Two answers, one of them with something withheld, and one refusal."""
    for sql in (BY_DISTRICT, "SELECT count(*) AS n FROM health.persons"):
        gateway.answer(grant_id=grant.id, purpose=PURPOSE, sql=sql, by=world.operator)
    with pytest.raises(Refused):
        gateway.answer(
            grant_id=grant.id,
            purpose=PURPOSE,
            sql="SELECT person_id FROM health.persons",
            by=world.operator,
        )


def shown(found: Disclosure) -> dict[str, Any]:
    return found.as_dict("en")


@db
def test_party_content_scope_and_term_are_disclosed_with_their_entries(world: World) -> None:
    grant = world.operate()
    [authorised] = selectors.disclosure(THIS_YEAR).authorisations
    assert authorised.grant == grant.id
    assert (authorised.grantor, authorised.grantee) == (
        world.agency.organisation,
        world.operator.organisation,
    )
    assert authorised.datasets == (CLINICS, PERSONS)
    assert authorised.scope == {"datasets": [CLINICS, PERSONS]}
    assert authorised.valid_until == grant.valid_until.isoformat()
    assert authorised.entries == (grant.entry_id,)
    world.step(grant.case_id, "suspend", world.agency, note="over-use")
    [suspended] = selectors.disclosure(THIS_YEAR).authorisations
    assert suspended.state == "suspended"
    assert [ledger.entry(e).event for e in suspended.entries] == [
        "grant.issued",
        "grant.suspended",
    ]


@db
def test_the_use_of_resources_is_counted_per_grant(world: World) -> None:
    grant = world.operate()
    use(world, grant)
    found = selectors.disclosure()
    assert [(u.grant, u.grantee, u.answered, u.withheld, u.refused) for u in found.use] == [
        (grant.id, world.operator.organisation, 2, 1, 1)
    ]
    assert (found.answered, found.withheld, found.refused) == (2, 1, 1)


@db
def test_open_datasets_are_disclosed_and_protected_ones_are_not(world: World) -> None:
    [opened] = selectors.disclosure(THIS_YEAR).open_datasets
    assert opened.code == CLINICS
    assert opened.provider == world.agency.organisation
    assert ledger.entry(opened.entry_id).event == "entry.published"


@db
def test_every_figure_counts_exactly_the_entries_it_names(world: World) -> None:
    grant = world.operate()
    use(world, grant)
    world.step(grant.case_id, "revoke", world.agency_head, note="breach")
    found = selectors.disclosure(THIS_YEAR)
    assert {f.value for f in found.figures} > {0, 1}
    for figure in found.figures:
        entries = selectors.audit(world.auditor, events=[figure.event])
        kinds = [entry.facts.get("kind", "") for entry in entries]
        assert figure.value == len([k for k in kinds if figure.kind in ("", k)]), figure.name
        assert f"event={figure.event}" in figure.link


@db
def test_a_row_changed_without_an_entry_changes_nothing(world: World) -> None:
    grant = world.operate()
    use(world, grant)
    before = shown(selectors.disclosure())
    Grant.objects.update(state="ended", reason="by hand", grantee="x", valid_until="2099-01-01")
    Dataset.objects.filter(code=PERSONS).update(opening="open", title_zh="x")
    Dataset.objects.filter(code=CLINICS).update(opening="closed", is_open_data=False)
    Case.objects.update(state="closed")
    QueryRecord.objects.all().delete()
    assert shown(selectors.disclosure()) == before


@db
def test_the_books_carried_on_say_the_same_as_books_begun_anew(world: World) -> None:
    grant = world.operate()
    carried = bookkeeping.Keeper()
    carried.current()
    ledger_services.sequence()
    use(world, grant)
    carried.current()
    ledger_services.sequence()
    world.step(grant.case_id, "suspend", world.agency, note="over-use")
    books, entries, behind = carried.current()
    assert (books, entries, behind) == bookkeeping.Keeper().current()
    assert (entries, behind) == (ledger.entries().count(), 0)


@db
def test_books_of_another_log_are_thrown_away(world: World) -> None:
    ledger_services.sequence()
    kept = bookkeeping.Keeper()
    found = kept.current()
    kept.begin(Books(), found[1], "an entry that this log has not")
    assert kept.current() == found


@db
def test_a_past_year_shows_what_stood_then(world: World) -> None:
    grant = world.operate()
    subject = Subject("grant", grant.id, grant.grantee)
    last_year = timezone.now() - timedelta(days=366)
    with transaction.atomic():
        ledger_services.append(
            event="query.answered",
            subject=subject,
            by=SYSTEM,
            public={"withheld": False},
            at=last_year,
        )
    assert selectors.disclosure(last_year.year).answered == 1
    assert selectors.disclosure(last_year.year).authorisations == ()
    assert selectors.disclosure(THIS_YEAR).answered == 0
    assert selectors.disclosure().answered == 1
    assert selectors.years()[:2] == [THIS_YEAR, last_year.year]


@db
def test_the_audit_body_reads_the_log_and_an_operator_does_not(world: World) -> None:
    grant = world.operate()
    found = selectors.audit(world.auditor, subject=Subject("grant", grant.id))
    assert [entry.event for entry in found] == ["grant.issued"]
    mine = selectors.audit(world.bureau, organisation=world.operator.organisation)
    assert {"operation.agreement_signed", "grant.issued"} <= {entry.event for entry in mine}
    for nobody in (world.operator, world.enterprise, world.agency):
        with pytest.raises(Forbidden):
            selectors.audit(nobody)
        with pytest.raises(Forbidden):
            selectors.overdue(nobody)


@db
def test_cases_past_their_due_date_are_on_the_supervision_list(world: World) -> None:
    world.dataset("health.late", "a,b\n1,2\n", None, **{**_described(), "title_en": "Late"})
    from gongshu.cases import services as cases

    case = cases.open_case(
        kind="catalogue_entry", payload={"dataset": "health.late"}, by=world.agency
    )
    form = {"secrecy": "none found", "personal_information": "assessed"}
    world.step(case.id, "assess", world.agency, form)
    world.step(case.id, "approve", world.agency_head)
    assert list(selectors.overdue(world.bureau)) == []
    Case.objects.filter(pk=case.id).update(due_at=timezone.localdate() - timedelta(days=1))
    assert [late.id for late in selectors.overdue(world.bureau)] == [case.id]


def _described() -> dict[str, Any]:
    from tests.world import DESCRIBED

    return DESCRIBED


# The fold alone, without a database.


def line(number: int, event: str, day: date, subject: str, **facts: Any) -> Line:
    at = datetime(day.year, day.month, day.day, 12, tzinfo=SHANGHAI)
    return Line(str(number), event, at, "grant", subject, "91A", facts)


def issued(number: int, day: date, valid_from: str, valid_until: str) -> Line:
    return line(
        number,
        "grant.issued",
        day,
        "G-1",
        kind="operation",
        grantor="11A",
        grantee="91A",
        datasets=["a.b"],
        purposes=["p"],
        scope={"datasets": ["a.b"]},
        valid_from=valid_from,
        valid_until=valid_until,
    )


@pytest.mark.parametrize(
    ("year", "today", "states"),
    [
        (2024, date(2027, 1, 1), []),
        (2025, date(2027, 1, 1), ["active"]),
        (2026, date(2026, 6, 30), ["active"]),
        (2026, date(2026, 7, 2), ["expired"]),
        (2027, date(2027, 1, 1), []),
        (None, date(2027, 1, 1), ["expired"]),
    ],
)
def test_a_term_touches_the_years_it_lasts_and_expires_by_the_calendar(
    year: int | None, today: date, states: list[str]
) -> None:
    books = Books()
    books.add(issued(1, date(2025, 1, 5), "2025-01-05", "2026-07-01"))
    found = disclose(books, year=year, today=today, entries=1)
    assert [a.state for a in found.authorisations] == states


def test_a_grant_ended_early_is_not_of_the_years_after() -> None:
    books = Books()
    books.add(issued(1, date(2025, 1, 5), "2025-01-05", "2029-07-01"))
    books.add(line(2, "grant.ended", date(2026, 3, 1), "G-1"))
    in_year = {
        year: [
            a.state
            for a in disclose(books, year=year, today=date(2028, 1, 1), entries=2).authorisations
        ]
        for year in (2025, 2026, 2027)
    }
    assert in_year == {2025: ["active"], 2026: ["ended"], 2027: []}


def test_what_was_withdrawn_is_open_no_longer() -> None:
    def entry(number: int, event: str, day: date, **facts: Any) -> Line:
        return line(number, event, day, "C-1", dataset="a.b", **facts)

    books = Books()
    books.add(entry(1, "entry.published", date(2025, 2, 1), opening="open", open_data=True))
    books.add(entry(2, "entry.retired", date(2026, 2, 1)))
    open_in = {
        year: [
            d.code
            for d in disclose(books, year=year, today=date(2027, 1, 1), entries=2).open_datasets
        ]
        for year in (2024, 2025, 2026)
    }
    assert open_in == {2024: [], 2025: ["a.b"], 2026: []}


def test_data_are_open_from_the_entry_that_opened_them() -> None:
    books = Books()
    for number, (open_data, month) in enumerate([(True, 1), (False, 2), (True, 3), (True, 4)]):
        facts = {"dataset": "a.b", "opening": "open", "open_data": open_data}
        books.add(line(number, "entry.published", date(2026, month, 1), "C-1", **facts))
    [found] = disclose(books, year=None, today=date(2027, 1, 1), entries=4).open_datasets
    assert (found.at.month, found.entry_id) == (3, "3")


@db
def test_data_about_people_are_never_disclosed_as_open_whatever_their_entry_says(
    world: World,
) -> None:
    """`opening: open` on data with a privacy unit: the entry is public, the rows are not."""
    csv = "person_id,district\nP1,East\nP2,West\n"
    about = {**OPEN, "classification": "personal", "unit_column": "person_id"}
    world.dataset("health.visitors", csv, None, **about)
    world.publish("health.visitors")
    assert Dataset.objects.get(code="health.visitors").opening == "open"
    published = ledger.entries(events=["entry.published"]).last()
    assert (published.facts["opening"], published.facts["open_data"]) == ("open", False)
    assert [d.code for d in selectors.disclosure(THIS_YEAR).open_datasets] == [CLINICS]


@db
def test_an_update_that_closes_a_dataset_ends_its_disclosure_as_open(world: World) -> None:
    case = Case.objects.get(kind="catalogue_entry", subject_id=CLINICS).id
    change = {"changed_on": today(), "what": "a new duty"}
    for opening, codes in (("closed", []), ("open", [CLINICS])):
        world.step(case, "change", world.agency, change)
        catalog.describe(
            dataset=Dataset.objects.get(code=CLINICS), opening=opening, by=world.agency
        )
        world.step(case, "submit", world.agency_head)
        world.step(case, "pass_update", world.bureau)
        assert [d.code for d in selectors.disclosure().open_datasets] == codes
    updates = [f for f in selectors.disclosure().figures if f.name == "catalogue.updated"]
    assert [figure.value for figure in updates] == [2]


@given(st.lists(st.tuples(st.sampled_from(["query.answered", "query.refused"]), st.booleans())))
def test_the_tallies_are_those_of_the_entries(events: list[tuple[str, bool]]) -> None:
    books = Books()
    for number, (event, withheld) in enumerate(events):
        books.add(line(number, event, date(2026, 1, 1), "G-1", withheld=withheld))
    answered = [withheld for event, withheld in events if event == "query.answered"]
    expected = Tally(len(answered), sum(answered), len(events) - len(answered))
    assert books.use.get(("G-1", 2026), Tally()) == expected
