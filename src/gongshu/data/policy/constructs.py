"""What to say of a construct that no table of the grammar lists, and what to write instead.

The grammar decides; this file only finds the words. An analyst should learn here what the thing is
called, in which place it stood, and how the same question is asked with what there is.
"""

from __future__ import annotations

from typing import NoReturn

from sqlglot import exp

from gongshu.data.policy.refusals import Refused, protectable, span_of
from gongshu.wording import Sentence

Use = tuple[str, str]

_UNION: Use = (
    "Ask for each grouping in a SELECT of its own and put them together with UNION ALL.",
    "请将每种分组各写一条 SELECT，再用 UNION ALL 合并。",
)
_TEXT: Use = (
    "Use LIKE, ILIKE, starts_with, ends_with or contains; left, right or substring for parts.",
    "请用 LIKE、ILIKE、starts_with、ends_with、contains；取部分文本用 left、right、substring。",
)
_PLAIN: Use = (
    "Use plain columns, operators, CASE, date_trunc and text functions.",
    "请使用普通列、运算符、CASE、date_trunc 与文本函数。",
)
_NOW: Use = (
    "Write the day as a literal or a parameter, so that the same question has the same answer.",
    "请将日期写成字面值或参数，使同一问题得到同一答案。",
)
_SAMPLE: Use = (
    "Leave it out: a sample would pick single rows.",
    "请去掉：抽样会挑选单个行。",
)
_PIVOT: Use = (
    "Write count(*) FILTER (WHERE column = 'value') for each column you want.",
    "请为每个所需列写 count(*) FILTER (WHERE 列 = '值')。",
)
_CONSTANTS: Use = (
    "Write the constants as CASE, or as SELECT … UNION ALL SELECT ….",
    "请将常量写成 CASE，或 SELECT … UNION ALL SELECT …。",
)
_FIRST: Use = (
    "Over a result, write QUALIFY row_number() OVER (PARTITION BY … ORDER BY …) = 1.",
    "对汇总结果可写 QUALIFY row_number() OVER (PARTITION BY … ORDER BY …) = 1。",
)
_ESCAPE: Use = (
    "Use contains, starts_with or ends_with, in which % and _ mean themselves.",
    "请用 contains、starts_with、ends_with，其中 % 与 _ 按字面理解。",
)

# What a person calls it, and what to write instead.
_KNOWN: dict[type[exp.Expr], tuple[str, Use]] = {
    exp.Rollup: ("ROLLUP", _UNION),
    exp.Cube: ("CUBE", _UNION),
    exp.GroupingSets: ("GROUPING SETS", _UNION),
    exp.RegexpLike: ("a regular expression", _TEXT),
    exp.RegexpFullMatch: ("a regular expression", _TEXT),
    exp.RegexpExtract: ("a regular expression", _TEXT),
    exp.RegexpReplace: ("a regular expression", _TEXT),
    exp.SimilarTo: ("SIMILAR TO", _TEXT),
    exp.Glob: ("GLOB", _TEXT),
    exp.Escape: ("ESCAPE", _ESCAPE),
    exp.Bracket: ("[ ]", _TEXT),
    exp.Dot: ("a call after a dot", _PLAIN),
    exp.Columns: ("COLUMNS( )", ("Name each column.", "请逐一写出列名。")),
    exp.PositionalColumn: ("#", ("Name each column.", "请逐一写出列名。")),
    exp.Lambda: ("a lambda", _PLAIN),
    exp.Struct: ("a structure", _PLAIN),
    exp.Array: ("a list", ("Write IN ('a', 'b').", "请写 IN ('a', 'b')。")),
    exp.Values: ("VALUES", _CONSTANTS),
    exp.TableSample: ("a sample", _SAMPLE),
    exp.Pivot: ("PIVOT", _PIVOT),
    exp.Distinct: ("DISTINCT ON", _FIRST),
    exp.CurrentDate: ("current_date", _NOW),
    exp.CurrentTimestamp: ("now()", _NOW),
    exp.CurrentTime: ("current_time", _NOW),
    exp.Fetch: ("FETCH … WITH TIES", ("Write LIMIT n.", "请写 LIMIT n。")),
    exp.Limit: ("LIMIT in percent", ("Write LIMIT n.", "请写 LIMIT n。")),
    exp.Tuple: ("a tuple", ("Write (a, b) IN ((1, 2), (3, 4)).", "请写 (a, b) IN ((1, 2))。")),
    exp.Unnest: ("UNNEST", _PLAIN),
    exp.Lateral: ("LATERAL", ("Write a JOIN on keys.", "请按键 JOIN。")),
    exp.WithinGroup: (
        "WITHIN GROUP",
        ("Over a result, use median.", "对汇总结果可用 median。"),
    ),
    exp.Into: ("INTO", ("Only a SELECT can be asked.", "只能提交 SELECT 查询。")),
}

