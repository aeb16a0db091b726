"""What a provider does over HTTP with its own data; whatever is refused leaves nothing behind."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from tests.agents import NewAgent
from tests.catalog.conftest import Ingest, Publish

from gongshu.accounts.models import Person
from gongshu.accounts.services import issue_token
from gongshu.catalog import selectors
from gongshu.catalog.ingest import upload_folder
from gongshu.catalog.models import Dataset, KeyedRequest, OwnerTerms, Reading
from gongshu.cli.demo.files import CITIES, write_cities
from gongshu.jobs import worker
from gongshu.jobs.models import Job
from gongshu.ledger.models import Entry
from gongshu.rules.agents import Agent

pytestmark = pytest.mark.django_db
ALL = ("read", "ingest")
VERSIONS = "/api/datasets/geo.cities/versions"


class Caller:
    """A program with a token of one person."""

    def __init__(self, agent: Agent, *scopes: str) -> None:
        person = Person.objects.get(username=agent.person)
        _, self.token = issue_token(person=person, scopes=scopes or ALL, days=1, by=agent)

    def send(
        self, method: str, path: str, body: Any = b"", kind: str = "application/json", **more: str
    ) -> Any:
        data = body if isinstance(body, bytes | str) else json.dumps(body)
        return Client(raise_request_exception=False).generic(
            method,
            path,
            data=data,
            content_type=kind,
            headers={
                "authorization": f"Bearer {self.token}",
                "accept-language": more.pop("language", "en"),
                **{name.replace("_", "-"): value for name, value in more.items()},
            },
        )

    def refused(self, method: str, path: str, body: Any = b"", **more: str) -> tuple[int, str, str]:
        """Status, code and sentence; nothing was written, in the ledger or elsewhere."""
        before = written()
        answer = self.send(method, path, body, **more)
        assert answer["Content-Type"] == "application/problem+json", answer.content
        found = answer.json()
        assert written() == before
        assert found["detail"].count("\n") == 0
        return answer.status_code, found["code"], found["detail"]


def written() -> tuple[Any, ...]:
    files = sorted(p.name for p in upload_folder().iterdir()) if upload_folder().exists() else []
    datasets = list(Dataset.objects.order_by("code").values())
    counts = [model.objects.count() for model in (Entry, Job, KeyedRequest, OwnerTerms)]
    return datasets, counts, files


@pytest.fixture
def caller(instance: Path, agency: Agent) -> Caller:
    return Caller(agency)


@pytest.fixture
def cities(caller: Caller) -> str:
    made = caller.send("POST", "/api/datasets", {"code": "geo.cities", "title_zh": "城市"})
    assert made.status_code == 201, made.content
    return "geo.cities"


@pytest.fixture
def file(tmp_path: Path) -> bytes:
    """Real cities of China, in UTF-16 as a spreadsheet leaves them."""
    folder = tmp_path / "source"
    folder.mkdir()
    write_cities(folder)
    return (folder / CITIES).read_bytes()


def form(content: bytes, name: str = "cities.txt", part: str = "file") -> tuple[bytes, str]:
    head = f'--x\r\nContent-Disposition: form-data; name="{part}"; filename="{name}"\r\n\r\n'
    return head.encode() + content + b"\r\n--x--\r\n", "multipart/form-data; boundary=x"


# A draft


def test_a_draft_is_made_once_per_key(caller: Caller, second_agency: Agent) -> None:
    said = {"code": "geo.cities", "title_zh": "城市", "update_cycle": "yearly"}
    made = [caller.send("POST", "/api/datasets", said, idempotency_key="k1") for _ in range(2)]
    assert [answer.status_code for answer in made] == [201, 201]
    assert made[0]["Location"] == "/api/datasets/geo.cities"
    assert made[1].json()["state"] == "draft"
    assert Entry.objects.filter(event="dataset.drafted").count() == 1
    other = {**said, "code": "geo.towns"}
    assert caller.refused("POST", "/api/datasets", other, idempotency_key="k1")[:2] == (
        409,
        "key_reused",
    )
    assert caller.refused("POST", "/api/datasets", said)[:2] == (409, "dataset_exists")
    # A key is its sender's own.
    theirs = Caller(second_agency).send(
        "POST", "/api/datasets", {"code": "geo.roads"}, idempotency_key="k1"
    )
    assert theirs.json()["code"] == "geo.roads"


@pytest.mark.parametrize(
    ("said", "status", "code", "words"),
    [
        ({"code": "Cities"}, 422, "dataset_code", "“Cities” is no code of a dataset."),
        ({"code": "geo.a", "colour": "red"}, 422, "unknown_field", "no field “colour”"),
        ({"code": "geo.a", "by": "me"}, 422, "unknown_field", "no field “by”"),
        ({"code": "geo.a", "grade": "secret"}, 422, "unknown_value", "“secret” is no value"),
        ({"code": "geo.a", "title_zh": ["x"]}, 422, "invalid", "title_zh"),
        ({"code": "geo.a", "provider": "11330100MA000000X"}, 422, "not_a_provider", "no agency"),
        ({}, 422, "invalid", "code"),
        ([], 422, "invalid", "body"),
        ("{", 400, "unreadable", "cannot be read"),
    ],
)
def test_a_wrong_draft_is_one_sentence(
    caller: Caller, said: Any, status: int, code: str, words: str
) -> None:
    refused = caller.refused("POST", "/api/datasets", said)
    assert refused[:2] == (status, code)
    assert words in refused[2]


def test_nobody_drafts_for_another_organisation(caller: Caller, second_agency: Agent) -> None:
    said = {"code": "geo.a", "provider": second_agency.organisation}
    assert caller.refused("POST", "/api/datasets", said)[:2] == (403, "not_provider")


# What it says


def test_an_entry_and_its_columns_are_described_together(ingest: Ingest, caller: Caller) -> None:
    ingest("education.schools")
    said = {
        "title_en": "Schools",
        "grade": "general",
        "level": 2,
        "fields": {"学生数": {"meaning_zh": "在册学生", "level": 1}},
    }
    answer = caller.send("PATCH", "/api/datasets/education.schools", said)
    assert answer.status_code == 200, answer.content
    shown = answer.json()
    assert (shown["title_en"], shown["level"], shown["title_zh"]) == ("Schools", 2, "schools")
    [pupils] = [f for f in shown["fields"] if f["name"] == "学生数"]
    assert (pupils["meaning"], pupils["level"]) == ("在册学生", 1)
    entries = Entry.objects.filter(event="dataset.described").count()
    again = caller.send("PATCH", "/api/datasets/education.schools", said)
    assert again.status_code == 200
    assert Entry.objects.filter(event="dataset.described").count() == entries


@pytest.mark.parametrize(
    ("said", "status", "code"),
    [
        ({"title_en": "S", "fields": {"教师数": {"level": 1}}}, 422, "unknown_column"),
        ({"title_en": "S", "fields": {"学生数": {"level": 9}}}, 422, "level"),
        ({"title_en": "S", "fields": {"学生数": {"name": "x"}}}, 422, "unknown_field"),
        ({"title_en": "S", "fields": ["学生数"]}, 422, "invalid"),
        ({"title_en": "S", "sharing": "none"}, 422, "sharing_basis"),
        ({"title_en": "S", "state": "published"}, 422, "unknown_field"),
        ({"title_en": "S", "dataset": "x"}, 422, "unknown_field"),
    ],
)
def test_one_wrong_value_changes_nothing(
    ingest: Ingest, caller: Caller, said: Any, status: int, code: str
) -> None:
    ingest("education.schools")
    path = "/api/datasets/education.schools"
    assert caller.refused("PATCH", path, said)[:2] == (status, code)
    chinese = caller.refused("PATCH", path, said, language="zh-CN")[2]
    assert any("\u4e00" <= sign <= "\u9fff" for sign in chinese)


def test_a_published_entry_is_not_described_over_http_either(
    ingest: Ingest, publish: Publish, caller: Caller
) -> None:
    publish(ingest("education.schools"))
    refused = caller.refused("PATCH", "/api/datasets/education.schools", {"title_en": "S"})
    assert refused[:2] == (409, "entry_is_fixed")


# What its owner allows


def test_the_owners_terms_are_set_and_read(ingest: Ingest, caller: Caller) -> None:
    ingest("education.schools")
    path = "/api/datasets/education.schools/terms"
    assert caller.send("GET", path).json() == {"number": 0, "terms": {}}
    terms = {"columns": {"区县": {"rights": ["group", "show"]}}}
    assert caller.send("PUT", path, terms).json() == {"number": 1, "terms": terms}
    assert caller.send("PUT", path, terms).json()["number"] == 1
    assert caller.send("GET", path).json() == {"number": 1, "terms": terms}


@pytest.mark.parametrize(
    ("terms", "code", "words"),
    [
        ({"columns": {"教师数": ["show"]}}, "unknown_column", "no column “教师数”"),
        ({"columns": {"区县": ["see"]}}, "terms", "columns.区县"),
        ({"columns": {"区县": ["show"]}, "colour": 1}, "terms", "at “colour”"),
        ({"columns": {"区县": ["show"]}, "k": None}, "terms", "“k”"),
        ({}, "terms", "“columns”"),
        ([], "invalid", "body"),
    ],
)
def test_wrong_terms_are_one_sentence_that_names_the_place(
    ingest: Ingest, caller: Caller, terms: Any, code: str, words: str
) -> None:
    ingest("education.schools")
    refused = caller.refused("PUT", "/api/datasets/education.schools/terms", terms)
    assert refused[:2] == (422, code)
    assert words in refused[2]


# A file


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("as_form", [False, True])
def test_an_upload_is_followed_to_its_version(
    caller: Caller, cities: str, file: bytes, as_form: bool
) -> None:
    if as_form:
        body, kind = form(file)
        sent = caller.send("POST", VERSIONS, body, kind)
    else:
        sent = caller.send("POST", f"{VERSIONS}?name=cities.txt", file, "text/plain")
    assert sent.status_code == 202, sent.content
    link = sent.json()["link"]
    assert sent["Location"] == link
    assert caller.send("GET", link).json()["state"] == "queued"
    worker.work(once=True)
    done = caller.send("GET", link).json()
    assert (done["state"], done["percent"]) == ("done", 100)
    assert done["result"] == {"dataset": cities, "version": 1, "fresh": True}
    newest = selectors.latest(Dataset.objects.get(code=cities))
    assert newest.source_name == "cities.txt"
    assert newest.rows > 1000
    assert newest.report["encoding"] == "utf-16-le"


@pytest.mark.django_db(transaction=True)
def test_a_file_sent_twice_under_one_key_is_one_job(
    caller: Caller, cities: str, file: bytes
) -> None:
    sent = [
        caller.send("POST", VERSIONS, file, "text/plain", idempotency_key="k1").json()["job"]
        for _ in range(2)
    ]
    assert sent[0] == sent[1]
    assert Job.objects.filter(kind="ingest").count() == 1
    assert len(list(upload_folder().iterdir())) == 1
    other = caller.refused("POST", VERSIONS, file[:-2], idempotency_key="k1", kind="text/plain")
    assert other[:2] == (409, "key_reused")
    hinted = f"{VERSIONS}?encoding=gbk"
    assert caller.refused("POST", hinted, file, idempotency_key="k1")[1] == "key_reused"
    worker.work(once=True)
    after = caller.send("POST", VERSIONS, file, "text/plain", idempotency_key="k1").json()
    assert (after["job"], after["state"]) == (sent[0], "done")


@pytest.mark.django_db(transaction=True)
def test_hints_reach_the_reader(ingest: Ingest, caller: Caller) -> None:
    ingest("education.schools")
    text = "x|y|z\na|b|1\n||2\nnote|and|more\n".encode("utf-16")
    path = "/api/datasets/education.schools/versions?encoding=utf-16&delimiter=%7C&skip=4,"
    path += "&fill=x&fill=y&text=z"
    link = caller.send("POST", path, text, "text/plain").json()["link"]
    worker.work(once=True)
    assert caller.send("GET", link).json()["state"] == "done"
    assert (made := selectors.latest(Dataset.objects.get()))
    assert made.report["delimiter"] == "|"
    assert [made.rows, [reject["line"] for reject in made.report["rejects"]]] == [2, [4]]
    assert Reading.objects.get().hints == {
        "encoding": "utf-16",
        "delimiter": "|",
        "skip": [4],
        "fill": ["x", "y"],
        "text": ["z"],
    }


@pytest.mark.django_db(transaction=True)
def test_a_wrong_file_fails_in_the_readers_language(caller: Caller, cities: str) -> None:
    link = caller.send("POST", VERSIONS, b"\x89PNG\r\n\x1a\n" + bytes(99), "image/png").json()[
        "link"
    ]
    worker.work(once=True)
    english = caller.send("GET", link).json()
    chinese = caller.send("GET", link, language="zh-CN").json()
    assert (english["state"], english["result"]) == ("failed", None)
    assert english["error"]["code"] == chinese["error"]["code"]
    assert english["error"]["detail"] != chinese["error"]["detail"]
    assert not Dataset.objects.get(code=cities).versions.exists()


def test_a_file_that_is_too_large_is_refused_in_words(
    caller: Caller, cities: str, file: bytes, settings: Any
) -> None:
    settings.UPLOAD_LIMIT = 50_000
    assert len(file) > 120_000
    body, kind = form(file)
    for refused in (
        caller.refused("POST", VERSIONS, file, kind="text/plain"),
        caller.refused("POST", VERSIONS, body, kind=kind),
        caller.refused("POST", VERSIONS, *form(file[:60_000])[:1], kind=kind),
    ):
        assert refused[:2] == (413, "too_large")
        assert "larger than 50 KB" in refused[2]
    settings.UPLOAD_LIMIT = 4_000_000_000
    assert caller.send("POST", VERSIONS, file, "text/plain").status_code == 202


def test_a_request_without_a_file_is_refused(caller: Caller, cities: str) -> None:
    wrong, kind = form(b"a\n1\n", part="data")
    assert caller.refused("POST", VERSIONS, wrong, kind=kind)[:2] == (422, "no_file")
    broken = caller.refused("POST", VERSIONS, b"nothing", kind="multipart/form-data")
    assert broken[:2] == (422, "no_file")
    assert caller.refused("POST", f"{VERSIONS}?colour=red", b"a\n1\n")[:2] == (422, "unknown_hint")
    assert caller.refused("POST", f"{VERSIONS}?skip=x", b"a\n1\n")[:2] == (422, "hint")
    assert caller.refused("POST", f"{VERSIONS}?header=x", b"a\n1\n")[:2] == (422, "invalid")


def test_a_retired_dataset_takes_no_upload(caller: Caller, cities: str) -> None:
    Dataset.objects.filter(code=cities).update(state="retired")
    assert caller.refused("POST", VERSIONS, b"a\n1\n")[:2] == (409, "dataset_retired")


# Who may

WRITES: list[tuple[str, str, Any]] = [
    ("PATCH", "/api/datasets/education.schools", {"title_en": "S"}),
    ("PUT", "/api/datasets/education.schools/terms", {"columns": {"区县": ["show"]}}),
    ("POST", "/api/datasets/education.schools/versions", b"a\n1\n"),
]


@pytest.mark.parametrize(("method", "path", "body"), WRITES, ids=[m for m, _, _ in WRITES])
def test_only_the_provider_with_the_scope_writes(
    ingest: Ingest,
    publish: Publish,
    agency: Agent,
    second_agency: Agent,
    bureau: Agent,
    method: str,
    path: str,
    body: Any,
) -> None:
    dataset = ingest("education.schools")
    stranger, narrow = Caller(second_agency), Caller(agency, "read", "query")
    # A draft does not exist for others.
    assert stranger.refused(method, path, body)[:2] == (404, "unknown_dataset")
    refused = narrow.refused(method, path, body)
    assert refused[:2] == (403, "scope")
    assert "“ingest”" in refused[2]
    publish(dataset)
    assert stranger.refused(method, path, body)[:2] == (403, "not_provider")
    assert Caller(bureau).refused(method, path, body)[:2] == (403, "not_provider")


@pytest.mark.parametrize(
    ("method", "path", "body"), [*WRITES, ("POST", "/api/datasets", {"code": "a.b"})]
)
def test_nobody_in_particular_writes_nothing(
    ingest: Ingest, publish: Publish, method: str, path: str, body: Any
) -> None:
    publish(ingest("education.schools"))
    before = written()
    data = body if isinstance(body, bytes) else json.dumps(body)
    answer = Client().generic(method, path, data, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert written() == before


def test_a_job_is_shown_to_its_organisation_alone(
    caller: Caller, cities: str, second_agency: Agent
) -> None:
    link = caller.send("POST", VERSIONS, b"a\n1\n", "text/csv").json()["link"]
    assert caller.send("GET", link).status_code == 200
    assert Caller(second_agency).send("GET", link).status_code == 404
    assert Client().get(link).status_code == 404


# Two at once


@pytest.fixture
def at_once() -> Any:
    """Run some functions in threads of their own, together; what each returned."""

    def run(*acts: Any) -> list[Any]:
        barrier, found = threading.Barrier(len(acts)), [None] * len(acts)

        def one(number: int) -> None:
            barrier.wait()
            try:
                found[number] = acts[number]()
            finally:
                connection.close()

        threads = [threading.Thread(target=one, args=(n,)) for n in range(len(acts))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return found

    return run


@pytest.mark.django_db(transaction=True)
def test_of_two_who_enter_one_code_at_once_one_does(
    caller: Caller, new_agent: NewAgent, at_once: Any
) -> None:
    other = Caller(new_agent("agency", username="second-clerk"))
    said = {"code": "geo.cities", "title_zh": "城市"}
    answers = at_once(
        *(lambda c=c: c.send("POST", "/api/datasets", said).status_code for c in (caller, other))
    )
    assert sorted(answers) == [201, 409]
    assert Entry.objects.filter(event="dataset.drafted").count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_upload_sent_twice_at_once_is_one_job(
    caller: Caller, cities: str, file: bytes, at_once: Any
) -> None:
    def send() -> str:
        answer = caller.send("POST", VERSIONS, file, "text/plain", idempotency_key="k1")
        assert answer.status_code == 202, answer.content
        return str(answer.json()["job"])

    first, second = at_once(send, send)
    assert first == second
    assert Job.objects.filter(kind="ingest").count() == 1
    assert len(list(upload_folder().iterdir())) == 1


@pytest.mark.django_db(transaction=True)
def test_two_clerks_who_describe_one_entry_both_count(
    caller: Caller, cities: str, new_agent: NewAgent, at_once: Any
) -> None:
    other = Caller(new_agent("agency", username="second-clerk"))
    path = f"/api/datasets/{cities}"
    answers = at_once(
        lambda: caller.send("PATCH", path, {"title_en": "Cities"}).status_code,
        lambda: other.send("PATCH", path, {"licence": "CC BY 4.0"}).status_code,
    )
    assert answers == [200, 200]
    found = Dataset.objects.get(code=cities)
    assert (found.title_en, found.licence) == ("Cities", "CC BY 4.0")
