"""A client of another instance's HTTP API, by the standard library alone: no Django is needed.

A lost line or a server that starts anew is waited for, up to `PATIENCE`; what the instance refuses
is a `Problem` with its own sentence, in the language asked for.
"""

from __future__ import annotations

import http.client
import ipaddress
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit

from gongshu.wording import Problem, Sentence, current_language

PATIENCE = 600.0  # seconds without any answer
LONGEST_PAUSE = 15.0
TIMEOUT = 60.0
AGAIN = (423, 429, 500, 502, 503, 504)
Found = TypeVar("Found")


class Away(Exception):
    """No answer, or one that says later."""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A token goes to the address it was given for, and nowhere else."""

    def redirect_request(self, *_: Any) -> None:
        return None


class Remote:
    def __init__(self, url: str, token: str) -> None:
        self.url, self._token = _checked(url), token
        self._opener = urllib.request.build_opener(_NoRedirect)

    def ask(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Answer:
        """One request; `Away` if it may be tried again, a `Problem` if it was refused."""
        request = urllib.request.Request(  # noqa: S310 — http and https alone: `_checked`
            self.url + path, method=method, data=body, headers=self._headers(headers)
        )
        try:
            with self._opener.open(request, timeout=TIMEOUT) as answer:
                return Answer(answer.status, answer.headers, answer.read())
        except urllib.error.HTTPError as error:
            if error.code in AGAIN:
                raise Away(str(error)) from error
            raise _refused(error) from error
        except (OSError, http.client.HTTPException) as error:
            raise Away(str(error)) from error

    def patiently(self, act: Callable[[], Found], lost: Callable[[float], None]) -> Found:
        """`act` until it has an answer; `lost` is told how long the next pause is."""
        pause, until = 0.5, time.monotonic() + PATIENCE
        while True:
            try:
                return act()
            except Away as away:
                if time.monotonic() > until:
                    raise Problem(
                        "no_answer",
                        Sentence(
                            en=f"{self.url} does not answer ({away}).",
                            zh=f"{self.url} 没有应答（{away}）。",
                        ),
                    ) from away
                lost(pause)
                time.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)

    def _headers(self, more: Mapping[str, str] | None) -> dict[str, str]:
        language = "zh-hans" if current_language().lower().startswith("zh") else "en"
        own = {"Authorization": f"Bearer {self._token}", "Accept-Language": language}
        return own | dict(more or {})


def _refused(error: urllib.error.HTTPError) -> Problem:
    try:
        told = json.loads(error.read())
        said = " ".join(str(told[name]) for name in ("detail", "suggestion") if told.get(name))
        return Problem(str(told.get("code", "http")), Sentence(en=said, zh=said))
    except (ValueError, AttributeError, OSError):
        return Problem(
            "http", Sentence(en=f"It answered {error.code}.", zh=f"对方返回 {error.code}。")
        )


def _checked(url: str) -> str:
    parts = urlsplit(url.rstrip("/"))
    if parts.scheme == "https" and parts.hostname:
        return url.rstrip("/")
    if parts.scheme == "http" and _is_here(parts.hostname or ""):
        return url.rstrip("/")
    raise Problem(
        "address",
        Sentence(
            en="The address of an instance begins with https:// (http:// only on this machine).",
            zh="实例地址应以 https:// 开头（仅本机可用 http://）。",
        ),
    )


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
