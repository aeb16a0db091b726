"""`gongshu init`, `doctor`, `org`, `user`, `token`: an instance from nothing."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.cli.conftest import Shell

pytestmark = [pytest.mark.e2e]


def test_init_makes_an_instance_whose_keys_nobody_else_can_read(
    new_shell: Callable[[], Shell],
) -> None:
    shell = new_shell()
    made = shell.json("init")
    assert made["new"] is True
    assert len(made["password"]) >= 12
    assert "+" in made["log_key"]
    for name in ("secret_key", "log.key"):
        assert stat.S_IMODE((shell.home / name).stat().st_mode) == 0o600
    assert stat.S_IMODE(shell.home.stat().st_mode) == 0o700


def test_init_run_twice_changes_nothing_and_says_so(new_shell: Callable[[], Shell]) -> None:
    shell = new_shell()
    first = shell.json("init")
    secret = (shell.home / "secret_key").read_bytes()
    second = shell.run("init")
    assert second.returncode == 0
    assert "already" in second.stdout
    assert first["log_key"] in second.stdout
    assert "Password" not in second.stdout
    assert (shell.home / "secret_key").read_bytes() == secret


def test_init_takes_a_folder_and_a_password_file(
    new_shell: Callable[[], Shell], tmp_path: Path
) -> None:
    secret = tmp_path / "password"
    secret.write_text("a password of my own\n")
    shell = new_shell()
    done = shell.run("init", str(tmp_path / "elsewhere"), "--password-file", str(secret))
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "elsewhere" / "gongshu.db").exists()
    assert not shell.home.exists()
    assert "a password of my own" not in done.stdout


def test_init_goes_on_where_it_was_interrupted(new_shell: Callable[[], Shell]) -> None:
    shell = new_shell()
    died = shell.run("init", GONGSHU_CRASH_AT="append.before_commit")
    assert died.returncode == -9
    done = shell.run("init")
    assert done.returncode == 0, done.stderr
    assert "Its administrator: admin" in done.stdout


def test_without_an_instance_there_is_one_clear_sentence(new_shell: Callable[[], Shell]) -> None:
    done = new_shell().run("catalog", "list", lang="zh")
    assert done.returncode == 1
    assert "没有实例" in done.stderr
    assert "Traceback" not in done.stderr


def test_doctor_finds_a_new_instance_well(shell: Shell) -> None:
    done = shell.run("doctor")
    assert done.returncode == 0, done.stdout
    assert "✗" not in done.stdout


def test_doctor_finds_a_key_that_others_can_read(new_shell: Callable[[], Shell]) -> None:
    shell = new_shell()
    shell.init()
    (shell.home / "log.key").chmod(0o644)
    done = shell.run("doctor")
    assert done.returncode == 1
    assert "log.key" in done.stdout


def test_a_wrong_code_is_refused_in_the_readers_language(shell: Shell) -> None:
    for lang, word in (("en", "neither"), ("zh", "既不是")):
        done = shell.run("org", "create", "91110000600037341M", "某公司", lang=lang)
        assert (done.returncode, word in done.stderr) == (1, True)


def test_a_wrong_use_is_exit_2(shell: Shell) -> None:
    assert shell.run("org", "create").returncode == 2
    assert shell.run("nonsense").returncode == 2


def test_people_and_tokens_are_made_and_ended(shell: Shell) -> None:
    made = shell.json("user", "create", "li", "--org", "120001", "--rank", "head")
    assert len(made["password"]) >= 12
    token = shell.json("token", "create", "--user", "li", "--scope", "read", "--as", "li")
    assert token["token"].startswith("gs_")
    listed = shell.json("token", "list", "--as", "li")
    assert token["token"] not in str(listed)
    assert shell.run("token", "revoke", str(token["id"]), "--as", "li").returncode == 0
    assert shell.json("token", "list", "--as", "li")[0]["revoked"]
    assert {row["username"] for row in shell.json("user", "list")} == {"admin", "li"}


def test_a_user_of_the_shell_has_no_more_rights_than_elsewhere(shell: Shell) -> None:
    shell.json("user", "create", "wang", "--org", "120001")
    done = shell.run("org", "create", "120002", "某局", "--as", "wang")
    assert (done.returncode, "administrator" in done.stderr) == (1, True)
    done = shell.run("org", "list", "--as", "nobody")
    assert done.returncode == 2  # that command acts as nobody, and says so
    done = shell.run("catalog", "list", "--as", "nobody")
    assert (done.returncode, "nobody" in done.stderr) == (1, True)
