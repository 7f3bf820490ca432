"""Dispatch software against the certified provider: client credentials, resource indicators, our API.

npm `oidc-provider` over real TLS: opaque tokens and JWTs, for any bearer or bound to a certificate.
The front proxy's part, to tell which certificate was shown, is played as `deploy/Caddyfile` has it.
"""

import ssl
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from crisislink.adapters.oidc import OidcClient
from crisislink.adapters.oidc.accesstoken import MachineAccess, TokenKind
from crisislink.adapters.oidc.machines import Machines
from crisislink.adapters.system import SystemClock, SystemEntropy
from crisislink.core.actors import Role
from crisislink.flow.machines import Scope, machine_subject
from crisislink.web import models as m
from crisislink.web.app import build_app
from crisislink.web.calls import Service
from crisislink.web.front import Front
from crisislink.web.origins import Origins
from tests.city import small_city
from tests.oidc.certificates import Authority
from tests.oidc.party import PUBLIC, profile
from tests.oidc.test_independent import SECRET, independent
from tests.samples import SAMU, person
from tests.web.conftest import ORIGIN, all_here, remembered, told, watching
from tests.web.test_machines import NEW, enrol

AUDIENCE = "https://crisislink.example/api"
SCOPE = " ".join(sorted(Scope))


def _machine(id: str, **more: Any) -> dict[str, Any]:
    return {
        "client_id": id,
        "client_secret": f"{SECRET} {id}",
        "token_endpoint_auth_method": "client_secret_post",
        "grant_types": ["client_credentials"],
        "redirect_uris": [],
        "response_types": [],
        **more,
    }


def _orders(tokens: TokenKind, own: Path) -> dict[str, Any]:
    pem = own.read_text()
    us = {
        "client_id": "crisislink",
        "client_secret": SECRET,
        "redirect_uris": [f"{PUBLIC}/auth/callback/hopital"],
    }
    clients = [
        _machine("lrm"),
        _machine("bound", tls_client_certificate_bound_access_tokens=True),
        _machine("unnamed"),
    ]
    return {
        "issuers": [
            {
                "host": "localhost",
                "account": {"id": "nobody", "name": "Nobody"},
                "algorithm": "RS256",
                "client": us,
                "api": {
                    "audience": AUDIENCE,
                    "scope": SCOPE,
                    "format": "opaque" if tokens == "opaque" else "jwt",
                    "clients": clients,
                },
                "tls": {"key": pem, "cert": pem},
            }
        ]
    }


@dataclass(frozen=True)
class Software:
    """Dispatch software: at the provider with its secret and, bound, its certificate; then at our API."""

    issuer: str
    trusted: Path
    certificates: dict[str, Path]
    api: httpx2.AsyncClient

    async def token(self, client: str, *, shows: str | None = None, **form: str) -> httpx2.Response:
        tls = ssl.create_default_context(cafile=str(self.trusted))
        if shows is not None:
            tls.load_cert_chain(self.certificates[shows])
        asked = {
            "grant_type": "client_credentials",
            "client_id": client,
            "client_secret": f"{SECRET} {client}",
            "resource": AUDIENCE,
            "scope": SCOPE,
        }
        async with httpx2.AsyncClient(verify=tls, trust_env=False) as http:
            return await http.post(f"{self.issuer}/token", data=asked | form)

    async def good(self, client: str, *, shows: str | None = None, **form: str) -> str:
        answer = await self.token(client, shows=shows, **form)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])

    async def calls(self, token: str, *, shows: str | None = None) -> httpx2.Response:
        """Open an incident through the proxy, which tells the certificate."""
        sent = {"authorization": f"Bearer {token}"}
        if shows is not None:
            certificate = x509.load_pem_x509_certificate(self.certificates[shows].read_bytes())
            sent["client-cert"] = f":{b64encode(certificate.public_bytes(Encoding.DER)).decode()}:"
        return await self.api.post("/api/incidents", json=NEW, headers=sent)


