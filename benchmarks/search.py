"""Search over a catalogue of 3 million entries with 20 million fields (or as many as the table
says), nine in ten of them public, whose words are as frequent as those of real catalogues (catalog/synthetic_entries.py), in a PostgreSQL of the
run's own; the index is written by the worker's own `index.rebuild`. Four searchers at once, as
threads of one process like the server's, call the real `search()` (index, all eight facets with
their names, the twenty rows of the database and their fields) with queries drawn from the words
of made-up entries by a fixed mix, after a warm-up of other queries and with the files of database
and index read once, as a server has them that was not started this minute; each query is its own. Half
ask as anybody, a quarter as an agency, a quarter as an administrator. "Broad" are single words
that tens or hundreds of thousands of entries have. The peer is full text of the same PostgreSQL
on the same entries: words cut in the same way, weighed tsvector, GIN, one query that ranks
twenty and counts the same facets; four at once as well, each at most 30 s.

GONGSHU_BENCH_ENTRIES and GONGSHU_BENCH_FOLDER set another size, and a folder that is kept, so
that a second run need not make it all again."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import quantiles
from typing import Any

from tests import postgres

from benchmarks.search_filling import (
    AGENCIES,
    ENTRIES,
    FACETS,
    all_agencies,
    fill,
    index,
    migrate,
    peer,
    record_of,
)

SEARCHERS, QUERIES, PEERS_QUERIES, TYPED = 4, 2000, 80, 400
MIX = {
    "broad": 10, "topic": 20, "place_and_topic": 20, "english": 12, "column": 10, "code": 5,
    "narrowed": 10, "sorted": 5, "nothing_asked": 2, "part_of_words": 3, "pinyin": 2,
    "mistyped": 1,
}  # fmt: skip


def run() -> dict[str, Any]:
    kept = os.environ.get("GONGSHU_BENCH_FOLDER", "")
    folder = Path(kept or tempfile.mkdtemp(prefix="gongshu-search-"))
    folder.mkdir(parents=True, exist_ok=True)
    server = Kept(folder / "postgresql")
    try:
        environment = {
            **os.environ,
            "GONGSHU_HOME": str(folder / "home"),
            "GONGSHU_DATABASE": server.start(),
            "DJANGO_SETTINGS_MODULE": "gongshu.settings",
        }
        _child("migrate", environment)
        filled = _once(folder, "fill", environment)
        with ThreadPoolExecutor(2) as both:  # the index and the peer's, side by side
            ours = both.submit(_once, folder, "index", environment)
            theirs = both.submit(_once, folder, "peer", environment)
            built = {"index": ours.result(), "postgresql_full_text": theirs.result()}
        _read_once(folder)
        return {
            "entries": ENTRIES,
            "fields": filled["fields"],
            **built,
            **_child("ask", environment),
        }
    finally:
        server.stop()
        if not kept:
            shutil.rmtree(folder, ignore_errors=True)


class Kept(postgres.Server):
    """The tests' server, whose data stay where they were put."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        shutil.rmtree(self.folder)
        self.made = (folder / "data" / "PG_VERSION").exists()
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres", "postgres")

    def _run(self, *command: str | Path) -> None:
        if not (self.made and Path(command[0]).name == "initdb"):
            super()._run(*command)

    def start(self) -> str:
        secret = self.folder / "url"
        if self.made:
            (self.folder / "data" / "postmaster.pid").unlink(missing_ok=True)
        url = super().start()
        if self.made:  # its password is the first run's
            password = secret.read_text()
            return url.replace(url.split(":")[2].split("@")[0], password)
        secret.write_text(url.split(":")[2].split("@")[0])
        return url

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(60)


def _read_once(folder: Path) -> None:
    """Into the system's cache, which after a restart is empty."""
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                while file.read(1 << 24):
                    pass


def _once(folder: Path, what: str, environment: dict[str, str]) -> Any:
    done = folder / f"{what}-{ENTRIES}.json"
    if not done.exists():
        done.write_text(json.dumps(_child(what, environment)))
    return json.loads(done.read_text())


def _child(what: str, environment: dict[str, str]) -> Any:
    command = [sys.executable, "-m", "benchmarks.search", what]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


# The searchers

Ask = tuple[str, str, dict[str, str], str]  # kind, query, filters, sort


def queries(number: int, seed: int) -> list[Ask]:
    chance = random.Random(seed)
    kinds = chance.choices(list(MIX), list(MIX.values()), k=number)
    return [_ask(kind, chance) for kind in kinds]


