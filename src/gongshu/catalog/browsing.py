"""Looking through the rows of open data: whoever may download a table may page through it."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from gongshu.catalog import selectors
from gongshu.catalog.models import Dataset, Version
from gongshu.rules.agents import Agent
from gongshu.rules.problems import NotFound
from gongshu.wording import Sentence

if TYPE_CHECKING:
    from gongshu.data.browsing import Browser


def browsed(dataset: Dataset, agent: Agent, number: int | None = None) -> tuple[Version, Browser]:
    """The version asked for, else the newest, and what looks into its files."""
    selectors.require_download(dataset, agent)
    found = selectors.latest(dataset) if number is None else selectors.version(dataset, number)
    if found is None:
        raise NotFound(
            "no_version",
            Sentence(en=f"{dataset.code} has no rows yet.", zh=f"{dataset.code} 尚无数据。"),
        )
    return found, _browser(tuple(selectors.files(found)))


@lru_cache(maxsize=128)
def _browser(files: tuple[Path, ...]) -> Browser:
    """Kept for what the footers say: the names of files are their content's, so it stays true."""
    from gongshu.data.browsing import Browser  # here: it loads DuckDB and Arrow

    return Browser(files)
