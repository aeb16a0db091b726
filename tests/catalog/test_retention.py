"""What a rule keeps, what stays whatever it says, and what is left of a version that went."""

from __future__ import annotations

import json
import os
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from tests import warm
from tests.catalog.conftest import PEOPLE, SCHOOLS, Ingest, Publish

from gongshu.catalog import changes, retention, selectors
from gongshu.catalog.models import Dataset, Version
from gongshu.catalog.versions import sweep_orphans
from gongshu.ledger import moment
from gongshu.ledger import selectors as ledger
from gongshu.rules.agents import Agent
from gongshu.rules.problems import BadInput, Conflict, Forbidden, Gone

HEAD = "学校名称,区县,学生数\n"


def login(client: Client, username: str) -> None:
    from gongshu.accounts.models import Person

    client.force_login(Person.objects.get(username=username))


def row(n: int) -> str:
    return HEAD + f"第{n}校,东城,{n}\n"


@pytest.fixture
def five(ingest: Ingest) -> Dataset:
    for n in range(1, 6):
        dataset = ingest("education.schools", row(n))
    return dataset


def aged(dataset: Dataset, *days: int) -> None:
    for number, age in enumerate(days, start=1):
        created = moment.now() - timedelta(days=age)
        Version.objects.filter(dataset=dataset, number=number).update(created=created)


@pytest.mark.django_db
def test_a_rule_keeps_the_last_and_only_says_before_it_does(five: Dataset, agency: Agent) -> None:
    assert retention.apply(five, by=agency) == []  # without a rule all stay
    retention.set_rule(dataset=five, rule={"last": 2}, by=agency)
    assert [one.version.number for one in retention.fates(five) if one.goes] == [1, 2, 3]
    assert five.versions.filter(removed=None).count() == 5
    assert retention.apply(five, by=agency) == [1, 2, 3]
    assert retention.apply(five, by=agency) == []


@pytest.mark.django_db
def test_what_any_part_of_a_rule_keeps_stays(five: Dataset, agency: Agent) -> None:
    aged(five, 400, 395, 200, 20, 1)
    retention.set_rule(dataset=five, rule={"days": 30, "monthly": True}, by=agency)
    kept = {one.version.number for one in retention.fates(five) if one.kept_by_rule}
    assert {1, 3, 4, 5} <= kept
    retention.set_rule(dataset=five, rule={"days": 30}, by=agency)
    assert [one.version.number for one in retention.fates(five) if one.goes] == [1, 2, 3]
    aged(five, 400, 395, 200, 120, 100)
    assert [one.version.number for one in retention.fates(five) if one.goes] == [1, 2, 3, 4]


@pytest.mark.django_db
def test_a_removed_version_leaves_its_row_and_its_files_go_unless_shared(
    ingest: Ingest, agency: Agent
) -> None:
    dataset = ingest("education.schools", row(1))
    ingest("education.schools", row(2), mode="append")
    ingest("education.schools", row(3))
    one, two, three = (selectors.files(v) for v in dataset.versions.order_by("number"))
    digest = dataset.versions.get(number=2).digest
    retention.remove(dataset=dataset, number=2, by=agency)
    left = dataset.versions.get(number=2)
    assert (left.digest, left.removed_by, left.profile) == (digest, agency.person, {})
    entry = ledger.entries(events=["dataset.version_removed"]).last()
    assert (entry.facts, left.removed_entry) == ({"version": 2}, str(entry.id))
    for path in {*one, *two, *three}:
        os.utime(path, (1, 1))
    assert sweep_orphans() == 1
    assert [path.exists() for path in (*one, two[1], *three)] == [True, False, True]
    with pytest.raises(Gone):
        selectors.files(left)
    with pytest.raises(Gone):
        retention.remove(dataset=dataset, number=2, by=agency)


@pytest.mark.django_db
def test_the_newest_and_what_is_held_stay(
    five: Dataset, agency: Agent, bureau: Agent, second_agency: Agent
) -> None:
    with pytest.raises(Conflict):
        retention.remove(dataset=five, number=5, by=agency)
    retention.hold(dataset=five, number=2, reason="行政复议", by=bureau)
    with pytest.raises(Conflict) as refused:
        retention.remove(dataset=five, number=2, by=agency)
    assert "行政复议" in refused.value.sentence.zh
    retention.set_rule(dataset=five, rule={"last": 1}, by=agency)
    assert retention.apply(five, by=agency) == [1, 3, 4]
    with pytest.raises(Conflict):
        retention.release(dataset=five, number=2, by=agency)  # nobody lifts another's hold
    with pytest.raises(Forbidden):
        retention.hold(dataset=five, number=2, reason="x", by=second_agency)
    retention.release(dataset=five, number=2, by=bureau)
    assert retention.apply(five, by=agency) == [2]


