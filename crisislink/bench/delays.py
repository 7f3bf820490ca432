"""After the run: which frame of the camera each message shows, hence how late it was.

The camera's frames carry their index (`demo.strip`) and the camera logs when the last byte of each left; both
ends are on one machine and one clock (CLOCK_MONOTONIC).
"""

import base64
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO

import av
import numpy as np

from crisislink.bench.arrivals import Arrival
from crisislink.demo import strip
from crisislink.media.frames import Message, MessageType, unpack

Sent = Sequence[tuple[int, int]]
"""What a camera sent: the frame's index in its clip, and when its last byte left (ns)."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A frame of the camera as a client got it."""

    index: int
    at_ns: int


def of_socket(arrivals: Sequence[Arrival]) -> list[Shown]:
    """What our messages show; frames whose strip cannot be read are left out.

    Raises:
        ValueError: a frame before its configuration.
    """
    shown = []
    decoder: av.VideoCodecContext | None = None
    for arrival in arrivals:
        message = unpack(arrival.data)
        if message.type is MessageType.CONFIG:
            decoder = decoder_of(message)
        elif message.type is MessageType.FRAME:
            if decoder is None:
                raise ValueError("a frame before its configuration")
            shown += [
                Shown(index, arrival.at_ns)
                for frame in decoder.decode(av.Packet(message.payload))
                if (index := _index(frame)) is not None
            ]
    return shown


def decoder_of(config: Message) -> av.VideoCodecContext:
    """A decoder for what follows a CONFIG."""
    decoder = av.CodecContext.create("h264", "r")
    assert isinstance(decoder, av.VideoCodecContext)
    decoder.extradata = base64.b64decode(json.loads(config.payload)["avcc"])
    decoder.options = {"flags": "low_delay"}
    decoder.thread_count = 1
    return decoder


def of_container(head: bytes, arrivals: Sequence[Arrival], container: str) -> list[Shown]:
    """What a peer's fragments or tags show: the n-th picture is the n-th arrival (there are no B-frames).

    Raises:
        ValueError: there are more pictures than arrivals.
    """
    if not arrivals:
        return []
    shown = []
    for n, frame in enumerate(_decoded(head + b"".join(a.data for a in arrivals), container)):
        if n >= len(arrivals):
            raise ValueError("more pictures than fragments")
        if (index := _index(frame)) is not None:
            shown.append(Shown(index, arrivals[n].at_ns))
    return shown


def _decoded(data: bytes, container: str) -> Iterator[av.VideoFrame]:
    with av.open(BytesIO(data), "r", format=container) as opened:
        opened.streams.video[0].thread_type = "NONE"
        yield from opened.decode(video=0)


def _index(frame: av.VideoFrame) -> int | None:
    plane = frame.planes[0]
    luma = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
    return strip.read(luma[: frame.height, : frame.width], width=frame.width, height=frame.height)


def delays_ms(shown: Sequence[Shown], sent: Sent, *, since_ns: int = 0) -> list[float]:
    """Last byte out of the camera → last byte in the client, for what came at or after `since_ns`.

    A frame that the log does not know (any more) is left out. A clip repeats: the latest sending before the
    arrival is meant, so a delay of a whole clip or more would look small; ages are bounded by the player.
    """
    by_index: dict[int, list[int]] = {}
    for index, at_ns in sent:
        by_index.setdefault(index, []).append(at_ns)
    delays = []
    for one in shown:
        before = [at for at in by_index.get(one.index, ()) if at <= one.at_ns]
        if before and one.at_ns >= since_ns:
            delays.append((one.at_ns - max(before)) / 1e6)
    return delays
