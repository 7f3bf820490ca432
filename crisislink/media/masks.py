"""Privacy masks, to the pixel. What they hide is not in the picture any more, in no plane, in no form.

Planes are uint8 arrays of limited-range Y'CbCr 4:2:0: luma height × width, chroma half of each. Which cells
are masked is `coverage`; here they get what is shown in their place, in whole 2×2 cells, in all planes.

`SOLID` is one colour. `PIXELATED` tells where something large and bright is, and is not to be undone
(docs/masks.md): cells of a fifteenth of the height, one of eight greys each, taken every two seconds.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crisislink.core.cameras import MaskStyle
from crisislink.media.coverage import Polygons, cover

MASK_YUV = (60, 128, 128)
BLACK_YUV = (16, 128, 128)
CELLS_HIGH = 15
GREYS = 8
HELD_S = 2.0

Plane = NDArray[np.uint8]
Planes = tuple[Plane, Plane, Plane]


@dataclass(frozen=True, slots=True)
class _Patch:
    """A part of a plane: `shown` has all bits set where the picture shows, `hidden` where it is masked."""

    rows: slice
    columns: slice
    shown: Plane
    hidden: Plane


class Masks:
    """The masked areas at one size. Raises ValueError for an odd size."""

    def __init__(
        self, polygons: Polygons, width: int, height: int, style: MaskStyle = MaskStyle.SOLID
    ) -> None:
        if width % 2 or height % 2:
            raise ValueError("4:2:0 needs even sizes")
        cells = cover(polygons, width, height)
        chroma = _patches(cells)
        luma = _patches(cells.repeat(2, axis=0).repeat(2, axis=1))
        self._patches = (luma, chroma, chroma)
        self._inks = [_inks(p, np.uint8(value)) for p, value in zip(self._patches, MASK_YUV, strict=True)]
        self._mosaic = _Mosaic(width, height) if style is MaskStyle.PIXELATED and luma else None

    def draw(self, planes: Planes, now_s: float) -> None:
        """Cover the masked areas, in place. `now_s`: of the picture, on any clock that does not go back."""
        if self._mosaic is not None and self._mosaic.turn(planes[0], now_s):
            self._inks[0] = _inks(self._patches[0], self._mosaic.greys)
        for plane, patches, inks in zip(planes, self._patches, self._inks, strict=True):
            for patch, ink in zip(patches, inks, strict=True):
                # Two passes of whole machine words: a quarter of the time of a masked copy.
                part = plane[patch.rows, patch.columns]
                np.bitwise_and(part, patch.shown, out=part)
                np.bitwise_or(part, ink, out=part)


class _Mosaic:
    """The greys of the cells (`greys`: a luma plane), held for two seconds.

    All renditions turn at the same moments of their common clock, whatever frame they came in at: what one
    shows of a moment, another does not complete.
    """

    def __init__(self, width: int, height: int) -> None:
        cell = -(-height // CELLS_HIGH)
        # What is left at the right and the bottom joins the last whole cell: none is smaller than a cell.
        self._rows = np.arange(0, height - cell + 1, cell)
        self._columns = np.arange(0, max(1, width - cell + 1), cell)
        self._heights = np.diff(self._rows, append=height)
        self._widths = np.diff(self._columns, append=width)
        self._held: int | None = None
        self.greys: Plane = np.zeros((height, width), np.uint8)

    def turn(self, luma: Plane, now_s: float) -> bool:
        """Take the greys of this picture if those of its two seconds were not taken; whether it did."""
        span = int(now_s // HELD_S)
        if span == self._held:
            return False
        self._held, self.greys = span, self._taken(luma)
        return True

    def _taken(self, luma: Plane) -> Plane:
        by_row = np.add.reduceat(luma, self._rows, axis=0, dtype=np.uint32)
        sums = np.add.reduceat(by_row, self._columns, axis=1)
        means = sums // (self._heights[:, None] * self._widths[None, :])
        steps = np.clip((means - np.minimum(means, 16)) * GREYS // 220, 0, GREYS - 1)
        greys = (16 + (2 * steps + 1) * 220 // (2 * GREYS)).astype(np.uint8)
        return np.asarray(greys.repeat(self._heights, axis=0).repeat(self._widths, axis=1))


def _patches(mask: NDArray[np.bool_]) -> tuple[_Patch, ...]:
    """One patch for each run of rows that are masked at all: small areas cost little."""
    rows = np.flatnonzero(np.any(mask, axis=1))
    patches = []
    for run in np.split(rows, np.flatnonzero(np.diff(rows) > 1) + 1) if rows.size else ():
        columns = np.flatnonzero(mask[run].any(axis=0))
        y, x = slice(int(run[0]), int(run[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)
        hidden = np.where(mask[y, x], np.uint8(255), np.uint8(0))
        patches.append(_Patch(y, x, ~hidden, hidden))
    return tuple(patches)


def _inks(patches: Sequence[_Patch], colour: np.uint8 | Plane) -> tuple[Plane, ...]:
    """What stands in each patch: of one colour or a whole plane of them; 0 where the picture shows."""
    whole = [colour if isinstance(colour, np.uint8) else colour[p.rows, p.columns] for p in patches]
    return tuple(np.asarray(ink & p.hidden) for ink, p in zip(whole, patches, strict=True))


def blacken(planes: Planes) -> None:
    """No picture at all."""
    for plane, value in zip(planes, BLACK_YUV, strict=True):
        plane[:] = value
