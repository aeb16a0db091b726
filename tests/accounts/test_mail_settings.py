"""What GONGSHU_MAIL_URL means, and that nothing of it is told to anybody."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from tests.receivers import mail_server

from gongshu import settings as read
from gongshu.cli import diagnosis

SECRET = "s3cret-word"


@pytest.mark.parametrize(
    ("url", "port", "wrapped", "tls"),
    [
        ("smtp://mail.example.cn", 25, False, False),
        ("smtp://mail.example.cn?tls=1", 25, False, True),
        (f"smtp://us:{SECRET}@mail.example.cn", 587, False, True),
        (f"smtp://us:{SECRET}@mail.example.cn:2525?tls=0", 2525, False, False),
        (f"smtps://us:{SECRET}@mail.example.cn", 465, True, False),
    ],
)
def test_a_password_goes_by_tls_unless_it_is_said_that_it_need_not(
    monkeypatch: pytest.MonkeyPatch, url: str, port: int, wrapped: bool, tls: bool
) -> None:
    monkeypatch.setenv("GONGSHU_MAIL_URL", url)
    named = read._mail()
    found = (named["host"], named["port"], named["use_ssl"], named["use_tls"])
    assert found == ("mail.example.cn", port, wrapped, tls)


def test_signs_in_a_password_are_written_in_percent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GONGSHU_MAIL_URL", "smtp://us%40example.cn:p%40ss%2Fw@mail.example.cn")
    named = read._mail()
    assert (named["username"], named["password"]) == ("us@example.cn", "p@ss/w")


@pytest.mark.parametrize(
    "url",
    [
        f"http://us:{SECRET}@mail.example.cn",
        f"smtp://us:{SECRET}@",
        f"smtp://us:{SECRET}%C3%BC@mail.example.cn",
        f"smtp://us:{SECRET}@mail.example.cn:many",
        f"smtp://us:{SECRET}/more@mail.example.cn",
    ],
)
def test_a_setting_that_cannot_be_read_is_refused_without_repeating_it(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("GONGSHU_MAIL_URL", url)
    with pytest.raises(ImproperlyConfigured) as refused:
        read._mail()
    assert SECRET not in str(refused.value)
    assert refused.value.__cause__ is None


def test_networks_that_cannot_be_read_are_refused() -> None:
    assert [str(n) for n in read._networks("10.20.0.0/16, fd12::/16")] == [
        "10.20.0.0/16",
        "fd12::/16",
    ]
    with pytest.raises(ImproperlyConfigured):
        read._networks("10.20.0.1/16")


@pytest.mark.django_db
@pytest.mark.filterwarnings("ignore:Requiring AUTH")
def test_the_doctor_tries_the_server_and_names_its_host_alone(settings: Any) -> None:
    with mail_server(password=lambda *given: given == ("us", SECRET)) as post:
        named = {"host": "127.0.0.1", "port": post.port, "username": "us", "use_tls": False}
        settings.MAIL_SERVER = named | {"password": SECRET}
        settings.PUBLIC_URL = "https://data.example.gov.cn"
        [found] = list(diagnosis._mail())
        assert (found.level, found.sentence.en) == ("ok", "Mails leave by 127.0.0.1.")
        settings.PUBLIC_URL = ""
        [found] = list(diagnosis._mail())
        assert found.level == "warning"
        settings.MAIL_SERVER = named | {"password": SECRET, "use_tls": True}
        [found] = list(diagnosis._mail())
        assert "no TLS" in found.sentence.en
        settings.MAIL_SERVER = named | {"password": SECRET}
    [found] = list(diagnosis._mail())
    assert (found.level, found.sentence.en) == (
        "error",
        "127.0.0.1: The mail server does not answer.",
    )
    settings.MAIL_SERVER = {"host": ""}
    [found] = list(diagnosis._mail())
    assert found.level == "ok"


@pytest.mark.e2e
def test_neither_the_shell_nor_the_doctor_says_the_password(tmp_path: Path) -> None:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("GONGSHU", "DJANGO"))}
    told = kept | {
        "GONGSHU_HOME": str(tmp_path),
        "GONGSHU_MAIL_URL": f"smtp://us:{SECRET}@127.0.0.1:9",
        "GONGSHU_LOG_LEVEL": "DEBUG",
    }
    said = ""
    for words in (["init"], ["doctor"], ["doctor", "--json"], ["worker", "--once"]):
        done = subprocess.run(
            [sys.executable, "-m", "gongshu.cli", *words], env=told, capture_output=True, text=True
        )
        said += done.stdout + done.stderr
    assert "127.0.0.1: The mail server does not answer." in said
    assert SECRET not in said
