"""Masks cover every pixel of their polygons in all planes; the watermark is readable and says the second."""

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from crisislink.media.overlay import MASK_YUV, Marker, Masks, Planes, Polygons, moment

_WIDTH, _HEIGHT = 64, 48
_GREY = 201


def _planes(width: int, height: int) -> Planes:
    half = (height // 2, width // 2)
    return (
        np.full((height, width), _GREY, np.uint8),
        np.full(half, _GREY, np.uint8),
        np.full(half, _GREY, np.uint8),
    )


def _inside(polygon: list[tuple[float, float]], x: float, y: float) -> bool:
    """Even-odd ray casting, written without the product's rasteriser."""
    inside = False
    for (x1, y1), (x2, y2) in zip(polygon, polygon[1:] + polygon[:1], strict=True):
        if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
            inside = not inside
    return inside


def _drawn(polygons: Polygons, width: int = _WIDTH, height: int = _HEIGHT) -> Planes:
    planes = _planes(width, height)
    Masks(polygons, width, height).draw(planes)
    return planes


def _is_mask(planes: Planes, x: int, y: int) -> bool:
    luma, u, v = planes
    return (int(luma[y, x]), int(u[y // 2, x // 2]), int(v[y // 2, x // 2])) == MASK_YUV


_unit = st.floats(min_value=0, max_value=1, width=32)
_polygon = st.lists(st.tuples(_unit, _unit), min_size=3, max_size=7)


@settings(max_examples=120, deadline=None)
@given(st.lists(_polygon, min_size=1, max_size=3))
def test_every_pixel_whose_centre_a_polygon_holds_is_the_mask_colour(
    polygons: list[list[tuple[float, float]]],
) -> None:
    planes = _drawn(polygons)
    for y in range(_HEIGHT):
        for x in range(_WIDTH):
            at = ((x + 0.5) / _WIDTH, (y + 0.5) / _HEIGHT)
            if any(_inside(p, *at) for p in polygons):
                assert _is_mask(planes, x, y), (x, y)


@pytest.mark.parametrize(
    "polygon",
    [
        [(0.0, 0.0), (0.0, 1.0), (0.3, 0.5)],
        [(1.0, 0.0), (1.0, 1.0), (0.9, 0.5)],
        [(0.0, 1.0), (1.0, 1.0), (0.5, 0.97)],
    ],
    ids=["left", "right", "bottom"],
)
def test_a_polygon_on_the_border_covers_the_border(polygon: list[tuple[float, float]]) -> None:
    planes = _drawn([polygon])
    (x1, y1), (x2, y2) = polygon[0], polygon[1]
    for t in np.linspace(0, 1, 50):
        x = min(_WIDTH - 1, int((x1 + (x2 - x1) * t) * _WIDTH))
        y = min(_HEIGHT - 1, int((y1 + (y2 - y1) * t) * _HEIGHT))
        assert _is_mask(planes, x, y)


@pytest.mark.parametrize("at", [(0.5, 0.5), (0.0, 0.0), (1.0, 1.0), (0.999, 0.001)])
def test_an_area_smaller_than_a_pixel_still_covers_its_pixel(at: tuple[float, float]) -> None:
    x, y = at
    planes = _drawn([[(x, y), (x, y), (x, y)]])
    assert _is_mask(planes, min(_WIDTH - 1, int(x * _WIDTH)), min(_HEIGHT - 1, int(y * _HEIGHT)))


def test_the_whole_picture_can_be_masked() -> None:
    for plane, value in zip(_drawn([[(0, 0), (1, 0), (1, 1), (0, 1)]]), MASK_YUV, strict=True):
        assert np.all(plane == value)


def test_without_polygons_nothing_is_touched() -> None:
    assert all(np.all(plane == _GREY) for plane in _drawn([]))


def test_a_mask_reaches_no_further_than_its_dilation_and_cells() -> None:
    luma = _drawn([[(0.25, 0.25), (0.5, 0.25), (0.5, 0.5), (0.25, 0.5)]])[0]
    rows, columns = np.nonzero(luma != _GREY)
    assert rows.min() >= 12 - 5
    assert rows.max() <= 24 + 5
    assert columns.min() >= 16 - 5
    assert columns.max() <= 32 + 5


def test_two_areas_far_apart_leave_what_is_between_them() -> None:
    planes = _drawn([[(0, 0), (0.1, 0), (0.1, 0.1)], [(0.9, 0.9), (1, 0.9), (1, 1)]])
    assert np.all(planes[0][16:36] == _GREY)


@pytest.mark.parametrize(("width", "height"), [(63, 48), (64, 47)])
def test_an_odd_size_is_refused(width: int, height: int) -> None:
    with pytest.raises(ValueError, match="even"):
        Masks([], width, height)


def _marked(line: str, at_us: int, *, exercise: bool = False) -> Planes:
    planes = _planes(640, 360)
    Marker(line, exercise=exercise, width=640, height=360).draw(planes, at_us)
    return planes


def _ink(luma: NDArray[np.uint8], top: int) -> int:
    return int(np.count_nonzero(luma[top : top + 16] > 150))


def test_the_text_at_wall_size_has_ink_in_both_lines_and_light_on_dark() -> None:
    luma, u, _ = _marked("SAMU 31 · 7K2QX · 014 Allées François-Verdier", 1_700_000_000_000_000)
    for top in (0, 16):
        band = luma[top : top + 16]
        assert _ink(luma, top) > 300
        assert int(band.max()) >= 220
        assert int(np.median(band)) == 24
    assert np.all(u[:16] == 128)
    assert np.all(luma[32:] == _GREY)


def test_accents_are_drawn() -> None:
    plain, accented = (_marked(word, 0)[0] for word in ("Allees cote ca", "Allées côté ça"))
    missing = _marked("All\ue000es c\ue000t\ue000 \ue000a", 0)[0]
    assert _ink(accented, 0) > _ink(plain, 0)
    assert not np.array_equal(accented[:16], missing[:16])


def test_a_long_line_is_made_smaller_until_it_fits() -> None:
    luma = _marked("M" * 70, 0)[0]
    assert np.all(luma[:16, -3:] == 24), "the last letter is cut at the border"


def test_an_exercise_says_so_in_a_third_band_of_its_own_colour() -> None:
    luma, _, v = _marked("SAMU 31", 0, exercise=True)
    assert np.all(v[16:24] == 175)
    assert int(np.median(luma[32:48])) == 150
    assert np.count_nonzero(luma[32:48] < 40) > 300, "dark letters, readable on the band"
    assert not np.any(_marked("SAMU 31", 0)[2][16:24] == 175)


def test_the_time_changes_with_the_second_and_not_within_it() -> None:
    marker = Marker("SAMU 31", exercise=False, width=640, height=360)
    seen = []
    for at_us in (10_000_000, 10_999_999, 11_000_000):
        planes = _planes(640, 360)
        marker.draw(planes, at_us)
        seen.append(planes[0])
    assert np.array_equal(seen[0], seen[1])
    assert not np.array_equal(seen[1][16:32], seen[2][16:32])
    assert np.array_equal(seen[1][:16], seen[2][:16])


@pytest.mark.parametrize(
    ("utc", "says"),
    [
        (datetime(2026, 7, 14, 22, 30, 5, tzinfo=UTC), "2026-07-14 22:30:05 UTC · 00:30:05 Paris (+02:00)"),
        (datetime(2026, 10, 25, 0, 59, 59, tzinfo=UTC), "2026-10-25 00:59:59 UTC · 02:59:59 Paris (+02:00)"),
        (datetime(2026, 10, 25, 1, 0, tzinfo=UTC), "2026-10-25 01:00:00 UTC · 02:00:00 Paris (+01:00)"),
    ],
)
def test_the_moment_is_utc_and_paris_with_its_offset(utc: datetime, says: str) -> None:
    assert moment(int(utc.timestamp())) == says
