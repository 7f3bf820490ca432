"""The tree of RFC 6962: known vectors, and every proof against every size up to 40."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crisislink.core.merkle import (
    EMPTY_ROOT,
    Frontier,
    consistency_proof,
    frontier,
    inclusion_proof,
    leaf_hash,
    verify_consistency,
    verify_inclusion,
)

# The reference leaves and roots of the Certificate Transparency test suite (google/certificate-transparency).
LEAVES = [
    bytes.fromhex(h)
    for h in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def test_an_empty_tree_has_the_hash_of_nothing_as_root() -> None:
    assert Frontier().root == EMPTY_ROOT == sha256(b"").digest()


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_are_those_of_the_certificate_transparency_vectors(size: int) -> None:
    assert frontier(leaf_hash(x) for x in LEAVES[:size]).root.hex() == ROOTS[size - 1]


@given(st.integers(1, 40), st.data())
def test_every_inclusion_proof_holds_and_no_other_leaf_passes_with_it(size: int, data: st.DataObject) -> None:
    leaves = [leaf_hash(bytes([i])) for i in range(size)]
    index = data.draw(st.integers(0, size - 1))
    root, proof = frontier(leaves).root, inclusion_proof(leaves, index)
    assert verify_inclusion(leaf=leaves[index], index=index, size=size, proof=proof, root=root)
    assert not verify_inclusion(leaf=leaf_hash(b"other"), index=index, size=size, proof=proof, root=root)
    assert not verify_inclusion(leaf=leaves[index], index=index, size=size, proof=[*proof, root], root=root)


@given(st.integers(1, 40), st.data())
def test_every_consistency_proof_holds_and_a_rewritten_past_fails(size: int, data: st.DataObject) -> None:
    leaves = [leaf_hash(bytes([i])) for i in range(size)]
    old = data.draw(st.integers(1, size))
    proof = consistency_proof(leaves, old)
    old_root, root = frontier(leaves[:old]).root, frontier(leaves).root
    assert verify_consistency(old_size=old, old_root=old_root, size=size, root=root, proof=proof)
    forged = frontier([leaf_hash(b"forged"), *leaves[1:old]]).root
    assert not verify_consistency(old_size=old, old_root=forged, size=size, root=root, proof=proof)


@given(st.integers(0, 200))
def test_a_frontier_survives_the_store(size: int) -> None:
    tree = frontier(leaf_hash(bytes([i % 256])) for i in range(size))
    assert Frontier.load(size, tree.dump()) == tree


def test_a_damaged_frontier_is_refused() -> None:
    with pytest.raises(ValueError, match="frontier"):
        Frontier.load(3, b"\0" * 32)
