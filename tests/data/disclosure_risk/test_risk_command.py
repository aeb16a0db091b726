"""`gongshu risk`, run as a user runs it: on a messy file and without an instance."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

CSV = "姓名;年龄;zip, full;disease\n" + "".join(
    f"p{i % 6};{30 + i % 2};{1000 + i % 2};{'flu' if i % 3 else 'cold'}\n" for i in range(12)
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    path.write_bytes(CSV.encode("gb18030"))
    return path


def gongshu(*words: str | Path, lang: str = "en") -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "GONGSHU_HOME": "/nonexistent", "PYTHONWARNINGS": "default"}
    return subprocess.run(
        [sys.executable, "-m", "gongshu.cli", "--lang", lang, *map(str, words)],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )


def test_the_figures_are_printed_and_exit_is_zero(file: Path) -> None:
    told = gongshu("risk", file, "--quasi", "年龄", "--sensitive", "disease")
    assert told.returncode == 0, told.stderr
    assert "12 rows, in classes by 年龄." in told.stdout
    assert "16.67%" in told.stdout
    assert "disease" in told.stdout


def test_they_are_printed_in_chinese_too(file: Path) -> None:
    told = gongshu("risk", file, "--quasi", "年龄", "--unit", "姓名", lang="zh")
    assert told.returncode == 0, told.stderr
    assert "6 个单元" in told.stdout
    assert "最小等价类" in told.stdout


def test_json_has_every_figure_and_a_quoted_name_may_hold_a_comma(file: Path) -> None:
    told = gongshu(
        "risk", file, "--quasi", '年龄,"zip, full"', "--sensitive", "disease",
        "--unit", "姓名", "--json",
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
    found = json.loads(told.stdout)
    assert found["quasi"] == ["年龄", "zip, full"]
    assert (found["k"], found["classes"], found["units"]) == (3, 2, 6)
    assert (found["l"], found["t"]) == ({"disease": 2}, {"disease": 0.0})


def test_an_unknown_column_is_one_sentence_in_the_readers_language_and_exit_one(
    file: Path,
) -> None:
    told = gongshu("risk", file, "--quasi", "age", lang="zh")
    assert told.returncode == 1
    assert told.stderr.startswith("没有名为“age”的列。")
    assert "Traceback" not in told.stderr


def test_no_column_at_all_is_wrong_usage(file: Path) -> None:
    assert gongshu("risk", file, "--quasi", " , ").returncode == 2
    assert gongshu("risk", file).returncode == 2


def test_a_file_that_is_no_table_is_one_sentence_and_exit_one(tmp_path: Path) -> None:
    (tmp_path / "empty.csv").write_bytes(b"")
    told = gongshu("risk", tmp_path / "empty.csv", "--quasi", "a")
    assert told.returncode == 1
    assert "Traceback" not in told.stderr


def test_suggestions_come_with_terms_that_can_be_pasted(file: Path) -> None:
    told = gongshu(
        "risk", file, "--quasi", "年龄", "--suggest", "--k", "7", "--left-out", "0",
        "--population", "100",
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
    assert "To reach k 7" in told.stdout
    assert "年龄 hidden" in told.stdout
    assert "unique in the population" in told.stdout
    found = json.loads(
        gongshu("risk", file, "--quasi", "年龄", "--suggest", "--k", "6", "--json").stdout
    )
    assert found["terms"]["columns"]["年龄"]["rights"] == ["filter", "group", "show"]
    assert found["suggestions"]["combinations"][0]["k_then"] == 6


def test_a_population_smaller_than_the_file_is_one_sentence(file: Path) -> None:
    told = gongshu("risk", file, "--quasi", "年龄", "--population", "3", lang="zh")
    assert told.returncode == 1
    assert "总体规模" in told.stderr
    assert "Traceback" not in told.stderr
