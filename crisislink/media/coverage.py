"""From polygons to the pixels they cover, exactly: what a privacy mask is before it has a colour.

A pixel is the closed square [column, column + 1] × [row, row + 1]. A polygon touches the squares that its
outline meets, and holds those whose centre its outline winds around at all: a ring that crosses or repeats
itself leaves no hole, so the even-odd and the non-zero rule are both covered. Pillow's `polygon` is
even-odd and its `line` cuts coordinates to whole pixels: hence our own.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

MARGIN_PX = 2  # the scaler's taps: what it mixes into a pixel comes from no farther
_EPSILON_PX = 1e-3  # rounding may add a pixel to a mask, never take one

Polygons = Sequence[Sequence[tuple[float, float]]]


def cover(polygons: Polygons, width: int, height: int) -> NDArray[np.bool_]:
    """Which 2×2 cells (height/2 × width/2) hold a pixel within two columns and rows of one a polygon touches.

    No covered pixel is farther than 4.3 px (three columns and rows) from its polygon. Coordinates: in [0, 1].
    """
    touched = np.zeros((height, width), bool)
    for polygon in polygons:
        ring = np.array(polygon, float) * (width, height)
        touched |= _wound(ring, width, height) | _outlined(ring, width, height)
    pixels = _widened(_widened(touched).T).T
    return np.ascontiguousarray(pixels.reshape(height // 2, 2, width // 2, 2).any(axis=(1, 3)))


def _wound(ring: NDArray[np.float64], width: int, height: int) -> NDArray[np.bool_]:
    """The pixels whose centre the ring (n × 2, in pixels) winds around: turns of the edges to their left."""
    ax, ay = ring.T
    bx, by = np.roll(ring, -1, axis=0).T
    y = np.arange(height)[:, None] + 0.5
    turns = ((ay <= y) & (by > y)).astype(np.int32) - ((by <= y) & (ay > y))
    rows, edges = np.nonzero(turns)
    dx, dy = (bx - ax)[edges], (by - ay)[edges]
    x = ax[edges] + (rows + 0.5 - ay[edges]) * (dx / dy)
    first = np.ceil(np.clip(x, 0, width) - 0.5).astype(np.intp)  # the first centre that is right of it
    steps = np.zeros((height, width + 1), np.int32)
    np.add.at(steps, (rows, first), turns[rows, edges])
    return np.asarray(np.cumsum(steps[:, :width], axis=1) != 0)


def _outlined(ring: NDArray[np.float64], width: int, height: int) -> NDArray[np.bool_]:
    """The pixels that the outline meets: of each edge, in each row, from its leftmost to its rightmost."""
    a, b = ring, np.roll(ring, -1, axis=0)
    low, high = np.where((a[:, 1] <= b[:, 1])[:, None], [a, b], [b, a])  # by their y
    row = np.arange(height)[:, None]
    rows, edges = np.nonzero((low[:, 1] <= row + 1 + _EPSILON_PX) & (high[:, 1] >= row - _EPSILON_PX))
    (low_x, low_y), (high_x, high_y) = low[edges].T, high[edges].T
    tall = high_y - low_y > _EPSILON_PX
    slope = np.divide(high_x - low_x, high_y - low_y, out=np.zeros(len(edges)), where=tall)
    enters = low_x + (np.clip(rows, low_y, high_y) - low_y) * slope
    leaves = np.where(tall, low_x + (np.clip(rows + 1, low_y, high_y) - low_y) * slope, high_x)
    left, right = np.minimum(enters, leaves) - _EPSILON_PX, np.maximum(enters, leaves) + _EPSILON_PX
    steps = np.zeros((height, width + 1), np.int32)
    np.add.at(steps, (rows, np.clip(np.ceil(left) - 1, 0, width - 1).astype(np.intp)), 1)
    np.add.at(steps, (rows, np.clip(np.floor(right), 0, width - 1).astype(np.intp) + 1), -1)
    return np.asarray(np.cumsum(steps[:, :width], axis=1) > 0)


def _widened(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The mask and its margin of rows above and below."""
    wide = mask.copy()
    for step in range(1, MARGIN_PX + 1):
        wide[step:] |= mask[:-step]
        wide[:-step] |= mask[step:]
    return wide
