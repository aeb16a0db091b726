"""Which datasets an agent may know of, and what of them.

`visible_to` is the one place where the visibility of *metadata* is decided; every list, feed
and search passes it. Access to *data* is the gateway's alone, except for what is open to all.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from gongshu.cases import selectors as cases
from gongshu.cases.models import Case
from gongshu.catalog.columns import described_fields, public_profile
from gongshu.catalog.models import Dataset, Domain, OwnerTerms, State, Version, Visibility
from gongshu.catalog.store import version_store
from gongshu.prepared import Prepared
from gongshu.rules.agents import Agent, Kind
from gongshu.rules.problems import Forbidden, Gone, NotFound
from gongshu.wording import Sentence

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["described_fields", "public_profile"]
PUBLIC_BODIES = (
    *(Kind.BUREAU, Kind.GOVERNMENT, Kind.SECTOR, Kind.AGENCY),
    *(Kind.REGISTRY, Kind.AUDITOR),
)


@dataclass(frozen=True)
class Reach:
    """The visibility classes an agent may see, besides all of one provider's entries."""

    classes: frozenset[str]
    provider: str = ""


def reach(agent: Agent) -> Reach:
    if agent.administrator or agent.system:
        return Reach(frozenset(Visibility.values))
    classes = {Visibility.PUBLIC.value}
    if any(agent.is_a(kind) for kind in PUBLIC_BODIES):
        classes.add(Visibility.BODIES.value)
    # Who reviews the catalogue (article 16), and who audits it, sees what awaits review.
    if agent.is_a(Kind.BUREAU) or agent.is_a(Kind.AUDITOR):
        classes.add(Visibility.AUTHORITY.value)
    return Reach(frozenset(classes), agent.organisation)


def visible_to(agent: Agent) -> QuerySet[Dataset]:
    seen = reach(agent)
    query = Q(visibility__in=sorted(seen.classes))
    if seen.provider:
        query |= Q(provider__code=seen.provider)
    return Dataset.objects.filter(query).select_related("provider", "domain")


def domains_with_counts(agent: Agent) -> QuerySet[Domain]:
    """The domains in which the agent sees anything, each with `.count` of its entries."""
    seen = Q(datasets__in=visible_to(agent))
    return Domain.objects.filter(seen).annotate(count=Count("datasets", distinct=True))


def cases_about(dataset: Dataset, agent: Agent) -> QuerySet[Case]:
    mine = cases.visible(agent)
    return mine.filter(subject_kind="dataset", subject_id=dataset.code).order_by("-created")


def get(code: str, agent: Agent) -> Dataset:
    """The dataset; one that is absent and one that may not be seen give the same answer."""
    found = visible_to(agent).filter(code=code).first()
    if found is None:
        raise NotFound(
            "unknown_dataset",
            Sentence(en=f"There is no dataset “{code}”.", zh=f"没有数据集“{code}”。"),
        )
    return found


def latest(dataset: Dataset) -> Version | None:
    return dataset.versions.order_by("-number").first()


def latest_files(datasets: Collection[Dataset]) -> dict[str, Version]:
    """The latest version of each that has one, by code, in one query: number and files alone."""
    codes = {dataset.pk: dataset.code for dataset in datasets}
    found = _LATEST_FILES(*codes) if codes else []
    return {codes[version.dataset_id]: version for version in found}


def _latest_files(*datasets: int) -> QuerySet[Version]:
    newest = Version.objects.filter(dataset=OuterRef("dataset")).order_by("-number")
    found = Version.objects.filter(
        dataset__in=datasets, number=Subquery(newest.values("number")[:1])
    )
    return found.order_by().only("dataset", "number", "digest", "files", "removed")


_LATEST_FILES = Prepared(_latest_files)


def version(dataset: Dataset, number: int) -> Version:
    found = dataset.versions.filter(number=number).first()
    if found is None:
        raise NotFound(
            "unknown_version",
            Sentence(
                en=f"{dataset.code} has no version {number}.",
                zh=f"{dataset.code} 没有第 {number} 版。",
            ),
        )
    return found


