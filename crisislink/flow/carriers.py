"""Which media node carries a camera, and the ticket that a person takes there."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from crisislink.core.errors import Reason, Unavailable
from crisislink.core.ids import CameraId, NodeId
from crisislink.core.placement import Candidate, place
from crisislink.flow.ports import NodePresence, Ports

_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket, and the node that opens it."""

    sealed: str
    node: NodePresence


async def carrier(ports: Ports, camera: CameraId, *, avoid: Collection[NodeId] = ()) -> NodePresence:
    """The media node that carries this camera.

    Raises:
        Unavailable: none lives (`NO_NODE`).
    """
    present = {node.id: node for node in await ports.presence.present()}
    chosen = place(camera, _candidates(present.values()), avoid=avoid)
    if chosen is None:
        raise Unavailable(Reason.NO_NODE)
    return present[chosen]


async def carried_by(ports: Ports, node: NodeId, cameras: Sequence[CameraId]) -> Sequence[CameraId]:
    """Of these cameras, those that this media node would carry now; thousands hold nobody up meanwhile."""
    candidates = _candidates(await ports.presence.present())
    carried: list[CameraId] = []
    for first in range(0, len(cameras), _AT_ONCE):
        some = cameras[first : first + _AT_ONCE]
        carried += [camera for camera in some if place(camera, candidates) == node]
        await asyncio.sleep(0)
    return carried


def _candidates(present: Collection[NodePresence]) -> list[Candidate]:
    return [Candidate(id=n.id, load=n.load, draining=n.draining) for n in present]
