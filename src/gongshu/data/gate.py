"""The Gate: a stranger's SQL in, a protected answer out, and nothing that the terms do not allow.

    gate = Gate(Terms.load("terms.yaml"), {"health.persons": "persons.parquet"})
    answer = gate.answer("SELECT district, count(*) AS n FROM health.persons GROUP BY 1",
                         purpose="planning")

Every step fails closed: bounds, parse, allow-list, labels, rewriting, a second look at the
rewritten text, the engine behind its own locks, the protections, and only then an answer.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from os import PathLike
from pathlib import Path
from typing import Any, Protocol, Self, TypeAlias

import pyarrow as pa
import pyarrow.parquet as pq

from gongshu.data import footers
from gongshu.data.answers import Answer, Decision, Meter, digest
from gongshu.data.engines import EngineFailed, EnginePool, Limits, Worker
from gongshu.data.footers import Footers
from gongshu.data.policy import story
from gongshu.data.policy.checker import Checker
from gongshu.data.policy.multiplicity import several_rows
from gongshu.data.policy.plan import Plan, ProtectedBlock
from gongshu.data.policy.refusals import Refused
from gongshu.data.policy.straight import arranged
from gongshu.data.policy.terms import (
    SHANGHAI,
    CellKey,
    Dominance,
    Output,
    Terms,
    Threshold,
    size_in_bytes,
    today,
)
from gongshu.data.protect.cell_key import perturb
from gongshu.data.protect.cells import Cells, whole
from gongshu.data.protect.complement import withhold_complements
from gongshu.data.protect.extract import large_classes
from gongshu.data.protect.history import Asked, Review
from gongshu.data.protect.keys import cell_secret, grantee_key
from gongshu.data.protect.members import split
from gongshu.data.protect.state import State
from gongshu.data.protect.threshold import Thresholds
from gongshu.data.scratch import Scratch
from gongshu.wording import Problem, Sentence


class HasFiles(Protocol):
    """A `gongshu.data.Table`: typed Parquet files on disk."""

    @property
    def files(self) -> Sequence[Path]: ...


# What may be said of a failure; all else reads as one.
TOLD = ("deadline", "limit", "stopped", "busy")

Data: TypeAlias = pa.Table | HasFiles | str | PathLike[str] | Sequence[str | PathLike[str]]


class Gate:
    """One grant over its tables. Thread-safe; close it, or use it in `with`."""

    def __init__(
        self,
        terms: Terms,
        tables: Mapping[str, Data],
        *,
        engine: str | EnginePool = "duckdb",
        state: str | PathLike[str] | None = None,
        lease: str | None = None,
        per_row: Collection[str] = (),
    ) -> None:
        """`lease` names the grant and its versions to a shared pool, which ends queries by it.
        `per_row` names the tables in which every row is known to be a unit of its own (no row
        without one, no two with the same): they are governed faster."""
        _refuse_unbuilt(terms)
        self.terms = terms
        self._scratch = Scratch("gate")
        self._sources: dict[str, list[Path]] = {}
        self._footers: dict[str, Footers] = {}
        for name, dataset in terms.datasets.items():
            if name in tables:
                self._sources[name] = self._files(name, tables[name])
                self._footers[name] = footers.read(self._sources[name], dataset.bounded)
        self._versions: dict[str, str] = {}
        self._threshold = Thresholds(getattr(terms.protection, "dominance", Dominance()))
        self._state = State(state if state is not None else self._scratch.path)
        self._checker = Checker(
            terms,
            {name: footer.schema for name, footer in self._footers.items()},
            grantee_key(state, terms.grantee),
            per_row,
            {name: footer.ranges for name, footer in self._footers.items()},
        )
        self._cell_secret = cell_secret(state)
        self._pool, self._own_pool = _pool(engine)
        self._running = threading.BoundedSemaphore(terms.limits.concurrent)
        self._lease = lease or f"{terms.digest}/{id(self):x}"

    # What callers do

    def check(self, sql: str, *, purpose: str, now: datetime | None = None) -> Decision:
        """The decision alone: nothing is executed."""
        try:
            self._admit(purpose, today(now))
            plan = self._checker.plan(sql, None)
        except Refused as refused:
            return Decision(
                False,
                refused.code,
                refused.sentence,
                refused.span,
                refused.suggestion,
                self._checker.needed(sql, refused),
                story.of_refusal(refused.code, sql, refused.span),
                story.place(sql, refused.span) if refused.span else None,
            )
        return Decision(
            True,
            trace=self._checker.story(plan),
            reads=tuple(sorted(set(plan.views.values()))),
            protected=tuple(sorted({u.dataset for block in plan.blocks for u in block.units})),
        )

    def answer(
        self,
        sql: str,
        *,
        purpose: str,
        params: Sequence[object] = (),
        now: datetime | None = None,
    ) -> Answer:
        """The protected answer, or `Refused`."""
        moment = today(now)
        self._admit(purpose, moment)
        plan = self._checker.plan(sql, tuple(params))
        with self._turn():
            self._state.count(
                self.terms.grantee,
                moment.astimezone(SHANGHAI).date(),
                {f"{block.base} {block.where}" for block in plan.blocks},
                self.terms.limits,
            )
            try:
                table, cells, near, cpu_ms = self._run(plan)
            except EngineFailed as failed:
                # The engine's own words can quote data; ours cannot.
                code = failed.code if failed.code in TOLD else "engine"
                raise Refused(code, failed.sentence, suggestion=failed.suggestion) from None
        truncated = table.num_rows > self.terms.limits.output_rows
        table = table.slice(0, self.terms.limits.output_rows)
        withheld = any(block.withheld for block in cells)
        if plan.floor:
            table, withheld = large_classes(table, plan.floor)
        columns = [whole(column) for column in table.columns[: len(plan.names)]]
        table = pa.table(columns, names=list(plan.names))
        meter = Meter(*self._read(plan), table.num_rows, table.nbytes, cpu_ms)
        receipt = self._record(plan, purpose, moment, table)
        return Answer(table, withheld, truncated, receipt, meter, near)

    def close(self) -> None:
        """Give back the workers and the temporary files."""
        if self._own_pool:
            self._pool.close()
        self._state.close()
        self._scratch.remove()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # The way of a query

    def _admit(self, purpose: str, now: datetime) -> None:
        if not self.terms.term.holds(now):
            raise Refused(
                "term",
                Sentence(
                    en="The grant is not in force on this day.", zh="本授权今日不在有效期内。"
                ),
                suggestion=Sentence(en="Ask for a new grant.", zh="请申请新的授权。"),
            )
        if purpose not in self.terms.purposes:
            raise Refused(
                "purpose",
                Sentence(en="The grant does not cover this purpose.", zh="本授权不包括此用途。"),
                suggestion=Sentence(
                    en=f"Its purposes are: {', '.join(self.terms.purposes)}.",
                    zh=f"授权用途为：{'、'.join(self.terms.purposes)}。",
                ),
            )

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._running.acquire(timeout=float(self.terms.limits.seconds)):
            raise Refused(
                "limit",
                Sentence(
                    en="Too many queries of this grant are running.",
                    zh="本授权正在执行的查询过多。",
                ),
                suggestion=Sentence(en="Try again in a moment.", zh="请稍后再试。"),
            )
        try:
            yield
        finally:
            self._running.release()

    def _read(self, plan: Plan) -> tuple[int, int]:
        """Rows and bytes of the files that the query was about."""
        read = [self._footers[name] for name in plan.views.values()]
        return sum(footer.rows for footer in read), sum(footer.bytes for footer in read)

    def _run(self, plan: Plan) -> tuple[pa.Table, list[Cells], int, int]:
        limits = self.terms.limits
        sources = {table.view: self._sources[table.name] for table in self._checker.tables.values()}
        bounds = Limits(
            seconds=float(limits.seconds),
            memory_bytes=limits.memory_bytes,
            output_bytes=size_in_bytes(limits.output_size),
        )
        with self._pool.lease(self._lease, sources, bounds) as worker:
            before = worker.cpu_ms
            for unique in plan.unique:
                if worker.query(unique.sql, []).num_rows:
                    raise several_rows(unique)
            cells, near = self._protected(plan, worker)
            tables = {block.block.name: block.table() for block in cells}
            result = arranged(plan.straight, *tables.values()) if plan.straight else None
            if result is None:
                result = worker.query(plan.post, [], tables=tables)
            used = worker.cpu_ms - before
        return result, cells, near, used

    def _protected(self, plan: Plan, worker: Worker) -> tuple[list[Cells], int]:
        """The cells, judged; and how many of their figures the history has held back."""
        cells = [
            self._threshold.judged(block, self._rows_read(block), lambda sql: worker.query(sql, []))
            for block in plan.blocks
        ]
        withhold_complements(cells)
        keyed = isinstance(self.terms.protection, CellKey)
        asked = [_asked(block, worker) for block in cells] if keyed or self.terms.history else []
        near = 0
        if self.terms.history:
            before = sum(block.figures_shown for block in cells)
            self._remember(plan, asked, worker)
            near = before - sum(block.figures_shown for block in cells)
            withhold_complements(cells)
        if isinstance(self.terms.protection, CellKey):
            for block in asked:
                perturb(block, self._cell_secret, float(self.terms.protection.spread))
        return cells, near

    def _rows_read(self, block: ProtectedBlock) -> int:
        return sum(self._footers[unit.dataset].rows for unit in block.units)

    def _remember(self, plan: Plan, asked: list[Asked], worker: Worker) -> None:
        """Compare with earlier answers and record this one, before anything leaves."""
        read = [t for t in self._checker.tables.values() if t.view in plan.views]
        tables = [table for table in read if table.unit]
        whole = {t.view: split(worker.query(t.members(), []), 1, "c")[0] for t in tables}
        versions = " ".join(f"{t.name}@{self._version(t.name)}" for t in read)
        with self._state.deciding() as connection:
            review = Review(connection, self.terms.grantee, versions)
            for table in tables:
                assert table.unit is not None
                review.seed(table.unit.space, table, table.unit.k, whole[table.view])
            review.decide(asked)

    def _version(self, name: str) -> str:
        """The digest of a table's files: history tells versions apart by it."""
        if name not in self._versions:
            found = hashlib.sha256()
            for path in self._sources[name]:
                with path.open("rb") as file:
                    found.update(hashlib.file_digest(file, "sha256").digest())
            self._versions[name] = found.hexdigest()
        return self._versions[name]

    def _record(self, plan: Plan, purpose: str, now: datetime, table: pa.Table) -> dict[str, Any]:
        """The decision record; the platform's log makes the receipt of it."""
        return {
            "format": "gongshu-decision/1",
            "decision": "answered",
            "grantee": self.terms.grantee,
            "purpose": purpose,
            "time": now.astimezone(SHANGHAI).isoformat(timespec="seconds"),
            "terms": self.terms.digest,
            "sql": plan.asked,
            "sql_digest": hashlib.sha256(plan.asked.encode()).hexdigest(),
            "datasets": sorted(plan.views.values()),
            "output_digest": digest(table),
            "rows": table.num_rows,
        }

    # Tables

    def _files(self, name: str, data: Data) -> list[Path]:
        if isinstance(data, pa.Table):
            path = self._scratch.path / f"{len(self._sources)}.parquet"
            pq.write_table(data, path)
            return [path]
        if isinstance(data, str | PathLike):
            return [Path(data).resolve()]
        files = data if isinstance(data, Sequence) else data.files
        if not files:
            raise Problem(
                "no_table",
                Sentence(en=f"The table “{name}” has no files.", zh=f"表“{name}”没有文件。"),
            )
        return [Path(file).resolve() for file in files]


