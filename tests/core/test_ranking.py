"""A camera that sees the place comes before one that is nearer but looks away; reasons are told."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from crisislink.core.cameras import FieldOfView
from crisislink.core.errors import Reason
from crisislink.core.geo import Position
from crisislink.core.ranking import Sight, rank, sight
from tests.samples import PLACE, camera


def looking(
    azimuth_deg: float, *, north_m: float = 60.0, opening_deg: float = 70.0, number: int = 1
) -> object:
    view = FieldOfView(azimuth_deg=azimuth_deg, opening_deg=opening_deg, reach_m=120)
    return sight(replace(camera(number, north_m=north_m), view=view), PLACE, 0).sight


def test_each_sight_has_its_case() -> None:
    assert looking(180) is Sight.ON_AXIS
    assert looking(205) is Sight.OFF_AXIS
    assert looking(90) is Sight.TURNED_AWAY
    assert looking(180, north_m=200) is Sight.TOO_FAR
    assert looking(0, opening_deg=360) is Sight.ALL_ROUND
    edge = sight(replace(camera(1, north_m=140)), PLACE, 50)
    assert edge.sight is Sight.EDGE


def test_what_sees_comes_first_what_may_not_be_shared_last() -> None:
    near_but_away = replace(
        camera(1, north_m=10), view=FieldOfView(azimuth_deg=0, opening_deg=60, reach_m=80)
    )
    sees = camera(2, north_m=80)
    unmasked = replace(camera(3, north_m=15), mask=None)
    order = rank([near_but_away, unmasked, sees], PLACE, precision_m=0, radius_m=300, limit=9)
    assert [s.camera.number for s in order] == [2, 1, 3]
    assert order[2].not_shareable is Reason.MASK_MISSING


@given(
    st.lists(
        st.tuples(st.floats(-400, 400), st.floats(0, 359.9), st.floats(20, 360), st.booleans()),
        max_size=20,
    ),
    st.integers(0, 200),
    st.integers(1, 500),
)
def test_order_is_total_bounded_and_does_not_depend_on_the_input_order(
    placed: list[tuple[float, float, float, bool]], precision_m: int, radius_m: int
) -> None:
    cameras = [
        replace(
            camera(n, north_m=north),
            view=FieldOfView(azimuth_deg=azimuth, opening_deg=opening, reach_m=120),
            offered=offered,
        )
        for n, (north, azimuth, opening, offered) in enumerate(placed, 1)
    ]
    forward = rank(cameras, PLACE, precision_m=precision_m, radius_m=radius_m, limit=8)
    backward = rank(reversed(cameras), PLACE, precision_m=precision_m, radius_m=radius_m, limit=8)
    assert forward == backward
    assert len(forward) <= 8
    assert all(s.distance_m <= radius_m + precision_m for s in forward)
    keys = [(s.not_shareable is not None, not s.sight.sees) for s in forward]
    assert keys == sorted(keys)


def test_a_wider_uncertainty_never_makes_a_seeing_camera_blind() -> None:
    for north in (5, 50, 100, 119):
        seen = [sight(camera(1, north_m=north), PLACE, p).sight.sees for p in (0, 20, 100)]
        assert seen == [True, True, True]
    assert not sight(camera(1, north_m=500), Position(PLACE.lat_deg, PLACE.lon_deg), 20).sight.sees
