"""One entry of FROM: a table or a subquery under our own alias, and the names the user gave."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from sqlglot import exp

from gongshu.data.policy.constructs import only
from gongshu.data.policy.labels import OutColumn, Relation, Value
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
    one_row: bool = False
    reads: tuple[str, ...] = ()  # the protected datasets whose rows it holds
    merged: set[int] = field(default_factory=set)  # columns that USING made one with an earlier one

    def sql(self, used: set[int] | None = None) -> exp.Subquery:
        alias = exp.TableAlias(this=exp.to_identifier(self.alias))
        return exp.Subquery(this=self.build(self.used if used is None else used), alias=alias)


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


def renamed(relation: Relation, alias: exp.Expr | None) -> Relation:
    """`AS d (k, n)`: the columns of a subquery under new names."""
    names = alias.args.get("columns") if isinstance(alias, exp.TableAlias) else None
    if not names:
        return relation
    if len(names) > len(relation.columns):
        not_allowed(alias, "There are more names than columns.", "列名多于列数。")
    columns = list(relation.columns)
    for position, name in enumerate(names):
        columns[position] = OutColumn(str(name.name), columns[position].value)
    return replace(relation, columns=columns)


def user_alias(node: exp.Expr, *, renames: bool = True) -> str | None:
    """The alias the user gave. A list of new column names is refused for a table of the grant,
    whose columns one does not see all of."""
    alias = node.args.get("alias")
    if alias is None:
        return None
    if not isinstance(alias, exp.TableAlias):
        return str(alias.name)
    if not renames and alias.args.get("columns"):
        not_allowed(
            alias,
            "The columns of a table cannot be renamed in FROM.",
            "不能在 FROM 中为表的列改名。",
            use=("Rename them in SELECT: column AS name.", "请在 SELECT 中改名：列 AS 名。"),
        )
    only(alias, "this", "columns")
    return str(alias.this.name) if alias.this is not None else None
