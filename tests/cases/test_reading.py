"""Who sees which case, whose turn it is, and that a page is told what a service would say."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.cases.steps import asked, moment, request_form
from tests.world import LONG, PERSONS, World

from gongshu.cases import clock, selectors, services
from gongshu.cases.models import Case
from gongshu.rules.agents import ANONYMOUS, Agent
from gongshu.rules.calendar import Calendar
from gongshu.rules.problems import NotFound
from gongshu.rules.procedures import PROCEDURES
from gongshu.wording import Problem, Sentence

pytestmark = pytest.mark.django_db


def ids(agent: Agent) -> set[str]:
    return set(selectors.visible(agent).values_list("id", flat=True))


def waiting(agent: Agent, case: Case) -> bool:
    return selectors.inbox(agent).filter(pk=case.pk).exists()


def test_parties_and_overseers_see_a_case_and_nobody_else(world: World) -> None:
    case = asked(world)
    seeing = ("agency", "second_agency", "bureau", "auditor", "administrator")
    for office in seeing:
        assert case.id in ids(getattr(world, office)), office
    for office in ("operator", "enterprise", "government", "sector"):
        assert case.id not in ids(getattr(world, office)), office
        with pytest.raises(NotFound):
            selectors.get(case.id, getattr(world, office))
    assert ids(ANONYMOUS) == set()


def test_an_office_sees_a_plan_once_it_is_submitted(world: World) -> None:
    case = world.plan()
    assert case not in ids(world.government)
    world.step(case, "submit_plan", world.agency_head)
    assert case in ids(world.government)
    assert case not in ids(world.operator)
    for name, by, form in world.operation_steps()[1:7]:
        world.step(case, name, by, form)
    assert case in ids(world.operator)


def test_a_token_of_another_scope_sees_no_case(world: World) -> None:
    asked(world)
    assert ids(replace(world.agency, scopes=frozenset({"query"}))) == set()
    assert ids(replace(world.agency, scopes=frozenset({"read"}))) == ids(world.agency)


def test_absent_and_invisible_cases_read_alike(world: World) -> None:
    case = asked(world)
    with pytest.raises(NotFound) as hidden:
        selectors.get(case.id, world.enterprise)
    with pytest.raises(NotFound) as absent:
        selectors.get("C-2026-999999", world.enterprise)
    assert hidden.value.code == absent.value.code
    assert hidden.value.sentence.en.replace(case.id, "") == absent.value.sentence.en.replace(
        "C-2026-999999", ""
    )


def test_the_inbox_follows_whose_turn_it_is(world: World) -> None:
    case = services.open_case(
        kind="sharing_request", payload=request_form(), by=world.second_agency
    )
    assert waiting(world.second_agency_head, case)
    assert not waiting(world.second_agency, case)  # the head's to send
    services.do(case_id=case.id, step="submit", by=world.second_agency_head)
    assert waiting(world.agency_head, case)
    assert not waiting(world.second_agency_head, case)
    assert not waiting(world.bureau, case)  # sees it, but it is not its turn
    services.do(case_id=case.id, step="ask_extension", by=world.agency, note="much to do")
    assert waiting(world.bureau, case)
    services.do(case_id=case.id, step="consent", by=world.agency_head, form={})
    assert waiting(world.agency, case)
    services.do(case_id=case.id, step="deliver", by=world.agency)
    for office in ("agency", "agency_head", "second_agency", "bureau"):
        assert not waiting(getattr(world, office), case), office  # in use: nothing is owed


def test_the_most_urgent_case_comes_first(world: World) -> None:
    late = asked(world, at=moment("2026-11-20"), dataset=PERSONS)
    soon = asked(world, at=moment("2026-11-23"))
    assert [c.id for c in selectors.inbox(world.agency_head)] == [soon.id, late.id]


def test_overdue_is_derived_from_the_due_date(world: World) -> None:
    case = asked(world)
    assert case not in selectors.overdue(world.bureau)
    long_ago = asked(world, at=moment("2026-01-05"))
    assert list(selectors.overdue(world.bureau)) == [long_ago]
    assert list(selectors.overdue(world.operator)) == []
    assert list(selectors.overdue()) == [long_ago]


def pressed(case: Case, name: str, by: Agent, form: dict[str, str] | None) -> Sentence | None:
    """Why the step could not be taken; None if it was."""
    try:
        services.do(case_id=case.id, step=name, by=by, form=form, note="because")
    except Problem as problem:
        return problem.sentence
    return None


def test_an_offer_says_what_the_service_would_say(world: World) -> None:
    """Every button of every office: allowed exactly when pressing it works."""
    case = asked(world)
    forms = {
        "ask_supplement": {"missing": "the annex"},
        "consent": {},
    }
    count = 0
    for office in ("agency", "agency_head", "second_agency", "second_agency_head", "bureau"):
        agent = getattr(world, office)
        fresh = asked(world)
        for offer in selectors.available(fresh, agent):
            again = asked(world)
            said = pressed(again, offer.name, agent, forms.get(offer.name))
            assert said == offer.reason, (office, offer.name)
            assert (said is None) == offer.allowed
            count += 1
    assert count >= 8
    assert selectors.available(case, world.enterprise) == []


def test_an_offer_carries_its_article_its_length_and_its_form(world: World) -> None:
    case = asked(world, dataset=PERSONS)
    offers = {o.name: o for o in selectors.available(case, world.agency_head)}
    assert offers["consent"].article == "第二十一条"
    assert offers["consent"].within is not None
    assert offers["consent"].within.en == "10 working days"
    assert offers["consent"].within.zh == "10 个工作日"
    assert offers["consent"].form is not None
    assert offers["ask_supplement"].within is None
    mine = {o.name: o for o in selectors.available(case, world.second_agency)}
    assert mine["withdraw"].article is None  # a platform rule


def test_a_newer_calendar_settles_provisional_dates(world: World) -> None:
    case = asked(world, at=moment("2026-12-25"), dataset=PERSONS)
    assert case.due_provisional
    before = case.due_at
    clock.folder().mkdir()
    holidays = '{"years": {"2027": {"off": ["2027-01-01", "2027-01-04"], "worked": []}}}'
    (clock.folder() / "2027.json").write_text(holidays)
    assert services.refresh_due_dates() == 1
    case.refresh_from_db()
    assert not case.due_provisional
    assert before is not None
    assert (
        case.due_at
        == Calendar.load(*clock.folder().glob("*.json"))
        .add_workdays(moment("2026-12-25").date(), 10)
        .day
    )
    assert case.due_at > before


def test_a_places_profile_replaces_a_length(world: World) -> None:
    profile = (
        'name = "Example county"\nbasis = "第八条"\n[workdays]\n"sharing_request.consent" = 5\n'
    )
    (clock.folder().parent / "profile.toml").write_text(profile)
    case = asked(world, at=moment("2026-11-23"), dataset=PERSONS)
    offers = {o.name: o for o in selectors.available(case, world.agency_head)}
    assert offers["consent"].within is not None
    assert offers["consent"].within.en == "5 working days"
    assert str(case.due_at) == "2026-11-30"


def test_who_may_open_what(world: World) -> None:
    def kinds(agent: Agent) -> set[str]:
        return {p.kind for p in selectors.openable(agent)}

    public = {p.kind for p in PROCEDURES.values() if p.opener.public}
    offices = {"catalogue_entry", "sharing_request", "authorised_operation"}
    assert kinds(world.agency) >= offices | {"registration_case"} | public
    assert kinds(world.administrator) == {"administrator_grant"} | public
    assert kinds(world.enterprise) & (offices | {"registration_record"}) == set()
    assert "registration_case" in kinds(world.enterprise)
    assert kinds(ANONYMOUS) == public


def test_the_newest_of_all_that_one_sees_come_first_and_nothing_else(world: World) -> None:
    """Parties, offices and overseers: the list is the same as looking through everything."""
    asked(world)
    world.plan()
    payload = {"title": "late", "about": "price", "account": LONG}
    services.open_case(kind="public_complaint", payload=payload, by=ANONYMOUS)
    for name in ("agency", "second_agency", "bureau", "operator", "registry", "auditor"):
        agent = getattr(world, name)
        everything = list(selectors.visible(agent).order_by("-created", "-id"))
        assert selectors.newest(agent, 100) == everything, name
        assert selectors.newest(agent, 2) == everything[:2], name
