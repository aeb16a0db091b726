"""Sources: a web server that breaks off, a real PostgreSQL, secrets, networks, whose rights."""

from __future__ import annotations

import ipaddress
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.test import Client
from django.utils import timezone
from tests import postgres
from tests.catalog.conftest import PEOPLE, SCHOOLS, Ingest

from gongshu.accounts.models import Person
from gongshu.catalog import pull_url, pulls, selectors
from gongshu.catalog.ingest import upload_folder
from gongshu.catalog.models import Dataset, Pull
from gongshu.jobs import services as jobs
from gongshu.jobs import worker
from gongshu.jobs.models import Job
from gongshu.ledger import selectors as ledger
from gongshu.rules.agents import Agent
from gongshu.rules.problems import BadInput, Forbidden, NotFound

pytestmark = pytest.mark.django_db(transaction=True)
CODE = "education.schools"
MORE = SCHOOLS + "第四小学,西城,99\n"


@dataclass
class Site:
    """A web server with one file; it breaks off after so many bytes, once for each of `breaks`."""

    address: str = ""
    content: bytes = MORE.encode()
    etag: str = '"one"'
    breaks: list[int] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    location: str = ""
    asked: list[dict[str, str]] = field(default_factory=list)

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.asked.append(headers)
        if self.statuses and (status := self.statuses.pop(0)) != 200:
            request.send_response(status)
            request.send_header("Location", self.location)
            request.end_headers()
            return
        if headers.get("if-none-match") == self.etag:
            request.send_response(304)
            request.end_headers()
            return
        start = int(headers["range"][6:-1]) if headers.get("if-range") == self.etag else 0
        request.send_response(206 if start else 200)
        request.send_header("Content-Length", str(len(self.content) - start))
        if self.etag:
            request.send_header("ETag", self.etag)
        request.end_headers()
        end = self.breaks.pop(0) if self.breaks else len(self.content)
        request.wfile.write(self.content[start:end])


