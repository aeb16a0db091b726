"""The terms of a grant, arranged for people: columns with their rights and limits."""

from __future__ import annotations

from typing import Any

RIGHTS = ("show", "group", "filter", "join", "measure")


def columns_of(terms: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """dataset → {unit, where, columns: [{name, rights, limits}]}, the rights in a fixed order."""
    return {
        name: {
            "unit": dataset.get("unit"),
            "where": dataset.get("where"),
            "columns": [_column(n, c) for n, c in dataset.get("columns", {}).items()],
        }
        for name, dataset in terms.get("datasets", {}).items()
    }


def _column(name: str, given: Any) -> dict[str, Any]:
    details = given if isinstance(given, dict) else {"rights": given}
    limits = [
        f"{key} {_plain(details[key])}"
        for key in ("functions", "min", "max", "mask", "bucket")
        if details.get(key) is not None
    ]
    rights = [r for r in RIGHTS if r in details.get("rights", ())]
    return {"name": name, "rights": rights, "limits": ", ".join(limits)}


def _plain(value: Any) -> str:
    return "/".join(map(str, value)) if isinstance(value, list) else str(value)


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
