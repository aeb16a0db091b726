"""A request that is sent twice is done once.

A caller that does not know whether its request arrived sends it again with the same
`Idempotency-Key` and gets the first one's answer. The same key with other contents is a mistake
of the caller and refused: answering it with the first one's result would hide that mistake.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import IntegrityError
from django.db.models import QuerySet

from gongshu.cases.models import Case, CaseStep
from gongshu.log.canonical_json import canonical
from gongshu.rules.agents import Agent
from gongshu.rules.problems import BadInput, Conflict
from gongshu.wording import Sentence

LONGEST_KEY = 100
Row = TypeVar("Row", Case, CaseStep)


@dataclass(frozen=True)
class Sent:
    """Who sends what under which key ("": no key)."""

    by: Agent
    key: str
    contents: Mapping[str, Any]

    def __post_init__(self) -> None:
        if len(self.key) > LONGEST_KEY:
            raise BadInput(
                "key_too_long",
                Sentence(
                    en=f"An idempotency key has at most {LONGEST_KEY} characters.",
                    zh=f"幂等键最长 {LONGEST_KEY} 个字符。",
                ),
                field="Idempotency-Key",
            )

    @property
    def columns(self) -> dict[str, str]:
        digest = hashlib.sha256(canonical(_plain(self.contents)).encode()).hexdigest()
        return {"idempotency_key": self.key, "request_digest": digest if self.key else ""}

    def once(self, mine: QuerySet[Row], act: Callable[[], Row]) -> Row:
        """What was done under this key before, or what `act` does now."""
        done = self._found(mine)
        if done is not None:
            return done
        try:
            return act()
        except (IntegrityError, Conflict):
            # Both came at once: the other one's transaction has just been committed.
            done = self._found(mine)
            if done is None:
                raise
            return done

    def _found(self, mine: QuerySet[Row]) -> Row | None:
        done = mine.filter(idempotency_key=self.key).first() if self.key else None
        if done is not None and done.request_digest != self.columns["request_digest"]:
            raise Conflict(
                "key_reused",
                Sentence(
                    en="This idempotency key was used for another request.",
                    zh="该幂等键已用于另一请求。",
                ),
                suggestion=Sentence(
                    en="Use a new key for a new request.", zh="新的请求请使用新的幂等键。"
                ),
            )
        return done


def _plain(value: Any) -> Any:
    """As JSON has it: a shell's YAML may hold dates."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, str | int | bool):
        return value
    return str(value)
