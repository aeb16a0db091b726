"""Who lives in Yunxi for a year, and what data its offices hold: small tables, made up here."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from gongshu.accounts import services as accounts
from gongshu.accounts.agents import agent_of
from gongshu.accounts.models import Organisation, Person
from gongshu.catalog import services as catalog
from gongshu.catalog import versions
from gongshu.catalog.models import Dataset
from gongshu.cli.demo.cast import CAST, Body
from gongshu.data import Table
from gongshu.rules.agents import SYSTEM, Agent, Kind, Rank

AGENCY = (Kind.AGENCY,)
JOINING = (
    Body(
        "labour", "113399000025000848", "云溪市人力资源和社会保障局", "Yunxi Labour Bureau", AGENCY
    ),
    Body("civil", "113399000025000923", "云溪市民政局", "Yunxi Civil Affairs Bureau", AGENCY),
    Body("transport", "11339900002500105Q", "云溪市交通运输局", "Yunxi Transport Bureau", AGENCY),
    Body("market", "11339900002500113K", "云溪市市场监督管理局", "Yunxi Market Bureau", AGENCY),
    Body("education", "11339900002500121E", "云溪市教育局", "Yunxi Education Bureau", AGENCY),
    Body(
        "reform",
        "113399000025001398",
        "云溪市发展和改革委员会",
        "Yunxi Development and Reform Commission",
        (Kind.PRICING,),
    ),
    Body(
        "operator2",
        "91339900MA7GX00399",
        "云溪城市数据服务有限公司",
        "Yunxi City Data Services Ltd",
        (Kind.OPERATOR,),
    ),
    Body(
        "insurer",
        "91339900MA7GX00474",
        "长溪财产保险股份有限公司",
        "Changxi Property Insurance Ltd",
        (Kind.ENTERPRISE,),
    ),
    Body(
        "logistics",
        "91339900MA7GX0055Y",
        "快流物流有限公司",
        "Kuailiu Logistics Ltd",
        (Kind.ENTERPRISE,),
    ),
)
DISTRICTS = (("城东区", "east"), ("城西区", "west"), ("溪南区", "south"), ("北山县", "hills"))
PURPOSES = ("planning", "research", "public_service")


@dataclass(frozen=True)
class Theme:
    """What an office keeps, once for each district."""

    office: str
    domain: str
    name: str
    zh: str
    en: str
    shape: str  # people, places or months


THEMES = (
    Theme("health", "health", "vaccination", "预防接种登记", "Vaccinations", "people"),
    Theme("health", "health", "chronic", "慢性病管理登记", "Chronic disease register", "people"),
    Theme("health", "health", "clinics", "医疗机构名录", "Clinics", "places"),
    Theme("labour", "labour", "insured", "社会保险参保信息", "Social insurance", "people"),
    Theme("labour", "labour", "vacancies", "岗位需求月度统计", "Vacancies by month", "months"),
    Theme("labour", "labour", "training", "职业培训记录", "Vocational training", "people"),
    Theme("civil", "civil", "allowance", "社会救助发放信息", "Social assistance", "people"),
    Theme("civil", "civil", "homes", "养老机构名录", "Homes for the elderly", "places"),
    Theme("civil", "civil", "marriages", "婚姻登记月度统计", "Marriages by month", "months"),
    Theme("transport", "transport", "stops", "公交站点", "Bus stops", "places"),
    Theme(
        "transport", "transport", "passengers", "公共交通客运量", "Passengers by month", "months"
    ),
    Theme("transport", "transport", "drivers", "道路运输从业人员", "Licensed drivers", "people"),
    Theme("market", "market", "shops", "食品经营许可信息", "Food licences", "places"),
    Theme("market", "market", "complaints", "消费投诉月度统计", "Complaints by month", "months"),
    Theme("education", "education", "schools", "学校名录", "Schools", "places"),
    Theme("education", "education", "pupils", "在校学生信息", "Pupils", "people"),
)
PERSON_TERMS: dict[str, Any] = {
    "unit": {"column": "resident_id", "space": "resident"},
    "k": 5,
    "purposes": list(PURPOSES),
    "protection": {"method": "threshold", "k": 5},
    "columns": {
        "resident_id": ["join"],
        "street": ["group", "filter"],
        "sex": ["group", "filter"],
        "birth_year": {"rights": ["group", "filter"], "bucket": 5},
        "amount": {"rights": ["measure"], "functions": ["sum", "avg"], "min": 0, "max": 9000},
    },
}
MONTH_TERMS: dict[str, Any] = {
    "purposes": list(PURPOSES),
    "output": "rows",
    "columns": {
        "month": ["show", "group", "filter"],
        "street": ["show", "group", "filter"],
        "cases": {"rights": ["show", "measure"], "functions": ["sum", "avg"], "min": 0, "max": 999},
    },
}
OPEN_TERMS: dict[str, Any] = {"columns": {"*": ["show", "group", "filter", "join"]}}
TERMS = {"people": PERSON_TERMS, "places": OPEN_TERMS, "months": MONTH_TERMS}
SAID: dict[str, dict[str, Any]] = {
    "people": {
        "sharing": "conditional",
        "sharing_conditions": "履行职责需要，仅限统计分析",
        "opening": "closed",
        "classification": "personal",
        "level": 3,
        "unit_column": "resident_id",
        "unit_space": "resident",
    },
    "months": {
        "sharing": "conditional",
        "sharing_conditions": "履行职责需要",
        "opening": "conditional",
        "classification": "public",
        "level": 2,
    },
    "places": {
        "sharing": "unconditional",
        "opening": "open",
        "classification": "public",
        "level": 1,
    },
}


class City:
    """The people by office and rank, and what they can make."""

    def __init__(self, folder: Path, rng: Random) -> None:
        self.folder, self.rng = folder, rng
        people = Person.objects.select_related("organisation").exclude(organisation=None)
        self.people = [agent_of(person) for person in people.order_by("username")]
        self.by_key = {
            body.key: body.code
            for body in (*CAST, *JOINING)
            if Organisation.objects.filter(code=body.code).exists()
        }
        self.undone = [(theme, place) for theme in THEMES for place in DISTRICTS]
        rng.shuffle(self.undone)

    def of(self, organisation: str, rank: Rank = Rank.STAFF) -> Agent:
        return next(
            one for one in self.people if one.organisation == organisation and one.rank == rank
        )

    def organisations(self, kind: Kind) -> list[str]:
        return sorted({one.organisation for one in self.people if one.is_a(kind)})

    def draft_entry(self) -> tuple[Agent, str] | None:
        """An office enters what it has not entered yet: data, description, terms."""
        if not self.undone:
            return None
        theme, (chinese, english) = self.undone.pop()
        by = self.of(self.by_key[theme.office])
        code = f"{theme.domain}.{theme.name}_{english}"
        dataset = catalog.create_draft(
            code=code,
            provider=by.organisation,
            by=by,
            title_zh=f"{chinese}{theme.zh}",
            title_en=f"{theme.en}, {english}",
        )
        self.add_version(dataset, theme.shape)
        said = {"format": "csv", "update_cycle": "quarterly", "grade": "general"}
        dataset = catalog.describe(dataset=dataset, by=by, **said, **SAID[theme.shape])
        catalog.set_owner_terms(dataset=dataset, terms=TERMS[theme.shape], by=by)
        return by, code

    def add_version(self, dataset: Dataset, shape: str = "") -> None:
        """The office's newest table: fresh rows of the same columns."""
        path = self.folder / f"{dataset.code}.csv"
        with path.open("w", encoding="utf-8", newline="") as lines:
            csv.writer(lines).writerows(rows(shape or shape_of(dataset), self.rng))
        with Table.read(path) as table:
            by = self.of(dataset.provider.code)
            versions.add_version(dataset=dataset, table=table, source_name=path.name, by=by)
        path.unlink()