@asynccontextmanager
async def software(folder: Path, tokens: TokenKind) -> AsyncIterator[Software]:
    authority = Authority.new()
    trusted = authority.pem(folder)
    certificates = {name: authority.issued(name, folder) for name in ("ours", "other")}
    async with AsyncExitStack() as stack:
        orders = _orders(tokens, authority.issued("idp", folder))
        [issuer] = await stack.enter_async_context(independent(orders))
        city = await stack.enter_async_context(small_city(folder))
        city.clock.wall = SystemClock().now()
        for name in ("lrm", "bound", "unnamed"):
            who = replace(person(name, SAMU), issuer=issuer, subject=machine_subject(name))
            await enrol(city, who, Role.DISPATCH_SYSTEM)
        named = {name: frozenset({Scope.INCIDENTS}) for name in ("lrm", "bound")}
        access = MachineAccess(issuer=issuer, audience=AUDIENCE, clients=named, tokens=tokens)
        client = await stack.enter_async_context(
            OidcClient(
                replace(profile(issuer, secret=SECRET, ca_file=trusted), machines=access),
                public_url=PUBLIC,
                clock=SystemClock(),
                entropy=SystemEntropy(),
                ephemera=city.ports.ephemera,
            )
        )
        service = Service(
            ports=city.ports,
            video=city.video,
            origins=Origins(ORIGIN),
            actor_of=told,
            watcher_of=watching,
            present=all_here,
            remembered=remembered,
            sign_in=m.SignIn(providers=[], demo=True),
            machine_of=Machines([client]).verified,
        )
        app = Front(
            build_app(service, more=(), form_targets=()), proxies=[ip_network("127.0.0.1")], certificates=True
        )
        api = await stack.enter_async_context(
            httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url=ORIGIN)
        )
        yield Software(issuer, trusted, certificates, api)


def code(answer: httpx2.Response) -> tuple[int, str | None]:
    return answer.status_code, answer.json().get("code")


@pytest.mark.parametrize("tokens", ["opaque", "jwt"])
async def test_its_tokens_let_the_named_software_in_and_bound_ones_with_the_certificate_alone(
    tmp_path: Path, tokens: TokenKind
) -> None:
    async with software(tmp_path, tokens) as it:
        for_any = await it.good("lrm")
        assert for_any.count(".") == (0 if tokens == "opaque" else 2)
        assert code(await it.calls(for_any)) == (201, None)
        assert code(await it.calls(await it.good("unnamed"))) == (401, "bearer")
        assert code(await it.calls(await it.good("lrm", scope="crisislink:cameras"))) == (403, "scope")

        assert (await it.token("bound")).status_code == 400, "the provider binds, or gives none"
        bound = await it.good("bound", shows="ours")
        assert code(await it.calls(bound, shows="ours")) == (201, None)
        assert code(await it.calls(bound, shows="other")) == (401, "certificate")
        assert code(await it.calls(bound)) == (401, "certificate")


async def test_a_token_for_another_service_or_none_is_refused(tmp_path: Path) -> None:
    async with software(tmp_path, "opaque") as it:
        assert (await it.token("lrm", resource="https://elsewhere.example")).status_code == 400
        assert code(await it.calls(await it.good("lrm", resource="", scope=""))) == (401, "bearer")
        assert code(await it.calls("x" * 43)) == (401, "bearer")


async def test_a_token_that_was_revoked_there_is_refused_here(tmp_path: Path) -> None:
    async with software(tmp_path, "opaque") as it:
        token = await it.good("lrm")
        tls = ssl.create_default_context(cafile=str(it.trusted))
        async with httpx2.AsyncClient(verify=tls, trust_env=False) as http:
            form = {"token": token, "client_id": "lrm", "client_secret": f"{SECRET} lrm"}
            assert (await http.post(f"{it.issuer}/token/revocation", data=form)).status_code == 200
        assert code(await it.calls(token)) == (401, "bearer")
