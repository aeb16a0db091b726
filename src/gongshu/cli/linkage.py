"""`gongshu grant linkage GRANT | --case CASE`."""

from __future__ import annotations

from typing import Any

import click

from gongshu.cli import setup_django
from gongshu.cli.output import acting_as, as_json, say, say_json, show_rows
from gongshu.wording import Problem, Sentence

TITLES = {
    "dataset": Sentence(en="Units of", zh="主体所在数据集"),
    "other": Sentence(en="Together with", zh="与之汇聚"),
    "by": Sentence(en="By", zh="关联列"),
    "found": Sentence(en="Found there", zh="可匹配比例"),
    "before": Sentence(en="Alone before", zh="汇聚前可识别"),
    "after": Sentence(en="Alone after", zh="汇聚后可识别"),
}
NONE = Sentence(
    en="Nothing that could be put together was found; that is an estimate, no proof.",
    zh="未发现可汇聚的数据；此为估计，不构成安全证明。",
)
HIDDEN = Sentence(en="for the bureau", zh="仅供数据管理部门查看")
WHICH = Sentence(
    en="Name a grant, or a case with --case.", zh="请给出授权编号，或用 --case 给出办件。"
)


@click.command()
@click.argument("grant_id", required=False)
@click.option("--case", "case_id", metavar="CASE", help="Before it is granted: what a case asks.")
@acting_as
@as_json
def linkage(grant_id: str | None, case_id: str | None, acting: str | None, as_json: bool) -> None:
    """What a grantee could put together with all else they reach: an estimate."""
    setup_django()
    from gongshu.accounts.agents import shell_agent  # here: they need Django
    from gongshu.cases import selectors as cases
    from gongshu.grants import linkage_findings, selectors

    agent = shell_agent(acting)
    if bool(grant_id) == bool(case_id):
        raise Problem("which", WHICH)
    found = (
        linkage_findings.of_case(cases.get(case_id, agent), agent)
        if case_id
        else linkage_findings.of_grant(selectors.get(grant_id or "", agent), agent)
    )
    if as_json:
        say_json(found)
    elif found["links"]:
        show_rows([_row(link) for link in found["links"]], TITLES)
    else:
        say(NONE)


def _row(link: dict[str, Any]) -> dict[str, Any]:
    first = {"dataset": link["other"], "grant": link["grant"]}
    others = [f"{one['dataset']} {one['grant']}".strip() for one in (first, *link.get("more", ()))]
    row = {"dataset": link["dataset"], "other": others}
    if link["hidden"]:
        return row | {"by": str(HIDDEN)}
    shares = {name: f"{link[name]:.0%}" for name in ("found", "before", "after")}
    return row | shares | {"by": ["=".join(pair) for pair in link["by"]]}
