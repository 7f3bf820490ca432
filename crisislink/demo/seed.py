"""Writes the demo city into a store: each part one register entry with the digest of its rows.

Reference data is written at every start (addresses and passwords of the simulated cameras are new each time);
what has versions and is there already stays, and so does what was changed in the roster.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from crisislink.core.actors import Person
from crisislink.core.cameras import Camera
from crisislink.core.events import InventoryLoaded
from crisislink.core.ids import OrganisationId
from crisislink.demo.cameras import DemoCamera, covered_cameras
from crisislink.demo.legal import legal_bases
from crisislink.demo.orders import CityReady
from crisislink.demo.people import ORGANISATIONS, SAMU, TOULOUSE, roster
from crisislink.demo.places import gazetteer
from crisislink.flow.ports import CameraSource, CameraUrl, Ports, State, UnitOfWork

_TERM = timedelta(days=365)
_TOGETHER = 500


async def seed(
    ports: Ports,
    cameras: Sequence[DemoCamera],
    ready: CityReady,
    issuers: Mapping[str, str],
) -> None:
    """The whole city; a large one in several transactions, none longer than the store allows.

    Args:
        ports: the store to write to.
        cameras: the inventory.
        ready: where the cameras answer, and in which sizes: those the masks were validated on.
        issuers: the identity providers' issuers by provider id.
    """
    now = ports.clock.now()
    persons, habilitations = roster(issuers, now)
    async with ports.store.write() as work:
        known = {c.id: c for c in await work.cameras()}
        inventory = [_validated(c.camera, ready, known.get(c.camera.id)) for c in cameras]
        changed = [c for c in inventory if c != known.get(c.id)]
        await _load(work, None, "organisations", ORGANISATIONS)
        await _load(work, None, "persons", await _where_they_sign_in(work, persons))
        if not known:
            await _load(work, None, "habilitations", habilitations)
    await _load_many(ports, "cameras", changed)
    async with ports.store.write() as work:
        if not await work.legal_bases(TOULOUSE.id):
            await _load(work, None, "places", gazetteer())
            bases = legal_bases(
                city=TOULOUSE.id,
                hospital=SAMU.id,
                cameras=covered_cameras(cameras),
                valid_from=now - timedelta(days=1),
                valid_until=now + _TERM,
            )
            await _load(work, TOULOUSE.id, "legal_bases", bases)
    await _load_many(ports, "camera_sources", [_source(c, ready.cameras) for c in cameras])


async def _where_they_sign_in(work: UnitOfWork, persons: Sequence[Person]) -> list[Person]:
    """The providers' issuers are new where the demonstration runs on other ports; all else stays."""
    there = {p.id: p for p in await work.persons([p.id for p in persons])}
    return [replace(there.get(p.id, p), issuer=p.issuer) for p in persons]


def _validated(camera: Camera, ready: CityReady, known: Camera | None) -> Camera:
    """As it stands in this city today; a version more where that differs from what the store knows."""
    mask = camera.mask
    if mask is not None:
        sizes = tuple((width, height) for width, height in ready.sizes[str(camera.number)])
        camera = replace(camera, mask=replace(mask, sizes=sizes))
    if known is None or mask is None or known.mask is None:
        return known or camera
    kept = replace(mask, sizes=sizes, version=known.mask.version)
    if kept == known.mask:
        return known
    return replace(known, version=known.version + 1, mask=replace(kept, version=known.mask.version + 1))


def _source(demo: DemoCamera, addresses: Mapping[str, tuple[str, str | None]]) -> CameraSource:
    main, sub = addresses[str(demo.camera.number)]
    return CameraSource(
        camera=demo.camera.id, main=CameraUrl(main), sub=None if sub is None else CameraUrl(sub)
    )


async def _load_many(ports: Ports, what: str, rows: Sequence[State]) -> None:
    for first in range(0, len(rows), _TOGETHER):
        async with ports.store.write() as work:
            await _load(work, TOULOUSE.id, what, rows[first : first + _TOGETHER])


async def _load(
    work: UnitOfWork, organisation: OrganisationId | None, what: str, rows: Sequence[State]
) -> None:
    # `repr` of a camera's source hides its address, so the digest gives nothing away.
    digest = hashlib.sha256("\n".join(repr(row) for row in rows).encode()).hexdigest()
    loaded = InventoryLoaded(organisation=organisation, what=what, rows=len(rows), sha256=digest)
    await work.record(loaded, *rows)
