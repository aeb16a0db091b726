"""`gongshu worker`: the process that does the jobs, sequences the ledger, delivers notices."""

from __future__ import annotations

import click

from gongshu.cli import setup_django


@click.command()
@click.option("--once", is_flag=True, help="Do what there is to do now, and stop.")
def worker(once: bool) -> None:
    """Do the jobs until told to stop; run as many as you like, on as many machines."""
    setup_django()
    from gongshu.jobs.worker import work  # here: it needs Django

    work(once=once)
