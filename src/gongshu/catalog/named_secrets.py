"""Secrets of sources, by name: of an organisation, outside the database, never shown or logged.

The secret EXCHANGE of the organisation 330101 is in the environment of the worker as
GONGSHU_SECRET_330101_EXCHANGE, or in the file secrets/330101/EXCHANGE of the instance's folder,
which only its owner can read. Another organisation's name of the same spelling is another secret:
who may set a source could otherwise have it sent somewhere.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from django.conf import settings

from gongshu.rules.problems import BadInput
from gongshu.wording import Sentence

NAME = re.compile(r"[A-Z][A-Z0-9_]{0,39}")
ORGANISATION = re.compile(r"[0-9A-Z]{1,18}")
LONGEST = 4096


def require_name(name: str) -> None:
    if name and not NAME.fullmatch(name):
        raise BadInput(
            "secret_name",
            Sentence(
                en="A secret's name is capitals, digits and _, such as EXCHANGE.",
                zh="密钥名称由大写字母、数字和下划线组成，如 EXCHANGE。",
            ),
            suggestion=Sentence(
                en="The secret itself is put into a file by whoever runs the platform.",
                zh="密钥本身由平台管理人员写入文件。",
            ),
            field="secret",
        )


def read(organisation: str, name: str) -> str:
    """The secret, or a sentence that says it is not there; nothing of it is ever in a sentence."""
    require_name(name)
    if not name or not ORGANISATION.fullmatch(organisation):
        return ""
    text = os.environ.get(f"GONGSHU_SECRET_{organisation}_{name}", "")
    path = Path(settings.HOME) / "secrets" / organisation / name
    if not text and path.is_file():
        if path.stat().st_mode & 0o077:
            raise _problem(
                f"The file of the secret {name} can be read by others; set its mode to 600.",
                f"密钥 {name} 的文件可被他人读取，请将权限设为 600。",
            )
        text = path.read_text()[:LONGEST]
    text = text.strip()
    if not text or not text.isascii() or not text.isprintable():
        raise _problem(
            f"There is no secret {name} of this organisation on this machine.",
            f"本机没有该机构的密钥 {name}。",
        )
    return text


def _problem(en: str, zh: str) -> BadInput:
    return BadInput("secret", Sentence(en=en, zh=zh), field="secret")
