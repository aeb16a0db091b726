"""DCAT-US: one `data.json` with all its datasets, of version 1.1 or 3.

Identity: `identifier` (which the schema owes), else `@id`, else `landingPage`. It is read as JSON,
not as RDF, so that its remote context is never asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gongshu.interop.harvest.answer import Get
from gongshu.interop.harvest.model import (
    Broken,
    Page,
    Record,
    Untakeable,
    bare_host,
    built,
    local_identity,
)
from gongshu.rules.problems import BadInput
from gongshu.wording import Sentence

TAKEN = frozenset(
    {
        *("@type", "@id", "identifier", "title", "description", "keyword", "theme", "publisher"),
        *("modified", "license", "accrualPeriodicity", "accessLevel", "accessRights"),
        *("landingPage", "distribution", "contactPoint"),
    }
)


def read_page(url: str, position: str, get: Get) -> Page:
    found = get(url).json()
    datasets = found.get("dataset") if isinstance(found, Mapping) else found
    if not isinstance(datasets, list):
        raise BadInput(
            "not_dcat_us",
            Sentence(
                en="What answers there is no data.json: it has no list “dataset”.",
                zh="该地址返回的不是 data.json：缺少“dataset”列表。",
            ),
            field="url",
        )
    page = Page(total=len(datasets))
    for index, one in enumerate(datasets):
        page.records.append(_record(index, one, bare_host(url)))
    return page


def _record(index: int, one: Any, host: str) -> Record | Broken:
    if not isinstance(one, Mapping):
        return Broken(index, "", Sentence(en="It is no object.", zh="不是对象。"))
    name = next((t for k in ("identifier", "@id", "landingPage") if (t := _text(one.get(k)))), "")
    identifier = local_identity(name, [host])
    try:
        return _mapped(one, identifier)
    except Untakeable as why:
        return Broken(index, identifier, why.sentence)


def _mapped(one: Mapping[str, Any], identifier: str) -> Record:
    links = [_link(d) for d in _list(one.get("distribution")) if isinstance(d, Mapping)]
    page = _text(one.get("landingPage"))
    return built(
        identifier=identifier,
        titles=_list(_text(one.get("title"))),
        summaries=_list(_text(one.get("description"))),
        keywords=[_text(k) for k in _list(one.get("keyword"))],
        themes=[_text(t) for t in _list(one.get("theme"))],
        uri=_text(one.get("@id")),
        page=page,
        publisher=_text(one.get("publisher")),
        licence=_text(one.get("license"))
        or next((x["licence"] for x in links if x["licence"]), ""),
        cycle=_text(one.get("accrualPeriodicity")),
        access=_text(one.get("accessLevel")) or _text(one.get("accessRights")),
        modified=_text(one.get("modified")),
        links=[{k: v for k, v in link.items() if k != "licence"} for link in links],
        unmapped=[str(k) for k, v in one.items() if k not in TAKEN and v not in (None, "", [])],
    )


def _link(found: Mapping[str, Any]) -> dict[str, str]:
    return {
        "title": _text(found.get("title")),
        "format": _text(found.get("format")) or _text(found.get("mediaType")),
        "url": _text(found.get("downloadURL")) or _text(found.get("accessURL")),
        "licence": _text(found.get("license")),
    }


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value in (None, "") else [value]


def _text(value: Any) -> str:
    """A text, or what an object of version 3 says of itself."""
    if isinstance(value, Mapping):
        named = (value.get(key) for key in ("name", "title", "prefLabel", "@id", "@value"))
        return next((_text(one) for one in named if one), "")
    if value is None or isinstance(value, list | bool):
        return ""
    return str(value).strip()