@pytest.mark.django_db
def test_nobody_else_removes_or_sets_a_rule(five: Dataset, second_agency: Agent) -> None:
    with pytest.raises(Forbidden):
        retention.remove(dataset=five, number=1, by=second_agency)
    with pytest.raises(Forbidden):
        retention.set_rule(dataset=five, rule={"last": 1}, by=second_agency)


@pytest.mark.django_db
@pytest.mark.parametrize("rule", [{"last": 0}, {"last": -1}, {"days": "x"}, {"weekly": 3}])
def test_no_rule_is_refused_in_a_sentence(
    five: Dataset, agency: Agent, rule: dict[str, object]
) -> None:
    with pytest.raises(BadInput):
        retention.set_rule(dataset=five, rule=rule, by=agency)


@pytest.mark.django_db
def test_the_key_counts_changed_rows_and_another_key_counts_anew(
    ingest: Ingest, agency: Agent
) -> None:
    dataset = ingest("education.schools")
    ingest("education.schools", SCHOOLS.replace("801", "900").replace("第三中学", "第四中学"))
    found, job = changes.between(dataset, 1, 2, by=agency)
    assert job is None
    assert found is not None
    assert (found.changes["rows"]["added"], found.changes["rows"]["changed"]) == (2, None)
    changes.set_key(dataset=dataset, columns=["学校名称"], by=agency)
    found, _ = changes.between(dataset, 2, 1, by=agency)
    assert found is not None
    assert found.changes["columns"]["changed"] == {"学生数": 1}
    assert {k: found.changes["rows"][k] for k in ("added", "removed", "changed")} == {
        "added": 1, "removed": 1, "changed": 1,
    }  # fmt: skip
    with pytest.raises(BadInput):
        changes.set_key(dataset=dataset, columns=["没有"], by=agency)


