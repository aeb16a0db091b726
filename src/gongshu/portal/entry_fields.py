"""The fields of a catalogue entry as a form, from the model's own choices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext, gettext_noop

from gongshu.catalog.metadata import DESCRIBABLE
from gongshu.catalog.models import Dataset
from gongshu.portal.forms import Field
from gongshu.portal.words import WORDS, word

_ = gettext_noop
LABELS = {
    "title_zh": _("Title in Chinese"),
    "title_en": _("Title in English"),
    "summary_zh": _("Summary in Chinese"),
    "summary_en": _("Summary in English"),
    "resource_code": _("Resource code"),
    "related_codes": _("Codes of related resources, with commas"),
    "format": _("Format"),
    "update_cycle": _("Update cycle"),
    "sharing": _("Sharing attribute"),
    "sharing_conditions": _("Conditions of sharing: scope and purpose"),
    "sharing_basis": _("Reason and legal basis for not sharing"),
    "sharing_method": _("Sharing method"),
    "opening": _("Opening attribute"),
    "opening_conditions": _("Conditions of opening"),
    "classification": _("Classification by data subject"),
    "grade": _("Grade (GB/T 43697)"),
    "level": _("Level within general data, 1 to 4"),
    "unit_column": _("Column that names the protected person or firm"),
    "unit_space": _("Space of its values, shared with tables about the same people"),
    "attribution": _("Attribution"),
    "licence": _("Licence"),
    "source_url": _("Address of the source"),
}
LONG = {"summary_zh", "summary_en", "sharing_conditions", "sharing_basis", "opening_conditions"}


def entry_fields(dataset: Dataset, posted: Mapping[str, Any]) -> list[Field]:
    return [_field(dataset, name, posted.get(name)) for name in DESCRIBABLE]


def _field(dataset: Dataset, name: str, given: Any) -> Field:
    column: Any = Dataset._meta.get_field(name)
    value = getattr(dataset, name) if given is None else given
    choices = tuple(
        (str(key), word(str(key)) if str(key) in WORDS else str(title))
        for key, title in column.choices or ()
    )
    return Field(
        name=name,
        label=gettext(LABELS[name]),
        widget="select" if choices else "textarea" if name in LONG else "text",
        required=name == "title_zh",
        value="" if value is None else value,
        choices=choices,
    )
