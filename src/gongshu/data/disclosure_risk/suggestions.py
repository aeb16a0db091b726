"""What would make a table safer: each step on its own with its effect, and the best steps together.

The wanted k is reached when no more than a small share of the rows (or units) stand in classes
of fewer, and those few are left out. Coarser values only merge classes, so the share falls with
every step, and so does information: the search for the combination with the least loss can skip
whatever is finer than one that failed.

First a greedy climb finds a combination that will do, and steps that it need not have taken are
taken back. Then combinations are tried in the order of their loss until one suffices: that one
is the best there is (`best_known_exactly`), unless the time allowed ran out before.

Loss: of a column, the share of its entropy that is gone; of a combination, the mean of its
columns. All is counted on the distinct combinations of values, which are collected once.
"""

from __future__ import annotations

import heapq
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from gongshu.data.disclosure_risk.ladders import Step, ladder, top_code
from gongshu.data.disclosure_risk.risk import names
from gongshu.data.profiling.source import Source, SourceColumn, Tabular, opened
from gongshu.wording import Problem, Sentence

Node = tuple[int, ...]
LARGEST_K = 1_000_000


@dataclass(frozen=True, slots=True)
class Effect:
    """After the steps; `left_out` is the share in classes of fewer than the wanted k.

    The other figures are of the table with them, `k_then` is of the table without.
    """

    k: int
    k_then: int
    classes: int
    highest_risk: float
    unique_fraction: float
    left_out: float
    loss: float


@dataclass(frozen=True, slots=True)
class OneStep:
    column: str
    step: Step
    effect: Effect


@dataclass(frozen=True, slots=True)
class Combination:
    steps: dict[str, Step]
    effect: Effect


@dataclass(frozen=True, slots=True)
class Suggestions:
    wanted_k: int
    most_left_out: float
    now: Effect
    single: tuple[OneStep, ...]
    # By loss, the best first; empty if the whole table has fewer members than k.
    combinations: tuple[Combination, ...]
    best_known_exactly: bool
    tried: int

    def to_dict(self) -> dict[str, Any]:
        return {
            "wanted_k": self.wanted_k,
            "most_left_out": self.most_left_out,
            "now": _shown(self.now),
            "single": [
                {"column": one.column, "step": one.step.name, **_shown(one.effect)}
                for one in self.single
            ],
            "combinations": [
                {
                    "steps": {column: step.name for column, step in one.steps.items()},
                    **_shown(one.effect),
                }
                for one in self.combinations
            ],
            "best_known_exactly": self.best_known_exactly,
            "tried": self.tried,
        }


def _shown(effect: Effect) -> dict[str, Any]:
    return {name: getattr(effect, name) for name in Effect.__slots__}


def suggest(
    table: Tabular,
    quasi: Sequence[str],
    unit: str | None = None,
    *,
    k: int,
    most_left_out: float = 0.01,
    seconds: float = 20.0,
) -> Suggestions:
    """Steps towards `k`; at most so large a share may be left out."""
    _require_sensible(k, most_left_out)
    with opened(table) as source:
        keys = [source.column(name, "quasi") for name in names(quasi)]
        who = source.column(unit, "unit") if unit is not None else None
        search = _Search(source, keys, who, k, most_left_out, time.monotonic() + seconds)
        best, exact = search.best()
        return Suggestions(
            wanted_k=k,
            most_left_out=most_left_out,
            now=search.effect(search.as_is),
            single=search.single_steps(),
            combinations=search.combinations(best),
            best_known_exactly=exact,
            tried=len(search.effects),
        )


def _require_sensible(k: int, most_left_out: float) -> None:
    if not 2 <= k <= LARGEST_K:
        raise Problem(
            "k",
            Sentence(
                en=f"The wanted k is a number from 2 to {LARGEST_K:,}.",
                zh=f"目标 k 应为 2 至 {LARGEST_K:,} 的数字。",
            ),
            field="k",
        )
    if not 0 <= most_left_out < 1:
        raise Problem(
            "left_out",
            Sentence(
                en="The share that may be left out is at least 0 and less than 1.",
                zh="允许剔除的比例应大于等于 0 且小于 1。",
            ),
            field="most_left_out",
        )


