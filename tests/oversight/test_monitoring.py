"""From refused questions to a case that suspends the grant, through the real gateway."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from django.test import Client
from tests.world import BY_DISTRICT, LONG, PURPOSE, World, agreement_form

from gongshu.accounts.models import Person
from gongshu.cases import selectors, services
from gongshu.cases.models import Case
from gongshu.cli import gongshu
from gongshu.gateway import services as gateway
from gongshu.gateway.models import QueryRecord
from gongshu.grants.models import Grant
from gongshu.grants.services import create_by_administrator
from gongshu.ledger import moment
from gongshu.ledger import services as ledger
from gongshu.ledger.models import Entry
from gongshu.oversight import monitoring
from gongshu.oversight.models import Watched
from gongshu.rules.agents import Agent
from gongshu.rules.problems import Forbidden
from gongshu.rules.warnings import RULES
from gongshu.wording import Problem

pytestmark = pytest.mark.django_db
NO_RIGHT = "SELECT person_id FROM health.persons"


def ask(
    world: World, grant: Grant, sql: str = BY_DISTRICT, times: int = 1, by: Agent | None = None
) -> None:
    for _ in range(times):
        try:
            gateway.answer(grant_id=grant.id, purpose=PURPOSE, sql=sql, by=by or world.operator)
        except Problem:
            continue


def watch() -> int:
    ledger.sequence()
    return monitoring.watch()


@pytest.fixture
def grant(world: World) -> Grant:
    """In the middle of a working day, whenever the test is run."""
    return world.operate()


@pytest.fixture(autouse=True)
def only_what_is_asked(settings: Any, tmp_path: Any) -> None:
    """Neither the hour nor the day at which the tests run matters."""
    file = tmp_path / "monitoring.toml"
    file.write_text('off = ["off_hours"]\nrefusals = 4\nnear_cells = 1\n')
    settings.MONITORING = str(file)


def test_refusals_become_a_case_that_suspends_the_grant(world: World, grant: Grant) -> None:
    ask(world, grant, NO_RIGHT, times=4)
    assert watch() == 1
    case = Case.objects.get(kind="security_warning")
    assert (case.payload["kind"], case.payload["seen"]) == ("repeated_refusals", 4)
    refused = QueryRecord.objects.filter(grant=grant, decision="refused")
    assert set(case.payload["entries"]) == set(refused.values_list("entry_id", flat=True))
    assert case.parties == {"holder": world.agency.organisation}
    assert case in selectors.inbox(world.bureau)
    assert case in selectors.inbox(world.agency)

    world.step(case.id, "acknowledge", world.bureau, {"plan": LONG})
    world.step(case.id, "contain", world.agency, {"measures": LONG, "grants": [grant.id]})
    with pytest.raises(Problem) as stopped:
        gateway.answer(grant_id=grant.id, purpose=PURPOSE, sql=BY_DISTRICT, by=world.operator)
    assert stopped.value.code == "grant_suspended"
    review = {"cause": LONG, "mended": LONG, "lessons": LONG}
    with pytest.raises(Problem) as held:
        world.step(case.id, "close", world.bureau, review)
    assert held.value.code == "nothing_held"
    world.step(case.id, "lift", world.agency_head, {"grants": [grant.id], "why": LONG})
    world.step(case.id, "close", world.bureau, review)
    ask(world, grant)
    assert QueryRecord.objects.filter(grant=grant, decision="answered").count() == 1


def test_whom_a_warning_is_about_does_not_see_it(world: World, grant: Grant) -> None:
    ask(world, grant, NO_RIGHT, times=4)
    watch()
    case = Case.objects.get(kind="security_warning")
    for stranger in (world.operator, world.operator_head, world.second_agency, world.enterprise):
        assert case not in selectors.visible(stranger)
    with pytest.raises(Forbidden):
        monitoring.overview(world.operator)
    assert monitoring.overview(world.second_agency).cases == []
    assert [one.id for one in monitoring.overview(world.auditor).cases] == [case.id]


def test_a_contained_grant_does_not_tell_its_holder_which_rule_spoke(
    world: World, grant: Grant, client: Client
) -> None:
    """Who tries differences would learn from the rule's name that they came near to something."""
    ask(world, grant, NO_RIGHT, times=4)
    watch()
    case = Case.objects.get(kind="security_warning")
    world.step(case.id, "contain", world.agency, {"measures": LONG, "grants": [grant.id]})
    client.force_login(Person.objects.get(username=world.operator.person))
    shown = client.get(f"/grant/{grant.id}").content.decode()
    read = client.get(f"/api/grants/{grant.id}").content.decode()
    assert case.id in shown
    assert case.id in read
    public = "".join(Entry.objects.values_list("body", flat=True))
    assert "warning.contained" in public
    for rule in RULES:
        assert rule not in shown + read + public


