"""A provider behind an authority of its own, and one that wants to see our certificate in TLS."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import uvicorn
from starlette.types import ASGIApp

from crisislink.adapters.ephemera import InProcessEphemera
from crisislink.adapters.oidc import OidcClient, ProviderProfile
from crisislink.adapters.oidc.clientkey import ClientKey
from crisislink.adapters.system import SystemEntropy
from crisislink.core.errors import Unavailable
from tests.fakes.loopback import listening
from tests.fakes.provider import LyingProvider
from tests.fakes.time import TurnedClock
from tests.oidc.certificates import Authority
from tests.oidc.party import PUBLIC, Party, profile


@asynccontextmanager
async def secured(app: ASGIApp, bound: socket.socket, own: Path, clients: Path | None) -> AsyncIterator[None]:
    """Over TLS; `clients`: the authority whose certificate a client must show."""
    config = uvicorn.Config(
        app,
        lifespan="off",
        log_config=None,
        access_log=False,
        ssl_certfile=str(own),
        ssl_ca_certs=None if clients is None else str(clients),
        ssl_cert_reqs=ssl.CERT_NONE if clients is None else ssl.CERT_REQUIRED,
    )
    server = uvicorn.Server(config)
    bound.listen(128)
    task = asyncio.create_task(server.serve([bound]))
    try:
        yield
    finally:
        server.should_exit = True
        async with asyncio.timeout(10):
            await task
        bound.close()


@asynccontextmanager
async def parted(folder: Path, *, ours: str) -> AsyncIterator[Party]:
    """A provider with an alias that asks for our certificate, which the authority named `ours` signed."""
    authorities = {"known": Authority.new(), "stranger": Authority.new()}
    trusted = authorities["known"].pem(folder)
    own = authorities["known"].issued("idp", folder)
    (plain, port), (mutual, alias_port) = listening(), listening()
    clock = TurnedClock()
    lying = LyingProvider(f"https://localhost:{port}", clock)
    alias = f"https://localhost:{alias_port}"
    lying.metadata["mtls_endpoint_aliases"] = {"token_endpoint": f"{alias}/token"}
    known: ProviderProfile = profile(
        lying.issuer,
        key=ClientKey.load(authorities[ours].issued("us", folder)),
        authentication="tls_client_auth",
        origins=(alias,),
    )
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(secured(lying.app(), plain, own, None))
        await stack.enter_async_context(secured(lying.app(), mutual, own, trusted))
        client = await stack.enter_async_context(
            OidcClient(
                replace(known, ca_file=trusted),
                public_url=PUBLIC,
                clock=clock,
                entropy=SystemEntropy(),
                ephemera=InProcessEphemera(clock),
            )
        )
        yield Party(lying, client, clock)


async def test_oidcc_client_test_mtls_endpoint_aliases(tmp_path: Path) -> None:
    """The alias alone answers those who show a certificate: a sign-in proves that it was asked."""
    async with parted(tmp_path, ours="known") as it:
        assert (await it.sign_in()).identity.subject == "someone"
        seen = it.provider.last("/token")
        assert seen.headers["host"] != it.provider.issuer.removeprefix("https://")
        assert seen.form["client_id"] == "crisislink"
        assert "authorization" not in seen.headers


async def test_a_certificate_of_a_stranger_opens_nothing(tmp_path: Path) -> None:
    async with parted(tmp_path, ours="stranger") as it:
        with pytest.raises(Unavailable):
            await it.sign_in()
        assert "/token" not in it.provider.asked


async def test_a_provider_whose_certificate_nobody_vouches_for_is_not_spoken_to(tmp_path: Path) -> None:
    authority = Authority.new()
    bound, port = listening()
    lying = LyingProvider(f"https://localhost:{port}", clock := TurnedClock())
    async with (
        secured(lying.app(), bound, authority.issued("idp", tmp_path), None),
        OidcClient(
            profile(lying.issuer),
            public_url=PUBLIC,
            clock=clock,
            entropy=SystemEntropy(),
            ephemera=InProcessEphemera(clock),
        ) as client,
    ):
        with pytest.raises(Unavailable):
            await client.authorization_url("/", "cookie")
    assert lying.seen == []
