"""Finding the place and the cameras that see it."""

from collections.abc import Sequence

from crisislink.core import places, policy
from crisislink.core.actors import Actor
from crisislink.core.cameras import Camera
from crisislink.core.geo import Position
from crisislink.core.ids import CameraId
from crisislink.core.places import Place, PlaceKind
from crisislink.core.ranking import Sighting, rank
from crisislink.flow.attempts import recorded
from crisislink.flow.ports import Ports, UnitOfWork

FOUND_MAX = 12


async def cameras(ports: Ports, actor: Actor) -> tuple[Sequence[Camera], frozenset[CameraId]]:
    """The whole inventory, for the map; and which of them are held back for now."""
    async with recorded(ports, actor, "cameras.list"):
        policy.require(policy.may_search(actor))
        async with ports.store.read() as work:
            inventory = await work.cameras()
            return inventory, await _paused(work, inventory)


async def _paused(work: UnitOfWork, inventory: Sequence[Camera]) -> frozenset[CameraId]:
    pauses = await work.pauses([camera.id for camera in inventory])
    return frozenset(pause.camera for pause in pauses.values() if pause.cause is not None)


async def named(ports: Ports, actor: Actor, query: str) -> list[tuple[Place, CameraId | None]]:
    """Places and cameras by name, best first; the camera's id beside a camera."""
    async with recorded(ports, actor, "places.find"):
        policy.require(policy.may_search(actor))
        async with ports.store.read() as work:
            known, inventory = await work.places(), await work.cameras()
    of_camera = {_as_place(camera): camera.id for camera in inventory}
    found = places.find(query, [*known, *of_camera], limit=FOUND_MAX)
    return [(place, of_camera.get(place)) for place in found]


def _as_place(camera: Camera) -> Place:
    return Place(
        name=f"{camera.number:03d} · {camera.name}",
        kind=PlaceKind.CAMERA,
        position=camera.position,
        precision_m=camera.position_error_m,
        quarter=camera.quarter,
    )


async def nearby(
    ports: Ports, actor: Actor, place: Position, *, precision_m: int, radius_m: int, limit: int
) -> list[Sighting]:
    """The cameras near a place, best first, with reasons."""
    async with recorded(ports, actor, "cameras.nearby"):
        policy.require(policy.may_search(actor))
        async with ports.store.read() as work:
            inventory = await work.cameras()
            paused = await _paused(work, inventory)
    return rank(inventory, place, precision_m=precision_m, radius_m=radius_m, limit=limit, paused=paused)
