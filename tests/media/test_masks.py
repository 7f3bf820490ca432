"""Masks leave nothing of what they hide: in no plane, in no mosaic, in no byte that leaves the encoder."""

import base64
import json
from itertools import pairwise
from math import log2

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from crisislink.core.cameras import MaskStyle
from crisislink.media.coverage import Polygons, cover
from crisislink.media.encoder import BOUNDS, Encoder, fit
from crisislink.media.frames import Rendition
from crisislink.media.masks import CELLS_HIGH, GREYS, HELD_S, MASK_YUV, Masks, Planes
from crisislink.media.picture import Studio, planes

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
    """Blocks of all brightnesses under noise, all of it another in each scene, masked."""
    random, cell = np.random.default_rng(scene), -(-size[1] // CELLS_HIGH)
    made = _planes(*size)
    for plane in made:
        height, width = plane.shape
        blocks = random.integers(0, 256, (height // cell + 1, width // cell + 1), np.uint8)
        noise = random.integers(0, 32, plane.shape, np.uint8)
        plane[:] = blocks.repeat(cell, 0).repeat(cell, 1)[:height, :width] ^ noise
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


@pytest.mark.parametrize("size", [(1280, 720), (640, 360), (352, 288), (48, 400)], ids=str)
def test_no_cell_of_a_mosaic_is_smaller_than_a_fifteenth_of_the_height(size: tuple[int, int]) -> None:
    """What is left at the border joins its neighbour: a narrow cell would tell more than the others."""
    luma = _mosaic(1, 0.0, Masks([_ALL], *size, MaskStyle.PIXELATED), size)[0]
    cell = -(-size[1] // CELLS_HIGH)
    for lines in (luma, luma.T):
        edges = np.flatnonzero(np.any(np.diff(lines.astype(int), axis=0), axis=1)) + 1
        assert np.all(edges % cell == 0)
        assert np.all(np.diff(edges, prepend=0, append=len(lines)) >= min(cell, len(lines)))


@pytest.mark.parametrize("rendition", list(Rendition))
def test_a_mosaic_of_a_moving_scene_tells_no_more_than_600_bits_a_second(rendition: Rendition) -> None:
    """Everything is masked and all of it changes with each picture: what differs in the output is counted."""
    size, fps, span_s = fit(1280, 720, rendition), BOUNDS[rendition].fps, 4
    masks = Masks([_ALL], *size, MaskStyle.PIXELATED)
    shown: list[NDArray[np.uint8]] = []
    for n in range(round(span_s * fps)):
        luma = _mosaic(n, n / fps, masks, size)[0]
        if not shown or not np.array_equal(luma, shown[-1]):
            shown.append(luma)
    cell = -(-size[1] // CELLS_HIGH)
    cells = len(range(0, size[0] - cell + 1, cell)) * len(range(0, size[1] - cell + 1, cell))
    greys = len(np.unique(np.stack(shown)))
    assert len(shown) == span_s / HELD_S
    assert greys == GREYS, "the scene leaves none out: the bound is reached, not passed"
    assert len(shown) * cells * log2(GREYS) / span_s <= 600


def test_all_renditions_take_their_greys_at_the_same_moments() -> None:
    """Each sampling another moment, they would together tell more than the bound of one."""
    turned = []
    for first_s in (0.0, 0.7, 1.9):  # a viewer of each comes when they like
        masks, seen = Masks([_ALL], 320, 180, MaskStyle.PIXELATED), []
        for n, now_s in enumerate(np.arange(first_s, 9.0, 0.04)):
            seen.append((float(now_s), _mosaic(n, float(now_s), masks)[0].tobytes()))
        turned.append({int(b[0] // HELD_S) for a, b in pairwise(seen) if a[1] != b[1]})
    assert turned == [{1, 2, 3, 4}] * 3


def test_a_cell_that_is_hardly_masked_still_tells_one_of_eight_greys() -> None:
    """Who knows all of the cell but a speck may compute the speck's mean from it, and no more than that."""
    size, seen = (320, 180), set()
    speck = [(0.5, 0.5), (0.503, 0.5), (0.503, 0.505)]
    cells = cover([speck], *size).repeat(2, axis=0).repeat(2, axis=1)
    for scene in range(40):
        luma, _, _ = _mosaic(scene, 0.0, Masks([speck], *size, MaskStyle.PIXELATED), size)
        assert len(np.unique(luma[cells])) <= 2, "the speck lies on the border of two cells at most"
        seen |= set(np.unique(luma[cells]).tolist())
    assert len(seen) <= GREYS


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


_HIDDEN = [(0.3, 0.4), (0.7, 0.45), (0.66, 0.8), (0.31, 0.77)]


def _scene(size: tuple[int, int], n: int, hidden: int) -> av.VideoFrame:
    """A moving picture; behind the mask, to the last pixel that the polygon touches, another for each
    `hidden`.
    """
    width, height = size
    frame = av.VideoFrame(width, height, "yuv420p")
    random = np.random.default_rng((hidden, n))
    y, x = np.mgrid[0:height, 0:width]
    behind = _touched(_HIDDEN, width, height)
    chroma = behind.reshape(height // 2, 2, width // 2, 2).all(axis=(1, 3))
    luma, u, v = planes(frame)
    luma[:] = np.where(((x + 3 * n) // 8 + y // 8) % 2, 225, 25)
    luma[behind] = random.integers(0, 256, int(behind.sum()), np.uint8)
    for plane in (u, v):
        plane[:] = 100
        plane[chroma] = random.integers(0, 256, int(chroma.sum()), np.uint8)
    return frame


def _touched(polygon: list[tuple[float, float]], width: int, height: int) -> NDArray[np.bool_]:
    """The pixels whose square meets a convex polygon, by separating axes."""
    ring = np.array(polygon) * (width, height)
    y, x = np.mgrid[0:height, 0:width].astype(float)
    apart = (x > ring[:, 0].max()) | (x + 1 < ring[:, 0].min())
    apart |= (y > ring[:, 1].max()) | (y + 1 < ring[:, 1].min())
    for (ax, ay), (bx, by) in zip(ring, np.roll(ring, -1, axis=0), strict=True):
        nx, ny = by - ay, ax - bx  # outwards: the ring turns right, y is down
        nearest = nx * (x + (nx < 0) - ax) + ny * (y + (ny < 0) - ay)
        apart |= nearest > 0
    return np.asarray(~apart)


@pytest.mark.parametrize("size", [(1920, 1080), (1280, 720), (704, 576)], ids=str)
@pytest.mark.parametrize("rendition", list(Rendition))
def test_what_is_behind_a_solid_mask_changes_no_byte_that_leaves(
    size: tuple[int, int], rendition: Rendition
) -> None:
    """Neither the scaler's taps nor the encoder's prediction, deblocking or rate control know of it."""
    sent = []
    for hidden in (1, 2):
        studio = Studio([_HIDDEN], [size])
        encoder = Encoder(rendition, *fit(*size, rendition))
        units = []
        for n in range(6):
            frame = _scene(size, n, hidden)
            studio.see(frame)
            units.append(encoder.encode(studio.masked(frame, rendition, n / 25), n * 3_600))
        sent.append(units)
    assert all(unit is not None for unit in sent[0])
    assert sent[0] == sent[1]
