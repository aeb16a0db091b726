"""A made-up catalogue of any size, for measuring search and lists. Its entries stay drafts.

Seeded, so that two runs measure the same catalogue; every entry says that it is made up.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

from django.db import transaction

from gongshu.accounts.models import Organisation
from gongshu.catalog.index import mark_all_changed
from gongshu.catalog.models import Dataset, Domain, Field, Opening, Sharing, UpdateCycle
from gongshu.ledger import services as ledger
from gongshu.ledger.subjects import Subject
from gongshu.rules.agents import Agent
from gongshu.rules.problems import BadInput, Forbidden
from gongshu.wording import Sentence

BATCH = 1000
DOMAINS = {
    "synthetic_education": ("教育", ("学校", "教师", "学生", "招生", "学位", "考试")),
    "synthetic_health": ("卫生健康", ("医院", "门诊", "疫苗", "药品", "医师", "床位")),
    "synthetic_transport": ("交通运输", ("公交", "地铁", "道路", "车辆", "停车", "航班")),
    "synthetic_ecology": ("生态环境", ("空气质量", "水质", "排污", "噪声", "湿地", "监测站")),
    "synthetic_market": ("市场监管", ("企业", "个体工商户", "行政处罚", "许可", "商标", "计量")),
    "synthetic_housing": ("住房建设", ("住宅", "施工许可", "房屋租赁", "物业", "土地", "公积金")),
}
SUBJECTS = (
    "基本信息",
    "统计",
    "名录",
    "明细",
    "变更记录",
    "分布",
    "年度汇总",
    "实时数据",
    "评价结果",
)
PLACES = ("东城", "西城", "滨江", "高新区", "新城", "老城", "港区", "山区", "全市", "开发区")
COLUMNS = (
    *(("编号", "code"), ("名称", "name"), ("地址", "address"), ("联系电话", "phone")),
    *(("日期", "date"), ("数量", "amount"), ("状态", "status"), ("区划代码", "area_code")),
    *(("经度", "longitude"), ("纬度", "latitude"), ("备注", "remark"), ("负责人", "contact")),
)


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
    made = [
        _dataset(random.Random(f"{seed}-{n}"), n, domains, provider)  # noqa: S311
        for n in range(start, start + count)
    ]
    Dataset.objects.bulk_create(made)
    rows = Dataset.objects.filter(code__in=[dataset.code for dataset in made])
    Field.objects.bulk_create(field for dataset in rows for field in _fields(dataset, seed))


def _dataset(
    chance: random.Random, number: int, domains: dict[str, Domain], provider: Organisation
) -> Dataset:
    code = chance.choice(sorted(domains))
    _, topics = DOMAINS[code]
    topic, other = chance.sample(topics, 2)
    place, what = chance.choice(PLACES), chance.choice(SUBJECTS)
    return Dataset(
        code=f"{code}.d{number}",
        domain=domains[code],
        provider=provider,
        title_zh=f"{place}{topic}{what}",
        title_en=f"Synthetic dataset {number}",
        summary_zh=f"{place}{topic}的{what}，含{other}相关字段。合成数据，仅供测量。",
        format=chance.choice(["csv", "xlsx", "json", "parquet"]),
        update_cycle=chance.choice(UpdateCycle.values),
        sharing=chance.choice([Sharing.UNCONDITIONAL.value, Sharing.CONDITIONAL.value]),
        sharing_conditions="合成数据",
        opening=chance.choice(Opening.values),
    )


def _fields(dataset: Dataset, seed: int) -> Iterator[Field]:
    chance = random.Random(f"{seed}-{dataset.code}")  # noqa: S311
    for position, (zh, name) in enumerate(chance.sample(COLUMNS, 6)):
        yield Field(dataset=dataset, position=position, name=name, type="text", title_zh=zh)
