"""The tree cut into tiles of 256 hashes (c2sp.org/tlog-tiles): paths, hashes and entry bundles.

A tile at level l holds the roots of complete subtrees of 256^l leaves. A tile only grows at its
end, so the tile of every earlier size is the beginning of the present one.

>>> tile_path(Tile(level=1, index=1234067, width=17))
'tile/1/x001/x234/067.p/17'
>>> parse_path("tile/entries/000")
Tile(level=-1, index=0, width=256)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from gongshu.log import merkle

WIDTH = 256
HASH = 32
ENTRIES = -1  # the "level" of an entry bundle
LARGEST_ENTRY = 65_535  # its length is written in two bytes

ReadTile = Callable[[int, int], bytes]

_NUMBER = re.compile(r"(?:x\d{3}/)*\d{3}")
_PATH = re.compile(
    r"tile/(?P<level>entries|0|[1-9]\d?)/(?P<number>(?:x\d{3}/){0,6}\d{3})"
    r"(?:\.p/(?P<width>[1-9]\d{0,2}))?"
)


@dataclass(frozen=True, slots=True)
class Tile:
    """Which tile; `level` is ENTRIES for a bundle, `width` below 256 for a partial one."""

    level: int
    index: int
    width: int = WIDTH


def tile_path(tile: Tile) -> str:
    digits = str(tile.index)
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[n : n + 3] for n in range(0, len(digits), 3)]
    number = "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])
    level = "entries" if tile.level == ENTRIES else str(tile.level)
    partial = "" if tile.width == WIDTH else f".p/{tile.width}"
    return f"tile/{level}/{number}{partial}"


def parse_path(path: str) -> Tile | None:
    """The tile of this path, None for a path no tile has; one tile has one path only."""
    match = _PATH.fullmatch(path)
    if not match or not path.isascii():
        return None
    level = ENTRIES if match["level"] == "entries" else int(match["level"])
    index = int(match["number"].replace("x", "").replace("/", ""))
    tile = Tile(level, index, int(match["width"] or WIDTH))
    return tile if level < 64 and tile_path(tile) == path else None


def entry_bundle(entries: Iterable[bytes]) -> bytes:
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def parse_bundle(data: bytes) -> list[bytes]:
    entries, at = [], 0
    while at < len(data):
        start = at + 2
        at = start + int.from_bytes(data[at:start], "big")
        if at > len(data):
            raise ValueError("the bundle ends within an entry")
        entries.append(data[start:at])
    return entries


@lru_cache(maxsize=64)
def interior(tile: bytes) -> tuple[tuple[bytes, ...], ...]:
    """A tile's hashes and the complete subtrees above them, up to eight levels.

    Kept by content, so that the few tiles near the root are not hashed again for each proof.
    """
    levels = [tuple(tile[n : n + HASH] for n in range(0, len(tile), HASH))]
    while len(levels[-1]) > 1:
        below = levels[-1]
        levels.append(
            tuple(merkle.node_hash(below[n], below[n + 1]) for n in range(0, len(below) - 1, 2))
        )
    return tuple(levels)


def position(level: int, index: int) -> tuple[int, int, int, int]:
    """Where a subtree's hash is found: tile level, tile index, level within, place within."""
    within = level % 8
    first = index << within  # its first hash at the tile's own level
    return level // 8, first // WIDTH, within, (first % WIDTH) >> within


def node_reader(read: ReadTile) -> merkle.Node:
    """`node(level, index)` for the functions of merkle.py, out of tiles."""

    def node(level: int, index: int) -> bytes:
        tile_level, tile_index, within, place = position(level, index)
        return interior(read(tile_level, tile_index))[within][place]

    return node


def needed(indexes: Iterable[int], size: int) -> set[tuple[int, int]]:
    """The tiles from which the root and a proof of these leaves can be made: (level, index)."""
    tiles, level, width = set(), 0, size
    while width:
        tiles.add((level, (width - 1) // WIDTH))
        tiles |= {(level, index >> (8 * (level + 1))) for index in indexes}
        level, width = level + 1, width // WIDTH
    return {(level, index) for level, index in tiles if index * WIDTH < size >> (8 * level)}


class Growth:
    """Leaves put at the end of a stored tree: which tiles change, and the new root.

    `read` gives the tiles of the tree as it is; `changed` afterwards holds those to be stored.
    """

    def __init__(self, size: int, read: ReadTile) -> None:
        self.size = size
        self.changed: dict[tuple[int, int], bytes] = {}
        self._read_stored = read
        self._stored: dict[tuple[int, int], bytes] = {}

    def append(self, leaves: Sequence[bytes]) -> None:
        self._extend(0, self.size, leaves)
        self.size += len(leaves)

    def root(self) -> bytes:
        return merkle.root(self.size, node_reader(self.read))

    def read(self, level: int, index: int) -> bytes:
        at = (level, index)
        if at in self.changed:
            return self.changed[at]
        if at not in self._stored:
            self._stored[at] = self._read_stored(level, index)
        return self._stored[at]

    def _extend(self, level: int, count: int, hashes: Sequence[bytes]) -> None:
        """Put hashes behind the `count` there are at this level, and full tiles' roots above."""
        full: list[bytes] = []
        done = 0
        while done < len(hashes):
            index, width = divmod(count + done, WIDTH)
            part = hashes[done : done + WIDTH - width]
            before = self.read(level, index) if width else b""
            tile = before[: width * HASH] + b"".join(part)
            self.changed[level, index] = tile
            done += len(part)
            if len(tile) == WIDTH * HASH:
                full.append(interior(tile)[8][0])
        if full:
            self._extend(level + 1, count // WIDTH, full)
