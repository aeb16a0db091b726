"""How often a row may count. A threshold looks at who is in a cell, and a cell of many units may
still spell out a few of them if the asker chooses how often each one's rows count:

    count(*) over persons, those of every district but one 1000 times → 292003: three in that one

So nothing the asker writes may weigh some units' rows more than others'. A table about nobody may
have one row per key that it is joined by (looked at when the query runs: it tells of that table
alone); protected rows are matched by their unit, so that only a unit's own rows meet; a dataset is
read at most twice in one FROM, and once in a UNION ALL.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from sqlglot import exp

from gongshu.data.policy.entries import Source, table_of
from gongshu.data.policy.labels import Relation, Value
from gongshu.data.policy.plan import OneRowPerKey
from gongshu.data.policy.refusals import Refused, not_protectable
from gongshu.data.policy.writing import text
from gongshu.wording import Sentence

if TYPE_CHECKING:
    from gongshu.data.policy.sources import Sources

MOST_READS = 2  # of one protected dataset in a FROM: rows met with rows met with rows weigh cubes


def check_connected(node: exp.Expr, sources: Sources) -> None:
    """Protected rows are never crossed: every source hangs on the others by a key."""
    if not sources.raw or len(sources.sources) < 2:
        return
    reached, waiting = set(), [sources.sources[0].alias]
    while waiting:
        alias = waiting.pop()
        if alias not in reached:
            reached.add(alias)
            waiting += sources.tied(alias)
    if len(reached) < len(sources.sources):
        joins = node.args.get("joins") or [node]
        not_protectable(
            joins[-1],
            "Tables with protected rows must be joined on keys.",
            "含受保护行的表须按键关联。",
            use=("Write JOIN … ON a.key = b.key.", "请写 JOIN … ON a.键 = b.键。"),
        )


def check_reads(node: exp.Expr, sources: Sources) -> None:
    """No power of a unit's number of rows beyond the square."""
    reads = Counter(name for source in sources.sources for name in source.reads)
    if sources.raw and any(times > MOST_READS for times in reads.values()):
        not_protectable(
            node,
            f"A table with protected rows can be joined with itself only once ({MOST_READS} times "
            "in one FROM).",
            f"含受保护行的表在一个 FROM 中最多出现 {MOST_READS} 次。",
            use=(
                "Ask for membership instead: key IN (SELECT key FROM table WHERE …), as often as "
                "you need.",
                "请改用成员判断：键 IN (SELECT 键 FROM 表 WHERE …)，次数不限。",
            ),
        )


def check_branches(node: exp.Expr, left: Relation, right: Relation) -> None:
    """UNION ALL counts a row once: a dataset stands in one branch."""
    twice = set(left.reads) & set(right.reads)
    if twice:
        not_protectable(
            node,
            "The same table with protected rows cannot stand in two branches of a UNION ALL: some "
            "rows would count more often than others.",
            "含受保护行的同一张表不能出现在 UNION ALL 的两个分支中，否则部分行会被重复计数。",
            use=(
                "Write one SELECT with OR, or with CASE for what differs.",
                "请用 OR 写成一条 SELECT，不同之处用 CASE。",
            ),
        )


def check_units_meet(node: exp.Expr, sources: Sources) -> None:
    """Two protected tables about the same kind of unit are matched by the unit's key."""
    spaces: dict[str, set[int]] = {}
    for number, unit in sources.units.items():
        spaces.setdefault(unit.space, set()).add(sources.met(number))
    if any(len(groups) > 1 for groups in spaces.values()):
        not_protectable(
            node,
            "Tables with protected rows about the same kind of unit must be matched by its key.",
            "关于同类单元的受保护表须按单元键关联。",
            use=(
                "Add the unit's key to ON: … AND a.key = b.key.",
                "请在 ON 中加上单元键：… AND a.键 = b.键。",
            ),
        )


def one_row_per_key(sources: Sources) -> Iterator[OneRowPerKey]:
    """What must hold of every joined table without units: of the columns by which it hangs on
    protected rows, or on what hangs on them, no two rows have the same."""
    if not sources.raw:
        return
    reached = {source.alias for source in sources.sources if source.units}
    waiting = [source for source in sources.sources if not source.units]
    while waiting:
        for source in waiting:
            keys = _keys(source, reached, sources.matches)
            if keys:
                break
        else:
            return
        waiting.remove(source)
        reached.add(source.alias)
        if not source.one_row:
            yield _unique(source, keys)


def several_rows(unique: OneRowPerKey) -> Refused:
    """The refusal where a table has more than one row for a key."""
    keys, table = ", ".join(unique.keys), unique.table
    return Refused(
        "not_protectable",
        Sentence(
            en=f"“{table}” has several rows for one {keys}: joined with protected rows, it would "
            "count some of them more often than others.",
            zh=f"“{table}”中同一 {keys} 有多行，与受保护的行关联会使部分行被重复计数。",
        ),
        suggestion=Sentence(
            en=f"Join a subquery that has one row per {keys}, or aggregate the protected rows "
            "first and join the result.",
            zh=f"请关联每个 {keys} 只有一行的子查询；或先汇总受保护的行，再关联结果。",
        ),
    )


def _keys(source: Source, reached: set[str], matches: list[tuple[Value, Value]]) -> list[Value]:
    keys: list[Value] = []
    for one, two in matches:
        for mine, other in ((one, two), (two, one)):
            if table_of(mine) == source.alias and table_of(other) in reached:
                _comparable(mine, other)
                keys.append(mine)
    return keys


def _comparable(one: Value, two: Value) -> None:
    # '1' and '01' are two keys as text, and one as a number.
    if one.kind != two.kind and {one.kind, two.kind} != {"date", "timestamp"}:
        not_protectable(
            None,
            "Keys of different types cannot be matched with protected rows.",
            "不同类型的键不能与受保护的行关联。",
            use=("Cast one side in a subquery.", "请在子查询中转换其中一侧的类型。"),
        )


def _unique(source: Source, keys: list[Value]) -> OneRowPerKey:
    columns = sorted({text(key.sql) for key in keys})
    used = {int(column.rpartition("c")[2]) for column in columns}
    rows = text(source.sql(used))
    known = " AND ".join(f"NOT {column} IS NULL" for column in columns)
    by = ", ".join(columns)
    sql = (
        f"SELECT 1 AS c0 FROM {rows} WHERE {known} "  # noqa: S608 (ours, and rechecked)
        f"GROUP BY {by} HAVING COUNT(*) > 1 LIMIT 1"
    )
    names = sorted(source.columns[position].name for position in used)
    return OneRowPerKey(sql, source.dataset or source.name, tuple(names))
