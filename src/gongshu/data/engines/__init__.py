"""Where governed SQL runs: DuckDB in worker processes that hold one grant's files and nothing else.

The gate (`gongshu.data.policy`) decides what may be asked. This room assumes that the gate
has a hole, and sees to it that a hole there is not a hole here: a worker can read exactly
the files of one grant's versions, write nowhere, reach no network, and is killed when it
takes too long. What goes wrong in it is told in one constant sentence, because the
engine's own words can quote a row.

    with EnginePool() as pool:
        with pool.lease("G-2026-0001/3", {"v1": [path]}, Limits(seconds=10)) as worker:
            table = worker.query('SELECT count(*) AS n FROM "v1" WHERE age >= ?', [65])
"""

from gongshu.data.engines.failures import EngineFailed
from gongshu.data.engines.limits import Limits
from gongshu.data.engines.pool import EnginePool
from gongshu.data.engines.worker_process import Worker

__all__ = ["EngineFailed", "EnginePool", "Limits", "Worker"]
