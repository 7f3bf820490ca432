"""Writes the demo city into a store: each part one register entry with the digest of its rows.

Reference data is written at every start (addresses and passwords of the simulated cameras are new each time);
what has versions and is there already stays.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from crisislink.core.events import InventoryLoaded
from crisislink.core.ids import OrganisationId
from crisislink.demo.cameras import DemoCamera, covered_cameras
from crisislink.demo.legal import legal_bases
from crisislink.demo.people import ORGANISATIONS, SAMU, TOULOUSE, roster
from crisislink.demo.places import gazetteer
from crisislink.flow.ports import CameraSource, CameraUrl, Ports, State, UnitOfWork

EPOCH = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)  # when the demo city's masks were validated
_TERM = timedelta(days=365)


async def seed(
    ports: Ports,
    cameras: Sequence[DemoCamera],
    addresses: Mapping[str, tuple[str, str | None]],
    issuers: Mapping[str, str],
) -> None:
    """The whole city in one transaction.

    Args:
        ports: the store to write to.
        cameras: the inventory.
        addresses: for each camera number the main and sub stream's address.
        issuers: the identity providers' issuers by provider id.
    """
    now = ports.clock.now()
    persons, habilitations = roster(issuers, now)
    async with ports.store.write() as work:
        first = not await work.cameras()
        await _load(work, None, "organisations", ORGANISATIONS)
        await _load(work, None, "persons", persons)
        await _load(work, None, "habilitations", habilitations)
        if first:
            await _load(work, TOULOUSE.id, "cameras", [c.camera for c in cameras])
            await _load(work, None, "places", gazetteer())
            bases = legal_bases(
                city=TOULOUSE.id,
                hospital=SAMU.id,
                cameras=covered_cameras(cameras),
                valid_from=now - timedelta(days=1),
                valid_until=now + _TERM,
            )
            await _load(work, TOULOUSE.id, "legal_bases", bases)
        await _load(work, TOULOUSE.id, "camera_sources", [_source(c, addresses) for c in cameras])


def _source(demo: DemoCamera, addresses: Mapping[str, tuple[str, str | None]]) -> CameraSource:
    main, sub = addresses[str(demo.camera.number)]
    return CameraSource(
        camera=demo.camera.id, main=CameraUrl(main), sub=None if sub is None else CameraUrl(sub)
    )


async def _load(
    work: UnitOfWork, organisation: OrganisationId | None, what: str, rows: Sequence[State]
) -> None:
    # `repr` of a camera's source hides its address, so the digest gives nothing away.
    digest = hashlib.sha256("\n".join(repr(row) for row in rows).encode()).hexdigest()
    loaded = InventoryLoaded(organisation=organisation, what=what, rows=len(rows), sha256=digest)
    await work.record(loaded, *rows)
