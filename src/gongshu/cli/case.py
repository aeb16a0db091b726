"""`gongshu case list|show|open|do`: procedures from the shell.

Payloads and forms are YAML or JSON files, or `-` for what is piped in:

    gongshu case open sharing_request -f request.yaml --as li
    gongshu case do C-2026-000001 consent -f consent.yaml --note "…" --as wang.head
"""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from gongshu.cli import case_desk, setup_django
from gongshu.cli.output import acting_as, as_json, say, say_json, show_rows
from gongshu.rules.yaml_text import read_bytes
from gongshu.wording import Sentence

if TYPE_CHECKING:
    from gongshu.cases.models import Case

LIST = {
    "id": Sentence(en="Case", zh="办件"),
    "title": Sentence(en="Procedure", zh="程序"),
    "subject": Sentence(en="About", zh="事项"),
    "state_label": Sentence(en="State", zh="状态"),
    "due": Sentence(en="Due", zh="期限"),
}
ESCALATIONS = {
    "case": Sentence(en="Case", zh="办件"),
    "kind": Sentence(en="Procedure", zh="程序"),
    "state": Sentence(en="State", zh="状态"),
    "due": Sentence(en="Due", zh="期限"),
    "urgency": Sentence(en="Urgency", zh="紧急程度"),
    "days_late": Sentence(en="Working days late", zh="逾期工作日"),
    "waits_for": Sentence(en="Waits for", zh="待办单位"),
}
TIMELINE = {
    "at": Sentence(en="When", zh="时间"),
    "label": Sentence(en="Step", zh="步骤"),
    "organisation": Sentence(en="By", zh="办理机构"),
    "article": Sentence(en="Article", zh="条款"),
    "note": Sentence(en="Note", zh="备注"),
}
OFFERS = {
    "name": Sentence(en="Step", zh="步骤"),
    "label": Sentence(en="What it does", zh="说明"),
    "within": Sentence(en="Within", zh="期限"),
    "article": Sentence(en="Article", zh="条款"),
    "reason": Sentence(en="Not now, because", zh="暂不可办理的原因"),
}
PLATFORM_RULE = Sentence(en="platform rule", zh="平台规则")
PROVISIONAL = Sentence(en="provisional", zh="暂定")
OVERDUE = Sentence(en="overdue", zh="已逾期")
OPENED = Sentence(en="Opened", zh="提交办件")

from_file = click.option(
    "-f",
    "--file",
    "file",
    type=click.File("rb"),
    help="What is filled in, in YAML or JSON; - for the standard input.",
)
once = click.option("--key", default="", help="Sent twice with one key, it is done once.")


@click.group()
def case() -> None:
    """Procedures: list and show cases, open one, take a step."""


for command in case_desk.COMMANDS:
    case.add_command(command)


@case.command("list")
@click.option("--inbox", is_flag=True, help="Only those that wait for you.")
@click.option("--overdue", is_flag=True, help="Only those past their due date.")
@click.option("--kind", default="", help="Only those of this procedure.")
@click.option("--due", default="", help="Only those that are overdue, near, later or none.")
@click.option("--whose", default="", help="Only those handed to you (mine) or to nobody (free).")
@acting_as
@as_json
def list_cases(
    inbox: bool,
    overdue: bool,
    kind: str,
    due: str,
    whose: str,
    acting: str | None,
    as_json: bool,
) -> None:
    """The cases that concern you."""
    setup_django()
    from gongshu.accounts.agents import shell_agent
    from gongshu.cases import selectors
    from gongshu.cases.inbox import Filter, narrowed

    agent = shell_agent(acting)
    rows = selectors.inbox(agent) if inbox else selectors.visible(agent)
    if overdue:
        rows = rows.filter(pk__in=selectors.overdue(agent).values("pk"))
    rows = narrowed(rows, agent, Filter(kind, due, whose))
    found = [summary(one) for one in rows]
    if as_json:
        say_json(found)
        return
    show_rows(found, LIST)


@case.command("escalations")
@acting_as
@as_json
def list_escalations(acting: str | None, as_json: bool) -> None:
    """What is late, or about to be: for who supervises."""
    setup_django()
    from gongshu.accounts.agents import shell_agent
    from gongshu.cases import deadlines

    found = [dict(vars(one)) for one in deadlines.escalations(shell_agent(acting))]
    if as_json:
        say_json(found)
        return
    show_rows([{**one, "waits_for": ", ".join(one["waits_for"])} for one in found], ESCALATIONS)


@case.command("replay")
@as_json
def replay(as_json: bool) -> None:
    """Work out every case anew from the ledger's entries, and say what differs."""
    setup_django()
    from gongshu.cases.replaying import differences

    count, broken = differences()
    if as_json:
        rows = [{"case": b.case, "entry": b.entry, "reason": str(b.sentence)} for b in broken]
        say_json({"cases": count, "differences": rows})
    else:
        for one in broken:
            say(Sentence(en=f"{one.case}: {one.sentence.en}", zh=f"{one.case}：{one.sentence.zh}"))
        say(
            Sentence(
                en=f"{count} cases follow from the entries."
                if not broken
                else f"{len(broken)} differences in {count} cases.",
                zh=f"{count} 个办件与记录一致。"
                if not broken
                else f"{count} 个办件中有 {len(broken)} 处不一致。",
            )
        )
    if broken:
        raise SystemExit(1)


