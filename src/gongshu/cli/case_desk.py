"""What stands around a case, from the shell: files, comments, handing over, several cases at once.

gongshu case attach C-2026-000001 意见书.pdf --as li
gongshu case upload plan.pdf --as li              # a form may now name its digest
gongshu case file C-2026-000001 3f6b… -o plan.pdf
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from gongshu.cli import setup_django
from gongshu.cli.output import acting_as, as_json, say, say_json, show_rows
from gongshu.wording import Problem, Sentence

PIECE = 256 * 1024
FILES = {
    "name": Sentence(en="File", zh="附件"),
    "size": Sentence(en="Bytes", zh="字节"),
    "organisation": Sentence(en="By", zh="上传机构"),
    "at": Sentence(en="When", zh="时间"),
    "digest": Sentence(en="SHA-256", zh="SHA-256"),
}
COMMENTS = {
    "at": Sentence(en="When", zh="时间"),
    "organisation": Sentence(en="By", zh="机构"),
    "person": Sentence(en="Person", zh="人员"),
    "scope": Sentence(en="For", zh="范围"),
    "text": Sentence(en="Comment", zh="留言"),
}
OUTCOMES = {
    "case": Sentence(en="Case", zh="办件"),
    "done": Sentence(en="Done", zh="已办"),
    "detail": Sentence(en="Why not", zh="未办原因"),
}
a_file = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))


@click.command("attach")
@click.argument("case_id")
@a_file
@acting_as
@as_json
def attach(case_id: str, file: Path, acting: str | None, as_json: bool) -> None:
    """Attach FILE to the case CASE_ID; all who see the case can read it."""
    setup_django()
    from gongshu.accounts.agents import shell_agent
    from gongshu.cases import files
    from gongshu.cases.desk_api import file_out

    by = shell_agent(acting)
    row = files.attach(case_id=case_id, name=file.name, pieces=_pieces(file), by=by)
    if as_json:
        say_json(file_out(row, by))
        return
    say(
        Sentence(
            en=f"Attached to {case_id}: {row.name}, SHA-256 {row.digest}.",
            zh=f"已附于 {case_id}：{row.name}，SHA-256 {row.digest}。",
        )
    )


@click.command("upload")
@a_file
@acting_as
@as_json
def upload(file: Path, acting: str | None, as_json: bool) -> None:
    """Send FILE for a form: the form names it by the digest that is printed."""
    setup_django()
    from gongshu.accounts.agents import shell_agent
    from gongshu.cases import files

    row = files.receive(name=file.name, pieces=_pieces(file), by=shell_agent(acting))
    if as_json:
        say_json({"digest": row.digest, "name": row.name, "type": row.type, "size": row.size})
        return
    click.echo(row.digest)


@click.command("file")
@click.argument("case_id")
@click.argument("digest", required=False)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to write it; without it, under its own name here.",
)
@acting_as
@as_json
def file(
    case_id: str, digest: str | None, output: Path | None, acting: str | None, as_json: bool
) -> None:
    """The files of the case CASE_ID; with a DIGEST, write that file."""
    setup_django()
    from gongshu.accounts.agents import shell_agent
    from gongshu.cases import files, selectors
    from gongshu.cases.desk_api import file_out

    by = shell_agent(acting)
    if digest is None:
        found = [file_out(row, by) for row in files.visible(selectors.get(case_id, by), by)]
        if as_json:
            say_json(found)
            return
        show_rows(found, FILES)
        return
    row, path = files.get(case_id, digest, by)
    target = output or Path(row.name)
    _write(path, target)
    if as_json:
        say_json(file_out(row, by) | {"path": str(target)})
        return
    say(Sentence(en=f"Written: {target}", zh=f"已写入：{target}"))


@click.command("comment")
@click.argument("case_id")
@click.argument("text", required=False)
@click.option("--internal", is_flag=True, help="Only for your own organisation, and audit.")
@acting_as
@as_json
def comment(
    case_id: str, text: str | None, internal: bool, acting: str | None, as_json: bool
) -> None:
    """Comment on the case CASE_ID; without a TEXT, show its comments."""
    setup_django()
    from gongshu.accounts.agents import shell_agent
    from gongshu.cases import desk, selectors
    from gongshu.cases.desk_api import comment_out

    by = shell_agent(acting)
    if text is None:
        found = [comment_out(row, by) for row in desk.comments(selectors.get(case_id, by), by)]
        if as_json:
            say_json(found)
            return
        show_rows(found, COMMENTS)
        return
    scope = "internal" if internal else "case"
    row = desk.comment(case_id=case_id, text=text, scope=scope, by=by)
    if as_json:
        say_json(comment_out(row, by))
        return
    say(Sentence(en="The comment is recorded.", zh="留言已记录。"))


@click.command("hand-over")
@click.argument("case_id")
@click.option("--to", default="", help="Which colleague; without it, nobody in particular.")
@acting_as
@as_json
def hand_over(case_id: str, to: str, acting: str | None, as_json: bool) -> None:
    """Name the colleague who works on the case CASE_ID now."""
    setup_django()
    from gongshu.accounts.agents import shell_agent
    from gongshu.cases import desk

    row = desk.hand_over(case_id=case_id, to=to, by=shell_agent(acting))
    if as_json:
        say_json({"case": case_id, "person": row.person})
    elif to:
        say(Sentence(en=f"{case_id} is with {to} now.", zh=f"{case_id} 现由 {to} 办理。"))
    else:
        say(Sentence(en=f"{case_id} is with nobody now.", zh=f"{case_id} 现未指定经办人。"))


@click.command("do-each")
@click.argument("step")
@click.argument("case_ids", nargs=-1, required=True)
@click.option("--note", default="", help="A note, or the reason where one is owed.")
@click.option("--key", default="", help="Sent twice with one key, it is done once.")
@acting_as
@as_json
def do_each(
    step: str,
    case_ids: tuple[str, ...],
    note: str,
    key: str,
    acting: str | None,
    as_json: bool,
) -> None:
    """Take the step STEP of each of CASE_IDS, of one procedure; exit 1 if one was not done."""
    setup_django()
    from gongshu.accounts.agents import shell_agent
    from gongshu.cases import inbox
    from gongshu.cases.desk_api import outcome_out

    done = inbox.take_together(
        cases=case_ids, step=step, note=note, by=shell_agent(acting), idempotency_key=key
    )
    found: list[dict[str, Any]] = [outcome_out(one) for one in done]
    if as_json:
        say_json(found)
    else:
        show_rows([{**one, "done": "✓" if one["done"] else "–"} for one in found], OUTCOMES)
    if not all(one.done for one in done):
        raise click.exceptions.Exit(1)


COMMANDS = (attach, upload, file, comment, hand_over, do_each)


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as reader:
        while piece := reader.read(PIECE):
            yield piece


def _write(source: Path, target: Path) -> None:
    """Never over a file that is there already."""
    try:
        with source.open("rb") as reader, target.open("xb") as writer:
            shutil.copyfileobj(reader, writer)
    except FileExistsError:
        raise Problem(
            "file_exists",
            Sentence(en=f"{target} exists already.", zh=f"{target} 已经存在。"),
            suggestion=Sentence(en="Name another with -o.", zh="请用 -o 指定其他文件名。"),
        ) from None
