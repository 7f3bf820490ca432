"""From a decoded frame to the outputs' planes: scale, mask once a rendition, mark once an output.

Fail closed: when the source's aspect changes, the masks (validated on another geometry) no longer say where
the windows are, and the picture is black until the camera is opened anew.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import Literal

import av
import numpy as np
from av.video.reformatter import ColorRange, VideoReformatter
from numpy.typing import NDArray

from crisislink.media.encoder import BOUNDS, fit
from crisislink.media.frames import Rendition
from crisislink.media.overlay import Masks, Plane, Planes, Polygons, blacken

PIXELS_MAX = 3840 * 2160
_ASPECT_TOLERANCE = 0.01
_RATE_SLACK_S = 0.010
BLACK_S, FROZEN_S = 2.0, 10.0
_DARK = 40
_RATE_OVER = 51
_LOOK_EVERY_S = 0.19  # 0.4 ms a look: five a second are enough to notice two seconds of black


@dataclass(slots=True)
class _Scaler:
    """One rendition's size, masks and pace, for one source geometry."""

    width: int
    height: int
    masks: Masks
    reformatter: VideoReformatter = field(default_factory=VideoReformatter)
    next_s: float = 0.0


class PictureTooLarge(ValueError):
    """More pixels than the service takes from a camera."""


class Studio:
    """Makes the masked picture of each rendition. One for a worker's life."""

    def __init__(self, polygons: Polygons) -> None:
        self._polygons = polygons
        self._aspect: float | None = None
        self.source: tuple[int, int] | None = None
        self._scalers: dict[Rendition, _Scaler] = {}
        self.black = False

    def see(self, frame: av.VideoFrame) -> None:
        """Note the geometry of the newest frame.

        Raises:
            PictureTooLarge: the frame is larger than 3840×2160.
        """
        if frame.width * frame.height > PIXELS_MAX:
            raise PictureTooLarge(f"{frame.width}x{frame.height}")
        if (frame.width, frame.height) == self.source:
            return
        self.source = (frame.width, frame.height)
        aspect = frame.width / frame.height
        if self._aspect is None:
            self._aspect = aspect
        self.black = abs(aspect / self._aspect - 1) > _ASPECT_TOLERANCE
        self._scalers.clear()

    def due(self, rendition: Rendition, arrived_s: float) -> bool:
        """Whether a frame that arrived then belongs into the rendition's pace; it counts as taken."""
        scaler = self._scaler(rendition)
        if arrived_s < scaler.next_s - _RATE_SLACK_S:
            return False
        period_s = 1 / BOUNDS[rendition].fps
        scaler.next_s = max(scaler.next_s, arrived_s - period_s) + period_s
        return True

    def masked(self, frame: av.VideoFrame, rendition: Rendition) -> av.VideoFrame:
        """A frame of the rendition's size that nobody else holds, in limited-range yuv420p, masked."""
        scaler = self._scaler(rendition)
        made = scaler.reformatter.reformat(
            frame,
            width=scaler.width,
            height=scaler.height,
            format="yuv420p",
            dst_color_range=ColorRange.MPEG,
            threads=1,
        )
        if made is frame:
            # Other renditions are made from this frame too: neither our masks nor, worse, a grant's watermark
            # may be in it then.
            made = copied(frame)
        view = planes(made)
        if self.black:
            blacken(view)
        else:
            scaler.masks.draw(view)
        return made

    def _scaler(self, rendition: Rendition) -> _Scaler:
        scaler = self._scalers.get(rendition)
        if scaler is None:
            if self.source is None:
                raise ValueError("no picture was seen yet")
            width, height = fit(*self.source, rendition)
            scaler = _Scaler(width, height, Masks(self._polygons, width, height))
            self._scalers[rendition] = scaler
        return scaler


def planes(frame: av.VideoFrame) -> Planes:
    """Writable views on a yuv420p frame's planes."""

    def view(index: int, height: int, width: int) -> Plane:
        plane = frame.planes[index]
        rows: Plane = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
        return rows[:height, :width]

    half = (frame.height // 2, frame.width // 2)
    return view(0, frame.height, frame.width), view(1, *half), view(2, *half)


def copied(frame: av.VideoFrame) -> av.VideoFrame:
    """A second frame with the same picture."""
    twin = av.VideoFrame(frame.width, frame.height, "yuv420p")
    for ours, theirs in zip(planes(twin), planes(frame), strict=True):
        ours[:] = theirs
    twin.color_range, twin.colorspace = frame.color_range, frame.colorspace
    return twin


class Watcher:
    """Is the picture a picture? Black: nothing bright for 2 s. Frozen: not one sample moved for 10 s."""

    def __init__(self) -> None:
        self._thumb: bytes | None = None
        self._moved_s = 0.0
        self._bright_s = 0.0
        self._looked_s: float | None = None
        self._arrivals: deque[float] = deque(maxlen=_RATE_OVER)

    @property
    def fps(self) -> float | None:
        """Frames a second over the last ones; None before the second."""
        if len(self._arrivals) < 2 or self._arrivals[-1] <= self._arrivals[0]:
            return None
        return round((len(self._arrivals) - 1) / (self._arrivals[-1] - self._arrivals[0]), 1)

    def look(self, frame: av.VideoFrame, now_s: float) -> None:
        """See one decoded frame."""
        self._arrivals.append(now_s)
        if self._looked_s is not None and 0 <= now_s - self._looked_s < _LOOK_EVERY_S:
            return
        self._looked_s = now_s
        small = _thumbnail(frame)
        thumb = small.tobytes()
        if thumb != self._thumb:
            self._thumb, self._moved_s = thumb, now_s
        if self._bright_s == 0.0 or float(np.percentile(small, 97)) > _DARK:
            self._bright_s = now_s

    def suspect(self, now_s: float) -> Literal["black", "frozen"] | None:
        """What is wrong with it, if something is."""
        if self._thumb is None:
            return None
        if now_s - self._bright_s >= BLACK_S:
            return "black"
        return "frozen" if now_s - self._moved_s >= FROZEN_S else None


def _thumbnail(frame: av.VideoFrame) -> NDArray[np.uint16]:
    """Every sixteenth luma sample of every sixteenth row, as 8 bits (planar Y'CbCr of any depth)."""
    plane = frame.planes[0]
    depth = frame.format.components[0].bits
    kind = np.dtype(np.uint8 if depth <= 8 else np.uint16)
    rows = np.frombuffer(memoryview(plane), kind).reshape(-1, plane.line_size // kind.itemsize)
    small = rows[: frame.height : 16, : frame.width : 16].astype(np.uint16)
    return np.right_shift(small, np.uint16(max(0, depth - 8)))
