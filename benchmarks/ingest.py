"""What typing on all values costs. A CSV of mixed columns (Chinese names and addresses, resident
numbers, dates, times, decimals, codes with leading zeros, quoted remarks) is made and read
twice: by DuckDB `COPY (FROM read_csv(…)) TO … (FORMAT parquet, COMPRESSION zstd)`, which trusts
a sample, and by `Table.read`, which decides encoding, dialect, header and types on all values;
then with the profile, and with all that becomes known of a version (its digest in the store,
quality by the rules that the profile proposes, sketches). Each in a process of its own, one
after the other, three times; medians of wall time, CPU time and peak memory. Then the same in
GBK, which DuckDB cannot read and which is therefore set against the copy of the UTF-8 file."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import duckdb

SIZE = int(float(os.environ.get("GONGSHU_BENCH_BYTES", "2e9")))
ROUNDS = 3
_BYTES_PER_ROW = 170
_MADE = """
WITH rows AS (SELECT i, hash(i) AS h, hash(i + 17) AS g FROM range({first}, {last}) AS made(i)),
parts AS (SELECT *, DATE '1940-01-01' + (h % 29000)::INT AS born, substr('王李张刘陈杨黄赵周吴',
    1 + (g % 10)::INT, 1) || substr('伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平', 1 + (h % 20)::INT, 1)
    || substr('国建文志海春晓梦雨子', 1 + (h // 20 % 10)::INT, 1) AS name FROM rows),
ids AS (SELECT *, '3301' || lpad((2 + g % 13)::VARCHAR, 2, '0') || strftime(born, '%Y%m%d')
    || lpad((h // 7 % 1000)::VARCHAR, 3, '0') AS body FROM parts)
SELECT i AS 序号, name AS 姓名, body || substr('10X98765432', 1 + (list_dot_product(
    [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]::DOUBLE[],
    string_split(body, '')::DOUBLE[])::INT % 11), 1) AS 身份证号, born AS 出生日期,
  ['上城区', '拱墅区', '西湖区', '滨江区', '萧山区', '余杭区'][1 + (g % 6)::INT] AS 区县,
  '浙江省杭州市文三路' || (h % 900) || '号' || (g % 30) || '幢' AS 住址,
  TIMESTAMP '2024-01-01' + to_seconds((h % 31000000)::BIGINT) AS 就诊时间,
  ((g % 1000000) / 100)::DECIMAL(10, 2) AS 金额, (h % 100)::INT AS 年龄,
  lpad((g % 10000)::VARCHAR, 4, '0') AS 编码, if(h % 50 = 0, NULL, round((g % 7919) / 97, 3)) AS 指标,
  ['正常', '已核验', '资料不全,待补正', '', '医保在册', '退回"重报"'][1 + (h % 6)::INT] AS 备注
FROM ids"""


def generate(path: Path, size: int, encoding: str = "utf-8") -> int:
    """A CSV of about `size` bytes (as UTF-8), always the same; returns its number of rows."""
    rows = size // _BYTES_PER_ROW
    sql = _MADE.format(first=0, last=rows)
    duckdb.execute(f"COPY ({sql}) TO '{path}' (FORMAT csv, HEADER)")
    if encoding != "utf-8":
        text = path.with_suffix(".utf8")
        path.rename(text)
        with text.open(encoding="utf-8") as source, path.open("w", encoding=encoding) as sink:
            while piece := source.read(1 << 22):
                sink.write(piece)
        text.unlink()
    return rows


def copy(path: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        target = f"{folder}/out.parquet"
        duckdb.execute(
            f"COPY (FROM read_csv('{path}')) TO '{target}' (FORMAT parquet, COMPRESSION zstd)"
        )


def ours(path: str) -> None:
    from gongshu.data import Table  # here: the peer must not pay for our imports

    with Table.read(path) as table:
        assert table.report.rows_rejected == 0


def ours_with_profile(path: str) -> None:
    from gongshu.data import Table, profile

    with Table.read(path) as table:
        profile(table)


def ours_with_all(path: str) -> None:
    """What becomes known of a version: profile, quality by proposed rules, sketches, digest."""
    from gongshu.data import Table, profile
    from gongshu.data.quality import Rules, assess, proposals
    from gongshu.data.sketches import sketches
    from gongshu.data.storage import VersionStore

    with Table.read(path) as table, tempfile.TemporaryDirectory() as folder:
        found = profile(table)
        VersionStore(folder).put(table)
        told = found.to_dict()
        assess(table, Rules.read(proposals(told)), profile=told)
        distinct = {column.name: column.distinct for column in found.columns}
        sketches(table, key=b"benchmark", distinct=distinct)


WAYS: dict[str, Callable[[str], None]] = {
    "copy": copy,
    "ingest": ours,
    "ingest_and_profile": ours_with_profile,
    "ingest_profile_digest_quality_sketches": ours_with_all,
}


def run() -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        text = Path(folder) / "mixed.csv"
        rows = generate(text, SIZE)
        size = text.stat().st_size
        times = _measured(text, ROUNDS, *WAYS)
        text.unlink()
        generate(text, SIZE, "gb18030")
        gbk = _measured(text, 1, "ingest")
    base = times["copy"]
    return {
        "megabytes": size // 10**6,
        "rows": rows,
        "copy": base,
        "ingest": {**times["ingest"], **_ratio(times["ingest"], base)},
        **{
            way: {**times[way], **_ratio(times[way], base)}
            for way in ("ingest_and_profile", "ingest_profile_digest_quality_sketches")
        },
        "gbk": {**gbk["ingest"], **_ratio(gbk["ingest"], base)},
    }


def _measured(path: Path, rounds: int, *ways: str) -> dict[str, dict[str, float]]:
    """Medians per way; the ways take turns, so that a busy minute hits all of them."""
    found: dict[str, list[dict[str, float]]] = {way: [] for way in ways}
    for _ in range(rounds):
        for way in ways:
            command = [sys.executable, "-m", "benchmarks.ingest", way, str(path)]
            done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
            found[way].append(json.loads(done.stdout.splitlines()[-1]))
    return {
        way: {key: round(median(r[key] for r in results), 2) for key in results[0]}
        for way, results in found.items()
    }


def _ratio(times: dict[str, float], peer: dict[str, float]) -> dict[str, float]:
    return {
        "wall_to_copy": round(times["wall_s"] / peer["wall_s"], 2),
        "cpu_to_copy": round(times["cpu_s"] / peer["cpu_s"], 2),
    }


def _one(way: str, path: str) -> dict[str, float]:
    wall = time.perf_counter()
    WAYS[way](path)
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "wall_s": time.perf_counter() - wall,
        "cpu_s": used.ru_utime + used.ru_stime,
        "peak_mb": used.ru_maxrss / 1024,
    }


if __name__ == "__main__":
    print(json.dumps(_one(sys.argv[1], sys.argv[2])))
