"""What a request made under its `Idempotency-Key`, so that sent twice it is done once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import transaction

from gongshu.cases.idempotency import Sent
from gongshu.catalog.models import KeyedRequest


def made_once(sent: Sent, make: Callable[[], str]) -> str:
    """The name of what `make` makes now, or of what the same request made before."""
    if not sent.key:
        with transaction.atomic():
            return make()

    @transaction.atomic
    def act() -> KeyedRequest:
        made = make()
        return KeyedRequest.objects.create(person=sent.by.person, made=made, **sent.columns)

    mine: Any = KeyedRequest.objects.filter(person=sent.by.person)
    row: KeyedRequest = sent.once(mine, act)  # typed for the rows of cases, and fits any such row
    return row.made
