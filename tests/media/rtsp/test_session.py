"""Whole conversations: with our simulator, through hostile relays, and with GStreamer's RTSP server."""

import asyncio
import random
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from crisislink.demo.behaviour import Behaviour
from crisislink.demo.clips import load_clip
from crisislink.demo.farm import CameraFarm
from crisislink.media.dialing import DirectDialer
from crisislink.media.received import Received, SourceFault
from crisislink.media.rtsp.address import parse
from crisislink.media.rtsp.nal import START
from crisislink.media.rtsp.session import receive
from tests.media.cameras import farm

_GST = Path(__file__).parent / "gstserver.py"
_LOGIN = ("viewer", "pass word/@:ü")


def _received(
    url: str, count: int, *, tls: ssl.SSLContext | None = None, within_s: float = 8.0
) -> list[Received]:
    """The first access units; whatever error comes is the caller's."""
    address, found = parse(url), []
    until_s = time.monotonic() + within_s
    dialer = DirectDialer(address.host, address.port)
    with closing(receive(address, dialer, tls=tls, cnonce=lambda: "c" * 16)) as units:
        for unit in units:
            if unit is not None:
                found.append(unit)
            if len(found) >= count or time.monotonic() > until_s:
                break
    return found


async def _of(url: str, count: int = 40, *, tls: ssl.SSLContext | None = None) -> list[Received]:
    return await asyncio.to_thread(_received, url, count, tls=tls)


@pytest.mark.parametrize("scheme", ["rtsp", "rtspu"])
@pytest.mark.parametrize("name", ["gare", "allee", "metro"], ids=["h264", "h265", "mjpeg"])
async def test_a_camera_is_read_whole_and_its_clock_is_believed(name: str, scheme: str) -> None:
    async with farm(name, credentials=_LOGIN) as cameras:
        units = await _of(cameras.url(1).replace("rtsp:", f"{scheme}:"))
        truths = {s.wall_us for s in cameras.sent(1)}
    assert len(units) == 40
    assert not any(u.damaged for u in units)
    assert [u.first for u in units] == [True, *[False] * 39]
    reported = [u for u in units if u.reported]
    assert len(reported) >= 30
    assert all(min(abs(u.capture_us - t) for t in truths) < 30_000 for u in reported)
    clip = load_clip(name)
    if name != "metro":
        pictures = {n for f in clip.frames for n in _nals(f.data)}
        got = {n for u in units for n in u.unit.split(START)[1:]}
        assert got <= pictures | set(clip.parameter_sets)


