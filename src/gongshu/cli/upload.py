"""`gongshu upload`: a file to an instance elsewhere, in pieces, going on after a lost line."""

from __future__ import annotations

import base64
import hashlib
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import click

from gongshu.cli.hints import file_hints
from gongshu.cli.output import as_json, console, say, say_json
from gongshu.cli.remote import Answer, Away, Remote
from gongshu.wording import Problem, Sentence

PIECE = 8 << 20
TUS = {"Tus-Resumable": "1.0.0"}
FOLLOW_SECONDS = 1.0
SENDING = Sentence(en="Sending", zh="正在发送")
READING = Sentence(en="Looking at the file", zh="正在读取文件")
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("file", type=FILE)
@click.argument("dataset")
@click.option("--url", required=True, help="Where the instance is: https://…")
@click.option("--token-file", type=FILE, required=True, help="Holds an access token (ingest).")
@file_hints
@click.option("--no-wait", is_flag=True, help="Do not wait until it has become a version.")
@as_json
def upload(
    file: Path,
    dataset: str,
    url: str,
    token_file: Path,
    no_wait: bool,
    as_json: bool,
    **hints: Any,
) -> None:
    """Send FILE to an instance elsewhere as a new version of DATASET; stopped, it goes on."""
    remote = Remote(url, token_file.read_text().strip())
    with _Bar(quiet=as_json) as bar:
        address = _send(remote, file, dataset, bar)
        known = {name: value for name, value in hints.items() if value not in (None, ())}
        asked = urlencode(known | {"upload": address.rsplit("/", 1)[1]}, doseq=True)
        path = f"/api/datasets/{quote(dataset)}/versions?{asked}"
        job = _ask(remote, bar, "POST", path).json()["job"]
        found = _job(remote, bar, job)
        while not no_wait and found["finished"] is None:
            bar.show(found["message"] or found["state"], found["percent"], 100)
            time.sleep(FOLLOW_SECONDS)
            found = _job(remote, bar, job)
    _tell(found, as_json)


class _Bar:
    """How far it is, where people look."""

    def __init__(self, *, quiet: bool) -> None:
        from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn
        from rich.progress import TransferSpeedColumn as Speed

        self.quiet = quiet
        columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), Speed())
        off = quiet or not console().is_terminal
        self._progress = Progress(*columns, console=console(), transient=True, disable=off)
        self._task = self._progress.add_task("", total=None)

    def __enter__(self) -> _Bar:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def show(self, what: object, done: float, total: float) -> None:
        self._progress.update(self._task, description=str(what), completed=done, total=total)

    def lost(self, seconds: float) -> None:
        if not self.quiet:
            said = Sentence(
                en=f"No answer; tried again in {seconds:.0f} s.",
                zh=f"没有应答；{seconds:.0f} 秒后重试。",
            )
            click.echo(str(said), err=True)


def _send(remote: Remote, file: Path, dataset: str, bar: _Bar) -> str:
    """The address of the upload, all of which has arrived."""
    size, fingerprint = file.stat().st_size, _fingerprint(file, bar)
    address, offset = _begin(remote, file, dataset, fingerprint, bar)
    with file.open("rb") as content:
        while offset < size:
            bar.show(SENDING, offset, size)
            content.seek(offset)
            offset = _piece(remote, address, offset, content.read(PIECE), bar)
    if file.stat().st_size != size:
        raise Problem(
            "changed", Sentence(en="The file changed while it was sent.", zh="文件在发送时被更改。")
        )
    return address


def _begin(
    remote: Remote, file: Path, dataset: str, fingerprint: str, bar: _Bar
) -> tuple[str, int]:
    """The unfinished upload of the same content, or a new one, and how much of it is there."""
    open_ones = _ask(remote, bar, "GET", f"/api/uploads?dataset={quote(dataset)}").json()
    for one in open_ones:
        if one["fingerprint"] == fingerprint:
            return f"/api/uploads/{one['id']}", int(one["offset"])
    said = {"dataset": dataset, "filename": file.name, "fingerprint": fingerprint}
    pairs = (f"{k} {base64.b64encode(v.encode()).decode()}" for k, v in said.items())
    headers = {"Upload-Length": str(file.stat().st_size), "Upload-Metadata": ",".join(pairs)}
    made = _ask(remote, bar, "POST", "/api/uploads", TUS | headers)
    return str(made.headers["Location"]), 0


def _piece(remote: Remote, address: str, offset: int, piece: bytes, bar: _Bar) -> int:
    """Where the server says that the next one begins, whatever became of this one's answer."""
    headers = TUS | {
        "Upload-Offset": str(offset),
        "Content-Type": "application/offset+octet-stream",
    }
    try:
        answer = remote.ask("PATCH", address, headers=headers, body=piece)
        return int(answer.headers["Upload-Offset"])
    except Problem as problem:
        if problem.code != "upload_offset":
            raise
    except Away:
        bar.lost(0)
    return int(_ask(remote, bar, "HEAD", address, TUS).headers["Upload-Offset"])


def _ask(
    remote: Remote, bar: _Bar, method: str, path: str, headers: dict[str, str] | None = None
) -> Answer:
    body = b"" if method == "POST" else None
    return remote.patiently(lambda: remote.ask(method, path, headers=headers, body=body), bar.lost)


def _job(remote: Remote, bar: _Bar, number: str) -> dict[str, Any]:
    found: dict[str, Any] = _ask(remote, bar, "GET", f"/api/jobs/{number}").json()
    return found


def _fingerprint(file: Path, bar: _Bar) -> str:
    bar.show(READING, 0, 1)
    with file.open("rb") as content:
        return f"sha256:{hashlib.file_digest(content, 'sha256').hexdigest()}"


def _tell(found: dict[str, Any], as_json: bool) -> None:
    if as_json:
        say_json(found)
    if found["error"]:
        said = found["error"]["detail"]
        raise Problem(found["error"]["code"], Sentence(en=said, zh=said))
    if as_json:
        return
    result = found["result"]
    if result is None:
        say(Sentence(en=f"It has arrived; job {found['id']}.", zh=f"已送达；任务 {found['id']}。"))
        return
    code, number = result["dataset"], result["version"]
    if result["fresh"]:
        say(Sentence(en=f"{code} version {number}.", zh=f"{code} 第 {number} 版。"))
    else:
        say(
            Sentence(
                en=f"The file holds what version {number} holds; nothing was changed.",
                zh=f"文件内容与第 {number} 版相同，未作更改。",
            )
        )
