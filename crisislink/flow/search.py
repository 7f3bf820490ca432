"""Finding the place and the cameras that see it."""

import asyncio
from collections.abc import Sequence
from itertools import chain

from crisislink.core import policy
from crisislink.core.actors import Actor
from crisislink.core.cameras import Camera
from crisislink.core.geo import Position
from crisislink.core.ids import CameraId
from crisislink.core.places import Names, Place
from crisislink.core.ranking import Sighting, rank
from crisislink.flow import health
from crisislink.flow.attempts import recorded
from crisislink.flow.inventory import Cameras
from crisislink.flow.ports import Ports, UnitOfWork

FOUND_MAX = 12


async def cameras(ports: Ports, actor: Actor) -> tuple[Sequence[Camera], frozenset[CameraId]]:
    """The whole inventory, for the map; and which of them are held back for now."""
    async with recorded(ports, actor, "cameras.list"):
        policy.require(policy.may_search(actor))
        async with ports.store.read() as work:
            return (await _inventory(ports, work)).all, await _paused(work)


async def _inventory(ports: Ports, work: UnitOfWork) -> Cameras:
    revision = await work.camera_revision()
    return ports.inventory.at(revision) or ports.inventory.read(revision, await work.cameras())


async def _paused(work: UnitOfWork) -> frozenset[CameraId]:
    return frozenset(pause.camera for pause in (await work.pauses()).values() if pause.cause is not None)


async def named(ports: Ports, actor: Actor, query: str) -> list[tuple[Place, CameraId | None]]:
    """Places and cameras by name, best first; the camera's id beside a camera."""
    async with recorded(ports, actor, "places.find"):
        policy.require(policy.may_search(actor))
        async with ports.store.read() as work:
            cameras, revision = await _inventory(ports, work), await work.place_revision()
            names = ports.inventory.names_at(cameras, revision)
            places = await work.places() if names is None else ()
    if names is None:
        names = await asyncio.to_thread(_names, places, cameras)
        ports.inventory.named(cameras, revision, names)
    found = await asyncio.to_thread(names.find, query, limit=FOUND_MAX)
    return [(place, cameras.as_places.get(place)) for place in found]


def _names(places: Sequence[Place], cameras: Cameras) -> Names:
    return Names(chain(places, cameras.as_places))


async def nearby(
    ports: Ports,
    actor: Actor,
    place: Position,
    *,
    precision_m: int,
    radius_m: int,
    limit: int,
    exercise: bool = False,
) -> list[Sighting]:
    """The cameras near a place, best first, with reasons; for an exercise the synthetic ones only."""
    async with recorded(ports, actor, "cameras.nearby"):
        policy.require(policy.may_search(actor))
        async with ports.store.read() as work:
            near = (await _inventory(ports, work)).near(place, radius_m + precision_m)
            paused = await _paused(work)
            faults = await health.known(work, now=ports.clock.now())
    return rank(
        [camera for camera in near if camera.synthetic is exercise],
        place,
        precision_m=precision_m,
        radius_m=radius_m,
        limit=limit,
        paused=paused,
        faults=faults,
    )
