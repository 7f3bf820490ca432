"""Access ends: revoked, preempted, released, or all of it at once by the kill switch.

The order is always: the transition with its register entry, then the cut in the media path, then `ENDED` once
every media node confirmed. From the first on no lease can be had, so whatever happens to this process, the
pictures stop within L; the cut only makes it a matter of milliseconds. `flow.timers` finishes what a crash or
a silent node left in ENDING. The city's cut does not wait for a store that is slow: `flow.forced`, and
`flow.catchup` records it late. A declared crisis ends what it granted: `flow.crisisends`. What is held
back only for a while is `flow.suspensions`; what ends by itself is `flow.deadlines`.
"""

import asyncio
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from crisislink.core import crisis, killswitch, policy, requests
from crisislink.core.actors import Actor
from crisislink.core.crisis import CrisisCause
from crisislink.core.errors import CrisisLinkError
from crisislink.core.events import GrantEnding, ViewsRevoked, epoch_ms
from crisislink.core.grants import CutCause, EndCause, Grant, GrantState, end, end_views, finish
from crisislink.core.ids import CameraId, GrantId, PersonId
from crisislink.core.killswitch import Sharing
from crisislink.core.requests import RefusalReason
from crisislink.flow import forced
from crisislink.flow.attempts import recorded
from crisislink.flow.ports import ForcedCut, LiveVideo, Ports, UnitOfWork
from crisislink.flow.previewends import end_previews

_TOGETHER = 100
_SOON_S = 0.05  # nearly all are confirmed by then: one entry after the other, in one transaction


@dataclass(frozen=True, slots=True)
class Darkened:
    """Views whose end or suspension is recorded; what is left is to cut them. `whole`: the grant ends."""

    grant: GrantId
    cameras: frozenset[CameraId]
    cause: CutCause
    whole: bool


def darkened(before: Grant, after: Grant, cause: CutCause) -> Darkened | None:
    """What a transition that ended views left to cut, if anything."""
    gone = frozenset(before.open_cameras) - frozenset(after.open_cameras)
    return Darkened(after.id, gone, cause, after.state is GrantState.ENDING) if gone else None


async def cut(ports: Ports, video: LiveVideo, dark: Iterable[Darkened]) -> None:
    """Cut them all at once, none waiting for another; record ENDED for the grants that were confirmed.

    Raises:
        CrisisLinkError: as the last that failed; all others were cut all the same.
    """
    failed: BaseException | None = None
    waiting = {
        asyncio.create_task(video.cut(one.grant, one.cameras, one.cause, recorded=True)): one for one in dark
    }
    try:
        while waiting:
            done, _ = await asyncio.wait(waiting, timeout=_SOON_S)
            if not done:
                done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            answered = {task: waiting.pop(task) for task in done}
            failed = next((error for task in answered if (error := task.exception()) is not None), failed)
            try:
                await _confirm(
                    ports, [o for t, o in answered.items() if t.exception() is None and t.result()]
                )
            except CrisisLinkError as error:
                failed = error
    finally:
        for task in waiting:
            task.cancel()
    if failed is not None:
        raise failed


async def _confirm(ports: Ports, confirmed: Iterable[Darkened]) -> None:
    """ENDED for what ended as a whole, many in one transaction: they do not wait for as many writes."""
    whole = [one.grant for one in confirmed if one.whole]
    for first in range(0, len(whole), _TOGETHER):
        async with ports.store.write() as work:
            for grant in await work.grants_of(whole[first : first + _TOGETHER]):
                ended, event = finish(grant, acknowledged=True, limits=ports.limits, now=ports.clock.now())
                if event is not None:
                    await work.record(event, ended)


async def revoke(
    ports: Ports,
    video: LiveVideo,
    actor: Actor,
    id: GrantId,
    cameras: Collection[CameraId] | None,
    *,
    preempt: bool,
) -> Grant:
    """The city ends all or some views of a grant now. What has ended already stays as it is.

    Raises:
        Denied: not the police of the cameras' owner.
        NotFound: no such grant, or it never held one of the cameras.
        Unavailable: the store does not answer, and nothing is remembered of this grant to cut it by; or the
            cut is neither confirmed nor recorded (`CUT_UNCONFIRMED`).
    """
    order = ForcedCut(
        id=ports.entropy.id("cut"),
        at=ports.clock.now(),
        actor=actor.person.id,
        owner=actor.organisation.id,
        grant=id,
        cameras=None if cameras is None else tuple(cameras),
        cause=EndCause.PREEMPTED if preempt else EndCause.REVOKED,
    )
    changed: list[tuple[Grant, Grant]] = []

    async def record() -> bool:
        async with recorded(ports, actor, "grant.revoke", id, order=order), ports.store.write() as work:
            grant = await work.grant(id)
            policy.require(policy.may_revoke(actor, grant))
            after = await end_some(work, grant, order, actor, now=ports.clock.now())
            changed.append((grant, after))
            if named := ended_by(order, after):
                await forced.enter(work, order)
        return named

    remembered = ports.recall.grant(id)
    if remembered is not None:
        async with recorded(ports, actor, "grant.revoke", id):
            for camera in cameras or ():
                remembered.view(camera)  # before anything is cut
    known = [] if remembered is None or policy.may_revoke(actor, remembered) is not None else [remembered]
    if await forced.made(ports, video, order, record, known):
        [(before, after)] = changed
        return await _finished(ports, video, before, after, order.cause)
    return _once_recorded(known[0], order, actor)


