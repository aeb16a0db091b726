"""Files as agencies publish them: what they suggest themselves can be asked of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from gongshu.data import Table, profile
from gongshu.data.quality import Rules, assess, proposals

SHARED = Path(__file__).parents[4] / "shared" / "data"
SMALL = 20_000_000


def _samples() -> list[Path]:
    """One file of each set."""
    found: dict[str, Path] = {}
    for path in sorted(SHARED.glob("*/**/*.csv")) if SHARED.is_dir() else []:
        if path.stat().st_size < SMALL:
            found.setdefault(path.relative_to(SHARED).parts[0], path)
    return list(found.values())


@pytest.mark.parametrize("path", _samples(), ids=lambda path: path.relative_to(SHARED).parts[0])
def test_what_real_data_suggest_can_be_asked_of_them(path: Path) -> None:
    with Table.read(path) as table:
        found = assess(table, Rules.read(proposals(profile(table).to_dict())))
        assert found.rows == table.num_rows
    assert found.score is not None
    assert 0 <= found.score <= 100
    values = {one.kind.number: one.value for one in found.indicators}
    assert values["0301"] is None
    assert values["0601"] is None
    assert values["0304"] in (None, 1.0), "a key is proposed only where no value repeats"
