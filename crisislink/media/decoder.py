"""A camera's access units to frames: one decoder a connection, without delay, within bounds.

What a camera sends is hostile until proven otherwise: too large a picture is refused before memory is taken
for it, one thread decodes, and each connection has a decoder of its own.
"""

import av
from av.error import FFmpegError

from crisislink.media.received import Codec, Received

PIXELS_MAX = 3840 * 2160


class Undecodable(Exception):
    """Nothing can be made of this access unit."""


class Decoder:
    """Frames of one connection, in the order of their access units."""

    def __init__(self) -> None:
        self._codec: Codec | None = None
        self._context: av.VideoCodecContext | None = None

    def decode(self, received: Received) -> list[av.VideoFrame]:
        """The frames that this access unit completes (without B frames: one).

        Raises:
            Undecodable: broken, larger than 3840×2160, or not what it says.
        """
        if self._context is None or received.codec != self._codec:
            self._codec, self._context = received.codec, _context(received.codec)
        try:
            return list(self._context.decode(av.Packet(received.unit)))
        except (FFmpegError, ValueError) as error:
            raise Undecodable from error


def _context(codec: Codec) -> av.VideoCodecContext:
    made = av.CodecContext.create(codec, "r")
    assert isinstance(made, av.VideoCodecContext)
    made.thread_type, made.thread_count = "SLICE", 1
    made.flags |= av.codec.context.Flags.low_delay
    made.options = {"max_pixels": str(PIXELS_MAX)}
    return made
