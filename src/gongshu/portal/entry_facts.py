"""The facts of a ledger entry as lines for people: labels, names instead of codes, links."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import yaml
from django.utils.translation import gettext

from gongshu.portal.case_contents import state_name
from gongshu.portal.names import organisation_names
from gongshu.portal.words import FACTS, word
from gongshu.rules.procedures import PROCEDURES

ORGANISATIONS = ("grantee", "grantor", "operator")
WORDED = {
    *("classification", "code", "decision", "grade", "kind", "kinds", "method", "opening"),
    *("output", "purpose", "purposes", "rank", "scopes", "sharing"),
}
LINKS = {
    "case": "/case/",
    "delegation": "/entry/",
    "grant": "/grant/",
    "dataset": "/dataset/",
    "datasets": "/dataset/",
}
NOTHING: tuple[Any, ...] = (None, "", [], {})


@dataclass(frozen=True)
class Part:
    text: str
    link: str = ""


@dataclass(frozen=True)
class Line:
    label: str
    parts: list[Part]
    block: bool = False  # a text of several lines, set as it stands


def lines(facts: Mapping[str, Any]) -> list[Line]:
    """What of them says something, in their order; nothing is shown for what is empty."""
    named = organisation_names(str(facts[k]) for k in ORGANISATIONS if facts.get(k))
    return [
        Line(_label(name), *_shown(name, value, facts, named))
        for name, value in facts.items()
        if value not in NOTHING
    ]


def opened(values: Mapping[str, Mapping[str, str]]) -> list[Line]:
    """What only its holder reads: each value is a text of its own, JSON or SQL."""
    return [Line(_label(name), [Part(one["value"])], block=True) for name, one in values.items()]


def _label(name: str) -> str:
    return gettext(FACTS[name]) if name in FACTS else name.replace("_", " ")


def _shown(
    name: str, value: Any, facts: Mapping[str, Any], named: Mapping[str, str]
) -> tuple[list[Part], bool]:
    if name == "versions" and isinstance(value, dict):
        return [_linked("/dataset/", code, f" v{number}") for code, number in value.items()], False
    if name == "scope" and isinstance(value, dict):
        return _scope(value), False
    if isinstance(value, dict):
        return [Part(yaml.safe_dump(value, allow_unicode=True, sort_keys=False))], True
    items = value if isinstance(value, list) else [value]
    if name in LINKS:
        return [_linked(LINKS[name], str(item)) for item in items], False
    text = _texts(name, facts, named)
    return [Part(text(item)) for item in items], False


def _texts(name: str, facts: Mapping[str, Any], named: Mapping[str, str]) -> Callable[[Any], str]:
    """How one value of the fact of that name is said."""
    procedure = PROCEDURES.get(str(facts.get("procedure")))
    if name in ORGANISATIONS:
        return lambda value: named.get(str(value), str(value))
    if name == "procedure" and procedure:
        return lambda value: str(procedure.title)
    if name in ("from", "to") and procedure:
        return lambda value: state_name(procedure, str(value))
    if name in WORDED:
        return lambda value: word(str(value), name)
    return plain


def plain(value: Any) -> str:
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    return str(value)


def _scope(scope: Mapping[str, Any]) -> list[Part]:
    if scope.get("all"):
        return [Part(gettext("everything"))]
    if scope.get("datasets"):
        return [_linked("/dataset/", str(code)) for code in scope["datasets"]]
    return [Part(f"{word(kind)} {value}") for kind, value in scope.items()]


def _linked(base: str, code: str, more: str = "") -> Part:
    return Part(code + more, base + quote(code, safe=""))
