"""`gongshu duties`: the sharing duty list, and who keeps to their deadlines."""

from __future__ import annotations

import click

from gongshu.cli import setup_django
from gongshu.cli.output import acting_as, as_json, say_json, show_rows
from gongshu.wording import Sentence, current_language


@click.command()
@click.option("--provider", default="", metavar="CODE", help="One department; else all.")
@click.option("--providers", "by_provider", is_flag=True, help="Who keeps to their deadlines.")
@click.option("--csv", "as_csv", is_flag=True, help="The whole list as CSV.")
@as_json
@acting_as
def duties(
    provider: str, by_provider: bool, as_csv: bool, as_json: bool, acting: str | None
) -> None:
    """The sharing duty list: what is shared, by when, and what was done in time."""
    setup_django()
    from gongshu.accounts.agents import shell_agent
    from gongshu.oversight import duties as selectors
    from gongshu.oversight import duty_file

    agent, language = shell_agent(acting), current_language()
    if by_provider:
        show_providers([duty_file.provider_row(one) for one in selectors.providers(agent)], as_json)
        return
    found = selectors.every_line(agent, provider)
    if as_csv:
        for text in duty_file.as_csv(found, language):
            click.echo(text, nl=False)
        return
    rows = [duty_file.as_row(line, language) for line in found]
    if as_json:
        say_json(rows)
        return
    titles = {name: duty_file.COLUMNS[name] for name in SHOWN}
    show_rows(rows, titles)


SHOWN = (
    *("provider_name", "dataset", "sharing", "update_cycle", "updated"),
    *("reply_within", "replies_in_time", "replies_late", "overdue"),
)


def show_providers(rows: list[dict[str, object]], as_json: bool) -> None:
    if as_json:
        say_json(rows)
        return
    titles = {
        "provider": Sentence("Provider", "数据提供部门"),
        "datasets": Sentence("Datasets", "数据集"),
        "in_time": Sentence("In time", "按期"),
        "late": Sentence("Late", "逾期"),
        "overdue": Sentence("Overdue now", "当前逾期"),
        "share_in_time": Sentence("Share in time", "按期率"),
    }
    show_rows(rows, titles)
