"""Access tokens of dispatch software: the good one proves its client, every other is nobody's."""

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest
from joserfc import jwe
from joserfc.jwk import RSAKey
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response

from crisislink.adapters.ephemera import InProcessEphemera
from crisislink.adapters.oidc import Make, OidcClient
from crisislink.adapters.oidc.accesstoken import ACCESS_WAYS, AccessWays, MachineAccess, TokenKind
from crisislink.adapters.oidc.machines import Machines
from crisislink.adapters.system import SystemEntropy
from crisislink.config import ProviderSettings
from crisislink.core.errors import Reason, Unauthenticated, Unavailable
from crisislink.flow.machines import Scope, VerifiedMachine
from tests.fakes.loopback import listening, serving
from tests.fakes.provider import CLIENT_ID, Claims, LyingProvider, curve, published, rsa, unsigned
from tests.fakes.time import TurnedClock
from tests.oidc.party import PUBLIC, profile

AUDIENCE = "https://crisislink.example/api"
LRM = "lrm"


@dataclass(frozen=True)
class Gate:
    """Our check, before a provider that signs what the test says."""

    provider: LyingProvider
    machines: Machines
    clock: TurnedClock
    ways: AccessWays

    def claims(self, **changed: Any) -> Claims:
        """Good ones, then changed; None leaves a claim out."""
        now_s = int(self.clock.now().timestamp())
        claims = {
            "iss": self.provider.issuer,
            "aud": AUDIENCE,
            "sub": LRM,
            self.ways.client: LRM,
            self.ways.scopes: "crisislink:incidents crisislink:cameras other",
            self.ways.identifier: "one",
            "iat": now_s,
            "exp": now_s + 300,
            **self.ways.says,
            **changed,
        }
        return {name: value for name, value in claims.items() if value is not None}

    def token(self, **changed: Any) -> str:
        return self.signed(self.claims(**changed))

    def signed(self, claims: Claims, **header: Any) -> str:
        return self.provider.signed_by(self.provider.key, claims, **{"typ": "at+jwt", **header})

    async def let_in(self, token: str) -> VerifiedMachine:
        return await self.machines.verified(token, None)

    async def refuses(self, token: str) -> None:
        with pytest.raises(Unauthenticated) as error:
            await self.machines.verified(token, None)
        assert error.value.reason is Reason.BEARER


@asynccontextmanager
async def gate(
    make: Make = Make.GENERIC, *, tokens: TokenKind = "jwt", bound: bool = False
) -> AsyncIterator[Gate]:
    async with AsyncExitStack() as stack:
        clock = TurnedClock()
        listener, port = listening()
        lying = LyingProvider(f"http://localhost:{port}", clock)
        await stack.enter_async_context(serving(lying.app(), listener))
        ways = ACCESS_WAYS.get(make, AccessWays())
        allowed = {LRM: frozenset({Scope.INCIDENTS})}
        access = MachineAccess(
            issuer=lying.issuer, audience=AUDIENCE, clients=allowed, ways=ways, tokens=tokens, bound=bound
        )
        client = await stack.enter_async_context(
            OidcClient(
                replace(profile(lying.issuer), machines=access),
                public_url=PUBLIC,
                clock=clock,
                entropy=SystemEntropy(),
                ephemera=InProcessEphemera(clock),
            )
        )
        yield Gate(lying, Machines([client]), clock, ways)


async def test_a_good_token_proves_its_client_with_the_scopes_that_both_sides_allow() -> None:
    async with gate() as g:
        machine = await g.let_in(g.token())
        assert machine.subject == "client:lrm"
        assert machine.scopes == {Scope.INCIDENTS}


@pytest.mark.parametrize("make", [Make.KEYCLOAK, Make.ENTRA, Make.ADFS])
async def test_each_make_of_provider_writes_its_own_and_no_other(make: Make) -> None:
    async with gate(make) as g:
        assert (await g.let_in(g.signed(g.claims(), typ="JWT"))).client_id == LRM
        for name in (*g.ways.says, g.ways.client, g.ways.identifier):
            await g.refuses(g.signed(g.claims(**{name: None}), typ="JWT"))


async def test_roles_may_come_as_a_list() -> None:
    async with gate(Make.ENTRA) as g:
        assert (await g.let_in(g.token(roles=["crisislink:incidents"]))).scopes == {Scope.INCIDENTS}