@pytest.fixture
def site(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    settings.WEBHOOK_NETWORKS = [ipaddress.ip_network("127.0.0.0/8")]
    monkeypatch.setattr(pull_url, "PAUSE", 0.01)
    made = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            made.answer(self)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        made.address = f"http://127.0.0.1:{server.server_address[1]}/data/schools.csv"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield made
        server.shutdown()
        thread.join()


@pytest.fixture
def dataset(ingest: Ingest) -> Dataset:
    return ingest(CODE)


def set_pull(dataset: Dataset, by: Agent, address: str, **more: Any) -> Pull:
    return pulls.set_pull(dataset=dataset, address=address, by=by, **{"cycle": "daily"} | more)


def pulled(dataset: Dataset, by: Agent) -> Pull:
    """Ask now, and what came of it."""
    pulls.run_now(dataset=dataset, by=by)
    worker.work(once=True)
    return Pull.objects.get(dataset=dataset)


def numbers(dataset: Dataset) -> list[int]:
    return sorted(dataset.versions.values_list("number", flat=True))


# From a URL


def test_a_source_is_asked_at_once_and_its_file_becomes_a_version(
    dataset: Dataset, agency: Agent, site: Site
) -> None:
    set_pull(dataset, agency, site.address)
    pulls.queue_due()
    worker.work(once=True)
    row = Pull.objects.get()
    assert (row.last_state, row.last_version, numbers(dataset)) == ("new", 2, [1, 2])
    newest = selectors.latest(dataset)
    assert newest is not None
    assert (newest.rows, newest.source_name, newest.created_by) == (4, "schools.csv", agency.person)
    assert row.next_due is not None
    assert row.next_due > timezone.now() + timedelta(hours=23)
    assert list(upload_folder().iterdir()) == []


def test_what_is_unchanged_makes_no_version_whether_the_server_says_so_or_not(
    dataset: Dataset, agency: Agent, site: Site
) -> None:
    set_pull(dataset, agency, site.address)
    pulled(dataset, agency)
    assert pulled(dataset, agency).last_state == "unchanged"
    assert site.asked[-1]["if-none-match"] == '"one"'
    site.etag = ""
    assert pulled(dataset, agency).last_state == "unchanged"
    assert numbers(dataset) == [1, 2]
    site.content = SCHOOLS.encode()
    assert pulled(dataset, agency).last_version == 3


def test_a_line_that_breaks_is_taken_up_where_it_broke(
    dataset: Dataset, agency: Agent, site: Site
) -> None:
    site.breaks = [40, 70]
    set_pull(dataset, agency, site.address)
    assert pulled(dataset, agency).last_state == "new"
    assert [asked.get("range") for asked in site.asked] == [None, "bytes=40-", "bytes=70-"]
    newest = selectors.latest(dataset)
    assert newest is not None
    assert newest.rows == 4


def test_a_file_that_changed_meanwhile_is_fetched_whole(
    dataset: Dataset, agency: Agent, site: Site
) -> None:
    site.breaks = [40]
    site.statuses = [200, 503]
    set_pull(dataset, agency, site.address)
    answer, changed = site.answer, list[bool]()

    def change(request: BaseHTTPRequestHandler) -> None:
        answer(request)
        if not changed:
            site.content, site.etag = PEOPLE.encode(), '"two"'
            changed.append(True)

    site.answer = change  # type: ignore[method-assign]
    assert pulled(dataset, agency).last_state == "new"
    newest = selectors.latest(dataset)
    assert newest is not None
    assert newest.rows == 200


def test_a_job_that_is_tried_again_goes_on_with_what_came(
    dataset: Dataset, agency: Agent, site: Site
) -> None:
    site.breaks = [30, 50, 60, 70]  # as often as one job tries
    set_pull(dataset, agency, site.address)
    assert pulled(dataset, agency).last_state == "failed"
    job = Job.objects.get(kind="pull")
    jobs.retry(job, agency)
    worker.work(once=True)
    assert site.asked[-1]["range"] == "bytes=70-"
    assert Pull.objects.get().last_state == "new"


def test_a_failure_is_told_once_and_tried_again_sooner(
    dataset: Dataset, agency: Agent, site: Site
) -> None:
    from gongshu.jobs.models import Notice

    site.statuses = [404] * 9
    set_pull(dataset, agency, site.address, cycle="yearly")
    for failures in (1, 2):
        row = pulled(dataset, agency)
        assert (row.last_state, row.failures) == ("failed", failures)
        assert row.next_due is not None
        assert row.next_due < timezone.now() + timedelta(hours=1)
    assert "404" in row.last_en
    told = Notice.objects.filter(link=f"/dataset/{CODE}/pull")
    assert [notice.to for notice in told] == [agency.organisation]
    site.statuses = []
    assert pulled(dataset, agency).failures == 0


def test_redirects_are_followed_a_few_times_and_never_out_of_the_open_networks(
    dataset: Dataset, agency: Agent, site: Site
) -> None:
    site.location, site.statuses = site.address, [302, 301]
    set_pull(dataset, agency, site.address)
    assert pulled(dataset, agency).last_state == "new"
    site.statuses = [302] * 20
    assert "next" in pulled(dataset, agency).last_en
    site.location, site.statuses = "http://169.254.169.254/latest", [302]
    assert "closed" in pulled(dataset, agency).last_en


def test_no_source_in_a_closed_network(dataset: Dataset, agency: Agent, settings: Any) -> None:
    settings.WEBHOOK_NETWORKS = []
    for address in ("http://127.0.0.1:9/x.csv", "http://10.0.0.1/x.csv", "http://[::1]/x.csv"):
        set_pull(dataset, agency, address)
        assert "GONGSHU_WEBHOOK_NETWORKS" in pulled(dataset, agency).last_en
    set_pull(dataset, agency, "postgresql://u@127.0.0.1/d", query="t")
    assert "GONGSHU_WEBHOOK_NETWORKS" in pulled(dataset, agency).last_en


def test_more_than_one_may_upload_is_not_pulled(
    dataset: Dataset, agency: Agent, site: Site, settings: Any
) -> None:
    settings.UPLOAD_LIMIT = 50
    set_pull(dataset, agency, site.address)
    assert pulled(dataset, agency).last_state == "failed"
    assert numbers(dataset) == [1]


# From a database


@dataclass
class Database:
    address: str  # without the password
    password: str
    url: str

    def does(self, *statements: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    if postgres.programs() is None:
        pytest.skip("PostgreSQL is not installed")
    made = postgres.Server()
    yield made.start()
    made.stop()


@pytest.fixture
def database(server: str, settings: Any, agency: Agent, instance: Path) -> Database:
    settings.WEBHOOK_NETWORKS = [ipaddress.ip_network("127.0.0.0/8")]
    url = psycopg.conninfo.conninfo_to_dict(server)
    password = str(url["password"])
    folder = instance / "secrets" / agency.organisation
    folder.mkdir(parents=True)
    (folder / "EXCHANGE").touch(mode=0o600)
    (folder / "EXCHANGE").write_text(password + "\n")
    place = f"{url['user']}@{url['host']}:{url['port']}/{url['dbname']}?sslmode=disable"
    made = Database(f"postgresql://{place}", password, server)
    made.does(
        "DROP TABLE IF EXISTS schools",
        """CREATE TABLE schools (id int PRIMARY KEY, code text, name text, opened date,
           area numeric(8, 2), active boolean, seen timestamptz, tags text[], remark text)""",
        """INSERT INTO schools SELECT n, lpad(n::text, 6, '0'), '第' || n || '小学',
           date '2001-01-01' + n, n / 4.0, n % 2 = 0, '2026-01-01 08:00:00+08', '{a,b}',
           CASE n % 3 WHEN 0 THEN NULL WHEN 1 THEN '' ELSE E'one, "two"\nthree' END
           FROM generate_series(1, 300) AS n""",
    )
    return made


def from_database(dataset: Dataset, by: Agent, database: Database, query: str = "schools") -> Pull:
    set_pull(dataset, by, database.address, query=query, secret="EXCHANGE")
    return pulled(dataset, by)


def test_a_table_comes_with_the_types_it_has(
    dataset: Dataset, agency: Agent, database: Database
) -> None:
    import pyarrow.parquet as pq

    row = from_database(dataset, agency, database)
    assert (row.last_state, row.last_said.en) == ("new", "Version 2.")
    newest = selectors.latest(dataset)
    assert newest is not None
    table = pq.read_table(selectors.files(newest))
    kinds = {name: str(table.schema.field(name).type) for name in table.column_names}
    assert kinds == {
        "id": "int32",
        "code": "string",
        "name": "string",
        "opened": "date32[day]",
        "area": "decimal128(8, 2)",
        "active": "bool",
        "seen": "timestamp[us, tz=UTC]",
        "tags": "string",
        "remark": "string",
    }
    rows = table.to_pylist()
    assert (rows[0]["code"], rows[0]["remark"]) == ("000001", "")
    assert (rows[2]["remark"], rows[1]["remark"]) == (None, 'one, "two"\nthree')
    assert rows[0]["seen"].hour == 0
    assert len(rows) == 300


def test_the_same_rows_in_another_order_on_the_disk_make_no_version(
    dataset: Dataset, agency: Agent, database: Database
) -> None:
    from_database(dataset, agency, database)
    database.does("UPDATE schools SET name = name WHERE id < 100", "VACUUM FULL schools")
    assert pulled(dataset, agency).last_state == "unchanged"
    database.does("ALTER TABLE schools DROP CONSTRAINT schools_pkey")
    pulled(dataset, agency)  # another order, from now on by all they hold
    count = len(numbers(dataset))
    database.does("UPDATE schools SET name = name WHERE id < 50", "VACUUM FULL schools")
    assert pulled(dataset, agency).last_state == "unchanged"
    database.does("DELETE FROM schools WHERE id = 7")
    assert pulled(dataset, agency).last_state == "new"
    assert len(numbers(dataset)) == count + 1


def test_a_select_comes_as_it_is_written_and_does_nothing_else(
    dataset: Dataset, agency: Agent, database: Database
) -> None:
    row = from_database(
        dataset,
        agency,
        database,
        "SELECT code, name -- of those\nFROM schools WHERE active ORDER BY code;",
    )
    assert row.last_state == "new"
    newest = selectors.latest(dataset)
    assert newest is not None
    assert newest.rows == 150
    for evil in (
        "DROP TABLE schools",
        "SELECT 1; DROP TABLE schools",
        "SELECT 1) TO PROGRAM 'touch /tmp/x' --",
        "SELECT * INTO copy FROM schools",
        "schools; DROP TABLE schools",
        "COPY schools TO STDOUT",
        "",
    ):
        with pytest.raises(BadInput):
            set_pull(dataset, agency, database.address, query=evil)
    database.does("CREATE SEQUENCE IF NOT EXISTS counter")
    counted = from_database(dataset, agency, database, "SELECT nextval('counter') AS n")
    assert "read-only" in counted.last_en
    twice = from_database(dataset, agency, database, "SELECT name, code AS name FROM schools")
    assert "“name”" in twice.last_en


def test_an_empty_table_and_one_that_is_not_there_are_said_so(
    dataset: Dataset, agency: Agent, database: Database
) -> None:
    assert "no_such" in from_database(dataset, agency, database, "no_such").last_en
    row = from_database(dataset, agency, database, "SELECT * FROM schools WHERE id < 0")
    assert row.last_said.en


def test_the_secret_is_nowhere_but_where_it_was_put(
    dataset: Dataset,
    agency: Agent,
    database: Database,
    instance: Path,
    caplog: pytest.LogCaptureFixture,
    client: Client,
) -> None:
    from_database(dataset, agency, database)
    (instance / "secrets" / agency.organisation / "EXCHANGE").write_text("a-wrong-password")
    row = pulled(dataset, agency)
    assert "login is refused" in row.last_en
    client.force_login(Person.objects.get(username=agency.person))
    pages = [
        client.get(address).content.decode()
        for address in (f"/dataset/{CODE}/pull", f"/job/{row.job}", f"/api/datasets/{CODE}/pull")
    ]
    kept = [str(vars(one)) for model in (Pull, Job) for one in model.objects.all()]
    bodies = [entry.body for entry in ledger.entries()]
    for place in (*pages, *kept, *bodies, caplog.text):
        assert database.password not in place
        assert "a-wrong-password" not in place


def test_a_secret_that_is_missing_open_or_anothers_is_said_so(
    dataset: Dataset, agency: Agent, second_agency: Agent, database: Database, instance: Path
) -> None:
    own = instance / "secrets" / agency.organisation / "EXCHANGE"
    own.chmod(0o644)
    assert "600" in from_database(dataset, agency, database).last_en
    other = instance / "secrets" / second_agency.organisation
    other.mkdir()
    own.rename(other / "EXCHANGE")
    assert "no secret EXCHANGE" in pulled(dataset, agency).last_en
    for name in ("../x", "exchange", "A" * 80, "A/B"):
        with pytest.raises(BadInput, match="capitals"):
            set_pull(dataset, agency, database.address, query="t", secret=name)


def test_a_secret_of_a_web_server_goes_to_that_server_by_https_alone(
    dataset: Dataset, agency: Agent, site: Site
) -> None:
    with pytest.raises(BadInput, match="https"):
        set_pull(dataset, agency, site.address, secret="KEY")


# Who may, and when


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ftp://example.gov.cn/x.csv",
        "file:///etc/passwd",
        "https://user:password@example.gov.cn/x.csv",
        "https://example.gov.cn/学校.csv",
        "https://example.gov.cn:0/x",
        "https://",
        "postgresql://reader:password@db/schools",
        "postgresql://db/schools",
        "postgresql://reader@db/schools?passfile=/etc/passwd",
        "postgresql:///schools?host=/var/run",
    ],
)
def test_an_address_that_is_none_is_one_sentence(
    dataset: Dataset, agency: Agent, address: str
) -> None:
    with pytest.raises(BadInput) as refused:
        set_pull(dataset, agency, address, query="schools")
    assert refused.value.field == "address"
    assert refused.value.sentence.zh


