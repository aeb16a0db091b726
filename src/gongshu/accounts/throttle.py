"""How often a password may be guessed: counted in the database, so that every process agrees.

Five wrong passwords for one name from one address close the door to that pair for a quarter of
an hour. The limit for a name from anywhere is wider, so that nobody can lock another person out
with five requests; the limit for an address stops one machine from trying many names.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from gongshu.accounts.models import FailedLogin

WINDOW = timedelta(minutes=15)
PER_NAME_AND_ADDRESS, PER_NAME, PER_ADDRESS = 5, 50, 100


def address_of(request: HttpRequest | None) -> str:
    """Where a request comes from. A proxy's word is taken only where the instance says so."""
    if request is None:
        return ""
    forwarded = request.headers.get("X-Forwarded-For", "")
    if settings.BEHIND_PROXY and forwarded:
        return forwarded.rpartition(",")[2].strip()[:45]
    return str(request.META.get("REMOTE_ADDR", ""))[:45]


def is_shut(username: str, address: str, now: datetime | None = None) -> bool:
    recent = FailedLogin.objects.filter(at__gt=(now or timezone.now()) - WINDOW)
    return (
        recent.filter(username=username[:100], address=address).count() >= PER_NAME_AND_ADDRESS
        or recent.filter(username=username[:100]).count() >= PER_NAME
        or recent.filter(address=address).count() >= PER_ADDRESS
    )


def note_failure(username: str, address: str) -> None:
    FailedLogin.objects.create(username=username[:100], address=address)
    FailedLogin.objects.filter(at__lt=timezone.now() - timedelta(days=1)).delete()


def forget(username: str, address: str) -> None:
    """A right password ends the count of its name and address."""
    FailedLogin.objects.filter(username=username[:100], address=address).delete()
