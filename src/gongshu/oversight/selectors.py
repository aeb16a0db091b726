"""What is shown of it all: the disclosure, what is overdue, and the auditor's view of the log."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import QuerySet

from gongshu.cases import selectors as cases
from gongshu.cases.models import Case
from gongshu.ledger import moment
from gongshu.ledger import selectors as ledger
from gongshu.ledger.models import Entry
from gongshu.ledger.subjects import Subject
from gongshu.oversight.bookkeeping import BOOKS
from gongshu.oversight.disclosure import Disclosure, disclose
from gongshu.rules.agents import Agent, Kind
from gongshu.rules.problems import Forbidden
from gongshu.wording import Sentence


def disclosure(year: int | None = None) -> Disclosure:
    """Derived from the ledger's entries alone; `year` None is from the first entry to now."""
    books, entries, behind = BOOKS.current()
    return disclose(books, year=year, today=moment.today(), entries=entries, behind=behind)


def years() -> list[int]:
    """The years in which anything happened, and this one; newest first."""
    books, _, _ = BOOKS.current()
    return sorted({*books.years, moment.today().year}, reverse=True)


def overdue(agent: Agent) -> QuerySet[Case]:
    """Cases past their due date: the supervision list, for who supervises or audits."""
    require_overseer(agent)
    return cases.overdue()


def audit(
    agent: Agent,
    *,
    events: Iterable[str] = (),
    subject: Subject | None = None,
    organisation: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> QuerySet[Entry]:
    """The log as the audit body reads it (the Opinion, 17): every act, oldest first, read only."""
    require_overseer(agent)
    return ledger.entries(
        events=tuple(events), subject=subject, organisation=organisation, since=since, until=until
    )


def is_overseer(agent: Agent) -> bool:
    """The data bureau, the audit body, and whoever runs the instance."""
    may = agent.administrator or agent.is_a(Kind.BUREAU) or agent.is_a(Kind.AUDITOR)
    return may and agent.may_use("read")


def require_overseer(agent: Agent) -> None:
    if not is_overseer(agent):
        raise Forbidden(
            "not_overseer",
            Sentence(
                en="This view is for the data bureau and the audit body.",
                zh="此视图仅供数据管理部门和审计机关使用。",
            ),
        )
