"""The writers of deliveries: what leaves by mail or webhook is taken, sent, tried again, given up.

    row = take("mail", worker=name)     # leased: no other worker has it at this moment
    sent(row)  or  failed(row, problem)

A worker that dies between sending and `sent` leaves a lease that ends: the delivery is taken once
more, under the same id, by which the receiver knows it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from gongshu.jobs.models import Channel, Delivery, DeliveryState
from gongshu.rules.problems import Conflict
from gongshu.wording import Problem, Sentence

LEASE = timedelta(minutes=2)  # more than a slow mail server takes
# After each failed attempt; all together nearly a day, after which it is given up. Platform rules.
WAITS = tuple(timedelta(minutes=n) for n in (1, 5, 15, 60, 120, 240, 480, 480))
GIVEN_UP_AFTER = sum(WAITS, timedelta())
KEPT = timedelta(days=90)

STATES = {
    DeliveryState.WAITING: Sentence("waiting", "待发送"),
    DeliveryState.SENT: Sentence("sent", "已发送"),
    DeliveryState.GIVEN_UP: Sentence("given up", "已放弃"),
}


class Unsent(Problem):
    """It did not get through. `lasting`: trying again is no use. `unreachable`: nor is anything
    else that goes there, for a while."""

    def __init__(
        self, sentence: Sentence, *, lasting: bool = False, unreachable: bool = False
    ) -> None:
        super().__init__("unsent", sentence)
        self.lasting = lasting
        self.unreachable = unreachable


def take(
    channel: str, *, worker: str, now: datetime | None = None, lease: timedelta = LEASE
) -> Delivery | None:
    """One that is due on this channel, leased to `worker`; None if there is none."""
    now = now or timezone.now()
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
    due = Delivery.objects.filter(
        free, channel=channel, state=DeliveryState.WAITING, next_at__lte=now
    ).order_by("next_at", "id")
    if not due.exists():  # so that an idle worker takes no write lock
        return None
    with transaction.atomic():
        if connection.vendor == "postgresql":
            due = due.select_for_update(skip_locked=True)
        row = due.first()
        if row is None:
            return None
        Delivery.objects.filter(pk=row.pk).update(
            worker=worker, lease_until=now + lease, attempts=F("attempts") + 1
        )
    return Delivery.objects.get(pk=row.pk)


def sent(row: Delivery, *, now: datetime | None = None) -> bool:
    """False if another worker has it meanwhile."""
    return _end(row, DeliveryState.SENT, now, last_error_en="", last_error_zh="")


def failed(row: Delivery, problem: Unsent, *, now: datetime | None = None) -> bool:
    """Tried again a while later, or given up; False if another worker has it meanwhile."""
    now = now or timezone.now()
    said = _said(problem.sentence)
    if problem.lasting or now - row.began >= GIVEN_UP_AFTER:
        held = _end(row, DeliveryState.GIVEN_UP, now, **said)
    else:
        again = now + WAITS[min(row.attempts, len(WAITS)) - 1]
        held = bool(_held(row).update(next_at=again, worker="", lease_until=None, **said))
    if problem.unreachable:
        _wait_as_well(row, problem, now)
    return held


def _wait_as_well(row: Delivery, problem: Unsent, now: datetime) -> None:
    """What goes to the same silence waits a minute: one at a time tries for all, and each is
    given up when it has waited for its own day."""
    same = Delivery.objects.filter(
        channel=row.channel, state=DeliveryState.WAITING, lease_until__isnull=True
    )
    if row.channel == Channel.WEBHOOK:  # mails all go by one server
        same = same.filter(to=row.to)
    withdraw(same.filter(began__lte=now - GIVEN_UP_AFTER), problem.sentence)
    again = now + WAITS[0]
    same.filter(next_at__lt=again).update(next_at=again)


def redirect(*, organisation: str, to: str, secret: int) -> None:
    """An organisation's webhook has another address or secret: so has what waits for it."""
    _webhooks(organisation).update(to=to, secret=secret, next_at=timezone.now())


def withdraw(rows: QuerySet[Delivery], sentence: Sentence) -> int:
    """What nobody wants to have any more is not sent."""
    return rows.filter(state=DeliveryState.WAITING).update(
        state=DeliveryState.GIVEN_UP,
        ended=timezone.now(),
        worker="",
        lease_until=None,
        **_said(sentence),
    )


def withdraw_webhooks(organisation: str) -> int:
    gone = Sentence("The webhook was taken away.", "该机构已取消网络回调。")
    return withdraw(_webhooks(organisation), gone)


def withdraw_mail(person: str, sentence: Sentence) -> int:
    return withdraw(Delivery.objects.filter(channel="mail", person=person), sentence)


def again(row: Delivery, *, to: str, secret: int = 0) -> None:
    """Send once more what was given up, at once and for another day, to where it goes today."""
    changed = Delivery.objects.filter(pk=row.pk, state=DeliveryState.GIVEN_UP).update(
        state=DeliveryState.WAITING,
        to=to,
        secret=secret,
        attempts=0,
        began=timezone.now(),
        next_at=timezone.now(),
        ended=None,
    )
    if not changed:
        raise Conflict(
            "not_given_up",
            Sentence(
                en="Only what was given up can be sent once more.", zh="只有已放弃的可以重新发送。"
            ),
        )
    row.refresh_from_db()


def sweep(now: datetime | None = None) -> int:
    """What ended long ago is no longer kept; the notices themselves stay."""
    now = now or timezone.now()
    return Delivery.objects.filter(ended__lt=now - KEPT).delete()[0]


def _webhooks(organisation: str) -> QuerySet[Delivery]:
    return Delivery.objects.filter(
        channel="webhook", organisation=organisation, state=DeliveryState.WAITING
    )


def _held(row: Delivery) -> QuerySet[Delivery]:
    return Delivery.objects.filter(
        pk=row.pk, state=DeliveryState.WAITING, worker=row.worker, attempts=row.attempts
    )


def _end(row: Delivery, state: DeliveryState, now: datetime | None, **changes: Any) -> bool:
    gone = {"worker": "", "lease_until": None, "ended": now or timezone.now()}
    return bool(_held(row).update(state=state, **gone, **changes))


def _said(sentence: Sentence) -> dict[str, Any]:
    return {"last_error_en": sentence.en[:300], "last_error_zh": sentence.zh[:300]}
