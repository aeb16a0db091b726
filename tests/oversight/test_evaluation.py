"""The evaluation counts what the ledger has, says "no basis" where it has nothing, and shows what
it counted."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from django.db import transaction
from django.test import Client
from django.utils import timezone
from tests.world import BY_DISTRICT, PURPOSE, World

from gongshu.accounts.models import Person
from gongshu.cli import gongshu
from gongshu.gateway import services as gateway
from gongshu.ledger import selectors as ledger
from gongshu.ledger import services
from gongshu.ledger.subjects import Subject
from gongshu.oversight import evaluation, evidence
from gongshu.oversight.disclosure import SHANGHAI
from gongshu.oversight.evaluation import evaluate, region_of
from gongshu.oversight.indicators import COMING_WITH_US, INDICATORS, ROWS, Value, Weights
from gongshu.rules.problems import BadInput, Forbidden, NotFound

db = pytest.mark.django_db
THIS_YEAR = timezone.localdate().year


def values(world: World, year: int = THIS_YEAR) -> dict[str, tuple[int, int]]:
    [row] = evaluate(year, only=world.agency.organisation).agencies
    return {code: (one.part, one.whole) for code, one in row.values.items()}


def replied(world: World, days_late: int, event: str = "sharing.consented") -> None:
    """A request that was due on a day, and answered so many days after it."""
    due = datetime(THIS_YEAR, 3, 10, 9, tzinfo=SHANGHAI)
    case = Subject("case", f"C-{THIS_YEAR}-{ledger.entries().count():06d}", "91A")
    step = {"procedure": "sharing_request", "from": "draft", "to": "received", "due": f"{due:%F}"}
    answer = {**step, "from": "received", "to": "agreed", "due": ""}
    with transaction.atomic():
        for name, by, facts, at in (
            ("sharing.requested", world.operator, step, due - timedelta(days=5)),
            (event, world.agency, answer, due + timedelta(days=days_late)),
        ):
            services.append(event=name, subject=case, by=by, public=facts, at=at)


@db
def test_of_two_datasets_one_is_open_and_both_are_in_a_grant_in_use(world: World) -> None:
    grant = world.operate()
    assert values(world)["U1"] == (0, 2)
    gateway.answer(grant_id=grant.id, purpose=PURPOSE, sql=BY_DISTRICT, by=world.operator)
    found = values(world)
    assert (found["D1"], found["U1"], found["R1"]) == ((1, 2), (2, 2), (2, 2))
    [row] = evaluate(THIS_YEAR, only=world.agency.organisation).agencies
    assert (row.datasets, row.answers) == (2, 1)


@db
def test_what_was_counted_of_nothing_has_no_basis_and_no_score(world: World) -> None:
    [row] = evaluate(2001, only=world.agency.organisation).agencies
    assert {one.share for one in row.values.values()} == {None}
    assert (row.score, row.covered) == (None, 0.0)
    client = Client(headers={"accept-language": "en"})
    client.force_login(Person.objects.get(username=world.bureau.person))
    page = client.get(f"/evaluation/{world.agency.organisation}?year=2001").content.decode()
    assert "no basis" in page
    assert "100%" not in page


@db
def test_a_step_in_time_and_a_late_one_are_told_apart(world: World) -> None:
    before = values(world)
    for late in (-3, 0, 1):
        replied(world, late)
    replied(world, 2, event="sharing.refused")
    after = values(world)
    assert after["T2"] == (2, 4)
    assert after["S3"] == (3, 4)
    assert [b - a for a, b in zip(before["T1"], after["T1"], strict=True)] == [2, 4]


@db
def test_a_step_that_leaves_the_case_where_it_is_settles_nothing(world: World) -> None:
    case = Subject("case", "C-1", "91A")
    at = datetime(THIS_YEAR, 3, 2, 9, tzinfo=SHANGHAI)
    steps = [
        ("sharing.requested", "draft", "received", at, "03-04"),
        ("sharing.extended", "received", "received", at + timedelta(days=1), "03-20"),
        ("sharing.consented", "received", "agreed", at + timedelta(days=10), "04-30"),
    ]
    with transaction.atomic():
        for event, source, target, moment, due in steps:
            facts = {"procedure": "sharing_request", "from": source, "to": target}
            services.append(
                event=event,
                subject=case,
                by=world.agency,
                public={**facts, "due": f"{THIS_YEAR}-{due}"},
                at=moment,
            )
    assert values(world)["T2"] == (1, 1)


@db
def test_each_figure_is_shown_by_the_pieces_it_counts(world: World) -> None:
    grant = world.operate()
    gateway.answer(grant_id=grant.id, purpose=PURPOSE, sql=BY_DISTRICT, by=world.operator)
    for late in (0, 1):
        replied(world, late)
    code = world.agency.organisation
    shown = 0
    for name, (part, whole) in values(world).items():
        pieces = evidence.evidence(name, code, THIS_YEAR)
        assert sum(piece.counts for piece in pieces) == part, name
        assert len(pieces) == whole, name
        shown += whole > 0
        for piece in pieces:
            assert ledger.entry(piece.entry)
    assert shown >= 6
    [late] = [p for p in evidence.evidence("T2", code, THIS_YEAR) if not p.counts]
    assert (late.due, late.event) == (f"{THIS_YEAR}-03-10", "sharing.consented")
    with pytest.raises(NotFound):
        evidence.evidence("X9", code, THIS_YEAR)


@db
def test_pieces_are_found_before_and_after_they_have_their_place(world: World) -> None:
    replied(world, 1)
    pending = evidence.evidence("T2", world.agency.organisation, THIS_YEAR)
    services.sequence()
    assert pending == evidence.evidence("T2", world.agency.organisation, THIS_YEAR)
    assert [piece.counts for piece in pending] == [False]


@db
def test_a_region_is_the_sum_of_its_agencies(world: World) -> None:
    replied(world, 0)
    found = evaluate(THIS_YEAR)
    [region] = found.regions
    assert region.name == region_of(world.agency.organisation) == "330100"
    for code in INDICATORS:
        assert region.values[code].whole == sum(a.values[code].whole for a in found.agencies)
    assert region.values == found.whole.values


@db
def test_last_year_is_what_stood_then(world: World) -> None:
    assert values(world, THIS_YEAR - 1)["D1"] == (0, 0)
    series = evaluate(THIS_YEAR).series["data"]
    assert list(series.values())[-1] is not None
    assert next(iter(series.values())) is None


@db
def test_the_bureau_reads_all_an_agency_its_own_others_nothing(world: World) -> None:
    assert evaluation.visible_part(world.bureau) == evaluation.visible_part(world.auditor) == ""
    assert evaluation.visible_part(world.agency) == world.agency.organisation
    with pytest.raises(Forbidden):
        evaluation.visible_part(world.operator)

    def got(office: str, address: str) -> int:
        client = Client()
        client.force_login(Person.objects.get(username=world.offices[office].person))
        return client.get(address).status_code

    mine, other = world.agency.organisation, world.operator.organisation
    assert got("bureau", "/evaluation") == got("bureau", f"/evaluation/{mine}/D1") == 200
    assert got("agency", "/evaluation") == 302
    assert got("agency", f"/evaluation/{mine}") == 200
    assert got("agency", f"/evaluation/{other}") == got("agency", f"/evaluation/{other}/D1") == 404
    assert got("operator", "/evaluation") == 403
    assert got("bureau", f"/evaluation/{other}") == 404
    assert got("bureau", f"/evaluation/{mine}/X9") == 404


@db
def test_programs_and_the_shell_read_the_same_figures(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    replied(world, 1)
    bearer = {"authorization": f"Bearer {world.token(world.bureau, 'read')}"}
    found = Client(headers=bearer).get(f"/api/evaluation?year={THIS_YEAR}").json()
    [row] = [one for one in found["agencies"] if one["name"] == world.agency.organisation]
    assert row["values"]["T2"] == {"part": 0, "whole": 1, "share": 0.0}
    assert row["values"]["Q1"]["share"] is None
    assert {one["code"] for one in found["indicators"]} == {*INDICATORS}
    own = {"authorization": f"Bearer {world.token(world.agency, 'read')}"}
    assert len(Client(headers=own).get("/api/evaluation").json()["agencies"]) == 1
    address = f"/api/evaluation/{world.agency.organisation}/T2?year={THIS_YEAR}"
    assert [one["counts"] for one in Client(headers=own).get(address).json()] == [False]
    assert Client().get("/api/evaluation").status_code == 401

    monkeypatch.setattr("gongshu.cli.evaluation.setup_django", lambda: None)
    words = ["evaluation", "--year", str(THIS_YEAR), "--as", "bureau"]
    said = CliRunner().invoke(gongshu, words)
    assert said.exit_code == 0, said.output
    assert world.agency.organisation in said.output
    said = CliRunner().invoke(gongshu, [*words, "--of", world.agency.organisation])
    assert "0 / 1" in said.output
    assert "no basis" in said.output
    words += ["--of", world.agency.organisation, "--indicator", "T2", "--json"]
    assert '"counts": false' in CliRunner().invoke(gongshu, words).output


@db
def test_a_place_weighs_as_its_own_file_says(
    world: World, tmp_path: Path, settings: object
) -> None:
    path = tmp_path / "ours.toml"
    path.write_text('name = "ours"\nbasis_zh = "b"\nbasis_en = "b"\n[weights]\nD1 = 3\nR1 = 1\n')
    settings.EVALUATION = str(path)  # type: ignore[attr-defined]
    [row] = evaluate(THIS_YEAR, only=world.agency.organisation).agencies
    open_, terms = row.values["D1"].share, row.values["R1"].share
    assert open_ is not None
    assert terms is not None
    assert row.score == pytest.approx((3 * open_ + terms) / 4)
    assert row.covered == 1.0


@pytest.mark.parametrize(
    "text",
    [
        "",
        'name="x"\nbasis_zh="y"\nbasis_en="y"\n[weights]\nX9 = 1\n',
        'name="x"\nbasis_zh="y"\nbasis_en="y"\n[weights]\nD1 = -1\nR1 = 5\n',
        'name="x"\nbasis_zh="y"\nbasis_en="y"\n[weights]\nD1 = 0\n',
        'name="x"\nbasis_zh="y"\nbasis_en="y"\n[weights]\nD1 = "much"\n',
    ],
)
def test_a_file_that_weighs_nothing_is_refused_in_words(text: str, tmp_path: Path) -> None:
    path = tmp_path / "w.toml"
    path.write_text(text)
    with pytest.raises(BadInput):
        Weights.load(path)


def test_each_indicator_is_named_once_and_has_its_weight() -> None:
    assert [row.code for row in ROWS] == list(INDICATORS)
    weights = Weights.load(COMING_WITH_US).weights
    assert {*weights} == {*INDICATORS}
    by_dimension: Counter[str] = Counter()
    for row in ROWS:
        by_dimension[row.dimension] += int(weights[row.code])
    assert len(set(by_dimension.values())) == 1  # as the file says: dimensions alike
    assert Value(0, 0).share is None
