"""Which encoding a file's bytes are in.

A byte order mark decides; then the pattern of zero bytes (UTF-16), then UTF-8, which other
encodings almost never imitate. What is left is a question of likelihood: read as GB18030,
Big5 and cp1252, which reading yields characters that people use?

>>> detect("姓名,年龄\\n张三,30\\n".encode("gbk")).name
'gb18030'
>>> detect("año,población\\n2001,España\\n".encode("latin-1")).name
'cp1252'
"""

from __future__ import annotations

import codecs
import unicodedata
from dataclasses import dataclass

_MARKS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)


@dataclass(frozen=True, slots=True)
class Encoding:
    """A codec's name, how sure we are, and how many bytes of mark precede the text."""

    name: str
    confidence: float
    mark: int = 0


def detect(sample: bytes) -> Encoding:
    """The most likely encoding of the file that starts with (or is) `sample`."""
    for mark, name in _MARKS:
        if sample.startswith(mark):
            return Encoding(name, 1.0, len(mark))
    two_bytes = wide(sample)
    if two_bytes:
        return two_bytes
    damaged = _damage(sample, "utf-8")
    if not damaged:
        return Encoding("utf-8", 0.9 if sample.isascii() else 1.0)
    legacy = _legacy(sample)
    # A few broken bytes do not make Chinese UTF-8 into something else: every intact
    # character of three bytes would have to be an accident.
    if damaged < 0.02 and legacy.name not in ("gb18030", "big5"):
        return Encoding("utf-8", 0.8)
    return legacy


def mark_length(sample: bytes, name: str) -> int:
    """How many bytes of `sample` are a mark that the hinted encoding `name` would write."""
    for mark, marked in _MARKS:
        if sample.startswith(mark) and codecs.lookup(marked).name == name:
            return len(mark)
    return 0


def _decodes(sample: bytes, name: str) -> str | None:
    """The sample as text; a character cut off at its end is no error."""
    try:
        return codecs.getincrementaldecoder(name)().decode(sample, final=False)
    except UnicodeDecodeError:
        return None


def _damage(sample: bytes, name: str) -> float:
    """The share of characters beyond ASCII that do not decode."""
    text = codecs.getincrementaldecoder(name)("replace").decode(sample, final=False)
    beyond = sum(1 for c in text if c > "\x7f") if not text.isascii() else 0
    return text.count("\ufffd") / beyond if beyond else 0.0


def wide(sample: bytes) -> Encoding | None:
    """UTF-16 without a mark: line ends and delimiters have a zero byte on one side."""
    even = sample[: min(len(sample), 1 << 16) // 2 * 2]
    if not even or even.count(0) < len(even) // 50 + 1:
        return None
    scores = {}
    for name, offset in (("utf-16-le", 0), ("utf-16-be", 1)):
        text = _decodes(even, name)
        if text is None or "\x00" in text:
            continue
        if not ("\n" in text or "\r" in text) and 3 * even.count(0) < len(even):
            continue  # a stray zero byte, not half of every letter
        plain, zeros = even[offset::2], even[1 - offset :: 2]
        hits = sum(1 for a, b in zip(plain, zeros, strict=False) if b == 0 and 9 <= a < 0x7F)
        odd = sum(1 for c in text if unicodedata.category(c) in ("Cn", "Co", "Cs", "Lm", "Mn"))
        scores[name] = (hits - 5 * odd) / len(text)
    if not scores:
        return None
    best = max(scores, key=scores.__getitem__)
    return Encoding(best, 0.95) if scores[best] > 0.02 else None


def _legacy(sample: bytes) -> Encoding:
    chinese = {name: _share_of_common(sample, name) for name in ("gb18030", "big5hkscs")}
    best = max(chinese, key=chinese.__getitem__)
    if chinese[best] >= 0.6:
        other = min(chinese.values())
        name = "big5" if best == "big5hkscs" else best
        return Encoding(name, round(min(0.99, 0.6 + (chinese[best] - other) / 2), 2))
    western = "cp1252" if _decodes(sample, "cp1252") is not None else "latin-1"
    return Encoding(western, 0.7)


def _share_of_common(sample: bytes, name: str) -> float:
    """Of the characters beyond ASCII, the share that is in everyday use."""
    text = codecs.getincrementaldecoder(name)("replace").decode(sample, final=False)
    beyond = [c for c in text[:200_000] if ord(c) > 0x7F]
    if not beyond or beyond.count("\ufffd") > len(beyond) // 20:
        return 0.0
    everyday = _everyday_simplified if name == "gb18030" else _everyday_traditional
    return sum(1 for c in beyond if everyday(c)) / len(beyond)


_PUNCTUATION = frozenset("，。、；：？！“”‘’（）《》【】「」『』—…·％￥　～　０１２３４５６７８９")
# The commonest characters weigh double: GBK text misread as Big5 hits the common planes by
# chance, but not these.
_FREQUENT = frozenset(
    "的一是不了在人有我他这中大来上个国到说们为子和你地出道也时年得就那要下以生会自着去之过家学"
    "对可里后小么心多天而能好都然没日于起还发成事只作当想看文无开手十用主行方又如前所本见经头面"
    "公同三已老从动两长知样现分将外但身些与高意进把法此实回二理美点月明其种声全工己话儿者向情部"
    "正名定女问力机给等几很业最间新什打便位因重被走电四第门相次东政海口使教西再平真听世气信北少"
    "關於這個來國說們為時會學對裡後麼沒還發當開經頭見長動兩樣現與進實點種聲話問機給幾業間電門東"
    "市区县省镇乡村街道路号男女姓名址编码类型单位日期金额區縣鎮鄉號編碼類單額"
)


def _everyday_simplified(char: str) -> bool:
    if char in _PUNCTUATION or char in _FREQUENT:
        return True
    try:
        code = char.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return len(code) == 2 and 0xB0 <= code[0] <= 0xF7


def _everyday_traditional(char: str) -> bool:
    if char in _PUNCTUATION or char in _FREQUENT:
        return True
    try:
        code = char.encode("big5")
    except UnicodeEncodeError:
        return False
    return len(code) == 2 and 0xA4 <= code[0] <= 0xC6