async def release(
    ports: Ports, video: LiveVideo, actor: Actor, id: GrantId, cameras: Collection[CameraId] | None
) -> Grant:
    """The hospital gives all or some views back.

    Raises:
        Denied: another hospital's.
        NotFound: no such grant, or it never held one of the cameras.
    """
    given_back = ForcedCut(
        id="",
        at=ports.clock.now(),
        actor=actor.person.id,
        owner=actor.organisation.id,
        grant=id,
        cameras=None if cameras is None else tuple(cameras),
        cause=EndCause.RELEASED,
    )
    async with recorded(ports, actor, "grant.release", id), ports.store.write() as work:
        before = await work.grant(id)
        policy.require(policy.may_release(actor, before))
        after = await end_some(work, before, given_back, actor, now=ports.clock.now())
    return await _finished(ports, video, before, after, EndCause.RELEASED)


async def end_some(
    work: UnitOfWork, grant: Grant, order: ForcedCut, actor: Actor, *, now: datetime, late: bool = False
) -> Grant:
    """The grant as the order leaves it, recorded. `late`: its pictures were cut before."""
    ended, event = _ended(grant, order, actor, now)
    if event is not None:
        await work.record(replace(event, cut_at_ms=epoch_ms(order.at)) if late else event, ended)
    return ended


def ended_by(order: ForcedCut, grant: Grant) -> bool:
    """Whether the register names this person for the end of at least one of the views they ordered to end."""
    views = [v for v in grant.views if order.cameras is None or v.camera in order.cameras]
    return any((v.cause, v.ended_by) == (order.cause, order.actor) for v in views)


def _ended(
    grant: Grant, order: ForcedCut, actor: Actor, now: datetime
) -> tuple[Grant, GrantEnding | ViewsRevoked | None]:
    if order.cameras is None:
        return end(grant, order.cause, actor=actor, now=now)
    return end_views(grant, order.cameras, order.cause, actor=actor, now=now)


def _once_recorded(grant: Grant, order: ForcedCut, actor: Actor) -> Grant:
    """What the grant will be when the register has the order."""
    return _ended(grant, order, actor, order.at)[0]


async def _finished(ports: Ports, video: LiveVideo, before: Grant, after: Grant, cause: EndCause) -> Grant:
    """The grant once its views are cut, ENDED where that was confirmed."""
    ports.recall.saw_grant(after)
    dark = darkened(before, after, cause)
    if dark is None:
        return after
    await cut(ports, video, [dark])
    async with ports.store.read() as work:
        return await work.grant(after.id)


async def stop_sharing(ports: Ports, video: LiveVideo, actor: Actor) -> Sharing:
    """The kill switch: open requests are refused, every grant of this city ends, nothing new is possible.

    Raises:
        Denied: not this city's room supervisor.
        Unavailable: what was cut is neither confirmed nor recorded (`CUT_UNCONFIRMED`).
    """
    async with recorded(ports, actor, "sharing.stop"):
        policy.require(policy.may_stop_sharing(actor))
    owner, now = actor.organisation.id, ports.clock.now()
    order = ForcedCut(
        id=ports.entropy.id("cut"),
        at=now,
        actor=actor.person.id,
        owner=owner,
        grant=None,
        cameras=None,
        cause=EndCause.SHARING_STOPPED,
    )
    stopped: list[Sharing] = []
    dark: list[Darkened] = []

    async def record() -> bool:
        stopped.append(await stop_all(ports, order, actor, dark))
        return stopped[0].stopped_by == order.actor

    if await forced.made(ports, video, order, record, ports.recall.grants_of(owner)):
        await cut(ports, video, dark)
        return stopped[0]
    return killswitch.stop(Sharing(owner=owner), actor, now=now)[0]


