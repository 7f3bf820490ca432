"""What a decoded frame must show: masks to the pixel, a watermark, and a picture that moves."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crisislink.check.stream import Picture
from crisislink.core.cameras import MaskPolygon, MaskStyle, PrivacyMask
from crisislink.media.masks import CELLS_HIGH, MASK_YUV
from crisislink.media.watermark import TILE_STEP, TILE_TURN, text_rows, tile

CODEC_TOLERANCE = 16 + TILE_STEP  # levels that H.264 may add to a pixel beside a sharp edge, and our tile
MEAN_TOLERANCE = 1.0  # and to the whole area
TILE_SCORE = 4.0  # a scene reaches it by chance in one picture of 30,000; with its tile, 6 and more at 720p
_MOVED = 4.0


def masked(picture: Picture, mask: PrivacyMask) -> bool:
    """Whether every pixel of the masked area, outside the watermark's lines, is the mask's colour (or grey).

    The area is rasterised here by its own rule (pixel centres, even-odd), not by the product's code.
    """
    height, width = picture.luma.shape
    inside = np.zeros((height, width), bool)
    for polygon in mask.polygons:
        inside |= _inside(polygon, width, height)
    for top, bottom in text_rows(height):
        inside[top:bottom] = False
    if not inside.any():
        return False
    chroma = inside[::2, ::2]
    luma, u, v = MASK_YUV
    plain = _is_colour(picture.u[chroma], u) and _is_colour(picture.v[chroma], v)
    if mask.style is MaskStyle.PIXELATED:
        return plain and _is_mosaic(picture.luma, inside)
    return plain and _is_colour(picture.luma[inside], luma)


def _is_mosaic(luma: NDArray[np.uint8], inside: NDArray[np.bool_]) -> bool:
    """Whether each cell that lies wholly inside has one grey."""
    height, width = luma.shape
    cell = -(-height // CELLS_HIGH)
    parts = [
        luma[y : y + cell, x : x + cell]
        for y in range(0, height - cell + 1, cell)
        for x in range(0, width - cell + 1, cell)
        if inside[y : y + cell, x : x + cell].all()
    ]
    return all(_is_colour(part.ravel(), int(np.median(part))) for part in parts)


def _is_colour(samples: NDArray[np.uint8], colour: int) -> bool:
    off = np.abs(samples.astype(int) - colour)
    return bool(off.max() <= CODEC_TOLERANCE and off.mean() <= MEAN_TOLERANCE)


def _inside(polygon: MaskPolygon, width: int, height: int) -> NDArray[np.bool_]:
    y, x = np.mgrid[0:height, 0:width]
    px, py = (x + 0.5) / width, (y + 0.5) / height
    odd = np.zeros((height, width), bool)
    ring = polygon.points
    for (ax, ay), (bx, by) in zip(ring, (*ring[1:], ring[0]), strict=True):
        if ay != by:
            crosses = (ay > py) != (by > py)
            odd ^= crosses & (px < ax + (py - ay) * (bx - ax) / (by - ay))
    return odd


def watermarked(pictures: Sequence[Picture], reference: str) -> bool:
    """Whether every picture has the lines of text (light on dark, in their place) and the grant's tile."""
    return bool(pictures) and all(
        _has_text(p.luma) and tile_score(p.luma, reference, p.message.capture_us // 60_000_000) > TILE_SCORE
        for p in pictures
    )


def tile_score(luma: NDArray[np.uint8], reference: str, minute: int) -> float:
    """How much the tile of this reference and minute (UTC, since 1970) stands out where it should stand.

    In standard deviations of what the same letters find at all other places of the picture, their own
    neighbours included; without a tile, the score of a scene is about 0 ± 1.
    """
    height, width = luma.shape
    below = text_rows(height)[-1][1]
    letters = tile(reference, minute, width, height)[below:].astype(float)
    seen = np.fft.rfft2(fine(luma)[below:]) * np.conj(np.fft.rfft2(letters - letters.mean()))
    found = np.fft.irfft2(seen, letters.shape)
    return float((found[0, 0] - found.mean()) / found.std())


def fine(luma: NDArray[Any]) -> NDArray[np.float64]:
    """What differs from the 9×9 pixels around, as the tile would: up in the dark, down in the light."""
    sums = np.pad(np.pad(luma.astype(float), 4, mode="edge").cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    around = (sums[9:, 9:] - sums[:-9, 9:] - sums[9:, :-9] + sums[:-9, :-9]) / 81
    up = np.where(around < TILE_TURN, 1.0, -1.0)
    return np.asarray(np.clip(luma - around, -1.5 * TILE_STEP, 1.5 * TILE_STEP) * up)


def _has_text(luma: NDArray[np.uint8]) -> bool:
    height = luma.shape[0]
    found = []
    for top, bottom in text_rows(height):
        line = luma[top:bottom]
        light, dark = float((line > 170).mean()), float((line < 90).mean())
        found.append(0.01 < light < 0.5 and dark > 0.2)
    return bool(found) and all(found)


def moved(pictures: Sequence[Picture]) -> bool:
    """Whether the first and the last of one size differ: on a busy machine a viewer steps down meanwhile."""
    sizes = {picture.luma.shape for picture in pictures}
    alike = [[one for one in pictures if one.luma.shape == size] for size in sizes]
    return any(_differ(same[0], same[-1]) for same in alike)


def _differ(before: Picture, after: Picture) -> bool:
    """Whether they differ where nothing of ours is written."""
    height = before.luma.shape[0]
    rows = np.ones(height, bool)
    for top, bottom in text_rows(height):
        rows[top:bottom] = False
    difference = np.abs(before.luma[rows].astype(int) - after.luma[rows].astype(int))
    return float(np.percentile(difference, 99.5)) > _MOVED
