"""Taking a step: decided by the table, moved once, recorded in the same transaction."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.cases.steps import asked, in_use, moment, request_form
from tests.cases.test_registration import registered
from tests.world import CLINICS, PERSONS, World, plan_form, today

from gongshu.cases import registry, selectors, services
from gongshu.cases.models import Case, CaseStep
from gongshu.catalog.models import Dataset
from gongshu.grants.models import Grant
from gongshu.jobs import selectors as jobs
from gongshu.jobs import services as job_services
from gongshu.ledger import selectors as ledger
from gongshu.ledger.models import Entry
from gongshu.ledger.subjects import Subject
from gongshu.rules import procedures
from gongshu.rules.agents import ANONYMOUS, SYSTEM
from gongshu.rules.problems import BadInput, Conflict, Forbidden, NotFound, RuleRefused
from gongshu.wording import Sentence, language

pytestmark = pytest.mark.django_db


def test_every_name_that_a_table_uses_is_bound() -> None:
    assert registry.every_name_is_bound() == []


def test_start_up_names_what_nobody_has_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(registry.EFFECTS, "issue_grant")
    monkeypatch.delitem(registry.FACTS, "datasets_graded")
    monkeypatch.delitem(registry.PARTIES, "provider_of_dataset")
    messages = [error.msg for error in registry.every_name_is_bound()]
    assert [m.split("“")[1].rstrip("”") for m in messages] == [
        "issue_grant",
        "datasets_graded",
        "provider_of_dataset",
    ]


def test_a_name_is_bound_once() -> None:
    with pytest.raises(RuntimeError, match="twice"):
        registry.effect("issue_grant")(lambda ctx: None)


def test_every_effect_that_is_bound_is_used_by_some_table() -> None:
    assert set(registry.EFFECTS) == procedures.effects()
    assert set(registry.PARTIES) == procedures.named_parties()
    assert procedures.facts() <= set(registry.FACTS)


def test_each_step_has_its_row_and_its_entry(world: World) -> None:
    case = in_use(world)
    steps = list(case.steps.all())
    assert [s.name for s in steps] == ["open", "submit", "consent", "deliver"]
    entries = {e.id: e for e in ledger.entries(subject=Subject("case", case.id))}
    assert [entries[s.entry_id].event for s in steps] == [
        "case.opened",
        "sharing.requested",
        "sharing.consented",
        "sharing.delivered",
    ]
    consented = entries[steps[2].entry_id]
    assert consented.facts["from"] == "received"
    assert consented.facts["to"] == "agreed"
    assert consented.facts["article"] == "第二十一条"
    assert consented.facts["dataset"] == CLINICS
    assert entries[steps[3].entry_id].facts["grant"] == Grant.objects.get(case_id=case.id).id


def test_no_persons_name_and_no_text_stands_in_clear_in_the_entry(world: World) -> None:
    case = asked(world)
    services.do(case_id=case.id, step="refuse", by=world.agency_head, note="a secret reason")
    for entry in Entry.objects.filter(subject_kind="case", subject_id=case.id):
        for hidden in ("second_agency", "agency-head", "a secret reason", "statistics"):
            assert hidden not in entry.body
    refused = Entry.objects.get(event="sharing.refused")
    assert ledger.openings(refused, world.agency)["note"]["value"] == "a secret reason"
    assert ledger.openings(refused, world.second_agency) == {}


def test_case_numbers_count_up_without_gaps_also_after_a_refusal(world: World) -> None:
    before = Case.objects.count()
    first = services.open_case(
        kind="sharing_request", payload=request_form(), by=world.second_agency
    )
    with pytest.raises(BadInput):
        services.open_case(kind="sharing_request", payload={}, by=world.second_agency)
    second = services.open_case(
        kind="sharing_request", payload=request_form(), by=world.second_agency
    )
    year = first.created.year
    assert first.id == f"C-{year}-{before + 1:06d}"
    assert second.id == f"C-{year}-{before + 2:06d}"


@pytest.mark.parametrize(
    ("change", "field", "says"),
    [
        ({"legal_basis": ""}, "legal_basis", "Legal basis"),
        ({"until": "soon"}, "until", "Needed until"),
        ({"method": "pigeon"}, "method", "Sharing method"),
        ({"colour": "red"}, "colour", "colour"),
        ({"dataset": None}, "dataset", "Dataset"),
    ],
)
def test_a_wrong_field_is_named_in_both_languages(
    world: World, change: dict[str, object], field: str, says: str
) -> None:
    with pytest.raises(BadInput) as refused:
        services.open_case(
            kind="sharing_request", payload=request_form(**change), by=world.second_agency
        )
    assert refused.value.field == field
    assert says in refused.value.sentence.en
    with language("zh"):
        assert refused.value.reason == refused.value.sentence.zh
    assert any("一" <= letter <= "鿿" for letter in refused.value.sentence.zh)


def test_an_agreement_over_five_years_is_refused(world: World) -> None:
    case = world.plan()
    *before, (_, _, form) = world.operation_steps()[:11]
    for name, by, given in before:
        world.step(case, name, by, given)
    longest = {**form, "starts": "2026-12-01", "ends": "2031-11-30"}
    too_long = {**form, "starts": "2026-12-01", "ends": "2031-12-01"}
    with pytest.raises(BadInput, match="five years"):
        world.step(case, "offer_agreement", world.agency_head, too_long)
    world.step(case, "offer_agreement", world.agency_head, longest)


def test_the_approver_cannot_be_the_applicant(world: World) -> None:
    head = world.second_agency_head
    case = services.open_case(kind="sharing_request", payload=request_form(), by=head)
    with pytest.raises(Forbidden) as refused:
        services.do(case_id=case.id, step="submit", by=head)
    assert refused.value.code == "same_person"
    assert Case.objects.get(pk=case.id).state == "draft"


def test_staff_cannot_answer_for_the_organisation(world: World) -> None:
    case = asked(world)
    with pytest.raises(Forbidden):
        services.do(case_id=case.id, step="consent", by=world.agency, form={})


def test_a_requester_cannot_consent_to_their_own_request(world: World) -> None:
    case = asked(world)
    with pytest.raises(Forbidden):
        services.do(case_id=case.id, step="consent", by=world.second_agency_head, form={})


def test_who_is_provider_is_found_in_the_catalogue_and_not_taken_from_the_request(
    world: World,
) -> None:
    with pytest.raises(BadInput):
        services.open_case(
            kind="sharing_request",
            payload=request_form(provider=world.second_agency.organisation),
            by=world.second_agency,
        )
    case = asked(world)
    assert case.parties == {
        "requester": world.second_agency.organisation,
        "provider": world.agency.organisation,
    }


def test_data_that_are_not_shared_cannot_be_asked_for(world: World) -> None:
    Dataset.objects.filter(code=PERSONS).update(sharing="none", sharing_basis="Secrets Law 9")
    with pytest.raises(RuleRefused) as refused:
        services.open_case(
            kind="sharing_request",
            payload=request_form(dataset=PERSONS),
            by=world.second_agency,
        )
    assert refused.value.code == "data_shareable"


def test_an_enterprise_cannot_open_a_sharing_request(world: World) -> None:
    with pytest.raises(Forbidden):
        services.open_case(kind="sharing_request", payload=request_form(), by=world.enterprise)


def test_only_the_providing_department_opens_its_catalogue_entry(world: World) -> None:
    with pytest.raises(Forbidden):
        services.open_case(
            kind="catalogue_entry", payload={"dataset": PERSONS}, by=world.second_agency
        )


def test_a_step_out_of_its_state_is_a_conflict_that_names_the_state(world: World) -> None:
    case = asked(world)
    with pytest.raises(Conflict) as refused:
        services.do(case_id=case.id, step="deliver", by=world.agency)
    assert "Received" in refused.value.sentence.en
    assert "已受理" in refused.value.sentence.zh


def test_an_unknown_step_procedure_or_case_is_said_plainly(world: World) -> None:
    case = asked(world)
    with pytest.raises(RuleRefused):
        services.do(case_id=case.id, step="fly", by=world.agency)
    with pytest.raises(NotFound):
        services.do(case_id="C-1999-000001", step="consent", by=world.agency)
    with pytest.raises(NotFound):
        services.open_case(kind="marriage", payload={}, by=world.agency)


def test_a_page_that_is_out_of_date_moves_nothing(world: World) -> None:
    case = asked(world)
    with pytest.raises(Conflict):
        services.do(
            case_id=case.id, step="consent", by=world.agency_head, form={}, expected_state="draft"
        )
    assert Case.objects.get(pk=case.id).state == "received"


def test_a_failing_effect_undoes_the_step(world: World) -> None:
    case = asked(world, dataset=PERSONS)
    entries = Entry.objects.count()
    with pytest.raises(BadInput):  # beyond what the owner allows
        services.do(
            case_id=case.id,
            step="consent",
            by=world.agency_head,
            form={"terms": {"datasets": {PERSONS: {"columns": {"district": ["show"]}}}}},
        )
    assert Case.objects.get(pk=case.id).state == "received"
    assert CaseStep.objects.filter(case=case, name="consent").count() == 0
    assert Entry.objects.count() == entries


def test_nobody_and_a_token_for_reading_only_move_nothing(world: World) -> None:
    case = asked(world)
    with pytest.raises(NotFound):
        services.do(case_id=case.id, step="consent", by=ANONYMOUS, form={})
    reader = replace(world.agency_head, scopes=frozenset({"read"}))
    with pytest.raises(Forbidden):
        services.do(case_id=case.id, step="consent", by=reader, form={})
    with pytest.raises(Forbidden):
        services.open_case(kind="sharing_request", payload=request_form(), by=reader)


def test_the_clocks_step_is_nobody_elses(world: World) -> None:
    case = in_use(world)
    with pytest.raises(Forbidden):
        services.do(case_id=case.id, step="expire", by=world.administrator)


def test_those_concerned_are_told(world: World) -> None:
    case = asked(world)
    job_services.deliver()
    told = [n.text for n in jobs.notices(world.agency_head)]
    assert any(case.id in str(text) for text in told)
    assert not any(case.id in str(n.text) for n in jobs.notices(world.enterprise))


def test_what_was_suspended_by_the_authority_only_the_authority_lets_run_again(
    world: World,
) -> None:
    case = in_use(world)
    form = {"rectify_by": today(10)}
    services.do(
        case_id=case.id, step="suspend_by_authority", by=world.bureau, form=form, note="over-use"
    )
    assert Grant.objects.get(case_id=case.id).state == "suspended"
    with pytest.raises(Conflict):
        services.do(case_id=case.id, step="resume", by=world.agency)
    services.do(case_id=case.id, step="resume_by_authority", by=world.bureau)
    assert Grant.objects.get(case_id=case.id).state == "active"


def test_an_end_that_was_agreed_is_filed_before_access_is_cut(world: World) -> None:
    case = in_use(world)
    services.do(case_id=case.id, step="propose_end", by=world.agency, note="the system closes")
    services.do(case_id=case.id, step="agree_to_end", by=world.second_agency)
    assert Grant.objects.get(case_id=case.id).state == "active"
    services.do(case_id=case.id, step="file_end", by=world.bureau, form={"number": "E-1"})
    assert Grant.objects.get(case_id=case.id).state == "ended"
    assert Case.objects.get(pk=case.id).state == "ended"


def test_a_plan_can_be_revised_and_an_approved_one_only_by_approving_anew(world: World) -> None:
    case = world.plan()
    world.step(case, "revise_plan", world.agency, {**plan_form(), "name": "Health planning II"})
    for name, by, form in world.operation_steps()[:5]:
        world.step(case, name, by, form)
    changed = {**plan_form(), "datasets": [CLINICS]}
    world.step(case, "change_plan", world.agency_head, changed, "narrower")
    found = Case.objects.get(pk=case)
    assert (found.state, found.payload["datasets"]) == ("plan_submitted", [CLINICS])
    assert found.steps.get(name="revise_plan").form["name"] == "Health planning II"


def test_a_case_stays_about_what_it_was_opened_for(world: World) -> None:
    case = asked(world)
    services.do(
        case_id=case.id, step="ask_supplement", by=world.agency, form={"missing": "the annex"}
    )
    with pytest.raises(BadInput) as refused:
        services.do(
            case_id=case.id,
            step="resubmit",
            by=world.second_agency,
            form=request_form(dataset=PERSONS),
        )
    assert refused.value.field == "dataset"
    services.do(
        case_id=case.id, step="resubmit", by=world.second_agency, form=request_form(scope="less")
    )
    assert Case.objects.get(pk=case.id).payload["scope"] == "less"
    with pytest.raises(RuleRefused) as once:
        services.do(
            case_id=case.id, step="ask_supplement", by=world.agency, form={"missing": "more"}
        )
    assert once.value.code == "only_once"


def test_an_update_that_is_returned_leaves_what_is_published(world: World) -> None:
    case = Case.objects.get(kind="catalogue_entry", subject_id=CLINICS).id
    world.step(case, "change", world.agency, {"changed_on": today(-1), "what": "a new law"})
    world.step(case, "submit", world.agency_head)
    world.step(case, "return_update", world.bureau, note="the summary is old")
    assert Dataset.objects.get(code=CLINICS).state == "updating"
    world.step(case, "submit", world.agency_head)
    world.step(case, "pass_update", world.bureau)
    assert Dataset.objects.get(code=CLINICS).state == "published"
    with pytest.raises(BadInput):
        world.step(case, "change", world.agency, {"changed_on": today(1), "what": "a new law"})


def test_there_is_one_case_about_an_entry_until_it_is_over(world: World) -> None:
    case = Case.objects.get(kind="catalogue_entry", subject_id=CLINICS)
    with pytest.raises(Conflict) as refused:
        world.publish(CLINICS)
    assert case.id in refused.value.sentence.en
    world.step(case.id, "ask_withdrawal", world.agency, note="replaced")
    world.step(case.id, "withdraw", world.bureau, note="replaced")
    assert Dataset.objects.get(code=CLINICS).state == "retired"
    assert Case.objects.get(pk=case.id).exclusive is None


def test_the_clock_ends_what_has_run_out(world: World) -> None:
    case = in_use(world, until=today(3))
    assert services.tick() == 0
    Grant.objects.filter(case_id=case.id).update(valid_from=today(-9), valid_until=today(-1))
    assert services.tick() == 1
    found = Case.objects.get(pk=case.id)
    assert found.state == "disposing"
    assert Grant.objects.get(case_id=case.id).state == "ended"
    assert found.steps.get(name="expire").organisation == SYSTEM.organisation
    assert services.tick() == 0


def test_one_case_that_goes_wrong_does_not_stop_the_clock_for_others(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = in_use(world), in_use(world)
    Grant.objects.update(valid_from=today(-9), valid_until=today(-1))
    end_grant = registry.EFFECTS["end_grant"]

    def refused_for_the_first(ctx: registry.EffectContext) -> object:
        if ctx.case.id == first.id:
            raise Conflict("grant_moved", Sentence(en="It has moved.", zh="已变化。"))
        return end_grant(ctx)

    monkeypatch.setitem(registry.EFFECTS, "end_grant", refused_for_the_first)
    assert services.tick() == 1
    assert Case.objects.get(pk=first.id).state == "active"
    assert Case.objects.get(pk=second.id).state == "disposing"


def test_due_dates_count_working_days(world: World) -> None:
    """Order 809 art. 21 and 22: 1 working day to answer, 20 to deliver."""
    case = asked(world, at=moment("2026-09-30"))
    assert str(case.due_at) == "2026-10-08"  # over the National Day week
    services.do(
        case_id=case.id, step="consent", by=world.agency_head, form={}, at=moment("2026-10-08")
    )
    case = Case.objects.get(pk=case.id)
    assert str(case.due_at) == "2026-11-04"  # 10 October, a Saturday, is one of the 20
    assert not case.due_provisional


def test_conditional_sharing_has_ten_days_and_ten_more_where_the_authority_consents(
    world: World,
) -> None:
    case = asked(world, at=moment("2026-11-23"), dataset=PERSONS)
    assert str(case.due_at) == "2026-12-07"
    with pytest.raises(RuleRefused):
        services.do(case_id=case.id, step="extend", by=world.bureau, note="unasked")
    at = moment("2026-11-25")
    services.do(case_id=case.id, step="ask_extension", by=world.agency, note="much to do", at=at)
    assert str(Case.objects.get(pk=case.id).due_at) == "2026-12-07"
    services.do(case_id=case.id, step="extend", by=world.bureau, note="agreed", at=at)
    case = Case.objects.get(pk=case.id)
    assert str(case.due_at) == "2026-12-21"
    entry = ledger.entry(case.steps.get(name="extend").entry_id)
    assert entry.facts["due"] == "2026-12-21"


def test_a_due_date_past_the_calendar_is_provisional(world: World) -> None:
    case = asked(world, at=moment("2026-12-25"), dataset=PERSONS)
    assert case.due_provisional


def test_the_day_of_rectifying_is_the_due_date(world: World) -> None:
    case = in_use(world)
    services.do(
        case_id=case.id,
        step="suspend",
        by=world.agency,
        form={"rectify_by": today(9)},
        note="over-use",
    )
    assert str(Case.objects.get(pk=case.id).due_at) == today(9)


def test_registration_is_due_twenty_working_days_after_the_resources_are_provided(
    world: World,
) -> None:
    grant = world.operate()
    case = Case.objects.get(pk=grant.case_id)
    assert case.due_at is not None
    first = case.due_at
    world.step(case.id, "suspend", world.agency, note="a breach")
    world.step(case.id, "resume", world.agency)
    assert Case.objects.get(pk=case.id).due_at == first
    registered(world, dataset=PERSONS)
    code = registered(world, dataset=CLINICS).code
    world.step(case.id, "register_resources", world.agency, {"code": code})
    assert Case.objects.get(pk=case.id).due_at == first
    people = {"by": world.operator, "head": world.operator_head}
    product = registered(world, what="product", grant=grant.id, dataset=PERSONS, **people)
    world.step(case.id, "register_products", world.operator, {"code": product.code})
    assert Case.objects.get(pk=case.id).due_at is None
    assert case.steps.filter(name="register_resources").exists()
    assert selectors.overdue().count() == 0
