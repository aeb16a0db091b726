"""Sources that are pulled on schedule: set, removed, due; each run is a job (`catalog.pulling`).

A pull acts with the rights that the person who set it has on the day it runs. A secret is known by
its name alone (`named_secrets`). Setting and removing one is in the ledger; its address in a
commitment that the provider can open.
"""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from gongshu.accounts import agents
from gongshu.accounts.models import Person
from gongshu.accounts.selectors import person
from gongshu.catalog import named_secrets, pull_table, pull_url
from gongshu.catalog.models import Dataset, Pull, PullKind, UpdateCycle
from gongshu.catalog.ownership import locked, require_holder, subject_of
from gongshu.catalog.readings import known_hints
from gongshu.catalog.versions import require_room
from gongshu.jobs import services as jobs
from gongshu.jobs.models import FINAL, Job
from gongshu.ledger import moment
from gongshu.ledger import services as ledger
from gongshu.rules.agents import Agent
from gongshu.rules.problems import BadInput, Forbidden, NotFound
from gongshu.wording import Sentence

REALTIME = timedelta(minutes=5)
DAYS = {UpdateCycle.DAILY: 1, UpdateCycle.WEEKLY: 7}
MONTHS = {UpdateCycle.MONTHLY: 1, UpdateCycle.QUARTERLY: 3, UpdateCycle.YEARLY: 12}
AFTER_FAILURE = timedelta(minutes=15)
MOST_TRIES_OF_ONE = 8


@transaction.atomic
def set_pull(
    *,
    dataset: Dataset,
    address: str,
    cycle: str,
    by: Agent,
    query: str = "",
    secret: str = "",
    hints: Mapping[str, Any] | None = None,
) -> Pull:
    """From now on new versions come from there; one that was set before is replaced."""
    dataset = locked(dataset)
    require_holder(dataset, by)
    require_room(dataset)
    _require_person(by)
    said = _checked(address, query, secret, cycle, hints or {})
    before = Pull.objects.filter(dataset=dataset).first()
    if before is not None and _same(before, said, by):
        return before
    now = moment.now()
    Pull.objects.filter(dataset=dataset).delete()
    by_hand = said["cycle"] == UpdateCycle.IRREGULAR
    made = Pull.objects.create(
        dataset=dataset,
        person=by.person,
        created=now,
        next_due=None if by_hand else now,
        **said,
    )
    private = {"address": made.address} | ({"query": made.query} if made.query else {})
    ledger.append(
        event="dataset.source_set",
        subject=subject_of(dataset),
        by=by,
        public={"kind": made.kind, "cycle": made.cycle},
        private=private,
        holder=dataset.provider.code,
    )
    return made


@transaction.atomic
def remove(*, dataset: Dataset, by: Agent) -> None:
    dataset = locked(dataset)
    require_holder(dataset, by)
    if not Pull.objects.filter(dataset=dataset).delete()[0]:
        raise _none_set(dataset)
    ledger.append(event="dataset.source_removed", subject=subject_of(dataset), by=by)


def get(dataset: Dataset, by: Agent) -> Pull:
    """For the holder; to anybody else it is as if none were set."""
    require_holder(dataset, by)
    found = Pull.objects.select_related("dataset__provider").filter(dataset=dataset).first()
    if found is None:
        raise _none_set(dataset)
    return found


def listed(by: Agent) -> QuerySet[Pull]:
    """Those of the agent's own organisation; whoever runs the instance sees all."""
    rows = Pull.objects.select_related("dataset__provider").order_by("dataset__code")
    if by.administrator or by.system:
        return rows
    return rows.filter(dataset__provider__code=by.organisation or None)


@transaction.atomic
def run_now(*, dataset: Dataset, by: Agent) -> Job:
    """Ask the source now; while it is being asked, that job is the answer."""
    dataset = locked(dataset)
    pull = get(dataset, by)
    running = Job.objects.filter(pk=pull.job).exclude(state__in=FINAL).first() if pull.job else None
    now = timezone.now()
    if pull.next_due is not None and pull.next_due <= now:  # this is the run that was due
        Pull.objects.filter(pk=pull.pk).update(next_due=after(now, pull.cycle))
    return running or _enqueue(pull)


def queue_due() -> int:
    """A job for each that is due and not being asked already; how many."""
    now, queued = timezone.now(), 0
    for pull in Pull.objects.select_related("dataset__provider").filter(next_due__lte=now):
        with transaction.atomic():
            # Of several workers one moves the time on; the run itself sets it anew.
            later = after(now, pull.cycle)
            rows = Pull.objects.filter(pk=pull.pk, next_due=pull.next_due)
            if not rows.update(next_due=later):
                continue
            running = Job.objects.filter(pk=pull.job).exclude(state__in=FINAL) if pull.job else None
            if running is not None and running.exists():
                continue
            _enqueue(pull)
            queued += 1
    return queued