def settle(password: str) -> None:
    """Whoever is not registered yet moves in; a person of each rank in every office."""
    for body in (*CAST, *JOINING):
        if not Organisation.objects.filter(code=body.code).exists():
            accounts.create_organisation(
                code=body.code,
                name_zh=body.name_zh,
                name_en=body.name_en,
                kinds=body.kinds,
                by=SYSTEM,
            )
        for rank in Rank:
            if not Person.objects.filter(username=body.username(rank)).exists():
                accounts.create_person(
                    username=body.username(rank),
                    password=password,
                    organisation=body.code,
                    rank=rank,
                    by=SYSTEM,
                )


def shape_of(dataset: Dataset) -> str:
    """What kind of table it is, from what its entry says."""
    if dataset.unit_column:
        return "people"
    return "places" if dataset.opening == "open" else "months"


def rows(shape: str, rng: Random) -> Iterator[list[Any]]:
    """A header and the lines of a small table."""
    streets = ["兴华街道", "望江街道", "文峰镇", "青石镇", "云林乡"]
    if shape == "people":
        yield ["resident_id", "street", "sex", "birth_year", "amount"]
        for number in range(rng.randint(120, 240)):
            street = rng.choices(streets, (40, 30, 20, 8, 2))[0]
            born = rng.randint(1940, 2015)
            yield [f"R{number:05d}", street, rng.choice("男女"), born, rng.randint(0, 90) * 100]
    elif shape == "places":
        yield ["place", "street", "address", "capacity"]
        for number in range(rng.randint(20, 60)):
            street = rng.choice(streets)
            yield [f"第{number + 1}号", street, f"{street}{number * 3 + 1}号", rng.randint(5, 500)]
    else:
        yield ["month", "street", "cases"]
        for month in range(1, 13):
            for street in streets:
                yield [f"2025-{month:02d}", street, rng.randint(10, 900)]