def _asked(cells: Cells, worker: Worker) -> Asked:
    """The members of every cell of a block, by unit class."""
    asked = Asked(cells, [], [], [])
    block = cells.block
    for sql in block.members:
        table = worker.query(sql, [])
        asked.members.append(split(table, cells.count, "c"))
        parts = [split(table, cells.count, f"cf{j}") for j in range(block.conditions)]
        asked.conditional.append(parts)
        values = [split(table, cells.count, f"cx{m}") for m in range(block.measures)]
        asked.measured.append(values)
    return asked


def _refuse_unbuilt(terms: Terms) -> None:
    """A protection that is not built is not replaced by a weaker one."""
    missing = ""
    if terms.protection is not None and not isinstance(terms.protection, Threshold | CellKey):
        missing = terms.protection.method
    elif terms.output == Output.CHECK:
        missing = "output: check"
    if missing:
        raise Problem(
            "not_available",
            Sentence(
                en=f"The protection “{missing}” is not available in this version.",
                zh=f"本版本尚不提供“{missing}”保护。",
            ),
            field="protection",
        )


def _pool(engine: str | EnginePool) -> tuple[EnginePool, bool]:
    if isinstance(engine, EnginePool):
        return engine, False
    if engine != "duckdb":
        raise Problem(
            "not_available",
            Sentence(en=f"There is no engine “{engine}”.", zh=f"没有名为“{engine}”的引擎。"),
            field="engine",
        )
    return EnginePool(), True