def after(moment_: datetime, cycle: str) -> datetime | None:
    """When it is due next, by the calendar of the Chinese day; None: only when somebody asks."""
    if cycle == UpdateCycle.REALTIME:
        return moment_ + REALTIME
    if cycle in DAYS:
        return moment_ + timedelta(days=DAYS[UpdateCycle(cycle)])
    if cycle in MONTHS:
        local = timezone.localtime(moment_)
        months = local.year * 12 + local.month - 1 + MONTHS[UpdateCycle(cycle)]
        year, month = divmod(months, 12)
        day = min(local.day, calendar.monthrange(year, month + 1)[1])
        return local.replace(year=year, month=month + 1, day=day)
    return None


def after_failure(moment_: datetime, cycle: str, failures: int) -> datetime | None:
    """Sooner than the cycle says, and later each time; never later than the cycle."""
    regular = after(moment_, cycle)
    soon = moment_ + AFTER_FAILURE * 2 ** min(failures - 1, 10)
    if cycle == UpdateCycle.ONCE:
        return soon if failures < MOST_TRIES_OF_ONE else None
    return min(soon, regular) if regular else None


def agent_of_pull(pull: Pull) -> Agent:
    """Who set it, with the rights of today; nobody, if that person has left."""
    found = person(pull.person)
    if not found.is_active:
        raise Forbidden(
            "pull_person",
            Sentence(
                en=f"{pull.person}, who set this source, may not act any more.",
                zh=f"设置该来源的用户 {pull.person} 已不能办理业务。",
            ),
            suggestion=Sentence(en="Set it again.", zh="请重新设置。"),
        )
    by = agents.agent_of(found)
    require_holder(pull.dataset, by)
    return by


def pull_out(pull: Pull) -> dict[str, Any]:
    """As its holder reads it by page, API and shell: a secret's name, never the secret."""
    return {
        "dataset": pull.dataset.code,
        "kind": pull.kind,
        "address": pull.address,
        "query": pull.query,
        "secret": pull.secret,
        "hints": pull.hints,
        "cycle": pull.cycle,
        "set_by": pull.person,
        "next_due": pull.next_due,
        "job": pull.job,
        "failures": pull.failures,
        "last_at": pull.last_at,
        "last_state": pull.last_state,
        "last_said": str(pull.last_said),
        "last_version": pull.last_version,
    }


def _enqueue(pull: Pull) -> Job:
    by = Agent(person=pull.person, organisation=pull.dataset.provider.code)
    job = jobs.enqueue(kind="pull", args={"pull": pull.pk}, by=by, subject=subject_of(pull.dataset))
    Pull.objects.filter(pk=pull.pk).update(job=job.id)
    return job


def _checked(
    address: str, query: str, secret: str, cycle: str, hints: Mapping[str, Any]
) -> dict[str, Any]:
    if cycle not in UpdateCycle.values:
        raise BadInput(
            "source_cycle",
            Sentence(
                en=f"How often is one of {', '.join(UpdateCycle.values)}.",
                zh=f"周期应为 {'、'.join(UpdateCycle.values)} 之一。",
            ),
            field="cycle",
        )
    named_secrets.require_name(secret)
    said = {"secret": secret, "cycle": cycle, "hints": known_hints(hints)}
    if address.strip().startswith(("postgresql:", "postgres:")):
        return said | {
            "kind": PullKind.POSTGRESQL,
            "address": pull_table.checked(address),
            "query": pull_table.checked_query(query),
        }
    url = pull_url.checked(address)
    if secret and url.startswith("http:"):
        raise BadInput(
            "source_address",
            Sentence(en="A secret is sent by https alone.", zh="使用密钥时地址须为 https。"),
            field="address",
        )
    return said | {"kind": PullKind.URL, "address": url, "query": ""}


def _same(before: Pull, said: Mapping[str, Any], by: Agent) -> bool:
    return before.person == by.person and all(getattr(before, k) == v for k, v in said.items())


def _require_person(by: Agent) -> None:
    if not Person.objects.filter(username=by.person, is_active=True).exists():
        raise Forbidden(
            "pull_person",
            Sentence(
                en="A source is set by a person, with whose rights it runs.",
                zh="来源须由具体用户设置，并以其权限运行。",
            ),
        )


def _none_set(dataset: Dataset) -> NotFound:
    return NotFound(
        "no_source",
        Sentence(
            en=f"{dataset.code} is not pulled from anywhere.", zh=f"{dataset.code} 未设置拉取来源。"
        ),
    )
