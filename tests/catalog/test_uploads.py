"""Uploads in pieces, as tus 1.0.0 says: what is acknowledged stays, and nobody else comes near."""

from __future__ import annotations

import base64
import fcntl
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from tests.agents import NewAgent
from tests.catalog.conftest import SCHOOLS, Ingest

from gongshu.accounts.models import Person
from gongshu.accounts.services import issue_token
from gongshu.catalog import selectors, uploads
from gongshu.catalog.ingest import upload_folder
from gongshu.catalog.jobs import sweep_uploads
from gongshu.catalog.models import Upload
from gongshu.jobs import worker
from gongshu.rules.agents import SYSTEM, Agent

pytestmark = pytest.mark.django_db(transaction=True)
CODE = "education.schools"
FILE = (SCHOOLS + "第四小学,西城,99\n").encode()
TUS = {"Tus-Resumable": "1.0.0", "Accept-Language": "en"}


def token(agent: Agent, *scopes: str) -> dict[str, str]:
    person = Person.objects.get(username=agent.person)
    _, text = issue_token(person=person, scopes=list(scopes), days=1, by=agent)
    return TUS | {"Authorization": f"Bearer {text}"}


@pytest.fixture
def headers(ingest: Ingest, agency: Agent) -> dict[str, str]:
    ingest(CODE)
    return token(agency, "read", "ingest")


def metadata(**said: str) -> str:
    return ",".join(f"{k} {base64.b64encode(v.encode()).decode()}" for k, v in said.items())


def begin(client: Client, headers: dict[str, str], **more: Any) -> Any:
    said = {"Upload-Length": str(len(FILE)), "Upload-Metadata": metadata(dataset=CODE)} | more
    return client.post("/api/uploads", headers=headers | said)


def piece(
    client: Client, headers: dict[str, str], address: str, offset: int, content: bytes, **more: Any
) -> Any:
    return client.patch(
        address,
        content,
        content_type=more.pop("content_type", "application/offset+octet-stream"),
        headers=headers | {"Upload-Offset": str(offset)} | more,
    )


def test_a_file_in_pieces_becomes_a_version(client: Client, headers: dict[str, str]) -> None:
    made = begin(client, headers, **{"Upload-Metadata": metadata(dataset=CODE, filename="新.csv")})
    assert (made.status_code, made["Tus-Resumable"]) == (201, "1.0.0")
    address = made["Location"]
    for start in range(0, len(FILE), 50):
        answer = piece(client, headers, address, start, FILE[start : start + 50])
        assert answer.status_code == 204
        assert int(answer["Upload-Offset"]) == min(start + 50, len(FILE))
    started = client.post(
        f"/api/datasets/{CODE}/versions?upload={address.rsplit('/', 1)[1]}", headers=headers
    )
    assert started.status_code == 202
    worker.work(once=True)
    job = client.get(started["Location"], headers=headers).json()
    assert job["result"] == {"dataset": CODE, "version": 2, "fresh": True}
    newest = selectors.latest(selectors.get(CODE, SYSTEM))
    assert newest is not None
    assert (newest.rows, newest.source_name) == (4, "新.csv")
    sweep_uploads()
    assert list(upload_folder().iterdir()) == []


def test_to_start_twice_is_one_job(client: Client, headers: dict[str, str]) -> None:
    address = begin(client, headers)["Location"]
    piece(client, headers, address, 0, FILE)
    start = f"/api/datasets/{CODE}/versions?upload={address.rsplit('/', 1)[1]}"
    jobs = {client.post(start, headers=headers).json()["job"] for _ in range(3)}
    assert len(jobs) == 1


