"""The cell key method: noise that is a function of the rows in the cell.

Statistics offices perturb tables this way. Every unit's rows give a number under a secret key; the
sum over a cell is the cell's key, and the noise is drawn from it. The same rows always get the
same noise, however the question is put and whoever asks: averaging gains nothing. A cell with one
person more gets noise of its own, which hides him in a count; in a sum the noise grows with the
largest contribution, so that it hides any one unit's there too.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gongshu.data.policy.plan import Figure
from gongshu.data.protect.history import Asked
from gongshu.data.protect.members import Members

_WIDEST = 4.0  # standard deviations; the tail beyond is folded onto it
_MIX = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))


def perturb(asked: Asked, secret: bytes, spread: float) -> None:
    """Give every figure of a block its noise; what cannot be perturbed is withheld."""
    cells = asked.cells
    for figure in cells.block.figures:
        if figure.kind == "stddev":
            cells.shown[figure.name][:] = False
            continue
        keys = _keys(_members(asked, figure), secret)
        # The same rows get the same noise in any query, so a label names what is shown of them.
        source = "" if figure.measure is None else cells.block.measure_sources[figure.measure]
        draws = _draws(keys, secret, f"{_LABELS[figure.kind]} {source}", spread)
        if figure.measure is None:
            cells.noise[figure.name] = np.rint(draws)
        else:
            cells.noise[figure.name] = draws * _largest(asked, figure.measure)
        if figure.kind == "avg":
            cells.divisor_noise[figure.name] = np.rint(_draws(keys, secret, "values", spread))


# A mean is the perturbed sum over the perturbed count: no second draw of the sum to average with.
_LABELS = {"rows": "rows", "units": "units", "distinct": "distinct", "sum": "sum", "avg": "sum"}


def _members(asked: Asked, figure: Figure) -> list[list[Members]]:
    """Per unit class and cell the rows the figure is made of."""
    if figure.measure is not None:
        return [by[figure.measure] for by in asked.measured]
    if figure.condition is not None:
        return [by[figure.condition] for by in asked.conditional]
    return asked.members


def _keys(members: Sequence[Sequence[Members]], secret: bytes) -> list[bytes]:
    seed = np.frombuffer(hmac.digest(secret, b"unit", hashlib.sha256)[:8], np.uint64)[0]
    per_class = [[_key(cell, seed) for cell in cells] for cells in members]
    return [b"".join(parts) for parts in zip(*per_class, strict=True)]


def _key(cell: Members, seed: np.uint64) -> bytes:
    """The sum of the units' numbers: it does not depend on their order."""
    numbers = _mixed(_mixed(cell.units ^ seed) ^ cell.counts.astype(np.uint64))
    return int(numbers.sum(dtype=np.uint64)).to_bytes(8, "big")


def _mixed(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """splitmix64's finisher: every bit of the result depends on every bit of the value."""
    for shift, factor in ((np.uint64(30), _MIX[0]), (np.uint64(27), _MIX[1])):
        values = (values ^ (values >> shift)) * factor
    mixed: NDArray[np.uint64] = values ^ (values >> np.uint64(31))
    return mixed


def _draws(keys: Sequence[bytes], secret: bytes, label: str, spread: float) -> NDArray[Any]:
    normal = NormalDist(0.0, spread)
    draws = []
    for key in keys:
        digest = hmac.digest(secret, label.encode() + b"\0" + key, hashlib.sha256)
        uniform = (int.from_bytes(digest[:7], "big") + 0.5) / 2**56
        draws.append(normal.inv_cdf(uniform))
    return np.asarray(np.clip(np.array(draws), -_WIDEST * spread, _WIDEST * spread))


def _largest(asked: Asked, measure: int) -> NDArray[Any]:
    """Per cell the largest total of one unit, over all protected inputs."""
    largest = np.zeros(asked.cells.count)
    for position in range(len(asked.cells.block.units)):
        tops = asked.cells.raw.column(f"top_{position}_{measure}").to_pylist()
        largest = np.maximum(largest, [float(top[0]) if top else 0.0 for top in tops])
    return largest