def test_a_rule_warns_once_of_a_grant_and_day(world: World, grant: Grant) -> None:
    ask(world, grant, NO_RIGHT, times=4)
    assert watch() == 1
    ask(world, grant, NO_RIGHT, times=4)
    assert watch() == 0
    case = Case.objects.get(kind="security_warning")
    world.step(case.id, "dismiss", world.bureau, note="a test of theirs, announced before")
    Watched.objects.update(next=0)  # read again from the beginning, as after a restore
    assert watch() == 0
    assert Case.objects.filter(kind="security_warning").count() == 1


def test_what_was_not_committed_is_read_again(
    world: World, grant: Grant, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(world, grant, NO_RIGHT, times=4)
    ledger.sequence()

    def killed(**_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(services, "open_case", killed)
        with pytest.raises(KeyboardInterrupt):
            monitoring.watch()
    assert Watched.objects.get().next == 0
    assert monitoring.watch() == 1


def test_differencing_is_told_to_the_bureau_and_not_to_who_asks(world: World) -> None:
    """Three people more or less: held back by the history, and counted for monitoring alone."""
    grant = world.operate(terms=agreement_form(history=True)["terms"])
    all_, but_some = (
        "SELECT count(*) AS n FROM health.persons",
        "SELECT count(*) AS n FROM health.persons WHERE district <> 'Far'",
    )
    ask(world, grant, all_)
    ask(world, grant, but_some)
    near = QueryRecord.objects.filter(grant=grant).order_by("at").values_list("near", flat=True)
    assert list(near) == [0, 1]
    assert watch() == 1
    assert Case.objects.get(kind="security_warning").payload["kind"] == "near_miss"
    for entry in Entry.objects.filter(event="query.answered"):
        assert "near" not in entry.body


def test_who_asks_after_the_end_is_warned_of(world: World, grant: Grant) -> None:
    world.step(grant.case_id, "revoke", world.agency_head, note="by agreement")
    ask(world, grant, times=3)
    assert watch() == 1
    assert Case.objects.get(kind="security_warning").payload["kind"] == "not_in_force"


def test_under_a_grant_for_everybody_each_who_asks_is_looked_at_alone(world: World) -> None:
    """Four people refused once each are no one refused four times."""
    terms = {
        "grantee": "public",
        "purposes": [PURPOSE],
        "term": {"from": "2020-01-01", "until": "2099-12-31"},
        "datasets": {"health.clinics": {"columns": {"*": ["show"]}}},
    }
    grant = create_by_administrator(terms=terms, by=world.administrator)
    people = (world.operator, world.second_agency, world.enterprise, world.agency)
    for by in people:
        ask(world, grant, NO_RIGHT, by=by)
    assert watch() == 0
    ask(world, grant, NO_RIGHT, times=3, by=world.enterprise)
    assert watch() == 1
    ask(world, grant, NO_RIGHT, times=3, by=world.operator)
    assert watch() == 1
    cases = Case.objects.filter(kind="security_warning").order_by("id")
    asked_by = [case.payload["organisation"] for case in cases]
    assert asked_by == [world.enterprise.organisation, world.operator.organisation]


def test_a_day_of_last_week_is_judged_by_itself(world: World, grant: Grant) -> None:
    for days in (2, 1):
        with moment.told(moment.now() - timedelta(days=days)):
            ask(world, grant, NO_RIGHT, times=2)
    Grant.objects.filter(pk=grant.pk).update(valid_from="2020-01-01")
    assert watch() == 0


def test_page_api_and_shell_say_the_same(world: World, grant: Grant, client: Client) -> None:
    ask(world, grant, NO_RIGHT, times=4)
    watch()
    case = Case.objects.get(kind="security_warning")
    token = world.token(world.bureau, "read")
    found = client.get("/api/monitoring", headers={"Authorization": f"Bearer {token}"}).json()
    assert [one["case"] for one in found["warnings"]] == [case.id]
    assert found["rules"]["repeated_refusals"] == {"raised": 1, "waiting": 1}
    client.force_login(Person.objects.get(username=world.bureau.person))
    page = client.get("/monitoring").content.decode()
    assert case.id in page
    assert "4 / 4" in page


def test_the_shell_reads_on_and_shows_what_there_is(
    world: World, grant: Grant, instance: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (instance / "secret_key").write_text("x" * 50)
    monkeypatch.setenv("GONGSHU_HOME", str(instance))
    ask(world, grant, NO_RIGHT, times=4)
    words = ["monitoring", "--now", "--as", world.bureau.person, "--json"]
    (shown,) = json.loads(CliRunner().invoke(gongshu, words).output)["warnings"]
    assert (shown["kind"], shown["state"]) == ("repeated_refusals", "raised")
