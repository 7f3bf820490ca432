"""The data strip: the frame's index, in a row of blocks in the bottom-left corner of a picture.

As a VITC line on tape: 2 sync blocks (bright, dark), 16 bits of the index, most significant first, 1
parity block (even). A block is 16 x 8 pixels at 1280 x 720 and scales with the picture, so it is read
after scaling and encoding.
"""

import numpy as np
from numpy.typing import NDArray

BITS = 16
BLOCKS = 2 + BITS + 1
_BLOCK_WIDTH, _BLOCK_HEIGHT = 16 / 1280, 8 / 720  # of the picture
_BRIGHT, _DARK, _MIDDLE = 225, 24, 125
_CLEAR = 30  # a block nearer to the middle than this is not readable

Luma = NDArray[np.uint8]


def burn(luma: Luma, index: int, *, width: int, height: int) -> None:
    """Writes `index` (0 … 65 535) into a luma plane, rows x columns ≥ height x width, in place."""
    if not 0 <= index < 1 << BITS:
        raise ValueError("index needs 16 bits")
    bits = [index >> (BITS - 1 - i) & 1 for i in range(BITS)]
    top = round(height * (1 - _BLOCK_HEIGHT))
    for i, bit in enumerate([1, 0, *bits, sum(bits) & 1]):
        left, right = (round(width * _BLOCK_WIDTH * e) for e in (i, i + 1))
        luma[top:height, left:right] = _BRIGHT if bit else _DARK


def read(luma: Luma, *, width: int, height: int) -> int | None:
    """The index in a luma plane, or None when there is no readable strip."""
    block_width, block_height = width * _BLOCK_WIDTH, height * _BLOCK_HEIGHT
    rows = slice(round(height - 0.72 * block_height), max(round(height - 0.22 * block_height), 1))
    levels = []
    for i in range(BLOCKS):
        columns = slice(int((i + 0.3) * block_width), int((i + 0.7) * block_width) + 1)
        block = luma[rows, columns]
        if not block.size:
            return None
        levels.append(float(block.mean()))
    if any(abs(level - _MIDDLE) < _CLEAR for level in levels):
        return None
    bits = [level > _MIDDLE for level in levels]
    if bits[:2] != [True, False] or sum(bits[2:]) & 1:
        return None
    return int("".join("01"[bit] for bit in bits[2 : 2 + BITS]), 2)
