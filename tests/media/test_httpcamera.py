"""Cameras over HTTP: what they send is read as it is; where they send us, we do not go; no wait is long."""

import asyncio
import io
import re
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing, suppress
from fractions import Fraction
from pathlib import Path

import av
import pytest

from crisislink.demo.clips import load_clip
from crisislink.media import httpcamera
from crisislink.media.dialing import DirectDialer
from crisislink.media.httprequest import Wire
from crisislink.media.received import Received, SourceFault
from crisislink.media.rtsp.address import parse
from crisislink.media.rtsp.connection import Connection
from crisislink.media.rtsp.nal import START
from tests.media.rtsp.reading import certified, nals

_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=cut\r\n\r\n"
Serve = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def _camera(serve: Serve, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """Its address; `serve` is told the head of each request."""

    open_ = set[asyncio.Task[None]]()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        open_.add(task)
        try:
            await serve(await reader.readuntil(b"\r\n\r\n"), writer)
            await writer.drain()
            if writer.can_write_eof():
                writer.write_eof()
            await reader.read()  # until we are left
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=tls)
    try:
        yield f"http://us%20er:p%3Aw@127.0.0.1:{server.sockets[0].getsockname()[1]}/video?x=1"
    finally:
        server.close()
        for task in open_:
            task.cancel()
        await asyncio.gather(*open_)
        await asyncio.sleep(0)  # aborted transports close their sockets in the next turn of the loop


