"""A camera's access units to frames: one decoder a connection, without delay, within bounds.

What a camera sends is hostile until proven otherwise: too large a picture is refused before memory is taken
for it, one thread decodes, and each connection has a decoder of its own.
"""

import av
from av.error import FFmpegError

from crisislink.media.received import Codec, Received

PIXELS_MAX = 3840 * 2160
REORDER_MAX = 32  # pictures a decoder may hold back (H.265: 16)


class Undecodable(Exception):
    """Nothing can be made of this access unit."""


class Decoder:
    """Frames of one connection, in the order of their access units."""

    def __init__(self) -> None:
        self._number = 0
        self._waiting: dict[int, Received] = {}
        self._codec: Codec | None = None
        self._context: av.VideoCodecContext | None = None

    def decode(self, received: Received) -> list[tuple[av.VideoFrame, Received]]:
        """The frames that this access unit completes (without B frames: one), each with its own access unit.

        Raises:
            Undecodable: broken, larger than 3840×2160, or not what it says.
        """
        if self._context is None or received.codec != self._codec:
            self._codec, self._context = received.codec, _context(received.codec)
        try:
            packet = av.Packet(received.unit)
            packet.pts = packet.dts = self._number
            self._waiting[self._number] = received
            self._number += 1
            return [(frame, self._of(frame, received)) for frame in self._context.decode(packet)]
        except (FFmpegError, ValueError) as error:
            raise Undecodable from error

    def _of(self, frame: av.VideoFrame, newest: Received) -> Received:
        """The access unit a frame was in; with B frames not the newest."""
        found = self._waiting.get(-1 if frame.pts is None else frame.pts, newest)
        while len(self._waiting) > REORDER_MAX:
            del self._waiting[next(iter(self._waiting))]
        return found


def _context(codec: Codec) -> av.VideoCodecContext:
    made = av.CodecContext.create(codec, "r")
    assert isinstance(made, av.VideoCodecContext)
    made.thread_type, made.thread_count = "SLICE", 1
    made.flags |= av.codec.context.Flags.low_delay
    made.options = {"max_pixels": str(PIXELS_MAX)}
    return made