@dataclass
class _Search:
    source: Source
    columns: Sequence[SourceColumn]
    who: SourceColumn | None
    k: int
    most_left_out: float
    until: float
    effects: dict[Node, Effect] = field(default_factory=dict)
    failed: list[Node] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._collect()
        self.keys = [f"k{i}" for i in range(len(self.columns))]
        self.ladders = [
            ladder(self.source, column, key)
            for column, key in zip(self.columns, self.keys, strict=True)
        ]
        self.losses = [
            self._losses_of(key, steps) for key, steps in zip(self.keys, self.ladders, strict=True)
        ]
        self.as_is: Node = (0,) * len(self.columns)
        self.all_hidden: Node = tuple(len(steps) - 1 for steps in self.ladders)

    # What is counted

    def _collect(self) -> None:
        """`keys`: the distinct values together, and how many rows, or which unit, has them."""
        named = "".join(f"{c.sql} AS k{i}, " for i, c in enumerate(self.columns))
        if self.who is None:
            rows = f"SELECT {named}count(*) AS n FROM {self.source.relation} GROUP BY ALL"  # noqa: S608
        else:
            rows = f"""SELECT DISTINCT {named}{self.who.sql} AS unit, 1 AS n
                FROM {self.source.relation} WHERE {self.who.sql} IS NOT NULL"""  # noqa: S608
        self.source.connection.execute(f"CREATE OR REPLACE TEMP TABLE keys AS {rows}")

    def _losses_of(self, key: str, steps: Sequence[Step]) -> list[float]:
        entropies = [self._entropy(step.sql.format(k=key)) for step in steps]
        whole = entropies[0]
        return [1 - entropy / whole if whole else 0.0 for entropy in entropies]

    def _entropy(self, expression: str) -> float:
        (found,) = self.source.row(
            f"""SELECT ln(sum(n)) - sum(n * ln(n)) / sum(n)
            FROM (SELECT {expression} AS v, sum(n) AS n FROM keys GROUP BY v)"""  # noqa: S608
        )
        return max(0.0, float(found or 0.0))

    def loss(self, node: Node) -> float:
        if not node:
            return 0.0
        return sum(of[at] for of, at in zip(self.losses, node, strict=True)) / len(node)

    def effect(self, node: Node) -> Effect:
        if node not in self.effects:
            steps = [of[at] for of, at in zip(self.ladders, node, strict=True)]
            self.effects[node] = self._measured(steps, self.loss(node))
        return self.effects[node]

    def _measured(self, steps: Sequence[Step], loss: float) -> Effect:
        shown = [step.sql.format(k=key) for step, key in zip(steps, self.keys, strict=True)]
        named = "".join(f", {sql} AS e{i}" for i, sql in enumerate(shown))
        by = ", ".join(["one", *(f"e{i}" for i in range(len(shown)))])
        if self.who is None:
            members = f"""SELECT sum(n) AS size, sum(n) AS n
                FROM (SELECT true AS one{named}, n FROM keys) GROUP BY {by}"""  # noqa: S608
        else:
            members = f"""SELECT min(size) AS size, 1 AS n FROM (
                SELECT unit, count(*) OVER (PARTITION BY {by}) AS size
                FROM (SELECT DISTINCT true AS one{named}, unit FROM keys)) GROUP BY unit"""  # noqa: S608
        least, then, classes, whole, alone, few = self.source.row(
            f"""SELECT min(size), min(size) FILTER (size >= {self.k}), count(*), sum(n),
                sum(n) FILTER (size = 1), sum(n) FILTER (size < {self.k}) FROM ({members})"""  # noqa: S608
        )
        if not whole:
            return Effect(0, 0, 0, 0.0, 0.0, 0.0, loss)
        return Effect(
            k=int(least),
            k_then=int(then or 0),
            classes=int(classes),
            highest_risk=1 / int(least),
            unique_fraction=int(alone or 0) / int(whole),
            left_out=int(few or 0) / int(whole),
            loss=loss,
        )

    # Which combination

    def suffices(self, node: Node) -> bool:
        if any(_finer(node, one) for one in self.failed):
            return False
        enough = self.effect(node).left_out <= self.most_left_out
        if not enough:
            self.failed = [one for one in self.failed if not _finer(one, node)] + [node]
        return enough

    def best(self) -> tuple[Node | None, bool]:
        """The combination with the least loss, and whether no better one is left untried."""
        if not self.suffices(self.all_hidden):
            return None, True
        known = self._taken_back(self._climbed())
        waiting, seen = [(0.0, self.as_is)], {self.as_is}
        while waiting:
            loss, node = heapq.heappop(waiting)
            if loss >= self.loss(known):
                return known, True
            if self._late():
                return known, False
            if self.suffices(node):
                return node, True
            for next_ in self._coarser(node):
                if next_ not in seen:
                    seen.add(next_)
                    heapq.heappush(waiting, (self.loss(next_), next_))
        return known, True

    def _climbed(self) -> Node:
        node = self.as_is
        while not self.suffices(node):
            if self._late():
                return self.all_hidden
            node = max(self._coarser(node), key=lambda next_: self._worth(node, next_))
        return node

    def _worth(self, node: Node, next_: Node) -> float:
        """How much fewer are left out, for how much loss."""
        gained = self.effect(node).left_out - self.effect(next_).left_out
        return gained / (self.loss(next_) - self.loss(node) + 1e-6)

    def _taken_back(self, node: Node) -> Node:
        for at in range(len(node)):
            while node[at] and not self._late():
                finer = (*node[:at], node[at] - 1, *node[at + 1 :])
                if not self.suffices(finer):
                    break
                node = finer
        return node

    def _coarser(self, node: Node) -> list[Node]:
        return [
            (*node[:at], level + 1, *node[at + 1 :])
            for at, level in enumerate(node)
            if level + 1 < len(self.ladders[at])
        ]

    def _late(self) -> bool:
        return time.monotonic() > self.until

    # What is told

    def single_steps(self) -> tuple[OneStep, ...]:
        found = []
        for at, column in enumerate(self.columns):
            extra = top_code(self.source, column, self.keys[at])
            for level, step in enumerate(self.ladders[at]):
                if level and not self._late():
                    node = (*self.as_is[:at], level, *self.as_is[at + 1 :])
                    found.append(OneStep(column.name, step, self.effect(node)))
            if extra is not None and not self._late():
                found.append(OneStep(column.name, extra, self._top_coded(at, extra)))
        return tuple(found)

    def _top_coded(self, at: int, step: Step) -> Effect:
        steps = [of[0] for of in self.ladders]
        steps[at] = step
        (loss,) = self._losses_of(self.keys[at], [self.ladders[at][0], step])[1:]
        return self._measured(steps, loss / len(steps))

    def combinations(self, best: Node | None, most: int = 4) -> tuple[Combination, ...]:
        """The best, and others that suffice and of which none is only a coarser other."""
        if best is None:
            return ()
        fit = [n for n, e in self.effects.items() if e.left_out <= self.most_left_out]
        least = [n for n in fit if n != best and not any(o != n and _finer(o, n) for o in fit)]
        chosen = [best, *sorted(least, key=self.loss)][:most]
        return tuple(Combination(self._steps(node), self.effect(node)) for node in chosen)

    def _steps(self, node: Node) -> dict[str, Step]:
        return {
            column.name: steps[at]
            for column, steps, at in zip(self.columns, self.ladders, node, strict=True)
        }


def _finer(one: Node, other: Node) -> bool:
    """Nowhere coarser than the other, so that what holds for the finer holds for the coarser."""
    return all(a <= b for a, b in zip(one, other, strict=True))
