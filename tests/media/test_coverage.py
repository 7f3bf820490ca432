"""Coverage is exact by the word of an independent rasteriser, GEOS: nothing left out, nothing far added."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from shapely import LineString, Point, box, distance, intersects, unary_union
from shapely.geometry.base import BaseGeometry
from shapely.ops import polygonize

from crisislink.core.cameras import POINTS_MAX
from crisislink.media.coverage import MARGIN_PX, cover

Ring = list[tuple[float, float]]

_WIDTH, _HEIGHT = 64, 48
_REACH_PX = 4.3  # three columns and rows: two of margin, one that a 2×2 cell adds
_unit = st.floats(min_value=0, max_value=1, width=32, allow_subnormal=False) | st.sampled_from(
    (0.0, 0.25, 0.5, 0.75, 1.0)
)
_any_ring = st.lists(st.tuples(_unit, _unit), min_size=3, max_size=9)
_tiny = st.floats(min_value=0, max_value=0.02, allow_subnormal=False)


@st.composite
def _slivers(draw: st.DrawFn) -> Ring:
    """Long, and less than a pixel wide."""
    (ax, ay), (bx, by) = draw(st.tuples(_unit, _unit)), draw(st.tuples(_unit, _unit))
    return [(ax, ay), (bx, by), (min(1.0, bx + draw(_tiny)), min(1.0, by + draw(_tiny)))]


@st.composite
def _retraced(draw: st.DrawFn) -> Ring:
    """A ring walked twice, or there and back: even-odd sees nothing there."""
    ring = draw(_any_ring)
    return ring + (ring[::-1] if draw(st.booleans()) else ring)


@st.composite
def _collinear(draw: st.DrawFn) -> Ring:
    """All on one line."""
    (ax, ay), (bx, by) = draw(st.tuples(_unit, _unit)), draw(st.tuples(_unit, _unit))
    return [(ax + (bx - ax) * t, ay + (by - ay) * t) for t in draw(st.lists(_unit, min_size=3, max_size=6))]


_ring = _any_ring | _slivers() | _retraced() | _collinear()


def _witness(polygon: Ring, width: int, height: int) -> BaseGeometry:
    """The closed region in pixels, by GEOS: the faces of the outline that it winds around, and itself."""
    ring = [(x * width, y * height) for x, y in polygon]
    if len(set(ring)) == 1:
        return Point(ring[0])  # GEOS drops a line without length from a union
    outline = LineString([*ring, ring[0]])
    inside = [p for p in polygonize(unary_union(outline)) if _wound(ring, p.representative_point())]
    return unary_union([*inside, outline])


def _wound(ring: Ring, at: Point) -> bool:
    """Whether the ring winds around the point at all."""
    turns = 0
    for (ax, ay), (bx, by) in zip(ring, ring[1:] + ring[:1], strict=True):
        if (ay <= at.y) != (by <= at.y):
            left = (bx - ax) * (at.y - ay) - (at.x - ax) * (by - ay)
            turns += (1 if left > 0 else 0) if by > ay else (-1 if left < 0 else 0)
    return turns != 0


def _with_margin(touched: NDArray[np.bool_]) -> NDArray[np.bool_]:
    padded, steps = np.pad(touched, MARGIN_PX), range(2 * MARGIN_PX + 1)
    height, width = touched.shape
    shifted = [padded[dy : dy + height, dx : dx + width] for dy in steps for dx in steps]
    return np.asarray(np.any(shifted, axis=0))


@settings(max_examples=200, deadline=None)
@given(st.lists(_ring, min_size=1, max_size=3))
@example([[(0.0, 0.0), (0.0, 0.0), (0.0, 0.0)], [(0.0, 1.0), (0.0, 1.0), (0.0, 0.5)]])
@example([[(0.1, 0.1), (0.9, 0.1), (0.9, 0.9), (0.1, 0.9), (0.1, 0.1), (0.9, 0.1), (0.9, 0.9), (0.1, 0.9)]])
@example([[(0.5, 0.0), (0.8, 1.0), (0.0, 0.4), (1.0, 0.4), (0.2, 1.0)]])
def test_what_a_polygon_touches_is_covered_with_its_margin_and_nothing_farther(polygons: list[Ring]) -> None:
    covered = cover(polygons, _WIDTH, _HEIGHT).repeat(2, axis=0).repeat(2, axis=1)
    y, x = np.mgrid[0:_HEIGHT, 0:_WIDTH]
    pixels = box(x, y, x + 1, y + 1)
    regions = [_witness(p, _WIDTH, _HEIGHT) for p in polygons]
    touched = np.any([intersects(region, pixels) for region in regions], axis=0)
    assert not np.any(_with_margin(touched) & ~covered)
    with np.errstate(divide="ignore", invalid="ignore"):  # the witness on a polygon without extent
        near = np.min([distance(region, pixels) for region in regions], axis=0)
    assert not np.any(covered & (near > _REACH_PX))


@pytest.mark.parametrize("size", [(1280, 720), (320, 180)], ids=str)
def test_two_opposite_rings_do_not_cancel_each_other(size: tuple[int, int]) -> None:
    ring = [(0.2, 0.2), (0.8, 0.2), (0.8, 0.8), (0.2, 0.8)]
    assert np.array_equal(cover([ring, ring[::-1]], *size), cover([ring], *size))


def test_the_longest_ring_allowed_is_covered_at_every_point() -> None:
    random = np.random.default_rng(5)
    ring = [(float(x), float(y)) for x, y in random.random((POINTS_MAX, 2))]
    cells = cover([ring], 1280, 720)
    assert all(cells[int(y * 360), int(x * 640)] for x, y in ring)
