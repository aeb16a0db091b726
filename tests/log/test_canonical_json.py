"""One value has one text, and no other text is read."""

from __future__ import annotations

import json
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongshu.log.canonical_json import NotCanonical, canonical, read

# RFC 8785, appendix B: the bits of a double and its text.
RFC_8785_NUMBERS = {
    "0000000000000000": "0",
    "8000000000000000": "0",
    "0000000000000001": "5e-324",
    "8000000000000001": "-5e-324",
    "7fefffffffffffff": "1.7976931348623157e+308",
    "ffefffffffffffff": "-1.7976931348623157e+308",
    "4340000000000000": "9007199254740992",
    "c340000000000000": "-9007199254740992",
    "4430000000000000": "295147905179352830000",
    "44b52d02c7e14af5": "9.999999999999997e+22",
    "44b52d02c7e14af6": "1e+23",
    "44b52d02c7e14af7": "1.0000000000000001e+23",
    "444b1ae4d6e2ef4e": "999999999999999700000",
    "444b1ae4d6e2ef4f": "999999999999999900000",
    "444b1ae4d6e2ef50": "1e+21",
    "3eb0c6f7a0b5ed8c": "9.999999999999997e-7",
    "3eb0c6f7a0b5ed8d": "0.000001",
    "41b3de4355555553": "333333333.3333332",
    "41b3de4355555554": "333333333.33333325",
    "41b3de4355555555": "333333333.3333333",
    "becbf647612f3696": "-0.0000033333333333333333",
    "43143ff3c1cb0959": "1424953923781206.2",
}

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@pytest.mark.parametrize(("bits", "text"), RFC_8785_NUMBERS.items())
def test_numbers_are_written_as_the_standard_writes_them(bits: str, text: str) -> None:
    assert canonical(struct.unpack(">d", bytes.fromhex(bits))[0]) == text


def test_keys_are_sorted_as_the_standard_sorts_them() -> None:
    keys = ["€", "\r", "\ufb33", "1", "😀", "\x80", "ö"]
    written = list(json.loads(canonical(dict.fromkeys(keys))))
    assert written == ["\r", "1", "\x80", "ö", "€", "😀", "\ufb33"]  # RFC 8785 3.2.3


def test_only_what_must_be_escaped_is() -> None:
    assert canonical('数\x00\x1f\n\t"\\/\x7f\u2028') == '"数\\u0000\\u001f\\n\\t\\"\\\\/\x7f\u2028"'


@given(values)
def test_a_value_is_read_back_and_has_one_text(value: object) -> None:
    text = canonical(value)  # type: ignore[arg-type]
    again = read(text)
    assert canonical(again) == text
    assert again == value


OTHER_TEXTS = [
    ' {"a":1}',
    '{"a":1}\n',
    '{"a": 1}',
    '{"b":1,"a":1}',
    '{"a":1,"a":1}',
    '{"a":1.0}',
    "1e2",
    "-0",
    "01",
    '"\\u6570"',
    '"\\/"',
    '"\\ud800"',
    "NaN",
    "Infinity",
    "1e999",
    "9007199254740993",
    "[1,]",
    "",
    "[" * 100_000,
    "9" * 5000,
]


@pytest.mark.parametrize("text", OTHER_TEXTS, ids=lambda text: text[:20])
def test_another_spelling_is_not_read(text: str) -> None:
    with pytest.raises(NotCanonical):
        read(text)


def test_bytes_that_are_not_utf8_are_not_read() -> None:
    with pytest.raises(NotCanonical):
        read(b'"\xff"')


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), 2**53, {1: 2}, {"a": object()}, "\ud800", {"\ud800": 1}]
)
def test_what_json_cannot_say_exactly_is_refused(value: object) -> None:
    with pytest.raises(ValueError):
        canonical(value)  # type: ignore[arg-type]
