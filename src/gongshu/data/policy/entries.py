"""One entry of FROM: a table or a subquery under our own alias, and the names the user gave."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from sqlglot import exp

from gongshu.data.policy.expressions import only
from gongshu.data.policy.labels import OutColumn, Value
from gongshu.data.policy.refusals import not_allowed

Build = Callable[[set[int]], exp.Query]


@dataclass
class Source:
    """One entry of FROM."""

    alias: str  # ours
    name: str  # the user's, folded
    dataset: str | None  # full name, where the user gave no alias
    columns: list[OutColumn]
    build: Build
    units: list[int]
    post: bool
    size: int
    canonical: str  # what it reads, as text
    used: set[int] = field(default_factory=set)
    merged: set[int] = field(default_factory=set)  # columns that USING made one with an earlier one

    def sql(self) -> exp.Subquery:
        alias = exp.TableAlias(this=exp.to_identifier(self.alias))
        return exp.Subquery(this=self.build(self.used), alias=alias)


def table_of(value: Value) -> str:
    return str(value.sql.args["table"].name)


def table_name(node: exp.Table) -> str:
    """The full name of a table in FROM; anything but a plain name is refused."""
    only(node, "this", "db", "alias")
    if not isinstance(node.this, exp.Identifier):
        not_allowed(
            node,
            "A function cannot stand in FROM.",
            "FROM 中不能使用函数。",
            use=("Name a table of the grant.", "请写授权中的表名。"),
        )
    return f"{node.db}.{node.name}" if node.db else node.name


def user_alias(node: exp.Expr) -> str | None:
    """The alias the user gave; a list of new column names is refused."""
    alias = node.args.get("alias")
    if alias is None:
        return None
    if not isinstance(alias, exp.TableAlias):
        return str(alias.name)
    only(alias, "this")
    return str(alias.this.name) if alias.this is not None else None
