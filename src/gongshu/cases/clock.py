"""By when: the due date of a case on this instance's calendar and under its profile.

The calendar is ours, completed by the files that `gongshu calendar import` put into the
instance; the profile is `profile.toml` in the instance's folder, where there is one, else the one
that `GONGSHU_PROFILE` names.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings

from gongshu.rules import deadlines
from gongshu.rules.calendar import Calendar, Due
from gongshu.rules.lengths import AfterYearEnd, ByForm, Unwritten
from gongshu.rules.procedure import Procedure, Step, View
from gongshu.rules.profiles import Profile, named
from gongshu.wording import Sentence

Stamp = tuple[tuple[str, int], ...]  # paths and when they were changed


def folder() -> Path:
    return Path(settings.HOME) / "calendars"


def calendar() -> Calendar:
    """The calendar of this instance; read again when a file of it changes."""
    return _calendar(_stamp(sorted(folder().glob("*.json"))))


def profile() -> Profile:
    """Where this instance stands: the national rules, or a place's own lengths."""
    path = Path(settings.HOME) / "profile.toml"
    return _profile(_stamp([path])) if path.exists() else _named(settings.PROFILE)


def due(procedure: Procedure, view: View, facts: Mapping[str, Any]) -> Due | None:
    return deadlines.due(procedure, view, facts, calendar(), profile().length)


def falls(procedure: Procedure, view: View, row: Step) -> Due | None:
    """The last day before the clock takes the step; None where nothing but facts decides."""
    here = profile()
    return deadlines.falls(procedure, view, row, calendar(), here.length, here.stands)


def within(procedure: Procedure, row: Step, facts: Mapping[str, Any]) -> Sentence | None:
    """How long the step may take, in words."""
    if isinstance(row.within, ByForm | AfterYearEnd):
        return row.within.in_words
    length = deadlines.length_of(procedure, row, facts, profile().length)
    if length is None and isinstance(row.within, Unwritten):
        return row.within.in_words
    return length.in_words if length else None


def _stamp(paths: list[Path]) -> Stamp:
    return tuple((str(path), path.stat().st_mtime_ns) for path in paths)


@lru_cache(maxsize=4)
def _calendar(stamp: Stamp) -> Calendar:
    return Calendar.load(*(Path(path) for path, _ in stamp))


@lru_cache(maxsize=4)
def _profile(stamp: Stamp) -> Profile:
    return Profile.load(Path(stamp[0][0]))


@lru_cache(maxsize=4)
def _named(name: str) -> Profile:
    return named(name)
