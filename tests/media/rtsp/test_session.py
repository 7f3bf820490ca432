"""Whole conversations: with our simulator, through hostile relays, with cameras that are odd or dead."""

import asyncio
import random
import socket
import statistics
import sys
import threading
import time
from contextlib import closing, suppress
from itertools import pairwise, takewhile

import pytest

from crisislink.demo.behaviour import Behaviour
from crisislink.demo.clips import load_clip
from crisislink.media.dialing import DirectDialer
from crisislink.media.received import SourceFault
from crisislink.media.rtsp import session
from crisislink.media.rtsp.address import parse
from crisislink.media.rtsp.nal import START
from crisislink.media.rtsp.session import receive
from tests.media.cameras import farm
from tests.media.rtsp.reading import LOGIN, nals, of, relay


@pytest.mark.parametrize("scheme", ["rtsp", "rtspu"])
@pytest.mark.parametrize("name", ["gare", "allee", "metro"], ids=["h264", "h265", "mjpeg"])
async def test_a_camera_is_read_whole_and_its_clock_is_believed(name: str, scheme: str) -> None:
    async with farm(name, credentials=LOGIN) as cameras:
        units = await of(cameras.url(1).replace("rtsp:", f"{scheme}:"))
        truths = {s.wall_us for s in cameras.sent(1)}
    assert len(units) == 40
    assert not any(u.damaged for u in units)
    assert [u.first for u in units] == [True, *[False] * 39]
    reported = [u for u in units if u.reported]
    assert len(reported) >= 30
    exact = [u for u in reported if min(abs(u.capture_us - t) for t in truths) < 30_000]
    assert len(exact) >= 0.9 * len(reported), "a camera on a busy machine may itself be late with a few"
    clip = load_clip(name)
    if name != "metro":
        pictures = {n for f in clip.frames for n in nals(f.data)}
        got = {n for u in units for n in u.unit.split(START)[1:]}
        assert got <= pictures | set(clip.parameter_sets)


@pytest.mark.parametrize(
    ("behaviour", "fault"),
    [
        (Behaviour.WRONG_PASSWORD, "auth"),
        (Behaviour.NOT_FOUND, "not_found"),
        (Behaviour.UNKNOWN_CODEC, "codec"),
    ],
    ids=str,
)
async def test_a_refusal_has_its_class(behaviour: Behaviour, fault: str) -> None:
    async with farm("gare", behaviour, credentials=LOGIN) as cameras:
        with pytest.raises(SourceFault) as told:
            await of(cameras.url(1))
    assert told.value.fault == fault


async def test_silence_is_given_up_after_three_seconds() -> None:
    async with farm("gare", Behaviour.SILENT) as cameras:
        began_s = time.monotonic()
        with pytest.raises(TimeoutError):
            await of(cameras.url(1))
        assert 2.5 < time.monotonic() - began_s < 4


# -- relays ------------------------------------------------------------------------------------------


