"""Which cameras see the place, best first, and why, in codes that become words.

A place is a disc: a point and the radius within which it is known. A camera *sees* it when the disc reaches
into its field of view. Cameras that do not see it follow by distance: they may show the access routes.
"""

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from crisislink.core.cameras import Camera
from crisislink.core.errors import Reason
from crisislink.core.geo import Position, angle_between_deg, bearing_deg, distance_m
from crisislink.core.ids import CameraId

ON_AXIS_DEG = 12.0
CAMERA_AT_PLACE_M = 5.0


class Sight(StrEnum):
    """How a camera stands to the place."""

    ON_AXIS = "on_axis"  # sees it, within 12° of its axis
    OFF_AXIS = "off_axis"  # sees it, towards the edge of the picture
    ALL_ROUND = "all_round"  # a dome camera: can see it, wherever it points now
    EDGE = "edge"  # only part of the uncertain place lies in view
    TURNED_AWAY = "turned_away"  # near enough, but looks elsewhere
    TOO_FAR = "too_far"  # looks there, but beyond its reach

    @property
    def sees(self) -> bool:
        """Whether the place is, at least in part, in the field of view."""
        return self not in {Sight.TURNED_AWAY, Sight.TOO_FAR}


_ORDER = {
    Sight.ON_AXIS: 0.0,
    Sight.OFF_AXIS: 0.15,
    Sight.ALL_ROUND: 0.2,
    Sight.EDGE: 0.35,
    Sight.TURNED_AWAY: 2.0,
    Sight.TOO_FAR: 2.0,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownFault:
    """A camera gave no picture when it was last asked for one, a short time ago."""

    fault: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """One camera against one place. `off_axis_deg` is None where direction has no meaning."""

    camera: Camera
    distance_m: float
    off_axis_deg: float | None
    sight: Sight
    not_shareable: Reason | None
    score: float
    fault: KnownFault | None = None


def sight(camera: Camera, place: Position, precision_m: float, *, paused: bool = False) -> Sighting:
    """How `camera` stands to the disc (`place`, `precision_m`). `paused`: the city holds it back for now."""
    away = distance_m(camera.position, place)
    off = angle_between_deg(bearing_deg(camera.position, place), camera.view.azimuth_deg)
    if away <= CAMERA_AT_PLACE_M:
        off = 0.0
    kind = _kind(camera, away, off, precision_m)
    reach = away / camera.view.reach_m
    return Sighting(
        camera=camera,
        distance_m=away,
        off_axis_deg=None if kind is Sight.ALL_ROUND else off,
        sight=kind,
        not_shareable=camera.not_shareable or (Reason.CAMERA_SUSPENDED if paused else None),
        score=_ORDER[kind] + (reach if kind.sees else away / 1000) + off / 720,
    )


def _kind(camera: Camera, away: float, off: float, precision_m: float) -> Sight:
    half = camera.view.opening_deg / 2
    if away > camera.view.reach_m:
        within = away - precision_m <= camera.view.reach_m and off <= half
        return Sight.EDGE if within else Sight.TOO_FAR
    if camera.view.opening_deg >= 360:
        return Sight.ALL_ROUND
    if off <= min(ON_AXIS_DEG, half):
        return Sight.ON_AXIS
    if off <= half:
        return Sight.OFF_AXIS
    if away <= precision_m:
        return Sight.EDGE
    spread = math.degrees(math.asin(min(1.0, precision_m / away)))
    return Sight.EDGE if off - spread <= half else Sight.TURNED_AWAY


def rank(
    cameras: Iterable[Camera],
    place: Position,
    *,
    precision_m: float,
    radius_m: float,
    limit: int,
    paused: Collection[CameraId] = (),
    faults: Mapping[CameraId, KnownFault] | None = None,
) -> list[Sighting]:
    """The best `limit` cameras within `radius_m` of the disc: shareable, then healthy, then those that see.

    The order is total: equal scores fall back to the camera's number. `paused`: as `sight` takes it.
    """
    seen = (sight(c, place, precision_m, paused=c.id in paused) for c in cameras)
    near = (replace(s, fault=(faults or {}).get(s.camera.id)) for s in seen)
    return sorted((s for s in near if s.distance_m <= radius_m + precision_m), key=_worth)[:limit]


def _worth(s: Sighting) -> tuple[bool, bool, bool, float, int]:
    """Least first."""
    return (s.not_shareable is not None, s.fault is not None, not s.sight.sees, s.score, s.camera.number)
