"""Rules that a table's own profile suggests; a person takes over those that are meant to hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gongshu.data.profiling.kinds import BY_CODE

MOST_VALUES = 20  # a column of so few values may be a closed list
SURE = 0.95


def proposals(profile: Mapping[str, Any]) -> dict[str, Any]:
    """A fragment that `Rules.read` takes; empty where nothing suggests itself."""
    fields = {column["name"]: said for column in profile["columns"] if (said := _of_column(column))}
    found: dict[str, Any] = {"fields": fields} if fields else {}
    keys = [c["name"] for c in profile["columns"] if c["is_unique"] and not c["nulls"]]
    if keys:
        found["key"] = keys[:1]
    return found


def _of_column(column: Mapping[str, Any]) -> dict[str, Any]:
    said: dict[str, Any] = {}
    semantic = column.get("semantic_type") or {}
    kind = BY_CODE.get(semantic.get("kind", ""))
    if kind is not None and kind.check is not None and semantic.get("confidence", 0) >= SURE:
        said["kind"] = kind.code
    if column["rows"] and not column["nulls"]:
        said["required"] = True
    if column["is_unique"] and not column["nulls"]:
        said["unique"] = True
    if column["type"] in ("integer", "date", "timestamp", "boolean"):
        said["type"] = column["type"]
    return said
