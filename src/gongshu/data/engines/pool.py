"""The warm pool: who gets a worker, which one, and when it is ended.

A worker belongs to one key for its whole life: the grant and the versions it was opened
on. It is never opened on another, since what a query left in its memory must not be there
for the next grantee. Spare workers, which have connected and seen nothing, wait for a new
key; idle ones wait for their own key's next query, the least recently used going first.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
import weakref
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

from gongshu.data.engines.failures import EngineFailed
from gongshu.data.engines.helper_process import Helper
from gongshu.data.engines.limits import Limits
from gongshu.data.engines.worker_process import Process, Worker

WAIT_SECONDS = 30.0
# An idle worker holds some 20 MB of its own; to start one takes longer than to answer with it.
WARM = 32
IDLE_SECONDS = 300.0

Sources = tuple[tuple[str, tuple[str, ...]], ...]


class _Identity(NamedTuple):
    """What two leases must have in common to use the same worker one after the other."""

    key: str
    sources: Sources
    limits: Limits


class EnginePool:
    """Workers for governed SQL; safe to share between threads, usable again after a fork.

    `size` bounds the queries that run at once; one grant may hold half of them, so that its slow
    queries leave room for the others. `warm` workers at most wait for their key's next query.
    `unsafe` lets workers run where the kernel has no Landlock.
    """

    def __init__(
        self,
        *,
        size: int | None = None,
        warm: int = WARM,
        unsafe: bool = False,
        spares: int = 1,
        wait_seconds: float = WAIT_SECONDS,
    ) -> None:
        self._size = size or max(4, 2 * (os.cpu_count() or 1))
        self._per_grant = max(1, self._size // 2)
        self._most_idle = max(self._size, warm)
        self._unsafe, self._spare_count, self._wait_seconds = unsafe, spares, wait_seconds
        self._helper = Helper()
        self._closed = False
        self._reset()
        _pools.add(self)
        # A pool that is dropped, or alive when Python ends, must not leave a helper behind.
        weakref.finalize(self, Helper.close, self._helper)

    def _reset(self) -> None:
        self._changed = threading.Condition()
        self._running: Counter[str] = Counter()
        self._leased: set[Worker] = set()
        self._idle: dict[Worker, _Identity] = {}
        self._spares: list[Process] = []

    @contextlib.contextmanager
    def lease(
        self, key: str, sources: Mapping[str, Sequence[Path]], limits: Limits | None = None
    ) -> Iterator[Worker]:
        """A worker that sees `sources` as views of these names, for as long as the block lasts.

        `key` names the grant and the versions, as "<grant>/<versions>". EngineFailed("busy")
        when no worker became free in time.
        """
        identity = _Identity(key, _resolved(sources), limits or Limits())
        # "<grant>/<versions>": what is fair is fair between grants.
        grant = key.partition("/")[0]
        self._take_turn(grant)
        worker = None
        try:
            worker = self._warm(identity) or self._new(identity)
            yield worker
        finally:
            self._give_back(identity, worker, grant)
            self._refill()

    def _take_turn(self, grant: str) -> None:
        def free() -> bool:
            running = self._running
            return self._closed or (
                running.total() < self._size and running[grant] < self._per_grant
            )

        with self._changed:
            if not self._changed.wait_for(free, self._wait_seconds):
                raise EngineFailed("busy")
            self._check_open()
            self._running[grant] += 1

    def _check_open(self) -> None:
        if self._closed:
            raise RuntimeError("the pool is closed")

    def _warm(self, identity: _Identity) -> Worker | None:
        """The idle worker of the same identity that was used last, and not too long ago.

        One that is older may be fenced to a local copy that was fetched anew since.
        """
        with self._changed:
            old = self._surplus()
        for worker in old:
            worker.process.close()
        while True:
            with self._changed:
                found = [w for w, its in self._idle.items() if its == identity]
                if not found:
                    return None
                worker = found[-1]
                del self._idle[worker]
                if worker.process.is_alive():
                    self._leased.add(worker)
                    return worker
            worker.process.close()

    def _new(self, identity: _Identity) -> Worker:
        worker = Worker(self._spare() or self._helper.spawn(), identity.key, identity.limits)
        with self._changed:
            self._leased.add(worker)
        try:
            worker.open(dict(identity.sources), unsafe=self._unsafe)
        except BaseException:
            self._end(worker)
            raise
        return worker

    def _spare(self) -> Process | None:
        while True:
            with self._changed:
                if not self._spares:
                    return None
                process = self._spares.pop()
            if process.is_alive():  # not so when the helper was killed from outside
                return process
            process.close()

    def _end(self, worker: Worker) -> None:
        with self._changed:
            self._leased.discard(worker)
        worker.process.close()

    def _give_back(self, identity: _Identity, worker: Worker | None, grant: str) -> None:
        done: list[Worker] = []
        with self._changed:
            self._running -= Counter((grant,))
            if worker is not None:
                self._leased.discard(worker)
                if worker.usable and not self._closed:
                    worker.idle_since = time.monotonic()
                    self._idle[worker] = identity
                else:
                    done.append(worker)
            done += self._surplus()
            self._changed.notify_all()
        for each in done:
            each.process.close()

    def _surplus(self) -> list[Worker]:
        """Take out the idle workers that are too many or too old; oldest first."""
        oldest = time.monotonic() - IDLE_SECONDS
        over = len(self._idle) - self._most_idle
        gone = [w for i, w in enumerate(self._idle) if i < over or w.idle_since < oldest]
        for worker in gone:
            del self._idle[worker]
        return gone

    def _refill(self) -> None:
        """Have the next new key's worker connect already, after this lease has its answer."""
        while True:
            with self._changed:
                if self._closed or len(self._spares) >= self._spare_count:
                    return
            try:
                spare = self._helper.spawn()
            except EngineFailed:
                return
            with self._changed:
                if wanted := not self._closed:
                    self._spares.append(spare)
            if not wanted:
                spare.close()

    def kill(self, key_prefix: str) -> int:
        """End the workers of all keys that begin so; how many. Running queries fail "stopped".

        A grant that is suspended is stopped with `kill("G-2026-0001/")`: with the slash, or
        G-2026-00010 would stop too.
        """
        with self._changed:
            running = [w for w in self._leased if w.key.startswith(key_prefix)]
            idle = [w for w in self._idle if w.key.startswith(key_prefix)]
            for worker in idle:
                del self._idle[worker]
            for worker in running:
                worker.stopped, worker.usable = True, False
                worker.process.kill()
        for worker in idle:
            worker.process.close()
        return len(running) + len(idle)

    def close(self) -> None:
        """End every worker and the helper; queries that run fail."""
        with self._changed:
            self._closed = True
            for worker in self._leased:
                worker.usable = False
                worker.process.kill()
            processes = [worker.process for worker in self._idle] + self._spares
            self._idle, self._spares = {}, []
            self._changed.notify_all()
        for process in processes:
            process.close()
        self._helper.close()

    def __enter__(self) -> EnginePool:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        failure: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _forget(self) -> None:
        """In a forked child: the parent's workers are not ours, not even to end."""
        for process in [*self._spares, *(w.process for w in (*self._idle, *self._leased))]:
            process.forget()
        self._helper.forget()
        self._reset()


_pools: weakref.WeakSet[EnginePool] = weakref.WeakSet()


def _forget_all() -> None:
    for pool in _pools:
        pool._forget()


os.register_at_fork(after_in_child=_forget_all)


def _resolved(sources: Mapping[str, Sequence[Path]]) -> Sources:
    """The sources as text, checked: DuckDB reads `*`, `?` and `[` in a path as a pattern."""
    resolved = []
    for name, paths in sorted(sources.items()):
        files = tuple(str(Path(path).resolve()) for path in paths)
        if not files:
            raise ValueError(f"source {name!r} has no file")
        if any(sign in file for file in files for sign in "*?[\0"):
            raise ValueError(f"source {name!r} has a file whose path contains *, ? or [")
        resolved.append((name, files))
    return tuple(resolved)
