"""A grant: the right of one hospital to see some cameras until a fixed instant.

    APPROVED ──first lease──▶ ACTIVE ──┐
        │                              ├─▶ ENDING(cause) ──▶ ENDED
        └──────────────────────────────┘

Each camera of a grant is a `View` with an epoch; while the grant lives a view may be SUSPENDED and resumed,
any number of times, and its clock keeps running. Ending or suspending a view bumps its epoch, so a media node
that holds an older one can never renew. A scheduled end needs no transition to take effect: `lease` gives no
time past `ends_at`, whoever forgets to call `end`.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from crisislink.core.actors import Actor
from crisislink.core.errors import Conflict, Denied, Expired, Invalid, NotFound, Reason
from crisislink.core.events import (
    GrantActivated,
    GrantEnded,
    GrantEnding,
    GrantExtended,
    GrantNoticed,
    ViewResumed,
    ViewsRevoked,
    ViewSuspended,
    epoch_ms,
)
from crisislink.core.ids import (
    CameraId,
    CrisisId,
    GrantId,
    IncidentId,
    OrganisationId,
    PersonId,
    RequestId,
)
from crisislink.core.limits import Limits
from crisislink.core.suspension import SuspendCause


class GrantState(StrEnum):
    """See the drawing above."""

    APPROVED = "approved"
    ACTIVE = "active"
    ENDING = "ending"
    ENDED = "ended"

    @property
    def live(self) -> bool:
        """A lease can be had, if time is left."""
        return self in {GrantState.APPROVED, GrantState.ACTIVE}


class EndCause(StrEnum):
    """Why access ended."""

    EXPIRED = "expired"
    REVOKED = "revoked"
    PREEMPTED = "preempted"
    RELEASED = "released"
    INCIDENT_CLOSED = "incident_closed"
    SHARING_STOPPED = "sharing_stopped"
    LEGAL_BASIS_ENDED = "legal_basis_ended"
    HABILITATION_ENDED = "habilitation_ended"
    IDLE = "idle"
    RESTORED = "restored"
    LOGGED_OUT = "logged_out"
    CRISIS_SUSPENDED = "crisis_suspended"
    CRISIS_ENDED = "crisis_ended"


class LookEnd(StrEnum):
    """Why some people's looks at a view end while the view goes on."""

    HANDED_OVER = "handed_over"


