"""`gongshu calendar show|import`: the working days that deadlines are counted in."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from gongshu.cli import setup_django
from gongshu.cli.output import as_json, say, say_json
from gongshu.rules.problems import BadInput
from gongshu.wording import Sentence


@click.group()
def calendar() -> None:
    """Working days: until when they are known, and how to add a year."""


@calendar.command("show")
@as_json
def show(as_json: bool) -> None:
    """Until when the calendar is known."""
    setup_django()
    from gongshu.cases import clock

    known = clock.calendar()
    found: dict[str, Any] = {"first": known.first, "last": known.last}
    if as_json:
        say_json(found)
        return
    say(
        Sentence(
            en=f"Working days are known from {known.first} to {known.last}.",
            zh=f"工作日历的已知范围：{known.first} 至 {known.last}。",
        )
    )


@calendar.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@as_json
def import_calendar(file: Path, as_json: bool) -> None:
    """Add the years of FILE, and work out anew the due dates that waited for them.

    FILE is {"years": {"2027": {"off": [DATES], "worked": [DATES]}}}, or a year in the shape of
    the public lists of holidays: {"year": 2027, "days": [{"date": DATE, "isOffDay": true}]}.
    """
    setup_django()
    from gongshu.cases import clock, services
    from gongshu.rules.calendar import read_years

    years = sorted(read_years(file))
    if not years:
        raise BadInput(
            "calendar_empty",
            Sentence(
                en=f"{file.name} announces no year yet: nothing to import.",
                zh=f"{file.name} 尚无任何年份的放假安排，未导入。",
            ),
        )
    folder = clock.folder()
    folder.mkdir(exist_ok=True)
    # Named by its years, so that a corrected notice takes the place of the earlier one; renamed
    # when whole, for the server and the worker read it at any moment.
    target = folder / f"{'-'.join(map(str, years))}.json"
    waiting = target.with_suffix(".new")
    waiting.write_bytes(file.read_bytes())
    os.replace(waiting, target)
    changed = services.refresh_due_dates()
    last = clock.calendar().last
    if as_json:
        say_json({"years": years, "last": last, "due_dates_changed": changed})
        return
    listed = ", ".join(map(str, years))
    say(
        Sentence(
            en=f"Imported {listed}. Working days are known to {last}; "
            f"{changed} due dates were worked out anew.",
            zh=f"已导入 {listed} 年。工作日历已知至 {last}；重新计算了 {changed} 个期限。",
        )
    )
