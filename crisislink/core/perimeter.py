"""Where a declared crisis holds: a circle or a ring on the ground, and whether it lies within an act's bound.

Distances on the ground as `core.geo`; edges are straight on a plane that touches the place, within a metre of
the true line over the 10 km that matter. A camera counts where the inventory says it stands.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from crisislink.core.errors import Invalid, Reason
from crisislink.core.geo import EARTH_RADIUS_M, Position, distance_m, inside

RADIUS_MAX_M, POINTS_MAX = 5_000, 64
_Flat = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Circle:
    """All that is within `radius_m` metres of `centre`.

    Raises:
        Invalid: a radius not in [1, 5000] m.
    """

    centre: Position
    radius_m: int

    def __post_init__(self) -> None:
        if not 1 <= self.radius_m <= RADIUS_MAX_M:
            raise Invalid(Reason.PERIMETER, most=RADIUS_MAX_M, points=POINTS_MAX)


@dataclass(frozen=True, slots=True)
class Ring:
    """All that a closed ring surrounds.

    Raises:
        Invalid: fewer than 3 or more than 64 points, or edges that meet elsewhere than at their ends.
    """

    points: tuple[Position, ...]

    def __post_init__(self) -> None:
        if not 3 <= len(self.points) <= POINTS_MAX or _crosses_itself(self.points):
            raise Invalid(Reason.PERIMETER, most=RADIUS_MAX_M, points=POINTS_MAX)


Perimeter = Circle | Ring


def drawn(perimeter: Perimeter) -> tuple[tuple[Position, ...], int | None]:
    """Its points and radius: one point with a radius in metres is a circle, three or more are a ring."""
    if isinstance(perimeter, Circle):
        return (perimeter.centre,), perimeter.radius_m
    return perimeter.points, None


def perimeter_of(points: Sequence[Position], radius_m: int | None) -> Perimeter:
    """As `drawn` has it.

    Raises:
        Invalid: neither a circle nor a ring.
    """
    if radius_m is None:
        return Ring(tuple(points))
    if len(points) != 1:
        raise Invalid(Reason.PERIMETER, most=RADIUS_MAX_M, points=POINTS_MAX)
    return Circle(points[0], radius_m)


def holds(perimeter: Perimeter, point: Position) -> bool:
    """Whether the point lies in it."""
    if isinstance(perimeter, Circle):
        return distance_m(perimeter.centre, point) <= perimeter.radius_m
    return inside(point, perimeter.points)


def within(perimeter: Perimeter, bound: Sequence[Position] | None) -> bool:
    """Whether all of it lies in the ring `bound`; None: there is no bound. What touches it does not."""
    if bound is None:
        return True
    if isinstance(perimeter, Circle):
        origin = perimeter.centre
        nearest_m = min(_distance_to_edge(*edge) for edge in _edges(bound, origin))
        return inside(origin, bound) and nearest_m > perimeter.radius_m
    origin = perimeter.points[0]
    own, its = list(_edges(perimeter.points, origin)), list(_edges(bound, origin))
    return all(inside(point, bound) for point in perimeter.points) and not any(
        _meet(*mine, *other) for mine in own for other in its
    )


def too_wide(perimeter: Perimeter) -> bool:
    """Whether it reaches further than the widest circle: so does what crosses the antimeridian."""
    if isinstance(perimeter, Circle):
        return False
    starts = [start for start, _ in _edges(perimeter.points, perimeter.points[0])]
    return any(max(along) - min(along) > 2 * RADIUS_MAX_M for along in zip(*starts, strict=True))


def _edges(ring: Sequence[Position], origin: Position) -> Iterator[tuple[_Flat, _Flat]]:
    """The ring's edges in metres east and north of `origin`."""
    east_m = EARTH_RADIUS_M * math.cos(math.radians(origin.lat_deg))

    def flat(point: Position) -> _Flat:
        return (
            math.radians(point.lon_deg - origin.lon_deg) * east_m,
            math.radians(point.lat_deg - origin.lat_deg) * EARTH_RADIUS_M,
        )

    points = [flat(point) for point in ring]
    return zip(points, (*points[1:], points[0]), strict=True)


def _distance_to_edge(a: _Flat, b: _Flat) -> float:
    """From the origin to the nearest point between `a` and `b`."""
    (ax, ay), (dx, dy) = a, (b[0] - a[0], b[1] - a[1])
    length = dx * dx + dy * dy
    along = 0.0 if length == 0 else max(0.0, min(1.0, -(ax * dx + ay * dy) / length))
    return math.hypot(ax + along * dx, ay + along * dy)


def _crosses_itself(points: Sequence[Position]) -> bool:
    edges = list(_edges(points, points[0]))
    count = len(edges)
    return any(
        _meet(*edges[i], *edges[j])
        for i in range(count)
        for j in range(i + 2, count)
        if (j + 1) % count != i  # neighbours share a point
    )


def _meet(a: _Flat, b: _Flat, c: _Flat, d: _Flat) -> bool:
    """Whether the edges a-b and c-d have a point in common."""

    def side(p: _Flat, q: _Flat, r: _Flat) -> float:
        return (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])

    def on(p: _Flat, q: _Flat, r: _Flat) -> bool:
        return min(p[0], q[0]) <= r[0] <= max(p[0], q[0]) and min(p[1], q[1]) <= r[1] <= max(p[1], q[1])

    abc, abd, cda, cdb = side(a, b, c), side(a, b, d), side(c, d, a), side(c, d, b)
    if abc * abd < 0 and cda * cdb < 0:
        return True
    flat = ((abc, a, b, c), (abd, a, b, d), (cda, c, d, a), (cdb, c, d, b))
    return any(turn == 0 and on(p, q, r) for turn, p, q, r in flat)
