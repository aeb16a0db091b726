"""Registration under 发改数据规〔2025〕26号: each test states one rule of the measures."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone
from tests.cases.steps import moment
from tests.world import CLINICS, LONG, World

from gongshu.cases import registrations, selectors, services
from gongshu.cases.models import Case, Registration
from gongshu.jobs.models import Outbox
from gongshu.ledger import selectors as ledger
from gongshu.ledger import services as log
from gongshu.log.certificate import certificate_bytes, verify_certificate
from gongshu.log.receipt import NotVerified
from gongshu.rules.calendar import Calendar
from gongshu.rules.registration_case import REGISTRATION_CASE
from gongshu.wording import Problem

pytestmark = pytest.mark.django_db
GROUPS = (
    "subject",
    "lawful_source",
    "summary",
    "description",
    "evidence",
    "products",
    "scenario",
    "risk_assessment",
)
APPLICATION = {"business_review": LONG, "commitment": True}
OBJECTION = {
    "name": "Zhang San",
    "identity": "330100199001011234",
    "contact": "0571-0000",
    "relation": LONG,
    "objection": LONG,
    "evidence": LONG,
}


def materials(**changes: Any) -> dict[str, Any]:
    return {
        "name": "Clinics of the city",
        "dataset": CLINICS,
        **dict.fromkeys(GROUPS, LONG),
    } | changes


def applied(world: World, at: Any = None, by: Any = None, head: Any = None, **changes: Any) -> Case:
    """By the agency, or by who is named."""
    by, head = by or world.agency, head or world.agency_head
    case = services.open_case(kind="registration_case", payload=materials(**changes), by=by, at=at)
    services.do(case_id=case.id, step="apply", by=head, form=APPLICATION, at=at)
    return Case.objects.get(pk=case.id)


def in_publicity(world: World, at: Any = None, **changes: Any) -> Case:
    case = applied(world, at, **changes)
    services.do(case_id=case.id, step="accept", by=world.registry, at=at)
    form = {"opinion": LONG}
    services.do(case_id=case.id, step="pass", by=world.registry, form=form, at=at)
    return Case.objects.get(pk=case.id)


def registered(world: World, **changes: Any) -> Registration:
    """Coded today, after a publicity that began long enough ago."""
    case = in_publicity(world, moment("2026-09-01"), **changes)
    assert services.tick() >= 1
    return Registration.objects.get(record__payload__case=case.id)


def record(found: Registration, step: str, by: Any, form: Any = None, note: str = "") -> None:
    services.do(case_id=found.record_id, step=step, by=by, form=form, note=note)
    found.refresh_from_db()
    found.record.refresh_from_db()


def refused(act: Any) -> str:
    with pytest.raises(Problem) as problem:
        act()
    return problem.value.code


def test_the_seven_groups_of_materials_are_owed_and_what_is_missing_is_named(world: World) -> None:
    for group in GROUPS:
        given = {k: v for k, v in materials().items() if k != group}
        with pytest.raises(Problem) as problem:
            services.open_case(kind="registration_case", payload=given, by=world.agency)
        assert problem.value.field == group
        assert "缺少" in problem.value.sentence.zh


def test_a_wrong_digest_and_a_change_without_its_code_are_refused_in_words(world: World) -> None:
    for changes, field in (
        ({"evidence_digest": "abc"}, "evidence_digest"),
        ({"type": "change"}, "code"),
    ):
        with pytest.raises(Problem) as problem:
            services.open_case(
                kind="registration_case", payload=materials(**changes), by=world.agency
            )
        assert problem.value.field == field
        assert problem.value.sentence.zh.endswith("。")


def test_evidence_is_deposited_before_the_application(world: World) -> None:
    case = services.open_case(
        kind="registration_case", payload=materials(dataset=""), by=world.agency
    )
    do = {"case_id": case.id, "by": world.agency_head, "step": "apply", "form": APPLICATION}
    assert refused(lambda: services.do(**do)) == "evidence_deposited"
    services.do(
        case_id=case.id,
        step="revise",
        by=world.agency,
        form=materials(dataset="", evidence_digest="ab" * 32),
    )
    assert services.do(**do).target == "applied"


def test_only_the_holder_registers_a_resource_and_its_head_applies(world: World) -> None:
    case = services.open_case(kind="registration_case", payload=materials(), by=world.second_agency)
    do = {"case_id": case.id, "step": "apply", "form": APPLICATION}
    assert refused(lambda: services.do(**do, by=world.second_agency)) == "not_yours"
    assert refused(lambda: services.do(**do, by=world.second_agency_head)) == "registrant_entitled"


def test_a_first_registration_in_operation_is_owed_within_20_working_days_of_delivery(
    world: World,
) -> None:
    calendar = Calendar.load()
    for started, from_, number in (
        ("2026-11-02", date(2026, 11, 2), 20),
        ("2025-02-03", date(2025, 3, 1), 30),
    ):
        case = services.open_case(
            kind="registration_case",
            payload=materials(in_operation=True, delivered_on=started),
            by=world.agency,
        )
        assert case.due_at == calendar.add_workdays(from_, number).day
    voluntary = services.open_case(kind="registration_case", payload=materials(), by=world.agency)
    assert voluntary.due_at is None


def test_acceptance_takes_3_working_days_and_the_clock_restarts_on_resubmission(
    world: World,
) -> None:
    case = applied(world, moment("2026-11-02"))
    assert case.due_at == date(2026, 11, 5)
    do = {"case_id": case.id, "at": moment("2026-11-04")}
    services.do(**do, step="ask_supplement", by=world.registry, form={"missing": "the source"})
    assert Case.objects.get(pk=case.id).due_at is None
    services.do(
        case_id=case.id,
        step="resubmit",
        by=world.agency,
        form=materials(),
        at=moment("2026-11-09"),
    )
    assert Case.objects.get(pk=case.id).due_at == date(2026, 11, 12)
    again = {**do, "step": "ask_supplement", "by": world.registry, "form": {"missing": "more"}}
    assert refused(lambda: services.do(**again)) == "only_once"


def test_the_formal_review_takes_20_working_days(world: World) -> None:
    case = applied(world, moment("2026-11-02"))
    services.do(case_id=case.id, step="accept", by=world.registry, at=moment("2026-11-03"))
    assert (
        Case.objects.get(pk=case.id).due_at
        == Calendar.load().add_workdays(date(2026, 11, 3), 20).day
    )


def test_publicity_shows_four_fields_for_ten_working_days(world: World) -> None:
    case = in_publicity(world, moment("2026-11-02"))
    [shown] = registrations.in_publicity()
    assert (shown.registrant, shown.type) == (world.agency.organisation, "first")
    assert (shown.name, shown.summary) == ("Clinics of the city", LONG)
    assert shown.until == date(2026, 11, 16)
    services.tick(moment("2026-11-16"))
    assert Case.objects.get(pk=case.id).state == "in_publicity"
    services.tick(moment("2026-11-17"))
    assert Case.objects.get(pk=case.id).state == "coded"
    assert registrations.in_publicity() == []


def test_anybody_may_object_by_name_and_sees_nothing_else_of_the_case(world: World) -> None:
    case = in_publicity(world)
    with pytest.raises(Problem):
        selectors.get(case.id, world.enterprise)
    services.do(case_id=case.id, step="object", by=world.enterprise, form=OBJECTION)
    assert Case.objects.get(pk=case.id).state == "rechecking"
    with pytest.raises(Problem):
        selectors.get(case.id, world.enterprise)
    row = REGISTRATION_CASE.rows["object"]
    who = (world.registry, world.agency, world.enterprise)
    case = Case.objects.get(pk=case.id)
    reads = [selectors.may_read_form(case, row, world.enterprise.organisation, one) for one in who]
    assert reads == [True, False, True]
    assert case.id in [c.id for c in selectors.inbox(world.registry)]


def test_an_objection_needs_a_name_and_evidence(world: World) -> None:
    case = in_publicity(world)
    for name in ("name", "identity", "evidence"):
        form = {k: v for k, v in OBJECTION.items() if k != name}
        do = {"case_id": case.id, "step": "object", "by": world.enterprise}
        assert refused(lambda do=do, form=form: services.do(**do, form=form)) == "form"


def test_an_upheld_objection_ends_the_registration_and_the_objector_is_told(world: World) -> None:
    case = in_publicity(world, moment("2026-09-01"))
    services.do(case_id=case.id, step="object", by=world.enterprise, form=OBJECTION)
    services.tick()
    assert Case.objects.get(pk=case.id).state == "rechecking"
    form = {"finding": LONG}
    services.do(case_id=case.id, step="uphold", by=world.registry, form=form)
    services.tick()
    assert Case.objects.get(pk=case.id).state == "terminated"
    assert not Registration.objects.exists()
    assert Outbox.objects.filter(to=world.enterprise.organisation).exists()


@pytest.mark.parametrize(("stands", "last"), [(False, "2026-11-16"), (True, "2026-11-18")])
def test_whether_publicity_stands_still_during_a_recheck_is_a_setting_of_the_place(
    world: World, instance: Any, stands: bool, last: str
) -> None:
    if stands:
        text = 'name = "X"\nbasis = "第一条"\n[clocks]\n"registration_case.code" = "stands"\n'
        (instance / "profile.toml").write_text(text)
    case = in_publicity(world, moment("2026-11-02"))
    do = {"case_id": case.id}
    services.do(**do, step="object", by=world.enterprise, form=OBJECTION, at=moment("2026-11-04"))
    services.do(
        **do, step="dismiss", by=world.registry, form={"finding": LONG}, at=moment("2026-11-06")
    )
    [shown] = registrations.in_publicity()
    assert str(shown.until) == last


def test_a_code_is_opaque_unique_and_found_however_it_is_typed(world: World) -> None:
    found = registered(world)
    assert found.code.startswith("GS")
    assert registrations.get(f" {found.code[:6].lower()} {found.code[6:]}") == found
    assert found.valid_from == timezone.localdate()
    assert found.valid_until == found.valid_from.replace(year=found.valid_from.year + 3)
    assert found.record.state == "in_force"
    assert list(registrations.of_dataset(CLINICS, timezone.localdate())) == [found]


def test_a_place_may_plug_in_its_own_codes(world: World, settings: Any) -> None:
    settings.REGISTRATION_CODES = "tests.cases.test_registration:own_code"
    assert registered(world).code == "ZJ-2026-0001"


def own_code() -> str:
    return "ZJ-2026-0001"


def test_a_product_is_valid_as_long_as_its_operation(world: World) -> None:
    grant = world.operate()
    case = services.open_case(
        kind="registration_case",
        payload=materials(
            what="product",
            grant=grant.id,
            in_operation=True,
            delivered_on=str(timezone.localdate()),
        ),
        by=world.operator,
        at=moment("2026-09-01"),
    )
    do = {"case_id": case.id, "at": moment("2026-09-01")}
    services.do(**do, step="apply", by=world.operator_head, form=APPLICATION)
    services.do(**do, step="accept", by=world.registry)
    services.do(**do, step="pass", by=world.registry, form={"opinion": LONG})
    services.tick()
    assert Registration.objects.get().valid_until == grant.valid_until


def test_a_certificate_can_be_checked_by_a_stranger(world: World) -> None:
    found = registered(world)
    log.sequence()
    made = registrations.certificate(found)
    assert made is not None
    data = certificate_bytes(made)
    key = ledger.verifier_key()
    verified = verify_certificate(data, key=key)
    assert verified.body["facts"]["code"] == found.code
    assert LONG not in json.dumps(verified.openings)
    for name, value in (("valid_until", "2099-01-01"), ("registrant", "another")):
        forged = json.loads(data)
        forged["registration"][name] = value
        with pytest.raises(NotVerified):
            verify_certificate(json.dumps(forged).encode(), key=key)


def test_a_change_goes_the_same_way_and_makes_a_new_version(world: World) -> None:
    found = registered(world)
    case = in_publicity(
        world, moment("2026-09-02"), type="change", code=found.code, name="Clinics and beds"
    )
    services.tick()
    found.refresh_from_db()
    assert Case.objects.get(pk=case.id).state == "coded"
    assert (found.version, found.name) == (2, "Clinics and beds")
    assert Registration.objects.count() == 1
    log.sequence()
    made = registrations.certificate(found)
    assert made is not None
    assert made["registration"]["type"] == "change"
    verify_certificate(certificate_bytes(made), key=ledger.verifier_key())


def test_nobody_changes_the_registration_of_another(world: World) -> None:
    found = registered(world)
    case = services.open_case(
        kind="registration_case",
        payload=materials(type="change", code=found.code, dataset="", evidence_digest="ab" * 32),
        by=world.second_agency,
    )
    do = {"case_id": case.id, "step": "apply", "form": APPLICATION}
    assert refused(lambda: services.do(**do, by=world.second_agency_head)) == "change_possible"


def test_a_correction_is_asked_for_by_anybody_concerned_and_made_by_the_registry(
    world: World,
) -> None:
    found = registered(world)
    ask = {"name": "Li", "contact": "1", "error": LONG, "evidence": LONG}
    ask["contact"] = "0571-1"
    record(found, "ask_correction", world.enterprise, ask)
    corrected = {"ground": "proof", "name": "Clinics (corrected)", "summary": LONG}
    assert refused(lambda: record(found, "correct", world.agency_head, corrected)) == "not_yours"
    record(found, "correct", world.registry, corrected)
    assert (found.name, found.version, found.record.state) == ("Clinics (corrected)", 2, "in_force")


def ends_in(found: Registration, days: int) -> None:
    today = timezone.localdate()
    Registration.objects.filter(pk=found.pk).update(
        valid_from=today - timedelta(days=400), valid_until=today + timedelta(days=days)
    )


def test_renewal_is_possible_in_the_60_days_before_the_end_for_three_years_at_most(
    world: World,
) -> None:
    found = registered(world)
    ends_in(found, 61)
    services.tick()
    form = {"until": "2031-01-01", "unchanged": LONG}
    assert refused(lambda: record(found, "renew", world.agency_head, form)) == "not_now"
    ends_in(found, 60)
    services.tick()
    found.refresh_from_db()
    end = found.valid_until
    too_long = end.replace(year=end.year + 3) + timedelta(days=1)
    form["until"] = str(too_long)
    assert refused(lambda: record(found, "renew", world.agency_head, form)) == "renewal_term"
    form["until"] = str(too_long - timedelta(days=1))
    record(found, "renew", world.agency_head, form)
    assert (found.valid_until, found.record.state) == (too_long - timedelta(days=1), "in_force")


def test_a_correction_that_somebody_asks_for_does_not_keep_the_registrant_from_renewing(
    world: World,
) -> None:
    found = registered(world)
    ends_in(found, 30)
    services.tick()
    ask = {"name": "Li", "contact": "0571-1", "error": LONG, "evidence": LONG}
    record(found, "ask_correction", world.enterprise, ask)
    until = found.valid_until + timedelta(days=365)
    form = {"until": str(until), "unchanged": LONG}
    record(found, "renew_meanwhile", world.agency_head, form)
    assert (found.valid_until, found.version, found.record.state) == (until, 2, "correcting")
    again = {"until": str(until + timedelta(days=365)), "unchanged": LONG}
    assert (
        refused(lambda: record(found, "renew_meanwhile", world.agency_head, again))
        == "renewal_window_open"
    )
    log.sequence()
    made = registrations.certificate(found)
    assert made is not None
    verify_certificate(certificate_bytes(made), key=ledger.verifier_key())
    record(found, "decline_correction", world.registry, note=LONG)
    assert (found.valid_until, found.record.state) == (until, "in_force")


def test_what_is_not_renewed_is_cancelled_the_day_after_its_end(world: World) -> None:
    found = registered(world)
    ends_in(found, 0)
    services.tick()
    found.record.refresh_from_db()
    assert found.record.state == "renewable"
    ends_in(found, -1)
    services.tick()
    found.record.refresh_from_db()
    assert found.record.state == "cancelled"
    assert not registrations.in_force(registrations.get(found.code), timezone.localdate())


def test_cancellation_rests_on_one_of_four_grounds_and_takes_ten_working_days(
    world: World,
) -> None:
    found = registered(world)
    wrong = {"ground": "no longer wanted", "explanation": LONG}
    assert refused(lambda: record(found, "ask_cancellation", world.agency_head, wrong)) == "form"
    form = {"ground": "destroyed", "explanation": LONG}
    record(found, "ask_cancellation", world.agency_head, form)
    record(found, "accept_cancellation", world.registry)
    today = timezone.localdate()
    assert found.record.due_at == Calendar.load().add_workdays(today, 10).day
    record(found, "cancel", world.registry)
    assert found.record.state == "cancelled"


def test_fraud_revokes_a_registration_and_nobody_opens_a_record_by_hand(world: World) -> None:
    found = registered(world)
    form = {"ground": "false_materials", "finding": LONG}
    assert refused(lambda: record(found, "revoke", world.bureau, form)) == "not_yours"
    record(found, "revoke", world.registry, form)
    assert found.record.state == "revoked"
    payload = {"code": "X1234", "case": "C-1", "registrant": world.agency.organisation}
    open_one = {"kind": "registration_record", "payload": payload, "by": world.registry}
    assert refused(lambda: services.open_case(**open_one)) == "not_yours"


def test_the_clock_does_not_ask_every_record_that_is_in_force(
    world: World, django_assert_max_num_queries: Any
) -> None:
    for number in range(4):
        registered(world, name=f"Clinics {number}")
    services.tick()
    with django_assert_max_num_queries(25):
        services.tick()
