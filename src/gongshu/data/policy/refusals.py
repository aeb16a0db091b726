"""Why a query is refused: one code, one sentence in two languages, and what to write instead.

A refusal never quotes data and never tells what lies outside the grant: a name that does not
exist and one that is not granted read the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
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


def closed(sql: str, span: Span | None) -> Span | None:
    """The span with the brackets that close what it opens: their places are not in the tree."""
    if span is None:
        return None
    start, end = span
    opened = sql[start:end].count("(") - sql[start:end].count(")")
    while opened > 0:
        rest = sql[end:]
        gap = len(rest) - len(rest.lstrip())
        if not rest[gap:].startswith(")"):
            break
        end, opened = end + gap + 1, opened - 1
    return start, end


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


def unknown_table(node: exp.Expr, name: str, known: Iterable[str] = ()) -> NoReturn:
    """`known` are the tables of the grant."""
    near = _nearest(name, known)
    raise Refused(
        "unknown_name",
        Sentence(
            en=f"There is no table “{name}” under this grant.",
            zh=f"本授权下没有名为“{name}”的表。",
        ),
        span=span_of(node),
        suggestion=near
        or Sentence(
            en="Tables are named <domain>.<name>; the grant lists those you may use.",
            zh="表名写作 <域>.<名>，可用的表见授权条款。",
        ),
        missing={"datasets": {name: {"columns": {}}}},
    )


def unknown_column(
    node: exp.Expr, name: str, datasets: list[str], known: Iterable[str] = ()
) -> NoReturn:
    """`known` are the columns that there are here."""
    fragment: dict[str, Any] = {data: {"columns": {name: []}} for data in datasets[:1]}
    quoted = getattr(node.this, "args", {}).get("quoted")
    raise Refused(
        "unknown_name",
        Sentence(
            en=f"There is no column “{name}” here under this grant.",
            zh=f"本授权下此处没有名为“{name}”的列。",
        ),
        span=span_of(node),
        suggestion=_nearest(name, known)
        or (_QUOTED if quoted else None)
        or Sentence(
            en="The grant lists the columns you may use and what each may be used for.",
            zh="可用的列及各自的用途见授权条款。",
        ),
        missing={"datasets": fragment} if fragment else None,
    )


def unknown_alias(node: exp.Column, names: list[str]) -> NoReturn:
    """A qualifier that no table of this FROM has."""
    raise Refused(
        "unknown_name",
        Sentence(
            en=f"There is no table “{node.table}” in this FROM.",
            zh=f"此 FROM 中没有名为“{node.table}”的表。",
        ),
        span=span_of(node),
        suggestion=Sentence(
            en=f"Here there are: {', '.join(names)}.", zh=f"此处有：{'、'.join(names)}。"
        ),
    )


def output_too_early(node: exp.Column) -> NoReturn:
    """A name that SELECT gives, used where rows are picked before it."""
    raise Refused(
        "unknown_name",
        Sentence(
            en=f"“{node.name}” is a name that SELECT gives; it is not there yet in this place.",
            zh=f"“{node.name}”是 SELECT 给出的名称，在此处尚不存在。",
        ),
        span=span_of(node),
        suggestion=Sentence(
            en=f"Filter the result: HAVING {node.name} …; or write the expression itself.",
            zh=f"请筛选结果：HAVING {node.name} …；或直接写出表达式。",
        ),
    )


_QUOTED = Sentence(
    en="If it is a text and no column, write it in single quotes: 'text'.",
    zh="若为文本而非列名，请用单引号：'文本'。",
)


def _nearest(name: str, known: Iterable[str]) -> Sentence | None:
    """What was probably meant, among the names that the asker may see."""
    folded = {one.casefold(): one for one in known}
    short = {one.rpartition(".")[2]: one for one in folded}
    wanted = name.casefold()
    found = get_close_matches(wanted, [*folded, *short], n=1, cutoff=0.75)
    if not found:
        return None
    meant = folded[short.get(found[0], found[0])]
    return Sentence(en=f"Did you mean “{meant}”?", zh=f"是否指“{meant}”？")


def no_right(
    node: exp.Expr | None,
    right: str,
    columns: list[tuple[str, str]],
    *,
    functions: tuple[str, ...] = (),
) -> NoReturn:
    """A granted column is used in a way its rights do not cover."""
    right = str(right)
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
            en="Use an aggregate that the grant names for this column.",
            zh="请使用授权为该列写明的汇总函数。",
        ),
    }[right]
