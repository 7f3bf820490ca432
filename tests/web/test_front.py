"""The front proxy's word: who calls, and with which certificate; nobody else's."""

import asyncio
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Sequence
from hashlib import sha256
from ipaddress import ip_network
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from crisislink import wiring
from crisislink.config import Settings
from crisislink.web.front import Front, shown_by, thumbprint
from crisislink.wiring import Running
from tests.oidc.certificates import Authority

PROXY, STRANGER = "10.0.0.1", "203.0.113.9"
CERTIFICATE = Authority.new().certificate
DER = CERTIFICATE.public_bytes(Encoding.DER)
PEM = CERTIFICATE.public_bytes(Encoding.PEM).decode()
OURS = urlsafe_b64encode(sha256(DER).digest()).rstrip(b"=").decode()
RFC_9440 = f":{b64encode(DER).decode()}:"


async def _who(request: Request) -> Response:
    assert request.client is not None
    headers = [name for name in request.headers if name.startswith("client-cert")]
    return JSONResponse({"shown": shown_by(request), "from": request.client.host, "headers": headers})


async def seen(
    sent: Sequence[tuple[str, str]], *, peer: str = PROXY, certificates: bool = True
) -> dict[str, Any]:
    app = Front(
        Starlette(routes=[Route("/", _who)]),
        proxies=[ip_network("10.0.0.0/30"), ip_network("fd00::/64")],
        certificates=certificates,
    )
    transport = httpx2.ASGITransport(app=app, client=(peer, 4711))
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:
        found: dict[str, Any] = (await client.get("/", headers=list(sent))).json()
    assert found["headers"] == [], "nothing behind it ever sees the header"
    return found


@pytest.mark.parametrize(
    "said", [RFC_9440, quote(PEM), PEM.replace("\n", "%0A")], ids=["9440", "nginx", "raw"]
)
async def test_the_proxy_says_which_certificate_was_shown(said: str) -> None:
    assert (await seen([("Client-Cert", said)]))["shown"] == OURS
    assert (await seen([("Client-Cert", said)], peer="fd00::1"))["shown"] == OURS


async def test_nobody_else_says_it() -> None:
    forged = [("Client-Cert", RFC_9440), ("X-Forwarded-For", PROXY)]
    for peer in (STRANGER, "10.0.0.4", "::ffff:10.0.0.1", "unix", ""):
        assert (await seen(forged, peer=peer))["shown"] is None


async def test_a_forwarded_address_makes_nobody_a_proxy_and_no_proxy_a_stranger() -> None:
    through = [("Client-Cert", RFC_9440), ("X-Forwarded-For", STRANGER)]
    assert await seen(through) == {"shown": OURS, "from": STRANGER, "headers": []}
    alone = await seen([("X-Forwarded-For", "192.0.2.1")], peer=STRANGER)
    assert alone["from"] == STRANGER


async def test_a_proxy_that_does_not_make_the_header_only_passes_on_what_callers_write() -> None:
    assert (await seen([("Client-Cert", RFC_9440)], certificates=False))["shown"] is None


async def test_two_of_them_are_none() -> None:
    assert (await seen([("Client-Cert", RFC_9440), ("client-cert", RFC_9440)]))["shown"] is None


async def test_the_service_is_served_behind_it(tmp_path: Path) -> None:
    settings = Settings.model_validate(
        {
            "public_url": "https://crisislink.example",
            "data_dir": tmp_path,
            "key_file": tmp_path / "key",
            "providers": [
                {"id": "a", "label": "a", "side": "city", "issuer": "https://i.example", "client_id": "c"}
                | {"client_secret": "s"}
            ],
            "proxies": [f"{PROXY}/32"],
            "client_certificates": True,
        }
    )
    running = Running(app=Starlette(routes=[Route("/", _who)]), ports=cast("Any", None), member=None)
    config = wiring.server(settings, running).config
    assert not config.proxy_headers
    transport = httpx2.ASGITransport(app=cast("Any", config.app), client=(PROXY, 4711))
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:
        assert (await client.get("/", headers={"Client-Cert": RFC_9440})).json()["shown"] == OURS


GARBAGE = [
    "",
    "::",
    ":::",
    ":AAAA:",
    f":{b64encode(DER).decode()[:-8]}:",
    "x",
    "%00",
    PEM[:200],
    "é",
    ":" * 20_000,
]


@pytest.mark.parametrize("said", GARBAGE)
def test_what_is_no_certificate_is_none(said: str) -> None:
    assert thumbprint(said) is None


def test_line_breaks_do_not_change_whose_certificate_it_is() -> None:
    assert thumbprint(quote(PEM.replace("\n", "\r\n"))) == OURS
    assert x509.load_pem_x509_certificate(PEM.encode()) == CERTIFICATE


def test_the_certificate_that_openssl_names_is_the_one_we_name(tmp_path: Path) -> None:
    file = tmp_path / "certificate.pem"
    file.write_text(PEM)

    async def asked() -> bytes:
        command = ("openssl", "x509", "-in", str(file), "-noout", "-fingerprint", "-sha256")
        child = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
        return (await child.communicate())[0]

    digest = bytes.fromhex(asyncio.run(asked()).decode().partition("=")[2].strip().replace(":", ""))
    assert urlsafe_b64encode(digest).rstrip(b"=").decode() == OURS
