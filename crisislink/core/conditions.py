"""What a grant rests on besides its clock: an act that covers it, people who may watch, somebody who does.

Each function says whether a condition holds, or until when, as things stand. None of them changes anything;
`flow.deadlines` acts on what they say.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from crisislink.core.actors import Habilitation
from crisislink.core.cameras import Camera
from crisislink.core.geo import Position
from crisislink.core.grants import Grant
from crisislink.core.ids import CameraId, PersonId
from crisislink.core.legal import LegalBasis
from crisislink.core.limits import Limits
from crisislink.core.policy import WATCHERS
from crisislink.core.requests import AccessRequest


def uncovered(
    grant: Grant,
    request: AccessRequest,
    basis: LegalBasis | None,
    place: Position,
    cameras: Mapping[CameraId, Camera],
    *,
    now: datetime,
) -> tuple[CameraId, ...]:
    """The open cameras of the grant that the act of its newest approval covers no longer."""

    def gap(*these: Camera) -> bool:
        return basis is None or (
            basis.gap(
                beneficiary=grant.beneficiary, purpose=request.purpose, place=place, cameras=these, now=now
            )
            is not None
        )

    shown = [cameras[c] for c in grant.open_cameras]
    return tuple(camera.id for camera in shown if gap(camera)) if gap(*shown) else ()


def may_be_watched_until(habilitations: Iterable[Habilitation], *, now: datetime) -> datetime | None:
    """Until when somebody among these may watch, at the longest; None: nobody may, now."""
    ends = [h.ends_at for h in habilitations if h.role in WATCHERS and h.in_force(now)]
    return max(ends, default=None)


def watchers(habilitations: Iterable[Habilitation], *, now: datetime) -> frozenset[PersonId]:
    """Those who may watch now."""
    return frozenset(h.person for h in habilitations if h.role in WATCHERS and h.in_force(now))


def released_at(grant: Grant, last_seen: datetime | None, limits: Limits) -> datetime | None:
    """When the grant is given back because nobody watches; None while no view of it can be watched.

    `last_seen`: when the last look ended, None before the first. Not to be asked while somebody looks.
    A suspended view cannot be watched: the time counts from when the first was resumed.
    """
    shown = [v for v in grant.views if v.camera in grant.open_cameras and not v.suspended]
    if not shown:
        return None
    resumed = [v.resumed_at for v in shown if v.resumed_at is not None]
    could = grant.starts_at if len(resumed) < len(shown) else min(resumed)
    return max(could, last_seen or could) + timedelta(seconds=limits.idle_release_s)
