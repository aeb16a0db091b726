"""`gongshu case` and `gongshu calendar`, as people at the shell have them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.cli.conftest import Shell
from tests.world import plan_form

pytestmark = [pytest.mark.e2e]
AGENCY = "120001"


@pytest.fixture(scope="module")
def office(new_shell: Callable[[], Shell], tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """An instance with an agency and a government, two people each."""
    shell = new_shell()
    password = tmp_path_factory.mktemp("office") / "password"
    password.write_text("a long enough password 1")
    shell.init()
    for code, kind in ((AGENCY, "agency"), ("120002", "government")):
        assert shell.run("org", "create", code, kind, "--kind", kind).returncode == 0
        for rank in ("staff", "head"):
            words = [f"{kind}.{rank}", "--org", code, "--rank", rank]
            made = shell.run("user", "create", *words, "--password-file", str(password))
            assert made.returncode == 0, made.stderr
    return shell


@pytest.fixture
def plan(tmp_path: Path) -> str:
    path = tmp_path / "plan.yaml"
    path.write_text(yaml.safe_dump(plan_form(), allow_unicode=True))
    return str(path)


def opened(office: Shell, plan: str) -> dict[str, Any]:
    words = ("case", "open", "authorised_operation", "-f", plan, "--as", "agency.staff")
    made: dict[str, Any] = office.json(*words)
    return made


def test_a_case_is_opened_listed_and_shown(office: Shell, plan: str) -> None:
    case = opened(office, plan)
    assert case["state"] == "plan_draft"
    listed = office.json("case", "list", "--as", "agency.head")
    assert case["id"] in [one["id"] for one in listed]
    inbox = office.json("case", "list", "--inbox", "--as", "agency.head")
    assert case["id"] in [one["id"] for one in inbox]
    assert office.json("case", "list", "--inbox", "--as", "agency.staff") == []
    assert office.json("case", "list", "--as", "government.head") == []
    shown = office.json("case", "show", case["id"], "--as", "agency.head")
    assert [step["name"] for step in shown["steps"]] == ["open"]
    offers = {offer["name"]: offer for offer in shown["offers"]}
    assert not offers["submit_plan"]["allowed"]  # its datasets are not published
    assert "graded" in offers["submit_plan"]["reason"]
    assert offers["revise_plan"]["form"]["properties"]["name"]["x-zh"] == "1. 名称"


def test_people_read_tables_in_their_language(office: Shell, plan: str) -> None:
    case = opened(office, plan)["id"]
    english = office.run("case", "show", case, "--as", "agency.head")
    chinese = office.run("case", "show", case, "--as", "agency.head", lang="zh")
    assert "Authorised operation" in english.stdout
    assert "授权运营" in chinese.stdout
    assert "方案起草" in chinese.stdout


def test_a_step_is_taken_and_one_that_is_not_yours_is_one_sentence(
    office: Shell, plan: str
) -> None:
    case = opened(office, plan)["id"]
    refused = office.run("case", "do", case, "submit_plan", "--as", "agency.staff")
    assert refused.returncode == 1
    assert refused.stdout == ""
    assert refused.stderr.strip() == ("“Submit the plan” is for the head of the implementing body.")
    words = ("case", "do", case, "abandon", "--as", "agency.head")
    without = office.run(*words)
    assert (without.returncode, "reason" in without.stderr) == (1, True)
    done = office.json(*words, "--note", "not needed any more")
    assert (done["step"], done["state"]) == ("abandon", "abandoned")
    late = office.run(*words, "--note", "again", lang="zh")
    assert late.returncode == 1
    assert "已放弃" in late.stderr


def test_one_key_is_one_case(office: Shell, plan: str) -> None:
    words = ("case", "open", "authorised_operation", "-f", plan, "--as", "agency.staff")
    first = office.json(*words, "--key", "k1")
    assert office.json(*words, "--key", "k1")["id"] == first["id"]


def test_a_form_that_is_none_and_a_field_that_is_wrong_are_said(
    office: Shell, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text("- just\n- a list\n")
    words = ("case", "open", "authorised_operation", "--as", "agency.staff", "-f")
    assert "broken.yaml" in office.run(*words, str(broken)).stderr
    partial = tmp_path / "partial.yaml"
    partial.write_text("name: Health planning\n")
    said = office.run(*words, str(partial))
    assert said.returncode == 1
    assert "is missing" in said.stderr
    assert len(said.stderr.strip().splitlines()) == 1


def test_a_calendar_of_the_next_year_is_imported(office: Shell, tmp_path: Path) -> None:
    assert office.json("calendar", "show") == {"first": "2024-01-01", "last": "2026-12-31"}
    days = [{"name": "元旦", "date": "2027-01-01", "isOffDay": True}]
    empty, broken, good = (tmp_path / name for name in ("empty.json", "broken.json", "2027.json"))
    empty.write_text(json.dumps({"year": 2027, "papers": [], "days": []}))
    broken.write_text("{")
    good.write_text(json.dumps({"year": 2027, "papers": [], "days": days}))
    assert "no year" in office.run("calendar", "import", str(empty)).stderr
    assert "broken.json" in office.run("calendar", "import", str(broken)).stderr
    assert office.json("calendar", "show")["last"] == "2026-12-31"
    done = office.json("calendar", "import", str(good))
    assert (done["years"], done["last"]) == ([2027], "2027-12-31")
    assert office.json("calendar", "show")["last"] == "2027-12-31"
