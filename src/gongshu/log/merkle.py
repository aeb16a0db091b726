"""The Merkle tree of RFC 9162 section 2.1: hashes, proofs and their verification.

The tree's shape follows from its size alone. Functions that make a proof take `node(level, index)`,
which returns the hash of the complete subtree over the leaves index·2^level to (index+1)·2^level,
wherever such hashes are kept (tiles.py, or `Frontier`'s output in a dictionary).

>>> leaves = [leaf_hash(bytes([n])) for n in range(5)]
>>> frontier, nodes = Frontier(), {}
>>> for leaf in leaves:
...     nodes.update(frontier.append(leaf))
>>> node = lambda level, index: nodes[level, index]
>>> verify_inclusion(3, 5, leaves[3], inclusion_path(3, 5, node), frontier.root())
True
>>> verify_inclusion(3, 5, leaves[2], inclusion_path(3, 5, node), frontier.root())
False
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

Node = Callable[[int, int], bytes]

EMPTY_ROOT = hashlib.sha256().digest()


def leaf_hash(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(slots=True)
class Frontier:
    """A tree that only grows and remembers only its right edge, at most one hash a level."""

    size: int = 0
    edge: list[tuple[int, bytes]] = field(default_factory=list)  # complete subtrees, large to small

    def append(self, leaf: bytes) -> list[tuple[tuple[int, int], bytes]]:
        """Add a leaf hash; the ((level, index), hash) that have become known by it."""
        level, index, made = 0, self.size, [((0, self.size), leaf)]
        while index & 1:
            _, left = self.edge.pop()
            leaf, level, index = node_hash(left, leaf), level + 1, index >> 1
            made.append(((level, index), leaf))
        self.edge.append((level, leaf))
        self.size += 1
        return made

    def root(self) -> bytes:
        return fold([subtree for _, subtree in self.edge])


def fold(subtrees: Sequence[bytes]) -> bytes:
    """The root over complete subtrees of falling size, from left to right."""
    if not subtrees:
        return EMPTY_ROOT
    root = subtrees[-1]
    for left in reversed(subtrees[:-1]):
        root = node_hash(left, root)
    return root


def subtree_root(start: int, end: int, node: Node) -> bytes:
    """MTH(D[start:end]), where `start` is a multiple of the range's power of two."""
    subtrees = []
    while start < end:
        level = (end - start).bit_length() - 1
        subtrees.append(node(level, start >> level))
        start += 1 << level
    return fold(subtrees)


def root(size: int, node: Node) -> bytes:
    return subtree_root(0, size, node)


def inclusion_path(index: int, size: int, node: Node) -> list[bytes]:
    """PATH(index, D[size]) of section 2.1.3.1, from the leaf's sibling up to the root's child."""
    if not 0 <= index < size:
        raise ValueError(f"no leaf {index} in a tree of size {size}")
    path, start, end = [], 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(subtree_root(middle, end, node))
            end = middle
        else:
            path.append(subtree_root(start, middle, node))
            start = middle
    path.reverse()
    return path


def consistency_path(old: int, new: int, node: Node) -> list[bytes]:
    """PROOF(old, D[new]) of section 2.1.4.1; empty when there is nothing to prove."""
    if not 0 <= old <= new:
        raise ValueError(f"a tree of size {new} has no earlier size {old}")
    if old in (0, new):
        return []
    path, start, end, whole = [], 0, new, True
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            path.append(subtree_root(middle, end, node))
            end = middle
        else:
            path.append(subtree_root(start, middle, node))
            start, whole = middle, False
    if not whole:
        path.append(subtree_root(start, end, node))
    path.reverse()
    return path


def verify_inclusion(
    index: int, size: int, leaf: bytes, path: Sequence[bytes], tree_root: bytes
) -> bool:
    """Section 2.1.3.2, step by step."""
    if not 0 <= index < size:
        return False
    fn, sn, result = index, size - 1, leaf
    for sibling in path:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            result = node_hash(sibling, result)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            result = node_hash(result, sibling)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and result == tree_root


def verify_consistency(
    old: int, new: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]
) -> bool:
    """Section 2.1.4.2; a tree is consistent with itself and with the empty one."""
    if not 0 <= old <= new:
        return False
    if old == new:
        return not path and old_root == new_root
    if old == 0:
        return not path and old_root == EMPTY_ROOT
    # A power of two is a complete subtree: its root is not sent, the verifier has it.
    hashes = [old_root, *path] if old & (old - 1) == 0 else list(path)
    if not hashes:
        return False
    fn, sn = old - 1, new - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    first = second = hashes[0]
    for sibling in hashes[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            first, second = node_hash(sibling, first), node_hash(sibling, second)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            second = node_hash(second, sibling)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and first == old_root and second == new_root


def _split(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << ((size - 1).bit_length() - 1)
