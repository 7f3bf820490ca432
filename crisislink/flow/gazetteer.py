"""A city's streets, quarters and landmarks come into the store: all of a file at once, or nothing."""

import hashlib
from dataclasses import dataclass

from crisislink.core.errors import Conflict
from crisislink.core.events import InventoryLoaded
from crisislink.core.places import Gazetteer
from crisislink.flow.ports import Ports, UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a file would do to the gazetteer, in places. `digest`: of the file's, in the register too."""

    new: int
    changed: int
    gone: int
    same: int
    digest: str


async def planned(ports: Ports, file: Gazetteer) -> Change:
    """What it would do now."""
    async with ports.store.read() as work:
        return await _change(work, file)


async def loaded(ports: Ports, file: Gazetteer, digest: str) -> Change:
    """The file is the whole gazetteer from now on; where it is already, nothing is written.

    Raises:
        Conflict: these are not the places that were previewed under this digest.
    """
    async with ports.store.write() as work:
        change = await _change(work, file)
        if change.digest != digest:
            raise Conflict
        if change.new or change.changed or change.gone:
            rows = len(file.places)
            event = InventoryLoaded(organisation=None, what="places", rows=rows, sha256=change.digest)
            await work.record(event, file)
    return change


async def _change(work: UnitOfWork, file: Gazetteer) -> Change:
    known = {(place.name, place.quarter): place for place in await work.places()}
    wanted = {(place.name, place.quarter): place for place in file.places}
    both = known.keys() & wanted.keys()
    same = sum(known[key] == wanted[key] for key in both)
    rows = "\n".join(sorted(repr(place) for place in file.places))
    return Change(
        new=len(wanted) - len(both),
        changed=len(both) - same,
        gone=len(known) - len(both),
        same=same,
        digest=hashlib.sha256(rows.encode()).hexdigest(),
    )
