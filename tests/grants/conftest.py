"""The small city for tests of grants, the gateway and what is disclosed of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.agents import NewAgent, new_administrator
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
def world(instance: Path, new_agent: NewAgent) -> Iterator[World]:
    """The offices and two published datasets, with a log that is signed."""
    from tests.kept import kept  # here: conftests are read before Django is set up
    from tests.world import World

    from gongshu.gateway import gates
    from gongshu.ledger import services as ledger

    def make() -> dict[str, Agent]:
        ledger.create_key()
        offices = {"administrator": new_administrator()}
        for office in (*OFFICES, "second_agency"):
            offices[office] = new_agent(office)
            offices[f"{office}_head"] = new_agent(office, "head")
        World(instance / "uploads", **offices).publish_all()
        return offices

    yield World(instance / "uploads", **kept("world", instance, make))
    gates.close_all()
