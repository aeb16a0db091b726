"""`gongshu ledger`: the log's key, its newest checkpoint, a proof, an audit of it all, slices."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from gongshu.cli import setup_django
from gongshu.cli.output import acting_as, as_json, say, say_json
from gongshu.wording import Sentence


@click.group()
def ledger() -> None:
    """The log of all acts and uses: its key, checkpoint, proofs, audit."""
    setup_django()


@ledger.command()
def key() -> None:
    """Print the log's public key, a C2SP verifier key."""
    from gongshu.ledger import selectors  # here: it needs Django

    click.echo(selectors.public_key().text())


@ledger.command()
def checkpoint() -> None:
    """Print the newest signed checkpoint; what is pending is sequenced first."""
    from gongshu.ledger import selectors, services  # here: it needs Django

    services.sequence()
    click.echo(selectors.checkpoint(), nl=False)


@ledger.command()
@click.argument("index", type=click.IntRange(min=0))
def prove(index: int) -> None:
    """Print the proof of entry INDEX (counted from 0), in the form c2sp.org/tlog-proof@v1."""
    from gongshu.ledger import selectors  # here: it needs Django

    click.echo(selectors.proof(index).text(), nl=False)


@ledger.command()
@as_json
def audit(as_json: bool) -> None:
    """Recompute the whole log from its entries and check all else against it; exit 1 if unsound."""
    from gongshu.ledger.audit import audit as run  # here: it needs Django

    report = run()
    if as_json:
        findings = [finding.en for finding in report.findings]
        say_json({**asdict(report), "findings": findings, "sound": report.sound})
    else:
        for finding in report.findings:
            say(finding)
        say(
            Sentence(
                en=f"{report.entries} entries ({report.pending} pending), {report.tiles} tiles, "
                f"{report.checkpoints} checkpoints, {report.openings} openings: "
                + ("all sound." if report.sound else "NOT SOUND."),
                zh=f"{report.entries} 个条目（{report.pending} 个待定序）、{report.tiles} 个块、"
                f"{report.checkpoints} 个检查点、{report.openings} 个开启："
                + ("全部无误。" if report.sound else "存在问题。"),
            )
        )
    if not report.sound:
        raise SystemExit(1)


@ledger.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--format", "form", default="csv", help="csv, json or parquet.")
@click.option("--event", help="Only this event: query.answered …")
@click.option("--subject-kind", help="Only about this kind of thing: grant, case, dataset …")
@click.option("--subject", help="Only about the thing of this number or code.")
@click.option(
    "--organisation", help="Only by this organisation, or about what is its own: the code."
)
@click.option("--since", metavar="DAY", help="From this day or time on.")
@click.option("--until", metavar="DAY", help="Before this day or time.")
@click.option("--first", type=click.IntRange(min=0), help="From the entry of this number on.")
@click.option("--last", type=click.IntRange(min=0), help="Up to the entry of this number.")
@click.option("--sample", type=click.IntRange(min=1), help="Only so many, drawn by the seed.")
@click.option("--seed", help="The same seed draws the same sample; anybody can repeat it.")
@acting_as
@as_json
def export(file: Path, form: str, acting: str | None, as_json: bool, **asked: Any) -> None:
    """Write a slice to FILE, a zip archive: each entry with its proof, and a verifier.

    `gongshu verify FILE` checks it, and so does the verify.py in it, which needs nothing of ours.
    """
    from gongshu.accounts.agents import shell_agent
    from gongshu.oversight import slice_files, slices

    made = slice_files.export(slices.Asked.read(asked), form=form, by=shell_agent(acting))
    draft = file.with_name(f".{file.name}.part")
    try:
        with draft.open("wb") as out:
            out.writelines(made.archive())
        os.replace(draft, file)
    finally:
        draft.unlink(missing_ok=True)
    count = len(made.slice.indexes)
    if as_json:
        size = made.slice.tree_size
        say_json({"file": str(file), "entries": count, "tree_size": size, "entry": made.entry.id})
        return
    say(
        Sentence(
            en=f"{file} has {count} entries, each with its proof; the export is entry "
            f"{made.entry.index}.",
            zh=f"{file} 含 {count} 个条目，均附证明；本次导出为第 {made.entry.index} 号条目。",
        )
    )
