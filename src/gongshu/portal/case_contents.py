"""A case as people read it: its contents with labels, its steps and states with their names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import yaml
from django.utils.translation import get_language

from gongshu.cases.models import Case, CaseStep
from gongshu.rules.procedure import Procedure
from gongshu.rules.procedures import PROCEDURES
from gongshu.wording import Sentence

OPENED = Sentence(en="Opened", zh="提交办件")


@dataclass(frozen=True)
class Names:
    """The procedure's own words for its states and steps."""

    procedure: Procedure

    def state(self, state: str) -> str:
        return str(self.procedure.states.get(state, state))

    def step(self, taken: CaseStep) -> dict[str, Any]:
        row = self.procedure.step(taken.name)
        return {
            "label": row.label if row else OPENED,
            "target_label": self.state(taken.target),
            "at": taken.at,
            "organisation": taken.organisation,
            "note": taken.note,
            "article": taken.article,
            "entry_id": taken.entry_id,
        }


def row(case: Case) -> dict[str, Any]:
    """A case as one line of a list."""
    procedure = PROCEDURES[case.kind]
    names = Names(procedure)
    return {
        "case": case,
        "title": procedure.title,
        "subject": case.subject_id,
        "state": names.state(case.state),
    }


def contents(case: Case, procedure: Procedure) -> list[dict[str, Any]]:
    """What was filled in: when the case was opened, then the forms of its steps."""
    found = _labelled(procedure.payload.model_json_schema(), case.payload)
    for taken in case.steps.all():
        step = procedure.step(taken.name)
        if step and step.form and taken.form:
            found += _labelled(step.form.model_json_schema(), taken.form)
    return found


def _labelled(schema: dict[str, Any], values: dict[str, Any]) -> list[dict[str, Any]]:
    chinese = (get_language() or "zh").startswith("zh")
    items = []
    for name, details in schema.get("properties", {}).items():
        value = values.get(name)
        if value in (None, "", [], {}):
            continue
        nested = isinstance(value, dict | list)
        text = yaml.safe_dump(value, allow_unicode=True, sort_keys=False) if nested else value
        label = (chinese and details.get("x-zh")) or details.get("title") or name
        items.append({"label": label, "value": text, "block": nested})
    return items