def _nals(prefixed: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(prefixed):
        size = int.from_bytes(prefixed[at : at + 4])
        yield prefixed[at + 4 : at + 4 + size]
        at += 4 + size


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
    async with farm("gare", behaviour, credentials=_LOGIN) as cameras:
        with pytest.raises(SourceFault) as told:
            await _of(cameras.url(1))
    assert told.value.fault == fault


async def test_silence_is_given_up_after_three_seconds() -> None:
    async with farm("gare", Behaviour.SILENT) as cameras:
        began_s = time.monotonic()
        with pytest.raises(TimeoutError):
            await _of(cameras.url(1))
        assert 2.5 < time.monotonic() - began_s < 4


# -- relays ------------------------------------------------------------------------------------------


@asynccontextmanager
async def _relay(
    cameras: CameraFarm, forward: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
) -> AsyncIterator[str]:
    """Camera 1's address through a relay; `forward` carries what the camera says."""

    async def asks(reader: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(1 << 16):
                to.write(data)
        to.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", cameras.port)
        with suppress(ConnectionError):
            await asyncio.gather(asks(reader, far_writer), forward(far_reader, writer))
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield cameras.url(1).replace(str(cameras.port), str(server.sockets[0].getsockname()[1]))
    finally:
        server.close()


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

    async with farm("gare", credentials=_LOGIN) as cameras, _relay(cameras, crumble) as url:
        units = await _of(url, 30)
    pictures = {n for f in load_clip("gare").frames for n in _nals(f.data)}
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
        await _of(f"rtsp://u:s3cret@127.0.0.1:{server.sockets[0].getsockname()[1]}/x")
    server.close()
    assert told.value.fault in {"protocol", "codec"}
    assert time.monotonic() - began_s < 2
    assert "s3cret" not in str(told.value)


async def test_leaving_says_teardown_in_the_session() -> None:
    heard = bytearray()
    done = asyncio.Event()

    async def pass_on(reader: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
        while data := await reader.read(1 << 16):
            to.write(data)
        done.set()

    async with farm("gare") as cameras, _relay(cameras, pass_on) as url:
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


# -- TLS ---------------------------------------------------------------------------------------------


def _certified(folder: Path, name: str) -> tuple[Path, Path]:
    """A certificate for `name` that signs itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime(2026, 1, 1, tzinfo=UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=36_500))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    certificate, secret = folder / "cert.pem", folder / "key.pem"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return certificate, secret


async def test_rtsps_is_read_where_the_certificate_is_trusted_and_refused_elsewhere(tmp_path: Path) -> None:
    certificate, secret = _certified(tmp_path, "localhost")
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served.load_cert_chain(certificate, secret)

    async def carry(reader: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, ssl.SSLError):
            while data := await reader.read(1 << 16):
                to.write(data)
        to.close()

    async with farm("gare", credentials=_LOGIN) as cameras:

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", cameras.port)
            await asyncio.gather(carry(reader, far_writer), carry(far_reader, writer))

        server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=served)
        port = server.sockets[0].getsockname()[1]
        url = cameras.url(1).replace(f"127.0.0.1:{cameras.port}", f"localhost:{port}")
        url = url.replace("rtsp:", "rtsps:")
        trusted = ssl.create_default_context(cafile=str(certificate))
        assert len(await _of(url, 20, tls=trusted)) == 20
        with pytest.raises(SourceFault, match="not trusted"):
            await _of(url, 1, tls=ssl.create_default_context())
        with pytest.raises(SourceFault, match="not trusted"):
            await _of(url.replace("localhost", "127.0.0.1"), 1, tls=trusted)
        server.close()


# -- the outside witness -----------------------------------------------------------------------------


@contextmanager
def _gstreamer(path: Path, codec: str) -> Iterator[int]:
    python = shutil.which("python3", path="/usr/bin")
    assert python is not None
    process = subprocess.Popen(  # noqa: S603 - our own script
        [python, str(_GST), str(path), codec, *_LOGIN_GST], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        timer = threading.Timer(10, process.kill)
        timer.start()
        port = process.stdout.readline().strip()
        timer.cancel()
        assert port, "GStreamer's RTSP server did not start: deploy/setup.sh --test installs it"
        yield int(port)
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


_LOGIN_GST = ("viewer", "s3cret")


@pytest.mark.parametrize("scheme", ["rtsp", "rtspu"])
@pytest.mark.parametrize(("name", "codec"), [("gare", "h264"), ("allee", "hevc")])
async def test_gstreamer_is_read_byte_for_byte(tmp_path: Path, name: str, codec: str, scheme: str) -> None:
    clip = load_clip(name)
    raw = tmp_path / "raw"
    raw.write_bytes(b"".join(START + n for f in clip.frames for n in _nals(f.data)))
    with _gstreamer(raw, codec) as port:
        units = await _of(f"{scheme}://viewer:s3cret@127.0.0.1:{port}/cam", 60)
        with pytest.raises(SourceFault) as told:
            await _of(f"{scheme}://viewer:wrong@127.0.0.1:{port}/cam", 1)
    assert told.value.fault == "auth"
    assert len(units) == 60
    assert not any(u.damaged for u in units)
    assert [u.key for u in units] == [f.key for f in clip.frames[:60]]
    sets = set(clip.parameter_sets)
    for unit, frame in zip(units, clip.frames, strict=False):
        got = [n for n in unit.unit.split(START)[1:] if n not in sets]
        assert got == [n for n in _nals(frame.data) if n not in sets and not _is_delimiter(n, codec)]


def _is_delimiter(nal: bytes, codec: str) -> bool:
    return (nal[0] & 31) == 9 if codec == "h264" else (nal[0] >> 1 & 63) == 35
