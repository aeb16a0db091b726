"""Pages around a case: files with and without a form, comments, handing over, the inbox, leave."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from gongshu.accounts.models import Person
from gongshu.cases import desk, services, visitors
from gongshu.cases.models import Case, CaseFile, Delegation, Upload
from gongshu.rules.agents import Agent
from tests.agents import NewAgent
from tests.cases.steps import asked, request_form
from tests.cases.test_complaint import COMPLAINT
from tests.cases.test_files import PDF
from tests.cases.test_registration import OBJECTION, in_publicity
from tests.world import World

pytestmark = pytest.mark.django_db


def logged_in(agent: Agent) -> Client:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(Person.objects.get(username=agent.person))
    return client


def pdf(name: str = "basis.pdf", content: bytes = PDF) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="application/pdf")


def test_a_form_takes_files_and_the_case_shows_and_gives_them(world: World) -> None:
    client = logged_in(world.second_agency)
    form = client.get("/case/new/sharing_request").content.decode()
    assert re.search(r'name="basis_files" type="file" multiple accept="\.pdf', form)
    sent = client.post(
        "/case/new/sharing_request", {**request_form(), "basis_files": [pdf("法规.pdf")]}
    )
    case = Case.objects.get(pk=sent["Location"].rpartition("/")[2])
    row = case.files.get()
    assert case.payload["basis_files"] == [row.digest]
    page = client.get(f"/case/{case.id}").content.decode()
    assert page.count("法规.pdf") == 2  # in the contents, and among the files
    assert row.digest in page
    got = client.get(f"/case/{case.id}/file/{row.digest}")
    assert b"".join(got.streaming_content) == PDF  # type: ignore[arg-type]
    assert got["Content-Disposition"].startswith("attachment")
    assert "sandbox" in got["Content-Security-Policy"]
    stranger = logged_in(world.enterprise)
    assert stranger.get(f"/case/{case.id}/file/{row.digest}").status_code == 404
    assert Client().get(f"/case/{case.id}/file/{row.digest}").status_code == 302


def test_a_file_need_not_be_sent_again_because_another_field_was_wrong(world: World) -> None:
    client = logged_in(world.second_agency)
    wrong = {**request_form(legal_basis=""), "basis_files": [pdf()]}
    again = client.post("/case/new/sharing_request", wrong)
    assert again.status_code == 422
    digest = Upload.objects.get().digest
    page = again.content.decode()
    assert f'name="basis_files.digest" value="{digest}" checked' in page
    assert "basis.pdf" in page
    right = {**request_form(), "basis_files.digest": [digest]}
    assert client.post("/case/new/sharing_request", right).status_code == 302
    assert CaseFile.objects.get().digest == digest


def test_a_wrong_file_is_refused_in_words_at_its_field(world: World) -> None:
    client = logged_in(world.second_agency)
    sent = {**request_form(), "basis_files": [pdf("basis.pdf", b"MZ")]}
    page = client.post("/case/new/sharing_request", sent)
    assert page.status_code == 422
    assert "what it holds is none" in page.content.decode()
    assert re.search(r'class="field wrong">\s*<label for="f-basis_files"', page.content.decode())
    assert not Case.objects.filter(kind="sharing_request").exists()


def test_files_and_comments_are_added_on_the_page_of_the_case(world: World) -> None:
    case = asked(world)
    client = logged_in(world.agency)
    sent = client.post(f"/case/{case.id}/files", {"file": [pdf("a.pdf"), pdf("b.pdf", PDF + b"2")]})
    assert sent["Location"] == f"/case/{case.id}#files"
    assert case.files.count() == 2
    none = client.post(f"/case/{case.id}/files", {})
    assert (none.status_code, "There is no file" in none.content.decode()) == (422, True)
    client.post(f"/case/{case.id}/comments", {"text": "<b>Which</b> districts?"})
    client.post(f"/case/{case.id}/comments", {"text": "Ask legal", "internal": "true"})
    other = logged_in(world.second_agency).get(f"/case/{case.id}").content.decode()
    assert "&lt;b&gt;Which&lt;/b&gt; districts?" in other
    assert "Ask legal" not in other
    assert "a.pdf" in other
    empty = client.post(f"/case/{case.id}/comments", {"text": " "})
    assert empty.status_code == 422


def test_who_names_whom_sees_the_name_and_others_the_organisation(
    world: World, new_agent: NewAgent
) -> None:
    case = asked(world)
    new_agent("agency", username="agency-two")
    client = logged_in(world.agency)
    done = client.post(f"/case/{case.id}/assignee", {"to": "agency-two", "expected": ""})
    assert done.status_code == 302
    assert "agency-two" in client.get(f"/case/{case.id}").content.decode()
    assert (
        "agency-two" not in logged_in(world.second_agency).get(f"/case/{case.id}").content.decode()
    )
    late = client.post(f"/case/{case.id}/assignee", {"to": "agency-head", "expected": ""})
    assert (late.status_code, "just handed this case over" in late.content.decode()) == (422, True)


def test_whoever_follows_a_case_attaches_and_comments_without_an_account(world: World) -> None:
    from gongshu.rules.agents import ANONYMOUS

    case = services.open_case(kind="public_complaint", payload=COMPLAINT, by=ANONYMOUS)
    client = Client(headers={"Accept-Language": "en"})
    assert client.post(f"/follow/{case.id}/files", {"file": pdf()}).status_code == 302
    assert not case.files.exists()
    client.post("/follow", {"case": case.id, "code": visitors.code_of(case.id)})
    client.post(f"/follow/{case.id}/files", {"file": pdf("photo.pdf")})
    client.post(f"/follow/{case.id}/comments", {"text": "It happened twice"})
    page = client.get(f"/follow/{case.id}").content.decode()
    assert "photo.pdf" in page
    assert "It happened twice" in page
    digest = case.files.get().digest
    assert client.get(f"/follow/{case.id}/file/{digest}").status_code == 200
    assert Client().get(f"/follow/{case.id}/file/{digest}").status_code == 302
    form = Client().get("/case/new/public_complaint").content.decode()
    assert 'type="file"' not in form


def test_an_objection_by_name_takes_evidence_from_whoever_has_an_account(world: World) -> None:
    case = in_publicity(world)
    client = logged_in(world.enterprise)
    assert 'name="evidence_files"' in client.get(f"/registrations/{case.id}").content.decode()
    assert 'name="evidence_files"' not in Client().get(f"/registrations/{case.id}").content.decode()
    sent = client.post(f"/registrations/{case.id}", {**OBJECTION, "evidence_files": pdf()})
    assert sent.status_code == 302
    assert case.files.get().step == "object"


def test_the_inbox_is_narrowed_and_several_cases_are_worked_on(world: World) -> None:
    cases = [
        services.open_case(
            kind="sharing_request", payload=request_form(), by=world.second_agency
        ).id
        for _ in range(3)
    ]
    head = world.second_agency_head
    client = logged_in(head)
    desk.hand_over(case_id=cases[0], to=head.person, by=world.second_agency)
    page = client.get("/inbox").content.decode()
    assert "Choose a procedure to take one step" in page
    assert 'action="/inbox/steps"' not in page
    mine = client.get("/inbox?whose=mine").content.decode()
    first = mine.partition("All cases that concern you")[0]
    assert [case in first for case in cases] == [True, False, False]
    assert client.get("/inbox?due=sometime").status_code == 422
    page = client.get("/inbox?kind=sharing_request").content.decode()
    assert page.count('type="checkbox" name="case"') == 3
    assert '<option value="submit">' in page
    assert '<option value="submit">' not in (
        logged_in(world.second_agency).get("/inbox?kind=sharing_request").content.decode()
    )
    services.do(case_id=cases[1], step="submit", by=head)
    done = client.post(
        "/inbox/steps", {"kind": "sharing_request", "case": cases, "step": "submit", "_once": "k"}
    ).content.decode()
    assert "Done: 2 of 3." in done
    assert done.count("not done") == 1
    assert client.post("/inbox/steps", {"step": "submit"}).status_code == 422


def test_a_head_lends_their_rank_on_the_account_page_and_the_clerk_acts_for_them(
    world: World, new_agent: NewAgent
) -> None:
    deputy = new_agent("agency", username="deputy")
    case = asked(world)
    head, clerk = logged_in(world.agency_head), logged_in(deputy)
    assert "Delegations are given by heads" in clerk.get("/account").content.decode()
    today = timezone.localdate()
    form: dict[str, Any] = {
        "to": "deputy",
        "since": today.isoformat(),
        "until": (today + timedelta(days=7)).isoformat(),
    }
    none = head.post("/account/delegations", form)
    assert (none.status_code, "Name the procedures" in none.content.decode()) == (422, True)
    wrong = head.post(
        "/account/delegations", {**form, "procedures": "sharing_request", "since": "x"}
    )
    assert wrong.status_code == 422
    assert (
        head.post("/account/delegations", {**form, "procedures": ["sharing_request"]})["Location"]
        == "/account"
    )
    page = clerk.get(f"/case/{case.id}").content.decode()
    assert "for agency-head" in page
    assert 'name="_for" value="agency-head"' in page
    clerk.post(f"/case/{case.id}/consent", {"_for": "agency-head", "_state": "received"})
    taken = case.steps.get(name="consent")
    assert (taken.person, taken.on_behalf_of) == ("deputy", "agency-head")
    shown = head.get(f"/case/{case.id}").content.decode()
    assert "deputy" in shown
    assert "deputy" not in logged_in(world.second_agency).get(f"/case/{case.id}").content.decode()
    number = Delegation.objects.get().pk
    head.post(f"/account/delegations/{number}/end")
    assert Delegation.objects.get().ended is not None
