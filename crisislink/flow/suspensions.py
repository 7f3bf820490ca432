"""A camera is held back for a while: its views go dark at once, keep their end, and come back later.

    shown ──hold_back (the city), camera_moved (its own system)──▶ held back ──resume_camera──▶ shown

One transaction suspends the camera and every view that shows it, and ends every preview of it, each with its
entry; then they are cut.
Nobody is granted a camera that is held back; an extension of a grant that holds one is possible, its clock
runs. A camera that lost its validated mask is held back in the same way, by `flow.deadlines`.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from crisislink.core import policy, suspension
from crisislink.core.actors import Actor
from crisislink.core.cameras import Camera
from crisislink.core.errors import Denied, Reason, Unavailable
from crisislink.core.grants import Grant, resume, suspend
from crisislink.core.ids import CameraId
from crisislink.core.suspension import Pause, SuspendCause
from crisislink.flow.attempts import recorded
from crisislink.flow.endings import Darkened, cut
from crisislink.flow.forced import BLINK_S
from crisislink.flow.ports import LiveVideo, Ports, UnitOfWork
from crisislink.flow.previewends import end_previews


async def hold_back(ports: Ports, video: LiveVideo, actor: Actor, id: CameraId, *, moved: bool) -> Pause:
    """The city holds a camera back; again is a no-op. `moved`: because it left the preset of its mask.

    Raises:
        Denied: not the police of the camera's owner.
        NotFound: no such camera.
    """
    async with recorded(ports, actor, "camera.suspend", id), ports.store.read() as work:
        policy.require(policy.may_suspend(actor, await work.camera(id)))
    cause = SuspendCause.CAMERA_MOVED if moved else SuspendCause.CITY
    return await _hold_back(ports, video, id, cause, actor)


async def camera_moved(ports: Ports, video: LiveVideo, id: CameraId) -> Pause:
    """A PTZ camera left its preset: for whoever learns it first (ONVIF events, the city's VMS, the picture).

    No person stands behind it, so it can only darken. It stays dark until the room supervisor resumes it.

    Raises:
        NotFound: no such camera.
    """
    return await _hold_back(ports, video, id, SuspendCause.CAMERA_MOVED, None)


async def _hold_back(
    ports: Ports, video: LiveVideo, id: CameraId, cause: SuspendCause, actor: Actor | None
) -> Pause:
    """Where the store takes longer than a blink, what must not be seen is cut by what is remembered here."""
    recording = asyncio.ensure_future(_held_back(ports, id, cause, actor))
    await asyncio.wait({recording}, timeout=BLINK_S)
    if not recording.done() or isinstance(recording.exception(), Unavailable):
        shown = [grant.id for grant in ports.recall.showing(id)]
        shown += [preview.id for preview in ports.recall.previewing(id)]
        await asyncio.gather(*(video.cut(one, [id], cause, recorded=False) for one in shown))
    pause, dark = await recording
    await cut(ports, video, dark)
    return pause


async def _held_back(
    ports: Ports, id: CameraId, cause: SuspendCause, actor: Actor | None
) -> tuple[Pause, list[Darkened]]:
    async with ports.store.write() as work:
        camera, now = await work.camera(id), ports.clock.now()
        pause, event = suspension.pause(await _pause(work, camera), cause, actor=actor, now=now)
        if event is not None:
            await work.record(event, pause)
        previewed = await end_previews(work, lambda one: one.camera == id, cause.value, now=now)
        return pause, [
            *(Darkened(one.id, frozenset({id}), cause, whole=False) for one in previewed),
            *[
                found
                for grant in await _showing(work, id)
                if (found := await align(work, grant, camera, pause, actor=actor, now=now)) is not None
            ],
        ]


async def resume_camera(ports: Ports, actor: Actor, id: CameraId) -> Pause:
    """The city shows it again: its views give leases until their end, unless its mask forbids.

    Again, it is a no-op.

    Raises:
        Denied: not the room supervisor of the camera's owner.
        NotFound: no such camera.
    """
    async with recorded(ports, actor, "camera.resume", id), ports.store.write() as work:
        camera, now = await work.camera(id), ports.clock.now()
        policy.require(policy.may_resume(actor, camera))
        pause, event = suspension.lift(await _pause(work, camera), actor=actor)
        if event is not None:
            await work.record(event, pause)
        for grant in await _showing(work, id):
            await align(work, grant, camera, pause, actor=actor, now=now)
        return pause


async def align(
    work: UnitOfWork, grant: Grant, camera: Camera, pause: Pause | None, *, actor: Actor | None, now: datetime
) -> Darkened | None:
    """Suspend or resume the grant's view of this camera, as the camera stands; what is left to cut."""
    cause = suspension.hidden(camera, pause)
    if cause is None:
        shown, resumed = resume(grant, camera.id, actor=actor, now=now)
        if resumed is not None:
            await work.record(resumed, shown)
        return None
    held, suspended = suspend(grant, camera.id, cause, actor=actor, now=now)
    if suspended is None:
        return None
    await work.record(suspended, held)
    return Darkened(grant.id, frozenset({camera.id}), cause, whole=False)


async def require_shown(work: UnitOfWork, cameras: Sequence[Camera]) -> None:
    """None of these is held back.

    Raises:
        Denied: the first by number that is (`CAMERA_SUSPENDED`).
    """
    pauses = await work.pauses([camera.id for camera in cameras])
    for camera in sorted(cameras, key=lambda c: c.number):
        if (pause := pauses.get(camera.id)) is not None and pause.cause is not None:
            raise Denied(Reason.CAMERA_SUSPENDED, camera=camera.name)


async def _pause(work: UnitOfWork, camera: Camera) -> Pause:
    kept = (await work.pauses([camera.id])).get(camera.id)
    return Pause(camera=camera.id, owner=camera.owner) if kept is None else kept


async def _showing(work: UnitOfWork, camera: CameraId) -> list[Grant]:
    return [grant for grant in await work.grants(live_only=True) if camera in grant.open_cameras]
