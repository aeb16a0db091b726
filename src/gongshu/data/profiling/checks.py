"""Is this text a resident's number, a credit code, a phone …? One small function each.

>>> is_credit_code("91110000600037341L"), is_credit_code("91110000600037341M")
(True, False)
>>> is_resident_number("11010519491231002X"), is_mobile("+86 138-0013-8000")
(True, True)
"""

from __future__ import annotations

import re
from datetime import date
from functools import cache

from babel.core import get_global
from stdnum import luhn, numdb
from stdnum.cn import ric, uscc
from stdnum.exceptions import ValidationError

# GB 32100: no I, O, Z, S, V.
_CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_CREDIT_FORM = re.compile(rf"[{_CREDIT_ALPHABET}]{{2}}\d{{6}}[{_CREDIT_ALPHABET}]{{10}}")

_PROVINCES = frozenset(
    str(n)
    for first, last in ((11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 65), (71, 71))
    for n in range(first, last + 1)
) | {"81", "82"}
# The surnames of about nine in ten people (百家姓, by frequency).
_SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许邓冯韩曹曾彭萧肖蔡潘田董袁于余叶蒋杜苏"
    "魏程吕丁沈任姚卢傅钟姜崔谭廖范汪陆金石戴贾韦夏邱方侯邹熊孟秦白江阎薛尹段雷黎史龙陶贺顾毛"
    "郝龚邵万钱严覃武戚莫孔向汤常温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦"
)
_DATE_FORMS = tuple(
    re.compile(form)
    for form in (
        r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T]\d{1,2}:\d{2}.*)?",
        r"(\d{4})/(\d{1,2})/(\d{1,2})(?: \d{1,2}:\d{2}.*)?",
        r"(\d{4})\.(\d{1,2})\.(\d{1,2})",
        r"(\d{4})年(\d{1,2})月(\d{1,2})日.*",
        r"(\d{4})(\d{2})(\d{2})",
    )
)
_MOBILE = re.compile(r"(?:\+?86)?1[3-9]\d{9}")
_LANDLINE = re.compile(r"(?:(?:\+?86)?0\d{2,3}|\(0\d{2,3}\))[2-9]\d{6,7}(?:[转x]\d{1,6})?")
_SHORT_LINE = re.compile(r"[2-9]\d{6,7}|[48]00\d{7}|1\d{4}|\+\d{7,15}")
_EMAIL = re.compile(r"[\w.%+'-]+@[\w-]+(?:\.[\w-]+)*\.[A-Za-z\u4e00-\u9fa5]{2,}")
_PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使][A-HJ-NP-Z][·. -]?"
    r"(?:[A-HJ-NP-Z0-9]{5,6}|[A-HJ-NP-Z0-9]{4}[挂学警港澳领])"
)
_CHINESE_NAME = re.compile(r"[\u3400-\u9fff]{1,4}(?:·[\u3400-\u9fff]{1,10})*")
_LATIN_NAME = re.compile(r"[A-Z][\w'’-]*(?:,? [A-Z][\w'’.-]*){1,4}")
_ADDRESS = re.compile(r"省|自治区|市|区|县|镇|乡|村|路|街|巷|弄|号|栋|室|大道|小区")
_LATIN_ADDRESS = re.compile(r"\b(road|street|rd|st|avenue|ave|lane|floor|block|building)\b", re.I)
_MONEY = re.compile(r"[¥￥$€£]?\s*-?[\d,]+(?:\.\d+)?\s*(?:元|万元|亿元|美元|港元|欧元)?")
_POSTAL = re.compile(r"\d{5,6}")
_POINT = re.compile(r"[(\[]?\s*(-?\d{1,3}\.\d+)\s*[,， ]\s*(-?\d{1,3}\.\d+)\s*[)\]]?")
_ORGANISATION = re.compile(
    r".*(公司|学校|小学|中学|大学|学院|幼儿园|医院|卫生院|委员会|管理局|分局|支队|中心|协会|研究院"
    r"|事务所|合作社|商行|经营部|(?i:ltd|limited|inc|corp|company|school|university|hospital)\.?)"
)
_SEXES_IN_WORDS = frozenset({"男", "女", "男性", "女性", "male", "female"})
# GB/T 2261.1: 0 unknown, 1 male, 2 female, 9 not said.
_SEXES = _SEXES_IN_WORDS | {"未知", "未说明", "m", "f", "man", "woman", "0", "1", "2", "9"}
_SEXES |= {"true", "false"}
_COUNTRY_CODES = re.compile(r"[A-Z]{2,3}")


def is_resident_number(text: str) -> bool:
    """18 digits, birthday and check digit (GB 11643). The place may be one no list knows.

    python-stdnum also refuses places that are missing from its list; numbers keep the code of
    a county that has long been merged, so that here it is no reason (see `has_known_place`).
    """
    number = ric.compact(text)
    if len(number) != 18 or not re.fullmatch(r"\d{17}[\dX]", number, re.ASCII):
        return False
    try:
        ric.get_birth_date(number)
    except ValidationError:
        return False
    return number[:2] in _PROVINCES and ric.calc_check_digit(number) == number[-1]


def has_known_place(text: str) -> bool:
    """Whether its first six digits are those of a county, in any year.

    (Not by `ric.is_valid`: for an unknown county of a known province it raises KeyError.)
    """
    return _is_known_county(ric.compact(text)[:6])


