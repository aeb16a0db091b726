"""`gongshu monitoring`: what the rules have warned of, and by which thresholds."""

from __future__ import annotations

import click

from gongshu.cli import setup_django
from gongshu.cli.output import acting_as, as_json, say, say_json, show_rows
from gongshu.wording import Sentence


@click.command()
@click.option("--now", is_flag=True, help="Read the ledger on first; the worker does so by itself.")
@acting_as
@as_json
def monitoring(now: bool, acting: str | None, as_json: bool) -> None:
    """Warnings that the ledger gives cause for; each is a case."""
    setup_django()
    from gongshu.accounts.agents import shell_agent
    from gongshu.ledger import services as ledger
    from gongshu.oversight import monitoring as watching
    from gongshu.rules.security_warning import SECURITY_WARNING
    from gongshu.rules.warnings import MEANINGS, RULES

    agent = shell_agent(acting)
    found = watching.overview(agent)
    if now:
        ledger.sequence()
        watching.watch()
        found = watching.overview(agent)
    if as_json:
        say_json(found.as_dict())
        return
    titles = {
        "case": Sentence(en="Case", zh="办件"),
        "rule": Sentence(en="Rule", zh="规则"),
        "grant": Sentence(en="Grant", zh="授权"),
        "organisation": Sentence(en="Asked by", zh="提问单位"),
        "day": Sentence(en="Day", zh="日期"),
        "seen": Sentence(en="Seen", zh="实际值"),
        "threshold": Sentence(en="Threshold", zh="阈值"),
        "usual": Sentence(en="Usual", zh="平日"),
        "state": Sentence(en="State", zh="状态"),
    }
    lines = [watching.line(case) for case in found.cases]
    show_rows(
        [
            {**line, "rule": RULES[line["kind"]], "state": SECURITY_WARNING.states[line["state"]]}
            for line in lines
        ],
        titles,
    )
    for rule, meaning in MEANINGS.items():
        if rule not in found.thresholds.off:
            say(meaning(found.thresholds))