def _said(data: bytes) -> Serve:
    async def serve(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(data)

    return serve


def _received(
    url: str,
    count: int,
    *,
    tls: ssl.SSLContext | None = None,
    goes_on: Callable[[], bool] = lambda: True,
) -> list[Received]:
    address, found = parse(url), list[Received]()
    dialer = DirectDialer(address.host, address.port)
    units = httpcamera.receive(address, dialer, tls=tls, cnonce=lambda: "c" * 16, goes_on=goes_on)
    with closing(units):
        for unit in units:
            found.append(unit)
            if len(found) >= count:
                break
    return found


async def _of(url: str, count: int = 3, *, tls: ssl.SSLContext | None = None) -> list[Received]:
    return await asyncio.to_thread(_received, url, count, tls=tls)


def _part(picture: bytes) -> bytes:
    return (
        b"--cut\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(picture) + picture + b"\r\n"
    )


_PICTURES = [f.data for f in load_clip("metro").frames[:6]]
_PARTS = b"".join(map(_part, _PICTURES))


@pytest.mark.parametrize("chunked", [False, True])
async def test_each_picture_comes_as_it_is(chunked: bool) -> None:
    head, body = _HEAD, _PARTS
    if chunked:
        head = head[:-2] + b"Transfer-Encoding: chunked\r\n\r\n"
        body = (
            b"".join(b"%x\r\n%b\r\n" % (len(b), b) for b in re.findall(rb"(?s).{1,5000}", body))
            + b"0\r\n\r\n"
        )
    before_us = time.time_ns() // 1000
    async with _camera(_said(head + body)) as url:
        units = await _of(url, 5)
    assert [u.unit for u in units] == _PICTURES[:5]
    assert {(u.codec, u.key, u.reported, u.damaged) for u in units} == {("mjpeg", True, False, False)}
    assert [u.first for u in units] == [True, False, False, False, False]
    assert all(before_us <= u.capture_us <= time.time_ns() // 1000 for u in units)


async def test_mpeg_ts_is_read_too() -> None:
    clip = load_clip("gare")
    made = io.BytesIO()
    with av.open(made, "w", format="mpegts") as out, av.open(io.BytesIO(clip.container), "r") as template:
        stream = out.add_stream_from_template(template.streams.video[0])
        for n, frame in enumerate(clip.frames[:60]):
            packet = av.Packet(frame.data)
            packet.stream, packet.time_base, packet.pts, packet.dts = stream, Fraction(1, 25), n, n
            packet.is_keyframe = frame.key
            out.mux(packet)
    head = b"HTTP/1.0 200 OK\r\ncontent-type: video/MP2T\r\n\r\n"
    async with _camera(_said(head + made.getvalue())) as url:
        units = await _of(url, 50)
    assert [u.key for u in units] == [f.key for f in clip.frames[:50]]
    for unit, frame in zip(units, clip.frames, strict=False):
        got = set(re.split(rb"\x00?\x00\x00\x01", unit.unit))
        assert {n for n in nals(frame.data) if n not in clip.parameter_sets} <= got
    assert units[0].unit.startswith(START)


@pytest.mark.parametrize(
    "scheme", [b"Basic realm=x", b'Digest realm="x", nonce="n", qop="auth", algorithm=SHA-256']
)
async def test_the_password_is_given_when_it_is_asked_for(scheme: bytes) -> None:
    asked: list[bytes] = []

    async def serve(request: bytes, writer: asyncio.StreamWriter) -> None:
        asked.append(request)
        if b"Authorization: " + scheme[:6] in request:
            writer.write(_HEAD + _PARTS)
        else:
            writer.write(b"HTTP/1.1 401 No\r\nWWW-Authenticate: " + scheme + b"\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()

    async with _camera(serve) as url:
        assert len(await _of(url)) == 3
    assert len(asked) == 2
    assert asked[1].startswith(b"GET /video?x=1 HTTP/1.1\r\n")
    assert b"p:w" not in asked[0] + asked[1]


async def test_a_wrong_password_is_tried_once() -> None:
    asked = 0

    async def serve(_: bytes, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        asked += 1
        writer.write(b'HTTP/1.1 401 No\r\nWWW-Authenticate: Digest realm="x", nonce="%d"\r\n\r\n' % asked)

    async with _camera(serve) as url:
        with pytest.raises(SourceFault) as told:
            await _of(url)
    assert (told.value.fault, asked) == ("auth", 2)


@pytest.mark.parametrize(
    ("said", "fault", "words"),
    [
        (b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n\r\n", "protocol", "redirects are not"),
        (b"HTTP/1.1 404 No\r\n\r\n", "not_found", "404"),
        (b"HTTP/1.1 403 No\r\n\r\n", "auth", "403"),
        (b"HTTP/1.1 503 Busy\r\n\r\n", "unreachable", "busy"),
        (b"HTTP/1.1 500 Oops\r\n\r\n", "protocol", "500"),
        (b"RTSP/1.0 200 OK\r\n\r\n", "protocol", "does not speak HTTP"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 300 + b"\r\n", "protocol", "does not speak HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<video>", "codec", "no video"),
        (
            b"HTTP/1.1 200 OK\r\nContent-Type: application/vnd.apple.mpegurl\r\n\r\n#EXTM3U\n",
            "codec",
            "no video",
        ),
        (b"HTTP/1.1 200 OK\r\n\r\n" + _PARTS, "codec", "no video"),
        (_HEAD + b"--cut\r\nContent-Length: 999999999\r\n\r\n" + bytes(9 << 20), "protocol", "8 MiB"),
    ],
    ids=[
        "redirect",
        "404",
        "403",
        "busy",
        "500",
        "rtsp",
        "headers",
        "page",
        "playlist",
        "untyped",
        "endless",
    ],
)
async def test_anything_else_is_a_fault(said: bytes, fault: str, words: str) -> None:
    async with _camera(_said(said)) as url:
        with pytest.raises(SourceFault, match=words) as told:
            await _of(url)
    assert told.value.fault == fault


async def test_more_than_sixty_pictures_a_second_are_a_fault() -> None:
    tiny = _part(_PICTURES[0])

    async def serve(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(_HEAD)
        for _n in range(700):
            writer.write(tiny)
            await writer.drain()

    async with _camera(serve) as url:
        with pytest.raises(SourceFault, match="more than 60"):
            await _of(url, 700)


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 200 OK\r\n", _HEAD, _HEAD + _part(_PICTURES[0])[:500]])
async def test_a_silent_camera_is_left_when_we_are_told_to_and_else_after_three_seconds(said: bytes) -> None:
    async def serve(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(said)
        await asyncio.Event().wait()

    looked: list[float] = []

    def goes_on() -> bool:
        looked.append(time.monotonic())
        return len(looked) < 4

    async with _camera(serve) as url:
        began_s = time.monotonic()
        with suppress(SourceFault, OSError, av.FFmpegError):
            await asyncio.to_thread(_received, url, 1, goes_on=goes_on)
        assert time.monotonic() - began_s < 1.5
        with pytest.raises(TimeoutError):
            await _of(url)
        assert 2.5 < time.monotonic() - began_s < 5.5


async def test_an_answer_that_drips_is_given_up() -> None:
    async def serve(_: bytes, writer: asyncio.StreamWriter) -> None:
        for _n in range(100):
            writer.write(b"H")
            await asyncio.sleep(0.2)

    async with _camera(serve) as url:
        began_s = time.monotonic()
        with pytest.raises(TimeoutError):
            await _of(url)
        assert time.monotonic() - began_s < 4


async def test_what_waited_while_we_stood_still_is_not_shown() -> None:
    now_s = 5.0

    class Stopped(Connection):
        """A process that is stopped in the middle of its second wait."""

        def __init__(self) -> None:
            self.waits = 0

        def readable(self, wait_s: float, *_: object) -> list[object]:  # type: ignore[override]
            nonlocal now_s
            self.waits += 1
            now_s += wait_s if self.waits == 1 else 30
            return [] if self.waits == 1 else [self]

        def read_into(self, buffer: bytearray | memoryview) -> int | None:
            raise AssertionError(buffer)

    wire = Wire(Stopped(), lambda: True, monotonic_s=lambda: now_s)
    with pytest.raises(ConnectionAbortedError):
        wire.readinto(bytearray(9))


async def test_https_is_read_where_the_certificate_is_trusted(tmp_path: Path) -> None:
    certificate, secret = certified(tmp_path, "localhost")
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served.load_cert_chain(certificate, secret)
    async with _camera(_said(_HEAD + _PARTS), tls=served) as plain:
        url = plain.replace("http:", "https:").replace("127.0.0.1", "localhost")
        trusted = ssl.create_default_context(cafile=str(certificate))
        assert len(await _of(url, tls=trusted)) == 3
        with pytest.raises(SourceFault, match="not trusted"):
            await _of(url, tls=ssl.create_default_context())
