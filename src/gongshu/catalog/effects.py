"""What the procedures ask of the catalogue: where an entry stands, and what a step does to it.

The states of an entry are those of its case (`rules/catalogue_entry.py`), so one function moves
it; publishing also decides, once, who sees the entry and whether its data are open.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gongshu.accounts.models import Organisation, OrganisationRole
from gongshu.cases.models import Case
from gongshu.cases.registry import EffectContext, effect, facts, party
from gongshu.catalog import selectors
from gongshu.catalog.index import mark_changed
from gongshu.catalog.models import Dataset, Grade, Opening, Sharing, Visibility
from gongshu.catalog.services import create_draft
from gongshu.ledger import moment
from gongshu.rules.agents import Kind
from gongshu.rules.open_data_demand import Opened, OpeningAssessment
from gongshu.rules.problems import BadInput, Conflict, NotFound
from gongshu.wording import Sentence


@party("provider_of_dataset")
def provider_of_dataset(payload: Mapping[str, Any]) -> str:
    return _dataset(str(payload.get("dataset", ""))).provider.code


@effect("assess_entry")
@effect("submit_entry")
@effect("return_entry")
@effect("update_entry")
def move_entry(ctx: EffectContext) -> Mapping[str, Any]:
    _move(ctx)
    return {}


@effect("publish_entry")
def publish_entry(ctx: EffectContext) -> Mapping[str, Any]:
    """The entry becomes what all may read; the returned facts are what the ledger says of it."""
    dataset = _of(ctx.case)
    public = dataset.grade != Grade.CORE
    # About somebody: what it says of its opening does not make its rows open data.
    open_data = public and dataset.opening == Opening.OPEN and not dataset.unit_column
    _move(
        ctx,
        published=dataset.published or moment.now(),
        published_for="public" if public else "bodies",
        is_open_data=open_data,
    )
    newest = selectors.latest(dataset)
    facts_: dict[str, Any] = {"version": newest.number if newest else 0, "open_data": open_data}
    if public:
        names = ("title_zh", "title_en", "sharing", "opening", "classification", "grade", "level")
        facts_ |= {name: getattr(dataset, name) for name in names}
    return facts_


@effect("retire_entry")
def retire_entry(ctx: EffectContext) -> Mapping[str, Any]:
    _move(ctx, published_for="", is_open_data=False)
    return {}


@facts("entry_described")
def entry_described(case: Case) -> bool:
    """Article 13: name, items, provider, format, cycle, sharing attribute, class and grade."""
    dataset = _of(case)
    needed = ["title_zh", "format", "update_cycle", "sharing", "classification", "grade"]
    if dataset.sharing == Sharing.CONDITIONAL:
        needed.append("sharing_conditions")  # article 15: scope and purpose
    if dataset.sharing == Sharing.NONE:
        needed.append("sharing_basis")
    return all(getattr(dataset, name) for name in needed) and dataset.fields.exists()


@facts("entry_has_version")
def entry_has_version(case: Case) -> bool:
    return _of(case).versions.exists()


@facts("sharing_attribute")
def sharing_attribute(case: Case) -> str:
    return _of(case).sharing or Sharing.CONDITIONAL.value


@facts("data_shareable")
def data_shareable(case: Case) -> bool:
    dataset = _of(case)
    shared = dataset.sharing in (Sharing.UNCONDITIONAL, Sharing.CONDITIONAL)
    return shared and selectors.is_current(dataset)


@facts("datasets_graded")
def datasets_graded(case: Case) -> bool:
    """Article 5 of the rules for authorised operation: graded, and nothing that is core."""
    wanted = set(case.payload.get("datasets", []))
    rows = Dataset.objects.filter(code__in=wanted)
    fit = [
        d
        for d in rows
        if selectors.is_current(d) and d.classification and d.grade and d.grade != Grade.CORE
    ]
    return bool(wanted) and len(fit) == len(wanted)


@facts("data_known")
def data_known(case: Case) -> bool:
    """Everybody knows of what is public, public bodies of the rest that is published."""
    dataset = _of(case)
    if not selectors.is_current(dataset):
        return False
    asks = OrganisationRole.objects.filter(organisation__code=case.applicant)
    body = asks.filter(kind__in=[Kind.AGENCY, Kind.BUREAU, Kind.GOVERNMENT, Kind.SECTOR])
    return dataset.visibility == Visibility.PUBLIC or body.exists()


@facts("corrected_version")
def corrected_version(case: Case) -> bool:
    return _of(case).versions.filter(created__gt=case.created).exists()


@party("holder_of_dataset_named")
def holder_of_dataset_named(payload: Mapping[str, Any]) -> str:
    """Of the dataset that is named, else the organisation itself; one of them must be there."""
    code, named = str(payload["dataset"]), str(payload["holder"])
    if code:
        dataset = _dataset(code)
        if selectors.is_current(dataset) and dataset.visibility == Visibility.PUBLIC:
            return dataset.provider.code
    elif Organisation.objects.filter(code=named).exists():
        return named
    raise NotFound(
        "unknown_holder",
        Sentence(
            en="Name the dataset or the organisation that holds the data.",
            zh="请填写数据集或数据持有单位。",
        ),
    )


@effect("start_entry")
def start_entry(ctx: EffectContext) -> Mapping[str, Any]:
    """An accepted demand has its entry: the holder's own, or a draft made for it now."""
    assert isinstance(ctx.form, OpeningAssessment)
    code, holder = ctx.form.dataset, ctx.case.parties["holder"]
    dataset = Dataset.objects.select_related("provider").filter(code=code).first()
    if dataset is None:
        title = ctx.case.payload["title"]
        dataset = create_draft(code=code, provider=holder, by=ctx.by, title_zh=title)
    if dataset.provider.code != holder or dataset.grade == Grade.CORE:
        raise BadInput(
            "not_for_opening",
            Sentence(
                en=f"{code} is not your dataset, or is core data, which is never opened.",
                zh=f"{code} 不是本单位的数据集，或属于不得开放的核心数据。",
            ),
            field="dataset",
        )
    return {"dataset": code}


