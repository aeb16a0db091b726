"""CKAN: `package_search` page by page, in the order of ids; also a dump of such an answer.

Identity: `id`, else `name`. Both forms of `extras`, `tags` and `groups` are read (lists of objects,
and the object and the strings of CKAN 1). A server gives fewer rows than were asked for, ignores
`start`, or changes while it is read: pages go on by what came, end where a page repeats, and say
when the number of packages moved.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from gongshu.interop.harvest.answer import Answer, Get
from gongshu.interop.harvest.model import Broken, Page, Record, Untakeable, built
from gongshu.rules.problems import BadInput
from gongshu.wording import Sentence

ROWS = 100
TAKEN = frozenset(
    {
        *("id", "name", "title", "title_translated", "notes", "notes_translated", "tags", "groups"),
        *(
            "organization",
            "author",
            "maintainer",
            "license",
            "license_id",
            "license_title",
            "license_url",
        ),
        *("url", "resources", "extras", "metadata_modified", "isopen", "private", "state"),
        *("frequency", "accrual_periodicity"),
        # About the package's own row, which is nobody's business here.
        *("revision_id", "metadata_created", "creator_user_id", "owner_org", "type", "num_tags"),
        *(
            "num_resources",
            "indexed_ts",
            "index_id",
            "entity_type",
            "site_id",
            "revision_timestamp",
        ),
        *("author_email", "maintainer_email", "version", "relationships_as_subject"),
        *("relationships_as_object", "capacity", "data_dict", "validated_data_dict", "score"),
    }
)
LICENCE = ("license_title", "license", "license_id")
TAKEN_EXTRAS = frozenset({"frequency", "accrual_periodicity", "access_rights", "publisher_name"})


def read_page(url: str, position: str, get: Get) -> Page:
    """`position`: "" at first, then what the page before said."""
    if urlsplit(url).path.endswith((".json", ".jsonl")):
        return page_of(get(url), url, start=0, whole=True)
    start, before, first = _position(position)
    asked = {"rows": ROWS, "start": start, "sort": "id asc"}
    answer = get(f"{_action(url)}?{urlencode(asked)}")
    page = page_of(answer, url, start=start, whole=False)
    mark = answer.digest
    if mark == before:
        note = "The server ignores `start`: only its first page can be read."
        return Page(
            notes=[Sentence(en=note, zh="服务器不支持分页，只能读取第一页。")], drifted=True
        )
    total = page.total
    page.drifted = first is not None and total is not None and total != first
    if page.next:
        page.next = json.dumps([int(page.next), mark, first if first is not None else total])
    return page


def _position(text: str) -> tuple[int, str, int | None]:
    if not text:
        return 0, "", None
    start, before, first = json.loads(text)
    return start, before, first


def _action(url: str) -> str:
    """The address of the action, from that of a portal, of its API or of the action."""
    base = url.split("?", 1)[0].rstrip("/")
    if base.endswith("/package_search"):
        return base
    return (
        f"{base}/package_search"
        if base.endswith("/action")
        else (f"{base}/api/3/action/package_search")
    )


def page_of(answer: Answer, url: str, *, start: int, whole: bool) -> Page:
    found = answer.json()
    result = found.get("result", found) if isinstance(found, dict) else None
    packages = result.get("results") if isinstance(result, dict) else None
    if not isinstance(packages, list) or (
        isinstance(found, dict) and found.get("success") is False
    ):
        raise BadInput(
            "not_ckan",
            Sentence(
                en="What answers there is not CKAN's package_search.",
                zh="该地址返回的不是 CKAN 的 package_search 结果。",
            ),
            field="url",
        )
    assert isinstance(result, dict)
    page = Page(total=result.get("count") if isinstance(result.get("count"), int) else None)
    for index, package in enumerate(packages, start=start):
        record = _record(index, package, url)
        if record is not None:
            page.records.append(record)
    if packages and not whole and (page.total is None or start + len(packages) < page.total):
        page.next = str(start + len(packages))
    return page


def _record(index: int, package: Any, url: str) -> Record | Broken | None:
    """None: the source itself says that it is not, or not any more, for others."""
    if not isinstance(package, Mapping):
        return Broken(index, "", Sentence(en="It is no object.", zh="不是对象。"))
    if package.get("private") is True or package.get("state", "active") not in ("active", None):
        return None
    name = _text(package.get("id")) or _text(package.get("name"))
    try:
        return _mapped(package, name, url)
    except Untakeable as why:
        return Broken(index, name, why.sentence)


def _mapped(package: Mapping[str, Any], name: str, url: str) -> Record:
    extras = _extras(package.get("extras"))
    organisation = package.get("organization")
    publisher = _text(organisation.get("title")) if isinstance(organisation, Mapping) else ""
    groups = _names(package.get("groups"))
    open_ = package.get("isopen")
    frequency = package.get("frequency") or package.get("accrual_periodicity")
    unmapped = [
        str(k) for k, v in package.items() if k not in TAKEN and v not in (None, "", [], {})
    ]
    unmapped += [f"extras.{k}" for k, v in extras.items() if k not in TAKEN_EXTRAS and v]
    page = _text(package.get("url"))
    return built(
        identifier=name,
        titles=[*_translated(package, "title"), _text(package.get("title"))],
        summaries=[*_translated(package, "notes"), _text(package.get("notes"))],
        keywords=_names(package.get("tags")),
        themes=groups,
        uri=_page_of(package, url),
        page=page,
        publisher=publisher or _text(extras.get("publisher_name")) or _text(package.get("author")),
        licence=next((t for k in LICENCE if (t := _text(package.get(k)))), ""),
        cycle=_text(frequency or extras.get("frequency") or extras.get("accrual_periodicity")),
        access="open" if open_ is True else _text(extras.get("access_rights")),
        modified=_text(package.get("metadata_modified")),
        links=[_link(one) for one in package.get("resources") or [] if isinstance(one, Mapping)],
        unmapped=unmapped,
    )


def _page_of(package: Mapping[str, Any], url: str) -> str:
    """The package's page at its portal; of a dump, nobody knows where that is."""
    if urlsplit(url).path.endswith(".json"):
        return ""
    base = url.split("?", 1)[0].split("/api/", 1)[0].rstrip("/")
    return f"{base}/dataset/{_text(package.get('name')) or _text(package.get('id'))}"


def _link(resource: Mapping[str, Any]) -> dict[str, str]:
    title = _text(resource.get("name")) or _text(resource.get("description"))[:100]
    return {
        "title": title,
        "format": _text(resource.get("format")),
        "url": _text(resource.get("url")),
    }


def _translated(package: Mapping[str, Any], name: str) -> list[str]:
    found = package.get(f"{name}_translated")
    return [_text(text) for text in found.values()] if isinstance(found, Mapping) else []


def _extras(found: Any) -> dict[str, Any]:
    if isinstance(found, Mapping):
        return dict(found)
    pairs = (
        [one for one in found or [] if isinstance(one, Mapping)] if isinstance(found, list) else []
    )
    return {str(one.get("key")): one.get("value") for one in pairs}


def _names(found: Any) -> list[str]:
    if not isinstance(found, list):
        return []
    named = [
        one.get("display_name") or one.get("title") or one.get("name")
        if isinstance(one, Mapping)
        else one
        for one in found
    ]
    return [_text(one) for one in named if one]


def _text(value: Any) -> str:
    return "" if value is None or isinstance(value, dict | list | bool) else str(value).strip()
