"""Access ends: revoked, preempted, released, or all of it at once by the kill switch.

The order is always: the transition with its register entry, then the cut in the media path, then `ENDED` once
every media node confirmed. From the first on no lease can be had, so whatever happens to this process, the
pictures stop within L; the cut only makes it a matter of milliseconds. `flow.timers` finishes what a crash or
a silent node left in ENDING. When the store takes no entry, the city's cut is made all the same, and the
person is told that it was not recorded and has to be sent again. What is held back only for a while is
`flow.suspensions`; what ends by itself is `flow.deadlines`.
"""

import asyncio
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from crisislink.core import killswitch, policy, requests
from crisislink.core.actors import Actor
from crisislink.core.errors import CrisisLinkError, Unavailable
from crisislink.core.grants import CutCause, EndCause, Grant, GrantState, end, end_views, finish
from crisislink.core.ids import CameraId, GrantId
from crisislink.core.killswitch import Sharing
from crisislink.core.requests import RefusalReason
from crisislink.flow.attempts import recorded
from crisislink.flow.ports import LiveVideo, Ports, UnitOfWork


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
    waiting = {asyncio.create_task(video.cut(one.grant, one.cameras, one.cause)): one for one in dark}
    try:
        while waiting:
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
    """ENDED for what ended as a whole, in one transaction: many ends do not wait for as many writes."""
    whole = [one.grant for one in confirmed if one.whole]
    if not whole:
        return
    async with ports.store.write() as work:
        for ending in whole:
            grant = await work.grant(ending)
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
    """
    cause = EndCause.PREEMPTED if preempt else EndCause.REVOKED
    try:
        async with recorded(ports, actor, "grant.revoke", id), ports.store.write() as work:
            grant = await work.grant(id)
            policy.require(policy.may_revoke(actor, grant))
            before, grant = grant, await _end_some(ports, work, actor, grant, cameras=cameras, cause=cause)
    except Unavailable:
        await _cut_unrecorded(ports, video, actor, id, cameras, cause=cause)
        raise
    return await _finished(ports, video, before, grant, cause)


async def _cut_unrecorded(
    ports: Ports,
    video: LiveVideo,
    actor: Actor,
    id: GrantId,
    cameras: Collection[CameraId] | None,
    *,
    cause: EndCause,
) -> None:
    """The store takes no entry: a forced cut does not wait for it. The person is told to send it again."""
    async with ports.store.read() as work:
        grant = await work.grant(id)
    if policy.may_revoke(actor, grant) is None:
        await video.cut(id, grant.open_cameras if cameras is None else cameras, cause)


async def release(
    ports: Ports, video: LiveVideo, actor: Actor, id: GrantId, cameras: Collection[CameraId] | None
) -> Grant:
    """The hospital gives all or some views back.

    Raises:
        Denied: another hospital's.
        NotFound: no such grant, or it never held one of the cameras.
    """
    async with recorded(ports, actor, "grant.release", id), ports.store.write() as work:
        grant = await work.grant(id)
        policy.require(policy.may_release(actor, grant))
        before, grant = (
            grant,
            await _end_some(ports, work, actor, grant, cameras=cameras, cause=EndCause.RELEASED),
        )
    return await _finished(ports, video, before, grant, EndCause.RELEASED)


async def _end_some(
    ports: Ports,
    work: UnitOfWork,
    actor: Actor,
    grant: Grant,
    *,
    cameras: Collection[CameraId] | None,
    cause: EndCause,
) -> Grant:
    now = ports.clock.now()
    if cameras is None:
        ended, whole = end(grant, cause, actor=actor, now=now)
        if whole is not None:
            await work.record(whole, ended)
        return ended
    narrowed, event = end_views(grant, cameras, cause, actor=actor, now=now)
    if event is not None:
        await work.record(event, narrowed)
    return narrowed


async def _finished(ports: Ports, video: LiveVideo, before: Grant, after: Grant, cause: EndCause) -> Grant:
    """The grant once its views are cut, ENDED where that was confirmed."""
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
    """
    async with recorded(ports, actor, "sharing.stop"):
        policy.require(policy.may_stop_sharing(actor))
    try:
        async with ports.store.write() as work:
            now, owner = ports.clock.now(), actor.organisation.id
            sharing, event = killswitch.stop(await work.sharing(owner), actor, now=now)
            if event is not None:
                await work.record(event, sharing)
            dark = await _end_everything(ports, work, actor)
    except Unavailable:
        await _cut_all_unrecorded(ports, video, actor)
        raise
    await cut(ports, video, dark)
    return sharing


async def _cut_all_unrecorded(ports: Ports, video: LiveVideo, actor: Actor) -> None:
    async with ports.store.read() as work:
        grants = await work.grants(live_only=True)
    own = [g for g in grants if g.owner == actor.organisation.id]
    await asyncio.gather(*(video.cut(g.id, g.open_cameras, EndCause.SHARING_STOPPED) for g in own))


async def _end_everything(ports: Ports, work: UnitOfWork, actor: Actor) -> list[Darkened]:
    now, owner = ports.clock.now(), actor.organisation.id
    for request in await work.requests(open_only=True):
        if request.owner == owner and now < request.lapses_at:
            refused, no = requests.refuse(request, actor, refusal=RefusalReason.SHARING_STOPPED, now=now)
            if no is not None:
                await work.record(no, refused)
    own = [grant for grant in await work.grants(live_only=True) if grant.owner == owner]
    return await end_all(work, own, EndCause.SHARING_STOPPED, actor=actor, now=now)


async def end_all(
    work: UnitOfWork, grants: Iterable[Grant], cause: EndCause, *, actor: Actor | None, now: datetime
) -> list[Darkened]:
    """End these grants in this transaction, each with its entry; what is left to cut afterwards."""
    found: list[Darkened] = []
    for grant in grants:
        ending, event = end(grant, cause, actor=actor, now=now)
        if event is not None:
            await work.record(event, ending)
            found.append(Darkened(grant.id, frozenset(grant.open_cameras), cause, whole=True))
    return found


async def resume_sharing(ports: Ports, actor: Actor) -> Sharing:
    """Lift the kill switch. What it ended stays ended.

    Raises:
        Denied: not this city's room supervisor.
    """
    async with recorded(ports, actor, "sharing.resume"):
        policy.require(policy.may_stop_sharing(actor))
        async with ports.store.write() as work:
            sharing, event = killswitch.resume(await work.sharing(actor.organisation.id), actor)
            if event is not None:
                await work.record(event, sharing)
            return sharing
