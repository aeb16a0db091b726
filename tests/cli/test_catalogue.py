"""`gongshu ingest` and `gongshu catalog …`, as a person types them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.cli.conftest import Shell

pytestmark = [pytest.mark.e2e]
SCHOOLS = "本表由教育局提供;;\n;;\n学校名称;区县;学生数\n第一小学;东城;801\n第二小学;西城;640\n"


@pytest.fixture(scope="module")
def schools(shell: Shell, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("files") / "学校.csv"
    path.write_bytes(SCHOOLS.encode("gb18030"))
    done = shell.run("ingest", str(path), "--dataset", "edu.schools", "--provider", "120001")
    assert done.returncode == 0, done.stderr
    return path


def test_ingest_says_what_it_took_the_file_for(shell: Shell, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(SCHOOLS.encode("gb18030"))
    done = shell.run("ingest", str(path), "--dataset", "edu.guessed", "--provider", "120001")
    assert done.returncode == 0, done.stderr
    for word in ("new draft", "version 1: 2 rows", "gb", "';'", "学校名称", "801", "Proposed"):
        assert word in done.stdout, word
    assert "Traceback" not in done.stderr


def test_ingest_again_changes_nothing(shell: Shell, schools: Path) -> None:
    again = shell.json("ingest", str(schools), "--dataset", "edu.schools")
    assert (again["version"], again["new"], again["drafted"], again["rows"]) == (1, False, False, 2)


def test_a_hint_overrides_a_guess(shell: Shell, schools: Path, tmp_path: Path) -> None:
    path = tmp_path / "latin.csv"
    path.write_bytes("name,n\nMüller,1\n".encode("latin-1"))
    words = ("ingest", str(path), "--dataset", "edu.latin", "--provider", "120001")
    assert shell.json(*words, "--encoding", "latin-1")["report"]["encoding"] == "iso8859-1"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--dataset", "Schools"), "<domain>.<name>"),
        (("--dataset", "edu.new", "--provider", "999999"), "999999"),
    ],
)
def test_a_mistake_is_one_sentence_and_exit_1(
    shell: Shell, schools: Path, words: tuple[str, ...], said: str
) -> None:
    done = shell.run("ingest", str(schools), *words)
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert shell.run("catalog", "show", "edu.new").returncode == 1


def test_a_file_that_is_no_table_leaves_no_draft_behind(shell: Shell, tmp_path: Path) -> None:
    path = tmp_path / "empty.csv"
    path.write_bytes(b"")
    done = shell.run("ingest", str(path), "--dataset", "edu.empty", "--provider", "120001")
    assert done.returncode == 1
    assert shell.run("catalog", "show", "edu.empty").returncode == 1


def test_entries_are_shown_found_and_listed(shell: Shell, schools: Path) -> None:
    shown = shell.json("catalog", "show", "edu.schools")
    assert [f["name"] for f in shown["fields"]] == ["学校名称", "区县", "学生数"]
    assert shell.json("catalog", "index")["entries"] >= 1
    found = shell.json("catalog", "search", "学生数")
    assert "edu.schools" in [row["code"] for row in found["datasets"]]
    assert shell.json("catalog", "search", "学生数", "--domain", "no_such")["total"] == 0
    listed = shell.json("catalog", "list", "--domain", "edu", "--state", "draft")
    assert "edu.schools" in [row["code"] for row in listed]


def test_what_is_exported_can_be_imported_elsewhere(
    shell: Shell, schools: Path, new_shell, tmp_path: Path
) -> None:
    exported = shell.run("catalog", "export").stdout
    other = new_shell()
    other.init()
    other.run("org", "create", "120001", "某局", "--kind", "agency")
    file = tmp_path / "entries.jsonl"
    file.write_text(exported)
    done = other.json("catalog", "import", str(file))
    assert (done["written"], done["bad"], done["new"]) == (True, 0, done["rows"])
    again = other.json("catalog", "import", str(file))
    assert (again["unchanged"], again["new"]) == (again["rows"], 0)
    again = {
        r["code"]: r for r in map(json.loads, other.run("catalog", "export").stdout.splitlines())
    }
    first = {r["code"]: r for r in map(json.loads, exported.splitlines())}
    assert again["edu.schools"] == first["edu.schools"]


def test_a_bad_line_is_named_by_its_number(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "bad.jsonl"
    file.write_text('\n{"code": "edu.x", "provider": "120001", "colour": 1}\n')
    done = shell.run("catalog", "import", str(file))
    assert (done.returncode, "Row 2" in done.stdout, "colour" in done.stdout) == (1, True, True)
    assert shell.run("catalog", "show", "edu.x").returncode == 1


def test_the_form_goes_out_and_comes_back(shell: Shell, schools: Path, tmp_path: Path) -> None:
    empty, full = tmp_path / "empty.xlsx", tmp_path / "full.xlsx"
    assert shell.run("catalog", "template", str(empty)).returncode == 0
    assert shell.json("catalog", "import", str(empty))["rows"] == 0
    assert shell.run("catalog", "export", "--format", "xlsx", "--out", str(full)).returncode == 0
    done = shell.json("catalog", "import", str(full), "--dry-run")
    assert (done["unchanged"], done["bad"]) == (done["rows"], 0)
    assert done["rows"] >= 1


def test_a_made_up_catalogue_of_any_size(shell: Shell) -> None:
    assert shell.json("catalog", "generate", "50")["entries"] == 50
    assert shell.json("catalog", "generate", "50")["entries"] == 50  # and as many more
    rows = shell.json("catalog", "list", "--state", "draft")
    assert sum(row["code"].startswith("synthetic_") for row in rows) == 100
