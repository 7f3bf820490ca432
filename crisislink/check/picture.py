"""What a decoded frame must show: masks to the pixel, a watermark, and a picture that moves."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from crisislink.check.stream import Picture
from crisislink.core.cameras import MaskPolygon
from crisislink.media import overlay

CODEC_TOLERANCE = 16  # levels of 255 that superfast H.264 may add to a pixel beside a sharp edge
MEAN_TOLERANCE = 1.0  # and to the whole area
_MOVED = 4.0


def masked(picture: Picture, polygons: Sequence[MaskPolygon]) -> bool:
    """Whether every pixel of the masked area, outside the watermark's lines, is the mask's colour.

    The area is rasterised here by its own rule (pixel centres, even-odd), not by the product's code.
    """
    height, width = picture.luma.shape
    inside = np.zeros((height, width), bool)
    for polygon in polygons:
        inside |= _inside(polygon, width, height)
    for top, bottom in overlay.text_rows(width, height):
        inside[top:bottom] = False
    if not inside.any():
        return False
    pairs = ((picture.luma, inside), (picture.u, inside[::2, ::2]), (picture.v, inside[::2, ::2]))
    return all(
        _is_colour(plane[where], colour)
        for (plane, where), colour in zip(pairs, overlay.MASK_YUV, strict=True)
    )


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


def watermarked(pictures: Sequence[Picture]) -> bool:
    """Whether the lines of text are there (light on dark, in their place) in every picture."""
    return bool(pictures) and all(_has_text(p.luma) for p in pictures)


def _has_text(luma: NDArray[np.uint8]) -> bool:
    height, width = luma.shape
    found = []
    for top, bottom in overlay.text_rows(width, height):
        line = luma[top:bottom]
        light, dark = float((line > 170).mean()), float((line < 90).mean())
        found.append(0.01 < light < 0.5 and dark > 0.2)
    return bool(found) and all(found)


def moved(before: Picture, after: Picture) -> bool:
    """Whether the pictures differ where nothing of ours is written."""
    height, width = before.luma.shape
    rows = np.ones(height, bool)
    for top, bottom in overlay.text_rows(width, height):
        rows[top:bottom] = False
    difference = np.abs(before.luma[rows].astype(int) - after.luma[rows].astype(int))
    return float(np.percentile(difference, 99.5)) > _MOVED
