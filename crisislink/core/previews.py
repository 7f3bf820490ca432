"""A preview: the police room sees one camera of a request that waits, as the hospital would see it.

    OPEN ──▶ ENDED(cause)

It is no grant: nobody outside the camera's own city sees anything by it, and it lasts `PREVIEW_S` at most,
however long the request waits. It is one person's, in one session, for one camera and one request, and one
look: a new one is a new preview, with entries of its own. Like a grant it gives leases, so the media path
shows it as it shows everything else, and its id stands where a grant's would.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from crisislink.core.actors import Actor
from crisislink.core.cameras import Camera
from crisislink.core.errors import Denied, Expired, Invalid, NotFound, Reason
from crisislink.core.events import PreviewEnded, PreviewOpened, epoch_ms
from crisislink.core.grants import Lease
from crisislink.core.ids import (
    CameraId,
    GrantId,
    NodeId,
    OrganisationId,
    PersonId,
    PreviewId,
    RequestId,
    SessionId,
)
from crisislink.core.limits import Limits
from crisislink.core.requests import AccessRequest, check_decidable
from crisislink.core.suspension import Pause, hidden

PREVIEW_S = 30
PREFIX = "pv"
EXPIRED, REPLACED, LOST, RESTORED = "expired", "replaced", "lost", "restored"
"""Why one ended, beside a request's new state, what holds a camera back, and what a media node says."""
_EPOCH = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """`ref` is burned into the picture; `node` is the media node that carries it."""

    id: PreviewId
    ref: str
    request: RequestId
    camera: CameraId
    owner: OrganisationId
    person: PersonId
    session: SessionId
    node: NodeId
    exercise: bool
    opened_at: datetime
    ends_at: datetime
    ended_at: datetime | None = None
    cause: str | None = None


def named(id: GrantId) -> PreviewId | None:
    """The preview of this name; None: it is a grant's."""
    return PreviewId(id) if id.startswith(f"{PREFIX}_") else None


def require_previewable(
    request: AccessRequest, camera: Camera, pause: Pause | None, *, now: datetime
) -> None:
    """Whether the camera may be seen for this request.

    Raises:
        Conflict: the request is decided (`ALREADY_DECIDED`).
        Expired: it lapsed.
        Invalid: the camera was not asked for.
        Denied: no picture of it may leave: no validated mask, held back, of exercises or not.
    """
    check_decidable(request, now=now, expected_version=None)
    if camera.id not in request.cameras:
        raise Invalid(Reason.CAMERAS_NOT_REQUESTED)
    assert camera.owner == request.owner, "a request names cameras of one city"
    if (barred := camera.barred(exercise=request.exercise)) is not None:
        raise Denied(barred, camera=camera.name)
    if hidden(camera, pause) is not None:
        raise Denied(Reason.CAMERA_SUSPENDED, camera=camera.name)


def open_preview(
    actor: Actor,
    request: AccessRequest,
    camera: Camera,
    pause: Pause | None,
    *,
    id: PreviewId,
    ref: str,
    session: SessionId,
    node: NodeId,
    now: datetime,
) -> tuple[Preview, PreviewOpened]:
    """A new one. That the actor may is `policy.may_preview`'s to have said.

    Raises:
        CrisisLinkError: as `require_previewable`.
    """
    require_previewable(request, camera, pause, now=now)
    assert actor.organisation.id == camera.owner, "nobody outside the camera's city sees a preview"
    preview = Preview(
        id=id,
        ref=ref,
        request=request.id,
        camera=camera.id,
        owner=camera.owner,
        person=actor.person.id,
        session=session,
        node=node,
        exercise=request.exercise,
        opened_at=now,
        ends_at=min(now + timedelta(seconds=PREVIEW_S), request.lapses_at),
    )
    return preview, PreviewOpened(
        preview=id,
        request=request.id,
        camera=camera.id,
        owner=camera.owner,
        actor=actor.person.id,
        ends_at_ms=epoch_ms(preview.ends_at),
        exercise=preview.exercise,
    )


def lease(preview: Preview, camera: CameraId, *, epoch: int | None, limits: Limits, now: datetime) -> Lease:
    """As `core.grants.lease`: at most L, never past the end.

    Raises:
        Expired: it is over.
        Denied: the node holds another epoch, or the clock stands before the start (`STALE_EPOCH`).
        NotFound: it is of another camera.
    """
    if camera != preview.camera:
        raise NotFound
    if preview.ended_at is not None or now >= preview.ends_at:
        raise Expired(Reason.GRANT_OVER)
    if epoch not in {None, _EPOCH} or now < preview.opened_at - timedelta(seconds=limits.lease_s):
        raise Denied(Reason.STALE_EPOCH)
    ends_in_ms = (preview.ends_at - now) // timedelta(milliseconds=1)
    return Lease(_EPOCH, min(int(limits.lease_s * 1000), ends_in_ms), ends_in_ms, preview.ends_at)


def end(
    preview: Preview, cause: str, *, frames: int | None = None, now: datetime
) -> tuple[Preview, PreviewEnded | None]:
    """Over, for good, and never later than its own end, whenever that is recorded; a no-op when it is.

    `frames`: pictures handed to the person's socket, where its media
    node was the first to say that it is over.
    """
    if preview.ended_at is not None:
        return preview, None
    return replace(preview, ended_at=min(now, preview.ends_at), cause=cause), PreviewEnded(
        preview=preview.id,
        request=preview.request,
        camera=preview.camera,
        owner=preview.owner,
        actor=preview.person,
        frames=frames,
        cause=cause,
        exercise=preview.exercise,
    )
