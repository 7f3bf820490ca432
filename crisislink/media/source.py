"""A camera's packets: connect, receive, and again after a loss. Runs in a thread of the worker.

PyAV's demuxer over TCP, video only: an audio track is never set up, let alone decoded. FFmpeg may block where
nothing can interrupt it; the worker watches `last_s` and ends the whole process then. Addresses carry
credentials, so nothing FFmpeg says about them leaves this module unscrubbed.
"""

import math
import random
import struct
import threading
import time
from collections.abc import Callable
from typing import cast
from urllib.parse import urlsplit

import av
import av.logging
from av.error import FFmpegError, HTTPForbiddenError, HTTPNotFoundError, HTTPUnauthorizedError

from crisislink.media.orders import Fault
from crisislink.media.received import Codec, Received, SourceFault

CODECS = frozenset({"h264", "hevc", "mjpeg"})
SCHEMES = frozenset({"rtsp", "rtsps"})
BACKOFF_S = (0.25, 4.0)
ANSWER_S = 3.0
LOCKOUT_S = 15.0  # a wrong password is not tried often: cameras lock accounts
REPORT_TRUST_US = 2_000_000
_OPTIONS = {
    "rtsp_transport": "tcp",
    "allowed_media_types": "video",
    "fflags": "nobuffer",
    "probesize": "32",
    "analyzeduration": "0",
    "timeout": str(round(ANSWER_S * 1e6)),
    "protocol_whitelist": "tcp,tls,crypto,rtp,rtsp,udp",
}


def classify(error: Exception, after_s: float = 0.0) -> Fault:
    """The class of a connection error that came `after_s` seconds after the last sign of life.

    FFmpeg calls it invalid data when a camera accepts the connection and never answers.
    """
    match error:
        case av.error.InvalidDataError() if after_s >= ANSWER_S:
            return "unreachable"
        case HTTPUnauthorizedError() | HTTPForbiddenError():
            return "auth"
        case HTTPNotFoundError():
            return "not_found"
        case av.error.InvalidDataError() | av.error.BugError() | av.error.HTTPError():
            return "protocol"
        case OSError() | EOFError():
            return "unreachable"
        case _:
            return "protocol"


class Source(threading.Thread):
    """Give it where to put packets and faults; both are called from this thread."""

    def __init__(
        self, url: str, *, on_packet: Callable[[Received], None], on_fault: Callable[[SourceFault], None]
    ) -> None:
        super().__init__(name="source", daemon=True)
        self._url = url
        self._on_packet = on_packet
        self._on_fault = on_fault
        self._stopping = threading.Event()
        self.last_s = time.monotonic()

    def stop(self) -> None:
        """Leave the camera after the next packet."""
        self._stopping.set()

    def run(self) -> None:
        """Until stopped: connect, receive; after a loss at once, then with growing pauses."""
        av.logging.set_level(None)
        failures = 0
        while not self._stopping.is_set():
            started_s = time.monotonic()
            try:
                self._receive()
                fault = SourceFault("unreachable", "the camera ended the stream")
            except SourceFault as error:
                fault = error
            except (FFmpegError, OSError, ValueError) as error:
                fault = SourceFault(classify(error, time.monotonic() - self.last_s), str(error))
            self._on_fault(fault)
            failures = 0 if time.monotonic() - started_s > BACKOFF_S[1] else failures + 1
            self._pause(fault, failures)

    def _pause(self, fault: SourceFault, failures: int) -> None:
        if fault.fault == "codec":
            pause_s = math.inf  # it will not learn to speak another one: until somebody opens it anew
        elif fault.fault == "auth":
            pause_s = LOCKOUT_S
        elif failures == 0:
            pause_s = 0.0
        else:
            pause_s = min(BACKOFF_S[1], BACKOFF_S[0] * 2 ** (failures - 1))
            pause_s *= random.uniform(0.8, 1.2)  # noqa: S311 - spreads reconnects, no secret
        until_s = time.monotonic() + pause_s
        while not self._stopping.is_set() and (left_s := until_s - time.monotonic()) > 0:
            self.last_s = time.monotonic()
            self._stopping.wait(min(0.5, left_s))

    def _receive(self) -> None:
        if urlsplit(self._url).scheme not in SCHEMES:
            raise SourceFault("protocol", "only rtsp and rtsps are read")
        self.last_s = time.monotonic()
        with av.open(self._url, mode="r", options=_OPTIONS) as container:
            stream = _video(container)
            first = True
            for packet in container.demux(stream):
                if self._stopping.is_set():
                    return
                self.last_s = time.monotonic()
                if packet.size:
                    self._on_packet(_received(packet, stream, self.last_s, first=first))
                    first = False


def _video(container: av.container.InputContainer) -> av.VideoStream:
    streams = container.streams.video
    if not streams:
        raise SourceFault("codec", "no video stream")
    context = streams[0].codec_context
    if context is None or context.name not in CODECS:  # type: ignore[redundant-expr]  # None: codec unknown
        raise SourceFault("codec", "a codec this service does not read")
    context.thread_type, context.thread_count = "SLICE", 1
    context.flags |= av.codec.context.Flags.low_delay
    return streams[0]


def _received(
    packet: "av.Packet[av.VideoStream]", stream: av.VideoStream, arrived_s: float, *, first: bool
) -> Received:
    now_us = time.clock_gettime_ns(time.CLOCK_REALTIME) // 1000
    reported_us = _reported_us(packet)
    trusted = reported_us is not None and abs(reported_us - now_us) <= REPORT_TRUST_US
    unit, codec = bytes(packet), cast("Codec", stream.codec_context.name)
    if packet.is_keyframe and codec != "mjpeg":
        unit = bytes(stream.codec_context.extradata or b"") + unit
    return Received(
        unit=unit,
        codec=codec,
        key=packet.is_keyframe,
        arrived_s=arrived_s,
        capture_us=reported_us if trusted and reported_us is not None else now_us,
        reported=trusted,
        first=first,
    )


def _reported_us(packet: "av.Packet[av.VideoStream]") -> int | None:
    """The capture time of the camera's sender report, where FFmpeg attached it (AVProducerReferenceTime)."""
    if not packet.has_sidedata("prft"):
        return None
    raw = bytes(packet.get_sidedata("prft"))
    return int(struct.unpack_from("=q", raw)[0]) if len(raw) >= 8 else None
