"""The only writers of organisations, people and tokens; each act leaves its ledger entry.

An administrator registers organisations and people. A person issues tokens for themself; a
token can do no more than the person, and may be narrowed to scopes.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.contrib import auth
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone, translation

from gongshu.accounts import throttle
from gongshu.accounts.agents import Unauthenticated, digest_of_token
from gongshu.accounts.codes import is_organisation_code
from gongshu.accounts.models import ApiToken, Organisation, OrganisationRole, Person
from gongshu.jobs.deliveries import withdraw_mail
from gongshu.ledger import services as ledger
from gongshu.ledger.subjects import Subject
from gongshu.rules.agents import SYSTEM, Agent, Kind, Rank
from gongshu.rules.problems import BadInput, Conflict, Forbidden
from gongshu.wording import Sentence

SCOPES = ("read", "query", "case", "ingest", "admin")
LONGEST_TOKEN_DAYS = 366


def require_administrator(by: Agent) -> None:
    if by.system or (by.administrator and by.may_use("admin")):
        return
    raise Forbidden(
        "not_administrator",
        Sentence(
            en="Only an administrator of this instance may do this.",
            zh="只有本实例的管理员可以执行此操作。",
        ),
    )


@transaction.atomic
def create_organisation(
    *, code: str, name_zh: str, name_en: str = "", kinds: Iterable[str] = (), by: Agent
) -> Organisation:
    require_administrator(by)
    _check_organisation(code, name_zh)
    offices = _known_kinds(kinds)
    if Organisation.objects.filter(code=code).exists():
        raise Conflict(
            "organisation_exists",
            Sentence(
                en=f"The organisation {code} is registered already.",
                zh=f"机构 {code} 已经登记。",
            ),
            field="code",
        )
    organisation = Organisation.objects.create(code=code, name_zh=name_zh, name_en=name_en)
    OrganisationRole.objects.bulk_create(
        OrganisationRole(organisation=organisation, kind=kind) for kind in offices
    )
    ledger.append(
        event="organisation.registered",
        subject=Subject("organisation", code, code),
        by=by,
        public={"name": name_zh, "name_en": name_en, "kinds": offices},
    )
    return organisation


@transaction.atomic
def create_person(
    *,
    username: str,
    password: str,
    organisation: str | None,
    rank: str = Rank.STAFF,
    name: str = "",
    administrator: bool = False,
    language: str = "",
    by: Agent,
) -> Person:
    """A person's name and login stand in the ledger as commitments only."""
    require_administrator(by)
    home = _organisation(organisation, administrator=administrator)
    if rank not in set(Rank):
        raise BadInput(
            "unknown_rank",
            Sentence(en=f"There is no rank “{rank}”.", zh=f"没有“{rank}”这一职级。"),
            field="rank",
        )
    if not username.strip() or Person.objects.filter(username=username).exists():
        raise Conflict(
            "person_exists",
            Sentence(
                en=f"The user name “{username}” is taken or empty.",
                zh=f"用户名“{username}”为空或已被使用。",
            ),
            field="username",
        )
    person = Person(
        username=username,
        name=name,
        organisation=home,
        rank=rank,
        is_administrator=administrator,
        language=language,
    )
    _check_password(password, person)
    person.set_password(password)
    person.save()
    ledger.append(
        event="person.registered",
        subject=Subject("person", str(person.pk), organisation or ""),
        by=by,
        public={"rank": str(rank), "administrator": administrator},
        private={"username": username, "name": name},
        holder=organisation or "",
    )
    return person


def create_first_administrator(*, username: str, password: str) -> Person:
    """Made by `gongshu init`, when there is nobody yet who could do it."""
    if Person.objects.exists():
        raise Conflict(
            "people_exist",
            Sentence(en="This instance has users already.", zh="本实例已有用户。"),
        )
    return create_person(
        username=username, password=password, organisation=None, administrator=True, by=SYSTEM
    )


@transaction.atomic
def set_password(*, person: Person, password: str, by: Agent) -> None:
    if by.person != person.username:
        require_administrator(by)
    _check_password(password, person)
    person.set_password(password)
    person.save(update_fields=["password"])
    ledger.append(event="person.password_changed", subject=_subject(person), by=by)


@transaction.atomic
def deactivate_person(*, person: Person, by: Agent) -> None:
    """Someone left: no session and no token of theirs works from now on."""
    require_administrator(by)
    if not Person.objects.filter(pk=person.pk, is_active=True).update(is_active=False):
        return
    withdraw_mail(person.username, Sentence("The person has left.", "该人员已停用。"))
    ledger.append(event="person.deactivated", subject=_subject(person), by=by)


