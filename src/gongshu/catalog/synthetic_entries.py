"""Made-up catalogue entries of any number, whose words are as frequent as those of real ones.

The English words of titles and descriptions, with how often each occurs, and the names of columns
were counted in open catalogues (DataCatalogs.org in CKAN's form, three Scottish councils in
DCAT's, Public Health Scotland); trades are those of GB/T 4754, places those of GB/T 2260. Seeded
by number, so that two runs make the same entries; every one says that it is made up.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from functools import lru_cache
from importlib import resources
from itertools import accumulate
from typing import Any

from gongshu.catalog.models import Grade, Opening, Sharing, UpdateCycle
from gongshu.catalog.regions import regions

DOMAINS = {
    "synthetic_education": ("教育", ("学校", "教师", "学生", "招生", "学位", "考试")),
    "synthetic_health": ("卫生健康", ("医院", "门诊", "疫苗", "药品", "医师", "床位")),
    "synthetic_transport": ("交通运输", ("公交", "地铁", "道路", "车辆", "停车", "航班")),
    "synthetic_ecology": ("生态环境", ("空气质量", "水质", "排污", "噪声", "湿地", "监测站")),
    "synthetic_market": ("市场监管", ("企业", "个体工商户", "行政处罚", "许可", "商标", "计量")),
    "synthetic_housing": ("住房建设", ("住宅", "施工许可", "房屋租赁", "物业", "土地", "公积金")),
    "synthetic_people": ("人口", ("人口普查", "户籍", "出生", "婚姻登记", "流动人口", "老年人")),
    "synthetic_culture": ("文化旅游", ("图书馆", "博物馆", "景区", "文物", "演出", "酒店")),
    "synthetic_work": ("人力资源", ("就业", "社会保险", "招聘", "职业技能", "工资", "失业")),
    "synthetic_farming": ("农业农村", ("农产品", "耕地", "畜牧", "合作社", "农机", "渔业")),
    "synthetic_finance": ("财政税务", ("预算", "税收", "采购", "补贴", "债务", "发票")),
    "synthetic_safety": ("应急管理", ("火灾", "地震", "预警", "救援", "隐患", "危险化学品")),
}
SUBJECTS = (
    *("基本信息", "统计", "名录", "明细", "变更记录", "分布", "年度汇总", "实时数据"),
    *("评价结果", "监督检查", "服务网点", "许可信息", "空间位置", "月度报表", "年度报告", "目录"),
)
PEOPLE_AND_THINGS = ("企业", "单位", "人员", "项目", "设备", "机构", "事项", "证照", "车辆", "房屋")
ASPECTS = (
    *(("编号", "code"), ("名称", "name"), ("地址", "address"), ("联系电话", "phone")),
    *(("日期", "date"), ("数量", "amount"), ("状态", "status"), ("区划代码", "area_code")),
    *(("经度", "longitude"), ("纬度", "latitude"), ("备注", "remark"), ("负责人", "contact")),
    *(("类型", "kind"), ("等级", "grade"), ("金额", "sum"), ("面积", "area"), ("年份", "year")),
    *(("统一社会信用代码", "uscc"), ("更新时间", "updated"), ("来源", "source")),
)
FORMATS = ("csv", "csv", "csv", "xlsx", "xlsx", "json", "parquet", "xml")
GRADES = (Grade.GENERAL.value, Grade.GENERAL.value, Grade.GENERAL.value, Grade.IMPORTANT.value)
FIELDS = (5, 6, 7, 7, 7, 8)  # of an entry: 6.67 on average
DRAWN = 1 << 17

Record = dict[str, Any]


def entry(number: int, seed: int = 1) -> Record:
    """One entry: its columns under `fields`, its domain's code under `domain`."""
    chance = random.Random((seed << 32) + number)  # noqa: S311
    words = _words()
    domain = words.domains[int(len(words.domains) * chance.random() ** 1.5)]
    topics = DOMAINS[domain][1]
    own = chance.random() < 0.7
    topic = topics[int(6 * chance.random() ** 1.5)] if own else words.trade(chance)
    place, what = words.place(chance), chance.choice(SUBJECTS)
    fields = _fields(chance, words)
    named = "、".join(title for _, title, _ in fields[:3] if title)
    return {
        "code": f"{domain}.d{number}",
        "domain": domain,
        "title_zh": f"{place}{topic}{what}",
        "title_en": words.some(chance, "titles", 3, 6).capitalize(),
        "summary_zh": f"{place}{topic}的{what}，含{named}等。合成数据，仅供测量。",
        "summary_en": f"{words.some(chance, 'descriptions', 8, 16)}.".capitalize(),
        "format": chance.choice(FORMATS),
        "update_cycle": chance.choice(UpdateCycle.values),
        "sharing": chance.choice([Sharing.UNCONDITIONAL.value, Sharing.CONDITIONAL.value]),
        "sharing_conditions": "合成数据",
        "opening": chance.choice(Opening.values),
        "grade": chance.choice(GRADES),
        "fields": fields,
    }


def _fields(chance: random.Random, words: _Words) -> list[tuple[str, str, str]]:
    """Name, Chinese and English title of each."""
    found: dict[str, tuple[str, str, str]] = {}
    thing = chance.choice(PEOPLE_AND_THINGS)
    wanted = chance.choice(FIELDS)
    while len(found) < wanted:
        if chance.random() < 0.7:
            zh, en = chance.choice(ASPECTS)
            plain = chance.random() < 0.5
            found.setdefault(en, (en, zh if plain else f"{thing}{zh}", ""))
        else:
            column = chance.choice(words.columns)
            found.setdefault(column.lower(), (column, "", ""))
    return list(found.values())


class _Words:
    """The counted words, many drawn beforehand: drawing one by one would take most of the time."""

    def __init__(self) -> None:
        text = (
            resources.files("gongshu.catalog").joinpath("synthetic_words.json").read_text("utf-8")
        )
        known = json.loads(text)
        chance = random.Random(1)  # noqa: S311
        self.domains = tuple(DOMAINS)
        self.columns: list[str] = known["columns"]
        self.drawn = {
            name: chance.choices(
                [word for word, _ in known[name]], [count for _, count in known[name]], k=DRAWN
            )
            for name in ("titles", "descriptions")
        }
        self.trades = _by_rank(chance, known["trades"])
        self.places = _by_rank(chance, list(regions().values()))

    def some(self, chance: random.Random, name: str, least: int, most: int) -> str:
        start = int(chance.random() * (DRAWN - most))
        return " ".join(
            dict.fromkeys(self.drawn[name][start : start + chance.randint(least, most)])
        )

    def trade(self, chance: random.Random) -> str:
        return self.trades[int(chance.random() * DRAWN)]

    def place(self, chance: random.Random) -> str:
        return self.places[int(chance.random() * DRAWN)]


def _by_rank(chance: random.Random, names: list[str]) -> list[str]:
    """Drawn so that the second is half as frequent as the first, and so on (Zipf)."""
    chance.shuffle(names)
    weights = accumulate(1 / (rank + 10) for rank in range(len(names)))
    return chance.choices(names, cum_weights=list(weights), k=DRAWN)


@lru_cache(1)
def _words() -> _Words:
    return _Words()


def entries(start: int, number: int, seed: int = 1) -> Iterator[Record]:
    for one in range(start, start + number):
        yield entry(one, seed)
