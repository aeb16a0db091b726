"""A body that is too large, breaks off or is no form is the sender's mistake, never a 5xx."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client

from gongshu.accounts.models import Person
from gongshu.accounts.services import issue_token
from gongshu.catalog.services import create_draft
from gongshu.jobs.models import Job
from gongshu.rules.agents import Agent
from gongshu.wsgi import WholeBody, application

pytestmark = pytest.mark.django_db


def ask(path: str, body: bytes, announced: int | None, token: str, kind: str) -> tuple[int, Any]:
    """One request straight to the WSGI application, as a server hands it on."""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": path.partition("?")[0],
        "QUERY_STRING": path.partition("?")[2],
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "CONTENT_TYPE": kind,
        "HTTP_AUTHORIZATION": f"Bearer {token}",
        "HTTP_ACCEPT_LANGUAGE": "en",
    }
    if announced is not None:
        environ["CONTENT_LENGTH"] = str(announced)
    seen: list[str] = []
    for signal in (request_started, request_finished):  # as Django's own test client does
        signal.disconnect(close_old_connections)
    try:
        content = b"".join(application(environ, lambda status, headers, *_: seen.append(status)))
    finally:
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)
    return int(seen[0].split()[0]), json.loads(content)


@pytest.fixture
def token(instance: Path, agency: Agent) -> str:
    create_draft(code="geo.cities", provider=agency.organisation, by=agency)
    person = Person.objects.get(username=agency.person)
    return issue_token(person=person, scopes=["ingest"], days=1, by=agency)[1]


FORM = (
    b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
    + b"city,people\n"
    + b"Hangzhou,12000000\n" * 500
)


@pytest.mark.parametrize(
    ("body", "kind"),
    [(b"city\nHangzhou\nNing", "text/csv"), (FORM, "multipart/form-data; boundary=x")],
)
def test_half_a_file_is_never_taken_for_a_whole_one(
    instance: Path, token: str, body: bytes, kind: str
) -> None:
    path = "/api/datasets/geo.cities/versions"
    status, found = ask(path, body, len(body) + 1000, token, kind)
    assert (status, found["code"]) == (400, "unreadable")
    assert not Job.objects.exists()
    assert list((instance / "uploads").iterdir()) == []


def test_a_body_of_unknown_length_is_asked_for_its_length(token: str) -> None:
    path = "/api/datasets/geo.cities/versions"
    status, found = ask(path, b"a\n1\n", None, token, "text/csv")
    assert (status, found["code"]) == (411, "length_required")
    assert "Content-Length" in found["suggestion"]
    status, found = ask(path, b"", 0, token, "text/csv")
    assert (status, found["code"]) == (422, "no_file")


def test_json_that_is_too_large_is_413(token: str) -> None:
    answer = Client(raise_request_exception=False).post(
        "/api/datasets",
        json.dumps({"code": "geo.big", "summary_en": "x" * 3_000_000}),
        "application/json",
        headers={"authorization": f"Bearer {token}"},
    )
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


@pytest.mark.parametrize("size", [1, 3, 7, 100, -1])
def test_a_whole_body_is_read_in_any_pieces(size: int) -> None:
    body = WholeBody(io.BytesIO(b"0123456789"), 10)
    found = b""
    while piece := body.read(size):
        found += piece
    assert found == b"0123456789"
    short = WholeBody(io.BytesIO(b"0123"), 10)
    with pytest.raises(OSError):
        list(iter(lambda: short.read(size), b""))


def test_lines_of_a_body_end_where_it_ends() -> None:
    body = WholeBody(io.BytesIO(b"a\nbc\nd"), 6)
    assert [body.readline() for _ in range(4)] == [b"a\n", b"bc\n", b"d", b""]
    short = WholeBody(io.BytesIO(b"a\n"), 6)
    assert short.readline() == b"a\n"
    with pytest.raises(OSError):
        short.readline()
