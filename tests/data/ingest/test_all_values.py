"""The types are those of all values, also where one value in a large file decides."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from gongshu.data import Table

ROWS = 400_000  # about 17 MB: the sample sees a fraction of it
ODD = 123_457  # stands between the pieces of the sample


def write(path: Path, **odd: str) -> Path:
    """A file whose row ODD has other values than all the rest."""
    usual = {"number": "12", "price": "1.25", "day": "2024-01-05", "flag": "true", "void": ""}
    with path.open("w") as file:
        file.write("row,filler," + ",".join(usual) + "\n")
        cells = ",".join(usual.values())
        for i in range(ROWS):
            line = ",".join({**usual, **odd}.values()) if i == ODD else cells
            file.write(f"{i},some text {i},{line}\n")
    return path


@pytest.mark.parametrize(("odd", "type_", "value"), [
    ({"number": "007"}, "string", "007"),
    ({"number": "0.5"}, "decimal128(18, 1)", Decimal("0.5")),
    ({"number": "123456789012345678"}, "string", "123456789012345678"),
    ({"number": "NA"}, "int64", None),
    ({"price": "1.255"}, "decimal128(18, 3)", Decimal("1.255")),
    ({"price": "1E5"}, "string", "1E5"),
    ({"day": "2024-1-5"}, "date32[day]", None),
    ({"day": "unknown"}, "string", "unknown"),
    ({"day": "2024-13-01"}, "string", "2024-13-01"),
    ({"flag": "maybe"}, "string", "maybe"),
    ({"void": "7"}, "int64", 7),
    ({"void": "2024-02-29"}, "date32[day]", None),
])  # fmt: skip
def test_one_value_among_many_decides(
    tmp_path: Path, odd: dict[str, str], type_: str, value: object
) -> None:
    (name,) = odd
    with Table.read(write(tmp_path / "big.csv", **odd)) as table:
        column = table.to_arrow()[name]
        others = {str(f.type) for f in table.schema if f.name not in ("row", "filler", name)}
        assert str(column.type) == type_
        assert table.num_rows == ROWS
        if value is not None or type_ == "int64":
            assert column[ODD].as_py() == value
        assert column.null_count == (ROWS - 1 if name == "void" else int(odd[name] == "NA"))
        assert len(others) >= 3  # the other columns keep their own types
