"""What another server sent, as text by whatever encoding it is in, or as JSON."""

from __future__ import annotations

import codecs
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gongshu.rules.problems import BadInput
from gongshu.wording import Sentence

BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True)
class Answer:
    url: str  # after redirects
    body: bytes
    kind: str = ""  # the media type, without parameters
    charset: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.body).hexdigest()

    def text(self, declared: str = "") -> str:
        """By its mark, by what was declared, else UTF-8, else GB 18030."""
        for mark, encoding in BOMS:
            if self.body.startswith(mark):
                return self.body.decode(encoding, "replace")
        for encoding in filter(None, (declared, self.charset, "utf-8", "gb18030")):
            try:
                return self.body.decode(encoding)
            except (UnicodeDecodeError, LookupError):
                continue
        return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        try:
            return json.loads(self.text())
        except (ValueError, RecursionError):
            raise BadInput(
                "not_json",
                Sentence(en="What came is not JSON.", zh="返回的内容不是 JSON。"),
                field="url",
            ) from None


Get = Callable[[str], Answer]
