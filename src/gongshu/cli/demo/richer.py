"""The richer sets of `make demo DATA=folder`: public files that lie there are brought in as well.

A folder for each set, with the file under its own name and a README that says where it is from.
Sets that the folder lacks are passed over.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gongshu.cli.demo.cast import HEALTH, STATISTICS
from gongshu.cli.demo.datasets import Described

OPEN: dict[str, Any] = {
    "update_cycle": "yearly",
    "sharing": "unconditional",
    "opening": "open",
    "classification": "public",
    "grade": "general",
    "level": 1,
}
DOMAINS = {
    "environment": ("生态环境", "Environment"),
    "education": ("教育", "Education"),
    "transport": ("交通运输", "Transport"),
    "population": ("人口", "Population"),
}
SETS = (
    Described(
        "geography.counties",
        "cn-admin-divisions/areas.csv",
        STATISTICS,
        OPEN
        | {
            "title_zh": "县级行政区划代码",
            "title_en": "County-level administrative divisions",
            "format": "csv",
            "attribution": "国家统计局统计用区划代码；modood/Administrative-divisions-of-China",
            "licence": "WTFPL v2",
        },
    ),
    Described(
        "environment.air_quality",
        "beijing-air-quality/PRSA_Data_Aotizhongxin_20130301-20170228.csv",
        STATISTICS,
        OPEN
        | {
            "title_zh": "空气质量逐小时监测（奥体中心）",
            "title_en": "Hourly air quality, one station",
            "format": "csv",
            "attribution": "UCI 501; Zhang et al., Proc. R. Soc. A 473 (2017) 20170457",
            "licence": "CC BY 4.0",
        },
    ),
    Described(
        "education.schools",
        "hk-schools-facilities/SCH_LOC_EDB_2023.csv",
        STATISTICS,
        OPEN
        | {
            "title_zh": "香港学校名录",
            "title_en": "Schools of Hong Kong",
            "format": "csv",
            "attribution": "Education Bureau of the HKSAR, DATA.GOV.HK",
            "licence": "DATA.GOV.HK terms",
        },
    ),
    Described(
        "transport.high_speed_trains",
        "cn-high-speed-rail-2016/hsr_timetable_20160310.xlsx",
        STATISTICS,
        OPEN
        | {
            "title_zh": "全国高铁时刻表（2016年3月）",
            "title_en": "High-speed railway timetable, March 2016",
            "format": "xlsx",
            "attribution": "collected by the author named on the workbook's cover sheet",
            "licence": "MIT",
        },
    ),
    Described(
        "population.adults",
        "adult-census/adult.csv",
        HEALTH,
        {
            "title_zh": "成人收入普查微观数据",
            "title_en": "Adult census microdata",
            "format": "csv",
            "update_cycle": "once",
            "sharing": "conditional",
            "sharing_conditions": "统计研究；须先评估重识别风险",
            "opening": "closed",
            "classification": "personal",
            "grade": "general",
            "level": 3,
            "attribution": "UCI 2 (Becker and Kohavi); ARX project",
            "licence": "CC BY 4.0",
        },
    ),
)
# Who stands out in the microdata: the question before any release of them.
RISK = ("adult-census/adult.csv", "sex,age,race,native-country", "salary-class")


def found(folder: Path | None) -> list[Described]:
    """The sets that lie in the folder, with their files' whole paths."""
    if folder is None:
        return []
    return [s for s in SETS if (folder / s.file).is_file()]
