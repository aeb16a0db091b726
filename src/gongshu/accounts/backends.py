"""The one password door of Django, with the throttle in it: no view can go round it."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from gongshu.accounts import throttle
from gongshu.accounts.models import Person


class ThrottledPasswords(ModelBackend):
    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        address: str | None = None,
        **_: Any,
    ) -> Person | None:
        if username is None or password is None:
            return None
        address = throttle.address_of(request) if address is None else address
        if throttle.is_shut(username, address):
            raise PermissionDenied  # asks no further backend
        person = super().authenticate(request, username=username, password=password)
        if not isinstance(person, Person):
            throttle.note_failure(username, address)
            return None
        throttle.forget(username, address)
        return person
