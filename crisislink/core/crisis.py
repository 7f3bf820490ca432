"""A declared crisis: two supervisors, one of each side, say in advance what may be granted at once.

    PROPOSED ──the other side──▶ ACTIVE ⇄ SUSPENDED ──▶ ENDED(cause)
        ├─▶ DECLINED  by either side
        └─▶ LAPSED    nobody of the other side confirmed in time

Its terms never change: who confirms confirms what was proposed, and other terms are another declaration. What
it grants while it is ACTIVE, and nothing else ever, is `core.automatic`. Not to be confused with incidents
that a hospital grouped because they share a cause (`core.incidents.group_incident`): these are given nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypedDict

from crisislink.core.actors import Actor, Side
from crisislink.core.cameras import Camera
from crisislink.core.errors import Conflict, Denied, Expired, Invalid, Reason
from crisislink.core.events import (
    CrisisActivated,
    CrisisDeclined,
    CrisisEnded,
    CrisisLapsed,
    CrisisProposed,
    CrisisResumed,
    CrisisSuspended,
    epoch_ms,
)
from crisislink.core.ids import CameraId, CrisisId, LegalBasisId, OrganisationId, PersonId
from crisislink.core.legal import LegalBasis, Purpose
from crisislink.core.limits import Limits
from crisislink.core.perimeter import POINTS_MAX, RADIUS_MAX_M, Perimeter, drawn, holds, too_wide, within

CAMERAS_MAX = 64


class CrisisState(StrEnum):
    """See the drawing above."""

    PROPOSED = "proposed"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    ENDED = "ended"
    LAPSED = "lapsed"
    DECLINED = "declined"

    @property
    def declared(self) -> bool:
        """Both sides said so, and it is not over."""
        return self in {CrisisState.ACTIVE, CrisisState.SUSPENDED}

    @property
    def open(self) -> bool:
        """Something may still come of it."""
        return self is CrisisState.PROPOSED or self.declared


class CrisisCause(StrEnum):
    """Why it is suspended, or ended."""

    BY_HAND = "by_hand"
    SHARING_STOPPED = "sharing_stopped"
    EXPIRED = "expired"
    LEGAL_BASIS_ENDED = "legal_basis_ended"
    RESTORED = "restored"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What both sides agree on. `grant_s`: the longest grant, seconds; `ends_at`: nothing of it later.

    `exercise`: of exercises alone; the two never mix.
    """

    beneficiary: OrganisationId
    owner: OrganisationId
    perimeter: Perimeter
    cameras: frozenset[CameraId]
    purposes: frozenset[Purpose]
    grant_s: int
    ends_at: datetime
    legal_basis: LegalBasisId
    exercise: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredCrisis:
    """`ref`: the short name people say aloud. `by_hospital`, `by_city`: who declared it, one of each side."""

    id: CrisisId
    ref: str
    terms: Terms
    state: CrisisState
    proposed_at: datetime
    confirm_by: datetime
    by_hospital: PersonId | None
    by_city: PersonId | None
    activated_at: datetime | None = None
    suspended_at: datetime | None = None
    suspended_by: PersonId | None = None
    ended_at: datetime | None = None
    ended_by: PersonId | None = None
    cause: CrisisCause | None = None
    version: int = 1

    @property
    def waits_for(self) -> Side | None:
        """The side that has not confirmed yet."""
        if self.state is not CrisisState.PROPOSED:
            return None
        return Side.HOSPITAL if self.by_hospital is None else Side.CITY


def bounding(
    bases: Iterable[LegalBasis], terms: Terms, cameras: Iterable[Camera], *, now: datetime
) -> LegalBasis:
    """The act these terms rest on: the one that bounds all of them and lasts longest. `terms.legal_basis` and
    `terms.ends_at` are not looked at.

    Raises:
        Denied: no act does; the reason of the one that comes nearest.
    """
    cameras, gaps = tuple(cameras), [Reason.NO_LEGAL_BASIS]
    found: list[LegalBasis] = []
    for basis in bases:
        gap = gap_in(basis, terms, cameras, now=now)
        if gap is None:
            found.append(basis)
        else:
            gaps.append(gap)
    if not found:
        raise Denied(max(gaps, key=_NEARNESS.index))
    return max(found, key=lambda basis: (basis.valid_until, basis.id))


_NEARNESS = [
    Reason.NO_LEGAL_BASIS,
    Reason.OUTSIDE_LEGAL_BASIS,
    Reason.PURPOSE_NOT_COVERED,
    Reason.PERIMETER_OUTSIDE_ACT,
]


