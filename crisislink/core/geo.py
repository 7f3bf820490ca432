"""Places on the WGS84 ellipsoid, as a city needs them: metres between two points, where a camera looks.

Distances use the haversine formula on the mean Earth radius (IUGG R1 = 6 371 008.8 m): within 0.6 % of the
ellipsoid, 2 m over the 300 m that matter here. Not valid across a pole or the antimeridian of a *polygon*.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from crisislink.core.errors import Invalid, Reason

EARTH_RADIUS_M = 6_371_008.8


@dataclass(frozen=True, slots=True)
class Position:
    """A WGS84 point in degrees.

    Raises:
        Invalid: latitude outside [-90, 90], longitude outside [-180, 180], or not a finite number.
    """

    lat_deg: float
    lon_deg: float

    def __post_init__(self) -> None:
        ok = math.isfinite(self.lat_deg) and math.isfinite(self.lon_deg)
        if not (ok and abs(self.lat_deg) <= 90 and abs(self.lon_deg) <= 180):
            raise Invalid(Reason.COORDINATES)


def distance_m(a: Position, b: Position) -> float:
    """Great-circle distance in metres."""
    lat_a, lat_b = math.radians(a.lat_deg), math.radians(b.lat_deg)
    half_lat = (lat_b - lat_a) / 2
    half_lon = math.radians(b.lon_deg - a.lon_deg) / 2
    h = math.sin(half_lat) ** 2 + math.cos(lat_a) * math.cos(lat_b) * math.sin(half_lon) ** 2
    return 2 * EARTH_RADIUS_M * math.asin(min(1.0, math.sqrt(h)))


def bearing_deg(a: Position, b: Position) -> float:
    """Initial bearing from `a` to `b`, degrees clockwise from true north, in [0, 360)."""
    lat_a, lat_b = math.radians(a.lat_deg), math.radians(b.lat_deg)
    d_lon = math.radians(b.lon_deg - a.lon_deg)
    y = math.sin(d_lon) * math.cos(lat_b)
    x = math.cos(lat_a) * math.sin(lat_b) - math.sin(lat_a) * math.cos(lat_b) * math.cos(d_lon)
    return math.degrees(math.atan2(y, x)) % 360


def angle_between_deg(a: float, b: float) -> float:
    """Smallest angle between two directions in degrees, in [0, 180]."""
    return abs((a - b + 180) % 360 - 180)


def inside(point: Position, polygon: Sequence[Position]) -> bool:
    """Whether `point` lies in the closed ring `polygon` (even-odd rule; the border is not defined)."""
    odd = False
    for a, b in zip(polygon, (*polygon[1:], *polygon[:1]), strict=True):
        if (a.lat_deg > point.lat_deg) != (b.lat_deg > point.lat_deg):
            t = (point.lat_deg - a.lat_deg) / (b.lat_deg - a.lat_deg)
            if point.lon_deg < a.lon_deg + t * (b.lon_deg - a.lon_deg):
                odd = not odd
    return odd
