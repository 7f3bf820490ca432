"""A declared crisis grants no more: suspended by the city, or over; and what that means for what it granted.

Suspended, its grants run on to their own end, unless the supervisor has them cut too. Over, in whatever way,
they end with it, in the same transaction. Like every cut of the city's, that of a suspension does not wait
for a store that is slow (`flow.forced`).
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from crisislink.core import crisis as rules
from crisislink.core import policy
from crisislink.core.actors import Actor
from crisislink.core.crisis import CrisisCause, DeclaredCrisis
from crisislink.core.events import epoch_ms
from crisislink.core.grants import EndCause, Grant
from crisislink.core.ids import CrisisId
from crisislink.flow import forced
from crisislink.flow.attempts import recorded
from crisislink.flow.endings import Darkened, cut, end_all
from crisislink.flow.ports import ForcedCut, LiveVideo, Ports, UnitOfWork


async def suspend(
    ports: Ports, video: LiveVideo, actor: Actor, id: CrisisId, *, cut_running: bool
) -> DeclaredCrisis:
    """It grants nothing from now on; `cut_running`: what it granted ends at once too, also when asked again.

    Raises:
        Denied: not the police of the city.
        NotFound: no such crisis.
        Unavailable: the store does not answer, and nothing is remembered of this crisis; or the cut
            is neither confirmed nor recorded (`CUT_UNCONFIRMED`).
    """
    order = ForcedCut(
        id=ports.entropy.id("cut"),
        at=ports.clock.now(),
        actor=actor.person.id,
        owner=actor.organisation.id,
        grant=None,
        cameras=None,
        cause=EndCause.CRISIS_SUSPENDED,
        crisis=id,
    )
    suspended: list[DeclaredCrisis] = []
    dark: list[Darkened] = []

    async def record() -> bool:
        async with recorded(ports, actor, "crisis.suspend", id, order=order), ports.store.write() as work:
            policy.require(policy.may_suspend_crisis(actor, await work.crisis(id)))
            now_is, found, named = await suspend_in(ports, work, order, actor, cut_running=cut_running)
            if named:
                await forced.enter(work, order)
            suspended.append(now_is)
            dark.extend(found)
        return named

    known = ports.recall.crisis(id)
    if not cut_running or known is None or policy.may_suspend_crisis(actor, known) is not None:
        await record()
    elif not await forced.made(ports, video, order, record, ports.recall.grants_in(id)):
        return rules.suspend(known, CrisisCause.BY_HAND, actor=actor, cut=True, now=order.at)[0]
    await cut(ports, video, dark)
    return suspended[0]


async def suspend_in(
    ports: Ports,
    work: UnitOfWork,
    order: ForcedCut,
    actor: Actor,
    *,
    cut_running: bool,
    late: bool = False,
) -> tuple[DeclaredCrisis, list[Darkened], bool]:
    """In this transaction; what is left to cut, and whether the register names this person for anything.

    `late`: it was ordered, and cut, before.
    """
    assert order.crisis is not None, "the order names its crisis"
    now, cut_at_ms = ports.clock.now(), epoch_ms(order.at) if late else None
    crisis, event = rules.suspend(
        await work.crisis(order.crisis), CrisisCause.BY_HAND, actor=actor, cut=cut_running, now=now
    )
    if event is not None:
        await work.record(replace(event, cut_at_ms=cut_at_ms), crisis)
    running = await granted(work, crisis.id) if cut_running else []
    dark = await end_all(work, running, order.cause, actor=actor, now=now, cut_at_ms=cut_at_ms)
    return crisis, dark, event is not None or bool(dark)


async def end(ports: Ports, video: LiveVideo, actor: Actor, id: CrisisId) -> DeclaredCrisis:
    """Either side ends it, and with it all that it granted. Again is a no-op.

    Raises:
        Denied: not a supervisor of one of its sides.
        NotFound: no such crisis.
    """
    async with recorded(ports, actor, "crisis.end", id), ports.store.write() as work:
        crisis = await work.crisis(id)
        policy.require(policy.may_end_crisis(actor, crisis))
        dark = await end_in(work, crisis, CrisisCause.BY_HAND, actor=actor, now=ports.clock.now())
        ended = await work.crisis(id)
    await cut(ports, video, dark)
    return ended


async def end_in(
    work: UnitOfWork, crisis: DeclaredCrisis, cause: CrisisCause, *, actor: Actor | None, now: datetime
) -> list[Darkened]:
    """In this transaction, with all that it granted; what is left to cut."""
    ended, event = rules.end(crisis, cause, actor=actor, now=now)
    if event is None:
        return []
    await work.record(event, ended)
    running = await granted(work, crisis.id)
    return await end_all(work, running, EndCause.CRISIS_ENDED, actor=actor, now=now)


async def granted(work: UnitOfWork, crisis: CrisisId) -> Sequence[Grant]:
    """What it granted, and is not over."""
    return [grant for grant in await work.grants(live_only=True) if grant.declaration == crisis]
