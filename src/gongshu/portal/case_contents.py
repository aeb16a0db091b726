"""A case as people read it: its contents with labels, its steps and states with their names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml
from django.utils.translation import get_language

from gongshu.cases import files
from gongshu.cases.models import Case, CaseFile, CaseStep
from gongshu.cases.selectors import may_read_form, person_shown
from gongshu.portal.forms import called
from gongshu.portal.names import acting_for, dataset_titles, organisation_names
from gongshu.rules.agents import Agent
from gongshu.rules.procedure import Procedure, Step
from gongshu.rules.procedures import PROCEDURES
from gongshu.wording import Sentence

OPENED = Sentence(en="Opened", zh="提交办件")
# The fields of forms that name an organisation by its code.
ORGANISATIONS = ("operator", "organisation", "holder", "respondent", "registrant")
ENTRIES = "entries"  # the field that names entries of the ledger
DATASETS = ("dataset", "datasets")


@dataclass(frozen=True)
class Item:
    """One thing that was filled in: lines, a text to be unfolded, files, entries of the ledger."""

    label: str
    lines: tuple[str, ...] = ()
    folded: str = ""
    files: tuple[CaseFile, ...] = ()
    entries: tuple[str, ...] = ()


def state_name(procedure: Procedure, state: str) -> str:
    return str(procedure.states.get(state, state))


def step_line(procedure: Procedure, taken: CaseStep, reader: Agent) -> dict[str, Any]:
    """A step that was taken, as one line of the timeline; by whom, for their own organisation."""
    row = procedure.step(taken.name)
    return {
        "label": row.label if row else OPENED,
        "target_label": state_name(procedure, taken.target),
        "at": taken.at,
        "organisation": acting_for(taken.organisation, taken.person),
        "person": person_shown(taken.person, taken.organisation, reader),
        "on_behalf_of": person_shown(taken.on_behalf_of, taken.organisation, reader),
        "note": taken.note,
        "article": taken.article,
        "entry_id": taken.entry_id,
    }


def rows(
    cases: list[Case], agent: Agent, assignees: Mapping[str, str] | None = None
) -> list[dict[str, Any]]:
    """Cases as lines of a list."""
    about = {case.subject_id for case in cases if case.subject_kind == "dataset"}
    titles = dataset_titles(about, agent) | _products(cases)
    return [
        {
            "case": case,
            "title": PROCEDURES[case.kind].title,
            "applicant": acting_for(case.applicant, case.opened_by),
            "subject": titles.get(case.subject_id) or case.subject_id,
            "state": state_name(PROCEDURES[case.kind], case.state),
            "assignee": (assignees or {}).get(case.id, ""),
        }
        for case in cases
    ]


def _products(cases: list[Case]) -> dict[str, str]:
    """What the listings are called that contracts are about."""
    about = {case.subject_id for case in cases if case.kind == "digital_contract"}
    listings = Case.objects.filter(pk__in=about, kind="product_listing") if about else ()
    return {listing.id: listing.payload["product"] for listing in listings}


def contents(case: Case, procedure: Procedure, agent: Agent) -> list[Item]:
    """What was filled in: when the case was opened, then the forms of its steps."""
    forms = [(procedure.payload.model_json_schema(), case.payload)]
    for taken in case.steps.all():
        step = procedure.step(taken.name)
        if step and step.form and taken.form and _may_read(case, step, taken, agent):
            forms.append((step.form.model_json_schema(), taken.form))
    said = _words_of([values for _, values in forms], agent)
    attached = {row.digest: row for row in files.visible(case, agent)}
    return [item for schema, values in forms for item in _labelled(schema, values, said, attached)]


def _may_read(case: Case, step: Step, taken: CaseStep, agent: Agent) -> bool:
    return may_read_form(case, step, taken.organisation, agent)


def _words_of(forms: list[dict[str, Any]], agent: Agent) -> Callable[[str, str], str]:
    """(field, value) → its words: names for codes, each kind looked up once."""
    codes = [str(c) for form in forms for name in DATASETS for c in _as_list(form.get(name))]
    titles = dataset_titles(codes, agent)
    named = organisation_names(
        str(form[name]) for form in forms for name in ORGANISATIONS if form.get(name)
    )

    def said(name: str, value: str) -> str:
        by_field = dict.fromkeys(DATASETS, titles) | dict.fromkeys(ORGANISATIONS, named)
        known = by_field.get(name, {})
        return f"{known[value]} ({value})" if value in known else value

    return said


def _labelled(
    schema: dict[str, Any],
    values: dict[str, Any],
    said: Callable[[str, str], str],
    attached: dict[str, CaseFile],
) -> Iterator[Item]:
    chinese = (get_language() or "zh").startswith("zh")
    for name, details in schema.get("properties", {}).items():
        value = values.get(name)
        if value in (None, "", [], {}):
            continue
        label = (chinese and details.get("x-zh")) or details.get("title") or name
        lines = isinstance(value, list) and any(isinstance(one, dict) for one in value)
        if details.get("x-files"):
            yield Item(label, files=tuple(attached[one] for one in value if one in attached))
        elif name == ENTRIES:
            yield Item(label, entries=tuple(str(one) for one in _as_list(value)))
        elif isinstance(value, dict) or lines:
            text = yaml.safe_dump(value, allow_unicode=True, sort_keys=False)
            yield Item(label, folded=text)
        elif "enum" in details:
            yield Item(label, (called(details, str(value), name),))
        else:
            yield Item(label, tuple(said(name, str(one)) for one in _as_list(value)))


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
