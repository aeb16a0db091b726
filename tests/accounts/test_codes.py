"""Organisation codes: the check character of GB 32100, and GB/T 21063.5 agency codes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import uscc

from gongshu.accounts.codes import ALPHABET, is_organisation_code, is_uscc, uscc_check_character


@pytest.mark.parametrize("code", ["91110000600037341L", "11100000000013127D", "N2411000MF1234567K"])
def test_a_right_code_passes_also_when_it_begins_with_a_letter(code: str) -> None:
    assert is_uscc(code)


@pytest.mark.parametrize(
    "code",
    ["91110000600037341M", "9111000060003734", "", "91110000600037341l", "9111000060003734IL"],
)
def test_a_wrong_code_does_not_pass(code: str) -> None:
    assert not is_uscc(code)


@given(st.text("0123456789", min_size=8, max_size=8), st.text(ALPHABET, min_size=8, max_size=8))
def test_our_check_character_agrees_with_python_stdnum(digits: str, body: str) -> None:
    first17 = "9" + digits + body
    assert uscc_check_character(first17) == uscc.calc_check_digit(first17)


@given(st.text(ALPHABET, min_size=17, max_size=17), st.integers(0, 16), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_always_noticed(first17: str, place: int, other: str) -> None:
    code = first17 + uscc_check_character(first17)
    changed = code[:place] + other + code[place + 1 :]
    assert is_uscc(changed) == (changed == code)


def test_an_agency_code_names_a_department_from_001_on() -> None:
    assert is_organisation_code("120001")
    assert is_organisation_code("33A999")
    assert not is_organisation_code("330000")
    assert not is_organisation_code("33O001")
