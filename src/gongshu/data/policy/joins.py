"""The kinds of JOIN there are, and what to say of those that are not."""

from __future__ import annotations

from typing import NoReturn

from sqlglot import exp

from gongshu.data.policy.constructs import only
from gongshu.data.policy.refusals import not_allowed, not_protectable


def side_of(node: exp.Join) -> str:
    """LEFT, RIGHT, FULL, or nothing for an inner join."""
    only(node, "this", "side", "kind", "on", "using")
    side, kind = node.args.get("side") or "", node.args.get("kind") or ""
    if side not in ("", "LEFT", "RIGHT", "FULL") or kind not in ("", "INNER", "OUTER", "CROSS"):
        not_allowed(
            node,
            f"A {side or kind} JOIN is not allowed.",
            f"不允许 {side or kind} JOIN。",
            use=("Use JOIN or LEFT JOIN … ON.", "请用 JOIN 或 LEFT JOIN … ON。"),
        )
    return side


def full_using(node: exp.Join) -> NoReturn:
    not_allowed(
        node,
        "A FULL JOIN with USING is not allowed.",
        "不允许带 USING 的 FULL JOIN。",
        use=(
            "Write ON a.x = b.x and show coalesce(a.x, b.x).",
            "请写 ON a.x = b.x，并输出 coalesce(a.x, b.x)。",
        ),
    )


def full_on_more(node: exp.Join) -> NoReturn:
    """A condition in ON would leave rows of both sides unmatched, as many as do not meet it."""
    not_protectable(
        node,
        "A FULL JOIN of protected rows is ON keys alone.",
        "受保护行的 FULL JOIN 只能以键为条件。",
        use=(
            "Filter each side in a subquery before the join.",
            "请先在子查询中筛选各侧，再关联。",
        ),
    )
