"""The codes that organisations are known by.

A unified social credit code (统一社会信用代码, GB 32100) has 18 characters, the last a check over
the others. python-stdnum refuses correct codes whose first character is a letter (N for
agriculture, for one), so the check is our own:

>>> is_uscc("91110000600037341L"), is_uscc("N2411000MF1234567K"), is_uscc("91110000600037341M")
(True, True, False)

A department without a code of its own is known by its agency code (GB/T 21063.5, front
segment): two province digits, the level, three department digits.

>>> is_agency_code("120001"), is_agency_code("12I001")
(True, False)
"""

from __future__ import annotations

import re

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # base 31: no I, O, S, V, Z
WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
# 0 = province level, a letter other than I and O = district; departments count from 001.
AGENCY_CODE = re.compile(r"[0-9]{2}[0A-HJ-NP-Z](?!000)[0-9]{3}")


def uscc_check_character(first17: str) -> str:
    total = sum(ALPHABET.index(c) * w for c, w in zip(first17, WEIGHTS, strict=True))
    return ALPHABET[(31 - total % 31) % 31]


def is_uscc(code: str) -> bool:
    if len(code) != 18 or not set(code) <= set(ALPHABET):
        return False
    return uscc_check_character(code[:17]) == code[17]


def is_agency_code(code: str) -> bool:
    return bool(AGENCY_CODE.fullmatch(code))


def is_organisation_code(code: str) -> bool:
    return is_uscc(code) or is_agency_code(code)
