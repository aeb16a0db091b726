"""Lines over time and radar plots as templates draw them: inline SVG, no script, nothing fetched.

What the picture shows stands in a table beside it as well; a gap in the line is a time without
any basis.

>>> made = line({8100: 0.0, 8101: None, 8102: 1.0})
>>> [(p.x, p.y) for p in made.points]
[(30, 96), (290, 12)]
>>> made.paths
['M30,96', 'M290,12']
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import cos, pi, sin

LEFT, RIGHT, TOP, BOTTOM = 30, 290, 12, 96
CENTRE_X, CENTRE_Y, RADIUS = 170, 125, 88


@dataclass(frozen=True)
class Point:
    x: int
    y: int
    when: str
    share: float


@dataclass(frozen=True)
class Line:
    points: list[Point]
    paths: list[str]  # one for each run without a gap
    first: str
    last: str
    cells: list[tuple[str, float | None]]  # the same as a table


def line(shares: Mapping[int, float | None]) -> Line:
    """Shares by quarter, in their order."""
    names = [quarter_name(at) for at in shares]
    step = (RIGHT - LEFT) / max(len(names) - 1, 1)
    points: list[Point] = []
    paths: list[str] = []
    run = False
    for number, (name, share) in enumerate(zip(names, shares.values(), strict=True)):
        if share is None:
            run = False
            continue
        share = min(share, 1.0)
        x, y = round(LEFT + number * step), round(BOTTOM - share * (BOTTOM - TOP))
        points.append(Point(x, y, name, share))
        if run:
            paths[-1] += f" L{x},{y}"
        else:
            paths.append(f"M{x},{y}")
        run = True
    return Line(points, paths, names[0], names[-1], list(zip(names, shares.values(), strict=True)))


def quarter_name(at: int) -> str:
    """
    >>> quarter_name(8104)
    '2026 Q1'
    """
    return f"{at // 4} Q{at % 4 + 1}"


@dataclass(frozen=True)
class Axis:
    name: str
    share: float | None
    end: tuple[int, int]
    label: tuple[int, int]
    anchor: str
    point: tuple[int, int] | None


@dataclass(frozen=True)
class Radar:
    axes: list[Axis]
    rings: list[str]
    area: str  # through the axes that have a basis; blank with fewer than three


def radar(shares: Sequence[tuple[str, float | None]]) -> Radar:
    """Shares on axes from the top, clockwise; an axis without a basis has no point.

    >>> made = radar([("a", 1.0), ("b", 0.5), ("c", None), ("d", 0.0)])
    >>> made.area, made.axes[2].point
    ('170,37 214,125 170,125', None)
    """
    axes = []
    for number, (name, share) in enumerate(shares):
        turn = 2 * pi * number / len(shares)
        right = sin(turn)
        anchor = "middle" if abs(right) < 0.1 else "start" if right > 0 else "end"
        point = None if share is None else _at(turn, RADIUS * min(max(share, 0.0), 1.0))
        label = _at(turn, RADIUS + 14)
        axes.append(Axis(name, share, _at(turn, RADIUS), label, anchor, point))
    points = [axis.point for axis in axes if axis.point]
    turns = [2 * pi * number / len(shares) for number in range(len(shares))]
    rings = [_joined([_at(turn, RADIUS * part / 4) for turn in turns]) for part in range(1, 5)]
    return Radar(axes, rings, _joined(points) if len(points) > 2 else "")


def _at(turn: float, length: float) -> tuple[int, int]:
    return round(CENTRE_X + length * sin(turn)), round(CENTRE_Y - length * cos(turn))


def _joined(points: Sequence[tuple[int, int]]) -> str:
    return " ".join(f"{x},{y}" for x, y in points)
