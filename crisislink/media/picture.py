"""From a decoded frame to the outputs' planes: scale, mask once a rendition, mark once an output.

Fail closed: the masks say where the windows are in pictures of the sizes on which a person validated them.
One of any other size is black: it may be another cut of the scene.
"""

from collections.abc import Collection
from dataclasses import dataclass, field

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter

from crisislink.core.cameras import MaskStyle
from crisislink.media.coverage import Polygons
from crisislink.media.encoder import BOUNDS, fit
from crisislink.media.frames import Rendition
from crisislink.media.masks import Masks, Plane, Planes, blacken

_RATE_SLACK_S = 0.010
_BT601, _UNSPECIFIED, _HD_LINES = frozenset({5, 6}), 2, 720  # ISO/IEC 23091-4, matrix coefficients


@dataclass(slots=True)
class _Scaler:
    """One rendition's size, masks and pace, for one source geometry."""

    width: int
    height: int
    masks: Masks | None  # None: the picture is black
    reformatter: VideoReformatter = field(default_factory=VideoReformatter)
    next_s: float = 0.0


class Studio:
    """Makes the masked picture of each rendition. One for a worker's life.

    `sizes`: of the pictures (width, height) on which the masks were validated.
    """

    def __init__(
        self,
        polygons: Polygons,
        sizes: Collection[tuple[int, int]],
        style: MaskStyle = MaskStyle.SOLID,
    ) -> None:
        self._polygons, self._sizes, self._style = polygons, frozenset(sizes), style
        self.source: tuple[int, int] | None = None
        self._scalers: dict[Rendition, _Scaler] = {}
        self._masks: dict[tuple[int, int], Masks] = {}
        self.black = False

    def prepare(self) -> None:
        """Draw the masks of the pictures that will be asked for: it takes a tenth of a second."""
        for size in self._sizes:
            for rendition in (Rendition.FOCUS, Rendition.WALL):
                self._masks_at(*fit(*size, rendition))

    def _masks_at(self, width: int, height: int) -> Masks:
        if (width, height) not in self._masks:
            self._masks[width, height] = Masks(self._polygons, width, height, self._style)
        return self._masks[width, height]

    def see(self, frame: av.VideoFrame) -> None:
        """Note the geometry of the newest frame."""
        if (frame.width, frame.height) == self.source:
            return
        self.source = (frame.width, frame.height)
        self.black = self.source not in self._sizes
        self._scalers.clear()

    def due(self, rendition: Rendition, arrived_s: float) -> bool:
        """Whether a frame that arrived then belongs into the rendition's pace; it counts as taken."""
        scaler = self._scaler(rendition)
        if arrived_s < scaler.next_s - _RATE_SLACK_S:
            return False
        period_s = 1 / BOUNDS[rendition].fps
        scaler.next_s = max(scaler.next_s, arrived_s - period_s) + period_s
        return True

    def masked(self, frame: av.VideoFrame, rendition: Rendition, at_s: float) -> av.VideoFrame:
        """A frame of the rendition's size that nobody else holds, in limited-range yuv420p, masked.

        `at_s`: when it arrived, CLOCK_MONOTONIC.
        """
        scaler = self._scaler(rendition)
        made = scaler.reformatter.reformat(
            frame,
            width=scaler.width,
            height=scaler.height,
            format="yuv420p",
            src_colorspace=_matrix(frame),
            dst_colorspace=Colorspace.ITU709,
            dst_color_range=ColorRange.MPEG,
            threads=1,
        )
        if made is frame:
            # Other renditions are made from this frame too: neither our masks nor, worse, a grant's watermark
            # may be in it then.
            made = copied(frame)
        view = planes(made)
        if scaler.masks is None:
            blacken(view)
        else:
            scaler.masks.draw(view, at_s)
        return made

    def _scaler(self, rendition: Rendition) -> _Scaler:
        scaler = self._scalers.get(rendition)
        if scaler is None:
            if self.source is None:
                raise ValueError("no picture was seen yet")
            width, height = fit(*self.source, rendition)
            scaler = _Scaler(width, height, None if self.black else self._masks_at(width, height))
            self._scalers[rendition] = scaler
        return scaler


def _matrix(frame: av.VideoFrame) -> Colorspace:
    """How its colours are coded: as it says, or as everybody takes it: small ones BT.601, large BT.709."""
    said = int(frame.colorspace)
    if said in _BT601 or (said == _UNSPECIFIED and frame.height < _HD_LINES):
        return Colorspace.ITU601
    return Colorspace.ITU709


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
