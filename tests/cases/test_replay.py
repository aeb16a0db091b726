"""Replaying the ledger gives the states and due dates that the database has, or says which not."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from django.utils import timezone
from tests.cases.steps import asked, in_use
from tests.world import LONG, World

from gongshu.cases import desk, services
from gongshu.cases.models import Case
from gongshu.cases.replaying import differences, replayed
from gongshu.cli import gongshu
from gongshu.ledger import services as log
from gongshu.rules.agents import ANONYMOUS

pytestmark = pytest.mark.django_db


@pytest.fixture
def busy(world: World) -> World:
    """Cases of several procedures, opened, decided, under way, talked about, clocks fallen."""
    world.operate()
    in_use(world)
    waiting = asked(world)
    desk.comment(case_id=waiting.id, text="We look at it.", by=world.agency_head)
    complaint = {"title": "Charges are not displayed", "about": "price", "account": LONG}
    case = services.open_case(kind="public_complaint", payload=complaint, by=ANONYMOUS)
    services.do(case_id=case.id, step="decline", by=world.bureau, note="not ours")
    services.tick(at=timezone.now() + timedelta(days=400))
    return world


def test_the_entries_alone_give_every_state_and_due_date(busy: World) -> None:
    log.sequence()
    services.open_case(  # and what has no place in the log yet counts
        kind="public_complaint",
        payload={"title": "Another", "about": "other", "account": LONG},
        by=ANONYMOUS,
    )
    count, broken = differences()
    assert broken == []
    assert count == Case.objects.count() > 5


def test_a_state_that_no_entry_tells_of_is_found(busy: World) -> None:
    case = Case.objects.filter(kind="sharing_request").order_by("id")[0]
    Case.objects.filter(pk=case.pk).update(state="withdrawn")
    assert [one.case for one in differences()[1]] == [case.id]


def test_a_due_date_that_no_entry_tells_of_is_found(busy: World) -> None:
    case = Case.objects.filter(due_at__isnull=False).order_by("id")[0]
    Case.objects.filter(pk=case.pk).update(due_at=case.due_at + timedelta(days=1))
    ((found),) = differences()[1]
    assert (found.case, found.entry) == (case.id, replayed().standing[case.id].entry)


def test_the_shell_says_what_differs_and_fails(
    busy: World, instance: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (instance / "secret_key").write_text("x" * 50)
    monkeypatch.setenv("GONGSHU_HOME", str(instance))
    words = ["case", "replay", "--json"]
    well = CliRunner().invoke(gongshu, words)
    assert (well.exit_code, json.loads(well.output)["differences"]) == (0, [])
    case = Case.objects.order_by("id")[0]
    Case.objects.filter(pk=case.pk).update(state="nowhere")
    wrong = CliRunner().invoke(gongshu, words)
    assert wrong.exit_code == 1
    assert [one["case"] for one in json.loads(wrong.output)["differences"]] == [case.id]
