"""What the tests run as processes of their own: acts with their entries, a worker, a check.

One process does several of these, one after the other:

act:NAME:COUNT       COUNT acts, each with its entry, one transaction each
crash:POINT          from now on, die at this crash point
enqueue:KIND:COUNT   COUNT jobs
worker               a worker that knows these jobs
settle               what a worker does at its next start, once
elsewhere            from now on the acts' notices also leave, to $WEBHOOK and to a person by mail
lapse                the leases of deliveries end
check                prints what is so, as JSON, on a line
body:INDEX           prints an entry
tamper               changes entries, as someone with the database in hand could
sleep:SECONDS
"""

from __future__ import annotations

import functools
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
KINDS = ("slow", "endless", "silent")


@dataclass
class Instance:
    """A database, and processes on it; `stop` kills those that still run."""

    environment: dict[str, str]
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    def start(self, *args: str, **more: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.processes", *args],
            cwd=ROOT,
            env={**os.environ, **self.environment, **more},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.started.append(process)
        return process

    def run(self, *args: str, **more: str) -> str:
        process = self.start(*args, **more)
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
        return out

    def dies(self, *args: str, **more: str) -> None:
        """The process kills itself at a crash point."""
        process = self.start(*args, **more)
        _, err = process.communicate(timeout=120)
        assert process.returncode == -signal.SIGKILL, err

    def check(self, *before: str) -> list[dict[str, Any]]:
        """What is so, after each `check` among the commands and at the end."""
        lines = self.run(*before, "check").splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    def stop(self) -> None:
        for process in self.started:
            if process.poll() is None:
                process.kill()
            process.communicate()


def act(name: str, count: int) -> None:
    """The act is a notice; its link is the subject of its entry, so that the two can be matched.
    After each the ledger is sequenced, as by one who asks for the receipt at once."""
    from django.db import transaction

    from gongshu.jobs.services import notify
    from gongshu.ledger.services import append, sequence
    from gongshu.ledger.subjects import Subject
    from gongshu.rules.agents import Agent
    from gongshu.wording import Sentence

    by = Agent(person="li", organisation="11330100002490001A", rank="staff")
    for n in range(count):
        with transaction.atomic():
            link = f"/{name}/{n}"
            notify(to=by.organisation, text=Sentence(en="Done.", zh="已办。"), link=link)
            append(event="act.done", subject=Subject("act", link), by=by, private={"n": str(n)})
        sequence(wait=False)
        if n == 0:
            print("acting", flush=True)


def elsewhere() -> None:
    from gongshu.accounts.models import Organisation, Person, Webhook

    home = Organisation.objects.create(code="11330100002490001A", name_zh="某局")
    Webhook.objects.create(organisation=home, address=os.environ["WEBHOOK"], number=1)
    Person.objects.create(
        username="li", organisation=home, mail="each", mail_address="li@example.gov.cn"
    )


def lapse() -> None:
    from django.utils import timezone

    from gongshu.jobs.models import Delivery

    Delivery.objects.filter(lease_until__isnull=False).update(lease_until=timezone.now())


@functools.cache
def register() -> None:
    from gongshu.jobs.registry import JobContext, job

    @job("slow")
    def slow(ctx: JobContext, *, steps: int) -> dict[str, int]:
        for step in range(steps):
            ctx.progress(step * 100 // steps)
            time.sleep(0.02)
        return {"steps": steps}

    @job("endless")
    def endless(ctx: JobContext) -> None:
        print("endless", flush=True)
        while True:
            ctx.progress(1)
            time.sleep(0.02)

    @job("silent")
    def silent(ctx: JobContext) -> None:
        print("silent", flush=True)
        while True:  # only its lease shows that it lives
            time.sleep(0.1)


def enqueue(kind: str, count: int) -> None:
    from gongshu.jobs.services import enqueue as put
    from gongshu.rules.agents import Agent

    register()
    by = Agent(person="li", organisation="11330100002490001A", rank="staff")
    for _ in range(count):
        put(kind=kind, args={"steps": 10} if kind == "slow" else {}, by=by)


def check() -> dict[str, Any]:
    from django.db.models import Count
    from django.utils import timezone

    from gongshu.jobs.models import Delivery, Job, Notice, Outbox
    from gongshu.ledger.audit import audit
    from gongshu.ledger.models import Entry

    report = audit()
    entries = Entry.objects.filter(event="act.done")
    acts, told = (set(entries.values_list("subject_id", flat=True)), entries.count())
    links = Outbox.objects.values_list("link", flat=True)
    jobs = Job.objects.filter(kind__in=KINDS)  # apps may have put some of their own
    running = jobs.filter(state="running")
    return {
        "acts": len(links),
        "each act has one entry": set(links) == acts and len(links) == told,
        "pending": report.pending,
        "entries": report.entries,
        "sound": report.sound,
        "findings": [finding.en for finding in report.findings],
        "undelivered": Outbox.objects.filter(delivered__isnull=True).count(),
        "notices": Notice.objects.count(),
        "deliveries": dict(Delivery.objects.order_by().values_list("state").annotate(Count("id"))),
        "jobs": dict(jobs.values_list("state").annotate(Count("id"))),
        "attempts": max(jobs.values_list("attempts", flat=True), default=0),
        "running without a live lease": running.filter(lease_until__lt=timezone.now()).count(),
    }


def main(command: str, *args: str) -> None:
    if command == "migrate":
        from django.core.management import call_command

        call_command("migrate", verbosity=0, skip_checks=True)
    elif command == "act":
        act(args[0], int(args[1]))
    elif command == "enqueue":
        enqueue(args[0], int(args[1]))
    elif command == "body":
        from gongshu.ledger.models import Entry

        print(Entry.objects.get(index=int(args[0])).body)
    elif command == "tamper":
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("DROP TRIGGER ledger_entry_update")
            cursor.execute(
                """UPDATE ledger_entry SET body = replace(body, 'act.done', 'act.undo')"""
            )
    elif command == "elsewhere":
        elsewhere()
    elif command == "lapse":
        lapse()
    elif command == "sleep":
        time.sleep(float(args[0]))
    elif command == "crash":
        os.environ["GONGSHU_CRASH_AT"] = args[0]
    elif command in ("worker", "settle"):
        from gongshu.jobs.worker import work

        register()
        work(once=command == "settle")
    elif command == "check":
        print(json.dumps(check()), flush=True)
    else:
        raise SystemExit(f"no such command: {command}")


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gongshu.settings")
    import django

    django.setup()
    for argument in sys.argv[1:]:
        main(*argument.split(":"))
