"""What a dataset's owner allows at most, checked when it is set.

The owner's terms are one entry of a grant's `datasets` (unit, k, where, columns) and, optionally,
ceilings: the purposes, the weakest output and the weakest protection the owner accepts.
"""

from __future__ import annotations

from typing import Any

from pydantic import Field as PydanticField
from pydantic import ValidationError

from gongshu.catalog.models import Dataset
from gongshu.data.policy.terms import Dataset as DatasetTerms
from gongshu.data.policy.terms import Output, Protection, Text
from gongshu.data.policy.terms_problems import first_problem, refuse_nulls
from gongshu.rules.problems import BadInput
from gongshu.wording import Sentence


class OwnerTermsForm(DatasetTerms):
    purposes: list[Text] | None = PydanticField(default=None, min_length=1)
    output: Output | None = None
    protection: Protection | None = None


def checked_terms(dataset: Dataset, terms: dict[str, Any]) -> dict[str, Any]:
    """The terms as they are stored; raises one sentence about what is wrong with them."""
    refuse_nulls(terms)
    try:
        form = OwnerTermsForm.model_validate(terms)
    except ValidationError as error:
        raise first_problem(error) from None
    columns = set(dataset.fields.values_list("name", flat=True))
    if columns:
        named = set(form.columns) - {"*"} | ({form.unit.column} if form.unit else set())
        unknown = sorted(named - columns)
        if unknown:
            raise BadInput(
                "unknown_column",
                Sentence(
                    en=f"{dataset.code} has no column “{unknown[0]}”.",
                    zh=f"{dataset.code} 没有列“{unknown[0]}”。",
                ),
                field="columns",
            )
    if dataset.unit_column and form.unit is None:
        raise BadInput(
            "unit_missing",
            Sentence(
                en=f"{dataset.code} is about “{dataset.unit_space}”: its terms must name the unit "
                f"“{dataset.unit_column}”.",
                zh=f"{dataset.code} 涉及“{dataset.unit_space}”，使用条件须指明隐私单元"
                f"“{dataset.unit_column}”。",
            ),
            field="unit",
        )
    if form.unit and dataset.unit_column and form.unit.column != dataset.unit_column:
        raise BadInput(
            "unit_differs",
            Sentence(
                en=f"The entry says that the unit of {dataset.code} is “{dataset.unit_column}”.",
                zh=f"目录条目载明 {dataset.code} 的隐私单元为“{dataset.unit_column}”。",
            ),
            field="unit",
        )
    stored: dict[str, Any] = form.model_dump(mode="json", by_alias=True, exclude_unset=True)
    for column in stored["columns"].values():
        # Sets, whose order differs from process to process: the same terms are the same text.
        column.update(
            {name: sorted(column[name]) for name in ("rights", "functions") if name in column}
        )
    return stored