def require_standing(version: Version) -> None:
    """Of a version that was removed only its row is left."""
    if version.removed is not None:
        day, code = timezone.localdate(version.removed), version.dataset.code
        raise Gone(
            "version_removed",
            Sentence(
                en=f"The rows of version {version.number} of {code} were removed on {day}.",
                zh=f"{code} 第 {version.number} 版的数据已于 {day} 移除。",
            ),
        )


def files(version: Version) -> list[Path]:
    """The Parquet files of a version. Who asks has decided that they may be read."""
    require_standing(version)
    store = version_store()
    return [store.path(file["name"]) for file in version.files]


def is_key(code: str, number: int, column: str) -> bool:
    """Every row of this version has a value in `column`, and no two have the same: exact."""
    profile = Version.objects.values_list("profile", flat=True).get(
        dataset__code=code, number=number
    )
    found = [one for one in profile["columns"] if one["name"] == column]
    return bool(found) and found[0]["is_unique"] is True and found[0]["nulls"] == 0


def latest_owner_terms(dataset: Dataset) -> OwnerTerms | None:
    return dataset.owner_terms.order_by("-number").first()


def is_holder(dataset: Dataset, agent: Agent) -> bool:
    """Acts for the provider, or runs the instance."""
    return is_provider(dataset, agent) or agent.administrator or agent.system


def is_provider(dataset: Dataset, agent: Agent) -> bool:
    return bool(agent.organisation) and agent.organisation == dataset.provider.code


def is_current(dataset: Dataset) -> bool:
    """Published, and not withdrawn since; an update under review leaves it so."""
    return bool(dataset.published_for) and dataset.state != State.RETIRED


def may_download(dataset: Dataset, agent: Agent) -> bool:
    """Open data, about nobody, published: anybody. All other data pass the gateway."""
    return is_current(dataset) and not dataset.is_protected and agent.may_use("read")


def may_see_full_profile(dataset: Dataset, agent: Agent) -> bool:
    """Extremes, samples and exact counts are data: for the provider, or where the data are open.

    Whoever runs the instance manages entries without reading what is in them: like anybody, they
    ask under a grant, and it is logged.
    """
    return is_provider(dataset, agent) or may_download(dataset, agent)


def profile_for(version: Version, agent: Agent) -> dict[str, object]:
    """The full profile for whoever may see it, the public one for the rest."""
    if may_see_full_profile(version.dataset, agent):
        return dict(version.profile)
    return public_profile(version.dataset)


def require_download(dataset: Dataset, agent: Agent) -> None:
    if not may_download(dataset, agent):
        raise Forbidden(
            "not_open_data",
            Sentence(
                en="These data are not open; they can be queried under a grant.",
                zh="该数据未开放，可在获得授权后查询。",
            ),
        )


def preview(dataset: Dataset, agent: Agent, *, limit: int = 50, offset: int = 0) -> pa.Table:
    """Some rows of the latest version of open data; reads no more row groups than it needs."""
    import pyarrow as pa  # here: Arrow takes long to load, and few pages show rows
    import pyarrow.parquet as pq

    require_download(dataset, agent)
    newest = latest(dataset)
    if newest is None:
        return pa.table({})
    wanted, skip, parts = limit, offset, []
    schema = pq.read_schema(files(newest)[0])
    for path in files(newest):
        with pq.ParquetFile(path) as file:
            for group in range(file.num_row_groups):
                rows = file.metadata.row_group(group).num_rows
                if skip >= rows:
                    skip -= rows
                    continue
                parts.append(file.read_row_group(group).slice(skip, wanted))
                wanted, skip = wanted - parts[-1].num_rows, 0
                if wanted <= 0:
                    return pa.concat_tables(parts)
    return pa.concat_tables(parts) if parts else schema.empty_table()
