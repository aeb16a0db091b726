"""One text for one value: canonical JSON (RFC 8785), and a reader that accepts no other.

What is hashed or signed must have one spelling only, or a changed byte could go unnoticed:

>>> canonical({"b": 1, "a": "数"})
'{"a":"数","b":1}'
>>> read('{"a":"数","b":1}')
{'a': '数', 'b': 1}
>>> read('{"b":1,"a":"数"}')
Traceback (most recent call last):
gongshu.log.canonical_json.NotCanonical: not in canonical form
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from json.encoder import encode_basestring
from typing import Any, TypeAlias

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"

# RFC 7493: beyond it other readers lose digits; such a number is written as text.
LARGEST_INTEGER = 2**53 - 1


class NotCanonical(ValueError):
    """The text is not JSON, or is JSON spelt in another way."""


def canonical(value: Json) -> str:
    """The canonical text of `value`; ValueError for what JSON cannot say exactly."""
    parts: list[str] = []
    _write(value, parts)
    text = "".join(parts)
    text.encode()  # a lone surrogate is no character and has no UTF-8: UnicodeEncodeError
    return text


def canonical_bytes(value: Json) -> bytes:
    return canonical(value).encode()


def read(data: str | bytes) -> Any:
    """The value of a canonical text; NotCanonical for every other text."""
    try:
        text = data if isinstance(data, str) else data.decode()
        value = json.loads(text, parse_int=_read_integer)
        same = canonical(value) == text
    except (ValueError, RecursionError) as error:
        raise NotCanonical("not JSON") from error
    if not same:  # spaces, another order, a key twice, `1.0` for `1`, `\u6570` for `数`
        raise NotCanonical("not in canonical form")
    return value


def _read_integer(digits: str) -> int | float:
    """A whole number beyond 2^53-1 is a double like any other (RFC 8785 3.2.2.3)."""
    value = int(digits)
    return value if abs(value) <= LARGEST_INTEGER else float(digits)


def _write(value: Json, parts: list[str]) -> None:
    match value:
        case None:
            parts.append("null")
        case bool():
            parts.append("true" if value else "false")
        case str():
            parts.append(encode_basestring(value))
        case int():
            parts.append(_integer(value))
        case float():
            parts.append(_number(value))
        case Mapping():
            _write_object(value, parts)
        case list() | tuple():
            _write_array(value, parts)
        case _:
            raise ValueError(f"JSON has no {type(value).__name__}")


def _write_object(value: Mapping[str, Json], parts: list[str]) -> None:
    for name in value:
        if not isinstance(name, str):
            raise ValueError(f"a key must be text, not {type(name).__name__}")
    parts.append("{")
    # RFC 8785 3.2.3: sorted as UTF-16 code units, which differs from code points beyond U+FFFF.
    for n, name in enumerate(sorted(value, key=lambda k: k.encode("utf-16-be", "surrogatepass"))):
        parts.append(f"{',' if n else ''}{encode_basestring(name)}:")
        _write(value[name], parts)
    parts.append("}")


def _write_array(value: Sequence[Json], parts: list[str]) -> None:
    parts.append("[")
    for n, item in enumerate(value):
        if n:
            parts.append(",")
        _write(item, parts)
    parts.append("]")


def _integer(value: int) -> str:
    if abs(value) > LARGEST_INTEGER:
        raise ValueError("an integer beyond 2^53-1 is written as text")
    return str(int(value))


def _number(value: float) -> str:
    """As ECMAScript writes it (RFC 8785 3.2.2.3): Python's digits, another layout."""
    if not math.isfinite(value):
        raise ValueError("JSON has neither NaN nor infinity")
    if value == 0:
        return "0"
    sign, digit_tuple, exponent = Decimal(repr(value)).normalize().as_tuple()
    digits = "".join(map(str, digit_tuple))
    point = len(digits) + int(exponent)  # where the decimal point stands among the digits
    if len(digits) <= point <= 21:
        text = digits + "0" * (point - len(digits))
    elif 0 < point <= 21:
        text = f"{digits[:point]}.{digits[point:]}"
    elif -6 < point <= 0:
        text = f"0.{'0' * -point}{digits}"
    else:
        fraction = f".{digits[1:]}" if len(digits) > 1 else ""
        text = f"{digits[0]}{fraction}e{point - 1:+d}"
    return f"{'-' if sign else ''}{text}"