Forged = Callable[[Gate], str]
FORGED: dict[str, Forged] = {
    "alg none": lambda g: unsigned(g.claims()),
    "id token": lambda g: g.provider.signed(g.claims(aud=CLIENT_ID, nonce="n")),
    "id token for our api": lambda g: g.signed(g.claims(nonce="n")),
    "typ JWT": lambda g: g.signed(g.claims(), typ="JWT"),
    "typ logout": lambda g: g.signed(g.claims(), typ="logout+jwt"),
    "no typ": lambda g: g.signed(g.claims(), typ=None),
    "other audience": lambda g: g.token(aud="https://other.example"),
    "our audience among others": lambda g: g.token(aud=[AUDIENCE, "https://other.example"]),
    "no audience": lambda g: g.token(aud=None),
    "other issuer": lambda g: g.token(iss="https://other.example"),
    "no issuer": lambda g: g.token(iss=None),
    "no client": lambda g: g.token(client_id=None),
    "unnamed client": lambda g: g.token(client_id="somebody"),
    "client of another type": lambda g: g.token(client_id=[LRM]),
    "no subject": lambda g: g.token(sub=None),
    "no jti": lambda g: g.token(jti=None),
    "person": lambda g: g.token(auth_time=1),
    "bound to a key": lambda g: g.token(cnf={"jkt": "x" * 43}),
    "bound to a certificate and a key": lambda g: g.token(cnf={"x5t#S256": "x" * 43, "jkt": "x" * 43}),
    "bound to nothing": lambda g: g.token(cnf={}),
    "bound to what is no thumbprint": lambda g: g.token(cnf={"x5t#S256": "x"}),
    "on behalf": lambda g: g.token(act={"sub": "x"}),
    "expired": lambda g: g.token(iat=g.claims()["iat"] - 400, exp=g.claims()["iat"] - 31),
    "of the future": lambda g: g.token(iat=g.claims()["iat"] + 60),
    "not yet": lambda g: g.token(nbf=g.claims()["iat"] + 60),
    "no end": lambda g: g.token(exp=None),
    "no beginning": lambda g: g.token(iat=None),
    "a life of a day": lambda g: g.token(exp=g.claims()["iat"] + 86_400),
    "another's key": lambda g: g.provider.signed_by(rsa("first/other"), g.claims(), typ="at+jwt"),
    "another algorithm": lambda g: g.provider.signed_by(curve("first"), g.claims(), typ="at+jwt"),
    "nested": lambda g: g.signed(g.claims(), cty="JWT") + ".x.y",
    "no token": lambda _: "secret",
    "empty": lambda _: "",
    "long": lambda g: g.token(jti="x" * 9_000),
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED.keys())
async def test_nobody_comes_in_with_a_forged_or_borrowed_token(forge: Forged) -> None:
    async with gate() as g:
        await g.refuses(forge(g))


def _part(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")


async def test_the_public_key_is_no_shared_secret() -> None:
    async with gate() as g:
        header = {"alg": "HS256", "kid": g.provider.key.kid, "typ": "at+jwt"}
        said = b".".join(_part(json.dumps(each).encode()) for each in (header, g.claims()))
        secret = g.provider.key.as_pem(private=False)
        mac = hmac.digest(secret, said, "sha256")
        await g.refuses((said + b"." + _part(mac)).decode())


async def test_an_encrypted_token_is_not_opened() -> None:
    async with gate() as g:
        header = {"alg": "RSA-OAEP-256", "enc": "A256GCM", "cty": "JWT"}
        key = RSAKey.import_key({"kty": "RSA", "n": rsa("first").as_dict()["n"], "e": "AQAB"})
        await g.refuses(jwe.encrypt_compact(header, g.token(), key, algorithms=["RSA-OAEP-256", "A256GCM"]))


async def test_a_changed_key_is_fetched_and_a_withdrawn_one_ends() -> None:
    async with gate() as g:
        before = g.token()
        await g.let_in(before)
        g.provider.key = rsa("second")
        g.provider.published = published(g.provider.key)
        await g.let_in(g.token())
        await g.refuses(before)


async def test_unknown_keys_do_not_make_us_hammer_the_provider() -> None:
    async with gate() as g:
        await g.let_in(g.token())
        for turn in range(20):
            await g.refuses(g.signed(g.claims(), kid=f"unknown-{turn}"))
        assert g.provider.asked["/jwks"] == 2


def _thumbprint(name: str) -> str:
    return _part(hashlib.sha256(name.encode()).digest()).decode()


OURS, OTHER = _thumbprint("ours"), _thumbprint("other")


async def test_a_bound_token_serves_only_who_shows_its_certificate() -> None:
    async with gate() as g:
        token = g.token(cnf={"x5t#S256": OURS})
        assert (await g.machines.verified(token, OURS)).client_id == LRM
        for shown in (None, OTHER):
            with pytest.raises(Unauthenticated) as error:
                await g.machines.verified(token, shown)
            assert error.value.reason is Reason.CERTIFICATE
        assert (await g.machines.verified(g.token(), OTHER)).client_id == LRM, "bound to nobody"


async def test_where_the_profile_wants_binding_a_token_for_any_bearer_is_refused() -> None:
    async with gate(bound=True) as g:
        with pytest.raises(Unauthenticated) as error:
            await g.machines.verified(g.token(), OURS)
        assert error.value.reason is Reason.CERTIFICATE
        assert (await g.machines.verified(g.token(cnf={"x5t#S256": OURS}), OURS)).client_id == LRM


async def test_keys_that_cannot_be_had_refuse_with_what_to_do() -> None:
    async with gate() as g:
        g.provider.answers["/jwks"] = broken
        with pytest.raises(Unavailable) as error:
            await g.machines.verified(g.token(), None)
        assert error.value.reason is Reason.TOKEN_CHECK


async def broken(_: Request) -> Response:
    return Response("away", 503)


def settings(**more: Any) -> ProviderSettings:
    return ProviderSettings.model_validate(
        {
            "id": "hopital",
            "label": "CHU",
            "side": "hospital",
            "issuer": "https://idp.example",
            "client_id": "crisislink",
            "client_secret": "s3cret",
            **more,
        }
    )


def test_the_settings_name_who_may_come_and_for_what() -> None:
    made = settings(machines={"audience": AUDIENCE, "clients": {LRM: ["crisislink:incidents"]}})
    access = made.profile().machines
    assert access is not None
    assert access.issuer == "https://idp.example"
    assert access.clients == {LRM: {Scope.INCIDENTS}}


@pytest.mark.parametrize(
    "machines",
    [
        {"audience": "crisislink", "clients": {LRM: ["crisislink:incidents"]}},
        {"audience": AUDIENCE, "clients": {}},
        {"audience": AUDIENCE, "clients": {LRM: ["everything"]}},
    ],
)
def test_settings_that_would_let_other_tokens_in_stop_the_start(machines: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        settings(machines=machines)
