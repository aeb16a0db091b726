"""Saved searches: to make again by name, and to be told daily of what they find anew.

New is what was published (of drafts: made) after the newest entry that was told of. A search is
made with the rights its person has on that day.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from gongshu.accounts.agents import agent_of
from gongshu.accounts.models import Person
from gongshu.catalog.following import require_inbox
from gongshu.catalog.models import Dataset, SavedSearch
from gongshu.catalog.search import LONGEST, chosen_facets, every_hit
from gongshu.jobs import services as jobs
from gongshu.rules.agents import Agent
from gongshu.rules.problems import BadInput, Conflict, NotFound
from gongshu.wording import Sentence

DAY = timedelta(days=1)
MOST = 100  # saved searches of one person
LOOKED_AT, NAMED, AT_ONCE = 200, 3, 200


def save(
    *, name: str, query: str, filters: dict[str, Any], by: Agent, daily: bool = True
) -> SavedSearch:
    """Under a name; the same name again changes what is saved under it."""
    require_inbox(by)
    name, query = name.strip(), query.strip()[:LONGEST]
    if not 0 < len(name) <= 100:
        raise BadInput(
            "search_name",
            Sentence(
                en="A saved search has a name of at most 100 characters.",
                zh="保存的检索须有名称，不超过 100 个字。",
            ),
            field="name",
        )
    chosen = chosen_facets(filters)
    if not (query or chosen):
        raise BadInput(
            "empty_search",
            Sentence(
                en="There are neither words nor a choice to search for.",
                zh="没有可保存的检索词或筛选条件。",
            ),
            field="q",
        )
    own = SavedSearch.objects.filter(person=by.person)
    if own.count() >= MOST and not own.filter(name=name).exists():
        raise Conflict(
            "too_many_saved",
            Sentence(
                en=f"{MOST} searches are saved; forget one first.",
                zh=f"已保存 {MOST} 条检索，请先删除一条。",
            ),
        )
    row, _ = SavedSearch.objects.update_or_create(
        person=by.person,
        name=name,
        defaults={
            "organisation": by.organisation,
            "query": query,
            "filters": chosen,
            "daily": daily,
            "seen_until": timezone.now(),
            "looked_at": timezone.now(),
        },
    )
    return row


def forget(*, number: int, by: Agent) -> None:
    require_inbox(by)
    gone, _ = mine(by).filter(pk=number).delete()
    if not gone:
        raise NotFound(
            "unknown_search",
            Sentence(en=f"There is no saved search {number}.", zh=f"没有编号为 {number} 的检索。"),
        )


def mine(by: Agent) -> QuerySet[SavedSearch]:
    if not by.person:
        return SavedSearch.objects.none()
    return SavedSearch.objects.filter(person=by.person)


def address(row: SavedSearch) -> str:
    """The search's page."""
    return "/search?" + urlencode({"q": row.query, **row.filters}, doseq=True)


def tell_new_hits(now: datetime | None = None) -> int:
    """Make the searches that were last made a day ago; how many people were told of something."""
    now = now or timezone.now()
    due = SavedSearch.objects.filter(daily=True, looked_at__lte=now - DAY).order_by("looked_at")
    return sum(_tell(row, now) for row in due[:AT_ONCE])


def _tell(row: SavedSearch, now: datetime) -> bool:
    person = Person.objects.filter(username=row.person, is_active=True).first()
    agent = agent_of(person) if person else None
    fresh = _fresh(row, agent) if agent and agent.organisation else []
    until = max([row.seen_until, *(_known(dataset) for dataset in fresh)])
    with transaction.atomic():
        # Another worker may have made it meanwhile: then it has told.
        own = SavedSearch.objects.filter(pk=row.pk, looked_at=row.looked_at)
        if not own.update(looked_at=now, seen_until=until) or not fresh:
            return False
        assert agent is not None
        link = address(row)
        jobs.notify(
            to=agent.organisation,
            person=row.person,
            text=_text(row, fresh),
            link=link if len(link) <= 300 else "/account/following",
        )
    return True


def _fresh(row: SavedSearch, agent: Agent) -> list[Dataset]:
    found = every_hit(row.query, agent=agent, filters=row.filters, sort="newest", most=LOOKED_AT)
    return [dataset for dataset in found if _known(dataset) > row.seen_until]


def _known(dataset: Dataset) -> datetime:
    return dataset.published or dataset.created


def _text(row: SavedSearch, fresh: list[Dataset]) -> Sentence:
    named = fresh[:NAMED]
    number = f"{len(fresh)}+" if len(fresh) == LOOKED_AT else str(len(fresh))
    en = ", ".join(f"“{dataset.title('en') or dataset.code}”" for dataset in named)
    zh = "、".join(f"“{dataset.title('zh') or dataset.code}”" for dataset in named)
    more = len(fresh) > NAMED
    return Sentence(
        en=f"Your search “{row.name}” finds {number} new: {en}{' …' if more else ''}",
        zh=f"您保存的检索“{row.name}”有 {number} 条新结果：{zh}{'等' if more else ''}。",
    )
