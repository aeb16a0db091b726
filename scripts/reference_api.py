"""docs/reference/api.md: the HTTP API's routes, from its own OpenAPI document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Json = Mapping[str, Any]
HEAD = """# HTTP API

Under `/api/`; the machine-readable document is `/api/openapi.json`. Send a bearer token
(`gongshu token issue`), or be logged in; who sends neither is the public. An error is a problem
document ([errors.md](errors.md)), in the language of `Accept-Language`.

A token has scopes: `read` for the catalogue, grants and lists, `query` for questions, `case` for
procedures, `ingest` for a provider's own datasets. It can only narrow what its person may do.

With an `Idempotency-Key` (up to 100 characters, chosen by the caller) a request that makes
something is done once, however often it is sent; the same key with other contents is refused
(`key_reused`).

The log's own addresses (`/checkpoint`, `/tile/…`) follow C2SP tlog-tiles and are described in
[the ledger](../explanation/ledger.md).
"""


def page() -> str:
    from gongshu.api import build  # here: it needs Django

    document: Json = build().get_openapi_schema(path_prefix="/api/")
    schemas: Json = document["components"]["schemas"]
    lines = [HEAD, "| | | |", "|---|---|---|"]
    routes = list(_routes(document))
    for method, path, route in routes:
        lines.append(f"| `{method}` | [`{path}`](#{_anchor(method, path)}) | {route['summary']} |")
    for method, path, route in routes:
        lines += ["", f"## {method} {path}", "", *_route(route, schemas)]
    return "\n".join(lines).rstrip() + "\n"


def _routes(document: Json) -> Iterator[tuple[str, str, Json]]:
    for path, methods in document["paths"].items():
        for method, route in methods.items():
            yield method.upper(), path, route


def _anchor(method: str, path: str) -> str:
    kept = "".join(c for c in f"{method} {path}".lower() if c.isalnum() or c in " -_")
    return kept.replace(" ", "-")


def _route(route: Json, schemas: Json) -> Iterator[str]:
    yield f"{route['summary']}. {route.get('description', '')}".strip()
    parameters = route.get("parameters", ())
    if parameters:
        yield from ("", "| parameter | in | type | required |", "|---|---|---|---|")
    for one in parameters:
        required = "yes" if one.get("required") else ""
        yield f"| `{one['name']}` | {one['in']} | {_kind(one['schema'], schemas)} | {required} |"
    for media, content in route.get("requestBody", {}).get("content", {}).items():
        yield from ("", f"Body, `{media}`:", "", *_members(content.get("schema", {}), schemas))
    for status, answer in route.get("responses", {}).items():
        contents: Json = answer.get("content", {})
        names = ", ".join(f"`{media}`" for media in contents)
        yield from ("", f"Answer {status}" + (f", {names}" if names else "") + ":", "")
        schema = next((content.get("schema") for content in contents.values()), None)
        yield from _members(schema, schemas) if schema else [answer.get("description", "")]


def _members(schema: Json, schemas: Json) -> list[str]:
    found = _resolved(schema, schemas)
    members = found.get("properties")
    if not members:
        return [_kind(schema, schemas)]
    required = set(found.get("required", ()))
    rows = [
        f"| `{name}` | {_kind(member, schemas)} | {'yes' if name in required else ''} |"
        for name, member in members.items()
    ]
    return ["| member | type | always |", "|---|---|---|", *rows]


def _kind(schema: Json, schemas: Json, deep: int = 0) -> str:
    """The type in a few words; a known object by its members' names."""
    if "anyOf" in schema:
        kinds = [_kind(one, schemas, deep) for one in schema["anyOf"]]
        words = " or ".join(dict.fromkeys(kind for kind in kinds if kind))
    elif "$ref" in schema:
        members = _resolved(schema, schemas).get("properties", {})
        words = "{" + ", ".join(members) + "}" if deep < 2 else "object"
    elif schema.get("type") == "array":
        words = f"list of {_kind(schema.get('items', {}), schemas, deep + 1) or 'anything'}"
    elif isinstance(schema.get("additionalProperties"), Mapping):
        inner = _kind(schema["additionalProperties"], schemas, deep + 1)
        words = f"object of {inner or 'anything'}"
    else:
        words = schema.get("format") or schema.get("type", "")
    allowed = [f"`{value}`" for value in schema.get("enum", ())]
    return f"{words}: {', '.join(allowed)}" if allowed else str(words)


def _resolved(schema: Json, schemas: Json) -> Json:
    reference = schema.get("$ref", "")
    return schemas[reference.rsplit("/", 1)[-1]] if reference else schema
