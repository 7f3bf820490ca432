"""One scene to one clip file (and its smaller stream): frames, data strip, encoding within the size
allowed.
"""

import math
from collections.abc import Callable

import numpy as np
from av.video.frame import VideoFrame

from crisislink.demo import strip
from crisislink.demo.clips import SUB, ClipCard, Light
from crisislink.demo.footage import Codec
from crisislink.demo.recording import Planes, Recorder, planes_of, with_sound
from crisislink.demo.scenes import squares, streets
from crisislink.demo.scenes.movement import LOOP_S
from crisislink.demo.scenes.stage import Scene, Stage

SCENES: dict[str, Callable[[tuple[int, int]], Scene]] = {
    "rue_brique": streets.brick_street,
    "gare": squares.station,
    "allee": streets.avenue,
    "boulevard": streets.boulevard,
    "place": squares.square,
    "canal": squares.canal,
    "rocade": streets.ring_road,
    "rue_nuit": streets.brick_street_by_night,
    "boulevard_pluie": streets.boulevard_in_rain,
    "place_nuit": squares.square_by_night,
    "stade": squares.stadium,
    "pont": squares.bridge,
    "faubourg": streets.suburb,
    "metro": squares.metro,
    "carrefour": streets.junction,
}
_SUB_SIZE, _SUB_BYTES = (640, 360), 210_000
_AUDIO_HZ = 8_000


def render(card: ClipCard, progress: Callable[[float], None]) -> dict[str, bytes]:
    """The clip and, if the card says so, its smaller stream: name → file content.

    `progress` is told the share done, 0 … 1.
    """
    count = round(LOOP_S * card.fps)
    size = (card.width, card.height)
    stage = Stage(SCENES[card.name](size), f"TLS · {card.title_fr} · SIMULATION")
    pictures: list[VideoFrame] = []
    for i in range(count):
        frame = VideoFrame.from_ndarray(np.ascontiguousarray(stage.frame(i / card.fps)), format="bgra")
        pictures.append(_yuv(frame, size, full_range=card.codec is Codec.MJPEG))
        progress(0.6 * (i + 1) / count)
    made = {card.name: _encoded(pictures, card.codec, size, card.fps, _allowed(card))}
    progress(0.9)
    if card.audio:
        made[card.name] = with_sound(made[card.name], _passing_bells())
    if card.sub:
        small = [_yuv(p, _SUB_SIZE, full_range=False) for p in pictures]
        made[card.name + SUB] = _encoded(small, Codec.H264, _SUB_SIZE, card.fps, _SUB_BYTES)
    progress(1.0)
    return made


def _allowed(card: ClipCard) -> int:
    if card.codec is Codec.MJPEG:
        return 960_000
    if card.width > 1280:
        return 900_000
    return 560_000 if card.light is Light.NIGHT else 680_000


def _yuv(frame: VideoFrame, size: tuple[int, int], *, full_range: bool) -> VideoFrame:
    """4:2:0; BT.709 limited range, or JFIF's BT.601 full range."""
    return frame.reformat(
        width=size[0],
        height=size[1],
        format="yuv420p",
        interpolation="AREA",
        dst_colorspace="ITU601" if full_range else "ITU709",
        dst_color_range="JPEG" if full_range else "MPEG",
    )


def _encoded(
    pictures: list[VideoFrame], codec: Codec, size: tuple[int, int], fps: int, allowed: int
) -> bytes:
    """As good as fits: the quality is lowered until the file is small enough."""
    quality, at_least = (4.0, 2.0) if codec is Codec.MJPEG else (22.0, 0.7)
    while True:
        with Recorder(
            codec, width=size[0], height=size[1], fps=fps, quality=quality, preset="medium"
        ) as recorder:
            for i, picture in enumerate(pictures):
                recorder.add(_planes(picture, size, i))
        if len(recorder.container) <= allowed:
            return recorder.container
        quality += max(at_least, 5.0 * math.log2(len(recorder.container) / allowed))


def _planes(frame: VideoFrame, size: tuple[int, int], index: int) -> Planes:
    luma, u, v = planes_of(frame)
    luma = luma.copy()
    strip.burn(luma, index, width=size[0], height=size[1])
    return luma, u, v


def _passing_bells() -> list[int]:
    """A two-tone horn, as of an ambulance far away, whole periods in a loop."""
    samples = round(LOOP_S * _AUDIO_HZ)
    return [
        round(7_000 * math.sin(math.tau * (435 if t // (_AUDIO_HZ // 2) % 2 else 580) * t / _AUDIO_HZ))
        for t in range(samples)
    ]