@transaction.atomic
def issue_token(
    *, person: Person, scopes: Iterable[str], days: int, by: Agent
) -> tuple[ApiToken, str]:
    """The token's row and its text, which is shown this once and kept nowhere."""
    if by.person != person.username:
        require_administrator(by)
    if by.scopes is not None:
        raise Forbidden(
            "token_from_token",
            Sentence(
                en="A token cannot issue further tokens.", zh="访问令牌不能用于签发新的令牌。"
            ),
            suggestion=Sentence(en="Log in with a password.", zh="请使用密码登录。"),
        )
    wanted = _known_scopes(scopes)
    if not 1 <= days <= LONGEST_TOKEN_DAYS:
        raise BadInput(
            "token_days",
            Sentence(
                en=f"A token lasts between 1 and {LONGEST_TOKEN_DAYS} days.",
                zh=f"令牌有效期应为 1 至 {LONGEST_TOKEN_DAYS} 天。",
            ),
            field="days",
        )
    text = "gs_" + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        person=person,
        digest=digest_of_token(text),
        start=text[:7],
        scopes=wanted,
        expires=timezone.now() + timedelta(days=days),
    )
    ledger.append(
        event="token.issued",
        subject=Subject("token", str(token.pk), _subject(person).organisation),
        by=by,
        public={"scopes": wanted, "expires": token.expires.isoformat(timespec="seconds")},
    )
    return token, text


@transaction.atomic
def revoke_token(*, token: ApiToken, by: Agent) -> None:
    """Ends a token; a second time does nothing."""
    if by.person != token.person.username:
        require_administrator(by)
    rows = ApiToken.objects.filter(pk=token.pk, revoked__isnull=True)
    if rows.update(revoked=timezone.now()):
        ledger.append(
            event="token.revoked",
            subject=Subject("token", str(token.pk), _subject(token.person).organisation),
            by=by,
        )


def authenticate(*, username: str, password: str, address: str) -> Person:
    """Whose password this is; a refusal does not tell whether the name exists."""
    if throttle.is_shut(username, address):
        raise Unauthenticated(
            "too_many_attempts",
            Sentence(
                en="Too many wrong passwords. Wait a quarter of an hour and try again.",
                zh="密码错误次数过多，请十五分钟后再试。",
            ),
        )
    person = auth.authenticate(username=username, password=password, address=address)
    if not isinstance(person, Person):
        raise Unauthenticated(
            "wrong_password",
            Sentence(
                en="This user name and password do not fit together.",
                zh="用户名或密码不正确。",
            ),
        )
    return person


def _subject(person: Person) -> Subject:
    home = person.organisation
    return Subject("person", str(person.pk), home.code if home else "")


def _check_organisation(code: str, name_zh: str) -> None:
    if not is_organisation_code(code):
        raise BadInput(
            "organisation_code",
            Sentence(
                en=f"“{code}” is neither a unified social credit code nor an agency code.",
                zh=f"“{code}”既不是统一社会信用代码，也不是部门代码。",
            ),
            suggestion=Sentence(
                en="A unified social credit code has 18 characters and a check character at its "
                "end; an agency code has 6 (GB/T 21063.5).",
                zh="统一社会信用代码为 18 位，末位是校验码；部门代码为 6 位（GB/T 21063.5）。",
            ),
            field="code",
        )
    if not name_zh.strip():
        raise BadInput(
            "organisation_name",
            Sentence(en="An organisation needs a name.", zh="机构须有名称。"),
            field="name_zh",
        )


def _known_kinds(kinds: Iterable[str]) -> list[str]:
    wanted = sorted({str(kind) for kind in kinds})
    unknown = [kind for kind in wanted if kind not in set(Kind)]
    if unknown:
        known = ", ".join(Kind)
        raise BadInput(
            "unknown_kind",
            Sentence(
                en=f"There is no office “{unknown[0]}”.", zh=f"没有“{unknown[0]}”这种机构角色。"
            ),
            suggestion=Sentence(en=f"There are: {known}.", zh=f"可用的有：{known}。"),
            field="kinds",
        )
    return wanted


def _known_scopes(scopes: Iterable[str]) -> list[str]:
    wanted = sorted(set(scopes))
    if not wanted or not set(wanted) <= set(SCOPES):
        known = ", ".join(SCOPES)
        raise BadInput(
            "token_scopes",
            Sentence(
                en=f"A token needs at least one scope out of: {known}.",
                zh=f"令牌至少需要以下权限范围之一：{known}。",
            ),
            field="scopes",
        )
    return wanted


def _organisation(code: str | None, *, administrator: bool) -> Organisation | None:
    if code is None and administrator:
        return None
    organisation = Organisation.objects.filter(code=code or "").first()
    if organisation is None:
        raise BadInput(
            "unknown_organisation",
            Sentence(
                en=f"There is no organisation {code}."
                if code
                else "Whom does this person act for?",
                zh=f"没有代码为 {code} 的机构。" if code else "须指明此人代表哪个机构。",
            ),
            field="organisation",
        )
    return organisation


def _check_password(password: str, person: Person) -> None:
    words = {}
    for code, _ in settings.LANGUAGES:
        with translation.override(code):
            try:
                validate_password(password, person)
            except ValidationError as error:
                words[code] = " ".join(error.messages)
    if words:
        raise BadInput(
            "weak_password", Sentence(en=words["en"], zh=words["zh-hans"]), field="password"
        )
