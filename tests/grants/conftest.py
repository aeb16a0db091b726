"""The small city for tests of grants, the gateway and what is disclosed of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.agents import NewAgent
from tests.api.conftest import collected_static_files

from gongshu.rules.agents import Agent

if TYPE_CHECKING:
    from tests.world import World

__all__ = ["collected_static_files", "world"]
OFFICES = (
    "agency",
    "bureau",
    "government",
    "sector",
    "registry",
    "operator",
    "enterprise",
    "auditor",
    "pricing",
)


@pytest.fixture
def world(
    instance: Path, settings: Any, new_agent: NewAgent, administrator: Agent
) -> Iterator[World]:
    """The offices and two published datasets, with a log that is signed."""
    from tests.world import World  # here: conftests are read before Django is set up

    from gongshu.gateway import gates
    from gongshu.ledger import services as ledger

    # Sixteen people are made, and none of them logs in with a password.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    ledger.create_key()
    staff = {office: new_agent(office) for office in (*OFFICES, "second_agency")}
    heads = {f"{office}_head": new_agent(office, "head") for office in (*OFFICES, "second_agency")}
    made = World(instance / "uploads", administrator=administrator, **staff, **heads)
    made.publish_all()
    yield made
    gates.close_all()
