"""Follow a dataset: be told when its data change, by the inbox, mail and webhook.

A person follows for themself; or for their whole organisation, whose webhook is told as well.
Who may no longer see the dataset is told nothing.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from gongshu.accounts.agents import agent_of
from gongshu.accounts.models import Organisation, Person
from gongshu.catalog import selectors
from gongshu.catalog.index import mark_changed
from gongshu.catalog.models import Dataset, Following, Version
from gongshu.catalog.studies import study
from gongshu.jobs import services as jobs
from gongshu.jobs.registry import JobContext
from gongshu.rules.agents import Agent, Kind
from gongshu.rules.problems import Forbidden
from gongshu.wording import Sentence


def follow(*, dataset: Dataset, by: Agent, whole: bool = False) -> Following:
    """From the version after the newest on; a second time changes nothing.

    `whole`: for the whole organisation.
    """
    require_inbox(by)
    newest = selectors.latest(dataset)
    with transaction.atomic():
        row, made = Following.objects.get_or_create(
            dataset=dataset,
            organisation=by.organisation,
            person="" if whole else by.person,
            defaults={"told": newest.number if newest else 0},
        )
        if made:
            mark_changed(dataset.code)  # hits can be sorted by how many follow
    return row


def unfollow(*, dataset: Dataset, by: Agent, whole: bool = False) -> bool:
    """Whether it was followed."""
    require_inbox(by)
    with transaction.atomic():
        gone, _ = mine(by).filter(dataset=dataset, person="" if whole else by.person).delete()
        if gone:
            mark_changed(dataset.code)
    return bool(gone)


def mine(by: Agent) -> QuerySet[Following]:
    """What the agent's person or organisation follows, of what it may still see."""
    if not (by.person and by.organisation):
        return Following.objects.none()
    return Following.objects.filter(
        organisation=by.organisation,
        person__in=["", by.person],
        dataset__in=selectors.visible_to(by),
    ).select_related("dataset", "dataset__provider")


def require_inbox(by: Agent) -> None:
    """Notices go to an inbox: only who acts for an organisation has one."""
    if not (by.person and by.organisation):
        raise Forbidden(
            "no_inbox",
            Sentence(
                en="Only somebody who acts for an organisation has an inbox to be told in.",
                zh="只有代表机构的账号才有接收通知的收件箱。",
            ),
        )
    if not by.may_use("read"):
        raise Forbidden(
            "scope",
            Sentence(
                en="This token may not read: it lacks the scope “read”.",
                zh="该令牌没有“read”权限范围，不能读取。",
            ),
        )


@study("followers")
def tell(ctx: JobContext, version: Version) -> dict[str, Any] | None:
    """Tell everybody who follows, each once of each version; what is in it is not said."""
    dataset = version.dataset
    with transaction.atomic():
        waiting = Following.objects.filter(dataset=dataset, told__lt=version.number)
        rows = list(waiting.select_for_update().order_by("id"))
        told = [row for row in rows if _may_see(row, dataset)]
        for row in told:
            jobs.notify(
                to=row.organisation,
                person=row.person,
                text=_text(dataset, version),
                link=f"/dataset/{dataset.code}",
            )
        Following.objects.filter(pk__in=[row.pk for row in rows]).update(told=version.number)
    return {"told": len(told)}


def _text(dataset: Dataset, version: Version) -> Sentence:
    number = version.number
    return Sentence(
        en=f"New data in “{dataset.title('en') or dataset.code}”: version {number}.",
        zh=f"“{dataset.title('zh') or dataset.code}”有新数据：第 {number} 版。",
    )


def _may_see(row: Following, dataset: Dataset) -> bool:
    agent = _agent(row)
    seen = agent is not None and selectors.visible_to(agent).filter(pk=dataset.pk).exists()
    return bool(seen)


def _agent(row: Following) -> Agent | None:
    if row.person:
        person = Person.objects.filter(username=row.person, is_active=True).first()
        agent = agent_of(person) if person else None
        return agent if agent and agent.organisation == row.organisation else None
    organisation = Organisation.objects.filter(code=row.organisation).first()
    if organisation is None:
        return None
    kinds = frozenset(Kind(role.kind) for role in organisation.roles.all())
    return Agent(organisation=row.organisation, kinds=kinds)