def _ask(kind: str, chance: random.Random) -> Ask:
    from gongshu.catalog.sounds import reading
    from gongshu.catalog.synthetic_entries import DOMAINS

    record = record_of(chance.randrange(ENTRIES))
    topics = [topic for _, mine in DOMAINS.values() for topic in mine]
    title, english = record["title_zh"], record["title_en"].lower().split()
    found: dict[str, Callable[[], str]] = {
        "broad": lambda: chance.choice([*topics, "名录", "统计", "编号", "scotland", "health"]),
        "topic": lambda: title[-7:-2],
        "place_and_topic": lambda: f"{title[:3]} {title[3:]}",
        "english": lambda: " ".join(chance.sample(english, min(2, len(english)))),
        "column": lambda: " ".join(f[1] or f[0] for f in chance.sample(record["fields"], 2)),
        "code": lambda: record["code"],
        "narrowed": lambda: chance.choice(topics),
        "sorted": lambda: chance.choice(topics),
        "nothing_asked": lambda: "",
        "part_of_words": lambda: title[1:5],
        "pinyin": lambda: "".join(reading(chance.choice(topics))),
        "mistyped": lambda: "".join(chance.choice([("hopsital", ""), ("popualtion", "")])),
    }
    filters = {}
    if kind in ("narrowed", "nothing_asked"):
        filters = {
            name: record[name] for name in chance.sample(["domain", "sharing", "opening"], 2)
        }
    return kind, found[kind](), filters, "updated" if kind == "sorted" else ""


def ask() -> dict[str, Any]:
    import gc

    gc.collect()
    gc.freeze()  # as the server does when it has started (wsgi.py)
    _at_once(_ours, queries(100, seed=7))
    ours = _at_once(_ours, queries(QUERIES, seed=11))
    typed = _at_once(_typed, [("typed", q, {}, "") for q in _beginnings(TYPED)])
    theirs = _at_once(_theirs, queries(PEERS_QUERIES, seed=11))
    return {
        "search": _summary([took for _, took in ours]),
        **{f"search_{kind}": _summary([took for k, took in ours if k == kind]) for kind in MIX},
        "suggestions_while_typing": _summary([took for _, took in typed]),
        "postgresql_search": _summary([took for _, took in theirs]),
    }


def _beginnings(number: int) -> Iterator[str]:
    chance = random.Random(5)
    from gongshu.catalog.sounds import reading

    for n in range(number):
        title = record_of(chance.randrange(ENTRIES))["title_zh"]
        length = chance.randint(1, 5)
        yield title[:length] if n % 2 else "".join(s[0] for s in reading(title[:length]))


def _at_once(one: Callable[[int, Ask], float], asked: list[Ask]) -> list[tuple[str, float]]:
    with ThreadPoolExecutor(SEARCHERS) as searchers:
        return list(searchers.map(lambda n: (asked[n][0], one(n, asked[n])), range(len(asked))))


def _agent(number: int) -> Any:
    from gongshu.rules.agents import ANONYMOUS, SYSTEM, Agent, Kind

    if number % 4 == 2:
        code, _ = all_agencies()[number % AGENCIES]
        return Agent(person="p", organisation=code, kinds=frozenset({Kind.AGENCY}))
    return SYSTEM if number % 4 == 3 else ANONYMOUS


def _ours(number: int, asked: Ask) -> float:
    from gongshu.catalog.search import search

    _, q, filters, sort = asked
    agent = _agent(number)
    begun = time.perf_counter()
    search(q, agent=agent, filters=filters, sort=sort)
    return (time.perf_counter() - begun) * 1000


def _typed(number: int, asked: Ask) -> float:
    from gongshu.catalog.suggest import suggest

    begun = time.perf_counter()
    suggest(asked[1], agent=_agent(0))
    return (time.perf_counter() - begun) * 1000


def _theirs(number: int, asked: Ask) -> float:
    from django.db import OperationalError, connection

    from gongshu.catalog.asking import telling
    from gongshu.catalog.words import asked_words, stemmed

    _, q, filters, _ = asked
    words = " & ".join(f"'{stemmed(w)}'" for w in telling(asked_words(q)))
    seen = "words @@ %s::tsquery AND visible" if words else "visible"
    values = [words] if words else []
    for name, value in filters.items():
        seen += f" AND {name} = %s"
        values.append(value)
    rank = f"ORDER BY ts_rank(words, $q${words}$q$::tsquery) DESC" if words else "ORDER BY id"
    grouped = ", ".join(f"({name})" for name in FACETS)
    statement = (
        f"WITH found AS MATERIALIZED (SELECT * FROM peer WHERE {seen}), "
        f"best AS (SELECT id FROM found {rank} LIMIT 20) "
        f"SELECT {', '.join(FACETS)}, count(*) FROM found GROUP BY GROUPING SETS ({grouped}, ()) "
        "UNION ALL SELECT id::text, '', '', '', '', '', '', '', 0 FROM best"
    )
    begun = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = '30s'")
        try:
            cursor.execute(statement, values)
            cursor.fetchall()
        except OperationalError:  # longer than 30 s: counted as that
            pass
    return (time.perf_counter() - begun) * 1000


def _summary(took: list[float]) -> dict[str, float]:
    if len(took) < 2:
        return {}
    cuts = quantiles(took, n=100, method="inclusive")
    return {"n": len(took), "p50_ms": cuts[49], "p95_ms": cuts[94], "p99_ms": cuts[98]}


if __name__ == "__main__":
    import django

    django.setup()
    steps = (migrate, fill, index, peer, ask)
    print(json.dumps({step.__name__: step for step in steps}[sys.argv[1]]()))
