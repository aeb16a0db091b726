"""Every example in the texts of the rules holds."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

from gongshu import rules
from gongshu.rules.procedure import Procedure

MODULES = sorted(m.name for m in pkgutil.iter_modules(rules.__path__))
WITH_EXAMPLES = {
    "agents",
    "calendar",
    "catalogue_entry",
    "deadlines",
    "authorised_operation",
    "administrator_grant",
    "grades",
    "lengths",
    "registrations",
    "written",
    "procedure",
    "profiles",
    "sharing_request",
}


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_in_the_text_hold(name: str) -> None:
    module = importlib.import_module(f"gongshu.rules.{name}")
    found = doctest.testmod(module)
    assert found.failed == 0
    # A procedure shows one allowed and one refused move.
    its_own = isinstance(getattr(module, name.upper(), None), Procedure)
    assert found.attempted >= (2 if its_own else name in WITH_EXAMPLES)