CutCause = EndCause | SuspendCause | LookEnd


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One camera inside a grant. `epoch` never falls; `ended_at` None means open.

    `suspension` says why it is suspended, `suspended_at` since when; `resumed_at`: when it last was resumed.
    """

    camera: CameraId
    epoch: int = 1
    ended_at: datetime | None = None
    cause: EndCause | None = None
    ended_by: PersonId | None = None
    suspended_at: datetime | None = None
    suspension: SuspendCause | None = None
    resumed_at: datetime | None = None

    @property
    def suspended(self) -> bool:
        """It has not ended, but gives no picture now."""
        return self.ended_at is None and self.suspended_at is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """`ref` is the short name people say aloud and the watermark burns in.

    `declaration`: the declared crisis that granted it at once, `approver` then being who declared it for the
    city. `noticed_at`, `noticed_by`: who of the police room acknowledged that; nobody yet, or nobody need.
    """

    id: GrantId
    ref: str
    request: RequestId
    incident: IncidentId
    beneficiary: OrganisationId
    owner: OrganisationId
    requester: PersonId
    approver: PersonId
    views: tuple[View, ...]
    state: GrantState
    starts_at: datetime
    ends_at: datetime
    exercise: bool
    ending_at: datetime | None = None
    cause: EndCause | None = None
    ended_by: PersonId | None = None
    declaration: CrisisId | None = None
    noticed_at: datetime | None = None
    noticed_by: PersonId | None = None
    version: int = 1

    def view(self, camera: CameraId) -> View:
        """The view of `camera`.

        Raises:
            NotFound: the grant never held it.
        """
        for view in self.views:
            if view.camera == camera:
                return view
        raise NotFound

    @property
    def open_cameras(self) -> tuple[CameraId, ...]:
        """Cameras whose view has not ended, while the grant is live."""
        if not self.state.live:
            return ()
        return tuple(v.camera for v in self.views if v.ended_at is None)


@dataclass(frozen=True, slots=True)
class Lease:
    """What the authority answers a media node: an epoch and how long it may show pictures, from now.

    `ends_at` is there to be compared with the one a node was told before, never with a clock; `mask`: the
    version of the camera's masks, likewise.
    """

    epoch: int
    remaining_ms: int
    ends_in_ms: int
    ends_at: datetime
    mask: int = 0


def issue(
    *,
    id: GrantId,
    ref: str,
    request: RequestId,
    incident: IncidentId,
    beneficiary: OrganisationId,
    owner: OrganisationId,
    requester: PersonId,
    approver: PersonId,
    cameras: tuple[CameraId, ...],
    starts_at: datetime,
    ends_at: datetime,
    exercise: bool,
    declaration: CrisisId | None = None,
) -> Grant:
    """A new grant. Only `core.requests.approve` and `core.automatic.approve` call it; the invariants are
    asserted here once more."""
    assert cameras, "a grant has at least one camera"
    assert beneficiary != owner, "no organisation grants to itself"
    assert requester != approver, "nobody approves their own request"
    assert starts_at < ends_at, "a grant lasts"
    return Grant(
        id=id,
        ref=ref,
        request=request,
        incident=incident,
        beneficiary=beneficiary,
        owner=owner,
        requester=requester,
        approver=approver,
        views=tuple(View(camera=c) for c in cameras),
        state=GrantState.APPROVED,
        starts_at=starts_at,
        ends_at=ends_at,
        exercise=exercise,
        declaration=declaration,
    )


def lease(grant: Grant, camera: CameraId, *, epoch: int | None, limits: Limits, now: datetime) -> Lease:
    """A lease on one view: at most L, never past the end. `epoch` is what the node holds, None at first.

    Raises:
        Expired: the grant or the view is over, or its end has passed.
        Denied: the view is suspended (`CAMERA_SUSPENDED`), the node holds an older epoch (`STALE_EPOCH`), or
            the clock stands before the start.
        NotFound: the grant never held the camera.
    """
    view = grant.view(camera)
    if not grant.state.live or view.ended_at is not None or now >= grant.ends_at:
        raise Expired(Reason.GRANT_OVER)
    if view.suspended:
        raise Denied(Reason.CAMERA_SUSPENDED)
    if epoch is not None and epoch != view.epoch:
        raise Denied(Reason.STALE_EPOCH)
    if now < grant.starts_at - timedelta(seconds=limits.lease_s):
        raise Denied(Reason.STALE_EPOCH)  # the authority's clock fell back: give nothing
    ends_in_ms = (grant.ends_at - now) // timedelta(milliseconds=1)
    return Lease(view.epoch, min(int(limits.lease_s * 1000), ends_in_ms), ends_in_ms, grant.ends_at)


def activate(grant: Grant, camera: CameraId) -> tuple[Grant, GrantActivated | None]:
    """The first lease was taken; a no-op later."""
    if grant.state is not GrantState.APPROVED:
        return grant, None
    active = replace(grant, state=GrantState.ACTIVE, version=grant.version + 1)
    return active, GrantActivated(
        grant=grant.id,
        exercise=grant.exercise,
        beneficiary=grant.beneficiary,
        owner=grant.owner,
        camera=camera,
    )


def end(
    grant: Grant, cause: EndCause, *, actor: Actor | None, now: datetime
) -> tuple[Grant, GrantEnding | None]:
    """Every open view ends now; a no-op on a grant that is ending or ended. `actor` None: the clock."""
    if not grant.state.live:
        return grant, None
    by = None if actor is None else actor.person.id
    open_cameras = grant.open_cameras
    ending = replace(
        grant,
        state=GrantState.ENDING,
        views=_ended(grant.views, frozenset(open_cameras), cause, by, now),
        ending_at=now,
        cause=cause,
        ended_by=by,
        version=grant.version + 1,
    )
    return ending, GrantEnding(
        grant=grant.id,
        exercise=grant.exercise,
        beneficiary=grant.beneficiary,
        owner=grant.owner,
        actor=by,
        cameras=open_cameras,
        cause=cause.value,
    )


def end_views(
    grant: Grant, cameras: Collection[CameraId], cause: EndCause, *, actor: Actor | None, now: datetime
) -> tuple[Grant, ViewsRevoked | GrantEnding | None]:
    """Some views end, the others go on; ending the last one ends the grant. A no-op for ended views.

    Raises:
        NotFound: a camera the grant never held.
    """
    for camera in cameras:
        grant.view(camera)
    hit = frozenset(cameras) & frozenset(grant.open_cameras)
    if not hit:
        return grant, None
    if hit == frozenset(grant.open_cameras):
        return end(grant, cause, actor=actor, now=now)
    by = None if actor is None else actor.person.id
    narrowed = replace(
        grant,
        views=_ended(grant.views, hit, cause, by, now),
        version=grant.version + 1,
    )
    return narrowed, ViewsRevoked(
        grant=grant.id,
        exercise=grant.exercise,
        beneficiary=grant.beneficiary,
        owner=grant.owner,
        actor=by,
        cameras=tuple(c for c in grant.open_cameras if c in hit),
        cause=cause.value,
    )


def _ended(
    views: tuple[View, ...],
    hit: frozenset[CameraId],
    cause: EndCause,
    by: PersonId | None,
    now: datetime,
) -> tuple[View, ...]:
    return tuple(
        replace(v, epoch=v.epoch + 1, ended_at=now, cause=cause, ended_by=by)
        if v.camera in hit and v.ended_at is None
        else v
        for v in views
    )


def suspend(
    grant: Grant, camera: CameraId, cause: SuspendCause, *, actor: Actor | None, now: datetime
) -> tuple[Grant, ViewSuspended | None]:
    """One view gives no lease from now on; a no-op when it is suspended or over. `actor` None: no person.

    Raises:
        NotFound: the grant never held the camera.
    """
    view = grant.view(camera)
    if camera not in grant.open_cameras or view.suspended:
        return grant, None
    held = replace(view, epoch=view.epoch + 1, suspended_at=now, suspension=cause)
    return _with(grant, held), ViewSuspended(
        grant=grant.id,
        camera=camera,
        exercise=grant.exercise,
        beneficiary=grant.beneficiary,
        owner=grant.owner,
        actor=None if actor is None else actor.person.id,
        cause=cause.value,
    )


def resume(
    grant: Grant, camera: CameraId, *, actor: Actor | None, now: datetime
) -> tuple[Grant, ViewResumed | None]:
    """Leases again, with the epoch that suspending it raised and the end it had; a no-op unless suspended.

    Raises:
        NotFound: the grant never held the camera.
    """
    view = grant.view(camera)
    if camera not in grant.open_cameras or not view.suspended:
        return grant, None
    assert view.suspension is not None, "a suspended view says why"
    shown = replace(view, suspended_at=None, suspension=None, resumed_at=now)
    return _with(grant, shown), ViewResumed(
        grant=grant.id,
        camera=camera,
        exercise=grant.exercise,
        beneficiary=grant.beneficiary,
        owner=grant.owner,
        actor=None if actor is None else actor.person.id,
        cause=view.suspension.value,
    )


def _with(grant: Grant, changed: View) -> Grant:
    views = tuple(changed if v.camera == changed.camera else v for v in grant.views)
    return replace(grant, views=views, version=grant.version + 1)


def expire(grant: Grant, *, now: datetime) -> tuple[Grant, GrantEnding | None]:
    """The scheduled end; a no-op before it."""
    if now < grant.ends_at:
        return grant, None
    return end(grant, EndCause.EXPIRED, actor=None, now=now)


def finish(
    grant: Grant, *, acknowledged: bool, limits: Limits, now: datetime
) -> tuple[Grant, GrantEnded | None]:
    """ENDING → ENDED: every node acknowledged, or L elapsed since ENDING. Otherwise a no-op."""
    if grant.state is not GrantState.ENDING:
        return grant, None
    assert grant.ending_at is not None
    if not acknowledged and now < grant.ending_at + timedelta(seconds=limits.lease_s):
        return grant, None
    ended = replace(grant, state=GrantState.ENDED, version=grant.version + 1)
    return ended, GrantEnded(
        grant=grant.id,
        exercise=grant.exercise,
        beneficiary=grant.beneficiary,
        owner=grant.owner,
        acknowledged=acknowledged,
    )


def notice(grant: Grant, actor: Actor, *, now: datetime) -> tuple[Grant, GrantNoticed | None]:
    """The police room knows what a declared crisis granted; a no-op when it does, need not, or it is over."""
    if grant.declaration is None or grant.noticed_at is not None or not grant.state.live:
        return grant, None
    noticed = replace(grant, noticed_at=now, noticed_by=actor.person.id, version=grant.version + 1)
    return noticed, GrantNoticed(
        grant=grant.id,
        beneficiary=grant.beneficiary,
        owner=grant.owner,
        actor=actor.person.id,
        exercise=grant.exercise,
    )


def prolonged(
    grant: Grant, *, duration_s: int, until: datetime | None, limits: Limits, now: datetime
) -> Grant:
    """It ends at `now + duration_s`, under the cap and not after `until`; its end never moves back.

    Raises:
        Conflict: the grant is over: an ended access is asked for anew, not revived.
        Invalid: the cap, `until` or the present end leaves nothing to add.
    """
    if not grant.state.live or now >= grant.ends_at:
        raise Conflict(Reason.ALREADY_OVER)
    cap = grant.starts_at + timedelta(seconds=limits.grant_cap_s)
    ends_at = min(now + timedelta(seconds=duration_s), cap, until or cap)
    if ends_at <= grant.ends_at:
        raise Invalid(Reason.DURATION, least=limits.duration_min_s // 60, most=limits.grant_cap_s // 60)
    return replace(grant, ends_at=ends_at, version=grant.version + 1)


def extend(
    grant: Grant,
    request: RequestId,
    actor: Actor,
    *,
    duration_s: int,
    until: datetime | None = None,
    limits: Limits,
    now: datetime,
) -> tuple[Grant, GrantExtended]:
    """A new approval moves the end, as `prolonged`."""
    extended = prolonged(grant, duration_s=duration_s, until=until, limits=limits, now=now)
    return extended, GrantExtended(
        request=request,
        grant=grant.id,
        exercise=grant.exercise,
        beneficiary=grant.beneficiary,
        owner=grant.owner,
        actor=actor.person.id,
        ends_at_ms=epoch_ms(extended.ends_at),
    )
