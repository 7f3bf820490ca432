"""What is written over the picture: privacy masks to the pixel, and the watermark's lines of text.

Planes are uint8 arrays of limited-range Y'CbCr 4:2:0: luma height × width, chroma half of each. A mask covers
every pixel its polygon touches, two more for the scaler's taps, and whole 2×2 chroma cells.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

MASK_YUV = (60, 128, 128)
BLACK_YUV = (16, 128, 128)
_EXERCISE_YUV = (150, 60, 175)
_TEXT_Y = 235
_BAND_Y = 24
_DILATION_PX = 2
_FONT = Path(__file__).parent / "fonts" / "DejaVuSansMono-Bold.ttf"
_PARIS = ZoneInfo("Europe/Paris")

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

    def __init__(self, polygons: Polygons, width: int, height: int) -> None:
        if width % 2 or height % 2:
            raise ValueError("4:2:0 needs even sizes")
        cells = cover(polygons, width, height)
        self._chroma = _patches(cells)
        self._luma = _patches(cells.repeat(2, axis=0).repeat(2, axis=1))

    def draw(self, planes: Planes) -> None:
        """Cover the masked areas, in place."""
        for plane, patches, value in zip(
            planes, (self._luma, self._chroma, self._chroma), MASK_YUV, strict=True
        ):
            for patch in patches:
                plane[patch.rows, patch.columns][patch.where] = value


def cover(polygons: Polygons, width: int, height: int) -> NDArray[np.bool_]:
    """Which 2×2 cells (height/2 × width/2) hold a pixel that a polygon touches, dilated by two pixels."""
    image = Image.new("L", (width, height))
    draw = ImageDraw.Draw(image)
    for polygon in polygons:
        points = [(x * width - 0.5, y * height - 0.5) for x, y in polygon]
        draw.polygon(points, fill=255, outline=255)
        draw.line([*points, points[0]], fill=255, width=1)
    grown = image.filter(ImageFilter.MaxFilter(2 * _DILATION_PX + 1))
    pixels = np.asarray(grown) > 0
    return np.asarray(pixels.reshape(height // 2, 2, width // 2, 2).any(axis=(1, 3)))


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


def line_height(height: int) -> int:
    """Height of one line of text in pixels, even: readable at wall size."""
    return max(16, height // 26) // 2 * 2


def text_rows(width: int, height: int) -> tuple[tuple[int, int], ...]:
    """The rows (from, to) that the lines of the watermark take, across the whole width."""
    del width
    line = line_height(height)
    return ((0, line), (line, 2 * line))


class Marker:
    """Writes one grant's watermark at one size. Text is rendered when its second begins, not each frame."""

    def __init__(self, first_line: str, *, exercise: bool, width: int, height: int) -> None:
        self._line = line_height(height)
        self._width = width
        self._second = -1
        self._who = _text(first_line, width, self._line)
        self._when = self._who
        self._exercise = _dark_on(_EXERCISE_YUV[0], width, self._line) if exercise else None

    def draw(self, planes: Planes, at_us: int) -> None:
        """Write who, which camera and when (UTC and Paris) over the top, in place."""
        second = at_us // 1_000_000
        if second != self._second:
            self._second, self._when = second, _text(moment(second), self._width, self._line)
        for n, text in enumerate((self._who, self._when)):
            self._band(planes, n * self._line, text, (_BAND_Y, 128, 128))
        if self._exercise is not None:
            self._band(planes, 2 * self._line, self._exercise, (0, *_EXERCISE_YUV[1:]))

    def _band(self, planes: Planes, top: int, text: Plane, colour: tuple[int, int, int]) -> None:
        luma, u, v = planes
        np.maximum(text, colour[0], out=luma[top : top + self._line])
        u[top // 2 : (top + self._line) // 2] = colour[1]
        v[top // 2 : (top + self._line) // 2] = colour[2]


def _dark_on(luma: int, width: int, line: int) -> Plane:
    """EXERCICE, dark on a coloured band: light text would take the band's chroma and fade into it."""
    text = _text("EXERCICE · EXERCICE · EXERCICE", width, line).astype(np.uint16)
    return (luma - text * (luma - 16) // _TEXT_Y).astype(np.uint8)


def moment(second: int) -> str:
    """A second since 1970 as the watermark says it: UTC, and Toulouse's time with its offset."""
    utc = datetime.fromtimestamp(second, UTC)
    local = utc.astimezone(_PARIS)
    offset = local.strftime("%z")
    return f"{utc:%Y-%m-%d %H:%M:%S} UTC · {local:%H:%M:%S} Paris ({offset[:3]}:{offset[3:]})"


@lru_cache(maxsize=8)
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(_FONT), size)


def _text(words: str, width: int, line: int) -> Plane:
    """Light text on nothing, line × width; the font shrinks until the words fit."""
    size = line - 4
    while size > 7 and _font(size).getlength(words) > width - 8:
        size -= 1
    image = Image.new("L", (width, line))
    ImageDraw.Draw(image).text((4, line / 2), words, fill=_TEXT_Y, font=_font(size), anchor="lm")
    return np.asarray(image)
