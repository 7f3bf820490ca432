"""What a declared crisis grants at once, and nothing else ever is: `gap` is the whole rule.

A request is covered as a whole or not at all; what is not goes to the police room, as ever. Nothing here
decides: two supervisors did when they declared the crisis, for what lies inside their terms. So the approver
of such a grant is who declared it for the city, and the invariant holds as it stands (lifecycle, no. 4): the
approver's organisation owns the cameras and is not the requester's, though the requester may be the very
person who declared it for the hospital.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum

from crisislink.core.cameras import Camera
from crisislink.core.crisis import CrisisState, DeclaredCrisis
from crisislink.core.events import GrantExtendedInCrisis, RequestApprovedInCrisis, epoch_ms
from crisislink.core.geo import Position
from crisislink.core.grants import EndCause, Grant, issue, prolonged
from crisislink.core.ids import CameraId, GrantId
from crisislink.core.limits import Limits
from crisislink.core.perimeter import holds
from crisislink.core.requests import AccessRequest, RequestState

_TAKEN = frozenset({EndCause.REVOKED, EndCause.PREEMPTED})


class Gap(StrEnum):
    """Why a declared crisis does not grant a request."""

    NOT_ACTIVE = "not_active"
    ALMOST_OVER = "almost_over"
    PARTIES = "parties"
    EXERCISE = "exercise"
    PURPOSE = "purpose"
    DURATION = "duration"
    PLACE_OUTSIDE = "place_outside"
    CAMERA_NOT_NAMED = "camera_not_named"
    CAMERA_OUTSIDE = "camera_outside"
    CITY_SAID_NO = "city_said_no"
    OTHER_GRANT = "other_grant"
    NOT_SHAREABLE = "not_shareable"


def gap(
    crisis: DeclaredCrisis,
    request: AccessRequest,
    *,
    place: Position,
    cameras: Iterable[Camera],
    denied: frozenset[CameraId],
    extends: Grant | None,
    limits: Limits,
    now: datetime,
) -> Gap | None:
    """Why not, or None: all of the request lies inside the terms, now.

    Args:
        crisis: a declaration between anybody.
        request: it still waits.
        place: where its incident is.
        cameras: all that it asks for, as the inventory has them now.
        denied: what the city took away or did not give since the declaration (`denied_since`).
        extends: the grant it wants to prolong.
        limits: the shortest a grant may be.
        now: not checked: the kill switch, cameras held back, the act, the clock (`flow.automatic`).
    """
    terms, asked, wanted = crisis.terms, tuple(cameras), frozenset(request.cameras)
    left = terms.ends_at - now
    covered = {
        Gap.NOT_ACTIVE: request.open and crisis.state is CrisisState.ACTIVE,
        Gap.ALMOST_OVER: left >= timedelta(seconds=limits.duration_min_s),
        Gap.PARTIES: (request.beneficiary, request.owner) == (terms.beneficiary, terms.owner),
        Gap.EXERCISE: request.exercise == terms.exercise,
        Gap.PURPOSE: request.purpose in terms.purposes,
        Gap.DURATION: request.duration_s <= terms.grant_s,
        Gap.PLACE_OUTSIDE: holds(terms.perimeter, place),
        Gap.CAMERA_NOT_NAMED: {camera.id for camera in asked} == wanted <= terms.cameras,
        Gap.CAMERA_OUTSIDE: all(holds(terms.perimeter, camera.position) for camera in asked),
        Gap.CITY_SAID_NO: denied.isdisjoint(wanted),
        Gap.NOT_SHAREABLE: all(camera.shareable for camera in asked),
        Gap.OTHER_GRANT: _may_prolong(crisis, wanted, extends),
    }
    return next((why for why, holds_good in covered.items() if not holds_good), None)


def _may_prolong(crisis: DeclaredCrisis, wanted: frozenset[CameraId], extends: Grant | None) -> bool:
    """Only what this crisis granted itself is prolonged, and as a whole: a grant has one end."""
    return extends is None or (extends.declaration == crisis.id and wanted == frozenset(extends.open_cameras))


def denied_since(
    since: datetime, requests: Iterable[AccessRequest], grants: Iterable[Grant]
) -> frozenset[CameraId]:
    """The cameras that a person of the city cut, refused or left out since then, where nobody asks again.

    What a person took away no declaration gives back.
    """
    found: set[CameraId] = set()
    given: dict[GrantId, set[CameraId]] = {}
    for grant in grants:
        given[grant.id] = {view.camera for view in grant.views}
        found |= {v.camera for v in grant.views if v.cause in _TAKEN and v.ended_at and v.ended_at >= since}
    for request in requests:
        if request.decided_at is None or request.decided_at < since:
            continue
        if request.state is RequestState.REFUSED:
            found |= set(request.cameras)
        elif request.grant is not None and request.extends is None:
            found |= set(request.cameras) - given.get(request.grant, set())
    return frozenset(found)


def approve(
    request: AccessRequest,
    crisis: DeclaredCrisis,
    *,
    grant: GrantId,
    grant_ref: str,
    until: datetime,
    now: datetime,
) -> tuple[AccessRequest, Grant, RequestApprovedInCrisis]:
    """All that was asked, for as long, but not after `until` or the crisis. `gap` has shown that it may."""
    assert crisis.by_hospital is not None, "both sides declared it"
    assert crisis.by_city is not None, "both sides declared it"
    granted = issue(
        id=grant,
        ref=grant_ref,
        request=request.id,
        incident=request.incident,
        beneficiary=request.beneficiary,
        owner=request.owner,
        requester=request.requester,
        approver=crisis.by_city,
        cameras=request.cameras,
        starts_at=now,
        ends_at=min(now + timedelta(seconds=request.duration_s), until, crisis.terms.ends_at),
        exercise=request.exercise,
        declaration=crisis.id,
    )
    event = RequestApprovedInCrisis(
        request=request.id,
        grant=grant,
        grant_ref=grant_ref,
        declaration=crisis.id,
        by_hospital=crisis.by_hospital,
        by_city=crisis.by_city,
        beneficiary=request.beneficiary,
        owner=request.owner,
        cameras=request.cameras,
        duration_s=(granted.ends_at - now) // timedelta(seconds=1),
        ends_at_ms=epoch_ms(granted.ends_at),
        exercise=request.exercise,
    )
    return _decided(request, crisis, granted, now), granted, event


def extend(
    request: AccessRequest,
    crisis: DeclaredCrisis,
    grant: Grant,
    *,
    until: datetime,
    limits: Limits,
    now: datetime,
) -> tuple[AccessRequest, Grant, GrantExtendedInCrisis]:
    """As `approve`, for a grant of this crisis. The police room is told anew.

    Raises:
        Conflict, Invalid: as `core.grants.prolonged`.
    """
    assert crisis.by_hospital is not None, "both sides declared it"
    assert crisis.by_city is not None, "both sides declared it"
    longer = prolonged(
        grant,
        duration_s=request.duration_s,
        until=min(until, crisis.terms.ends_at),
        limits=limits,
        now=now,
    )
    longer = replace(longer, noticed_at=None, noticed_by=None)
    event = GrantExtendedInCrisis(
        request=request.id,
        grant=grant.id,
        declaration=crisis.id,
        by_hospital=crisis.by_hospital,
        by_city=crisis.by_city,
        beneficiary=grant.beneficiary,
        owner=grant.owner,
        ends_at_ms=epoch_ms(longer.ends_at),
        exercise=grant.exercise,
    )
    return _decided(request, crisis, longer, now), longer, event


def _decided(request: AccessRequest, crisis: DeclaredCrisis, grant: Grant, now: datetime) -> AccessRequest:
    return replace(
        request,
        state=RequestState.APPROVED,
        decided_at=now,
        decided_by=crisis.by_city,
        grant=grant.id,
        declaration=crisis.id,
        version=request.version + 1,
    )
