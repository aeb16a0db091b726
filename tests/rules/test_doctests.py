"""Every example in the texts of the rules holds."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

from gongshu import rules

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
    "procedure",
    "profiles",
    "sharing_request",
}


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_in_the_text_hold(name: str) -> None:
    found = doctest.testmod(importlib.import_module(f"gongshu.rules.{name}"))
    assert found.failed == 0
    assert bool(found.attempted) == (name in WITH_EXAMPLES)
