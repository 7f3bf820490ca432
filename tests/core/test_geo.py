"""Distances and directions against known places, and properties that hold everywhere."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crisislink.core.errors import Invalid
from crisislink.core.geo import Position, angle_between_deg, bearing_deg, distance_m, inside

CITY = st.builds(Position, st.floats(43.5, 43.7), st.floats(1.3, 1.6))


def test_capitole_to_matabiau_station_is_about_1150_m_east_north_east() -> None:
    capitole, station = Position(43.6044, 1.4433), Position(43.6113, 1.4537)
    assert distance_m(capitole, station) == pytest.approx(1135, abs=15)
    assert 40 < bearing_deg(capitole, station) < 60


@pytest.mark.parametrize(("lat", "lon"), [(90.1, 0), (0, 180.5), (math.nan, 0), (0, math.inf)])
def test_a_point_off_the_globe_is_refused(lat: float, lon: float) -> None:
    with pytest.raises(Invalid):
        Position(lat, lon)


@given(CITY, CITY)
def test_distance_is_symmetric_and_bearings_are_opposite(a: Position, b: Position) -> None:
    assert distance_m(a, b) == pytest.approx(distance_m(b, a))
    if distance_m(a, b) > 50:
        assert angle_between_deg(bearing_deg(a, b), bearing_deg(b, a)) == pytest.approx(180, abs=0.3)


@given(st.floats(0, 360), st.floats(0, 360))
def test_the_angle_between_two_directions_is_at_most_a_half_turn(a: float, b: float) -> None:
    assert 0 <= angle_between_deg(a, b) <= 180
    assert angle_between_deg(a, b) == pytest.approx(angle_between_deg(b, a))


def test_inside_knows_a_square_with_a_notch() -> None:
    ring = [Position(lat, lon) for lat, lon in ((0, 0), (0, 4), (4, 4), (4, 2), (2, 2), (2, 0))]
    assert inside(Position(1, 1), ring)
    assert inside(Position(3, 3), ring)
    assert not inside(Position(3, 1), ring)
    assert not inside(Position(5, 1), ring)
