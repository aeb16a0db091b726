"""The whole way, as `make demo` tells it."""

from __future__ import annotations

import pytest
from tests.e2e.conftest import City, gongshu
from tests.postgres import free_port

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


def test_the_demo_answers_refuses_withholds_verifies_and_discloses(city: City) -> None:
    said = city.said
    assert said.count("rows in") == 4  # three questions answered, one of them with groups withheld
    assert "Something is withheld" in said
    assert "Refused (no_right)" in said
    assert "Refused (unknown_name)" in said
    assert "Verified: query.answered" in said
    assert "altered" in said
    assert "Derived from" in said


def test_the_demo_can_be_run_again_on_the_same_instance(city: City) -> None:
    again = gongshu(city.home, "demo", "--no-serve", "--port", str(free_port()))
    assert again.returncode == 0, again.stdout[-2000:] + again.stderr[-2000:]
    assert "-0001" in city.said
    assert "-0002" in again.stdout  # the second run's own grant


def test_what_the_demo_did_passes_an_audit_of_the_ledger(city: City) -> None:
    audited = gongshu(city.home, "ledger", "audit")
    assert audited.returncode == 0, audited.stdout + audited.stderr
