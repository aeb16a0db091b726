"""An open dataset as a Delta Lake table: a projection of its version rows for readers elsewhere.

    GONGSHU_HOME/delta/<domain>/<name>/_delta_log/00000000000000000003.json
    GONGSHU_HOME/delta/<domain>/<name>/<digest>.parquet

Version 0 of the Delta table has its columns and no rows; its version n is our version n: an append
adds a file, a replacement removes those before it. The Parquet files are the very files of the
store. Every byte of the log follows from the rows, so that it can be made anew at any time and is
the same. A version whose rows were removed keeps its place in the log, as after Delta's VACUUM.

Format: the Delta Transaction Log Protocol, reader version 1 and writer version 2; times without a
zone need the table feature `timestampNtz` (reader version 3, writer version 7).
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from django.conf import settings

from gongshu.catalog import selectors
from gongshu.catalog.models import Dataset, Version
from gongshu.catalog.tombstones import columns_of
from gongshu.rules.agents import ANONYMOUS
from gongshu.rules.problems import Conflict
from gongshu.wording import Sentence

LOG = "_delta_log"
LOG_FILE = re.compile(r"[0-9]{20}\.json")
DATA_FILE = re.compile(r"[0-9a-f]{64}\.parquet")
# Arrow's name of a type → Delta's. Delta has no whole numbers without a sign.
TYPES = {
    "bool": "boolean",
    "int8": "byte",
    "int16": "short",
    "int32": "integer",
    "int64": "long",
    "uint8": "short",
    "uint16": "integer",
    "uint32": "long",
    "uint64": "decimal(20,0)",
    "float": "float",
    "double": "double",
    "date32[day]": "date",
    "string": "string",
    "large_string": "string",
    "binary": "binary",
}
DECIMAL = re.compile(r"decimal128\((\d+), (\d+)\)")
MOMENT = re.compile(r"timestamp\[(?:us|ms)(, tz=.+)?\]")


def folder(dataset: Dataset) -> Path:
    domain, _, name = dataset.code.partition(".")
    return Path(settings.HOME) / "delta" / domain / name


def may_be_read(dataset: Dataset) -> bool:
    """What anybody may download; asked at every request and every export."""
    return selectors.may_download(dataset, ANONYMOUS)


def export(dataset: Dataset) -> int:
    """Make the folder what the rows say; how many versions it has. Others' folders go."""
    target = folder(dataset)
    if not may_be_read(dataset):
        shutil.rmtree(target, ignore_errors=True)
        return 0
    versions = list(dataset.versions.order_by("number"))
    commits = list(_commits(dataset, versions))  # a type that Delta has not is said before writing
    wanted = {file["name"]: v for v in versions if v.removed is None for file in v.files}
    (target / LOG).mkdir(parents=True, exist_ok=True)
    for name, version in wanted.items():
        _link(version, name, target / name)
    for number, lines in enumerate(commits):
        _write(target / LOG / f"{number:020d}.json", lines)
    for path in target.glob("*.parquet"):
        if path.name not in wanted:
            path.unlink(missing_ok=True)
    return len(versions)


def is_current(dataset: Dataset) -> bool:
    """Whether the newest version stands in the folder's log, and no file that is to go."""
    newest = selectors.latest(dataset)
    last = folder(dataset) / LOG / f"{newest.number:020d}.json" if newest else None
    return last is not None and last.is_file()


def served(dataset: Dataset, path: str) -> Path | None:
    """The file of this address within the folder, made first where it is behind."""
    if not is_current(dataset):
        export(dataset)
    log, _, name = path.rpartition("/")
    pattern = LOG_FILE if log == LOG else DATA_FILE if not log else None
    if pattern is None or not pattern.fullmatch(name):
        return None
    found = folder(dataset) / path
    return found if found.is_file() else None


def schema_of(version: Version) -> list[dict[str, Any]]:
    """Its columns as Delta names them."""
    return [
        {"name": name, "type": _type(name, kind), "nullable": True, "metadata": {}}
        for name, kind in columns_of(version)
    ]


