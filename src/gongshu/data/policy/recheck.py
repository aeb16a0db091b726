"""The second look: the rewritten text, parsed again and held to the allow-list once more.

Only text that passes here is run. It must be a fixed point (parsed and written again it reads the
same), name no table but this query's views and blocks, and hold no node that our rewriting does
not use. A fault in the rewriting would thus have to fool two readings.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlglot import exp, parse

from gongshu.data.policy import grammar

_STRUCTURE: frozenset[type[exp.Expr]] = frozenset(
    {
        exp.Select, exp.Union, exp.Except, exp.Intersect, exp.Subquery, exp.With, exp.CTE,
        exp.From, exp.Join, exp.Where, exp.Group, exp.Having, exp.Order, exp.Ordered,
        exp.Limit, exp.Offset, exp.Distinct, exp.Table, exp.TableAlias, exp.Alias, exp.Identifier,
        exp.Column, exp.Literal, exp.Boolean, exp.Null, exp.Star, exp.Case, exp.If, exp.Cast,
        exp.TryCast, exp.DataType, exp.DataTypeParam, exp.Interval, exp.Var, exp.Window,
        exp.WindowSpec, exp.Filter, exp.Try, exp.Encode, exp.Unhex, exp.SHA2,
    }
)  # fmt: skip
_TABLES = (
    grammar.SCALARS,
    grammar.PREDICATES,
    grammar.CONNECTIVES,
    grammar.POST_SCALARS,
    grammar.WINDOW_ONLY,
    grammar.AGGREGATES,
)
_NODES: frozenset[type[exp.Expr]] = _STRUCTURE.union(*(table.keys() for table in _TABLES))
_FUNCTIONS = frozenset({"ENCODE", "UNHEX", "SHA256", "MD5_NUMBER_LOWER"})


class Inconsistent(Exception):
    """The rewriting made something it should not have: a fault of ours, and nothing is run."""


def recheck(text: str, tables: Iterable[str]) -> str:
    """The text as it will run, or `Inconsistent`."""
    trees = parse(text, dialect="duckdb")
    if len(trees) != 1 or not isinstance(trees[0], exp.Query):
        raise Inconsistent("not one query")
    tree = trees[0]
    known = set(tables)
    known |= {cte.alias for cte in tree.find_all(exp.CTE)}
    for node in tree.walk():
        if isinstance(node, exp.Anonymous):
            if str(node.this).upper() not in _FUNCTIONS:
                raise Inconsistent(f"function {node.this}")
        elif type(node) not in _NODES:
            raise Inconsistent(type(node).__name__)
        elif isinstance(node, exp.Table) and (node.db or node.catalog or node.name not in known):
            raise Inconsistent("table")
        elif isinstance(node, exp.Star) and not isinstance(node.parent, exp.Count):
            raise Inconsistent("star")
    again = tree.sql("duckdb")
    if again != text:
        raise Inconsistent("not a fixed point")
    return again
