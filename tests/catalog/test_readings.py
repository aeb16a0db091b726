"""How a file was read: shown to its provider, said better with a preview, kept for the next."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client

from gongshu.rules.agents import Agent
from gongshu.rules.problems import BadInput, Forbidden, NotFound

if TYPE_CHECKING:
    from gongshu.catalog.models import Dataset

pytestmark = pytest.mark.django_db(transaction=True)
CODE = "education.codes"
CODES = "code,street,n\n10,文新,1\n20,翠苑,2\n30,留下,3\n" + "1,2,3,4\n" * 3
Ingest = Callable[..., "Dataset"]


@pytest.fixture
def codes(ingest: Ingest) -> Dataset:
    return ingest(CODE, CODES)


def _work() -> None:
    from gongshu.jobs import worker

    worker.work(once=True)


def test_what_was_guessed_and_what_was_not_read_is_kept(codes: Dataset, agency: Agent) -> None:
    from gongshu.catalog import readings

    reading = readings.required(codes, agency)
    assert (reading.version, reading.rejected) == (1, 3)
    lines = list(readings.rejects(codes, agency))
    assert [line["line"] for line in lines] == [5, 6, 7]
    assert lines[0]["text"] == "1,2,3,4"
    assert lines[0]["zh"]


def test_a_correction_is_previewed_kept_and_used_for_the_next_file(
    codes: Dataset, agency: Agent, ingest: Ingest
) -> None:
    from gongshu.catalog import readings, selectors

    seen = readings.preview(codes, {"text": ["code"]}, agency)
    assert seen.rows[0][0] == "10"
    assert selectors.latest(codes).number == 1  # type: ignore[union-attr]
    job = readings.read_anew(dataset=codes, hints={"text": ["code"]}, by=agency)
    _work()
    job.refresh_from_db()
    assert (job.state, job.result["version"]) == ("done", 2)
    again = ingest(CODE, CODES.replace("文新", "灵隐"))
    newest = selectors.latest(again)
    assert newest is not None
    assert newest.number == 3
    assert {c["name"]: c["type"] for c in newest.report["columns"]}["code"] == "VARCHAR"
    readings.forget(dataset=codes, by=agency)
    newest = selectors.latest(ingest(CODE, CODES))
    assert {c["name"]: c["type"] for c in newest.report["columns"]}["code"] != "VARCHAR"  # type: ignore[union-attr]


def test_a_hint_that_is_said_now_wins_over_the_one_that_was_kept(
    codes: Dataset, ingest: Ingest, agency: Agent
) -> None:
    from gongshu.catalog import readings

    ingest(CODE, CODES.replace("n\n", "m\n", 1), fill=["code"])
    assert readings.required(codes, agency).hints == {"fill": ["code"]}
    ingest(CODE, CODES, fill=["street"])
    assert readings.required(codes, agency).hints == {"fill": ["street"]}
    ingest(CODE, CODES + "40,x,4\n", guess=True)
    assert readings.required(codes, agency).hints == {}


def test_the_file_and_its_lines_are_for_the_provider_alone(
    codes: Dataset, agency: Agent, bureau: Agent, administrator: Agent
) -> None:
    from gongshu.catalog import readings

    acts: tuple[Callable[[Agent], object], ...] = (
        lambda agent: readings.of(codes, agent),
        lambda agent: readings.preview(codes, {}, agent),
        lambda agent: list(readings.rejects(codes, agent)),
        lambda agent: readings.read_anew(dataset=codes, hints={}, by=agent),
        lambda agent: readings.forget(dataset=codes, by=agent),
    )
    for agent in (bureau, administrator):
        for act in acts:
            with pytest.raises(Forbidden):
                act(agent)
    assert Client().get(f"/dataset/{CODE}/reading").status_code == 404
    assert Client().get(f"/api/datasets/{CODE}/rejects").status_code in (401, 403, 404)


def test_only_the_newest_versions_file_is_kept(
    codes: Dataset, ingest: Ingest, agency: Agent, instance: Path
) -> None:
    from gongshu.catalog import readings
    from gongshu.data.contents import ContentStore

    first = readings.required(codes, agency).original
    ingest(CODE, CODES.replace("10", "11"))
    store = ContentStore(instance / "originals")
    known = {readings.required(codes, agency).original, readings.required(codes, agency).rejects}
    assert store.sweep(known, older_than=0) == [first]
    assert readings.preview(codes, {}, agency).total == 3


def test_a_dataset_that_was_never_read_from_a_file_says_so(agency: Agent, instance: Path) -> None:
    from gongshu.catalog import readings, services

    draft = services.create_draft(code="education.none", provider=agency.organisation, by=agency)
    with pytest.raises(NotFound, match="not here"):
        readings.preview(draft, {}, agency)


def test_the_page_shows_corrects_and_refuses_in_words(codes: Dataset, agency: Agent) -> None:
    from gongshu.accounts.models import Person

    client = Client()
    client.force_login(Person.objects.get(username=agency.person))
    page = client.get(f"/dataset/{CODE}/reading").content.decode()
    assert "1,2,3,4" in page
    shown: Any = client.post(
        f"/dataset/{CODE}/reading", {"act": "preview", "text": ["code"], "header": "1"}
    )
    assert 'id="preview"' in shown.content.decode()
    wrong = client.post(f"/dataset/{CODE}/reading", {"act": "preview", "encoding": "klingon"})
    assert wrong.status_code == 422
    assert 'role="alert"' in wrong.content.decode()
    kept = client.post(f"/dataset/{CODE}/reading", {"act": "keep", "text": ["code"]})
    assert kept.status_code == 302
    assert kept["Location"].startswith("/job/")
    csv = b"".join(client.get(f"/dataset/{CODE}/rejects.csv").streaming_content).decode("utf-8-sig")
    assert csv.count("\n") == 4


def test_lines_to_leave_out_and_columns_to_fill_are_said_from_everywhere(
    ingest: Ingest, agency: Agent, settings: Any
) -> None:
    """Page, API, shell and pull say the same and none of it is lost on the way."""
    from gongshu.accounts.models import Person
    from gongshu.catalog import pulls, readings

    found = ingest(CODE, "区,街道,n\n西湖,文新,1\n,翠苑,2\n上城,湖滨,3\n注：仅供参考\n")
    said = {"skip": [5], "fill": ["区"], "text": ["n"], "header": 1}
    client = Client()
    client.force_login(Person.objects.get(username=agency.person))
    form = {"skip": "5", "skip_as": "lines", "fill": "区", "text": "n", "header": "1"}
    client.post(f"/dataset/{CODE}/reading", form | {"act": "keep"})
    _work()
    assert readings.required(found, agency).hints == said
    # What the report proposes is one click.
    other = ingest("education.streets", "区,街道,n\n西湖,文新,1\n,翠苑,2\n上城,湖滨,3\n,清波,4\n")
    shown: Any = client.post(f"/dataset/{other.code}/reading", {"act": "fill"}).content.decode()
    assert shown[shown.index('id="preview"') :].count("<td>西湖</td>") == 2
    assert 'name="fill" value="区"' in shown
    # What the page shows of it is what it sends back.
    page = client.get(f"/dataset/{CODE}/reading").content.decode()
    assert 'name="skip" value="5"' in page
    assert '<option value="lines" selected>' in page

    assert readings.known_hints({"skip": "57，58"}) == {"skip": [57, 58]}
    assert readings.known_hints({"skip": "57,"}) == {"skip": [57]}
    assert readings.known_hints({"skip": "3", "fill": ()}) == {"skip": 3}
    assert readings.known_hints({"skip": 0, "header": 0}) == {"skip": 0, "header": 0}
    for wrong in ("x", ",", "-1", "1.5", "9" * 20):
        with pytest.raises(BadInput, match="lines"):
            readings.known_hints({"skip": wrong})

    settings.WEBHOOK_NETWORKS = [ipaddress.ip_network("127.0.0.0/8")]
    pull = pulls.set_pull(
        dataset=found,
        address="http://127.0.0.1:1/a.csv",
        cycle="daily",
        hints={"skip": "5,"},
        by=agency,
    )
    assert pull.hints == {"skip": [5]}
    readings.read_anew(dataset=found, hints={"header": 1}, by=agency)
    _work()
    pull.refresh_from_db()
    assert pull.hints == {"header": 1}  # what was said last