def _type(column: str, kind: str) -> str:
    if kind in TYPES:
        return TYPES[kind]
    if match := DECIMAL.fullmatch(kind):
        return f"decimal({match[1]},{match[2]})"
    if match := MOMENT.fullmatch(kind):
        return "timestamp" if match[1] else "timestamp_ntz"
    raise Conflict(
        "delta_type",
        Sentence(
            en=f"Delta Lake has no type for the column “{column}” ({kind}).",
            zh=f"Delta Lake 没有与列“{column}”（{kind}）对应的类型。",
        ),
    )


def _commits(dataset: Dataset, versions: Sequence[Version]) -> Iterator[str]:
    """The text of each log file, from version 0 on."""
    if not versions:
        return
    schemas = [schema_of(version) for version in versions]
    without_zone = any(f["type"] == "timestamp_ntz" for schema in schemas for f in schema)
    first, present, last = versions[0], dict[str, dict[str, Any]](), schemas[0]
    yield _lines(
        [_commit_info(first, "CREATE TABLE"), _protocol(without_zone), _metadata(dataset, last)]
    )
    for version, schema in zip(versions, schemas, strict=True):
        files = {file["name"]: file for file in version.files}
        actions = [_commit_info(version, "WRITE")]
        if schema != last:
            actions.append(_metadata(dataset, schema))
        actions += [_remove(one, version) for name, one in present.items() if name not in files]
        actions += [_add(one, version) for name, one in files.items() if name not in present]
        yield _lines(actions)
        present, last = files, schema


def _protocol(without_zone: bool) -> dict[str, Any]:
    if without_zone:
        features = {"readerFeatures": ["timestampNtz"], "writerFeatures": ["timestampNtz"]}
        return {"protocol": {"minReaderVersion": 3, "minWriterVersion": 7} | features}
    return {"protocol": {"minReaderVersion": 1, "minWriterVersion": 2}}


def _metadata(dataset: Dataset, schema: list[dict[str, Any]]) -> dict[str, Any]:
    """The same table whoever makes it, and when."""
    fields = json.dumps({"type": "struct", "fields": schema}, ensure_ascii=False)
    return {
        "metaData": {
            "id": str(uuid5(NAMESPACE_URL, f"gongshu:{dataset.code}")),
            "name": dataset.code,
            "format": {"provider": "parquet", "options": {}},
            "schemaString": fields,
            "partitionColumns": [],
            "configuration": {},
            "createdTime": 0,
        }
    }


def _commit_info(version: Version, operation: str) -> dict[str, Any]:
    mode = "Append" if version.mode == "append" else "Overwrite"
    return {
        "commitInfo": {
            "timestamp": _milliseconds(version),
            "operation": operation,
            "operationParameters": {"mode": mode} if operation == "WRITE" else {},
            "engineInfo": "Gongshu",
            "gongshuVersion": version.number,
            "gongshuEntry": version.entry_id,
        }
    }


def _add(file: dict[str, Any], version: Version) -> dict[str, Any]:
    return {
        "add": {
            "path": file["name"],
            "partitionValues": {},
            "size": file["bytes"],
            "modificationTime": _milliseconds(version),
            "dataChange": True,
            "stats": json.dumps({"numRecords": file["rows"]}),
        }
    }


def _remove(file: dict[str, Any], version: Version) -> dict[str, Any]:
    at = _milliseconds(version)
    return {"remove": {"path": file["name"], "deletionTimestamp": at, "dataChange": True}}


def _milliseconds(version: Version) -> int:
    return round(version.created.timestamp() * 1000)


def _lines(actions: Sequence[dict[str, Any]]) -> str:
    return "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in actions)


def _link(version: Version, name: str, target: Path) -> None:
    """The very file; a copy where the folder lies on another disk."""
    if target.exists():
        return
    (source,) = (path for path in selectors.files(version) if path.name == name)
    temporary = target.with_name(f".{name}.{os.getpid()}")
    with suppress(FileNotFoundError):
        temporary.unlink()
    try:
        os.link(source, temporary)
    except OSError:
        shutil.copyfile(source, temporary)
    temporary.replace(target)


def _write(target: Path, text: str) -> None:
    """Whole or not at all; nothing is touched that is right already."""
    content = text.encode()
    if target.is_file() and target.read_bytes() == content:
        return
    # What a reader has seen under this number may be of an earlier exporter: the rows decide.
    temporary = target.with_name(f".{hashlib.sha256(content).hexdigest()[:16]}.{os.getpid()}")
    temporary.write_bytes(content)
    temporary.replace(target)
