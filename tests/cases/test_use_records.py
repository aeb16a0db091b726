"""Records of what was done with shared data (Order 809, articles 27 and 29)."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from tests.cases.steps import in_use
from tests.world import LONG, World

from gongshu.cases import files, selectors, services
from gongshu.cases.models import Case
from gongshu.ledger.models import Entry
from gongshu.rules.problems import NotFound
from gongshu.wording import Problem

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
THREE_YEARS = timedelta(days=3 * 366)


def disposing(world: World) -> Case:
    case = in_use(world)
    services.do(case_id=case.id, step="no_longer_needed", by=world.second_agency)
    return case


@pytest.mark.parametrize("left_out", ["use_record", "proof"])
def test_disposal_is_proved_and_the_use_recorded(world: World, left_out: str) -> None:
    case = disposing(world)
    form: dict[str, Any] = {"use_record": LONG, "proof": LONG}
    short = {name: value for name, value in form.items() if name != left_out}
    with pytest.raises(Problem) as problem:
        services.do(case_id=case.id, step="dispose", by=world.second_agency, form=short)
    assert problem.value.code == "form"
    services.do(case_id=case.id, step="dispose", by=world.second_agency, form=form)
    case.refresh_from_db()
    assert case.state == "closed"


def test_the_record_is_there_after_three_years_for_provider_and_authority_to_inspect(
    world: World,
) -> None:
    case = disposing(world)
    sent = files.receive(name="proof.pdf", pieces=[PDF], by=world.second_agency)
    form = {"use_record": LONG, "proof": LONG, "proof_files": [sent.digest]}
    services.do(case_id=case.id, step="dispose", by=world.second_agency, form=form)
    entries = Entry.objects.count()
    long_ago = (timezone.now() - THREE_YEARS).timestamp()
    for path in files.store().folder.iterdir():
        os.utime(path, (long_ago, long_ago))
    files.sweep(timezone.now() + THREE_YEARS)
    services.tick(timezone.now() + THREE_YEARS)
    for inspector in (world.agency, world.bureau):
        seen = selectors.get(case.id, inspector)
        assert seen.steps.get(name="dispose").form["use_record"] == LONG
        assert files.get(case.id, sent.digest, inspector)[1].read_bytes() == PDF
    assert Entry.objects.count() >= entries
    with pytest.raises(NotFound):
        selectors.get(case.id, world.enterprise)
