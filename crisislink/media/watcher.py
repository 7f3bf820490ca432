"""Is the picture a picture? Black, frozen or damaged ones are said to be so; nothing here hides one."""

import statistics
from collections import deque
from itertools import pairwise

import av
import numpy as np
from numpy.typing import NDArray

from crisislink.media.orders import Suspect

BLACK_S, FROZEN_S, DAMAGED_S = 2.0, 10.0, 1.0
STALLED_S = 0.9
_STALLED_PERIODS = 2.5
_DARK, _BRIGHT_SHARE = 40, 0.03
_RATE_OVER, _PATIENCE_OVER, PATIENCE_MAX_S = 51, 8, 5.0
_STILL_SHARE = 0.005  # a clock that the camera burns in does not make a picture move
_LOOK_EVERY_S = 0.19  # 0.4 ms a look: five a second are enough to notice two seconds of black


class Watcher:
    """Black: nothing bright for 2 s. Frozen: at most a clock moved for 10 s. Damaged: within the last."""

    def __init__(self) -> None:
        self._thumb: NDArray[np.uint16] | None = None
        self._moved_s = 0.0
        self._bright_s = 0.0
        self._looked_s: float | None = None
        self._damaged_s: float | None = None
        self._arrivals: deque[float] = deque(maxlen=_RATE_OVER)

    @property
    def fps(self) -> float | None:
        """Frames a second over the last ones; None before the second."""
        if len(self._arrivals) < 2 or self._arrivals[-1] <= self._arrivals[0]:
            return None
        return round((len(self._arrivals) - 1) / (self._arrivals[-1] - self._arrivals[0]), 1)

    @property
    def patience_s(self) -> float:
        """How long no picture may come before the camera counts as stalled: 0.9 s or 2.5 pictures, at most 5.

        A picture is as long as the last ones were apart, mostly: one long pause does not make it patient.
        """
        newest = list(self._arrivals)[-_PATIENCE_OVER:]
        if len(newest) < 2:
            return STALLED_S
        apart_s = statistics.median(after - before for before, after in pairwise(newest))
        return min(PATIENCE_MAX_S, max(STALLED_S, _STALLED_PERIODS * apart_s))

    def look(self, frame: av.VideoFrame, now_s: float, *, damaged: bool) -> None:
        """See one decoded frame."""
        self._arrivals.append(now_s)
        if damaged:
            self._damaged_s = now_s
        if self._looked_s is not None and 0 <= now_s - self._looked_s < _LOOK_EVERY_S:
            return
        self._looked_s = now_s
        small = _thumbnail(frame)
        if self._thumb is None or _differs(small, self._thumb):
            self._thumb, self._moved_s = small, now_s
        if self._bright_s == 0.0 or np.count_nonzero(small > _DARK) > _BRIGHT_SHARE * small.size:
            self._bright_s = now_s

    def begin_anew(self) -> None:
        """Another connection: how fast pictures came before says nothing."""
        self._arrivals.clear()

    def suspect(self, now_s: float) -> Suspect | None:
        """What is wrong with it, if something is."""
        if self._thumb is None:
            return None
        if now_s - self._bright_s >= BLACK_S:
            return "black"
        if self._damaged_s is not None and now_s - self._damaged_s < DAMAGED_S:
            return "damaged"
        return "frozen" if now_s - self._moved_s >= FROZEN_S else None


def _differs(one: NDArray[np.uint16], other: NDArray[np.uint16]) -> bool:
    return one.shape != other.shape or int(np.count_nonzero(one != other)) > _STILL_SHARE * one.size


def _thumbnail(frame: av.VideoFrame) -> NDArray[np.uint16]:
    """Every sixteenth luma sample of every sixteenth row, as 8 bits (planar Y'CbCr of any depth)."""
    plane = frame.planes[0]
    depth = frame.format.components[0].bits
    kind = np.dtype(np.uint8 if depth <= 8 else np.uint16)
    rows = np.frombuffer(memoryview(plane), kind).reshape(-1, plane.line_size // kind.itemsize)
    small = rows[: frame.height : 16, : frame.width : 16].astype(np.uint16)
    return np.right_shift(small, np.uint16(max(0, depth - 8)))
