"""A question whose process died gets an outcome and an entry of its own, and only one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from tests.world import BY_DISTRICT, PURPOSE, World

from gongshu.data.policy.refusals import Refused
from gongshu.gateway import gates, lost, services
from gongshu.gateway.models import QueryRecord
from gongshu.ledger import selectors as ledger
from gongshu.ledger.models import Entry

pytestmark = pytest.mark.django_db


@pytest.fixture
def grant(world: World) -> str:
    return world.operate().id


def begun(world: World, grant: str, purpose: str = PURPOSE) -> QueryRecord:
    """A question that is asked and never answered."""
    question = services._question(grant, purpose, BY_DISTRICT, (), None, world.operator, None)
    return services._reserve(question, timezone.now())


def test_when_its_time_is_over_it_is_written_off_and_logged(world: World, grant: str) -> None:
    record = begun(world, grant)
    assert lost.write_off() == 0  # somebody may be answering it
    assert lost.write_off(now=record.until + timedelta(seconds=1)) == 1
    record.refresh_from_db()
    assert (record.decision, record.code) == ("refused", "lost")
    entry = ledger.entry(record.entry_id)
    assert (entry.event, entry.subject_id) == ("query.refused", grant)
    assert entry.facts == {
        "grant": grant,
        "versions": record.versions,
        "decision": "refused",
        "code": "lost",
        "purpose": PURPOSE,
    }
    openings = ledger.openings(entry, world.operator)
    assert openings["sql"]["value"] == BY_DISTRICT
    assert openings["person"]["value"] == world.operator.person
    assert lost.write_off(now=record.until + timedelta(days=1)) == 0


def test_a_purpose_in_the_askers_own_words_stays_theirs(world: World, grant: str) -> None:
    record = begun(world, grant, purpose="to see whether Mr Li is ill")
    lost.write_off(now=record.until + timedelta(seconds=1))
    record.refresh_from_db()
    entry = ledger.entry(record.entry_id)
    assert "purpose" not in entry.facts
    assert "Mr Li" not in entry.body
    assert ledger.openings(entry, world.operator)["purpose"]["value"] == record.purpose


def test_an_answer_that_comes_after_that_is_not_given(
    world: World, grant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process was asleep, not dead: a question has one outcome."""
    make = gates.Gate.answer

    def slowly(*args: object, **more: object) -> object:
        result = make(*args, **more)  # type: ignore[arg-type]
        assert lost.write_off(now=timezone.now() + timedelta(hours=2)) == 1
        return result

    monkeypatch.setattr(gates.Gate, "answer", slowly)
    with pytest.raises(Refused) as refused:
        services.answer(grant_id=grant, purpose=PURPOSE, sql=BY_DISTRICT, by=world.operator)
    assert refused.value.code == "lost"
    record = QueryRecord.objects.get()
    assert (record.decision, record.code) == ("refused", "lost")
    (entry,) = Entry.objects.filter(event__startswith="query.")
    assert entry.id == record.entry_id == refused.value.entry_id  # type: ignore[attr-defined]
