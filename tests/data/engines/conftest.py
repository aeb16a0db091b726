"""Two grants' files, and a pool of real worker processes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from gongshu.data.engines import EngineFailed, EnginePool, Limits

SECRET = "510101199001011234"
QUICK = Limits(seconds=1, memory_bytes=256 << 20)


@pytest.fixture(scope="session")
def persons(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("versions") / "persons.parquet"
    pq.write_table(
        pa.table({"id": [SECRET, "b", "c"], "age": [36, 64, 71], "town": ["x", "y", "y"]}), file
    )
    return file


@pytest.fixture(scope="session")
def others(persons: Path) -> Path:
    """A file of another grant, in the same folder."""
    file = persons.with_name("others.parquet")
    pq.write_table(pa.table({"id": ["z"]}), file)
    return file


@pytest.fixture(scope="module")
def pool() -> Iterator[EnginePool]:
    with EnginePool(size=8) as pool:
        yield pool


@pytest.fixture
def failure(pool: EnginePool, persons: Path) -> Callable[[str], EngineFailed]:
    """What is raised when `sql` is asked over the persons."""

    def ask(sql: str) -> EngineFailed:
        with (
            pytest.raises(EngineFailed) as caught,
            pool.lease("G-1/1", {"persons": [persons]}, QUICK) as worker,
        ):
            worker.query(sql)
        return caught.value

    return ask