def is_credit_code(text: str) -> bool:
    """统一社会信用代码 (GB 32100).

    python-stdnum refuses codes that begin with a letter (A, N, Y …), which the standard gives
    to some registering departments; those are checked here.
    """
    if uscc.is_valid(text):
        return True
    code = uscc.compact(text)
    if not _CREDIT_FORM.fullmatch(code):
        return False
    total = sum(
        _CREDIT_ALPHABET.index(character) * weight
        for character, weight in zip(code, _CREDIT_WEIGHTS, strict=False)
    )
    return _CREDIT_ALPHABET[(31 - total % 31) % 31] == code[-1]


def _digits(text: str) -> str:
    return re.sub(r"[ \-–—()（）]", "", text)


def is_mobile(text: str) -> bool:
    return bool(_MOBILE.fullmatch(_digits(text)))


def is_landline(text: str) -> bool:
    """With its area code: eight bare digits may be anything."""
    return bool(_LANDLINE.fullmatch(_digits(text)))


def is_phone(text: str) -> bool:
    """Any telephone; only where the column's name says so."""
    parts = [p for p in re.split(r"[/;,、;,]", text) if p.strip()]
    return bool(parts) and all(
        is_mobile(p) or is_landline(p) or bool(_SHORT_LINE.fullmatch(_digits(p))) for p in parts
    )


def is_email(text: str) -> bool:
    return bool(_EMAIL.fullmatch(text.strip()))


def is_bank_card(text: str) -> bool:
    number = _digits(text)
    form = re.fullmatch(r"[3-6]\d{14,18}", number, re.ASCII)
    return bool(form) and luhn.is_valid(number)


def is_plate(text: str) -> bool:
    return bool(_PLATE.fullmatch(text.strip().upper()))


def is_date(text: str) -> bool:
    for form in _DATE_FORMS:
        if match := form.fullmatch(text.strip()):
            year, month, day = map(int, match.groups())
            try:
                date(year, month, day)
            except ValueError:
                return False
            return 1800 <= year <= 2200
    return False


@cache
def _is_known_county(code: str) -> bool:
    return any("county" in facts for _part, facts in numdb.get("cn/loc").info(code))


def is_area_code(text: str) -> bool:
    """GB/T 2260 (2, 4 or 6 digits) and the codes of townships (9) and villages (12) below it."""
    if not re.fullmatch(r"\d{2}|\d{4}|\d{6}|\d{9}|\d{12}", text, re.ASCII):
        return False
    if text[:2] not in _PROVINCES:
        return False
    if len(text) == 2:
        return True
    return _is_known_county(text[:6].ljust(6, "0")) or _is_known_county(text[:4] + "00")


def is_long_area_code(text: str) -> bool:
    """Six digits and more, with a county that is known: telling enough without a name."""
    return (
        len(text) >= 6
        and text[:2] in _PROVINCES
        and is_area_code(text)
        and (_is_known_county(text[:6]))
    )


def is_person_name(text: str) -> bool:
    name = text.strip()
    return bool(_CHINESE_NAME.fullmatch(name) or _LATIN_NAME.fullmatch(name))


def is_common_person_name(text: str) -> bool:
    """A Chinese name that can be told as one without the column's name: by its surname."""
    name = text.strip()
    return 2 <= len(name) <= 3 and name[0] in _SURNAMES and bool(_CHINESE_NAME.fullmatch(name))


def is_address(text: str) -> bool:
    return len(set(_ADDRESS.findall(text))) >= 2 or bool(_LATIN_ADDRESS.search(text))


def is_full_address(text: str) -> bool:
    return len(text) >= 8 and len(set(_ADDRESS.findall(text))) >= 3


def is_money(text: str) -> bool:
    return bool(_MONEY.fullmatch(text.strip()))


def is_marked_money(text: str) -> bool:
    return is_money(text) and bool(re.search(r"[¥￥$€£元]", text)) and any(map(str.isdigit, text))


def is_postal_code(text: str) -> bool:
    return bool(_POSTAL.fullmatch(text))


def is_country_code(text: str) -> bool:
    """ISO 3166-1, two or three letters; the list is that of the CLDR, which Babel carries."""
    if not _COUNTRY_CODES.fullmatch(text):
        return False
    current = get_global("territory_currencies")
    if len(text) == 3:
        # Three letters are an alias of two; one that names several was a country once.
        (text, *others) = get_global("territory_aliases").get(text, [""])
        return not others and text in current and text != "ZZ"
    return text in current and text != "ZZ"


def is_longitude(text: str) -> bool:
    return _within(text, 180)


def is_latitude(text: str) -> bool:
    return _within(text, 90)


def is_point(text: str) -> bool:
    match = _POINT.fullmatch(text.strip())
    return match is not None and all(_within(part, 180) for part in match.groups())


def _within(text: str, limit: float) -> bool:
    try:
        return abs(float(text)) <= limit
    except ValueError:
        return False


def is_sex(text: str) -> bool:
    return text.strip().lower() in _SEXES


def is_sex_in_words(text: str) -> bool:
    return text.strip().lower() in _SEXES_IN_WORDS


def is_age(text: str) -> bool:
    return bool(re.fullmatch(r"\d{1,3}(?:\.\d+)?(?:岁|-\d{1,3}|\+)?", text.strip()))


def is_organisation(text: str) -> bool:
    return bool(_ORGANISATION.search(text))