def test_only_the_holder_sets_sees_runs_and_removes(
    dataset: Dataset, agency: Agent, second_agency: Agent, client: Client
) -> None:
    set_pull(dataset, agency, "https://example.gov.cn/x.csv")
    for act in (pulls.remove, pulls.run_now, pulls.get):
        with pytest.raises((Forbidden, TypeError)):
            act(dataset=dataset, by=second_agency)
    with pytest.raises(Forbidden):
        set_pull(dataset, second_agency, "https://example.gov.cn/y.csv")
    client.force_login(Person.objects.get(username=second_agency.person))
    for address in (f"/dataset/{CODE}/pull", f"/api/datasets/{CODE}/pull"):
        assert client.get(address).status_code == 404  # a draft
    assert client.get("/api/pulls").json() == []


def test_it_runs_with_the_rights_that_its_person_has_on_the_day(
    dataset: Dataset, agency: Agent, agency_head: Agent, site: Site
) -> None:
    set_pull(dataset, agency, site.address)
    Person.objects.filter(username=agency.person).update(is_active=False)
    row = pulled(dataset, agency_head)
    assert agency.person in row.last_zh
    assert numbers(dataset) == [1]


def test_setting_and_removing_is_in_the_ledger_and_the_address_for_its_holder(
    dataset: Dataset, agency: Agent, second_agency: Agent
) -> None:
    set_pull(dataset, agency, "https://example.gov.cn/x.csv?key=42")
    set_pull(dataset, agency, "https://example.gov.cn/x.csv?key=42")  # the same: nothing happens
    pulls.remove(dataset=dataset, by=agency)
    with pytest.raises(NotFound):
        pulls.remove(dataset=dataset, by=agency)
    events = ["dataset.source_set", "dataset.source_removed"]
    made, removed = ledger.entries(events=events)
    assert (made.facts, removed.event) == ({"kind": "url", "cycle": "daily"}, events[1])
    assert "example" not in made.body
    assert "key=42" in ledger.openings(made, agency)["address"]["value"]
    assert "address" not in ledger.openings(made, second_agency)


