"""Cameras that speak HTTP: JPEG after JPEG in one answer (multipart/x-mixed-replace), or MPEG-TS.

The connection is ours, so nothing here can be redirected or opened by a library; PyAV only reads the bytes we
hand it, in one of the formats named, and may open nothing. There is no camera's clock in HTTP: the capture
time is when the picture came.
"""

import http.client
import ssl
import threading
import time
from collections.abc import Callable, Generator, Iterator
from typing import cast

import av

from crisislink.media.dialing import Dialer
from crisislink.media.received import Codec, Received, SourceFault
from crisislink.media.rtsp.address import Address
from crisislink.media.rtsp.auth import Credentials

ANSWER_S = 3.0
SILENCE_S = 5.0
_FORMATS = {
    "multipart/x-mixed-replace": "mpjpeg",
    "image/jpeg": "mjpeg",
    "video/mp2t": "mpegts",
    "video/h264": "h264",
    "video/h265": "hevc",
}
_CODECS = frozenset({"h264", "hevc", "mjpeg"})
_READ_BYTES = 64 << 10


class _Body:
    """The answer's body as PyAV reads a file; noting when bytes came."""

    def __init__(self, response: http.client.HTTPResponse, stopping: threading.Event) -> None:
        self._response = response
        self._stopping = stopping
        self.arrived_s = time.monotonic()

    def read(self, size: int) -> bytes:
        """At most `size` bytes; none at the end."""
        if self._stopping.is_set():
            return b""
        data = self._response.read1(min(size, _READ_BYTES))
        self.arrived_s = time.monotonic()
        return data


def receive(
    address: Address,
    dialer: Dialer,
    *,
    tls: ssl.SSLContext | None,
    cnonce: Callable[[], str],
    stopping: threading.Event,
) -> Generator[Received | None, None, None]:
    """A camera's access units.

    Raises:
        SourceFault: why there are none.
        OSError: it is gone, or silent for five seconds.
        av.error.FFmpegError: what came is no video.
    """
    response = _answered(address, dialer, tls, Credentials(address, cnonce=cnonce))
    try:
        kind = (response.getheader("content-type") or "").split(";")[0].strip().lower()
        if kind not in _FORMATS:
            raise SourceFault("codec", "what the camera sends is no video this service reads")
        yield from _units(_Body(response, stopping), _FORMATS[kind])
    finally:
        response.close()


def _answered(
    address: Address, dialer: Dialer, tls: ssl.SSLContext | None, credentials: Credentials
) -> http.client.HTTPResponse:
    target = address.uri.split("://", 1)[1]
    path = target[len(address.authority) :]
    for _ in range(3):
        connection = http.client.HTTPConnection(address.host, address.port)
        connection.sock = _connected(address, dialer, tls)
        try:
            headers = dict(credentials.header("GET", path))
            connection.request("GET", path, headers={"User-Agent": "CrisisLink", **headers})
            response = connection.getresponse()
        except http.client.HTTPException as error:
            connection.close()
            raise SourceFault("protocol", "the camera does not speak HTTP") from error
        except OSError:
            connection.close()
            raise
        if response.status == 200:
            connection.sock.settimeout(SILENCE_S)
            return response
        challenges = response.headers.get_all("www-authenticate") or []
        connection.close()
        if response.status != 401:
            raise _refusal(response.status)
        credentials.challenged(challenges)
    raise SourceFault("auth", "the camera refuses the password")


def _connected(address: Address, dialer: Dialer, tls: ssl.SSLContext | None) -> "ssl.SSLSocket":
    plain = dialer.stream()
    plain.settimeout(ANSWER_S)
    if not address.encrypted:
        return cast("ssl.SSLSocket", plain)  # http.client takes either
    if tls is None:
        plain.close()
        raise SourceFault("protocol", "no certificates are known here")
    try:
        return tls.wrap_socket(plain, server_hostname=address.host)
    except ssl.SSLCertVerificationError as error:
        plain.close()
        raise SourceFault("protocol", "the camera's certificate is not trusted") from error
    except (OSError, ValueError):
        plain.close()
        raise


def _refusal(status: int) -> SourceFault:
    if 300 <= status < 400:
        return SourceFault("protocol", "the camera sends us elsewhere; redirects are not followed")
    if status == 403:
        return SourceFault("auth", "the camera refuses us (403)")
    if status in {404, 410}:
        return SourceFault("not_found", f"the camera does not know this stream ({status})")
    return SourceFault("protocol", f"the camera refuses ({status})")


def _units(body: _Body, format: str) -> Iterator[Received]:
    options = {"fflags": "nobuffer", "probesize": "65536", "analyzeduration": "0", "protocol_whitelist": ""}
    with av.open(body, mode="r", format=format, options=options, buffer_size=_READ_BYTES) as container:
        if not container.streams.video:
            raise SourceFault("codec", "the camera has no video")
        stream = container.streams.video[0]
        codec = stream.codec_context.name
        if codec not in _CODECS:
            raise SourceFault("codec", "a codec this service does not read")
        first = True
        for packet in container.demux(stream):
            if packet.size:
                yield _received(packet, cast("Codec", codec), body.arrived_s, first=first)
                first = False


def _received(
    packet: "av.Packet[av.VideoStream]", codec: Codec, arrived_s: float, *, first: bool
) -> Received:
    elapsed_s = time.monotonic() - arrived_s
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
