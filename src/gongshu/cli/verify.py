"""`gongshu verify`: check a receipt, a certificate or a slice of the ledger offline; with a key,
without an instance."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path
from typing import Any

import click

from gongshu.cli.output import as_json, say, say_json
from gongshu.log.certificate import is_certificate, verify_certificate
from gongshu.log.note import BadKey, SigningKey, VerifierKey
from gongshu.log.receipt import LARGEST_RECEIPT, NotVerified, Verified, verify_receipt
from gongshu.oversight import verify_slice
from gongshu.wording import Problem, Sentence

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("receipt", type=FILE)
@click.option("--checkpoint", type=FILE, help="A checkpoint of the log, got elsewhere.")
@click.option("--key", metavar="FILE|KEY", help="The log's public key: a file or the line itself.")
@as_json
def verify(receipt: Path, checkpoint: Path | None, key: str | None, as_json: bool) -> None:
    """Say whether RECEIPT proves what it says; exit 1 with the reason if it does not.

    A certificate of registration holds its receipt and is checked in the same way, and so is
    the archive that `gongshu ledger export` writes.
    """
    trusted = _given_key(key) if key else _own_key()
    if zipfile.is_zipfile(receipt):
        _verify_slice(receipt, trusted, checkpoint, as_json)
        return
    with receipt.open("rb") as file:
        data = file.read(LARGEST_RECEIPT + 1)
    seen = checkpoint.read_bytes().decode("utf-8", "replace") if checkpoint else None
    try:
        check = verify_certificate if is_certificate(data) else verify_receipt
        verified = check(data, key=trusted, checkpoint=seen)
    except NotVerified as problem:
        if not as_json:
            raise
        say_json({"verified": False, "code": problem.code, "detail": problem.reason})
        raise SystemExit(1) from None
    if as_json:
        say_json({"verified": True, **_facts(verified)})
        return
    _say(verified, checkpoint_given=seen is not None)


def _verify_slice(archive: Path, key: VerifierKey, checkpoint: Path | None, as_json: bool) -> None:
    """By the very program that lies in the archive."""
    kept = checkpoint.read_bytes().decode("utf-8", "replace") if checkpoint else ""
    try:
        tree, said, count = verify_slice.verify(str(archive), key.text(), kept)
    except verify_slice.Wrong as wrong:
        en, zh = wrong.args
        if not as_json:
            raise Problem("slice", Sentence(en=en, zh=zh)) from None
        say_json({"verified": False, "code": "slice", "detail": str(Sentence(en=en, zh=zh))})
        raise SystemExit(1) from None
    if as_json:
        found = {"tree_size": tree.size, "root": tree.root.hex(), "entries": count, "slice": said}
        say_json({"verified": True, **found})
        return
    for en, zh in verify_slice.told(tree, said, count):
        say(Sentence(en=en, zh=zh))


def _given_key(key: str) -> VerifierKey:
    path = Path(key)
    try:
        text = path.read_text() if len(key) < 4096 and path.is_file() else key
        return VerifierKey.parse(text)
    except (BadKey, UnicodeDecodeError):
        raise click.BadParameter(
            str(
                Sentence(
                    en="neither a verifier key (name+id+base64) nor a file that holds one",
                    zh="既不是验证密钥（name+id+base64），也不是含有验证密钥的文件",
                )
            ),
            param_hint="--key",
        ) from None


def _own_key() -> VerifierKey:
    """The key of the instance at hand; its public half is in the key file, no database needed."""
    path = Path(os.environ.get("GONGSHU_HOME", "instance")) / "log.key"
    try:
        return SigningKey.parse(path.read_text()).verifier_key()
    except (OSError, BadKey):
        raise click.UsageError(
            str(
                Sentence(
                    en="There is no instance here whose key could be used: give --key.",
                    zh="此处没有可用密钥的实例：请用 --key 指定公钥。",
                )
            )
        ) from None


def _facts(verified: Verified) -> dict[str, Any]:
    return {
        "log": verified.origin,
        "index": verified.index,
        "tree_size": verified.tree_size,
        "root": verified.root.hex(),
        "entry": verified.body,
        "openings": verified.openings,
        "checkpoint_compared": verified.compared,
    }


def _say(verified: Verified, *, checkpoint_given: bool) -> None:
    event, time = verified.body.get("event"), verified.body.get("time")
    at, size = verified.index, verified.tree_size
    say(
        Sentence(
            en=f"Verified: {event} of {time} is entry {at} (counted from 0) of the {size} in the "
            f"log {verified.origin}.",
            zh=f"验证通过：{time} 的 {event} 是日志 {verified.origin} 所含 {size} 个条目中的"
            f"第 {at} 号（从 0 起）。",
        )
    )
    for name, value in verified.openings.items():
        click.echo(f"  {name}: {value}")
    if checkpoint_given and not verified.compared:
        say(
            Sentence(
                en="The checkpoint given is the same log's but of another size, so it could not be "
                "compared with the receipt's own.",
                zh="所给检查点属于同一日志，但大小不同，因此无法与回执自带的检查点相互比对。",
            )
        )
