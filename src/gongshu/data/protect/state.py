"""What is remembered of a grantee between queries: a small database in the state folder.

All Gates on one folder share it, in one process or in many. Whoever decides does so inside
`deciding()`, which holds the database's write lock: of two near-identical queries asked at once
one is decided after the other, and knows of it.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date
from os import PathLike
from pathlib import Path

from gongshu.data.policy.refusals import Refused
from gongshu.data.policy.terms import Limits
from gongshu.wording import Sentence

_SCHEMA = """
CREATE TABLE IF NOT EXISTS cells (
    id INTEGER PRIMARY KEY, grantee TEXT NOT NULL, space TEXT NOT NULL, canonical TEXT NOT NULL,
    versions TEXT NOT NULL, k INTEGER NOT NULL, n INTEGER NOT NULL,
    units BLOB NOT NULL, counts BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS cells_by_size ON cells (grantee, space, n);
CREATE INDEX IF NOT EXISTS cells_by_k ON cells (grantee, space, k);
CREATE INDEX IF NOT EXISTS cells_by_name ON cells (grantee, space, canonical);
CREATE TABLE IF NOT EXISTS asked (
    grantee TEXT, day TEXT, queries INTEGER, PRIMARY KEY (grantee, day));
CREATE TABLE IF NOT EXISTS filters (
    grantee TEXT, day TEXT, text TEXT, PRIMARY KEY (grantee, day, text));
"""
_WAIT_SECONDS = 60.0


class State:
    """The folder's database; safe to use from many threads and processes."""

    def __init__(self, folder: str | PathLike[str]) -> None:
        Path(folder).mkdir(parents=True, exist_ok=True)
        self._path = Path(folder) / "history.sqlite"
        self._local = threading.local()
        self._opened: list[tuple[int, sqlite3.Connection]] = []
        with closing(self._open()) as connection:
            connection.executescript("PRAGMA journal_mode=WAL;" + _SCHEMA)

    def _connection(self) -> sqlite3.Connection:
        """One connection per thread, and none carried over a fork."""
        kept = getattr(self._local, "kept", None)
        if kept is None or kept[0] != os.getpid():
            kept = (os.getpid(), self._open())
            self._local.kept = kept
            self._opened.append(kept)
        return kept[1]

    def _open(self) -> sqlite3.Connection:
        # Autocommit: transactions are opened by hand, since `deciding` must lock before it reads.
        return sqlite3.connect(
            self._path, timeout=_WAIT_SECONDS, isolation_level=None, check_same_thread=False
        )

    def close(self) -> None:
        for process, connection in self._opened:
            if process == os.getpid():
                connection.close()
        self._opened.clear()
        self._local = threading.local()

    @contextmanager
    def deciding(self, *, durable: bool = True) -> Iterator[sqlite3.Connection]:
        """One decision at a time: read, decide and record, or none of it.

        `durable`: what was decided outlives a power cut; a day's count need not.
        """
        connection = self._connection()
        connection.execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")

    def count(self, grantee: str, day: date, filters: set[str], limits: Limits) -> None:
        """One more query today; `Refused` past the grant's daily limits."""
        with self.deciding(durable=False) as connection:
            connection.execute(
                "INSERT INTO asked VALUES (?, ?, 1)"
                " ON CONFLICT DO UPDATE SET queries = queries + 1",
                (grantee, day.isoformat()),
            )
            connection.executemany(
                "INSERT OR IGNORE INTO filters VALUES (?, ?, ?)",
                [(grantee, day.isoformat(), text) for text in filters],
            )
            queries = _one(connection, "SELECT queries FROM asked", grantee, day)
            different = _one(connection, "SELECT count(*) FROM filters", grantee, day)
            if queries > limits.queries_per_day:
                raise _used_up("queries", "查询次数", limits.queries_per_day)
            if different > limits.filters_per_day:
                raise _used_up("different filters", "不同筛选条件数", limits.filters_per_day)


def _one(connection: sqlite3.Connection, select: str, grantee: str, day: date) -> int:
    sql = f"{select} WHERE grantee = ? AND day = ?"
    return int(connection.execute(sql, (grantee, day.isoformat())).fetchone()[0])


def _used_up(en: str, zh: str, limit: int) -> Refused:
    return Refused(
        "limit",
        Sentence(
            en=f"The grant allows {limit} {en} a day, and they are used up.",
            zh=f"本授权每日{zh}上限为 {limit}，今日已用完。",
        ),
        suggestion=Sentence(en="Ask again tomorrow.", zh="请明日再查。"),
    )
