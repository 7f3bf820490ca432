"""Access ends: revoked, preempted, released, or all of it at once by the kill switch.

The order is always: the transition with its register entry, then the cut in the media path, then `ENDED` once
every media node confirmed. From the first on no lease can be had, so whatever happens to this process, the
pictures stop within L; the cut only makes it a matter of milliseconds. `flow.timers` finishes what a crash or
a silent node left in ENDING. When the store takes no entry, the city's cut is made all the same, and the
person is told that it was not recorded and has to be sent again.
"""

from collections.abc import Collection, Sequence

from crisislink.core import killswitch, policy, requests
from crisislink.core.actors import Actor
from crisislink.core.errors import Unavailable
from crisislink.core.grants import EndCause, Grant, GrantState, end, end_views, finish
from crisislink.core.ids import CameraId, GrantId
from crisislink.core.killswitch import Sharing
from crisislink.core.requests import RefusalReason
from crisislink.flow.attempts import recorded
from crisislink.flow.ports import LiveVideo, Ports, UnitOfWork


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
    return await _cut(ports, video, before, grant, cause)


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
    return await _cut(ports, video, before, grant, EndCause.RELEASED)


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


async def _cut(ports: Ports, video: LiveVideo, before: Grant, after: Grant, cause: EndCause) -> Grant:
    gone = frozenset(before.open_cameras) - frozenset(after.open_cameras)
    if not gone:
        return after
    acknowledged = await video.cut(after.id, gone, cause)
    return await _confirm(ports, after.id) if acknowledged else after


async def cut_and_confirm(ports: Ports, video: LiveVideo, ending: Sequence[Grant]) -> None:
    """Cut every view of grants whose ENDING is recorded, and record ENDED for those that were confirmed."""
    for grant in ending:
        assert grant.cause is not None, "only a grant that is ending is cut as a whole"
        if await video.cut(grant.id, [v.camera for v in grant.views], grant.cause):
            await _confirm(ports, grant.id)


async def _confirm(ports: Ports, id: GrantId) -> Grant:
    async with ports.store.write() as work:
        grant = await work.grant(id)
        ended, event = finish(grant, acknowledged=True, limits=ports.limits, now=ports.clock.now())
        if event is not None and grant.state is GrantState.ENDING:
            await work.record(event, ended)
        return ended


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
            ended = await _end_everything(ports, work, actor)
    except Unavailable:
        await _cut_all_unrecorded(ports, video, actor)
        raise
    await cut_and_confirm(ports, video, ended)
    return sharing


async def _cut_all_unrecorded(ports: Ports, video: LiveVideo, actor: Actor) -> None:
    async with ports.store.read() as work:
        grants = await work.grants(live_only=True)
    for grant in grants:
        if grant.owner == actor.organisation.id:
            await video.cut(grant.id, grant.open_cameras, EndCause.SHARING_STOPPED)


async def _end_everything(ports: Ports, work: UnitOfWork, actor: Actor) -> list[Grant]:
    now, owner = ports.clock.now(), actor.organisation.id
    for request in await work.requests(open_only=True):
        if request.owner == owner and now < request.lapses_at:
            refused, no = requests.refuse(request, actor, refusal=RefusalReason.SHARING_STOPPED, now=now)
            if no is not None:
                await work.record(no, refused)
    ended: list[Grant] = []
    for grant in await work.grants(live_only=True):
        if grant.owner == owner:
            ending, over = end(grant, EndCause.SHARING_STOPPED, actor=actor, now=now)
            if over is not None:
                await work.record(over, ending)
                ended.append(ending)
    return ended


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
