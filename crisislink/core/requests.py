"""A request for views, from asking to the decision.

    REQUESTED ──▶ APPROVED   by the city: all or some cameras, never more, never longer; or, where a declared
              │              crisis covers all of it, by that (`core.automatic`)
              ├─▶ REFUSED    by the city, with a reason
              ├─▶ WITHDRAWN  by the hospital
              └─▶ LAPSED     by the clock

Every transition returns `(state, event)`; the store writes both or neither. Terminal is final: the same
command again is a no-op (event None), another command a `Conflict`.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from crisislink.core.actors import Actor
from crisislink.core.cameras import Camera
from crisislink.core.errors import Conflict, Denied, Expired, Invalid, Reason
from crisislink.core.events import (
    RequestApproved,
    RequestLapsed,
    RequestRefused,
    RequestSubmitted,
    RequestWithdrawn,
    epoch_ms,
)
from crisislink.core.grants import Grant, issue
from crisislink.core.ids import (
    CameraId,
    CrisisId,
    GrantId,
    IncidentId,
    LegalBasisId,
    OrganisationId,
    PersonId,
    RequestId,
)
from crisislink.core.incidents import Incident
from crisislink.core.legal import LegalBasis, Purpose
from crisislink.core.limits import Limits


class RequestIntent(StrEnum):
    """Why the regulator asks; one key each."""

    ACCESS_ROUTE = "access_route"
    VICTIM_ESTIMATE = "victim_estimate"
    DANGER_ZONE = "danger_zone"
    CROWD_MOVEMENT = "crowd_movement"
    PMA_SITE = "pma_site"
    UNIT_LOCATION = "unit_location"


class RefusalReason(StrEnum):
    """Why the city refuses. `disclosed` says whether the hospital reads it."""

    JUDICIAL = "judicial"
    POLICE_OPERATION = "police_operation"
    OUT_OF_LEGAL_BASIS = "out_of_legal_basis"
    CAMERA_DOWN = "camera_down"
    MASK_MISSING = "mask_missing"
    DUPLICATE = "duplicate"
    OTHER = "other"
    SHARING_STOPPED = "sharing_stopped"  # by the kill switch, not chosen by a person

    @property
    def disclosed(self) -> bool:
        """A judicial reason reads "unavailable" on the other side."""
        return self is not RefusalReason.JUDICIAL


class RequestState(StrEnum):
    """See the drawing above."""

    REQUESTED = "requested"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRequest:
    """What one regulator asks of one city for one incident.

    `declaration`: the declared crisis that approved it, `decided_by` then being who declared it for the city.
    """

    id: RequestId
    incident: IncidentId
    beneficiary: OrganisationId
    owner: OrganisationId
    requester: PersonId
    cameras: tuple[CameraId, ...]
    duration_s: int
    intent: RequestIntent
    purpose: Purpose
    legal_basis: LegalBasisId
    extends: GrantId | None
    exercise: bool
    state: RequestState
    created_at: datetime
    lapses_at: datetime
    decided_at: datetime | None = None
    decided_by: PersonId | None = None
    refusal: RefusalReason | None = None
    grant: GrantId | None = None
    declaration: CrisisId | None = None
    version: int = 1

    @property
    def open(self) -> bool:
        """Waiting for the city."""
        return self.state is RequestState.REQUESTED


def submit(
    actor: Actor,
    *,
    id: RequestId,
    incident: Incident,
    cameras: tuple[Camera, ...],
    duration_s: int,
    intent: RequestIntent,
    purpose: Purpose,
    legal_basis: LegalBasis,
    limits: Limits,
    now: datetime,
    extends: Grant | None = None,
) -> tuple[AccessRequest, RequestSubmitted]:
    """A new request. That `legal_basis` covers it is `core.legal.covering`'s to have shown.

    Raises:
        Invalid: no camera, too many, of several owners, or a duration outside the limits or the legal basis.
        Denied: a camera is not shareable, synthetic in earnest or real in an exercise (the first by number is
            named), or the incident is closed.
    """
    if not cameras:
        raise Invalid(Reason.CAMERAS_EMPTY)
    if len(cameras) > limits.cameras_max:
        raise Invalid(Reason.CAMERAS_TOO_MANY, most=limits.cameras_max)
    if len({c.owner for c in cameras}) != 1:
        raise Invalid(Reason.CAMERAS_OWNERS_MIXED)
    most = min(limits.duration_max_s, legal_basis.max_duration_s)
    if not limits.duration_min_s <= duration_s <= most:
        raise Invalid(Reason.DURATION, least=limits.duration_min_s // 60, most=most // 60)
    if incident.closed_at is not None:
        raise Denied(Reason.INCIDENT_CLOSED)
    for camera in sorted(cameras, key=lambda c: c.number):
        if (barred := camera.barred(exercise=incident.exercise)) is not None:
            raise Denied(barred, camera=camera.name)
    request = AccessRequest(
        id=id,
        incident=incident.id,
        beneficiary=incident.organisation,
        owner=cameras[0].owner,
        requester=actor.person.id,
        cameras=tuple(dict.fromkeys(c.id for c in cameras)),
        duration_s=duration_s,
        intent=intent,
        purpose=purpose,
        legal_basis=legal_basis.id,
        extends=None if extends is None else extends.id,
        exercise=incident.exercise,
        state=RequestState.REQUESTED,
        created_at=now,
        lapses_at=now + timedelta(seconds=limits.request_lapse_s),
    )
    event = RequestSubmitted(
        request=id,
        incident=incident.id,
        exercise=request.exercise,
        beneficiary=request.beneficiary,
        owner=request.owner,
        actor=request.requester,
        cameras=request.cameras,
        duration_s=duration_s,
        intent=intent.value,
        purpose=purpose.value,
        legal_basis=legal_basis.id,
        extends=request.extends,
    )
    return request, event


def _decidable(request: AccessRequest, now: datetime, expected_version: int | None) -> None:
    if not request.open:
        raise Conflict(Reason.ALREADY_DECIDED, state=request.state.value)
    if now >= request.lapses_at:
        raise Expired(Reason.REQUEST_LAPSED)
    if expected_version is not None and expected_version != request.version:
        raise Conflict(Reason.VERSION)


def check_narrowing(
    request: AccessRequest, cameras: tuple[CameraId, ...], duration_s: int, limits: Limits
) -> None:
    """A decision may narrow, never widen.

    Raises:
        Invalid: no camera, a camera not asked for, a duration not in [minimum, asked].
    """
    if not cameras:
        raise Invalid(Reason.CAMERAS_EMPTY)
    if not set(cameras) <= set(request.cameras):
        raise Invalid(Reason.CAMERAS_NOT_REQUESTED)
    if not limits.duration_min_s <= duration_s <= request.duration_s:
        raise Invalid(Reason.DURATION, least=limits.duration_min_s // 60, most=request.duration_s // 60)


def approve(
    request: AccessRequest,
    actor: Actor,
    *,
    grant: GrantId,
    grant_ref: str,
    cameras: tuple[CameraId, ...],
    duration_s: int,
    limits: Limits,
    now: datetime,
    expected_version: int | None = None,
) -> tuple[AccessRequest, Grant, RequestApproved]:
    """The grant of all or some cameras; its clock starts now.

    Raises:
        Conflict: decided already, or seen in an older version.
        Expired: it lapsed.
        Invalid: it would widen what was asked.
    """
    _decidable(request, now, expected_version)
    check_narrowing(request, cameras, duration_s, limits)
    asked_order = tuple(c for c in request.cameras if c in set(cameras))
    granted = issue(
        id=grant,
        ref=grant_ref,
        request=request.id,
        incident=request.incident,
        beneficiary=request.beneficiary,
        owner=request.owner,
        requester=request.requester,
        approver=actor.person.id,
        cameras=asked_order,
        starts_at=now,
        ends_at=now + timedelta(seconds=duration_s),
        exercise=request.exercise,
    )
    decided = replace(
        request,
        state=RequestState.APPROVED,
        decided_at=now,
        decided_by=actor.person.id,
        grant=grant,
        version=request.version + 1,
    )
    event = RequestApproved(
        request=request.id,
        grant=grant,
        grant_ref=grant_ref,
        exercise=request.exercise,
        beneficiary=request.beneficiary,
        owner=request.owner,
        actor=actor.person.id,
        cameras=asked_order,
        not_granted=tuple(c for c in request.cameras if c not in set(cameras)),
        duration_s=duration_s,
        ends_at_ms=epoch_ms(granted.ends_at),
    )
    return decided, granted, event


def mark_extended(request: AccessRequest, actor: Actor, grant: Grant, *, now: datetime) -> AccessRequest:
    """The request after its extension was granted (`core.grants.extend` moves the grant's end)."""
    return replace(
        request,
        state=RequestState.APPROVED,
        decided_at=now,
        decided_by=actor.person.id,
        grant=grant.id,
        version=request.version + 1,
    )


def check_decidable(request: AccessRequest, *, now: datetime, expected_version: int | None) -> None:
    """Whether a decision may still be taken; raises as `approve` does."""
    _decidable(request, now, expected_version)


def refuse(
    request: AccessRequest,
    actor: Actor,
    *,
    refusal: RefusalReason,
    now: datetime,
    expected_version: int | None = None,
) -> tuple[AccessRequest, RequestRefused | None]:
    """Refused, with a reason; the same refusal again is a no-op.

    Raises:
        Conflict: decided otherwise already, or seen in an older version.
        Expired: it lapsed.
    """
    if request.state is RequestState.REFUSED and request.refusal is refusal:
        return request, None
    _decidable(request, now, expected_version)
    refused = replace(
        request,
        state=RequestState.REFUSED,
        decided_at=now,
        decided_by=actor.person.id,
        refusal=refusal,
        version=request.version + 1,
    )
    return refused, RequestRefused(
        request=request.id,
        exercise=request.exercise,
        beneficiary=request.beneficiary,
        owner=request.owner,
        actor=actor.person.id,
        refusal=refusal.value,
    )


def withdraw(
    request: AccessRequest, actor: Actor, *, now: datetime
) -> tuple[AccessRequest, RequestWithdrawn | None]:
    """The hospital takes it back; again is a no-op.

    Raises:
        Conflict: the city decided already.
    """
    if request.state is RequestState.WITHDRAWN:
        return request, None
    if not request.open:
        raise Conflict(Reason.ALREADY_DECIDED, state=request.state.value)
    withdrawn = replace(request, state=RequestState.WITHDRAWN, decided_at=now, version=request.version + 1)
    return withdrawn, RequestWithdrawn(
        request=request.id,
        exercise=request.exercise,
        beneficiary=request.beneficiary,
        owner=request.owner,
        actor=actor.person.id,
    )


def lapse(request: AccessRequest, *, now: datetime) -> tuple[AccessRequest, RequestLapsed | None]:
    """The pending timer; a no-op before its time or when decided."""
    if not request.open or now < request.lapses_at:
        return request, None
    lapsed = replace(request, state=RequestState.LAPSED, decided_at=now, version=request.version + 1)
    return lapsed, RequestLapsed(
        request=request.id, exercise=request.exercise, beneficiary=request.beneficiary, owner=request.owner
    )
