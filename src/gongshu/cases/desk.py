"""What colleagues do around a case, beside its steps: remark on it, hand it over.

Neither moves the case. Each leaves its entry: the comment's text and the colleague's name as
commitments, which the acting organisation opens.
"""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from gongshu.accounts.models import Person
from gongshu.cases import selectors
from gongshu.cases.models import Assignee, Case, CaseComment, Scope
from gongshu.cases.recording import beside
from gongshu.cases.visitors import is_visitor
from gongshu.jobs import services as jobs
from gongshu.ledger import moment
from gongshu.ledger import services as ledger
from gongshu.ledger.models import Entry
from gongshu.ledger.subjects import Subject
from gongshu.rules.agents import Agent, Kind
from gongshu.rules.problems import BadInput, Conflict, Forbidden
from gongshu.wording import Sentence

LONGEST_COMMENT = 4000
MOST_OF_A_VISITOR = 20


@transaction.atomic
def comment(
    *,
    case_id: str,
    text: str,
    scope: str = Scope.CASE,
    by: Agent,
    at: datetime | None = None,
) -> CaseComment:
    """A remark for all who see the case, or for one's own organisation; no part of a decision."""
    case = selectors.get(case_id, by)
    _require_writer(case, by)
    text = _checked_text(text)
    if scope not in Scope.values or (scope == Scope.INTERNAL and not by.organisation):
        raise BadInput(
            "comment_scope",
            Sentence(
                en="A comment is for all who see the case (case), or for your own organisation "
                "(internal).",
                zh="留言范围为 case（办件各方可见）或 internal（仅本单位可见）。",
            ),
            field="scope",
        )
    at = at or moment.now()
    entry = _entry("case.commented", case, by, at, {"scope": str(scope)}, {"text": text})
    made = CaseComment.objects.create(
        case=case,
        scope=scope,
        text=text,
        person=by.person,
        organisation=by.organisation,
        at=at,
        entry_id=entry.id,
    )
    _tell_of_comment(case, made, by)
    return made


def comments(case: Case, agent: Agent) -> QuerySet[CaseComment]:
    """What the agent may read of them, oldest first."""
    if agent.is_a(Kind.AUDITOR) or agent.administrator:
        return case.comments.all()
    own = Q(organisation=agent.organisation) & ~Q(organisation="")
    return case.comments.filter(Q(scope=Scope.CASE) | own)


@transaction.atomic
def hand_over(
    *,
    case_id: str,
    to: str,
    by: Agent,
    expected: str | None = None,
    at: datetime | None = None,
) -> Assignee:
    """Name which colleague works on the case now ("": nobody in particular).

    `expected` is who the caller believes it to be: whoever was quicker is not passed over.
    """
    case = selectors.get(case_id, by)
    _require_writer(case, by)
    _require_colleague(to, by)
    at = at or moment.now()
    row = _swapped(case, to, by.organisation, expected, at)
    _entry("case.handed_over", case, by, at, {}, {"to": to})
    if to:
        text = Sentence(en=f"{case.id} was handed to {to}.", zh=f"{case.id} 已转交 {to} 办理。")
        jobs.notify(to=by.organisation, text=text, link=f"/case/{case.id}")
    return row


def assignee(case: Case, agent: Agent) -> str:
    """Who of the agent's own organisation works on it."""
    rows = case.assignees.filter(organisation=agent.organisation) if agent.organisation else ()
    return next((row.person for row in rows), "")


def colleagues(agent: Agent) -> QuerySet[Person]:
    if not agent.organisation:
        return Person.objects.none()
    return Person.objects.filter(organisation__code=agent.organisation, is_active=True)


def _swapped(
    case: Case, to: str, organisation: str, expected: str | None, at: datetime
) -> Assignee:
    """Compare-and-swap on who it was; the database holds that there is one an organisation."""
    rows = Assignee.objects.filter(case=case, organisation=organisation)
    before = rows.select_for_update().first()
    known = before.person if before else ""
    if expected is not None and expected != known:
        raise _handed_meanwhile()
    if known == to:
        raise BadInput(
            "with_them_already",
            Sentence(en="It is with them already.", zh="该办件已由其办理。"),
            field="to",
        )
    if before is None:
        try:
            with transaction.atomic():
                return Assignee.objects.create(
                    case=case, organisation=organisation, person=to, at=at
                )
        except IntegrityError:
            raise _handed_meanwhile() from None
    if not rows.filter(person=known).update(person=to, at=at):
        raise _handed_meanwhile()
    before.person, before.at = to, at
    return before


def _handed_meanwhile() -> Conflict:
    return Conflict(
        "handed_meanwhile",
        Sentence(
            en="Somebody else has just handed this case over; look at it again.",
            zh="该办件刚刚已被他人转交，请刷新后再看。",
        ),
    )


def _require_writer(case: Case, by: Agent) -> None:
    if not by.person or not by.may_use("case"):
        raise Forbidden(
            "token_scope",
            Sentence(
                en="This takes somebody who works on cases.",
                zh="须由有办件权限的人员操作。",
            ),
        )
    if is_visitor(by) and case.comments.filter(person=by.person).count() >= MOST_OF_A_VISITOR:
        raise Forbidden(
            "limit", Sentence(en="There are too many comments.", zh="留言数量已达上限。")
        )


def _checked_text(text: str) -> str:
    text = text.strip()
    if not text or len(text) > LONGEST_COMMENT:
        raise BadInput(
            "comment_length",
            Sentence(
                en=f"A comment has between 1 and {LONGEST_COMMENT} characters.",
                zh=f"留言应为 1 至 {LONGEST_COMMENT} 个字符。",
            ),
            field="text",
        )
    return text


def _require_colleague(username: str, by: Agent) -> None:
    if not by.organisation:
        raise Forbidden(
            "no_organisation",
            Sentence(
                en="Cases are handed over inside an organisation.", zh="办件只能在单位内部转交。"
            ),
        )
    if username and not colleagues(by).filter(username=username).exists():
        raise BadInput(
            "unknown_colleague",
            Sentence(
                en=f"There is nobody called “{username}” in your organisation.",
                zh=f"本单位没有用户“{username}”。",
            ),
            field="to",
        )


def _entry(
    event: str, case: Case, by: Agent, at: datetime, public: dict[str, str], private: dict[str, str]
) -> Entry:
    return ledger.append(
        event=event,
        subject=Subject("case", case.id, case.applicant),
        by=by,
        public=beside(case) | public,
        private=private,
        at=at,
    )


def _tell_of_comment(case: Case, made: CaseComment, by: Agent) -> None:
    internal = made.scope == Scope.INTERNAL
    text = Sentence(
        en=f"{case.id}: a comment {'among yourselves' if internal else 'on the case'}.",
        zh=f"{case.id}：有新的{'内部' if internal else ''}留言。",
    )
    to = [by.organisation] if internal else selectors.others_of(case, by)
    for code in to:
        jobs.notify(to=code, text=text, link=f"/case/{case.id}#comments")
