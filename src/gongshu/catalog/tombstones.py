"""What stays of a version whose rows were removed."""

from __future__ import annotations

from datetime import datetime

from gongshu.catalog import selectors
from gongshu.catalog.models import Version
from gongshu.rules.agents import Agent


def bury(version: Version, *, by: Agent, at: datetime, entry_id: str) -> None:
    """Number, digest, size, columns and file names stay; what tells of the rows goes."""
    version.columns = columns_of(version)
    version.profile, version.public_profile, version.report = {}, {}, {}
    version.removed, version.removed_by, version.removed_entry = at, by.person, entry_id
    version.save()


def columns_of(version: Version) -> list[list[str]]:
    """Name and type of each column; of a row from before they were kept, from its first file."""
    if version.columns or version.removed:
        return [list(one) for one in version.columns]
    import pyarrow.parquet as pq  # here: Arrow takes long to load

    return [[f.name, str(f.type)] for f in pq.read_schema(selectors.files(version)[0])]
