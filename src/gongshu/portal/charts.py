"""Lines over time as the template draws them: inline SVG, no script, nothing fetched.

What the picture shows stands in a table beside it as well; a gap in the line is a time without
any basis.

>>> made = line({8100: 0.0, 8101: None, 8102: 1.0})
>>> [(p.x, p.y) for p in made.points]
[(30, 96), (290, 12)]
>>> made.paths
['M30,96', 'M290,12']
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

LEFT, RIGHT, TOP, BOTTOM = 30, 290, 12, 96


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
