"""The tree is RFC 9162's: another implementation finds the same roots and accepts the proofs."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree, verify_inclusion
from tests.log.independent_verifier import root_from_path
from tests.log.logs import Log

from gongshu.log import merkle

# The leaves and roots that Certificate Transparency implementations test with.
CT_LEAVES = [
    bytes.fromhex(text)
    for text in [
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    ]
]
CT_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def tree_of(size: int) -> Log:
    log = Log()
    log.append(*(str(n) for n in range(size)))
    return log


BIG = tree_of(1200)
LEAVES = [merkle.leaf_hash(entry.encode()) for entry in BIG.entries]


def test_the_roots_are_those_of_certificate_transparency() -> None:
    frontier = merkle.Frontier()
    assert frontier.root() == hashlib.sha256(b"").digest()
    for leaf, root in zip(CT_LEAVES, CT_ROOTS, strict=True):
        frontier.append(merkle.leaf_hash(leaf))
        assert frontier.root().hex() == root


def test_another_implementation_finds_the_same_roots_and_accepts_the_proofs() -> None:
    oracle, frontier = InmemoryTree(algorithm="sha256"), merkle.Frontier()
    for size in range(1, 130):
        oracle.append_entry(BIG.entries[size - 1].encode())
        frontier.append(LEAVES[size - 1])
        assert oracle.get_root() == frontier.root() == BIG.root(size)
    for index in range(1, 130, 7):
        proof = oracle.prove_inclusion(index)
        verify_inclusion(oracle.get_leaf(index), oracle.get_root(), proof)
        path = merkle.inclusion_path(index - 1, 129, BIG.node)
        assert proof.path == [LEAVES[index - 1], *path]
    for old in (3, 5, 77, 127):  # it lists the first two hashes in another order, and sends a root
        theirs = oracle.prove_consistency(old, 129).path
        assert sorted(theirs) == sorted(merkle.consistency_path(old, 129, BIG.node))


def test_every_leaf_of_every_small_tree_has_a_proof_and_no_other_leaf_has_it() -> None:
    for size in range(1, 40):
        root = BIG.root(size)
        for index in range(size):
            path = merkle.inclusion_path(index, size, BIG.node)
            assert merkle.verify_inclusion(index, size, LEAVES[index], path, root)
            assert root_from_path(index, size, LEAVES[index], path) == root
            for other in range(size):
                if other != index:
                    assert not merkle.verify_inclusion(other, size, LEAVES[index], path, root)
                    assert not merkle.verify_inclusion(index, size, LEAVES[other], path, root)


def test_every_pair_of_small_trees_is_shown_consistent() -> None:
    for new in range(40):
        for old in range(new + 1):
            path = merkle.consistency_path(old, new, BIG.node)
            roots = BIG.root(old), BIG.root(new)
            assert merkle.verify_consistency(old, new, *roots, path)


indexes = st.integers(0, 1199)


@given(indexes, indexes, st.data())
def test_a_changed_proof_proves_nothing(one: int, two: int, data: st.DataObject) -> None:
    index, size = min(one, two), max(one, two) + 1
    path, root = merkle.inclusion_path(index, size, BIG.node), BIG.root(size)
    assert merkle.verify_inclusion(index, size, LEAVES[index], path, root)
    assert not merkle.verify_inclusion(index, size, LEAVES[index], [*path, root], root)
    if path:
        at = data.draw(st.integers(0, len(path) - 1))
        wrong = path.copy()
        wrong[at] = hashlib.sha256(wrong[at]).digest()
        assert not merkle.verify_inclusion(index, size, LEAVES[index], wrong, root)
        assert not merkle.verify_inclusion(index, size, LEAVES[index], path[:at], root)


@given(indexes, indexes)
def test_a_rewritten_tree_is_not_consistent_with_the_old_one(one: int, two: int) -> None:
    old, new = min(one, two) + 1, max(one, two) + 1
    rewritten = Log()
    rewritten.append("another beginning", *BIG.entries[1:new])
    path = merkle.consistency_path(old, new, BIG.node)
    wrong = merkle.consistency_path(old, new, rewritten.node)
    assert merkle.verify_consistency(old, new, BIG.root(old), BIG.root(new), path)
    assert not merkle.verify_consistency(old, new, BIG.root(old), rewritten.root(new), path)
    assert not merkle.verify_consistency(old, new, BIG.root(old), rewritten.root(new), wrong)


def test_what_is_not_in_the_tree_cannot_be_asked_for() -> None:
    with pytest.raises(ValueError, match="no leaf 3"):
        merkle.inclusion_path(3, 3, BIG.node)
    with pytest.raises(ValueError, match="no earlier size"):
        merkle.consistency_path(4, 3, BIG.node)
    assert not merkle.verify_inclusion(0, 0, LEAVES[0], [], merkle.EMPTY_ROOT)
    assert not merkle.verify_consistency(2, 1, LEAVES[0], LEAVES[0], [])