@pytest.mark.parametrize(
    ("cycle", "then"),
    [
        ("realtime", datetime(2026, 1, 31, 8, 5)),
        ("daily", datetime(2026, 2, 1, 8)),
        ("weekly", datetime(2026, 2, 7, 8)),
        ("monthly", datetime(2026, 2, 28, 8)),
        ("quarterly", datetime(2026, 4, 30, 8)),
        ("yearly", datetime(2027, 1, 31, 8)),
        ("irregular", None),
        ("once", None),
    ],
)
def test_when_it_is_due_next(cycle: str, then: datetime | None) -> None:
    found = pulls.after(timezone.make_aware(datetime(2026, 1, 31, 8)), cycle)
    assert found == (then and timezone.make_aware(then))


def test_each_due_source_is_queued_once_however_many_look(dataset: Dataset, agency: Agent) -> None:
    set_pull(dataset, agency, "https://example.gov.cn/x.csv")
    assert [pulls.queue_due(), pulls.queue_due()] == [1, 0]
    assert pulls.run_now(dataset=dataset, by=agency).id == Pull.objects.get().job
    assert Job.objects.filter(kind="pull").count() == 1


def test_by_api_and_page(dataset: Dataset, agency: Agent, site: Site, client: Client) -> None:
    client.force_login(Person.objects.get(username=agency.person))
    address = f"/api/datasets/{CODE}/pull"
    assert client.get(address).status_code == 404
    page = f"/dataset/{CODE}/pull"
    said = {"do": "set", "address": site.address, "cycle": "weekly"}
    assert client.post(page, said).status_code == 302
    shown = client.get(address).json()
    assert (shown["cycle"], shown["set_by"]) == ("weekly", agency.person)
    ran = client.post(page, {"do": "run"})
    assert ran["Location"].startswith("/job/")
    worker.work(once=True)
    html = client.get(page).content.decode()
    assert site.address in html
    assert "第 2 版" in html
    wrong = client.post(page, said | {"address": "ftp://x"})
    assert wrong.status_code == 422
    assert "ftp://x" in wrong.content.decode()
    bad = client.put(address, {"address": "x"}, content_type="application/json")
    assert bad.status_code == 422
    again = {"address": site.address, "cycle": "daily", "hints": {"header": 1}}
    put = client.put(address, again, content_type="application/json")
    assert put.json()["hints"] == {"header": 1}
    assert client.post(f"{address}/run").status_code == 202
    assert client.delete(address).status_code == 204
    assert client.post(page, {"do": "remove"}).status_code == 404
