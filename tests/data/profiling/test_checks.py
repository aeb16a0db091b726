"""The tests of single values, against numbers made by the rule and not by our code."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import ric, uscc

from gongshu.data.profiling import checks

# GB 32100, written a second time: character values and powers of three modulo 31.
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def with_check(first17: str) -> str:
    total = sum(ALPHABET.index(c) * pow(3, i, 31) for i, c in enumerate(first17))
    return first17 + ALPHABET[-total % 31]


CODES = st.builds(
    "".join,
    st.tuples(
        st.sampled_from("159YNAG2"),
        st.sampled_from("129"),
        st.text("0123456789", min_size=6, max_size=6),
        st.text(ALPHABET, min_size=9, max_size=9),
    ),
)


@given(CODES)
def test_a_credit_code_with_its_check_character_passes_whatever_letter_it_begins_with(
    first17: str,
) -> None:
    assert checks.is_credit_code(with_check(first17))


@given(CODES, st.integers(0, 17), st.sampled_from(ALPHABET))
def test_changing_one_character_of_a_credit_code_is_noticed(
    first17: str, at: int, character: str
) -> None:
    code = with_check(first17)
    changed = code[:at] + character + code[at + 1 :]
    assert checks.is_credit_code(changed) == (changed == code)


def test_a_code_of_a_farmers_cooperative_passes_though_stdnum_refuses_it() -> None:
    assert checks.is_credit_code("N2411000MF1234567K")
    assert not uscc.is_valid("N2411000MF1234567K")


@given(
    st.sampled_from(["110105", "330106", "339999", "659001"]),
    st.dates(date(1900, 1, 1), date(2100, 1, 1)),
    st.integers(0, 999),
)
def test_a_resident_number_needs_birthday_and_check_digit_but_no_known_place(
    place: str, born: date, order: int
) -> None:
    first17 = f"{place}{born:%Y%m%d}{order:03}"
    digit = ric.calc_check_digit(first17 + "0")
    assert checks.is_resident_number(first17 + digit)
    wrong = "X" if digit != "X" else "0"
    assert not checks.is_resident_number(first17 + wrong)


def test_a_place_that_no_list_knows_is_told_apart_but_not_refused() -> None:
    first17 = "33999919900307551"
    number = first17 + ric.calc_check_digit(first17 + "0")
    assert checks.is_resident_number(number)
    assert not checks.has_known_place(number)


@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [
        (checks.is_mobile, "13800138000", "12800138000"),
        (checks.is_mobile, "+86 138 0013 8000", "1380013800"),
        (checks.is_landline, "0571-87654321", "87654321"),
        (checks.is_landline, "(010)62345678转12", "010-1234"),
        (checks.is_phone, "87654321", "abc"),
        (checks.is_phone, "87654321、13800138000", "87654321、?"),
        (checks.is_email, "a.b+c@数据.中国", "a@b"),
        (checks.is_bank_card, "4111 1111 1111 1111", "4111 1111 1111 1112"),
        (checks.is_plate, "浙A12345", "浙I12345"),
        (checks.is_plate, "粤BD12345", "粤BD123"),
        (checks.is_date, "2024年2月29日", "2023-02-29"),
        (checks.is_date, "20240229", "20241301"),
        (checks.is_area_code, "33", "99"),
        (checks.is_area_code, "3301", "3399"),
        (checks.is_area_code, "330106109001", "99010610900"),
        (checks.is_long_area_code, "330106", "330000000"[:5]),
        (checks.is_common_person_name, "王小明", "办公室"),
        (checks.is_person_name, "Mary Ann O'Neil", "42"),
        (checks.is_full_address, "浙江省杭州市西湖区文三路90号", "杭州"),
        (checks.is_country_code, "CN", "XQ"),
        (checks.is_country_code, "NAM", "ZZZ"),
        (checks.is_point, "120.15, 30.28", "230.15, 30.28"),
        (checks.is_marked_money, "¥1,200.50", "1200.50"),
        (checks.is_postal_code, "310000", "3100"),
        (checks.is_organisation, "杭州西湖科技有限公司", "王小明"),
    ],
)
def test_each_form_tells_right_from_wrong(
    check: Callable[[str], bool], good: str, bad: str
) -> None:
    assert check(good)
    assert not check(bad)
