"""The hard gate: no act, no picture.

Statements of law live in the data (`act`, `title`), never in code: which article an act rests on, whether one
standing act covers all crises, is the user's to configure.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from crisislink.core.cameras import Camera
from crisislink.core.errors import Reason
from crisislink.core.geo import Position, inside
from crisislink.core.ids import CameraId, LegalBasisId, OrganisationId


class Purpose(StrEnum):
    """What a legal basis may allow images to be used for."""

    RESCUE = "rescue"  # rescue of persons, fire defence
    NATURAL_OR_TECHNOLOGICAL_RISK = "natural_or_technological_risk"
    TERRORISM_PREVENTION = "terrorism_prevention"
    PUBLIC_SAFETY = "public_safety"  # persons and goods in places exposed to assault
    TRAFFIC = "traffic"


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalBasis:
    """An act that allows one city's images to reach named beneficiaries, for listed purposes, for a time.

    `cameras` None: all of the owner's. `perimeter` None: no bound on the place of the incident.
    """

    id: LegalBasisId
    act: str
    title: str
    owner: OrganisationId
    beneficiaries: frozenset[OrganisationId]
    purposes: frozenset[Purpose]
    cameras: frozenset[CameraId] | None
    perimeter: tuple[Position, ...] | None
    valid_from: datetime
    valid_until: datetime
    max_duration_s: int
    version: int = 1

    def gap(
        self,
        *,
        beneficiary: OrganisationId,
        purpose: Purpose,
        place: Position,
        cameras: Iterable[Camera],
        now: datetime,
    ) -> Reason | None:
        """Why this act does not cover the request, or None when it covers all of it."""
        if not self.valid_from <= now < self.valid_until or beneficiary not in self.beneficiaries:
            return Reason.NO_LEGAL_BASIS
        if self.perimeter is not None and not inside(place, self.perimeter):
            return Reason.OUTSIDE_LEGAL_BASIS
        if purpose not in self.purposes:
            return Reason.PURPOSE_NOT_COVERED
        for camera in cameras:
            if camera.owner != self.owner:
                return Reason.NO_LEGAL_BASIS
            if self.cameras is not None and camera.id not in self.cameras:
                return Reason.OUTSIDE_LEGAL_BASIS
        return None


def covering(
    bases: Iterable[LegalBasis],
    *,
    beneficiary: OrganisationId,
    purpose: Purpose,
    place: Position,
    cameras: tuple[Camera, ...],
    now: datetime,
) -> LegalBasis | Reason:
    """The act that covers the request and lasts longest, or the most specific reason why none does."""
    order = [Reason.NO_LEGAL_BASIS, Reason.OUTSIDE_LEGAL_BASIS, Reason.PURPOSE_NOT_COVERED]
    found: list[LegalBasis] = []
    gaps = [Reason.NO_LEGAL_BASIS]
    for basis in bases:
        gap = basis.gap(beneficiary=beneficiary, purpose=purpose, place=place, cameras=cameras, now=now)
        if gap is None:
            found.append(basis)
        else:
            gaps.append(gap)
    if found:
        return max(found, key=lambda b: (b.valid_until, b.id))
    return max(gaps, key=order.index)
