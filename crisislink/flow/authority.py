"""Whether the store may be believed: it is what it was, and our clock is not before the time it knows.

A store restored from a dump would revive access that has ended since; a clock that was set back while nobody
ran would lengthen it. So at a start, a store that is not what it was ends all access it knows of, before
anybody is served; and while our clock stands before the latest time the store knows, nobody gets a lease, and
no declared crisis grants anything.
"""

from collections.abc import Iterable
from datetime import timedelta

from crisislink.core.crisis import CrisisCause, DeclaredCrisis
from crisislink.core.errors import Reason, Unavailable
from crisislink.core.events import StoreAssumed
from crisislink.core.grants import EndCause, Grant
from crisislink.flow.crisisends import end_in
from crisislink.flow.endings import end_all
from crisislink.flow.ports import Ports, UnitOfWork

SKEW, EVERY = timedelta(seconds=2), timedelta(seconds=1)


async def assume(ports: Ports) -> None:
    """At a start: take the store as it is, once; where it was restored, with all access ended."""
    async with ports.store.read() as work:
        if await work.authority() is not None:
            return
    async with ports.store.write() as work:
        if await work.authority() is not None:
            return  # another process was first
        now = ports.clock.now()
        assumed = await work.assume(now)
        live = [grant for grant in await work.grants(live_only=True) if grant.state.live]
        await work.record(StoreAssumed(incarnation=assumed.incarnation, grants_ended=len(live)))
        await end_all(work, live, EndCause.RESTORED, actor=None, now=now)
        for crisis in await work.crises(open_only=True):
            await end_in(work, crisis, CrisisCause.RESTORED, actor=None, now=now)


async def require_sound(ports: Ports, work: UnitOfWork) -> None:
    """Before any access is given.

    Raises:
        Unavailable: the store was exchanged under us, or our clock stands before the time it knows (`CLOCK`).
    """
    authority = await work.authority()
    if authority is None:
        raise Unavailable(Reason.STORE)
    if ports.clock.now() < authority.high_water - SKEW:
        raise Unavailable(Reason.CLOCK)


async def note_time(ports: Ports, grants: Iterable[Grant], crises: Iterable[DeclaredCrisis]) -> None:
    """Have the store know, to the second, how late it is, while a clock could lengthen anybody's access:
    while one of the grants, which are all that have not ended, is live, or a crisis is not over.
    """
    if not any(grant.state.live for grant in grants) and not any(crisis.state.open for crisis in crises):
        return
    now = ports.clock.now()
    async with ports.store.read() as work:
        authority = await work.authority()
        if authority is None or now - authority.high_water < EVERY:
            return
    async with ports.store.write() as work:
        await work.raise_high_water(now)
