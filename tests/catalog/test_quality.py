"""The quality of datasets: rules by page and API, reports for the holder and for others."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from tests.catalog.conftest import SCHOOLS, Ingest, Publish

from gongshu.catalog import changes, quality
from gongshu.catalog.contradictions import contradictions
from gongshu.catalog.freshness import freshness
from gongshu.catalog.models import Dataset, QualityReport, Version
from gongshu.catalog.quality_overview import overview
from gongshu.jobs import worker
from gongshu.jobs.models import Job
from gongshu.ledger import selectors as ledger
from gongshu.rules.agents import ANONYMOUS, Agent
from gongshu.rules.problems import BadInput, Conflict, Forbidden
from gongshu.wording import Problem

pytestmark = pytest.mark.django_db(transaction=True)
CODE = "education.schools"
# Four rows; one phone is wrong, one number stands twice, one school closed before it opened.
MESSY = (
    "编号,电话,开办,关闭\n1,0571-88888888,2001-01-01,2010-01-01\n2,none,2002-01-01,2011-01-01\n"
    "3,0571-77777777,2003-01-01,2002-01-01\n3,0571-66666666,2004-01-01,2012-01-01\n"
)
RULES = {
    "fields": {"电话": {"pattern": "0571-[0-9]{8}", "required": True}},
    "key": ["编号"],
    "checks": [{"expression": "关闭 >= 开办"}],
    "sequences": [["开办", "关闭"]],
}


@pytest.fixture
def judged(ingest: Ingest, agency: Agent) -> Dataset:
    dataset = ingest(CODE, MESSY)
    quality.set_rules(dataset=dataset, rules=RULES, by=agency)
    worker.work(once=True)
    return Dataset.objects.select_related("provider").get(pk=dataset.pk)


def values(report: dict[str, Any]) -> dict[str, float | None]:
    return {one["number"]: one["value"] for one in report["indicators"]}


def test_a_version_is_judged_by_the_rules_and_what_has_no_basis_has_no_value(
    judged: Dataset, agency: Agent
) -> None:
    report = quality.report(judged, agency)
    found = values(report)
    assert len(found) == 20
    assert (found["0302"], found["0104"], found["0503"], found["0304"]) == (0.75,) * 4
    assert (found["0201"], found["0303"]) == (1.0, 0.0)
    assert found["0103"] == 0.0  # nobody has described the columns
    assert all(found[number] is None for number in ("0101", "0105", "0301", "0401", "0601"))
    based = [report["dimensions"][number] for number in ("01", "02", "03", "05")]
    assert None not in based
    assert report["dimensions"]["06"] is None


def test_what_to_mend_gives_the_points_that_the_score_gains(
    judged: Dataset, ingest: Ingest, agency: Agent
) -> None:
    report = quality.report(judged, agency)
    gained = sum(fix["points"] for fix in report["fixes"] if fix["columns"] == ["电话"])
    assert gained > 0
    version = Version.objects.get(dataset=judged)
    ingest(CODE, MESSY.replace("none", "0571-55555555"))
    worker.work(once=True)
    assert Version.objects.filter(dataset=judged).count() == 2
    later = quality.report(judged, agency)
    assert later["score"] == pytest.approx(report["score"] + gained)
    assert [one["version"] for one in quality.history(judged, agency)] == [2, 1]
    assert quality.report(judged, agency, version.number)["score"] == report["score"]


def test_of_protected_data_others_get_scores_in_steps_and_nothing_else(
    judged: Dataset, publish: Publish, agency: Agent, bureau: Agent, second_agency: Agent
) -> None:
    publish(judged, unit_column="编号", unit_space="school", opening="conditional",
            opening_conditions="by application")  # fmt: skip
    whole = quality.report(judged, agency)
    for other in (bureau, second_agency, ANONYMOUS):
        told = quality.report(judged, other)
        assert told["whole"] is False
        assert set(told) == {"format", "score", "dimensions", "indicators", "whole"}
        assert all(set(one) == {"number", "value"} for one in told["indicators"])
        steps = [told["score"], *(v for v in told["dimensions"].values() if v is not None)]
        assert all(step % quality.STEP == 0 for step in steps)
        assert abs(told["score"] - whole["score"]) <= quality.STEP / 2
        assert "88888888" not in json.dumps(told)
        assert quality.history(judged, other)[0]["score"] == told["score"]
        with pytest.raises(Forbidden):
            quality.proposed(judged, other)


def test_a_change_of_rules_is_in_the_ledger_and_judges_anew(judged: Dataset, agency: Agent) -> None:
    entries = ledger.entries(events=("dataset.rules_set",))
    assert entries.count() == 1
    assert "0571" not in entries[0].body
    quality.set_rules(dataset=judged, rules=RULES, by=agency)
    assert entries.all().count() == 1, "the same again is no change"
    quality.set_rules(dataset=judged, rules={}, by=agency)
    worker.work(once=True)
    assert entries.all().count() == 2
    assert values(quality.report(judged, agency))["0302"] is None
    assert changes.key_of(judged) == []


@pytest.mark.parametrize(
    ("rules", "code"),
    [
        ({"fields": {"没有": {"required": True}}}, "unknown_column"),
        ({"fields": {"电话": {"pattern": "("}}}, "quality_rules"),
        ({"fields": {"电话": {"patern": "x"}}}, "quality_rules"),
        ({"checks": [{"expression": "(SELECT 1) = 1"}]}, "rule_expression"),
        ({"checks": [{"expression": "read_text('/etc/passwd') = ''"}]}, "rule_expression"),
        ({"checks": [{"expression": "关闭 >="}]}, "rule_expression"),
        ({"checks": [{"expression": "关闭 + 1"}]}, "rule_expression"),
        ({"fields": {"电话": {"minimum": 3}}}, "quality_bound"),
        ({"fields": {"编号": {"reference": {"dataset": "no.where", "column": "x"}}}},
         "reference_not_readable"),
        ({"fields": {"电话": {"kind": "nonsense"}}}, "quality_rules"),
        ({"sequences": [["编号", "关闭"]]}, "rule_not_applicable"),
    ],
)  # fmt: skip
def test_a_wrong_rule_is_one_sentence_and_changes_nothing(
    judged: Dataset, agency: Agent, rules: dict[str, Any], code: str
) -> None:
    before = quality.rules_of(judged)
    with pytest.raises(Problem) as refused:
        quality.set_rules(dataset=judged, rules=rules, by=agency)
    assert refused.value.code == code
    assert refused.value.sentence.zh
    assert quality.rules_of(Dataset.objects.get(pk=judged.pk)) == before


def test_only_the_holder_sets_rules(judged: Dataset, second_agency: Agent) -> None:
    with pytest.raises(Forbidden):
        quality.set_rules(dataset=judged, rules={}, by=second_agency)


def test_a_reference_to_protected_data_of_others_is_refused_and_to_own_data_counts(
    judged: Dataset, ingest: Ingest, agency: Agent, second_agency: Agent
) -> None:
    ingest("education.known", "no\n1\n2\n")
    ingest("welfare.known", "no\n1\n2\n", by=second_agency)
    theirs = {"dataset": "welfare.known", "column": "no"}
    with pytest.raises(BadInput):
        quality.set_rules(
            dataset=judged, rules={"fields": {"编号": {"reference": theirs}}}, by=agency
        )
    own = {"dataset": "education.known", "column": "no"}
    quality.set_rules(dataset=judged, rules={"fields": {"编号": {"reference": own}}}, by=agency)
    worker.work(once=True)
    assert values(quality.report(judged, agency))["0402"] == 0.5


def test_what_the_data_suggest_is_taken_over_beside_the_rules_there_are(
    judged: Dataset, agency: Agent
) -> None:
    found = quality.proposed(judged, agency)
    assert found["fields"]["电话"]["pattern"] == RULES["fields"]["电话"]["pattern"]  # type: ignore[index]
    assert found["fields"]["开办"]["required"] is True
    assert found["key"] == ["编号"]
    quality.set_rules(dataset=judged, rules=found, by=agency)
    assert quality.proposed(judged, agency) == quality.rules_of(Dataset.objects.get(pk=judged.pk))


def test_freshness_counts_promised_updates_against_those_that_came() -> None:
    first = date(2026, 1, 15)
    kept = freshness(
        "weekly", [first, first + timedelta(7), first + timedelta(21)], date(2026, 2, 6)
    )
    assert (kept.in_time, kept.missed, kept.late_since) == (1, 1, None)
    late = freshness("monthly", [first], date(2026, 4, 20))
    assert (late.in_time, late.missed, late.late_since) == (0, 3, date(2026, 2, 15))
    assert freshness("irregular", [first], date(2030, 1, 1)).share is None
    assert freshness("", [], date(2030, 1, 1)).promised is False
    assert freshness("yearly", [first], date(2027, 1, 15)).late_since is None
    assert freshness("realtime", [first], date(2026, 1, 18)).missed == 2


def test_the_overview_has_the_worst_first_and_what_is_late(
    judged: Dataset, ingest: Ingest, publish: Publish, agency: Agent, bureau: Agent,
    second_agency: Agent,
) -> None:  # fmt: skip
    publish(judged, update_cycle="monthly")
    publish(ingest("education.fine", SCHOOLS), opening="open")
    worker.work(once=True)
    later = timezone.localdate() + timedelta(100)
    found = overview(bureau, later)
    scores = [one.score for one in found.datasets if one.score is not None]
    assert len(scores) == 2
    assert scores == sorted(scores)
    assert [one.dataset.code for one in found.late] == [CODE]
    assert [(one.provider, one.datasets, one.late) for one in found.agencies] == [
        (agency.organisation, 2, 1)
    ]
    assert overview(second_agency, later).datasets == []
    with pytest.raises(Forbidden):
        overview(ANONYMOUS)


def test_contradictions_are_counted_and_shown_to_whoever_holds_both(
    ingest: Ingest, agency: Agent, bureau: Agent, second_agency: Agent
) -> None:
    ours = ingest(
        "education.schools", "编号,区县,电话\n1,东城,111\n2,西城,222\n3,东城,333\n4,,444\n"
    )
    same = ingest("education.copy", "编号,区县,name\n1,东城,x\n2,海淀,y\n5,西城,z\n4,东城,w\n")
    theirs = ingest("welfare.copy", "编号,区县\n1,东城\n2,海淀\n", by=second_agency)
    for dataset, by in ((ours, agency), (same, agency), (theirs, second_agency)):
        changes.set_key(dataset=dataset, columns=["编号"], by=by)
    (found,) = contradictions(ours, same, agency).found
    assert found.columns == ("区县", "区县")
    assert (found.matched, found.differing, found.blank, found.share) == (3, 1, 1, 0.5)
    assert found.examples == (("2", "西城", "海淀"),)
    (told,) = contradictions(ours, theirs, bureau).found
    assert (told.differing, told.examples) == (1, ())
    for other in (agency, second_agency, ANONYMOUS):
        with pytest.raises(Forbidden):
            contradictions(ours, theirs, other)
    with pytest.raises(BadInput):
        contradictions(ours, same, agency, key=("编号", "nothing"))
    with pytest.raises(Conflict):
        contradictions(ours, ingest("education.other", "a,b\nx,1\ny,2\n"), agency)


def test_the_pages_say_it_in_both_languages(
    judged: Dataset, agency_client: Client, second_agency_client: Client
) -> None:
    for language, word in (("zh-hans", "无依据"), ("en", "no basis")):
        page = agency_client.get(f"/dataset/{CODE}/quality", HTTP_ACCEPT_LANGUAGE=language)
        assert page.status_code == 200
        text = page.content.decode()
        assert word in text
        assert "<polygon" in text
        assert "电话 = none" in text
    assert second_agency_client.get(f"/dataset/{CODE}/quality").status_code == 404
    page = agency_client.get(f"/dataset/{CODE}/quality?with=no.where")
    assert page.status_code == 422
    assert agency_client.get("/quality").status_code == 200


def test_rules_are_set_by_the_form_and_taken_over_by_one_button(
    judged: Dataset, agency_client: Client, agency: Agent
) -> None:
    address = f"/dataset/{CODE}/quality/rules"
    assert "0571-[0-9]{8}" in agency_client.get(address).content.decode()
    form = {
        "do": "set", "c0-key": "on", "c0-minimum": "1", "c1-pattern": "0571-.*",
        "c1-required": "on", "c2-maximum": "2026-01-01", "checks": "关闭 >= 开办\n",
        "sequences": "开办, 关闭",
    }  # fmt: skip
    assert agency_client.post(address, form).status_code == 302
    found = quality.rules_of(Dataset.objects.get(pk=judged.pk))
    assert found == {
        "fields": {
            "编号": {"minimum": 1},
            "电话": {"pattern": "0571-.*", "required": True},
            "开办": {"maximum": "2026-01-01"},
        },
        "key": ["编号"],
        "checks": [{"expression": "关闭 >= 开办"}],
        "sequences": [["开办", "关闭"]],
    }
    refused = agency_client.post(address, form | {"checks": "关闭 >="})
    assert refused.status_code == 422
    assert agency_client.post(address, {"do": "adopt"}).status_code == 302
    assert quality.rules_of(Dataset.objects.get(pk=judged.pk))["fields"]["开办"]["required"]


def test_over_http_as_by_page(judged: Dataset, agency_client: Client, client: Client) -> None:
    told = agency_client.get(f"/api/datasets/{CODE}/quality").json()
    assert told["whole"] is True
    assert (told["version"], len(told["report"]["indicators"])) == (1, 20)
    assert told["freshness"]["due"] is None
    rules = agency_client.get(f"/api/datasets/{CODE}/rules").json()
    assert rules["key"] == ["编号"]
    assert agency_client.get(f"/api/datasets/{CODE}/rules?proposed=true").status_code == 200
    for said, status in (({"fields": {"x": {}}}, 422), ({"fields": 3}, 422), (rules, 200)):
        answer = agency_client.put(
            f"/api/datasets/{CODE}/rules", json.dumps(said), content_type="application/json"
        )
        assert answer.status_code == status, answer.content.decode()
    assert client.get(f"/api/datasets/{CODE}/quality").status_code == 404
    assert client.get("/api/quality").status_code == 401
    assert agency_client.get("/api/quality").json()["datasets"][0]["dataset"] == CODE
    compare = f"/api/datasets/{CODE}/contradictions?with={CODE}"
    assert agency_client.get(compare).status_code == 422


def test_a_report_is_written_once_a_version(judged: Dataset) -> None:
    assert QualityReport.objects.count() == 1
    (row,) = QualityReport.objects.all()
    assert row.score is not None
    assert row.rules["key"] == ["编号"]


def test_versions_from_before_there_was_a_judgement_are_judged(ingest: Ingest) -> None:
    found = ingest(CODE, SCHOOLS)
    Job.objects.all().delete()
    quality.keep_up()
    quality.keep_up()
    assert Job.objects.filter(kind="study_quality").count() == 1
    worker.work(once=True)
    assert QualityReport.objects.get(version__dataset=found).score is not None
    quality.keep_up()
    assert Job.objects.filter(kind="study_quality").count() == 1
