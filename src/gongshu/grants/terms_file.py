"""The terms of a grant as a person writes them: a YAML or JSON file, `scope` beside the terms."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import yaml

from gongshu.data.policy.terms import StrictLoader as StrictLoader
from gongshu.data.policy.terms_problems import TermsProblem


def read_terms_file(path: Path) -> dict[str, Any]:
    """The mapping in the file, as JSON values; whether it makes a grant is decided at issue."""
    try:
        # A SafeLoader that also refuses a key given twice.
        data = yaml.load(path.read_text("utf-8"), Loader=StrictLoader)  # noqa: S506
    except yaml.YAMLError as error:
        raise TermsProblem.unreadable(str(getattr(error, "problem", ""))) from None
    except UnicodeDecodeError:
        raise TermsProblem.unreadable("UTF-8") from None
    if not isinstance(data, dict):
        raise TermsProblem.unreadable("")
    return _plain(data)  # type: ignore[no-any-return]


def _plain(value: Any) -> Any:
    """YAML reads 2026-12-01 as a date; JSON, in which cases keep their payload, has none."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value
