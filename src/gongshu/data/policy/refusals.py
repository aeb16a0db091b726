"""Why a query is refused: one code, one sentence in two languages, and what to write instead.

A refusal never quotes data and never tells what lies outside the grant: a name that does not
exist and one that is not granted read the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NoReturn

from gongshu.wording import Problem, Sentence

if TYPE_CHECKING:
    from sqlglot import exp

Span = tuple[int, int]

RIGHT_ZH = {
    "show": "逐行输出（show）",
    "group": "分组（group）",
    "filter": "筛选（filter）",
    "join": "关联（join）",
    "measure": "统计（measure）",
}


class Refused(Problem):
    """The query is not answered. `.missing` is the terms fragment that would allow it, if any."""

    def __init__(
        self,
        code: str,
        sentence: Sentence,
        *,
        suggestion: Sentence | None = None,
        span: Span | None = None,
        missing: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(code, sentence, suggestion=suggestion, span=span)
        self.missing = dict(missing) if missing else None


def span_of(node: exp.Expr | None) -> Span | None:
    """The (start, end) offsets of a piece of the user's SQL, as far as its parts carry them."""
    if node is None:
        return None
    starts: list[int] = []
    ends: list[int] = []
    for part in node.walk():
        meta = part.meta
        if "start" in meta and "end" in meta:
            starts.append(meta["start"])
            ends.append(meta["end"] + 1)
    return (min(starts), max(ends)) if starts else None


def not_allowed(
    node: exp.Expr | None, en: str, zh: str, *, use: tuple[str, str] | None = None
) -> NoReturn:
    """A construct that is not on the list."""
    raise Refused(
        "not_allowed",
        Sentence(en=en, zh=zh),
        span=span_of(node),
        suggestion=Sentence(en=use[0], zh=use[1]) if use else None,
    )


def not_protectable(node: exp.Expr | None, en: str, zh: str, *, use: tuple[str, str]) -> NoReturn:
    """Every right may be there, but the form cannot be protected."""
    raise protectable(node, en, zh, use=use)


def protectable(node: exp.Expr | None, en: str, zh: str, *, use: tuple[str, str]) -> Refused:
    """The same, to be raised by the caller."""
    return Refused(
        "not_protectable",
        Sentence(en=en, zh=zh),
        span=span_of(node),
        suggestion=Sentence(en=use[0], zh=use[1]),
    )


def unknown_table(node: exp.Expr, name: str) -> NoReturn:
    raise Refused(
        "unknown_name",
        Sentence(
            en=f"There is no table “{name}” under this grant.",
            zh=f"本授权下没有名为“{name}”的表。",
        ),
        span=span_of(node),
        suggestion=Sentence(
            en="Tables are named <domain>.<name>; the grant lists those you may use.",
            zh="表名写作 <域>.<名>，可用的表见授权条款。",
        ),
        missing={"datasets": {name: {"columns": {}}}},
    )


def unknown_column(node: exp.Expr, name: str, datasets: list[str]) -> NoReturn:
    fragment: dict[str, Any] = {data: {"columns": {name: []}} for data in datasets[:1]}
    raise Refused(
        "unknown_name",
        Sentence(
            en=f"There is no column “{name}” here under this grant.",
            zh=f"本授权下此处没有名为“{name}”的列。",
        ),
        span=span_of(node),
        suggestion=Sentence(
            en="The grant lists the columns you may use and what each may be used for.",
            zh="可用的列及各自的用途见授权条款。",
        ),
        missing={"datasets": fragment} if fragment else None,
    )


def no_right(
    node: exp.Expr | None,
    right: str,
    columns: list[tuple[str, str]],
    *,
    functions: tuple[str, ...] = (),
) -> NoReturn:
    """A granted column is used in a way its rights do not cover."""
    names = ", ".join(f"“{column}”" for _, column in columns) or "this expression"
    names_zh = "、".join(f"“{column}”" for _, column in columns) or "此表达式"
    what = f"{right}: {', '.join(functions)}" if functions else right
    what_zh = RIGHT_ZH[right] + (f"：{'、'.join(functions)}" if functions else "")
    missing: dict[str, Any] = {}
    for dataset, column in columns:
        rights: Any = {"rights": [right], "functions": list(functions)} if functions else [right]
        missing.setdefault(dataset, {"columns": {}})["columns"][column] = rights
    raise Refused(
        "no_right",
        Sentence(
            en=f"The grant does not give {names} the right “{what}” that this use needs.",
            zh=f"授权未给予{names_zh}此用法所需的权利：{what_zh}。",
        ),
        span=span_of(node),
        suggestion=_instead(right),
        missing={"datasets": missing} if missing else None,
    )


def _instead(right: str) -> Sentence:
    return {
        "show": Sentence(
            en="Ask for an aggregate, for instance count(*) with GROUP BY.",
            zh="请改为汇总，例如 count(*) 加 GROUP BY。",
        ),
        "group": Sentence(
            en="Group by a column with the right “group”.", zh="请按有“group”权利的列分组。"
        ),
        "filter": Sentence(
            en="Filter on a column with the right “filter”, or leave the condition out.",
            zh="请用有“filter”权利的列筛选，或去掉此条件。",
        ),
        "join": Sentence(
            en="Match columns that have the right “join” on both sides.",
            zh="请用两侧都有“join”权利的列关联。",
        ),
        "measure": Sentence(
            en="Use an aggregate the grant names for this column, on the bare column.",
            zh="请对裸列使用授权为其写明的汇总函数。",
        ),
    }[right]
