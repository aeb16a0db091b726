"""The cells of a protected block: what the engine computed, and what of it may be shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from gongshu.data.policy.plan import Figure, ProtectedBlock

Mask = NDArray[np.bool_]
Numbers = NDArray[Any]


@dataclass
class Cells:
    """A block's raw result, with a verdict on every cell and every figure."""

    block: ProtectedBlock
    raw: pa.Table
    kept: Mask  # per cell
    shown: dict[str, Mask] = field(default_factory=dict)  # per figure and cell; implies `kept`
    noise: dict[str, Numbers] = field(default_factory=dict)  # added to a figure before it leaves
    divisor_noise: dict[str, Numbers] = field(default_factory=dict)  # to what a mean is divided by

    @property
    def count(self) -> int:
        return int(self.raw.num_rows)

    def numbers(self, name: str) -> Numbers:
        """A helper column; what is missing counts 0."""
        column = self.raw.column(name)
        if pa.types.is_decimal(column.type):
            column = pc.cast(column, pa.float64())
        return np.asarray(column.fill_null(0).to_numpy())

    def smallest_units(self) -> Numbers:
        """Per cell the smallest number of distinct units among the protected inputs."""
        counts = [self.numbers(f"n_{i}") for i in range(len(self.block.units))]
        return np.asarray(np.minimum.reduce(counts))

    @property
    def complete(self) -> bool:
        """Whether every cell that is kept shows every figure."""
        return all(bool((mask | ~self.kept).all()) for mask in self.shown.values())

    @property
    def figures_shown(self) -> int:
        """How many figures would leave as things stand; of a block without any, its cells."""
        masks = list(self.shown.values()) or [self.kept]
        return sum(int(mask.sum()) for mask in masks)

    def withhold(self, cell: int) -> None:
        self.kept[cell] = False
        for mask in self.shown.values():
            mask[cell] = False

    @property
    def withheld(self) -> bool:
        """Whether anything is missing. Nothing left looks like something withheld: an empty
        group and a small one must read the same."""
        if self.block.grouped and not self.kept.any():
            return True
        return not (self.kept.all() and all(mask.all() for mask in self.shown.values()))

    def table(self) -> pa.Table:
        """The protected table that everything above the boundary works on."""
        if self.block.grouped and self.block.figures:
            # A row of which no figure is left says no more than that the group is there.
            some = np.logical_or.reduce([self.shown[f.name] for f in self.block.figures])
            rows = self.kept & some
        elif self.block.grouped:
            rows = self.kept
        else:
            rows = np.ones(self.count, dtype=bool)
        names = [f"g{key}" for key in range(self.block.keys)]
        columns = [self.raw.column(name) for name in names]
        for figure in self.block.figures:
            names.append(figure.name)
            columns.append(self._figure(figure))
        if not names:
            names, columns = ["c"], [pa.nulls(self.count, pa.int64())]
        return pa.table(columns, names=names).filter(pa.array(rows))

    def _figure(self, figure: Figure) -> pa.ChunkedArray | pa.Array:
        shown = pa.array(self.shown[figure.name])
        value = self._value(figure)
        if figure.name in self.noise:
            value = self._noised(figure, value.type)
        return pc.if_else(shown, value, pa.scalar(None, value.type))

    def _noised(self, figure: Figure, type_: pa.DataType) -> pa.Array:
        """The figure with its noise; whole numbers stay whole, counts never fall below none."""
        noise = self.noise[figure.name]
        if figure.kind == "avg":
            total = self.numbers(f"s_{figure.measure}") + noise
            count = self.numbers(f"c_{figure.measure}") + self.divisor_noise[figure.name]
            return pa.array(total / np.maximum(count, 1.0))
        exact = np.asarray(pc.cast(self._value(figure), pa.float64()).fill_null(0).to_numpy())
        if figure.kind == "sum":
            noised = exact + noise
            return pa.array(
                np.rint(noised).astype(np.int64) if pa.types.is_integer(type_) else noised
            )
        return pa.array(np.maximum(exact + noise, 0.0).astype(np.int64))

    def _value(self, figure: Figure) -> pa.ChunkedArray | pa.Array:
        m = figure.measure
        match figure.kind:
            case "rows":
                return self.raw.column(
                    "r" if figure.condition is None else f"fr_{figure.condition}"
                )
            case "units":
                return self.raw.column(f"n_{figure.unit}")
            case "distinct":
                return self.raw.column(f"d_{figure.distinct}")
            case "sum":
                return whole(self.raw.column(f"s_{m}"))
            case "avg":
                return pa.array(_ratio(self.numbers(f"s_{m}"), self.numbers(f"c_{m}")))
            case "stddev":
                return pa.array(self._spread(m))

    def _spread(self, measure: int | None) -> Numbers:
        count, total = self.numbers(f"c_{measure}"), self.numbers(f"y_{measure}")
        with np.errstate(invalid="ignore", over="ignore"):  # cells with endless values are withheld
            squares = self.numbers(f"q_{measure}") - _ratio(total * total, count)
            return np.sqrt(np.maximum(_ratio(squares, count - 1), 0.0))


def _ratio(numerator: Numbers, denominator: Numbers) -> Numbers:
    zero = np.zeros(len(numerator), dtype=float)
    return np.divide(numerator, denominator, out=zero, where=denominator > 0)


def whole(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """DuckDB sums whole numbers as 128 bits; where they fit, they are plain integers again."""
    if pa.types.is_decimal(column.type) and column.type.scale == 0:
        try:
            return pc.cast(column, pa.int64())
        except pa.ArrowInvalid:
            return column
    return column