def gap_in(basis: LegalBasis, terms: Terms, cameras: Iterable[Camera], *, now: datetime) -> Reason | None:
    """Why this act does not bound the terms, or None when it does: now, for these people and cameras."""
    if not basis.valid_from <= now < basis.valid_until or basis.owner != terms.owner:
        return Reason.NO_LEGAL_BASIS
    if terms.beneficiary not in basis.beneficiaries:
        return Reason.NO_LEGAL_BASIS
    if basis.cameras is not None and not {camera.id for camera in cameras} <= basis.cameras:
        return Reason.OUTSIDE_LEGAL_BASIS
    if not terms.purposes <= basis.purposes:
        return Reason.PURPOSE_NOT_COVERED
    return None if within(terms.perimeter, basis.perimeter) else Reason.PERIMETER_OUTSIDE_ACT


def propose(
    actor: Actor,
    *,
    id: CrisisId,
    ref: str,
    terms: Terms,
    cameras: tuple[Camera, ...],
    basis: LegalBasis,
    limits: Limits,
    now: datetime,
) -> tuple[DeclaredCrisis, CrisisProposed]:
    """One side's word. That `basis` bounds the terms is `bounding`'s to have shown.

    Raises:
        Invalid: no camera or purpose, too many cameras, one of another city or outside the perimeter, a
            perimeter wider than any circle may be, a time outside the limits or the act.
        Denied: a camera is not shareable, synthetic in earnest or real in an exercise (the first by number is
            named).
    """
    if too_wide(terms.perimeter):
        raise Invalid(Reason.PERIMETER, most=RADIUS_MAX_M, points=POINTS_MAX)
    _check_cameras(terms, cameras)
    if not terms.purposes:
        raise Invalid(Reason.MALFORMED, field="purposes")
    _check_times(terms, basis, limits, now)
    confirm_by = min(now + timedelta(seconds=limits.crisis_confirm_s), terms.ends_at)
    hospital = actor.organisation.side is Side.HOSPITAL
    crisis = DeclaredCrisis(
        id=id,
        ref=ref,
        terms=terms,
        state=CrisisState.PROPOSED,
        proposed_at=now,
        confirm_by=confirm_by,
        by_hospital=actor.person.id if hospital else None,
        by_city=None if hospital else actor.person.id,
    )
    points, radius_m = drawn(terms.perimeter)
    event = CrisisProposed(
        declaration=id,
        ref=ref,
        beneficiary=terms.beneficiary,
        owner=terms.owner,
        actor=actor.person.id,
        points=tuple(f"{p.lat_deg:.6f},{p.lon_deg:.6f}" for p in points),
        radius_m=radius_m,
        cameras=tuple(sorted(terms.cameras)),
        purposes=tuple(sorted(terms.purposes)),
        grant_s=terms.grant_s,
        ends_at_ms=epoch_ms(terms.ends_at),
        confirm_by_ms=epoch_ms(confirm_by),
        legal_basis=terms.legal_basis,
        exercise=terms.exercise,
    )
    return crisis, event


def _check_cameras(terms: Terms, cameras: tuple[Camera, ...]) -> None:
    if not cameras:
        raise Invalid(Reason.CAMERAS_EMPTY)
    if len(cameras) > CAMERAS_MAX:
        raise Invalid(Reason.CAMERAS_TOO_MANY, most=CAMERAS_MAX)
    if {camera.owner for camera in cameras} != {terms.owner}:
        raise Invalid(Reason.CAMERAS_OWNERS_MIXED)
    for camera in sorted(cameras, key=lambda c: c.number):
        if not holds(terms.perimeter, camera.position):
            raise Invalid(Reason.CAMERA_OUTSIDE_PERIMETER, camera=camera.name)
        if camera.not_shareable is not None:
            raise Denied(camera.not_shareable, camera=camera.name)
        if (barred := camera.barred(exercise=terms.exercise)) is not None:
            raise Denied(barred, camera=camera.name)


