"""What templates need to say things in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext

from gongshu.portal import events, words
from gongshu.portal.names import organisation_in, organisation_names

register = template.Library()


@register.filter
def said(thing: Any, name: str) -> str:
    """`thing.title_zh` or `thing.title_en`, whichever the reader reads and there is."""
    chinese, english = (_get(thing, f"{name}_{code}") or "" for code in ("zh", "en"))
    reads_chinese = (get_language() or "zh").startswith("zh")
    return str((chinese or english) if reads_chinese else (english or chinese))


@register.filter
def organisation(code: str, names: Mapping[str, str] | None = None) -> str:
    """The name of the organisation with this code; a list's page looks up all its `names` once."""
    return organisation_in(organisation_names([code]) if names is None else names, code)


@register.filter
def dataset_title(code: str, titles: Mapping[str, str]) -> str:
    return titles.get(code) or code


@register.filter
def word(stored: str, field: str = "") -> str:
    """A stored word (a state, a grade, a role) as people say it."""
    return words.word(str(stored), field)


@register.filter
def listed(stored: Iterable[str]) -> str:
    """Stored words, one after the other."""
    return gettext(", ").join(word(one) for one in stored)


@register.filter
def event(name: str) -> str:
    """An event of the ledger as people say it."""
    return events.label(name)


@register.filter
def semantic(kind: str) -> str:
    """What a column's values are: "age", "mobile" …"""
    from gongshu.data.profiling.kinds import BY_CODE  # here: it loads DuckDB and Arrow

    return str(BY_CODE[kind].title) if kind in BY_CODE else kind.replace("_", " ")


@register.filter
def chip(stored: str) -> SafeString:
    """A stored word as a coloured chip."""
    return format_html('<span class="chip {}">{}</span>', TONES.get(stored, ""), word(stored))


@register.filter
def count(number: int | None) -> str:
    """How many: with separators from ten thousand on, nothing where it is not known."""
    return "" if number is None else f"{number:,}" if number >= 10_000 else str(number)


@register.filter
def percent(share: float | None) -> str:
    """A share as a percentage; a small one is never rounded to nothing."""
    if share is None:
        return ""
    return "< 0.1%" if 0 < share < 0.001 else f"{share:.1%}".replace(".0%", "%")


@register.filter
def cell(value: Any) -> str:
    """A value of a table: nothing for null, digits as they are."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, float):
        return f"{value:,.4f}".rstrip("0").rstrip(".") if abs(value) < 1e15 else f"{value:g}"
    return str(value)


@register.filter
def at(mapping: Any, key: Any) -> Any:
    """`mapping[key]`, or nothing."""
    return mapping.get(key) if hasattr(mapping, "get") else None


@register.filter
def is_number(value: Any) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


@register.filter
def size(number: int | None) -> str:
    """Bytes, as people read them."""
    amount = float(number or 0)
    for unit in ("B", "KB", "MB", "GB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} TB"


@register.filter
def marked(sql: str, span: tuple[int, int] | None) -> SafeString:
    """The query with the refused part marked."""
    if not span:
        return format_html("{}", sql)
    start, end = span
    parts = sql[:start], sql[start:end], sql[end:]
    return format_html('{}<mark class="refused">{}</mark>{}', *parts)


@register.simple_tag(takes_context=True)
def query_with_facet(context: template.Context, name: str, value: str) -> str:
    """This search narrowed by one more facet, from its first page."""
    return _address(context, without=("page", name), name=name, value=value)


@register.simple_tag(takes_context=True)
def query_without(context: template.Context, name: str) -> str:
    return _address(context, without=("page", name))


@register.simple_tag(takes_context=True)
def query_page(context: template.Context, number: int) -> str:
    return _address(context, without=("page",), name="page", value=str(number))


def _address(
    context: template.Context, *, without: tuple[str, ...], name: str = "", value: str = ""
) -> str:
    parameters = context["request"].GET.copy()
    for gone in without:
        parameters.pop(gone, None)
    if name:
        parameters[name] = value
    return f"?{parameters.urlencode()}"


TONES = {
    "open": "good", "unconditional": "good", "published": "good", "active": "good",
    "in_force": "good",
    "answered": "good", "done": "good", "operating": "good", "charging": "good",
    "conditional": "info", "submitted": "info", "received": "info", "queued": "info",
    "closed": "", "draft": "", "ended": "", "retired": "",
    "suspended": "warn", "expired": "warn", "withheld": "warn",
    "running": "warn", "updating": "warn", "waiting": "bad",
    "approved": "good", "proposed": "info",
    "important": "warn", "rectifying": "warn",
    "refused": "bad", "failed": "bad", "core": "bad", "none": "bad", "revoked": "bad",
}  # fmt: skip


def _get(thing: Any, name: str) -> Any:
    return thing.get(name) if isinstance(thing, dict) else getattr(thing, name, None)
