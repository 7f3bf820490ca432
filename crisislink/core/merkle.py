"""RFC 6962 Merkle tree over the register's entries: hashes, root, proofs, and the check of both.

Section numbers are those of RFC 6962. Hashes are SHA-256, 32 bytes. Entries are numbered from 0.
`Frontier` appends in O(log n) and holds at most 64 hashes: it is what the store keeps beside the entries.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Self

EMPTY_ROOT = sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    """§2.1: SHA-256(0x00 ‖ entry)."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """§2.1: SHA-256(0x01 ‖ left ‖ right)."""
    return sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Frontier:
    """The roots of the perfect subtrees that make up a tree of `size` leaves, largest first."""

    size: int = 0
    hashes: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if len(self.hashes) != self.size.bit_count() or any(len(h) != 32 for h in self.hashes):
            raise ValueError("a frontier has one 32-byte hash for each set bit of its size")

    def append(self, leaf: bytes) -> Self:
        """The frontier after one more leaf hash."""
        hashes, size, node = list(self.hashes), self.size, leaf
        while size & 1:
            node = node_hash(hashes.pop(), node)
            size >>= 1
        return type(self)(self.size + 1, (*hashes, node))

    @property
    def root(self) -> bytes:
        """§2.1: the Merkle tree hash."""
        if not self.hashes:
            return EMPTY_ROOT
        node = self.hashes[-1]
        for left in reversed(self.hashes[:-1]):
            node = node_hash(left, node)
        return node

    def dump(self) -> bytes:
        """The hashes one after another, for the store."""
        return b"".join(self.hashes)

    @classmethod
    def load(cls, size: int, raw: bytes) -> Self:
        """The inverse of `dump`.

        Raises:
            ValueError: the bytes do not fit the size.
        """
        return cls(size, tuple(raw[i : i + 32] for i in range(0, len(raw), 32)))


def frontier(leaves: Iterable[bytes]) -> Frontier:
    """The frontier of a whole sequence of leaf hashes."""
    tree = Frontier()
    for leaf in leaves:
        tree = tree.append(leaf)
    return tree


def _split(n: int) -> int:
    """The largest power of two smaller than n (n ≥ 2)."""
    return 1 << ((n - 1).bit_length() - 1)


def inclusion_proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """§2.1.1: the audit path of leaf `index` in the tree of all `leaves`.

    Raises:
        IndexError: no such leaf.
    """
    if not 0 <= index < len(leaves):
        raise IndexError(index)
    if len(leaves) == 1:
        return []
    k = _split(len(leaves))
    if index < k:
        return [*inclusion_proof(leaves[:k], index), frontier(leaves[k:]).root]
    return [*inclusion_proof(leaves[k:], index - k), frontier(leaves[:k]).root]


def verify_inclusion(*, leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether `proof` shows `leaf` at `index` of the tree of `size` and `root` (RFC 9162 §2.1.3.2)."""
    if not 0 <= index < size:
        return False
    fn, sn, node = index, size - 1, leaf
    for step in proof:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            node = node_hash(step, node)
            while not fn & 1 and fn != 0:
                fn, sn = fn >> 1, sn >> 1
        else:
            node = node_hash(node, step)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and node == root


def consistency_proof(leaves: Sequence[bytes], old_size: int) -> list[bytes]:
    """§2.1.2: proof that the tree of the first `old_size` leaves is a prefix of the tree of all.

    Raises:
        IndexError: `old_size` is not in [1, len(leaves)].
    """
    if not 1 <= old_size <= len(leaves):
        raise IndexError(old_size)
    return _subproof(leaves, old_size, whole=True)


def _subproof(leaves: Sequence[bytes], m: int, *, whole: bool) -> list[bytes]:
    if m == len(leaves):
        return [] if whole else [frontier(leaves).root]
    k = _split(len(leaves))
    if m <= k:
        return [*_subproof(leaves[:k], m, whole=whole), frontier(leaves[k:]).root]
    return [*_subproof(leaves[k:], m - k, whole=False), frontier(leaves[:k]).root]


def verify_consistency(
    *, old_size: int, old_root: bytes, size: int, root: bytes, proof: Sequence[bytes]
) -> bool:
    """Whether `proof` shows the older tree to be a prefix of the newer (RFC 9162 §2.1.4.2)."""
    if not 1 <= old_size <= size:
        return False
    if old_size == size:
        return not proof and old_root == root
    path = [old_root, *proof] if old_size.bit_count() == 1 else list(proof)
    if not path:
        return False
    fn, sn = old_size - 1, size - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    old = new = path[0]
    for step in path[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            old, new = node_hash(step, old), node_hash(step, new)
            while not fn & 1 and fn != 0:
                fn, sn = fn >> 1, sn >> 1
        else:
            new = node_hash(new, step)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and old == old_root and new == root