def _check_times(terms: Terms, basis: LegalBasis, limits: Limits, now: datetime) -> None:
    longest_s = min(limits.duration_max_s, basis.max_duration_s)
    if not limits.duration_min_s <= terms.grant_s <= longest_s:
        raise Invalid(Reason.DURATION, least=limits.duration_min_s // 60, most=longest_s // 60)
    left_s = int((basis.valid_until - now).total_seconds())
    most_s, lasts_s = min(limits.crisis_cap_s, left_s), (terms.ends_at - now).total_seconds()
    if not limits.duration_min_s <= lasts_s <= most_s:
        raise Invalid(Reason.DURATION, least=limits.duration_min_s // 60, most=most_s // 60)


def confirm(
    crisis: DeclaredCrisis, actor: Actor, *, expected_version: int, now: datetime
) -> tuple[DeclaredCrisis, CrisisActivated | None]:
    """The other side's word: from now on it grants. A no-op once it does.

    Raises:
        Conflict: over, or seen in an older version.
        Expired: the time to confirm has passed.
    """
    if crisis.state.declared:
        return crisis, None
    if crisis.state is not CrisisState.PROPOSED:
        raise Conflict(Reason.ALREADY_DECIDED, state=crisis.state.value)
    if now >= crisis.confirm_by:
        raise Expired(Reason.CRISIS_LAPSED)
    if expected_version != crisis.version:
        raise Conflict(Reason.VERSION)
    assert crisis.waits_for is actor.organisation.side, "who proposes does not confirm"
    hospital, city = crisis.by_hospital or actor.person.id, crisis.by_city or actor.person.id
    active = replace(
        crisis,
        version=crisis.version + 1,
        state=CrisisState.ACTIVE,
        activated_at=now,
        by_hospital=hospital,
        by_city=city,
    )
    return active, CrisisActivated(
        **_parties(crisis),
        actor=actor.person.id,
        by_hospital=hospital,
        by_city=city,
        ends_at_ms=epoch_ms(crisis.terms.ends_at),
    )


def decline(
    crisis: DeclaredCrisis, actor: Actor, *, now: datetime
) -> tuple[DeclaredCrisis, CrisisDeclined | None]:
    """Either side does not want it, or takes it back. Again is a no-op.

    Raises:
        Conflict: it was confirmed, or is over.
    """
    if crisis.state is CrisisState.DECLINED:
        return crisis, None
    if crisis.state is not CrisisState.PROPOSED:
        raise Conflict(Reason.ALREADY_DECIDED, state=crisis.state.value)
    declined = replace(
        crisis, version=crisis.version + 1, state=CrisisState.DECLINED, ended_at=now, ended_by=actor.person.id
    )
    return declined, CrisisDeclined(**_parties(crisis), actor=actor.person.id)


def lapse(crisis: DeclaredCrisis, *, now: datetime) -> tuple[DeclaredCrisis, CrisisLapsed | None]:
    """The pending timer; a no-op before its time or once it was decided."""
    if crisis.state is not CrisisState.PROPOSED or now < crisis.confirm_by:
        return crisis, None
    return replace(crisis, version=crisis.version + 1, state=CrisisState.LAPSED, ended_at=now), CrisisLapsed(
        **_parties(crisis)
    )


def suspend(
    crisis: DeclaredCrisis, cause: CrisisCause, *, actor: Actor, cut: bool, now: datetime
) -> tuple[DeclaredCrisis, CrisisSuspended | None]:
    """It grants nothing until it is resumed; a no-op unless it is active. `cut`: what it granted ends."""
    if crisis.state is not CrisisState.ACTIVE:
        return crisis, None
    suspended = replace(
        crisis,
        version=crisis.version + 1,
        state=CrisisState.SUSPENDED,
        suspended_at=now,
        suspended_by=actor.person.id,
        cause=cause,
    )
    event = CrisisSuspended(**_parties(crisis), actor=actor.person.id, cause=cause.value, cut=cut)
    return suspended, event


def resume(
    crisis: DeclaredCrisis, actor: Actor, *, now: datetime
) -> tuple[DeclaredCrisis, CrisisResumed | None]:
    """It grants again, until the same end; a no-op while it does.

    Raises:
        Conflict: not declared, or over.
    """
    if crisis.state is CrisisState.ACTIVE:
        return crisis, None
    if crisis.state is not CrisisState.SUSPENDED or now >= crisis.terms.ends_at:
        raise Conflict(Reason.ALREADY_DECIDED, state=crisis.state.value)
    resumed = replace(
        crisis,
        version=crisis.version + 1,
        state=CrisisState.ACTIVE,
        suspended_at=None,
        suspended_by=None,
        cause=None,
    )
    return resumed, CrisisResumed(**_parties(crisis), actor=actor.person.id)


def end(
    crisis: DeclaredCrisis, cause: CrisisCause, *, actor: Actor | None, now: datetime
) -> tuple[DeclaredCrisis, CrisisEnded | None]:
    """Over, for good; a no-op when it is already. `actor` None: the clock. Its grants end with it
    (`flow.crisisends`)."""
    if not crisis.state.open:
        return crisis, None
    by = None if actor is None else actor.person.id
    ended = replace(
        crisis, version=crisis.version + 1, state=CrisisState.ENDED, ended_at=now, ended_by=by, cause=cause
    )
    return ended, CrisisEnded(**_parties(crisis), actor=by, cause=cause.value)


class _Parties(TypedDict):
    declaration: CrisisId
    beneficiary: OrganisationId
    owner: OrganisationId
    exercise: bool


def _parties(crisis: DeclaredCrisis) -> _Parties:
    terms = crisis.terms
    return {
        "declaration": crisis.id,
        "beneficiary": terms.beneficiary,
        "owner": terms.owner,
        "exercise": terms.exercise,
    }
