"""What the tests of whole conversations share: reading a camera, relays before it, a certificate."""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from crisislink.demo.farm import CameraFarm
from crisislink.media.dialing import Dialer, DirectDialer
from crisislink.media.received import Received
from crisislink.media.rtsp.address import parse
from crisislink.media.rtsp.session import receive

LOGIN = ("viewer", "pass word/@:ü")
Forward = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def received(
    url: str,
    count: int,
    *,
    tls: ssl.SSLContext | None = None,
    dialer: Dialer | None = None,
    within_s: float = 12.0,
) -> list[Received]:
    """The first access units; whatever error comes is the caller's."""
    address, found = parse(url), list[Received]()
    until_s = time.monotonic() + within_s
    way = dialer or DirectDialer(address.host, address.port)
    with closing(receive(address, way, tls=tls, cnonce=lambda: "c" * 16)) as units:
        for unit in units:
            if unit is not None:
                found.append(unit)
            if len(found) >= count or time.monotonic() > until_s:
                break
    return found


async def of(
    url: str, count: int = 40, *, tls: ssl.SSLContext | None = None, dialer: Dialer | None = None
) -> list[Received]:
    """`received`, while the loop goes on."""
    return await asyncio.to_thread(received, url, count, tls=tls, dialer=dialer)


def nals(prefixed: bytes) -> Iterator[bytes]:
    """The NAL units of an access unit with lengths of four bytes."""
    at = 0
    while at < len(prefixed):
        size = int.from_bytes(prefixed[at : at + 4])
        yield prefixed[at + 4 : at + 4 + size]
        at += 4 + size


async def pass_on(reader: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
    """The relay that changes nothing."""
    with suppress(ConnectionError, ssl.SSLError):
        while data := await reader.read(1 << 16):
            to.write(data)
    to.close()


@asynccontextmanager
async def relay(
    cameras: CameraFarm,
    *,
    says: Forward = pass_on,
    asks: Forward = pass_on,
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[str]:
    """Camera 1's address through a relay; `says` carries what the camera says, `asks` what it is asked."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", cameras.port)
        try:
            with suppress(ConnectionError):
                await asyncio.gather(asks(reader, far_writer), says(far_reader, writer))
        finally:
            far_writer.close()
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    try:
        yield cameras.url(1).replace(str(cameras.port), str(server.sockets[0].getsockname()[1]))
    finally:
        server.close()


def certified(folder: Path, name: str) -> tuple[Path, Path]:
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
