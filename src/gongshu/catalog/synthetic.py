"""A made-up catalogue of any size, for measuring search and lists. Its entries stay drafts.

Seeded, so that two runs measure the same catalogue; every entry says that it is made up.
"""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction

from gongshu.accounts.models import Organisation
from gongshu.catalog.index import mark_all_changed
from gongshu.catalog.models import Dataset, Domain, Field
from gongshu.catalog.synthetic_entries import DOMAINS, entries
from gongshu.ledger import services as ledger
from gongshu.ledger.subjects import Subject
from gongshu.rules.agents import Agent
from gongshu.rules.problems import BadInput, Forbidden
from gongshu.wording import Sentence

BATCH = 1000


def generate(
    *, number: int, by: Agent, progress: Callable[[int], None] | None = None, seed: int = 1
) -> int:
    """Make `number` more entries of one provider; one ledger entry says so."""
    if not by.administrator:
        raise Forbidden(
            "not_administrator",
            Sentence(en="Only an administrator may do this.", zh="只有管理员可以执行此操作。"),
        )
    provider = Organisation.objects.order_by("id").first()
    if provider is None:
        raise BadInput(
            "no_provider",
            Sentence(en="There is no organisation yet.", zh="尚无任何机构。"),
            suggestion=Sentence(
                en="`gongshu org create` makes one.", zh="请先用 `gongshu org create` 登记。"
            ),
        )
    for code, (title, _) in DOMAINS.items():
        Domain.objects.get_or_create(code=code, defaults={"title_zh": f"{title}（合成）"})
    first = Dataset.objects.filter(code__startswith="synthetic_").count()
    for start in range(first, first + number, BATCH):
        count = min(BATCH, first + number - start)
        _write_batch(start, count, provider, seed)
        if progress:
            progress(start + count - first)
    with transaction.atomic():
        mark_all_changed()
        ledger.append(
            event="catalogue.generated",
            subject=Subject("catalogue", "synthetic", provider.code),
            by=by,
            public={"entries": number},
        )
    return number


@transaction.atomic
def _write_batch(start: int, count: int, provider: Organisation, seed: int) -> None:
    domains = {domain.code: domain for domain in Domain.objects.filter(code__in=DOMAINS)}
    records = {record["code"]: record for record in entries(start, count, seed)}
    Dataset.objects.bulk_create(
        Dataset(
            provider=provider,
            domain=domains[record["domain"]],
            **{k: v for k, v in record.items() if k not in ("domain", "fields")},
        )
        for record in records.values()
    )
    Field.objects.bulk_create(
        Field(dataset=dataset, position=i, name=name, type="text", title_zh=zh, title_en=en)
        for dataset in Dataset.objects.filter(code__in=records)
        for i, (name, zh, en) in enumerate(records[dataset.code]["fields"])
    )
