"""The picture behind a lens cap: black video in any codec and size, made when first asked for."""

from functools import cache

import numpy as np

from crisislink.demo.footage import Clip, Codec, read_clip
from crisislink.demo.recording import Recorder


@cache
def black(codec: Codec, width: int, height: int, fps: int) -> Clip:
    """One second of black, `width` x `height` pixels."""
    luma = np.full((height, width), 16, np.uint8)
    chroma = np.full((height // 2, width // 2), 128, np.uint8)
    with Recorder(codec, width=width, height=height, fps=fps, quality=30, preset="ultrafast") as recorder:
        for _ in range(fps):
            recorder.add((luma, chroma, chroma))
    return read_clip("black", recorder.container)
