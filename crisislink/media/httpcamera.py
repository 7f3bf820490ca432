"""Cameras that speak HTTP: JPEG after JPEG in one answer (multipart/x-mixed-replace), or MPEG-TS.

The connection is ours, so nothing here can be redirected or opened by a library; PyAV only reads the bytes we
hand it, in one of the formats named, and may open nothing. How we ask is `media/httprequest`.

There is no camera's clock in HTTP: the capture time is when the picture came, less what the format makes us
wait for the next one. A connection that stood still, on the camera's side or on ours, is given up: what it
still holds is of an unknown age. So is one that brings pictures more slowly, for long, than it did at first:
they wait somewhere. What waits from the first picture on cannot be seen from here (docs/cameras.md).
"""

import http.client
import ssl
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator
from typing import cast

import av

from crisislink.media.dialing import Dialer
from crisislink.media.httprequest import Wire, asked
from crisislink.media.received import Codec, Received, SourceFault
from crisislink.media.rtsp.address import Address
from crisislink.media.rtsp.auth import Credentials
from crisislink.media.rtsp.connection import Connection
from crisislink.media.rtsp.pace import Pace
from crisislink.media.rtsp.units import UNIT_MAX_BYTES

_FORMATS = {
    "multipart/x-mixed-replace": "mpjpeg",
    "image/jpeg": "mjpeg",
    "video/mp2t": "mpegts",
    "video/h264": "h264",
    "video/h265": "hevc",
}
_CODECS = frozenset({"h264", "hevc", "mjpeg"})
_READ_BYTES = 64 << 10
_LINE_OVER, _SLOWER, _SLOW_S = 25, 1.25, 5.0


class _Body:
    """The answer's body as PyAV reads a file; noting when bytes came, and how many since the last picture."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self._response = response
        kind = response.getheader("content-type") or ""
        self.unbounded = "multipart" in kind.lower()
        """Parts whose length nobody says end where the next one begins. Until one says it."""
        self.arrived_s = time.monotonic()
        self.pending_bytes = 0

    def read(self, size: int) -> bytes:
        """At most `size` bytes; none at the end.

        Raises:
            SourceFault: more than any picture has, and no picture.
            OSError: the connection is lost.
        """
        try:
            data = self._response.read1(min(size, _READ_BYTES))
        except http.client.HTTPException as error:
            raise ConnectionResetError("the camera broke off") from error
        self.arrived_s = time.monotonic()
        if self.unbounded and b"content-length:" in data.lower():
            self.unbounded = False
        self.pending_bytes += len(data)
        if self.pending_bytes > UNIT_MAX_BYTES + _READ_BYTES:
            raise SourceFault("protocol", "the camera sends a picture of more than 8 MiB")
        return data


def receive(
    address: Address,
    dialer: Dialer,
    *,
    tls: ssl.SSLContext | None,
    cnonce: Callable[[], str],
    goes_on: Callable[[], bool],
) -> Generator[Received]:
    """A camera's access units. `goes_on` is asked at least each quarter of a second; False is the end.

    Raises:
        SourceFault: why there are none.
        OSError: it is gone, or silent for three seconds.
        av.error.FFmpegError: what came is no video.
    """
    credentials = Credentials(address, cnonce=cnonce)

    def wired() -> Wire:
        return Wire(Connection.open(address, dialer, tls), goes_on)

    wire, response = asked(address, credentials, wired)
    try:
        kind = (response.getheader("content-type") or "").split(";")[0].strip().lower()
        if kind not in _FORMATS:
            raise SourceFault("codec", "what the camera sends is no video this service reads")
        yield from _units(_Body(response), _FORMATS[kind])
    finally:
        response.close()
        wire.hang_up()


def _units(body: _Body, format: str) -> Iterator[Received]:
    # Not fflags=nobuffer: it throws away what was read to learn the codec, the first key picture with it.
    options = {"probesize": "65536", "analyzeduration": "0", "protocol_whitelist": ""}
    pace = Pace()
    with av.open(body, mode="r", format=format, options=options, buffer_size=_READ_BYTES) as container:
        if not container.streams.video:
            raise SourceFault("codec", "the camera has no video")
        stream = container.streams.video[0]
        codec = stream.codec_context.name
        if codec not in _CODECS:
            raise SourceFault("codec", "a codec this service does not read")
        first, line = True, _Line()
        for packet in container.demux(stream):
            if packet.size:
                body.pending_bytes = 0
                pace.count(body.arrived_s)
                line.count(body.arrived_s)
                held_s = line.period_s if body.unbounded or format != "mpjpeg" else 0.0
                yield _received(packet, cast("Codec", codec), body.arrived_s, held_s=held_s, first=first)
                first = False


class _Line:
    """How far apart pictures come: the median of the last ones, and of the first ones."""

    def __init__(self) -> None:
        self._arrivals: deque[float] = deque(maxlen=_LINE_OVER)
        self._first_s: float | None = None
        self._slow_since_s: float | None = None
        self.period_s = 0.0

    def count(self, arrived_s: float) -> None:
        """One more picture (CLOCK_MONOTONIC).

        Raises:
            OSError: they come more slowly than they did, for so long that they wait somewhere.
        """
        self._arrivals.append(arrived_s)
        if len(self._arrivals) < 2:
            return
        self.period_s = (self._arrivals[-1] - self._arrivals[0]) / (len(self._arrivals) - 1)
        if len(self._arrivals) < _LINE_OVER:
            return
        self._first_s = self.period_s if self._first_s is None else min(self._first_s, self.period_s)
        if self.period_s <= _SLOWER * self._first_s:
            self._slow_since_s = None
        elif self._slow_since_s is None:
            self._slow_since_s = arrived_s
        elif arrived_s - self._slow_since_s > _SLOW_S:
            raise ConnectionAbortedError("the line brings less than the camera sends")


def _received(
    packet: "av.Packet[av.VideoStream]", codec: Codec, arrived_s: float, *, held_s: float, first: bool
) -> Received:
    elapsed_s = time.monotonic() - arrived_s + held_s
    return Received(
        unit=bytes(packet),
        codec=codec,
        key=packet.is_keyframe or codec == "mjpeg",
        arrived_s=arrived_s,
        capture_us=round((time.clock_gettime(time.CLOCK_REALTIME) - elapsed_s) * 1e6),
        reported=False,
        first=first,
        damaged=packet.is_corrupt,
    )
