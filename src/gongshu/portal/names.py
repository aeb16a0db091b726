"""Names for codes, looked up together: one query for a page, however many lines it has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.utils.translation import get_language, gettext

from gongshu.accounts.models import Organisation
from gongshu.cases import visitors
from gongshu.catalog import selectors as catalog
from gongshu.rules.agents import Agent

VISITOR = "visitor"  # stands where a code does


def acting_for(organisation: str, person: str) -> str:
    """For whom somebody acted: a code, VISITOR for who has no account, or "" for who runs it."""
    return organisation or (VISITOR if visitors.has_no_account(person) else "")


def organisation_names(codes: Iterable[str]) -> dict[str, str]:
    """code → name in the reader's language, for those that are registered."""
    wanted = {str(code) for code in codes}
    language = get_language() or "zh"
    found = Organisation.objects.filter(code__in=wanted - {""}) if wanted - {""} else ()
    return {one.code: one.name(language) for one in found} | _nobodies(wanted)


def organisation_in(names: Mapping[str, str], code: str) -> str:
    """Its name, or the code where nobody is registered under it."""
    return names.get(code, code) or "—"


def _nobodies(wanted: set[str]) -> dict[str, str]:
    """What stands where a code does and is none; the administrator alone acts for nobody."""
    words = {
        "": gettext("the administrator"),
        "public": gettext("everyone"),
        "system": gettext("the platform"),
        VISITOR: gettext("somebody without an account"),
    }
    return {code: text for code, text in words.items() if code in wanted}


def dataset_titles(codes: Iterable[str], agent: Agent) -> dict[str, str]:
    """code → title in the reader's language, for those that the reader may know of."""
    wanted = set(codes)
    if not wanted:
        return {}
    chinese = (get_language() or "zh").startswith("zh")
    rows = catalog.visible_to(agent).filter(code__in=wanted)
    found = rows.values_list("code", "title_zh", "title_en")
    return {code: (zh or en) if chinese else (en or zh) for code, zh, en in found}