async def stop_all(
    ports: Ports, order: ForcedCut, actor: Actor, dark: list[Darkened], *, late: bool = False
) -> Sharing:
    """The kill switch in the register: nothing new from the first transaction on. Crises are suspended, and
    lifting it resumes none; the police's own previews end. Then the grants, so many at a time that none takes
    too long: those that a process which dies meanwhile leaves over are due at every other (`flow.deadlines`).
    """
    now, cut_at_ms = ports.clock.now(), epoch_ms(order.at) if late else None
    thrown_at = min(order.at, now) if late else now
    async with ports.store.write() as work:
        before = await work.sharing(order.owner)
        if not before.stopped and await forced.entered(work, order):
            return before  # another process recorded it, and it was lifted since
        sharing, event = killswitch.stop(before, actor, now=thrown_at)
        if event is not None:
            await work.record(replace(event, cut_at_ms=cut_at_ms), sharing)
        if sharing.stopped_by == order.actor:
            await forced.enter(work, order)
        for request in await work.requests(open_only=True):
            if request.owner == order.owner and now < request.lapses_at:
                refused, no = requests.refuse(request, actor, refusal=RefusalReason.SHARING_STOPPED, now=now)
                if no is not None:
                    await work.record(no, refused)
        for declared in await work.crises(open_only=True):
            if declared.terms.owner == order.owner:
                cause = CrisisCause.SHARING_STOPPED
                held, halted = crisis.suspend(declared, cause, actor=actor, cut=True, now=now)
                if halted is not None:
                    await work.record(replace(halted, cut_at_ms=cut_at_ms), held)
        seen = await end_previews(work, lambda one: one.owner == order.owner, order.cause.value, now=now)
        dark += [Darkened(one.id, frozenset({one.camera}), order.cause, whole=False) for one in seen]
        own = [g.id for g in await work.grants(live_only=True) if g.owner == order.owner and g.state.live]
    for first in range(0, len(own), _TOGETHER):
        async with ports.store.write() as work:
            some = await work.grants_of(own[first : first + _TOGETHER])
            dark += await end_all(work, some, order.cause, actor=actor, now=now, cut_at_ms=cut_at_ms)
    return sharing


async def end_all(
    work: UnitOfWork,
    grants: Iterable[Grant],
    cause: EndCause,
    *,
    actor: Actor | None,
    now: datetime,
    cut_at_ms: int | None = None,
) -> list[Darkened]:
    """End these grants in this transaction, each with its entry; what is left to cut afterwards.

    `cut_at_ms`: when their cut was ordered, where that was before (`GrantEnding`); what began later has none.
    """
    found: list[Darkened] = []
    for grant in grants:
        ending, event = end(grant, cause, actor=actor, now=now)
        if event is not None:
            ran_then = cut_at_ms is not None and epoch_ms(grant.starts_at) <= cut_at_ms
            await work.record(replace(event, cut_at_ms=cut_at_ms if ran_then else None), ending)
            found.append(Darkened(grant.id, frozenset(grant.open_cameras), cause, whole=True))
    return found


async def ordered_by(work: UnitOfWork, who: PersonId, *, now: datetime) -> Actor:
    """Who ordered what is recorded now: they were allowed to then, whatever they may do by now."""
    person = await work.person(who)
    organisation = await work.organisation(person.organisation)
    return Actor(
        person=person, organisation=organisation, roles=frozenset(), session=None, authenticated_at=now
    )


async def end_stopped(
    work: UnitOfWork, sharing: Sharing, grants: Iterable[Grant], *, now: datetime
) -> list[Darkened]:
    """What a kill switch has not ended yet, in the name of who threw it, and dark since then; left to cut."""
    assert sharing.stopped_at is not None, "a switch that is thrown says since when"
    assert sharing.stopped_by is not None, "and by whom"
    actor, cut_at_ms = await ordered_by(work, sharing.stopped_by, now=now), epoch_ms(sharing.stopped_at)
    return await end_all(work, grants, EndCause.SHARING_STOPPED, actor=actor, now=now, cut_at_ms=cut_at_ms)


async def resume_sharing(ports: Ports, video: LiveVideo, actor: Actor) -> Sharing:
    """Lift the kill switch. What it ended stays ended; what it has not ended yet ends before it is lifted.

    Raises:
        Denied: not this city's room supervisor.
    """
    async with recorded(ports, actor, "sharing.resume"):
        policy.require(policy.may_stop_sharing(actor))
        async with ports.store.write() as work:
            before, dark = await work.sharing(actor.organisation.id), list[Darkened]()
            if before.stopped:
                left = [
                    g for g in await work.grants(live_only=True) if g.owner == before.owner and g.state.live
                ]
                dark = await end_stopped(work, before, left, now=ports.clock.now())
            sharing, event = killswitch.resume(before, actor)
            if event is not None:
                await work.record(event, sharing)
    await cut(ports, video, dark)
    return sharing
