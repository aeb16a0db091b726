"""Organisations, people, tokens and logins: who may make them, and what each may do."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client, RequestFactory
from django.utils import timezone
from tests.agents import PASSWORD

from gongshu.accounts import agents, selectors, services, throttle
from gongshu.accounts.models import ApiToken, FailedLogin, Organisation, Person
from gongshu.ledger import selectors as ledger
from gongshu.rules.agents import ANONYMOUS, Agent, Kind
from gongshu.rules.problems import BadInput, Conflict, Forbidden

pytestmark = pytest.mark.django_db


def token_of(agent: Agent, *scopes: str, days: int = 1) -> tuple[ApiToken, str]:
    person = selectors.person(agent.person)
    return services.issue_token(person=person, scopes=scopes or ("read",), days=days, by=agent)


def test_an_agent_has_the_offices_of_its_organisation_and_nothing_else(
    bureau: Agent, agency_head: Agent
) -> None:
    assert bureau.is_a(Kind.BUREAU)
    assert not bureau.is_a(Kind.AGENCY)
    assert (agency_head.rank, agency_head.kinds) == ("head", frozenset({"agency"}))
    assert not agency_head.administrator


def test_only_an_administrator_registers_organisations(
    agency_head: Agent, administrator: Agent
) -> None:
    wanted = {"code": "91110000600037341L", "name_zh": "某公司", "kinds": ["operator"]}
    with pytest.raises(Forbidden):
        services.create_organisation(**wanted, by=agency_head)
    made = services.create_organisation(**wanted, by=administrator)
    assert ledger.entries(events=["organisation.registered"]).last().subject_id == made.code
    with pytest.raises(Conflict):
        services.create_organisation(**wanted, by=administrator)


def test_a_mistyped_code_is_refused_in_one_sentence(administrator: Agent) -> None:
    with pytest.raises(BadInput) as refused:
        services.create_organisation(code="91110000600037341M", name_zh="某公司", by=administrator)
    assert refused.value.field == "code"
    assert Organisation.objects.count() == 0


def test_no_natural_person_stands_in_the_ledger_in_clear(agency: Agent) -> None:
    entry = ledger.entries(events=["person.registered"]).last()
    assert agency.person not in entry.body
    assert set(entry.content["commitments"]) == {"username", "name"}


def test_a_weak_password_is_refused_in_both_languages(administrator: Agent, agency: Agent) -> None:
    with pytest.raises(BadInput) as refused:
        services.create_person(
            username="wang", password="12345", organisation=agency.organisation, by=administrator
        )
    sentence = refused.value.sentence
    assert "at least 10" in sentence.en
    assert "10" in sentence.zh
    assert sentence.zh != sentence.en


def test_a_person_without_an_organisation_cannot_exist_even_in_the_database() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Person.objects.create(username="nobody")


def test_the_token_is_kept_as_a_digest_only(agency: Agent) -> None:
    token, text = token_of(agency)
    row = ApiToken.objects.get(pk=token.pk)
    assert text not in str(vars(row))
    assert agents.agent_of_token(text).person == agency.person


def test_a_token_narrows_and_never_widens(agency: Agent) -> None:
    _, text = token_of(agency, "read", "query")
    narrowed = agents.agent_of_token(text)
    assert narrowed.may_use("query")
    assert not narrowed.may_use("ingest")
    assert narrowed.kinds == agency.kinds


def test_an_administrators_read_token_registers_nobody(administrator: Agent) -> None:
    _, text = token_of(administrator, "read")
    with pytest.raises(Forbidden):
        services.create_organisation(code="120001", name_zh="某局", by=agents.agent_of_token(text))


def test_a_token_cannot_issue_another_token(agency: Agent) -> None:
    _, text = token_of(agency, "admin")
    with pytest.raises(Forbidden):
        token_of(agents.agent_of_token(text), "read")


def test_nobody_issues_a_token_for_somebody_else(agency: Agent, second_agency: Agent) -> None:
    with pytest.raises(Forbidden):
        services.issue_token(
            person=selectors.person(second_agency.person), scopes=["read"], days=1, by=agency
        )


def test_a_revoked_an_expired_and_an_invented_token_read_alike(agency: Agent) -> None:
    revoked, first = token_of(agency)
    services.revoke_token(token=revoked, by=agency)
    expired, second = token_of(agency)
    ApiToken.objects.filter(pk=expired.pk).update(expires=timezone.now() - timedelta(seconds=1))
    sentences = set()
    for text in (first, second, "gs_invented"):
        with pytest.raises(agents.Unauthenticated) as refused:
            agents.agent_of_token(text)
        sentences.add((refused.value.code, str(refused.value.sentence)))
    assert len(sentences) == 1


def test_a_token_of_someone_who_left_works_no_more(agency: Agent, administrator: Agent) -> None:
    _, text = token_of(agency)
    services.deactivate_person(person=selectors.person(agency.person), by=administrator)
    with pytest.raises(agents.Unauthenticated):
        agents.agent_of_token(text)


def test_a_bad_token_is_an_error_and_not_an_anonymous_visitor(agency: Agent) -> None:
    request = RequestFactory().get("/", headers={"Authorization": "Bearer gs_wrong"})
    with pytest.raises(agents.Unauthenticated):
        agents.agent_of_request(request)
    assert agents.agent_of_request(RequestFactory().get("/")) == ANONYMOUS


def test_the_sixth_guess_is_not_even_looked_at(agency: Agent) -> None:
    for _ in range(throttle.PER_NAME_AND_ADDRESS):
        with pytest.raises(agents.Unauthenticated) as refused:
            services.authenticate(username=agency.person, password="wrong", address="10.0.0.1")
        assert refused.value.code == "wrong_password"
    with pytest.raises(agents.Unauthenticated) as refused:
        services.authenticate(username=agency.person, password=PASSWORD, address="10.0.0.1")
    assert refused.value.code == "too_many_attempts"
    # Somebody else's guesses do not lock the person out at their own desk.
    assert services.authenticate(username=agency.person, password=PASSWORD, address="10.0.0.2")


def test_the_door_opens_again_after_a_quarter_of_an_hour(agency: Agent) -> None:
    for _ in range(throttle.PER_NAME_AND_ADDRESS):
        throttle.note_failure(agency.person, "10.0.0.1")
    assert throttle.is_shut(agency.person, "10.0.0.1")
    FailedLogin.objects.update(at=timezone.now() - throttle.WINDOW)
    assert not throttle.is_shut(agency.person, "10.0.0.1")


def test_djangos_own_login_passes_the_same_throttle(agency: Agent) -> None:
    for _ in range(throttle.PER_NAME_AND_ADDRESS):
        throttle.note_failure(agency.person, "127.0.0.1")
    assert not Client().login(username=agency.person, password=PASSWORD, address="127.0.0.1")


def test_a_session_ends_when_its_person_leaves(agency: Agent, administrator: Agent) -> None:
    client = Client()
    assert client.login(username=agency.person, password=PASSWORD)
    services.deactivate_person(person=selectors.person(agency.person), by=administrator)
    assert services.Person.objects.get(username=agency.person).is_active is False
    request = RequestFactory().get("/")
    request.session = client.session
    from django.contrib.auth import get_user

    request.user = get_user(request)
    assert agents.agent_of_request(request) == ANONYMOUS


def test_the_shell_acts_as_the_administrator_or_as_whom_it_says(
    administrator: Agent, agency: Agent
) -> None:
    assert agents.shell_agent() == administrator
    assert agents.shell_agent(agency.person) == agency
    with pytest.raises(agents.Unauthenticated):
        agents.shell_agent("nobody")


def test_an_act_that_fails_leaves_neither_row_nor_entry(administrator: Agent) -> None:
    before = ledger.entries().count()
    with pytest.raises(BadInput):
        services.create_organisation(
            code="120001", name_zh="某局", kinds=["emperor"], by=administrator
        )
    assert not Organisation.objects.filter(code="120001").exists()
    assert ledger.entries().count() == before
