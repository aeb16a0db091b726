"""Tiles have the paths, widths and contents that c2sp.org/tlog-tiles gives them."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.log.logs import Log

from gongshu.log import merkle, tiles
from gongshu.log.tiles import Tile


def test_the_path_of_the_specifications_example() -> None:
    assert tiles.tile_path(Tile(0, 1234067)) == "tile/0/x001/x234/067"
    assert tiles.parse_path("tile/entries/x001/x234/067.p/8") == Tile(-1, 1234067, 8)


@given(st.integers(-1, 63), st.integers(0, 10**15), st.integers(1, 256))
def test_a_path_names_one_tile_and_a_tile_has_one_path(level: int, index: int, width: int) -> None:
    tile = Tile(level, index, width)
    assert tiles.parse_path(tiles.tile_path(tile)) == tile


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/0",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/07",
        "tile/00/000",
        "tile/64/000",
        "tile/0/x000/001",
        "tile/0/001/002",
        "tile/0/x001",
        "tile/0/000/",
        "tile/-1/000",
        "tile/0/٠٠٠",
        "tile/0/000\n",
        "tile/entries",
        "checkpoint",
    ],
)
def test_no_tile_has_another_path(path: str) -> None:
    assert tiles.parse_path(path) is None


def test_a_tree_of_70000_has_the_tiles_of_the_specifications_example() -> None:
    log = Log()
    log.append(*map(str, range(70_000)))
    widths: dict[int, list[int]] = {}
    for (level, _), hashes in sorted(log.stored.items()):
        widths.setdefault(level, []).append(len(hashes) // 32)
    assert widths == {0: [256] * 273 + [112], 1: [256, 17], 2: [1]}
    at_level_1 = log.stored[1, 0][32 * 5 : 32 * 6]
    assert at_level_1 == merkle.subtree_root(5 * 256, 6 * 256, log.node)


def test_a_tree_of_256_has_a_full_tile_and_one_above_of_width_1() -> None:
    log = Log()
    log.append(*map(str, range(256)))
    assert {place: len(hashes) for place, hashes in log.stored.items()} == {
        (0, 0): 8192,
        (1, 0): 32,
    }


def test_growing_in_any_steps_gives_the_same_tiles_and_only_ever_appends() -> None:
    chance = random.Random(7)
    whole, grown = Log(), Log()
    entries = [str(n) for n in range(2500)]
    whole.append(*entries)
    frontier = merkle.Frontier()
    while entries:
        before = dict(grown.stored)
        step = entries[: chance.choice([1, 2, 100, 255, 256, 257, 600])]
        del entries[: len(step)]
        grown.append(*step)
        for entry in step:
            frontier.append(merkle.leaf_hash(entry.encode()))
        assert grown.root() == frontier.root()
        assert all(grown.stored[place].startswith(hashes) for place, hashes in before.items())
    assert grown.stored == whole.stored


@given(st.integers(1, 70_000), st.data())
def test_the_tiles_said_to_be_needed_suffice_for_a_proof(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    needed = tiles.needed([index], size)

    def read(level: int, tile: int) -> bytes:
        assert (level, tile) in needed
        width = min(256, (size >> 8 * level) - 256 * tile)
        return b"".join(bytes([level]) * 32 for _ in range(width))

    merkle.inclusion_path(index, size, tiles.node_reader(read))
    merkle.root(size, tiles.node_reader(read))


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_a_bundle_gives_back_its_entries(entries: list[bytes]) -> None:
    assert tiles.parse_bundle(tiles.entry_bundle(entries)) == entries


def test_a_bundle_holds_the_largest_entry_and_a_cut_bundle_is_refused() -> None:
    largest = bytes(tiles.LARGEST_ENTRY)
    bundle = tiles.entry_bundle([largest])
    assert tiles.parse_bundle(bundle) == [largest]
    with pytest.raises(ValueError, match="ends within"):
        tiles.parse_bundle(bundle[:-1])
