"""Which media node carries a camera: rendezvous hashing, among the nodes that have room.

Every web process gives the same answer without asking another one, so all who look at a camera share one
decoder; a node that comes or goes moves only the cameras it gains or loses.
"""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass

from crisislink.core.ids import CameraId, NodeId

FULL = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """`load`: the share of what the node can carry that it carries now, from 0."""

    id: NodeId
    load: float
    draining: bool


def place(
    camera: CameraId, candidates: Collection[Candidate], *, avoid: Collection[NodeId] = ()
) -> NodeId | None:
    """The node for this camera, or None when there is none.

    A node that is about to leave gets nothing. One that is full, or to be avoided (somebody could not reach
    it a moment ago), gets a camera only when no other can.
    """
    staying = [c for c in candidates if not c.draining]
    for able in (
        [c for c in staying if c.load < FULL and c.id not in avoid],
        [c for c in staying if c.id not in avoid],
        staying,
    ):
        if able:
            return max(able, key=lambda c: _weight(c.id, camera)).id
    return None


def _weight(node: NodeId, camera: CameraId) -> bytes:
    return hashlib.sha256(f"{node}\0{camera}".encode()).digest()
