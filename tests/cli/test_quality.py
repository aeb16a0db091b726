"""`gongshu quality …`, as the agency's staff types it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.cli.conftest import Shell

pytestmark = [pytest.mark.e2e]
CODE = "education.schools"
SCHOOLS = "学校名称,区县,学生数\n第一小学,东城,801\n第二小学,西城,640\n第三中学,东城,1207\n"


def test_rules_are_set_taken_over_and_judged_by_from_the_shell(
    shell: Shell, tmp_path: Path
) -> None:
    table, rules = tmp_path / "schools.csv", tmp_path / "rules.json"
    table.write_text(SCHOOLS)
    rules.write_text(json.dumps({"fields": {"学生数": {"minimum": 700}}}))
    assert (
        shell.run("ingest", str(table), "--dataset", CODE, "--provider", "120001").returncode == 0
    )
    made = shell.run("user", "create", "lin", "--org", "120001", "--rank", "staff")
    assert made.returncode == 0, made.stderr
    me = ("--as", "lin")
    done = shell.run("quality", "rules", "set", CODE, str(rules), *me)
    assert done.returncode == 0, done.stderr
    assert shell.run("quality", "rules", "adopt", CODE, *me).returncode == 0
    kept = json.loads(shell.run("quality", "rules", "show", CODE, *me).stdout)
    assert kept["fields"]["学生数"]["minimum"] == 700
    assert kept["key"] == ["学校名称"]
    assert shell.run("worker", "--once").returncode == 0
    told = shell.json("quality", CODE, *me)
    (least,) = (fix for fix in told["report"]["fixes"] if fix["number"] == "0302")
    assert (least["failed"], least["columns"]) == (1, ["学生数"])
    for lang, words in (("en", "no basis: needs"), ("zh", "无依据")):
        assert words in shell.run("quality", CODE, *me, lang=lang).stdout
    assert CODE in shell.run("quality", "overview", *me).stdout
    rules.write_text("[1]")
    refused = shell.run("quality", "rules", "set", CODE, str(rules), *me)
    assert refused.returncode == 1
    assert "not a JSON object" in refused.stderr
    # Whoever runs the instance does not see the data, so not what they suggest either.
    assert shell.run("quality", "rules", "show", CODE, "--proposed").returncode == 1
    # Nor how easily somebody could be found in them.
    words = ("risk", "--dataset", CODE, "--quasi", "区县")
    assert (shell.json(*words, *me)["k"], shell.run(*words).returncode) == (1, 1)
    assert shell.run("risk", "--quasi", "区县").returncode == 2
