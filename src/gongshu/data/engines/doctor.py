"""What locks the query engine in on this machine, found out by running a worker.

Nothing is read from settings or version numbers: a real worker tries to break out, a query
tries to take too much memory and too much time, and what was refused is in force.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from gongshu.data.engines.failures import EngineFailed
from gongshu.data.engines.limits import MEBIBYTE, Limits
from gongshu.data.engines.pool import EnginePool
from gongshu.data.engines.worker_process import Worker
from gongshu.wording import Sentence

LOCKS: dict[str, Sentence] = {
    "reading": Sentence(
        en="A query worker can read no file but those of its grant (Landlock).",
        zh="查询进程只能读取其授权范围内的文件（Landlock）。",
    ),
    "writing": Sentence(
        en="A query worker can write no file (Landlock).",
        zh="查询进程不能写入任何文件（Landlock）。",
    ),
    "network": Sentence(
        en="A query worker has no network (network namespace).",
        zh="查询进程没有网络（网络命名空间）。",
    ),
    "tcp": Sentence(
        en="A query worker can open no TCP connection (Landlock).",
        zh="查询进程不能建立 TCP 连接（Landlock）。",
    ),
    "signals": Sentence(
        en="A query worker can signal no other process (Landlock).",
        zh="查询进程不能向其他进程发送信号（Landlock）。",
    ),
    "privileges": Sentence(
        en="A query worker has no privileges, also when the service runs as root.",
        zh="即使服务以 root 运行，查询进程也没有特权。",
    ),
    "memory": Sentence(
        en="A query that needs too much memory is refused.",
        zh="占用内存过多的查询会被拒绝。",
    ),
    "deadline": Sentence(
        en="A query that takes too long is killed.",
        zh="超时的查询会被终止。",
    ),
}
TRIALS = {
    "memory": "SELECT length(repeat('a', 2000000000))",
    "deadline": "SELECT sleep_ms(5000)",
}
REFUSED_AS = {"memory": "limit", "deadline": "deadline"}


def sandbox_status() -> list[tuple[str, bool, Sentence]]:
    """Each lock: its name, whether it held when it was tried, and what it does."""
    held: set[str] = set()
    limits = Limits(seconds=1, memory_bytes=256 * MEBIBYTE, threads=1)
    with tempfile.TemporaryDirectory() as folder, EnginePool(size=1, unsafe=True) as pool:
        file = Path(folder) / "trial.parquet"
        pq.write_table(pa.table({"a": [1]}), file)
        for name, sql in TRIALS.items():
            try:
                with pool.lease("doctor/1", {"trial": [file]}, limits) as worker:
                    held.update(worker.locks)
                    if _refusal(worker, sql) == REFUSED_AS[name]:
                        held.add(name)
            except EngineFailed:
                break  # no worker starts here at all: what has not been tried does not hold
    return [(name, name in held, sentence) for name, sentence in LOCKS.items()]


def _refusal(worker: Worker, sql: str) -> str:
    try:
        worker.query(sql)
    except EngineFailed as failure:
        return failure.code
    return ""