async def test_any_cut_of_the_stream_gives_the_same_pictures() -> None:
    chance = random.Random(31)  # noqa: S311 - cuts, no secret

    async def crumble(reader: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
        while data := await reader.read(1 << 16):
            at = 0
            while at < len(data):
                size = chance.choice((1, 2, 3, 5, 700, 4_000))
                to.write(data[at : at + size])
                at += size
                await asyncio.sleep(0)
        to.close()

    async with farm("gare", credentials=LOGIN) as cameras, relay(cameras, says=crumble) as url:
        units = await of(url, 30)
    pictures = {n for f in load_clip("gare").frames for n in nals(f.data)}
    assert len(units) == 30
    assert all(n in pictures for u in units for n in u.unit.split(START)[1:])


@pytest.mark.parametrize(
    "answer",
    [
        b"RTSP/1.0 302 Moved\r\nCSeq: 1\r\nLocation: rtsp://127.0.0.1:1/x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Length: 999999999\r\n\r\n",
        b"\x00" * 100,
        b"RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n",
        b"RTSP/1.0 500 Oops\r\nCSeq: 1\r\n\r\n",
    ],
    ids=["redirect", "http", "huge", "zeros", "empty", "error"],
)
async def test_a_hostile_answer_is_a_fault_at_once(answer: bytes) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        with suppress(ConnectionError):
            await reader.read()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    began_s = time.monotonic()
    with pytest.raises(SourceFault) as told:
        await of(f"rtsp://u:s3cret@127.0.0.1:{server.sockets[0].getsockname()[1]}/x")
    server.close()
    assert told.value.fault in {"protocol", "codec"}
    assert time.monotonic() - began_s < 2
    assert "s3cret" not in str(told.value)


async def test_leaving_says_teardown_in_the_session() -> None:
    heard = bytearray()
    done = asyncio.Event()

    async def noted(reader: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
        while data := await reader.read(1 << 16):
            to.write(data)
        done.set()

    async with farm("gare") as cameras, relay(cameras, says=noted) as url:
        address = parse(url)
        dialer = _Tapped(address.host, address.port, heard)
        units = receive(address, dialer, tls=None, cnonce=lambda: "c")
        await asyncio.to_thread(lambda: [next(units) for _ in range(20)])
        units.close()
        async with asyncio.timeout(3):
            await done.wait()
    assert b"TEARDOWN " in heard
    assert heard.count(b"SETUP ") == 1


class _Tapped(DirectDialer):
    """Keeps what we say."""

    def __init__(self, host: str, port: int, heard: bytearray) -> None:
        super().__init__(host, port)
        self._heard = heard

    def stream(self) -> socket.socket:
        """See `Dialer`."""
        plain = super().stream()
        return _Tap(plain.family, plain.type, plain.proto, plain.detach(), self._heard)


class _Tap(socket.socket):
    def __init__(self, family: int, type: int, proto: int, fileno: int, heard: bytearray) -> None:
        super().__init__(family, type, proto, fileno)
        self.heard = heard

    def sendall(self, data: bytes, flags: int = 0) -> None:  # type: ignore[override]
        self.heard += data
        super().sendall(data, flags)


async def test_sound_is_never_set_up() -> None:
    heard = bytearray()
    async with farm("faubourg") as cameras:
        address = parse(cameras.url(1))
        units = receive(address, _Tapped(address.host, address.port, heard), tls=None, cnonce=lambda: "c")
        await asyncio.to_thread(lambda: [next(units) for _ in range(20)])
        units.close()
    assert heard.count(b"SETUP ") == 1
    assert b"audio" not in heard


# -- time --------------------------------------------------------------------------------------------


async def test_a_picture_is_there_before_the_next_one_begins(capsys: pytest.CaptureFixture[str]) -> None:
    """FFmpeg's demuxer gives it 40 ms later (25 pictures a second)."""
    async with farm("gare") as cameras:
        units = await of(cameras.url(1), 125)
        sent = {round(s.wall_us, -3): s.monotonic_ns / 1e9 for s in cameras.sent(1)}
    waits_ms = [
        (u.arrived_s - sent[key]) * 1e3
        for u in units
        if (key := round(u.capture_us, -3)) in sent and u.reported
    ]
    assert len(waits_ms) > 50
    with capsys.disabled():
        sys.stdout.write(f" [last byte sent → unit: median {statistics.median(waits_ms):.2f} ms]")
    assert statistics.median(waits_ms) < 20


async def test_a_camera_that_never_answers_does_not_keep_us_from_leaving() -> None:
    async with farm("gare", Behaviour.SILENT) as cameras:
        address = parse(cameras.url(1))
        units = receive(address, DirectDialer(address.host, address.port), tls=None, cnonce=lambda: "c")

        def look() -> list[float]:
            times = [time.monotonic()]
            for _ in range(4):
                assert next(units) is None
                times.append(time.monotonic())
            units.close()
            return [*times, time.monotonic()]

        times = await asyncio.to_thread(look)
    assert max(b - a for a, b in pairwise(times)) < 0.5


async def test_a_camera_that_hangs_without_a_word_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "SILENCE_S", 0.6)
    async with farm("gare") as cameras:
        address = parse(cameras.url(1))
        playing, looked = threading.Event(), list[float]()

        def look() -> None:
            dialer = DirectDialer(address.host, address.port)
            with closing(receive(address, dialer, tls=None, cnonce=lambda: "c")) as units:
                for unit in units:
                    looked.append(time.monotonic())
                    if unit is not None:
                        playing.set()

        reading = asyncio.create_task(asyncio.to_thread(look))
        assert await asyncio.to_thread(playing.wait, 5)
        cameras.behave(1, Behaviour.STALL)
        with pytest.raises(TimeoutError, match="sends nothing"):
            await asyncio.wait_for(reading, 5)
    assert max(b - a for a, b in pairwise(looked)) < 0.5


# -- the odd camera ----------------------------------------------------------------------------------


class Odd:
    """An old camera: bare LF, lower-case names, its own channels, no GET_PARAMETER, nonces that grow old."""

    def __init__(self) -> None:
        self.asked: list[bytes] = []
        self.answered = bytearray()
        self.nonce = 0
        self.alive = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        playing: asyncio.Task[None] | None = None
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                request = await self._request(reader)
                method = request.split(b" ")[0]
                self.asked.append(method)
                writer.write(self._answer(method, request))
                if method == b"PLAY":
                    playing = asyncio.create_task(self._play(writer))
        if playing is not None:
            playing.cancel()
        writer.close()

    async def _request(self, reader: asyncio.StreamReader) -> bytes:
        while True:
            first = await reader.readexactly(1)
            if first == b"$":
                head = await reader.readexactly(3)
                await reader.readexactly(int.from_bytes(head[1:]))
                continue
            rest = await reader.readuntil(b"\r\n\r\n")
            if (first + rest).startswith(b"RTSP/"):
                self.answered += first + rest
                continue
            return first + rest

    def _answer(self, method: bytes, request: bytes) -> bytes:
        cseq = next(line[6:] for line in request.split(b"\r\n") if line.startswith(b"CSeq: "))
        head = b"\nRTSP/1.0 %s\ncseq: " + cseq + b"\n"
        if b'nonce="%d"' % self.nonce not in request:
            return head % b"401 No" + b'www-authenticate: digest realm=old,nonce="%d"\n\n' % self.nonce
        match method:
            case b"DESCRIBE":
                sdp = b"v=0\nm=video 0 RTP/AVP 26\n"
                return head % b"200 OK" + b"content-length:%d\n\n" % len(sdp) + sdp
            case b"SETUP":
                return (
                    head % b"200 OK" + b"transport: RTP/AVP/TCP;interleaved=6\nsession: 7 ; timeout = 1\n\n"
                )
            case b"GET_PARAMETER":
                self.nonce += 1
                return head % b"501 Unknown" + b"\n"
            case b"OPTIONS":
                self.alive.set()
        return head % b"200 OK" + b"\n"

    async def _play(self, writer: asyncio.StreamWriter) -> None:
        """A picture of 16×16 each 40 ms, one every second on a channel nobody asked for; and a question."""
        writer.write(b"OPTIONS * RTSP/1.0\ncseq: 900\n\n")
        for n in range(1_000):
            rtp = b"\x80\x9a" + n.to_bytes(2) + (n * 3_600).to_bytes(4) + b"ssrc"
            rtp += b"\0\0\0\0\1\x50\2\2scan"
            for channel in (6, 9):
                writer.write(b"$" + bytes([channel]) + len(rtp).to_bytes(2) + rtp)
            await asyncio.sleep(0.04)


async def test_a_camera_with_ways_of_its_own_is_read_and_kept_alive() -> None:
    odd = Odd()
    server = await asyncio.start_server(odd.serve, "127.0.0.1", 0)
    url = f"rtsp://u:p@127.0.0.1:{server.sockets[0].getsockname()[1]}/x"
    units = await of(url, 75)
    async with asyncio.timeout(3):
        await odd.alive.wait()
    server.close()
    assert len(units) == 75
    assert not any(u.damaged for u in units)
    assert b"CSeq: 900" in odd.answered
    setup = [b"DESCRIBE", b"DESCRIBE", b"SETUP", b"PLAY"]
    assert list(takewhile(lambda m: m != b"GET_PARAMETER", odd.asked)) == setup
    # Not known; the other way, whose nonce grew old meanwhile; and once more with the new one.
    assert odd.asked[4:7] == [b"GET_PARAMETER", b"OPTIONS", b"OPTIONS"]
