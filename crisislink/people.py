"""The roster from the command line, for who runs the service: the first administrators, and the commission.

An organisation's own administrators keep the rest in `/admin/habilitations`. What is written here stands in
the register as everything does, without an administrator's name; a service that runs sees it at once.
"""

import hashlib

from crisislink.config import Settings
from crisislink.core.actors import Organisation
from crisislink.core.events import InventoryLoaded
from crisislink.core.ids import OrganisationId
from crisislink.core.roster import Plan
from crisislink.flow import roster
from crisislink.flow.roster import Imported, Keeper
from crisislink.wiring import opened


def keeper(settings: Settings, organisation: str, provider: str) -> Keeper:
    """Whose roster, and who vouches for new persons.

    Raises:
        ValueError: the settings have no such provider.
    """
    issuers = {p.id: p.issuer for p in settings.providers}
    if provider not in issuers:
        raise ValueError(f"provider: {provider!r} ∉ {sorted(issuers)}")
    return Keeper(organisation=OrganisationId(organisation), issuer=issuers[provider])


async def plan_of(settings: Settings, whose: Keeper, content: bytes) -> Plan:
    """What the file would do.

    Raises:
        BadRows: it is no roster at all.
        NotFound: no such organisation.
    """
    async with opened(settings) as ports:
        return await roster.planned(ports, whose, content)


async def write_plan(settings: Settings, whose: Keeper, content: bytes, digest: str) -> Imported:
    """Write what was previewed under this digest.

    Raises:
        BadRows: there are lines to correct.
        Conflict: it would do something else now.
    """
    async with opened(settings) as ports:
        return await roster.imported(ports, whose, content, digest)


async def export(settings: Settings, organisation: str) -> bytes:
    """The organisation's roster as a file; that it was taken out is in the register.

    Raises:
        NotFound: no such organisation.
    """
    async with opened(settings) as ports, ports.store.write() as work:
        return await roster.taken_out(work, Keeper(organisation=OrganisationId(organisation), issuer=""))


async def found(settings: Settings, organisation: Organisation) -> None:
    """Make an organisation known, or correct its names and telephone.

    Raises:
        ValueError: it is there, on another side.
    """
    async with opened(settings) as ports, ports.store.write() as work:
        there = {one.id: one for one in await work.organisations()}.get(organisation.id, organisation)
        if there.side is not organisation.side:
            raise ValueError(f"{organisation.id}: {there.side}, not {organisation.side}")
        digest = hashlib.sha256(repr(organisation).encode()).hexdigest()
        loaded = InventoryLoaded(organisation=organisation.id, what="organisations", rows=1, sha256=digest)
        await work.record(loaded, organisation)
