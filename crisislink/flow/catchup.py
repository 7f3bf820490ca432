"""Forced cuts that waited for the store (`flow.forced`) reach the register: late, marked, in order."""

from crisislink.core.actors import Actor
from crisislink.flow.crisisends import suspend_in
from crisislink.flow.endings import Darkened, cut, darkened, end_some, stop_all
from crisislink.flow.ports import ForcedCut, LiveVideo, Ports, UnitOfWork


async def catch_up(ports: Ports, video: LiveVideo) -> None:
    """Write them, then cut what they leave.

    Raises:
        Unavailable: the store still does not answer; the rest waits on.
    """
    for order in tuple(ports.journal.pending()):
        async with ports.store.write() as work:
            dark = await _recorded(ports, work, order)
        ports.journal.settle(order)
        await cut(ports, video, dark)


async def _recorded(ports: Ports, work: UnitOfWork, order: ForcedCut) -> list[Darkened]:
    actor = await _who_ordered(ports, work, order)
    if order.crisis is not None:
        return (await suspend_in(ports, work, order, actor, cut_running=True, late=True))[1]
    if order.grant is None:
        return (await stop_all(ports, work, order, actor, late=True))[1]
    before = await work.grant(order.grant)
    after = await end_some(work, before, order, actor, now=ports.clock.now(), late=True)
    found = darkened(before, after, order.cause)
    return [] if found is None else [found]


async def _who_ordered(ports: Ports, work: UnitOfWork, order: ForcedCut) -> Actor:
    """They were allowed to when they did it, whatever they may do by now."""
    person = await work.person(order.actor)
    return Actor(
        person=person,
        organisation=await work.organisation(person.organisation),
        roles=frozenset(),
        session=None,
        authenticated_at=ports.clock.now(),
    )
