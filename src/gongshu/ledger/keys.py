"""The log's key: one file of the instance, readable by its owner alone.

The key's name is the log's origin. It is set when the key is made (`GONGSHU_LOG_ORIGIN`) and
stays, since everything ever signed bears it.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from django.conf import settings

from gongshu.log.note import BadKey, SigningKey
from gongshu.wording import Problem, Sentence


def key_file() -> Path:
    return Path(settings.HOME) / "log.key"


def create_key_file() -> SigningKey:
    """Make the key if there is none; of two processes at once, both get the same."""
    path = key_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    key = SigningKey.generate(settings.LOG_ORIGIN)
    # Written aside (mkstemp: 0600) and linked: the file is never there half-written.
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=".log.key-")
    try:
        with os.fdopen(handle, "w") as file:
            file.write(key.text() + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    except FileExistsError:
        return read_key()
    finally:
        os.unlink(draft)
    return key


def read_key() -> SigningKey:
    """The key of this instance; a Problem if there is none or it cannot be read."""
    path = key_file()
    try:
        return SigningKey.parse(path.read_text())
    except FileNotFoundError:
        raise Problem(
            "no_log_key",
            Sentence(en=f"The log's key {path} is missing.", zh=f"缺少日志密钥 {path}。"),
            suggestion=Sentence(
                en="Restore it from the backup; `gongshu init` makes one for a new instance.",
                zh="请从备份恢复；新实例可用 gongshu init 生成。",
            ),
        ) from None
    except (BadKey, UnicodeDecodeError):
        raise Problem(
            "bad_log_key",
            Sentence(
                en=f"The file {path} does not hold the log's key.", zh=f"文件 {path} 不是日志密钥。"
            ),
        ) from None
