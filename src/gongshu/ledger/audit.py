"""Recompute the whole log from its entries, and hold everything else against that.

Nothing stored is believed but the entries' bytes: leaves, tiles, roots and signatures are made
or checked anew. It reads up to the newest checkpoint at its start, so that a busy log can be
audited: what is below that size never changes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from gongshu.ledger import selectors
from gongshu.ledger.models import Checkpoint, Entry, Opening, Tile
from gongshu.ledger.services import BEIJING, PERSON
from gongshu.log import merkle, tiles
from gongshu.log.canonical_json import NotCanonical, read
from gongshu.log.checkpoint import Checkpoint as Signed
from gongshu.log.checkpoint import open_checkpoint
from gongshu.log.commitment import commit
from gongshu.log.note import BadNote, VerifierKey
from gongshu.wording import Sentence

MOST_FINDINGS = 100
AT_ONCE = 2000


@dataclass(slots=True)
class Report:
    """What was checked, and what was found wrong (nothing, in a sound log)."""

    entries: int = 0
    pending: int = 0
    checkpoints: int = 0
    tiles: int = 0
    openings: int = 0
    findings: list[Sentence] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        return not self.findings

    def found(self, en: str, zh: str) -> None:
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(Sentence(en=en, zh=zh))


def audit() -> Report:
    report = Report(pending=Entry.objects.filter(index__isnull=True).count())
    size = selectors.tree_size()
    _audit_tree(size, report)
    _audit_openings(report)
    if Entry.objects.filter(index__gte=size).exists() and selectors.tree_size() == size:
        report.found(
            f"There are entries numbered {size} or more, and no checkpoint covers them.",
            f"存在序号为 {size} 及以上的条目，但没有检查点涵盖它们。",
        )
    return report


def _audit_tree(size: int, report: Report) -> None:
    frontier, making = merkle.Frontier(), _Making(report)
    if not size:
        return
    checkpoints, key = _checkpoints(size), selectors.public_key()
    upcoming = next(checkpoints, None)
    rows = Entry.objects.filter(index__lt=size).order_by("index").iterator(AT_ONCE)
    for entry in rows:
        if entry.index != frontier.size:
            report.found(
                f"No entry has the number {frontier.size}.", f"缺少序号为 {frontier.size} 的条目。"
            )
            return
        _audit_entry(entry, report)
        for (level, index), node in frontier.append(merkle.leaf_hash(entry.body.encode())):
            making.add(level, index, node)
        if upcoming is not None and upcoming.size == frontier.size:
            _audit_checkpoint(upcoming, frontier, key, report)
            upcoming = next(checkpoints, None)
    report.entries = frontier.size
    making.finish()
    if frontier.size != size or upcoming is not None:
        report.found(
            f"The newest checkpoint covers {size} entries, and there are {frontier.size}.",
            f"最新检查点涵盖 {size} 个条目，实有 {frontier.size} 个。",
        )


def _checkpoints(size: int) -> Iterator[Checkpoint]:
    return Checkpoint.objects.filter(size__lte=size).order_by("size").iterator(AT_ONCE)


def _audit_entry(entry: Entry, report: Report) -> None:
    body: Any
    try:
        body = read(entry.body)
    except NotCanonical:
        body = None
    if body is None or bytes(entry.leaf_hash) != merkle.leaf_hash(entry.body.encode()):
        report.found(
            f"Entry {entry.index} is not what was hashed when it was appended.",
            f"条目 {entry.index} 与追加时的散列值不符。",
        )
        return
    columns = (
        *(entry.id, entry.event, entry.organisation),
        *(entry.subject_kind, entry.subject_id, entry.subject_organisation),
        entry.at.astimezone(BEIJING).isoformat(timespec="milliseconds"),
    )
    subject = body["subject"]
    said = (
        *(body["id"], body["event"], body["by"]["organisation"]),
        *(subject["kind"], subject["id"], subject["organisation"]),
        body["time"],
    )
    if columns != said:
        report.found(
            f"The columns of entry {entry.index} do not repeat what it says.",
            f"条目 {entry.index} 的索引列与其内容不一致。",
        )


def _audit_checkpoint(
    row: Checkpoint, frontier: merkle.Frontier, key: VerifierKey, report: Report
) -> None:
    report.checkpoints += 1
    try:
        signed = open_checkpoint(row.note, [key])
    except BadNote:
        report.found(
            f"The checkpoint of size {row.size} is not signed by this log's key.",
            f"大小为 {row.size} 的检查点不是由本日志密钥签署。",
        )
        return
    if signed != Signed(key.name, row.size, frontier.root()) or bytes(row.root) != signed.root:
        report.found(
            f"The checkpoint of size {row.size} does not follow from the entries.",
            f"大小为 {row.size} 的检查点与条目不符。",
        )


class _Making:
    """The tiles as they follow from the entries, each compared with the stored one when full."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.growing: dict[int, tuple[int, bytearray]] = {}  # tile level → tile index, its hashes

    def add(self, level: int, index: int, node: bytes) -> None:
        if level % 8:
            return
        tile_index = index // tiles.WIDTH
        _, hashes = self.growing.setdefault(level // 8, (tile_index, bytearray()))
        hashes += node
        if len(hashes) == tiles.WIDTH * tiles.HASH:
            self._compare(level // 8, *self.growing.pop(level // 8))

    def finish(self) -> None:
        for level, (index, hashes) in self.growing.items():
            self._compare(level, index, hashes)

    def _compare(self, level: int, index: int, hashes: bytearray) -> None:
        self.report.tiles += 1
        row = Tile.objects.filter(level=level, index=index).first()
        # The stored tile may have grown since the audit began.
        if row is None or bytes(row.hashes)[: len(hashes)] != bytes(hashes):
            self.report.found(
                f"Tile {index} of level {level} does not follow from the entries.",
                f"第 {level} 层第 {index} 块与条目不符。",
            )


def _audit_openings(report: Report) -> None:
    rows = Opening.objects.select_related("entry").order_by("entry_id")
    for row in rows.iterator(AT_ONCE):
        report.openings += 1
        body = json.loads(row.entry.body)
        said = body["by"]["person"] if row.name == PERSON else body["commitments"].get(row.name)
        if commit(bytes(row.salt), row.value) != said:
            report.found(
                f"The opening “{row.name}” of entry {row.entry_id} is not what it committed to.",
                f"条目 {row.entry_id} 的“{row.name}”与其承诺不符。",
            )
