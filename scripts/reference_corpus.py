"""docs/reference/gateway-corpus.md: what the gateway answers and refuses, from its tests."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import yaml
from tests.spec.gateway import cases, world

HEAD = """# What the gateway answers, and what it refuses

These {count} queries are run by `tests/spec/gateway` against a real gate, each under the terms
named with it, and each gives what is written here. Where several codes stand, any of them is a
right answer: the first thing that is wrong is named, and which that is may change. What the codes
mean: [errors.md](errors.md); why: [protection](../explanation/protection.md).

The world they are asked in is small and made up (`tests/spec/gateway/world.py`): 295 persons in
six districts, of which *Isle* has 12 and *Rock* 3, their visits, and five hospitals, which are
about nobody.
"""


def page() -> str:
    found = cases.corpus()
    lines = [HEAD.format(count=len(found)), "## Terms", "", *_terms()]
    for path in sorted(cases.FOLDER.glob("*.sql")):
        lines += [f"## {_title(path)}", "", _intro(path), ""]
        for case in cases.read(path):
            lines += [*_case(case), ""]
    return "\n".join(lines).rstrip() + "\n"


def _terms() -> Iterator[str]:
    """`main` whole, of the others what they change."""
    main = world.terms("main")
    yield from ("`main`:", "", "```yaml", _yaml(main), "```", "")
    for name in world._VARIANTS:
        other = world.terms(name)
        changed = _changes(main, other)
        if changed:
            yield from (f"`{name}` is `main` with", "", "```yaml", _yaml(changed), "```", "")


def _changes(before: object, after: object) -> object:
    """The keys of `after` that differ, at every depth."""
    if not (isinstance(before, dict) and isinstance(after, dict)):
        return after
    changed = {key: value for key, value in after.items() if before.get(key) != value}
    return {key: _changes(before.get(key), value) for key, value in changed.items()}


def _yaml(value: object) -> str:
    return yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=100).strip()


def _title(path: Path) -> str:
    return path.stem.replace("_", " ").capitalize()


def _intro(path: Path) -> str:
    return path.read_text("utf-8").partition("\n-- case:")[0].strip()


def _case(case: cases.Case) -> Iterator[str]:
    yield from (f"### {case.title[0].upper()}{case.title[1:]}", "", "```sql", case.sql, "```", "")
    told = [_decision(case)]
    if case.params:
        told.append(f"with the parameters `{json.dumps(list(case.params), ensure_ascii=False)}`")
    if case.terms != "main":
        told.append(f"under `{case.terms}`")
    if case.withheld:
        told.append("with something withheld")
    yield ", ".join(told) + "."


def _decision(case: cases.Case) -> str:
    if case.refused:
        return "**Refused**: " + " or ".join(f"`{code}`" for code in case.refused)
    rows = case.rows
    if rows is None:
        return "**Answered**"
    return f"**Answered**: `{json.dumps(rows, ensure_ascii=False)}`"
