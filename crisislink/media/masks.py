"""Privacy masks, to the pixel. What they hide is not in the picture any more, in no plane, in no form.

Planes are uint8 arrays of limited-range Y'CbCr 4:2:0: luma height × width, chroma half of each. A mask covers
every pixel its polygons touch, two more for the scaler's taps, and whole 2×2 chroma cells.

`SOLID` is one colour. `PIXELATED` tells where something large and bright is, and is not to be undone
(docs/masks.md): cells of a fifteenth of the height, one of eight greys each, taken every two seconds.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from crisislink.core.cameras import MaskStyle

MASK_YUV = (60, 128, 128)
BLACK_YUV = (16, 128, 128)
_DILATION_PX = 2
CELLS_HIGH = 15
GREYS = 8
HELD_S = 2.0

Plane = NDArray[np.uint8]
Planes = tuple[Plane, Plane, Plane]
Polygons = Sequence[Sequence[tuple[float, float]]]


@dataclass(frozen=True, slots=True)
class _Patch:
    """A part of a plane and which of its pixels are masked."""

    rows: slice
    columns: slice
    where: NDArray[np.bool_]


class Masks:
    """The masked areas at one size. Raises ValueError for an odd size."""

    def __init__(
        self, polygons: Polygons, width: int, height: int, style: MaskStyle = MaskStyle.SOLID
    ) -> None:
        if width % 2 or height % 2:
            raise ValueError("4:2:0 needs even sizes")
        cells = cover(polygons, width, height)
        self._chroma = _patches(cells)
        self._luma = _patches(cells.repeat(2, axis=0).repeat(2, axis=1))
        self._mosaic = _Mosaic(width, height) if style is MaskStyle.PIXELATED else None

    def draw(self, planes: Planes, now_s: float) -> None:
        """Cover the masked areas, in place. `now_s`: of the picture, on any clock that does not go back."""
        luma, u, v = planes
        if self._mosaic is None or not self._luma:
            _fill(luma, self._luma, MASK_YUV[0])
        else:
            greys = self._mosaic.greys(luma, now_s)
            for patch in self._luma:
                part = luma[patch.rows, patch.columns]
                np.copyto(part, greys[patch.rows, patch.columns], where=patch.where)
        _fill(u, self._chroma, MASK_YUV[1])
        _fill(v, self._chroma, MASK_YUV[2])


def _fill(plane: Plane, patches: Sequence[_Patch], value: int) -> None:
    for patch in patches:
        np.copyto(plane[patch.rows, patch.columns], np.uint8(value), where=patch.where)


class _Mosaic:
    """The greys of the cells, held for two seconds."""

    def __init__(self, width: int, height: int) -> None:
        self._cell = -(-height // CELLS_HIGH)
        self._size = (width, height)
        self._taken_s: float | None = None
        self._greys: Plane = np.zeros((height, width), np.uint8)

    def greys(self, luma: Plane, now_s: float) -> Plane:
        """A luma plane (height × width) of cells."""
        if self._taken_s is None or not 0 <= now_s - self._taken_s < HELD_S:
            self._taken_s, self._greys = now_s, self._taken(luma)
        return self._greys

    def _taken(self, luma: Plane) -> Plane:
        width, height = self._size
        rows, columns = np.arange(0, height, self._cell), np.arange(0, width, self._cell)
        sums = np.add.reduceat(np.add.reduceat(luma, rows, axis=0, dtype=np.uint32), columns, axis=1)
        heights, widths = np.diff(rows, append=height), np.diff(columns, append=width)
        means = sums // (heights[:, None] * widths[None, :])
        steps = np.clip((means - np.minimum(means, 16)) * GREYS // 220, 0, GREYS - 1)
        greys = (16 + (2 * steps + 1) * 220 // (2 * GREYS)).astype(np.uint8)
        return np.asarray(greys.repeat(heights, axis=0).repeat(widths, axis=1))


def cover(polygons: Polygons, width: int, height: int) -> NDArray[np.bool_]:
    """Which 2×2 cells (height/2 × width/2) hold a pixel that a polygon touches, dilated by two pixels.

    A polygon holds what it winds around at all: one that crosses or repeats itself leaves no hole.
    """
    image = Image.new("L", (width, height))
    draw = ImageDraw.Draw(image)
    inside = np.zeros((height, width), np.uint8)
    for polygon in polygons:
        points = [(x * width - 0.5, y * height - 0.5) for x, y in polygon]
        draw.line([*points, points[0]], fill=255, width=1)
        inside |= _wound(np.array(points), width, height)
    touched = Image.fromarray(np.maximum(np.asarray(image), 255 * inside))
    pixels = np.asarray(touched.filter(ImageFilter.MaxFilter(2 * _DILATION_PX + 1))) > 0
    return np.asarray(pixels.reshape(height // 2, 2, width // 2, 2).any(axis=(1, 3)))


def _wound(points: NDArray[np.float64], width: int, height: int) -> NDArray[np.uint8]:
    """1 where the ring (n × 2, pixel centres at whole numbers) winds around a centre; by scan lines."""
    ax, ay = points.T
    bx, by = np.roll(points, -1, axis=0).T
    y = np.arange(height)[:, None]
    turns = ((ay <= y) & (by > y)).astype(np.int8) - ((by <= y) & (ay > y)).astype(np.int8)
    with np.errstate(divide="ignore", invalid="ignore"):
        x = np.where(turns != 0, ax + (y - ay) * (bx - ax) / (by - ay), np.inf)
    order = np.argsort(x, axis=1)
    x, turns = np.take_along_axis(x, order, axis=1), np.take_along_axis(turns, order, axis=1)
    winding = np.cumsum(turns, axis=1)
    rows, edges = np.nonzero(winding)
    starts = np.ceil(np.clip(x[rows, edges], 0, width)).astype(np.intp)
    ends = np.floor(np.clip(x[rows, edges + 1], -1, width - 1)).astype(np.intp) + 1
    some = ends > starts
    steps = np.zeros((height, width + 1), np.int32)
    np.add.at(steps, (rows[some], starts[some]), 1)
    np.add.at(steps, (rows[some], ends[some]), -1)
    return (np.cumsum(steps, axis=1)[:, :width] > 0).astype(np.uint8)


def _patches(mask: NDArray[np.bool_]) -> tuple[_Patch, ...]:
    """One patch for each run of rows that are masked at all: small areas cost little."""
    rows = np.flatnonzero(np.any(mask, axis=1))
    patches = []
    for run in np.split(rows, np.flatnonzero(np.diff(rows) > 1) + 1) if rows.size else ():
        columns = np.flatnonzero(mask[run].any(axis=0))
        y, x = slice(int(run[0]), int(run[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)
        patches.append(_Patch(y, x, np.ascontiguousarray(mask[y, x])))
    return tuple(patches)


def blacken(planes: Planes) -> None:
    """No picture at all."""
    for plane, value in zip(planes, BLACK_YUV, strict=True):
        plane[:] = value
