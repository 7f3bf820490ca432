"""A camera's pause: one state per camera, as `core.killswitch` is one per city.

    shown ──▶ PAUSED(cause) ──▶ shown

While paused, no view of it gives a lease and nobody asks for it anew; the views that showed it are SUSPENDED
(`core.grants`), their clock keeps running. A pause outlives the grants it found: a camera that moved stays
dark for the next one too. Whether its mask holds is the camera's own affair (`Camera.not_shareable`).
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from crisislink.core.actors import Actor
from crisislink.core.cameras import Camera
from crisislink.core.events import CameraResumed, CameraSuspended
from crisislink.core.ids import CameraId, OrganisationId


class SuspendCause(StrEnum):
    """Why a camera's pictures are held back for a while."""

    CITY = "city_pause"
    CAMERA_MOVED = "camera_moved"  # a PTZ camera left the preset its mask was validated for
    MASK_INVALID = "mask_invalid"  # it has no validated mask any more, or is not offered


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Whether a camera is paused. `cause` None: it is not. Version 0: it never was."""

    camera: CameraId
    owner: OrganisationId
    cause: SuspendCause | None = None
    since: datetime | None = None
    version: int = 0


def pause(
    before: Pause, cause: SuspendCause, *, actor: Actor | None, now: datetime
) -> tuple[Pause, CameraSuspended | None]:
    """Hold the camera back; a no-op while it is held back already. `actor` None: the camera's own system."""
    if before.cause is not None:
        return before, None
    paused = replace(before, cause=cause, since=now, version=before.version + 1)
    by = None if actor is None else actor.person.id
    return paused, CameraSuspended(owner=before.owner, camera=before.camera, actor=by, cause=cause.value)


def lift(before: Pause, *, actor: Actor) -> tuple[Pause, CameraResumed | None]:
    """Show it again, if nothing else forbids; a no-op when it is not paused."""
    if before.cause is None:
        return before, None
    lifted = replace(before, cause=None, since=None, version=before.version + 1)
    return lifted, CameraResumed(owner=before.owner, camera=before.camera, actor=actor.person.id)


def hidden(camera: Camera, pause: Pause | None) -> SuspendCause | None:
    """Why this camera's picture must not be seen now, or None."""
    if pause is not None and pause.cause is not None:
        return pause.cause
    return None if camera.shareable else SuspendCause.MASK_INVALID