@effect("demand_met")
def demand_met(ctx: EffectContext) -> Mapping[str, Any]:
    """Met is a demand whose data stand open in the catalogue, machine-readable as all of it is."""
    assert isinstance(ctx.form, Opened)
    dataset = Dataset.objects.select_related("provider").filter(code=ctx.form.dataset).first()
    own = dataset is not None and dataset.provider.code == ctx.case.parties["holder"]
    if dataset is None or not (own and dataset.is_open_data and dataset.versions.exists()):
        raise Conflict(
            "not_open_yet",
            Sentence(
                en=f"{ctx.form.dataset} does not stand open in the catalogue yet: publish its "
                "entry as open data first.",
                zh=f"{ctx.form.dataset} 尚未在目录中开放：请先通过目录办件将其发布为开放数据。",
            ),
        )
    return {"dataset": dataset.code}


@facts("evidence_deposited")
def evidence_deposited(case: Case) -> bool:
    """Registration measures, article 7: a version here stands in the ledger with its digest; for
    what lies elsewhere, the deposit is named with its own."""
    code = case.payload["dataset"]
    here = Dataset.objects.filter(code=code, versions__isnull=False).exists() if code else False
    return here or bool(case.payload["evidence_digest"])


def _move(ctx: EffectContext, **changes: Any) -> None:
    """Compare-and-swap: of two cases about one entry, only one can move it."""
    rows = Dataset.objects.filter(code=ctx.case.subject_id, state__in=ctx.step.sources)
    if not rows.update(state=ctx.step.target, modified=moment.now(), **changes):
        raise Conflict(
            "entry_moved",
            Sentence(
                en=f"The entry {ctx.case.subject_id} is not in the state that this case takes it "
                "to be in; another case is about it.",
                zh=f"目录条目 {ctx.case.subject_id} 的状态与本办件不符，另有办件正在办理。",
            ),
        )
    mark_changed(ctx.case.subject_id)


def _of(case: Case) -> Dataset:
    return _dataset(str(case.payload.get("dataset", "") or case.subject_id))


def _dataset(code: str) -> Dataset:
    found = Dataset.objects.select_related("provider").filter(code=code).first()
    if found is None:
        raise NotFound(
            "unknown_dataset",
            Sentence(en=f"There is no dataset “{code}”.", zh=f"没有数据集“{code}”。"),
        )
    return found
