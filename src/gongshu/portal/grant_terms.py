"""The terms of a grant, arranged for people: columns with their rights and limits in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext

from gongshu.portal.words import word
from gongshu.wording import Sentence

RIGHTS = ("show", "group", "filter", "join", "measure")
MASKS: Mapping[str, Sentence] = {
    "last4": Sentence("only the last four characters", "仅留后四位"),
    "first1": Sentence("only the first character", "仅留首字"),
    "hash": Sentence("replaced by a keyed hash", "以密钥散列替换"),
    "redact": Sentence("left out", "隐去"),
    "year": Sentence("only the year", "仅留年份"),
    "month": Sentence("only year and month", "仅留年月"),
}


def columns_of(terms: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """dataset → {unit, where, k, quasi, columns: [{name, rights, limits}]}; rights in one order."""
    return {
        name: {
            "unit": dataset.get("unit"),
            "where": dataset.get("where"),
            "k": dataset.get("k"),
            "quasi": dataset.get("quasi") or [],
            "columns": [_column(n, c) for n, c in dataset.get("columns", {}).items()],
        }
        for name, dataset in terms.get("datasets", {}).items()
    }


def _column(name: str, given: Any) -> dict[str, Any]:
    details = given if isinstance(given, dict) else {"rights": given}
    rights = [r for r in RIGHTS if r in details.get("rights", ())]
    return {"name": name, "rights": rights, "limits": limits_of(details)}


def limits_of(details: Mapping[str, Any]) -> list[str]:
    """What holds for the column besides its rights, each a few words."""
    found = []
    if details.get("functions"):
        found.append(gettext(", ").join(word(f) for f in sorted(details["functions"])))
    if details.get("bucket") is not None:
        found.append(str(_bucket(_plain(details["bucket"]))))
    bounds = _bounds(details.get("min"), details.get("max"))
    if bounds:
        found.append(str(bounds))
    mask = details.get("mask")
    if mask:
        found.append(str(MASKS.get(mask, mask)))
    return found


def _bucket(width: str) -> Sentence:
    return Sentence(f"in steps of {width}", f"按 {width} 分档")


def _bounds(low: Any, high: Any) -> Sentence | None:
    """Of a measure: a value beyond counts as the bound itself."""
    if low is not None and high is not None:
        return Sentence(
            f"held to {_plain(low)}–{_plain(high)}", f"限于 {_plain(low)}–{_plain(high)}"
        )
    if low is not None:
        return Sentence(f"held to at least {_plain(low)}", f"不低于 {_plain(low)}")
    if high is not None:
        return Sentence(f"held to at most {_plain(high)}", f"不高于 {_plain(high)}")
    return None


def _plain(number: Any) -> str:
    return f"{number:g}" if isinstance(number, float) else str(number)


def protection_of(terms: Mapping[str, Any]) -> str:
    """How answers are protected, in a few words."""
    given = terms.get("protection") or {}
    if not given:
        return ""
    more = [
        f"{name} = {_plain(given[name])}" for name in ("k", "epsilon", "budget") if given.get(name)
    ]
    return gettext(", ").join([word(str(given.get("method"))), *more])


def first_question(terms: dict[str, Any]) -> str:
    """A question these terms allow, to begin with: a count by the first column one may group by."""
    for name, dataset in columns_of(terms).items():
        schema, _, table = name.partition(".")
        source = f'"{schema}"."{table}"' if not name.isascii() else name
        for column in dataset["columns"]:
            if "group" in column["rights"] and column["name"] != "*":
                key = '"' + column["name"].replace('"', '""') + '"'
                return (
                    f"SELECT {key}, count(*) AS n\nFROM {source}\nGROUP BY {key}\nORDER BY n DESC"
                )
        return f"SELECT count(*) AS n\nFROM {source}"
    return ""
