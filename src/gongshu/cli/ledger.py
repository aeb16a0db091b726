"""`gongshu ledger`: the log's key, its newest checkpoint, a proof, and an audit of it all."""

from __future__ import annotations

from dataclasses import asdict

import click

from gongshu.cli import setup_django
from gongshu.cli.output import as_json, say, say_json
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
