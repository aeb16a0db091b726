"""A request that is sent twice under one key is done once."""

from __future__ import annotations

import pytest
from tests.cases.steps import asked, request_form
from tests.world import World

from gongshu.cases import services
from gongshu.cases.models import Case, CaseStep
from gongshu.ledger.models import Entry
from gongshu.rules.problems import BadInput, Conflict

pytestmark = pytest.mark.django_db


def test_the_same_key_opens_one_case(world: World) -> None:
    by = world.second_agency
    opened = [
        services.open_case(
            kind="sharing_request", payload=request_form(), by=by, idempotency_key="k1"
        )
        for _ in range(2)
    ]
    assert opened[0] == opened[1]
    assert Case.objects.filter(kind="sharing_request").count() == 1


def test_the_same_key_takes_a_step_once(world: World) -> None:
    case = asked(world)
    by = world.agency_head
    first = services.do(case_id=case.id, step="consent", by=by, form={}, idempotency_key="k1")
    entries = Entry.objects.count()
    again = services.do(case_id=case.id, step="consent", by=by, form={}, idempotency_key="k1")
    assert first == again
    assert Entry.objects.count() == entries


def test_a_key_belongs_to_a_person(world: World) -> None:
    for by in (world.second_agency, world.second_agency_head):
        services.open_case(
            kind="sharing_request", payload=request_form(), by=by, idempotency_key="k1"
        )
    assert Case.objects.filter(kind="sharing_request").count() == 2


def test_a_key_with_other_contents_is_refused(world: World) -> None:
    by = world.second_agency
    services.open_case(kind="sharing_request", payload=request_form(), by=by, idempotency_key="k1")
    with pytest.raises(Conflict) as refused:
        services.open_case(
            kind="sharing_request",
            payload=request_form(scope="more"),
            by=by,
            idempotency_key="k1",
        )
    assert refused.value.code == "key_reused"
    case = asked(world)
    services.do(
        case_id=case.id, step="consent", by=world.agency_head, form={}, idempotency_key="k2"
    )
    with pytest.raises(Conflict):
        services.do(
            case_id=case.id, step="refuse", by=world.agency_head, note="no", idempotency_key="k2"
        )


def test_a_key_that_is_refused_is_not_used_up(world: World) -> None:
    case = asked(world)
    by = world.agency_head
    with pytest.raises(BadInput):
        services.do(case_id=case.id, step="refuse", by=by, idempotency_key="k1")
    done = services.do(case_id=case.id, step="refuse", by=by, note="no", idempotency_key="k2")
    assert CaseStep.objects.get(idempotency_key="k2") == done


def test_a_key_is_short(world: World) -> None:
    with pytest.raises(BadInput):
        services.open_case(
            kind="sharing_request",
            payload=request_form(),
            by=world.second_agency,
            idempotency_key="k" * 101,
        )
