"""Who acts: from a person, a session, a bearer token or the shell to an `Agent`.

Every service takes the `Agent` made here; nothing else in the platform looks at Django's
users. A token can only narrow what its person may do.
"""

from __future__ import annotations

import hashlib

from django.http import HttpRequest
from django.utils import timezone

from gongshu.accounts.models import ApiToken, Person
from gongshu.rules.agents import ANONYMOUS, Agent
from gongshu.wording import Problem, Sentence

BAD_TOKEN = Sentence(
    en="This access token is unknown, expired or revoked.",
    zh="该访问令牌不存在、已过期或已被撤销。",
)


class Unauthenticated(Problem):
    """Whoever asks did not prove who they are."""

    status = 401


def agent_of(person: Person, *, scopes: frozenset[str] | None = None) -> Agent:
    """The person as the rules see them."""
    organisation = person.organisation
    kinds = organisation.roles.values_list("kind", flat=True) if organisation else ()
    return Agent(
        person=person.username,
        organisation=organisation.code if organisation else "",
        kinds=frozenset(kinds),
        rank=person.rank if organisation else "",
        administrator=person.is_administrator,
        scopes=scopes,
    )


def digest_of_token(text: str) -> str:
    """Tokens are 32 random bytes, so one fast hash is enough: nothing can be guessed."""
    return hashlib.sha256(text.encode()).hexdigest()


def agent_of_token(text: str) -> Agent:
    """The agent a bearer token stands for; raises `Unauthenticated`."""
    rows = ApiToken.objects.select_related("person__organisation")
    token = rows.filter(digest=digest_of_token(text)).first()
    if token is None or not token.in_force(timezone.now()) or not token.person.is_active:
        raise Unauthenticated("bad_token", BAD_TOKEN)
    return agent_of(token.person, scopes=frozenset(token.scopes))


def agent_of_request(request: HttpRequest) -> Agent:
    """By bearer token if one is sent (a bad one is an error, never anonymous), else by session."""
    known = getattr(request, "gongshu_agent", None)
    if isinstance(known, Agent):
        return known
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        agent = agent_of_token(text.strip())
    else:
        user = getattr(request, "user", None)
        agent = agent_of(user) if user and user.is_authenticated and user.is_active else ANONYMOUS
    request.gongshu_agent = agent  # type: ignore[attr-defined]
    return agent


def administrator() -> Agent:
    """The instance's own administrator, for the shell."""
    person = Person.objects.filter(is_administrator=True, is_active=True).order_by("id").first()
    if person is None:
        raise Unauthenticated(
            "no_administrator",
            Sentence(
                en="This instance has no administrator yet.",
                zh="本实例尚无管理员。",
            ),
            suggestion=Sentence(en="Run `gongshu init` first.", zh="请先运行 `gongshu init`。"),
        )
    return agent_of(person)


def shell_agent(username: str | None = None) -> Agent:
    """Who a command acts as: `--as USER`, or the instance's administrator."""
    if username is None:
        return administrator()
    person = Person.objects.filter(username=username, is_active=True).first()
    if person is None:
        raise Unauthenticated(
            "unknown_person",
            Sentence(
                en=f"There is no active user “{username}”.", zh=f"没有可用的用户“{username}”。"
            ),
            suggestion=Sentence(
                en="`gongshu user list` shows them.", zh="`gongshu user list` 可列出全部用户。"
            ),
        )
    return agent_of(person)
