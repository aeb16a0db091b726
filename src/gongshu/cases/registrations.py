"""Registrations as they are looked up: in publicity, by their code, and as a certificate.

A certificate is one JSON file: what was registered, and the receipt of the entry that says so,
so that a stranger can check it against the log (`gongshu.log.certificate`).
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib import import_module
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet

from gongshu.accounts.selectors import organisation_name
from gongshu.cases import clock
from gongshu.cases.models import Case, CaseStep, Registration
from gongshu.ledger import moment
from gongshu.ledger import services as ledger
from gongshu.log.certificate import build_certificate
from gongshu.rules.agents import ANONYMOUS
from gongshu.rules.problems import NotFound
from gongshu.rules.procedures import PROCEDURES
from gongshu.rules.registrations import CODE, as_typed, opaque_code
from gongshu.wording import Sentence

CASE, RECORD = "registration_case", "registration_record"
STANDING = ("in_force", "renewable", "correcting", "cancelling", "cancellation_accepted")
# The steps of a record that make a new version of it, and thus a new certificate.
VERSIONS = ("record_change", "correct", "correct_ex_officio", "renew", "renew_meanwhile")


@dataclass(frozen=True)
class Publicity:
    """The four fields that article 12 makes public, until when anybody may object, and where the
    case stands."""

    case: str
    registrant: str
    type: str
    name: str
    summary: str
    since: date
    until: date | None
    state: str

    @property
    def open(self) -> bool:
        """Whether an objection can be made now."""
        return self.state == "in_publicity"


def in_publicity() -> list[Publicity]:
    """Oldest first; for anybody to read."""
    rows = _made_public().filter(state__in=("in_publicity", "rechecking"))
    return [_publicity(case) for case in rows.order_by("id")]


def publicity(case_id: str) -> Publicity:
    """One that is or was in publicity: what came of it is public as well."""
    found = _made_public().filter(pk=case_id).first()
    if found is None:
        raise NotFound(
            "not_in_publicity",
            Sentence(
                en=f"No registration with the case number {case_id} was made public.",
                zh=f"没有编号为 {case_id} 的登记公示。",
            ),
        )
    return _publicity(found)


def _made_public() -> QuerySet[Case]:
    passed = CaseStep.objects.filter(case=OuterRef("pk"), name="pass")
    rows = Case.objects.prefetch_related("steps", "party_rows").filter(kind=CASE)
    return rows.filter(Exists(passed))


def _publicity(case: Case) -> Publicity:
    view = case.view()
    procedure = PROCEDURES[CASE]
    begun = view.last("pass")
    assert begun is not None
    assert begun.day is not None
    ends = clock.falls(procedure, view, procedure.rows["code"])
    return Publicity(
        case=case.id,
        registrant=case.applicant,
        type=case.payload["type"],
        name=case.payload["name"],
        summary=case.payload["summary"],
        since=begun.day,
        until=ends.day if ends else None,
        state=case.state,
    )


def search(q: str = "") -> QuerySet[Registration]:
    """By code, or by a part of the name; all of them, the newest first, without."""
    rows = Registration.objects.select_related("record")
    q = q.strip()
    return rows.filter(Q(code=as_typed(q)) | Q(name__icontains=q)) if q else rows


def get(code: str) -> Registration:
    found = Registration.objects.select_related("record").filter(code=as_typed(code)).first()
    if found is None:
        raise NotFound(
            "unknown_registration",
            Sentence(
                en=f"No registration has the query code “{code}”.",
                zh=f"没有查询码为“{code}”的登记结果。",
            ),
        )
    return found


def of_dataset(code: str, today: date) -> QuerySet[Registration]:
    """The registrations of a dataset that are in force."""
    return Registration.objects.filter(
        dataset=code, what="resource", record__state__in=STANDING, valid_until__gte=today
    )


def summary(registration: Registration) -> dict[str, Any]:
    """A registration as anybody may read it: for lists, shell and API."""
    return {
        "code": registration.code,
        "registrant": registration.registrant,
        "what": registration.what,
        "name": registration.name,
        "summary": registration.summary,
        "dataset": registration.dataset,
        "version": registration.version,
        "valid_from": registration.valid_from,
        "valid_until": registration.valid_until,
        "state": registration.record.state,
        "in_force": in_force(registration, moment.today()),
        "record": registration.record_id,
        "entry": entry_of(registration),
    }


def in_force(registration: Registration, today: date) -> bool:
    return registration.record.state in STANDING and today <= registration.valid_until


def facts_of(registration: Registration, type_: str) -> dict[str, Any]:
    """What the ledger says in clear of a registration, and its certificate repeats."""
    return {
        "code": registration.code,
        "registrant": registration.registrant,
        "registrant_name": organisation_name(registration.registrant, "zh"),
        "type": type_,
        "what": registration.what,
        "name": registration.name,
        "summary": registration.summary,
        "valid_from": registration.valid_from.isoformat(),
        "valid_until": registration.valid_until.isoformat(),
        "version": registration.version,
    }


def entry_of(registration: Registration) -> str:
    """The id of the entry that made the registration what it is now."""
    versions = CaseStep.objects.filter(case=registration.record, name__in=VERSIONS)
    coded = CaseStep.objects.filter(case_id=registration.record.payload["case"], name="code")
    step = versions.order_by("-id").first() or coded.get()
    return str(step.entry_id)


def certificate(registration: Registration) -> Mapping[str, Any] | None:
    """None while the entry waits for its place in the log, a second or so."""
    # By nobody: what a certificate proves is public, and it opens nothing.
    receipt = ledger.receipt(entry_of(registration), agent=ANONYMOUS)
    return build_certificate(receipt) if receipt else None


def new_code() -> str:
    """A code that nobody has; drawn by chance, or by the function that this place has set."""
    make = _maker(settings.REGISTRATION_CODES)
    code = make()
    while Registration.objects.filter(code=code).exists():
        code = make()
    return code


@lru_cache(maxsize=4)
def _maker(place: str) -> Callable[[], str]:
    """`package.module:function`, without arguments; nothing set: codes that say nothing."""
    if not place:
        return lambda: opaque_code(secrets.randbelow)
    module, _, name = place.partition(":")
    function = getattr(import_module(module), name)

    def make() -> str:
        code = str(function())
        if not CODE.fullmatch(code) or code != as_typed(code):
            raise ValueError(f"{place} made {code!r}: 4 to 64 printable signs in capitals")
        return code

    return make