@case.command("show")
@click.argument("case_id")
@acting_as
@as_json
def show(case_id: str, acting: str | None, as_json: bool) -> None:
    """One case: what happened, and what can be done now."""
    setup_django()
    from gongshu.accounts.agents import shell_agent
    from gongshu.cases import selectors

    agent = shell_agent(acting)
    found = selectors.get(case_id, agent)
    procedure = selectors.procedure(found.kind)
    labels = {row.name: row.label for row in procedure.steps}
    steps = [
        {
            "name": done.name,
            "label": str(labels.get(done.name, OPENED)),
            "source": done.source,
            "target": done.target,
            "organisation": done.organisation,
            "at": done.at,
            "article": done.article or str(PLATFORM_RULE),
            "note": done.note,
            "entry": done.entry_id,
        }
        for done in found.steps.all()
    ]
    offers = [
        {
            "name": offer.name,
            "label": str(offer.label),
            "allowed": offer.allowed,
            "reason": str(offer.reason) if offer.reason else None,
            "article": offer.article or str(PLATFORM_RULE),
            "within": str(offer.within) if offer.within else None,
            "form": offer.form,
            "acting_for": offer.acting_for,
        }
        for offer in selectors.available(found, agent)
    ]
    if as_json:
        say_json(summary(found) | {"payload": found.payload, "steps": steps, "offers": offers})
        return
    show_rows([summary(found)], LIST)
    click.echo()
    show_rows(steps, TIMELINE)
    click.echo()
    show_rows(offers, OFFERS)


@case.command("open")
@click.argument("kind")
@from_file
@once
@acting_as
@as_json
def open_case(
    kind: str, file: BinaryIO | None, key: str, acting: str | None, as_json: bool
) -> None:
    """A new case of the procedure KIND."""
    setup_django()
    from gongshu.accounts.agents import shell_agent
    from gongshu.cases import services

    made = services.open_case(
        kind=kind, payload=filled_in(file) or {}, by=shell_agent(acting), idempotency_key=key
    )
    if as_json:
        say_json(summary(made))
        return
    say(Sentence(en=f"Case {made.id} is open.", zh=f"办件 {made.id} 已提交。"))


@case.command("do")
@click.argument("case_id")
@click.argument("step")
@from_file
@click.option("--note", default="", help="A note, or the reason where one is owed.")
@click.option("--state", default=None, help="Only if the case is still in this state.")
@click.option("--for", "acting_for", default="", help="Whoever has lent you their rank.")
@once
@acting_as
@as_json
def do(
    case_id: str,
    step: str,
    file: BinaryIO | None,
    note: str,
    state: str | None,
    acting_for: str,
    key: str,
    acting: str | None,
    as_json: bool,
) -> None:
    """Take the step STEP of the case CASE_ID."""
    setup_django()
    from gongshu.accounts.agents import shell_agent
    from gongshu.cases import selectors, services

    agent = shell_agent(acting)
    done = services.do(
        case_id=case_id,
        step=step,
        by=agent,
        form=filled_in(file),
        note=note,
        idempotency_key=key,
        expected_state=state,
        acting_for=acting_for,
    )
    found = selectors.get(case_id, agent)
    if as_json:
        say_json(summary(found) | {"step": done.name, "entry": done.entry_id})
        return
    label = selectors.procedure(found.kind).states[found.state]
    say(Sentence(en=f"{case_id} is now “{label.en}”.", zh=f"{case_id} 当前状态：{label.zh}。"))


def summary(found: Case) -> dict[str, Any]:
    from django.utils import timezone

    from gongshu.rules.procedures import PROCEDURES

    procedure = PROCEDURES[found.kind]
    flags = [str(PROVISIONAL)] if found.due_provisional else []
    if found.due_at and found.due_at < timezone.localdate():
        flags.append(str(OVERDUE))
    due = found.due_at.isoformat() if found.due_at else ""
    return {
        "id": found.id,
        "kind": found.kind,
        "title": str(procedure.title),
        "subject": found.subject_id,
        "applicant": found.applicant,
        "parties": found.parties,
        "state": found.state,
        "state_label": str(procedure.states[found.state]),
        "due": f"{due} ({', '.join(flags)})" if flags else due,
        "due_at": found.due_at,
        "due_provisional": found.due_provisional,
    }


def filled_in(file: BinaryIO | None) -> dict[str, Any] | None:
    if file is None:
        return None
    name = PurePath(str(getattr(file, "name", ""))).name
    return read_bytes(file.read(), source="" if name.startswith(("-", "<")) else name)
