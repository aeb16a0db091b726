"""`python -m gongshu.cli.demo.year`: live a year in the instance of GONGSHU_HOME.

A process of its own, so that the portal goes on answering meanwhile.
"""

from __future__ import annotations

import tempfile
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from gongshu.cli import setup_django
from gongshu.wording import Sentence, language

if TYPE_CHECKING:
    from gongshu.cli.demo.year.life import Plan

CAME_OF_IT = Sentence(
    en="{} cases, {} steps, {} more taken by the clock, {} questions answered",
    zh="办件 {} 件，办理步骤 {} 次，系统自动办理 {} 次，答复查询 {} 次",
)
LIVED_ALREADY = Sentence(
    en="This instance has cases already: no year is lived in it.",
    zh="本实例已有办件，不再生成一年的数据。",
)


@click.command()
@click.option("--first", type=click.DateTime(["%Y-%m-%d"]), required=True)
@click.option("--days", default=365, show_default=True)
@click.option("--cases", default=400, show_default=True)
@click.option("--questions", default=300, show_default=True)
@click.option("--seed", default=809, show_default=True)
@click.option("--password-file", type=click.Path(exists=True, path_type=Path), required=True)
@click.option("--lang", default="en", show_default=True)
def main(
    first: datetime,
    days: int,
    cases: int,
    questions: int,
    seed: int,
    password_file: Path,
    lang: str,
) -> None:
    """Let a year pass; in an instance that has cases already, nothing."""
    setup_django()
    from gongshu.cases.models import Case
    from gongshu.cli.demo.year.life import Plan

    with language(lang):
        if Case.objects.exists():
            click.echo(LIVED_ALREADY)
            return
        live(Plan(first.date(), days, cases, questions, seed), password_file)


def live(plan: Plan, password_file: Path) -> None:
    """With a bar, and at the end what came of it."""
    from django.utils import timezone

    from gongshu.cli.demo.year.city import settle
    from gongshu.cli.demo.year.life import Year
    from gongshu.ledger import moment

    console = Console(highlight=False)
    columns = TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn()
    with Progress(*columns, console=console) as progress, tempfile.TemporaryDirectory() as folder:
        shown = progress.add_task(f"{plan.first}", total=plan.days)

        def passed(day: date) -> None:
            progress.update(shown, advance=1, description=f"{day}")

        with moment.told(timezone.make_aware(datetime.combine(plan.first, time(8)))):
            settle(password_file.read_text().strip())
        lived = Year(plan, Path(folder), each_day=passed).live()
    numbers = (lived.opened.total(), lived.taken.total(), lived.by_clock, lived.answered)
    click.echo(str(CAME_OF_IT).format(*numbers))


if __name__ == "__main__":
    main()
