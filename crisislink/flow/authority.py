"""Whether the store may be believed: it is what it was, and our clock is not before the time it knows.

A store restored from a dump would revive access that has ended since; a clock that was set back while nobody
ran would lengthen it. So a store that is not what it was gives no access, until all that it knows of has
ended: at a start before anybody is served, and later as soon as it is noticed (a standby that was promoted).
And while our clock stands before the latest time the store knows, nobody gets a lease,
and no declared crisis grants anything.
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from crisislink.core.crisis import CrisisCause, DeclaredCrisis
from crisislink.core.errors import Reason, Unavailable
from crisislink.core.events import StoreAssumed
from crisislink.core.grants import EndCause, Grant
from crisislink.core.previews import RESTORED, Preview
from crisislink.flow.crisisends import end_in
from crisislink.flow.endings import end_all
from crisislink.flow.ports import Authority, Ports, UnitOfWork
from crisislink.flow.previewends import end_previews

_TOGETHER = 100
SKEW, EVERY = timedelta(seconds=2), timedelta(seconds=1)


async def assume(ports: Ports) -> None:
    """Take the store as it is, once; where it was restored, with all access ended."""
    async with ports.store.read() as work:
        if await work.authority() is not None:
            return
    await _assume(ports)


async def believe_clock(ports: Ports) -> None:
    """It is as late as our clock says, whatever later time a clock that was wrong left in the store.

    For a person who has set the clocks right. What that clock could have lengthened ends: all access.
    """
    await _assume(ports, whatever_was_noted=True)


async def _assume(ports: Ports, *, whatever_was_noted: bool = False) -> None:
    """Ends so many at a time that no transaction takes too long; the last ones with the assumption itself."""
    ended = 0
    while True:
        async with ports.store.write() as work:
            if not whatever_was_noted and await work.authority() is not None:
                return  # another process was first
            now = ports.clock.now()
            live = [grant for grant in await work.grants(live_only=True) if grant.state.live]
            last = len(live) <= _TOGETHER
            if last:
                assumed = await work.assume(now, whatever_was_noted=whatever_was_noted)
                told = StoreAssumed(incarnation=assumed.incarnation, grants_ended=ended + len(live))
                await work.record(told)
            await end_all(work, live[:_TOGETHER], EndCause.RESTORED, actor=None, now=now)
            if last:
                await end_previews(work, lambda _: True, RESTORED, now=now)
            for crisis in await work.crises(open_only=True) if last else ():
                await end_in(work, crisis, CrisisCause.RESTORED, actor=None, now=now)
            ended += len(live[:_TOGETHER])
        if last:
            return


async def require_sound(ports: Ports, work: UnitOfWork) -> Authority:
    """Before any access is given: what the store knows of itself.

    Raises:
        Unavailable: the store was exchanged under us, or our clock stands before the time it knows (`CLOCK`).
    """
    authority = await work.authority()
    if authority is None:
        raise Unavailable(Reason.STORE)
    if ports.clock.now() < authority.high_water - SKEW:
        raise Unavailable(Reason.CLOCK)
    return authority


def may_hear(ports: Ports, authority: Authority, began: datetime) -> bool:
    """Whether a cut of what `began` then would reach us: over the bus, or as an entry the store can take.

    `note_time` writes each second while anybody may look. Who hears nobody and reads that nothing was written
    for a lease's time may be missing an order that nobody can record: it gives no lease.
    """
    written = max(authority.high_water, began)
    return not ports.bus.degraded or ports.clock.now() - written < timedelta(seconds=ports.limits.lease_s)


async def note_time(
    ports: Ports,
    authority: Authority | None,
    grants: Iterable[Grant],
    crises: Iterable[DeclaredCrisis] = (),
    previews: Collection[Preview] = (),
) -> None:
    """Have the store know, to the second, how late it is, while a clock could lengthen anybody's access:
    while one of the grants, which are all that have not ended, is live, a crisis is not over, or one of the
    previews, which are all that go on, is seen.
    """
    now = ports.clock.now()
    if authority is None or now - authority.high_water < EVERY:
        return
    if previews or any(g.state.live for g in grants) or any(crisis.state.open for crisis in crises):
        async with ports.store.write() as work:
            await work.raise_high_water(now)
