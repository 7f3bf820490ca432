"""A perimeter lies inside an act's bound as a whole or not at all; one whose sides cross is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crisislink.core.errors import Invalid
from crisislink.core.geo import EARTH_RADIUS_M, Position, distance_m
from crisislink.core.perimeter import Circle, Ring, drawn, holds, perimeter_of, too_wide, within

CENTRE = Position(43.6, 1.44)
METRE_DEG = 180 / (3.141592653589793 * EARTH_RADIUS_M)


def at(north_m: float, east_m: float) -> Position:
    """So far from the centre; at this latitude a degree of longitude is 0.724 of one of latitude."""
    return Position(CENTRE.lat_deg + north_m * METRE_DEG, CENTRE.lon_deg + east_m * METRE_DEG / 0.7242)


def square(half_m: float) -> tuple[Position, ...]:
    return at(-half_m, -half_m), at(-half_m, half_m), at(half_m, half_m), at(half_m, -half_m)


NOTCHED = (at(0, 0), at(0, 400), at(400, 400), at(400, 200), at(200, 200), at(200, 0))
"""An L: its upper left quarter is missing."""


def test_a_circle_must_stay_clear_of_every_side() -> None:
    assert within(Circle(CENTRE, 90), square(100))
    assert not within(Circle(CENTRE, 110), square(100)), "its centre is inside, its rim is not"
    assert not within(Circle(at(0, 300), 10), square(100))
    assert within(Circle(CENTRE, 5_000), None)


def test_a_ring_whose_corners_are_inside_may_still_leave_through_a_notch() -> None:
    corners = (at(50, 50), at(350, 350), at(50, 350))
    assert all(holds(Ring(NOTCHED), corner) for corner in corners)
    assert within(Ring(corners), NOTCHED)
    across = (at(150, 20), at(350, 250), at(150, 350))
    assert all(holds(Ring(NOTCHED), corner) for corner in across)
    assert not within(Ring(across), NOTCHED)


def test_a_ring_that_surrounds_the_bound_is_not_in_it() -> None:
    assert not within(Ring(square(200)), square(100))
    assert not within(Ring(square(100)), square(100)), "what touches the bound does not lie in it"


@pytest.mark.parametrize(
    "points",
    [
        (at(0, 0), at(100, 0)),
        (at(0, 0), at(100, 100), at(0, 100), at(100, 0)),
        tuple(at(n * n, n) for n in range(65)),
        (at(0, 0), at(0, 100), at(0, 50), at(50, 50)),
    ],
    ids=["two corners", "a bow", "too many", "back on itself"],
)
def test_a_ring_that_is_none_is_refused(points: tuple[Position, ...]) -> None:
    with pytest.raises(Invalid):
        Ring(points)


@pytest.mark.parametrize("radius_m", [0, -1, 5_001])
def test_a_circle_that_is_none_is_refused(radius_m: int) -> None:
    with pytest.raises(Invalid):
        Circle(CENTRE, radius_m)


def test_a_ring_reaches_no_further_than_a_circle_may() -> None:
    assert not too_wide(Ring(square(4_990)))
    assert too_wide(Ring(square(5_010)))
    assert not too_wide(Circle(CENTRE, 5_000))
    corners = ((-16.0, 179.99), (-16.0, -179.99), (-16.01, -179.99), (-16.01, 179.99))
    assert too_wide(Ring(tuple(Position(*corner) for corner in corners))), "over the antimeridian"


def test_points_and_radius_say_it_all() -> None:
    for perimeter in (Circle(CENTRE, 300), Ring(NOTCHED)):
        assert perimeter_of(*drawn(perimeter)) == perimeter
    with pytest.raises(Invalid):
        perimeter_of(NOTCHED, 300)


@given(st.floats(-150, 150), st.floats(-150, 150), st.integers(1, 200))
def test_a_circle_within_the_bound_holds_no_point_outside_it(north: float, east: float, radius: int) -> None:
    circle, bound = Circle(at(north, east), radius), Ring(square(100))
    if not within(circle, bound.points):
        return
    for turn_north, turn_east in ((1, 0), (-1, 0), (0, 1), (0, -1), (0.7, 0.7), (-0.7, -0.7)):
        rim = at(north + turn_north * radius * 0.99, east + turn_east * radius * 0.99)
        assert distance_m(circle.centre, rim) <= radius
        assert holds(bound, rim)
