"""The region of an organisation, and what it is called.

Digits 3 to 8 of a unified social credit code (GB 32100-2015) are the division, by GB/T 2260, of
the office that registered the organisation.

>>> region_of("11330106002489501X")
'330106'
>>> region_name("330106")
'浙江省杭州市西湖区'
>>> region_of("not a code")
''
"""

from __future__ import annotations

import json
from functools import lru_cache
from importlib import resources

START, END = 2, 8


def region_of(organisation: str) -> str:
    code = organisation[START:END]
    return code if len(organisation) == 18 and code.isascii() and code.isdigit() else ""


@lru_cache(4096)
def region_name(code: str) -> str:
    """The division with those it lies in; of one not in the table, as much as is known."""
    names = _names()
    found: list[str] = []
    for length in (2, 4, 6):
        name = names.get(code[:length].ljust(6, "0"))
        if name and name not in found:
            found.append(name)
    return "".join(found) or code


def regions() -> dict[str, str]:
    """Code → name of each division, of counties and above."""
    return dict(_names())


@lru_cache(1)
def _names() -> dict[str, str]:
    text = resources.files("gongshu.catalog").joinpath("regions_cn.json").read_text("utf-8")
    names: dict[str, str] = json.loads(text)
    return names
