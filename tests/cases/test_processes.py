"""Processes on one case: one wins, the other is told; killed anywhere, nothing is half-done."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.cases.pressing import Presser
from tests.cases.steps import asked, request_form
from tests.world import World

from gongshu.cases import services
from gongshu.cases.models import Case, CaseStep
from gongshu.ledger.models import Entry

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
ROUNDS = 6


def race(
    tmp_path: Path, first: list[dict[str, Any]], second: list[dict[str, Any]]
) -> list[set[str]]:
    """Both are told to go at once, round by round; what came of each round."""
    pressers = [
        Presser(tmp_path / name, orders, home=tmp_path)
        for name, orders in (("one", first), ("two", second))
    ]
    for presser in pressers:
        presser.wait_until_ready()
    for number in range(len(first)):
        for presser in pressers:
            presser.go(number)
    came = [presser.finish() for presser in pressers]
    return [{"+".join(sorted(pair))} for pair in zip(*came, strict=True)]


def test_two_processes_press_two_steps_and_one_is_told_so(world: World, tmp_path: Path) -> None:
    cases = [asked(world).id for _ in range(ROUNDS)]
    came = race(
        tmp_path,
        [{"case_id": c, "step": "consent", "user": "agency-head", "form": {}} for c in cases],
        [
            {"case_id": c, "step": "ask_supplement", "user": "agency", "form": {"missing": "all"}}
            for c in cases
        ],
    )
    for case, outcome in zip(cases, came, strict=True):
        assert outcome < {"Conflict+consent", "Conflict+ask_supplement"}
        (winner,) = outcome
        last = CaseStep.objects.filter(case_id=case).latest("id")
        assert last.name == winner.removeprefix("Conflict+")
        assert Case.objects.get(pk=case).state == last.target
        assert CaseStep.objects.filter(case_id=case).count() == 3
        assert Entry.objects.filter(subject_kind="case", subject_id=case).count() == 3


def test_two_processes_take_a_step_that_leaves_the_case_where_it_is_only_once(
    world: World, tmp_path: Path
) -> None:
    cases = [asked(world).id for _ in range(ROUNDS)]
    orders = [
        {"case_id": c, "step": "ask_extension", "user": "agency", "note": "busy"} for c in cases
    ]
    came = race(tmp_path, orders, [{**o, "user": "agency-head"} for o in orders])
    for case, outcome in zip(cases, came, strict=True):
        assert outcome < {"Conflict+ask_extension", "RuleRefused+ask_extension"}
        assert CaseStep.objects.filter(case_id=case, name="ask_extension").count() == 1


def test_one_key_sent_by_two_processes_at_once_is_one_act(world: World, tmp_path: Path) -> None:
    before = Case.objects.count()
    cases = [asked(world).id for _ in range(ROUNDS)]
    orders: list[dict[str, Any]] = [
        {
            "kind": "sharing_request",
            "payload": request_form(),
            "user": "second_agency",
            "idempotency_key": f"open-{n}",
        }
        for n in range(ROUNDS)
    ]
    orders += [
        {
            "case_id": case,
            "step": "consent",
            "user": "agency-head",
            "form": {},
            "idempotency_key": "once",
        }
        for case in cases
    ]
    came = race(tmp_path, orders, orders)
    opened = {next(iter(outcome)) for outcome in came[:ROUNDS]}
    assert all(len(set(pair.split("+"))) == 1 for pair in opened)
    assert Case.objects.count() == before + 2 * ROUNDS
    assert came[ROUNDS:] == [{"consent+consent"}] * ROUNDS
    assert CaseStep.objects.filter(name="consent").count() == ROUNDS


def test_numbers_given_by_several_processes_have_no_gap_and_no_double(
    world: World, tmp_path: Path
) -> None:
    before = Case.objects.count()
    order = {"kind": "sharing_request", "payload": request_form(), "user": "second_agency"}
    race(tmp_path, [order] * ROUNDS, [order] * ROUNDS)
    numbers = sorted(int(case.id.rsplit("-", 1)[1]) for case in Case.objects.all())
    assert numbers == list(range(1, before + 2 * ROUNDS + 1))


@pytest.mark.kill
@pytest.mark.parametrize("point", ["case.before_move", "case.after_effect", "append.before_commit"])
def test_killed_in_the_middle_of_a_step_the_case_stands_as_before(
    world: World, tmp_path: Path, point: str
) -> None:
    case = asked(world)
    services.do(case_id=case.id, step="consent", by=world.agency_head, form={})
    order = {"case_id": case.id, "step": "deliver", "user": "agency"}
    before = Entry.objects.count()
    presser = Presser(tmp_path / "dies", [order], home=tmp_path, GONGSHU_CRASH_AT=point)
    presser.wait_until_ready()
    presser.go(0)
    presser.dies()
    found = Case.objects.get(pk=case.id)
    assert (found.state, found.revision) == ("agreed", 2)
    assert found.steps.count() == 3
    assert Entry.objects.count() == before
    presser = Presser(tmp_path / "again", [order], home=tmp_path)
    presser.wait_until_ready()
    presser.go(0)
    assert presser.finish() == ["deliver"]
    assert Case.objects.get(pk=case.id).state == "active"
