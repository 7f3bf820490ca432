"""Masks cover every pixel their polygons touch, in all planes, by the word of an independent rasteriser."""

import base64
import json

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, Point, box, distance, intersects, unary_union
from shapely.geometry.base import BaseGeometry
from shapely.ops import polygonize

from crisislink.core.cameras import MaskStyle
from crisislink.media.encoder import Encoder
from crisislink.media.frames import Rendition
from crisislink.media.masks import CELLS_HIGH, GREYS, MASK_YUV, Masks, Planes, Polygons, cover
from crisislink.media.picture import planes

_WIDTH, _HEIGHT = 64, 48
_GREY = 201


def _planes(width: int, height: int) -> Planes:
    half = (height // 2, width // 2)
    return (
        np.full((height, width), _GREY, np.uint8),
        np.full(half, _GREY, np.uint8),
        np.full(half, _GREY, np.uint8),
    )


def _drawn(polygons: Polygons, width: int = _WIDTH, height: int = _HEIGHT) -> Planes:
    planes = _planes(width, height)
    Masks(polygons, width, height).draw(planes, 0.0)
    return planes


def _is_mask(planes: Planes, x: int, y: int) -> bool:
    luma, u, v = planes
    return (int(luma[y, x]), int(u[y // 2, x // 2]), int(v[y // 2, x // 2])) == MASK_YUV


_unit = st.floats(min_value=0, max_value=1, width=32) | st.sampled_from((0.0, 0.25, 0.5, 0.75, 1.0))
_polygon = st.lists(st.tuples(_unit, _unit), min_size=3, max_size=9)
_REACH_PX = (
    5  # a masked pixel is at most this far from a polygon: 2 of dilation, the rest of its cell, its edge
)


def _witness(polygon: list[tuple[float, float]], width: int, height: int) -> BaseGeometry:
    """The closed region in pixels, by GEOS: the faces of the outline that it winds around, and itself."""
    ring = [(x * width, y * height) for x, y in polygon]
    outline = LineString([*ring, ring[0]])
    inside = [p for p in polygonize(unary_union(outline)) if _wound(ring, p.representative_point())]
    return unary_union([*inside, outline])


def _wound(ring: list[tuple[float, float]], at: Point) -> bool:
    """Whether the ring winds around the point at all."""
    turns = 0
    for (ax, ay), (bx, by) in zip(ring, ring[1:] + ring[:1], strict=True):
        if (ay <= at.y) != (by <= at.y):
            left = (bx - ax) * (at.y - ay) - (at.x - ax) * (by - ay)
            turns += (1 if left > 0 else 0) if by > ay else (-1 if left < 0 else 0)
    return turns != 0


@settings(max_examples=150, deadline=None)
@given(st.lists(_polygon, min_size=1, max_size=3))
def test_every_pixel_a_polygon_touches_is_covered_and_none_far_from_it(
    polygons: list[list[tuple[float, float]]],
) -> None:
    cells = cover(polygons, _WIDTH, _HEIGHT)
    covered = cells.repeat(2, axis=0).repeat(2, axis=1)
    y, x = np.mgrid[0:_HEIGHT, 0:_WIDTH]
    pixels = box(x, y, x + 1, y + 1)
    region = unary_union([_witness(p, _WIDTH, _HEIGHT) for p in polygons])
    touched = intersects(region, pixels)
    assert not np.any(touched & ~covered)
    assert not np.any(covered & (distance(region, pixels) > _REACH_PX))


@settings(max_examples=60, deadline=None)
@given(st.lists(_polygon, min_size=1, max_size=3))
def test_what_is_covered_is_covered_in_all_planes(polygons: list[list[tuple[float, float]]]) -> None:
    luma, u, v = _drawn(polygons)
    cells = cover(polygons, _WIDTH, _HEIGHT)
    wide = cells.repeat(2, axis=0).repeat(2, axis=1)
    for plane, where, value in ((luma, wide, 0), (u, cells, 1), (v, cells, 2)):
        assert np.all(plane[where] == MASK_YUV[value])
        assert np.all(plane[~where] == _GREY)


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


# -- mosaics -----------------------------------------------------------------------------------------

_ALL = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)]


def _mosaic(scene: int, now_s: float, masks: Masks, size: tuple[int, int] = (320, 180)) -> Planes:
    random = np.random.default_rng(scene)
    made = _planes(*size)
    for plane in made:
        plane[:] = random.integers(0, 256, plane.shape, np.uint8)
    masks.draw(made, now_s)
    return made


def test_a_mosaic_has_at_most_eight_greys_in_cells_of_a_fifteenth_and_no_colour() -> None:
    luma, u, v = _mosaic(1, 0.0, Masks([_ALL], 320, 180, MaskStyle.PIXELATED))
    cell = -(-180 // CELLS_HIGH)
    assert cell >= 180 / 15
    for y in range(0, 180, cell):
        for x in range(0, 320, cell):
            assert len(np.unique(luma[y : y + cell, x : x + cell])) == 1
    assert len(np.unique(luma)) <= GREYS
    assert np.all(u == 128)
    assert np.all(v == 128)


def test_a_mosaic_tells_nothing_new_for_two_seconds() -> None:
    masks = Masks([_ALL], 320, 180, MaskStyle.PIXELATED)
    dark, bright = _planes(320, 180), _planes(320, 180)
    dark[0][:], bright[0][:] = 30, 220
    first = dark[0].copy(), dark[1].copy(), dark[2].copy()
    masks.draw(first, 10.0)
    for after_s, same in ((0.04, True), (1.99, True), (2.0, False)):
        later = bright[0].copy(), bright[1].copy(), bright[2].copy()
        masks.draw(later, 10.0 + after_s)
        assert np.array_equal(first[0], later[0]) is same, after_s


def test_what_a_mosaic_tells_is_bounded_in_bits() -> None:
    """Two scenes that differ in detail only (same cell means) give the same mosaic: no detail is left."""
    random = np.random.default_rng(7)
    base = np.full((180, 320), 120, np.uint8)
    cell = -(-180 // CELLS_HIGH)
    seen = set()
    for _ in range(20):
        noise = random.integers(-60, 61, (cell, cell))
        noise -= np.rot90(noise, 2)  # its sum is zero
        detailed = base.astype(int)
        for y in range(0, 180 - cell + 1, cell):
            for x in range(0, 320 - cell + 1, cell):
                detailed[y : y + cell, x : x + cell] += noise
        planes = detailed.clip(0, 255).astype(np.uint8), _planes(320, 180)[1], _planes(320, 180)[2]
        Masks([_ALL], 320, 180, MaskStyle.PIXELATED).draw(planes, 0.0)
        seen.add(planes[0].tobytes())
    assert len(seen) == 1


# -- proof by decoding -------------------------------------------------------------------------------


@pytest.mark.parametrize("style", list(MaskStyle))
def test_after_encoding_and_decoding_nothing_of_what_is_hidden_is_left(style: MaskStyle) -> None:
    """A bright checkerboard moves behind the mask: the decoded area must not follow it."""
    width, height = 640, 360
    polygon = [(0.3, 0.4), (0.7, 0.4), (0.7, 0.8), (0.3, 0.8)]
    masks, encoder = Masks([polygon], width, height, style), Encoder(Rendition.WALL, width, height)
    config = json.loads(encoder.config(camera="c", grant="g"))
    decoder = av.CodecContext.create("h264", "r")
    assert isinstance(decoder, av.VideoCodecContext)
    decoder.extradata = base64.b64decode(config["avcc"])
    inner = (slice(int(0.44 * height), int(0.76 * height)), slice(int(0.34 * width), int(0.66 * width)))
    y, x = np.mgrid[0:height, 0:width]
    worst = 0.0
    for n in range(30):
        frame = av.VideoFrame(width, height, "yuv420p")
        luma, u, v = planes(frame)
        luma[:] = np.where(((x + 3 * n) // 8 + y // 8) % 2, 225, 25)
        u[:], v[:] = 90, 160
        hidden = luma[inner].astype(float)
        masks.draw(planes(frame), n / 12.5)
        unit = encoder.encode(frame, n * 7_200)
        assert unit is not None
        for shown in decoder.decode(av.Packet(unit[0])):
            seen = planes(shown)[0][inner].astype(float)
            off = np.abs(np.corrcoef(hidden.ravel(), seen.ravel())[0, 1]) if seen.std() > 0.5 else 0.0
            worst = max(worst, float(off))
            assert style is MaskStyle.PIXELATED or seen.std() < 2.0
    assert worst < 0.2