def test_what_is_not_whole_is_not_ingested(client: Client, headers: dict[str, str]) -> None:
    address = begin(client, headers)["Location"]
    piece(client, headers, address, 0, FILE[:10])
    start = f"/api/datasets/{CODE}/versions?upload={address.rsplit('/', 1)[1]}"
    refused = client.post(start, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (409, "upload_unfinished")
    other = start.replace(CODE, "education.other")
    assert client.post(other, headers=headers).status_code == 404


def test_one_goes_on_where_the_server_says(client: Client, headers: dict[str, str]) -> None:
    address = begin(client, headers)["Location"]
    piece(client, headers, address, 0, FILE[:40])
    for wrong in (0, 39, 41, 10**12):
        refused = piece(client, headers, address, wrong, b"x")
        assert (refused.status_code, refused.json()["code"]) == (409, "upload_offset")
    looked = client.head(address, headers=headers)
    assert looked.status_code == 200
    assert (looked["Upload-Offset"], looked["Upload-Length"]) == ("40", str(len(FILE)))
    assert looked["Cache-Control"] == "no-store"
    assert "GMT" in looked["Upload-Expires"]


def test_what_came_before_the_line_broke_is_kept(ingest: Ingest, agency: Agent) -> None:
    ingest(CODE)
    upload = uploads.create(code=CODE, length=len(FILE), by=agency)

    def breaking() -> Iterator[bytes]:
        yield FILE[:30]
        raise OSError("the request ended before its announced length")

    with pytest.raises(OSError, match="ended"):
        uploads.append(upload, offset=0, pieces=breaking())
    assert uploads.find(upload.id, agency).received == 30
    uploads.append(upload, offset=30, pieces=[FILE[30:]])
    assert (upload_folder() / upload.id).read_bytes() == FILE


def test_what_was_written_but_not_acknowledged_is_written_anew(
    ingest: Ingest, agency: Agent
) -> None:
    ingest(CODE)
    upload = uploads.create(code=CODE, length=len(FILE), by=agency)
    uploads.append(upload, offset=0, pieces=[FILE[:20]])
    with (upload_folder() / upload.id).open("ab") as file:  # a process died right after
        file.write(b"half a piece that the row knows nothing of" * 9)
    uploads.append(upload, offset=20, pieces=[FILE[20:]])
    assert (upload_folder() / upload.id).read_bytes() == FILE


def test_two_requests_do_not_write_at_once(client: Client, headers: dict[str, str]) -> None:
    address = begin(client, headers)["Location"]
    with (upload_folder() / address.rsplit("/", 1)[1]).open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert piece(client, headers, address, 0, FILE).status_code == 423
    assert piece(client, headers, address, 0, FILE).status_code == 204


def test_no_more_than_was_announced(client: Client, headers: dict[str, str]) -> None:
    address = begin(client, headers)["Location"]
    refused = piece(client, headers, address, 0, FILE + b"more")
    assert (refused.status_code, refused.json()["code"]) == (413, "too_large")


def test_a_file_larger_than_one_may_upload_is_refused_before_it_comes(
    client: Client, headers: dict[str, str], settings: Any
) -> None:
    settings.UPLOAD_LIMIT = 100
    refused = begin(client, headers, **{"Upload-Length": "101"})
    assert refused.status_code == 413
    told = client.options("/api/uploads")
    assert (told.status_code, told["Tus-Max-Size"], told["Tus-Version"]) == (204, "100", "1.0.0")
    assert told["Tus-Extension"] == "creation,expiration,termination"


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"Upload-Length": "-1"}, 422),
        ({"Upload-Length": "many"}, 422),
        ({"Upload-Length": "0"}, 422),
        ({"Upload-Length": "9" * 40}, 422),
        ({"Upload-Metadata": "dataset !!!"}, 422),
        ({"Upload-Metadata": ""}, 404),
        ({"Upload-Metadata": metadata(dataset="education.none")}, 404),
        ({"Tus-Resumable": "0.2.2"}, 412),
    ],
)
def test_bad_input_is_one_sentence(
    client: Client, headers: dict[str, str], more: dict[str, str], status: int
) -> None:
    refused = begin(client, headers, **more)
    assert refused.status_code == status
    assert refused.json()["detail"]
    assert refused["Tus-Version"] == "1.0.0"


def test_a_piece_of_another_type_is_refused(client: Client, headers: dict[str, str]) -> None:
    address = begin(client, headers)["Location"]
    refused = piece(client, headers, address, 0, FILE, content_type="text/csv")
    assert refused.status_code == 415


