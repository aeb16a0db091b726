"""What was agreed to and comes to nothing is given up; it does not wait for ever."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from tests.cases.steps import asked
from tests.world import World, today

from gongshu.cases import services
from gongshu.cases.models import Case
from gongshu.grants.models import Grant
from gongshu.wording import Problem

pytestmark = pytest.mark.django_db


def test_what_was_agreed_to_too_late_is_withdrawn(world: World) -> None:
    """The term that was asked for has passed before the data were delivered."""
    case = asked(world, until=today(2))
    world.step(case.id, "consent", world.agency_head, {})
    later = timezone.now() + timedelta(days=10)
    with pytest.raises(Problem):
        services.do(case_id=case.id, step="deliver", by=world.agency, at=later)
    services.do(case_id=case.id, step="withdraw", by=world.second_agency, at=later)
    assert Case.objects.get(pk=case.id).state == "withdrawn"


def test_a_signed_agreement_is_given_up_before_data_flow(world: World) -> None:
    case = world.plan()
    for name, by, form in world.operation_steps():
        if name == "provide":
            break
        world.step(case, name, by, form)
    world.step(case, "abandon", world.agency_head, note="the resources are no longer held")
    assert Case.objects.get(pk=case).state == "abandoned"
    assert not Grant.objects.exists()