_AGGREGATES: dict[type[exp.Expr], str] = {exp.GroupConcat: "string_agg", exp.ArrayAgg: "list"}

# Functions of other dialects, and of DuckDB's that change from moment to moment.
_ELSEWHERE: dict[str, Use] = {
    **dict.fromkeys(("now", "today", "getdate", "sysdate", "current_localtimestamp"), _NOW),
    **dict.fromkeys(
        ("to_char", "date_format", "datename"),
        ("Write strftime(day, '%Y-%m').", "请写 strftime(日期列, '%Y-%m')。"),
    ),
    **dict.fromkeys(
        ("dateadd", "date_add", "add_months"),
        ("Write day + INTERVAL 1 MONTH.", "请写 日期列 + INTERVAL 1 MONTH。"),
    ),
    **dict.fromkeys(
        ("instr", "locate", "charindex", "position", "regexp_matches"),
        _TEXT,
    ),
}


def only(node: exp.Expr, *names: str) -> None:
    """Refuses a node that has any part but these, at that part where it has a place."""
    for name, argument in node.args.items():
        if name not in names and argument not in (None, False, []):
            part = argument[0] if isinstance(argument, list) else argument
            refuse_node(part if isinstance(part, exp.Expr) and type(part) in _KNOWN else node)


def refuse_node(node: exp.Expr) -> NoReturn:
    raise refusal_of(node)


def refusal_of(node: exp.Expr) -> Refused:
    """The refusal of a node that no table lists."""
    if isinstance(node, exp.AggFunc):
        return _aggregate(node)
    if isinstance(node, exp.In | exp.Exists | exp.Subquery):
        return protectable(
            node,
            "A subquery cannot stand under OR or inside an expression over rows.",
            "针对行的 OR 或表达式中不能使用子查询。",
            use=(
                "Join with AND: … AND key IN (SELECT key FROM …); or write a JOIN on the key.",
                "请以 AND 连接：… AND 键 IN (SELECT 键 FROM …)；或改写为按键 JOIN。",
            ),
        )
    name, use = _KNOWN.get(type(node)) or (_name(node), _PLAIN)
    use = _ELSEWHERE.get(name.removesuffix("()").lower(), use)
    return Refused(
        "not_allowed",
        Sentence(
            en=f"“{name}” is not among the constructs a governed query may use.",
            zh=f"受管查询不允许使用“{name}”。",
        ),
        span=span_of(node),
        suggestion=Sentence(en=use[0], zh=use[1]),
    )


def _aggregate(node: exp.AggFunc) -> Refused:
    name = _AGGREGATES.get(type(node)) or node.sql_name().lower()
    return protectable(
        node,
        f"The aggregate {name}() cannot be used here.",
        f"此处不能使用汇总函数 {name}()。",
        use=(
            "In SELECT and HAVING: count, count(DISTINCT …), sum, avg, stddev_samp; over a result "
            "also min, max and median. WHERE comes before aggregates: use HAVING.",
            "SELECT 与 HAVING 中可用 count、count(DISTINCT …)、sum、avg、stddev_samp；对汇总结果"
            "还可用 min、max、median。WHERE 先于汇总，请改用 HAVING。",
        ),
    )


def _name(node: exp.Expr) -> str:
    if isinstance(node, exp.Anonymous):
        return f"{node.this}()"
    if isinstance(node, exp.Func):
        return f"{node.sql_name().lower()}()"
    return type(node).__name__