def test_an_upload_is_its_senders_alone(
    client: Client, headers: dict[str, str], new_agent: NewAgent, agency: Agent
) -> None:
    address = begin(client, headers)["Location"]
    others = token(new_agent("second_agency"), "read", "ingest")
    assert begin(client, others).status_code == 404  # a draft: not theirs to know of
    assert client.head(address, headers=others).status_code == 404
    assert piece(client, others, address, 0, FILE).status_code == 404
    assert client.delete(address, headers=others).status_code == 404
    assert client.get("/api/uploads", headers=others).json() == []
    reader = token(agency, "read")
    assert begin(client, reader).status_code == 403
    assert piece(client, reader, address, 0, FILE).status_code == 403
    assert client.post("/api/uploads", headers=TUS).status_code == 401
    assert Upload.objects.get().received == 0


def test_who_lost_the_dataset_sends_no_more(
    client: Client, headers: dict[str, str], second_agency: Agent
) -> None:
    from gongshu.accounts.models import Organisation

    address = begin(client, headers)["Location"]
    upload = Upload.objects.get()
    upload.dataset.provider = Organisation.objects.get(code=second_agency.organisation)
    upload.dataset.save()
    assert piece(client, headers, address, 0, FILE).status_code == 403


def test_unfinished_ones_are_found_by_their_fingerprint(
    client: Client, headers: dict[str, str]
) -> None:
    said = metadata(dataset=CODE, filename="a.csv", fingerprint="sha256:1")
    address = begin(client, headers, **{"Upload-Metadata": said})["Location"]
    piece(client, headers, address, 0, FILE[:7])
    (found,) = client.get(f"/api/uploads?dataset={CODE}", headers=headers).json()
    assert (found["fingerprint"], found["offset"], found["name"]) == ("sha256:1", 7, "a.csv")


def test_a_discarded_one_is_gone(client: Client, headers: dict[str, str]) -> None:
    address = begin(client, headers)["Location"]
    assert client.delete(address, headers=headers).status_code == 204
    assert client.head(address, headers=headers).status_code == 404
    assert list(upload_folder().iterdir()) == []


def test_what_nobody_goes_on_with_is_swept_after_a_day(
    client: Client, headers: dict[str, str]
) -> None:
    old, young = (begin(client, headers)["Location"].rsplit("/", 1)[1] for _ in range(2))
    Upload.objects.filter(pk=old).update(expires=timezone.now() - timedelta(seconds=1))
    assert client.head(f"/api/uploads/{old}", headers=headers).status_code == 404
    sweep_uploads()
    assert [path.name for path in upload_folder().iterdir()] == [young]
    assert Upload.objects.get().pk == young


def test_methods_that_a_network_forbids_go_by_post(client: Client, headers: dict[str, str]) -> None:
    address = begin(client, headers)["Location"]
    answer = client.post(
        address,
        FILE,
        content_type="application/offset+octet-stream",
        headers=headers | {"Upload-Offset": "0", "X-HTTP-Method-Override": "PATCH"},
    )
    assert (answer.status_code, answer["Upload-Offset"]) == (204, str(len(FILE)))


def test_one_person_has_so_many_unfinished_at_most(
    client: Client, headers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "MOST_OPEN", 1)
    begin(client, headers)
    assert begin(client, headers).status_code == 429


def test_a_browser_needs_its_form_token(ingest: Ingest, agency: Agent) -> None:
    ingest(CODE)
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(Person.objects.get(username=agency.person))
    assert begin(strict, TUS).status_code == 403
    strict.get(f"/dataset/{CODE}/edit")
    own = TUS | {"X-CSRFToken": strict.cookies["csrftoken"].value}
    made = begin(strict, own)
    assert made.status_code == 201
    assert piece(strict, own, made["Location"], 0, FILE).status_code == 204


def test_the_folder_of_uploads_is_nobody_elses(client: Client, headers: dict[str, str]) -> None:
    name = begin(client, headers)["Location"].rsplit("/", 1)[1]
    assert Path(upload_folder() / name).stat().st_mode & 0o077 == 0
