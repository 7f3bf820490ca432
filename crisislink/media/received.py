"""What a camera gave: one access unit with its times, or the reason why it gives nothing.

Made by `media/source.py` from RTSP (`media/rtsp/`) or HTTP (`media/httpcamera.py`), taken by the worker.
Addresses carry credentials, so nothing a library says about them leaves this module unscrubbed.
"""

import re
from dataclasses import dataclass
from typing import Literal

from crisislink.media.orders import Fault

Codec = Literal["h264", "hevc", "mjpeg"]
_CREDENTIALS = re.compile(r"//\S*@")  # to the last @: passwords hold /, @ and :// where nobody encoded them


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """One access unit.

    `unit`: H.264 and H.265 as Annex B, with the parameter sets before each key frame; MJPEG as one JPEG.
    `arrived_s`: when its last byte was read, CLOCK_MONOTONIC. `capture_us`: UTC; the camera's own when
    `reported`, else our best estimate. `late_s`: how much later it came than the promptest of its connection,
    by the camera's media clock; a backlog has a large one. `first`: the first of a connection. `damaged`: a
    part of it, or of what it refers to, was lost on the way.
    """

    unit: bytes
    codec: Codec
    key: bool
    arrived_s: float
    capture_us: int
    reported: bool
    late_s: float = 0.0
    first: bool = False
    damaged: bool = False


class SourceFault(Exception):
    """Why a camera gives nothing."""

    def __init__(self, fault: Fault, detail: str) -> None:
        self.fault: Fault = fault
        super().__init__(scrub(detail))


def scrub(text: str) -> str:
    """Without credentials, and short."""
    return _CREDENTIALS.sub("//…@", text)[:200]
