"""A warning when grants put together point at single units; once, until it grows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.grants.test_linkage import rows_of, two

from gongshu.cases.models import Case
from gongshu.grants.models import LinkageFinding
from gongshu.oversight import linkage_watch, monitoring

if TYPE_CHECKING:
    from pathlib import Path

    from tests.world import World

__all__ = ["two"]


@pytest.mark.django_db
def test_a_second_grant_over_the_same_people_is_warned_of_once(two: World) -> None:
    first = rows_of(two, "health.visits", "postcode")
    assert linkage_watch.watch() == 0
    second = rows_of(two, "social.benefits", "occupation")
    assert linkage_watch.watch() == 2  # each grant adds to the other
    assert linkage_watch.watch() == 0
    warned = {case.payload["grant"]: case for case in Case.objects.filter(kind=monitoring.KIND)}
    assert set(warned) == {first.id, second.id}
    told = warned[second.id].payload
    assert (told["kind"], told["threshold"]) == ("linkage", 20)
    assert told["seen"] >= 20
    assert set(told["entries"]) == {first.entry_id, second.entry_id}
    assert {line["kind"] for line in monitoring.overview(two.bureau).as_dict()["warnings"]} == {
        "linkage"
    }


@pytest.mark.django_db
def test_nothing_is_estimated_anew_while_nothing_changes(two: World) -> None:
    grant = rows_of(two, "health.visits", "postcode")
    linkage_watch.watch()
    LinkageFinding.objects.filter(grant=grant).update(highest=0.99)
    linkage_watch.watch()
    assert LinkageFinding.objects.get(grant=grant).highest == 0.99


@pytest.mark.django_db
def test_the_threshold_is_the_bureaus_to_set(
    two: World, tmp_path: Path, settings: pytest.FixtureRequest
) -> None:
    file = tmp_path / "monitoring.toml"
    settings.MONITORING = str(file)  # type: ignore[attr-defined]
    rows_of(two, "health.visits", "postcode")
    rows_of(two, "social.benefits", "occupation")
    file.write_text('off = ["linkage"]\n')
    assert linkage_watch.watch() == 0
    file.write_text("linkage_percent = 100\n")
    assert linkage_watch.watch() == 0
