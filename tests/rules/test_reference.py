"""The page about the procedures leaves nothing of the tables out."""

from __future__ import annotations

from pathlib import Path

from gongshu.rules.procedures import PROCEDURES

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "procedures.md"


def test_every_step_state_field_and_event_has_its_place_on_the_page() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for procedure in PROCEDURES.values():
        for state in procedure.states:
            assert f"| `{state}` |" in page
        for name in procedure.payload.model_fields:
            assert f"| `{name}` |" in page
        for row in procedure.steps:
            assert f"| `{row.name}`<br>{row.label.en}" in page
            assert f"`{row.event}`" in page
