"""`gongshu notice`, as people at the shell have it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.cli.conftest import Shell

pytestmark = [pytest.mark.e2e]
AGENCY = "120001"
ADDRESS = "https://example.gov.cn/notices"


@pytest.fixture(scope="module")
def office(new_shell: Callable[[], Shell], tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """An agency with a clerk and a head."""
    shell = new_shell()
    password: Path = tmp_path_factory.mktemp("office") / "password"
    password.write_text("a long enough password 1")
    shell.init()
    assert shell.run("org", "create", AGENCY, "某局", "--kind", "agency").returncode == 0
    for name, rank in (("li", "staff"), ("wang", "head")):
        words = [name, "--org", AGENCY, "--rank", rank, "--password-file", str(password)]
        assert shell.run("user", "create", *words).returncode == 0
    return shell


def test_a_person_chooses_their_mails_and_reads_what_they_chose(office: Shell) -> None:
    chosen = office.json("notice", "mail", "daily", "--address", "li@example.cn", "--as", "li")
    assert chosen == {"mail": "daily", "address": "li@example.cn", "server": False}
    told = office.run("notice", "mail", "each", "--as", "li", lang="zh").stdout
    assert told == "li：每条通知一封邮件，发往 li@example.cn。\n本实例尚未配置邮件服务器。\n"
    refused = office.run("notice", "mail", "each", "--address", "li@", "--as", "li")
    assert refused.returncode == 1
    assert refused.stderr.startswith("“li@” is no mail address")


def test_the_head_sets_a_webhook_and_a_clerk_does_not(office: Shell) -> None:
    made = office.json("notice", "set-webhook", ADDRESS, "--as", "wang")
    assert made["secret"].startswith("whsec_")
    by_administrator = office.json("notice", "set-webhook", ADDRESS, "--org", AGENCY)
    assert by_administrator["secret"] != made["secret"]
    assert "secret" not in office.json("notice", "webhook", "--as", "wang")
    clerk = office.run("notice", "set-webhook", ADDRESS, "--as", "li", lang="zh")
    assert (clerk.returncode, clerk.stderr) == (1, "只有该机构的负责人或管理员可以执行此操作。\n")
    closed = office.run("notice", "set-webhook", "https://10.0.0.5/", "--as", "wang")
    assert closed.stderr == "The address leads into a network that webhooks may not reach.\n"
    assert office.json("notice", "deliveries", "--as", "wang") == []
    assert office.run("notice", "remove-webhook", "--as", "wang").returncode == 0
    assert office.run("notice", "webhook", "--as", "wang").stdout == "No webhook is set.\n"
    assert office.run("notice", "again", "none", "--as", "wang").returncode == 1
