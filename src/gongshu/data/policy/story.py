"""How a query was decided, step by step, in both languages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gongshu.data.policy.granted import GrantedTable
from gongshu.data.policy.labels import Value
from gongshu.data.policy.plan import Floor, Plan, ProtectedUnit
from gongshu.data.policy.refusals import Span
from gongshu.data.policy.terms import CellKey, Terms
from gongshu.wording import Sentence


def place(sql: str, span: Span) -> tuple[int, int]:
    """Line and column of the beginning of a span, counted from 1."""
    before = sql[: span[0]]
    return before.count("\n") + 1, span[0] - (before.rfind("\n") + 1) + 1


def cells(name: str, units: Sequence[ProtectedUnit], keys: Sequence[Value]) -> Sentence:
    """One protected block."""
    inputs = ", ".join(f"{unit.dataset} (k={unit.k})" for unit in units)
    inputs_zh = "、".join(f"{unit.dataset}（k={unit.k}）" for unit in units)
    columns = sorted({column for key in keys for _, column in key.sources})
    by = f"grouped by {', '.join(columns)}" if columns else "as one cell"
    by_zh = f"按{'、'.join(columns)}分组" if columns else "整体作为一个单元格"
    return Sentence(
        en=f"{name}: rows of {inputs} aggregated {by}; every cell is held to its threshold.",
        zh=f"{name}：{inputs_zh}的行{by_zh}汇总，每个单元格须达到其阈值。",
    )


def of_plan(plan: Plan, terms: Terms, tables: Mapping[str, GrantedTable]) -> tuple[Sentence, ...]:
    """The whole way of an allowed query."""
    lines = [_reads(table) for table in tables.values() if table.view in plan.views]
    for unique in plan.unique:
        keys = ", ".join(unique.keys)
        lines.append(
            Sentence(
                en=f"When it runs, {unique.table} must have one row per {keys}, so that no "
                "protected row counts twice.",
                zh=f"执行时，{unique.table} 中每个 {keys} 须只有一行，以免受保护的行被重复计数。",
            )
        )
    lines += plan.trace
    if plan.floor:
        lines.append(_extract(plan.floor, plan.names))
    if plan.blocks:
        lines += _protection(terms)
        lines.append(
            Sentence(
                en="All that stands above (HAVING, ORDER BY, LIMIT, windows, arithmetic) works on "
                "the protected result.",
                zh="其上的运算（HAVING、ORDER BY、LIMIT、窗口、算术）只作用于受保护的结果。",
            )
        )
    return tuple(lines)


def of_refusal(code: str, sql: str, span: Span | None) -> tuple[Sentence, ...]:
    """How far a refused query came."""
    if code in ("purpose", "term"):
        return (
            Sentence(
                en="The grant's term and purposes were looked at first; the query was not read.",
                zh="首先核对授权的有效期与用途；查询未被读取。",
            ),
        )
    lines = [Sentence(en="The term and the purpose are in order.", zh="有效期与用途相符。")]
    if code not in ("too_large", "syntax"):
        lines.append(
            Sentence(en="The text is one query within bounds.", zh="文本为一条查询，未超出界限。")
        )
    if span is not None:
        line, column = place(sql, span)
        lines.append(
            Sentence(
                en=f"Refused ({code}) at line {line}, column {column}.",
                zh=f"在第 {line} 行第 {column} 列被拒绝（{code}）。",
            )
        )
    return tuple(lines)


def _reads(table: GrantedTable) -> Sentence:
    if table.unit is None:
        return Sentence(
            en=f"Reads {table.name}, about nobody.", zh=f"读取 {table.name}，不涉及个体。"
        )
    return Sentence(
        en=f"Reads {table.name}, about units of “{table.unit.space}”: at least {table.unit.k} in "
        "every cell.",
        zh=f"读取 {table.name}，涉及“{table.unit.space}”类单元：每个单元格至少 {table.unit.k} 个。",
    )


def _extract(floor: Floor, names: Sequence[str]) -> Sentence:
    columns = [names[position] for position in floor.quasi]
    k = max(floor.k)
    of, of_zh = ", ".join(columns) or "the whole", "、".join(columns) or "整体"
    return Sentence(
        en=f"Rows leave only where at least {k} units of the extract share their {of}.",
        zh=f"仅当提取结果中至少 {k} 个单元的{of_zh}相同时，才提供相应的行。",
    )


def _protection(terms: Terms) -> list[Sentence]:
    lines = [
        Sentence(
            en="Withheld are cells with fewer units, sums that one or two units dominate, and what "
            "a total beside them would give away.",
            zh="单元数不足的单元格、由一两个单元主导的合计，以及可由旁列总数推出者，均不提供。",
        )
    ]
    if terms.history:
        lines.append(
            Sentence(
                en="Withheld too is what differs from an earlier answer in too few units.",
                zh="与以往答复仅相差少数单元的，亦不提供。",
            )
        )
    if isinstance(terms.protection, CellKey):
        lines.append(
            Sentence(
                en="Every figure carries noise that is the same for the same rows.",
                zh="每个数值加有扰动，相同的行扰动相同。",
            )
        )
    return lines