@pytest.mark.django_db
def test_large_ones_are_compared_by_a_job_and_then_kept(
    ingest: Ingest, agency: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gongshu.jobs import worker

    dataset = ingest("education.schools")
    ingest("education.schools", row(2))
    monkeypatch.setattr(changes, "AT_ONCE", 1)
    found, job = changes.between(dataset, 1, 2, by=agency)
    assert found is None
    assert job is not None
    assert changes.between(dataset, 1, 2, by=agency)[1] == job  # not a second one
    while worker.work(once=True):
        pass
    found, _ = changes.between(dataset, 1, 2, by=agency)
    assert found is not None
    assert found.changes["rows"]["added"] == 1


@pytest.mark.django_db
def test_what_changed_in_protected_data_is_for_their_provider(
    ingest: Ingest, publish: Publish, second_agency: Agent, agency: Agent
) -> None:
    dataset = publish(
        ingest("health.persons", PEOPLE), unit_column="patient_id", classification="personal"
    )
    ingest("health.persons", PEOPLE.replace("P0001,M", "P0001,F"))
    with pytest.raises(Forbidden):
        changes.between(dataset, 1, 2, by=second_agency)
    api = "/api/datasets/health.persons/versions"
    anybody = Client()
    assert anybody.get(f"{api}/1/changes/2").status_code == 403
    shown = anybody.get(api).json()
    assert [one["number"] for one in shown] == [2, 1]
    assert {one["rows"] for one in shown} == {None}
    pages = ("/dataset/health.persons/versions", "/dataset/health.persons/v/1")
    for page in pages:
        text = anybody.get(page).content.decode()
        assert selectors.latest(dataset).digest[:16] not in text
        assert "200" not in text.split("<main")[-1]
    own = Client()
    login(own, "agency")
    assert own.get(f"{api}/1/changes/2").json()["rows"]["added"] == 1
    assert own.get("/dataset/health.persons/versions?older=1&newer=2").status_code == 200


@pytest.mark.django_db
def test_a_permanent_link_is_of_its_version_for_ever(
    five: Dataset, publish: Publish, agency: Agent
) -> None:
    publish(five, opening="open")
    web = Client()
    page = "/dataset/education.schools/v"
    assert web.get(f"{page}/latest").headers["Location"] == f"{page}/5"
    assert web.get(f"{page}/2").status_code == 200
    old = web.get("/dataset/education.schools/download.csv?version=2")
    assert "第2校" in b"".join(old.streaming_content).decode()
    retention.remove(dataset=five, number=2, by=agency)
    api = "/api/datasets/education.schools/versions"
    for address in (f"{page}/2", f"{api}/2", f"{api}/2/changes/3"):
        answer = web.get(address)
        assert answer.status_code == 410, address
        assert "2" in answer.content.decode()
    assert web.get("/dataset/education.schools/download.csv?version=2").status_code == 410
    for wrong in (f"{page}/99", f"{page}/x", f"{api}/0", f"{page}/²"):
        assert web.get(wrong).status_code == 404, wrong
    assert web.get("/dataset/education.schools/versions").status_code == 200
    listed = web.get(api).json()
    assert [one["number"] for one in listed if one["removed"]] == [2]


@pytest.mark.django_db
def test_rules_holds_and_removal_over_http(five: Dataset) -> None:
    own = Client()
    login(own, "agency")
    rules = "/api/datasets/education.schools/version-rules"

    def put(address: str, body: object) -> tuple[int, dict[str, object]]:
        answer = own.put(address, json.dumps(body), content_type="application/json")
        return answer.status_code, answer.json()

    status, said = put(rules, {"key_columns": ["学校名称"], "retention": {"last": 2}})
    assert (status, said["would_remove"]) == (200, [1, 2, 3])
    assert put(rules, {"retention": {"last": "x"}})[0] == 422
    api = "/api/datasets/education.schools/versions"
    assert put(f"{api}/1/hold", {"reason": "审计"})[0] == 200
    assert own.delete(f"{api}/1").status_code == 409
    assert own.delete(f"{api}/1/hold").status_code == 204
    assert own.delete(f"{api}/1").status_code == 200
    assert own.delete(f"{api}/1").status_code == 410
    page = "/dataset/education.schools/versions"
    assert own.post(page, {"do": "rules", "last": "x"}).status_code == 422
    assert own.post(page, {"do": "rules", "last": "3", "key": "区县"}).status_code == 302
    assert own.post(page, {"do": "remove", "number": "2"}).status_code == 302
    assert own.post(page, {"do": "remove", "number": "5"}).status_code == 422
    assert Client().get(rules).status_code in (401, 403, 404)


@pytest.mark.e2e
def test_the_shell_lists_compares_holds_and_removes(tmp_path: Path) -> None:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GONGSHU")}
    environment |= {"GONGSHU_HOME": str(tmp_path / "home"), "GONGSHU_LANG": "en"}
    environment.pop("DJANGO_SETTINGS_MODULE", None)

    def shell(*words: str) -> subprocess.CompletedProcess[str]:
        return warm.run(words, environment)

    warm.instance(tmp_path / "home")
    shell("org", "create", "120001", "某局", "--kind", "agency")
    password = tmp_path / "password"
    password.write_text("a long and quiet word 91")
    made = shell("user", "create", "clerk", "--org", "120001", "--password-file", str(password))
    assert made.returncode == 0, made.stderr
    file = tmp_path / "x.csv"
    code = "education.schools"
    for n in (1, 2, 3):
        file.write_text(row(n))
        done = shell("ingest", str(file), "--dataset", code, "--provider", "120001")
        assert done.returncode == 0, done.stderr
    own = ("--as", "clerk")
    listed = json.loads(shell("version", "list", code, "--json", *own).stdout)
    assert [one["number"] for one in listed] == [3, 2, 1]
    shown = json.loads(shell("version", "show", code, "--json", *own).stdout)
    assert shown["number"] == 3
    rules = shell("version", "rules", code, "--key", "学校名称", "--keep-last", "2", "--json", *own)
    assert json.loads(rules.stdout)["would_remove"] == [1]
    compared = json.loads(shell("version", "diff", code, "1", "3", "--json", *own).stdout)
    assert (compared["by_key"], compared["rows"]["added"]) == (True, 1)
    assert "1 added, 1 removed, 0 changed" in shell("version", "diff", code, "1", "2", *own).stdout
    assert shell("version", "hold", code, "1", "--reason", "audit", *own).returncode == 0
    refused = shell("version", "remove", code, "1", *own)
    assert (refused.returncode, "audit" in refused.stderr) == (1, True)
    assert shell("version", "hold", code, "1", "--release", *own).returncode == 0
    assert shell("version", "remove", code, "1", *own).returncode == 0
    gone = shell("version", "show", code, "1", *own)
    assert (gone.returncode, "removed" in gone.stderr) == (1, True)
    assert shell("version", "delta", code, *own).returncode == 1  # it is not open
