"""`gongshu grading …`, as the agency's staff types it."""

from __future__ import annotations

import pytest
from tests.cli.conftest import Shell

pytestmark = [pytest.mark.e2e]
PEOPLE = "姓名,性别,年龄,疾病\n" + "".join(
    f"王{'伟芳娜敏静'[n % 5]},{'男女'[n % 2]},{20 + n % 50},感冒\n" for n in range(60)
)


@pytest.fixture(scope="module")
def staff(shell: Shell, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("files") / "people.csv"
    path.write_text(PEOPLE)
    done = shell.run("ingest", str(path), "--dataset", "health.people", "--provider", "120001")
    assert done.returncode == 0, done.stderr
    made = shell.run("user", "create", "lin", "--org", "120001", "--rank", "staff")
    assert made.returncode == 0, made.stderr
    return "lin"


def test_proposals_are_confirmed_and_a_lower_grade_asks_for_a_reason(
    shell: Shell, staff: str
) -> None:
    told = shell.run("grading", "propose", "health.people", "--as", staff, lang="zh")
    assert told.returncode == 0, told.stderr
    assert "敏感个人信息" in told.stdout
    lower = ("grading", "confirm", "health.people", "--field", "疾病=person:serious", "--as", staff)
    refused = shell.run(*lower)
    assert refused.returncode == 1
    assert "say why" in refused.stderr
    done = shell.json(*lower, "--reason", "codes only", "--as-proposed", "--follow")
    assert done["complete"]
    assert (done["grade"], done["level"]) == ("general", 3)
    shown = shell.run("grading", "show", "health.people", "--as", staff)
    assert "lin" in shown.stdout
    assert "is graded general (3)" in shown.stdout


def test_who_runs_the_instance_is_not_shown_what_the_proposals_rest_on(
    shell: Shell, staff: str
) -> None:
    told = shell.run("grading", "propose", "health.people")
    assert told.returncode == 1
    assert "provider" in told.stderr
