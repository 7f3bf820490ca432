"""From a decoded frame to the outputs' planes: scale, mask once a rendition, mark once an output.

Fail closed: when the source's aspect changes, the masks (validated on another geometry) no longer say where
the windows are, and the picture is black until the camera is opened anew.
"""

from dataclasses import dataclass, field

import av
import numpy as np
from av.video.reformatter import ColorRange, VideoReformatter

from crisislink.media.encoder import BOUNDS, fit
from crisislink.media.frames import Rendition
from crisislink.media.overlay import Masks, Plane, Planes, Polygons, blacken

_ASPECT_TOLERANCE = 0.01
_RATE_SLACK_S = 0.010


@dataclass(slots=True)
class _Scaler:
    """One rendition's size, masks and pace, for one source geometry."""

    width: int
    height: int
    masks: Masks
    reformatter: VideoReformatter = field(default_factory=VideoReformatter)
    next_s: float = 0.0


class Studio:
    """Makes the masked picture of each rendition. One for a worker's life."""

    def __init__(self, polygons: Polygons) -> None:
        self._polygons = polygons
        self._aspect: float | None = None
        self.source: tuple[int, int] | None = None
        self._scalers: dict[Rendition, _Scaler] = {}
        self.black = False

    def see(self, frame: av.VideoFrame) -> None:
        """Note the geometry of the newest frame."""
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
