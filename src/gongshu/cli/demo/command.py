"""`gongshu demo`, apart from what it does: the list of commands need not load that."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path

import click

PORT = 8000


@click.command()
@click.option(
    "--data",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A folder of richer public sets, which it brings in as well.",
)
@click.option(
    "--year", is_flag=True, help="Let a year pass first: hundreds of cases, and what came of them."
)
@click.option("--serve/--no-serve", default=True, help="Leave the portal running at the end.")
@click.option("--port", default=PORT, show_default=True, help="Where the portal answers.")
def demo(data: Path | None, year: bool, serve: bool, port: int) -> None:
    """The whole way: from a messy file to an answer that a stranger verifies."""
    from gongshu.cli.demo.client import free_port
    from gongshu.cli.demo.story import NEXT, Story

    os.environ.setdefault("GONGSHU_HOME", str(Path("instance").resolve()))
    with ExitStack() as stack:
        home = Path(os.environ["GONGSHU_HOME"])
        story = Story(home, stack, data, free_port(port), year=year)
        story.tell()
        story.say_who()
        if serve:
            story.keep_serving()
        else:
            story.say(NEXT, f"GONGSHU_HOME={story.home} gongshu serve")
