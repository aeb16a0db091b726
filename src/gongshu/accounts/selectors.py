"""What the platform knows about organisations and people."""

from __future__ import annotations

from django.db.models import QuerySet

from gongshu.accounts.models import ApiToken, Organisation, Person
from gongshu.rules.agents import Agent
from gongshu.rules.problems import NotFound
from gongshu.wording import Sentence


def organisation(code: str) -> Organisation:
    found = Organisation.objects.filter(code=code).first()
    if found is None:
        raise NotFound(
            "unknown_organisation",
            Sentence(en=f"There is no organisation {code}.", zh=f"没有代码为 {code} 的机构。"),
        )
    return found


def organisation_name(code: str, language: str) -> str:
    """Its name in the reader's language; the code itself where nobody is registered under it."""
    found = Organisation.objects.filter(code=code).first()
    return found.name(language) if found else code


def organisations(kind: str = "") -> QuerySet[Organisation]:
    rows = Organisation.objects.prefetch_related("roles")
    return rows.filter(roles__kind=kind) if kind else rows


def person(username: str) -> Person:
    found = Person.objects.select_related("organisation").filter(username=username).first()
    if found is None:
        raise NotFound(
            "unknown_person",
            Sentence(en=f"There is no user “{username}”.", zh=f"没有用户“{username}”。"),
        )
    return found


def people(by: Agent) -> QuerySet[Person]:
    """All for an administrator, otherwise one's own organisation's."""
    rows = Person.objects.select_related("organisation")
    if by.administrator or by.system:
        return rows
    return rows.filter(organisation__code=by.organisation) if by.organisation else rows.none()


def tokens(by: Agent) -> QuerySet[ApiToken]:
    """One's own; an administrator sees everybody's (never their text, which is not kept)."""
    rows = ApiToken.objects.select_related("person")
    return rows if by.administrator else rows.filter(person__username=by.person)


def token(number: int, by: Agent) -> ApiToken:
    found = tokens(by).filter(pk=number).first()
    if found is None:
        raise NotFound(
            "unknown_token",
            Sentence(en=f"There is no token {number}.", zh=f"没有编号为 {number} 的令牌。"),
        )
    return found
