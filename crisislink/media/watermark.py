"""The watermark: who watches, under which grant, which camera, when; in clear lines and in a faint tile.

The lines over the top are to be read. The tile is to survive: the grant's reference, faint, staggered over
the whole picture, masks too, so that every crop of a quarter of its width and height holds one whole. Text
is rendered when its second or minute begins, not each frame.
"""

from datetime import UTC, datetime
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from crisislink.media.masks import Plane, Planes

TILE_STEP = 10  # luma: lighter on what is darker than TILE_TURN, darker on the rest
TILE_TURN = 126
_EXERCISE_YUV = (150, 60, 175)
_TEXT_Y = 235
_BAND_Y = 24
_FONT = (Path(__file__).parent / "fonts" / "DejaVuSansMono-Bold.ttf").read_bytes()  # workers open no file
_PARIS = ZoneInfo("Europe/Paris")
_LUMA = np.arange(256)
_FAINT = np.where(_LUMA < TILE_TURN, _LUMA + TILE_STEP, _LUMA - TILE_STEP).astype(np.uint8)


def line_height(height: int) -> int:
    """Height of one line of text in pixels, even: readable at wall size."""
    return max(16, height // 26) // 2 * 2


def text_rows(height: int) -> tuple[tuple[int, int], ...]:
    """The rows (from, to) that the lines of the watermark take, across the whole width."""
    line = line_height(height)
    return ((0, line), (line, 2 * line))


class Marker:
    """Writes one grant's watermark at one size."""

    def __init__(self, first_line: str, reference: str, *, exercise: bool, width: int, height: int) -> None:
        self._line = line_height(height)
        self._size = (width, height)
        self._reference = reference
        self._second = self._minute = -1
        self._who = _text(first_line, width, self._line)
        self._when = self._who
        self._tile: NDArray[np.bool_] = np.zeros((height, width), bool)
        self._letters: tuple[int, NDArray[np.intp]] | None = None
        self._exercise = _dark_on(_EXERCISE_YUV[0], width, self._line) if exercise else None

    def draw(self, planes: Planes, at_us: int) -> None:
        """Write who, which camera and when (UTC and Paris) over the top, and the tile, in place."""
        second = at_us // 1_000_000
        if second != self._second:
            self._second, self._when = second, _text(moment(second), self._size[0], self._line)
            self._turn(second // 60)
        self._faintly(planes[0])
        for n, text in enumerate((self._who, self._when)):
            self._band(planes, n * self._line, text, (_BAND_Y, 128, 128))
        if self._exercise is not None:
            self._band(planes, 2 * self._line, self._exercise, (0, *_EXERCISE_YUV[1:]))

    def _turn(self, minute: int) -> None:
        if minute != self._minute:
            self._minute, self._letters = minute, None
            self._tile = tile(self._reference, minute, *self._size)

    def _faintly(self, luma: Plane) -> None:
        """Write the tile. The plane is taken as one row of bytes: a quarter of the time of (row, column)."""
        stride = luma.strides[0]
        if self._letters is None or self._letters[0] != stride:
            rows, columns = np.nonzero(self._tile)
            self._letters = (stride, rows * stride + columns)
        size = (luma.shape[0] - 1) * stride + luma.shape[1]
        flat = np.lib.stride_tricks.as_strided(luma, (size,), (1,))
        letters = self._letters[1]
        flat[letters] = _FAINT.take(flat.take(letters))

    def _band(self, planes: Planes, top: int, text: Plane, colour: tuple[int, int, int]) -> None:
        luma, u, v = planes
        rows = luma[top : top + self._line]  # a tiny picture has not room for all of them
        np.maximum(text[: len(rows)], colour[0], out=rows)
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
    return ImageFont.truetype(BytesIO(_FONT), size, layout_engine=ImageFont.Layout.BASIC)


def _text(words: str, width: int, line: int) -> Plane:
    """Light text on nothing, line × width; the font shrinks until the words fit."""
    size = line - 4
    while size > 7 and _font(size).getlength(words) > width - 8:
        size -= 1
    image = Image.new("L", (width, line))
    ImageDraw.Draw(image).text((4, line / 2), words, fill=_TEXT_Y, font=_font(size), anchor="lm")
    return np.asarray(image)


def tile(reference: str, minute: int, width: int, height: int) -> NDArray[np.bool_]:
    """Where the tile's letters stand (height × width): the reference and, given room, the minute (UTC).

    Words are so near to each other that a quarter of the width and height, anywhere, holds a whole one.
    """
    size = max(9, height // 36)
    font, gap = _font(size), max(4, size // 2)
    said = f"{reference} {datetime.fromtimestamp(60 * minute, UTC):%H:%MZ}"
    if 2 * font.getlength(said) + gap > width / 4:
        said = reference
    length = int(font.getlength(said)) + 1
    step_x = max(length + gap, width // 4 - length)
    step_y = max(size + gap, height // 4 - round(1.2 * size))
    word = Image.new("1", (length, min(step_y, round(1.5 * size))))
    ImageDraw.Draw(word).text((0, 0), said, fill=1, font=font)
    image = Image.new("1", (width, height))
    for row, y in enumerate(range(0, height, step_y)):
        for x in range(-(row % 3) * step_x // 3, width, step_x):
            image.paste(word, (x, y))
    return np.asarray(image)
