"""What the ingest tests share: a file of given bytes, read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gongshu.data import Table

Read = Callable[..., Table]


@pytest.fixture
def read(tmp_path: Path) -> Iterator[Read]:
    """`read(text or bytes, name="file.csv", encoding_of_file="utf-8", **hints)`."""
    opened: list[Table] = []

    def reader(
        content: str | bytes, name: str = "file.csv", *, written_in: str = "utf-8", **hints: Any
    ) -> Table:
        data = content.encode(written_in) if isinstance(content, str) else content
        path = tmp_path / name
        path.write_bytes(data)
        table = Table.read(path, **hints)
        opened.append(table)
        return table

    yield reader
    for table in opened:
        table.close()
