"""The text of a piece of SQL that the checker built.

One generator per thread, and no copy of the tree: the generator is asked hundreds of times for one
wide query, and a copy costs more than the writing. Our pieces hold only nodes of the allow-list,
which the generator leaves as they are (test_writing holds it to that).
"""

from __future__ import annotations

import threading

from sqlglot import exp
from sqlglot.dialects.duckdb import DuckDB


class _Writer(threading.local):
    def __init__(self) -> None:
        self.generator = DuckDB().generator()


_writer = _Writer()


def text(node: exp.Expr) -> str:
    """The tree as DuckDB's SQL."""
    return _writer.generator.generate(node, copy=False)


def table(name: str, alias: str) -> exp.Table:
    """A view or block under an alias, both ours. (sqlglot's `to_table` parses its argument.)"""
    named = exp.TableAlias(this=exp.Identifier(this=alias, quoted=False))
    return exp.Table(this=exp.Identifier(this=name, quoted=False), alias=named)


class _Plain(threading.local):
    def __init__(self) -> None:
        self.generator = DuckDB().generator(comments=False)


_plain = _Plain()


def without_comments(node: exp.Expr) -> str:
    """A whole query as its asker wrote it, in one spelling."""
    return _plain.generator.generate(node, copy=False)
