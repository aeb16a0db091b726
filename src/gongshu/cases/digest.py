"""The daily digest by mail: what waits for a person, what is late or due soon, what they were told.

One mail a person and working day at most, from seven o'clock on, and none where there is nothing
to say. It names cases by number, procedure and state, as notices do; nothing that they hold.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from gongshu.accounts.agents import agent_of
from gongshu.accounts.mail import language_of, link_to, mail_to
from gongshu.accounts.models import Mail, Person
from gongshu.cases import clock, selectors
from gongshu.cases.models import Case
from gongshu.jobs import mail as post
from gongshu.jobs.selectors import notices
from gongshu.ledger import moment
from gongshu.rules.agents import Agent, Kind
from gongshu.rules.procedures import PROCEDURES
from gongshu.rules.urgency import last_near_day
from gongshu.wording import Sentence

FROM = time(7)  # a platform rule: it is there when work begins
LINES = 20
OFFICE_DIGEST = "/inbox?day="  # the notice that says the same of the whole organisation

# The heading, and how the subject says how many.
LATE = Sentence("Overdue", "已逾期"), Sentence("{} overdue", "已逾期 {} 件")
NEAR = Sentence("Due soon", "临期"), Sentence("{} due soon", "临期 {} 件")
OTHERS = Sentence("Waiting as well", "其他待办"), Sentence("{} more waiting", "其他待办 {} 件")
TOLD = Sentence("Notices", "通知"), Sentence("notices: {}", "通知 {} 条")


@dataclass(frozen=True)
class Part:
    """One heading of the digest: how many there are, and the first of them as lines."""

    title: tuple[Sentence, Sentence]
    count: int
    lines: tuple[Sentence, ...]


def send_mails(at: datetime | None = None) -> int:
    """Write the digests that are due at `at`; how many. The worker sends them."""
    at = at or moment.now()
    here = timezone.localtime(at)
    if not post.is_on() or here.time() < FROM or not clock.calendar().is_workday(here.date()):
        return 0
    morning = here.replace(hour=0, minute=0, second=0, microsecond=0)
    not_yet = Q(digest_at__isnull=True) | Q(digest_at__lt=morning)
    readers = Person.objects.filter(not_yet, mail=Mail.DAILY, is_active=True)
    with moment.told(at):
        return sum(_send(person, at) for person in readers.select_related("organisation"))


@transaction.atomic
def _send(person: Person, at: datetime) -> bool:
    """Whoever moves `digest_at` on writes the mail: of two workers, one."""
    before = person.digest_at
    if not Person.objects.filter(pk=person.pk, digest_at=before).update(digest_at=at):
        return False
    found = parts(agent_of(person), since=before or at - timedelta(days=1))
    if not any(part.count for part in found):
        return False
    mail_to(person, subject=_subject(found, person), lines=_text(found, person)).save(
        force_insert=True
    )
    return True


def parts(agent: Agent, *, since: datetime) -> list[Part]:
    """What waits for the agent on this day, and what they were told after `since`."""
    today = moment.today()
    near = last_near_day(today, clock.calendar())
    waiting = selectors.inbox(agent)
    late = waiting.filter(due_at__lt=today)
    soon = waiting.filter(due_at__gte=today, due_at__lte=near)
    others = waiting.filter(Q(due_at__isnull=True) | Q(due_at__gt=near))
    told = notices(agent).filter(created__gt=since)
    if not agent.is_a(Kind.BUREAU):  # which supervises: its own says what is late elsewhere
        told = told.exclude(link__startswith=OFFICE_DIGEST)
    heard = tuple(notice.text for notice in told[:LINES])
    cases = [_part(LATE, late), _part(NEAR, soon), _part(OTHERS, others)]
    return [*cases, Part(TOLD, told.count(), heard)]


def _part(title: tuple[Sentence, Sentence], cases: QuerySet[Case]) -> Part:
    return Part(title, cases.count(), tuple(_line(case) for case in cases[:LINES]))


def _line(case: Case) -> Sentence:
    procedure, due = PROCEDURES[case.kind], case.due_at
    title, state = procedure.title, procedure.states[case.state]
    return Sentence(
        en=f"{case.id} {title.en}: {state.en}" + (f" (due {due})" if due else ""),
        zh=f"{case.id} {title.zh}：{state.zh}" + (f"（{due} 到期）" if due else ""),
    )


def _subject(found: list[Part], person: Person) -> str:
    said = [(part.title[1], part.count) for part in found if part.count]
    return Sentence(
        en="[Gongshu] " + ", ".join(words.en.format(count) for words, count in said),
        zh="[公数] " + "，".join(words.zh.format(count) for words, count in said),
    ).in_language(language_of(person))


def _text(found: list[Part], person: Person) -> str:
    language = language_of(person)
    lines: list[str] = []
    for part in found:
        if part.count:
            lines.append(f"{part.title[0].in_language(language)} ({part.count})")
            lines += [f"  {line.in_language(language)}" for line in part.lines]
            lines += ["  …"] if part.count > len(part.lines) else []
            lines.append("")
    return "\n".join([*lines, link_to("/inbox")])
