"""Tokens that the provider is asked about (RFC 7662): a readable, active answer lets in; nothing else."""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from crisislink.adapters.oidc import introspection as introspections
from crisislink.adapters.oidc.accesstoken import TokenKind
from crisislink.adapters.oidc.introspection import AT_ONCE, KEPT_MAX, KEPT_S
from crisislink.config import Settings
from crisislink.core.errors import Reason, Unauthenticated, Unavailable
from crisislink.flow.machines import Scope
from tests.oidc.test_machines import AUDIENCE, LRM, OTHER, OURS, Gate, gate, settings

OPAQUE = "2YotnFZFEjr1zCsicMWpAA"


@dataclass
class Oracle:
    """The provider's introspection, honest until a field is changed."""

    gate: Gate
    says: dict[str, Any] = field(default_factory=dict)
    instead: Response | None = None

    async def answer(self, request: Request) -> Response:
        if self.instead is not None:
            return self.instead
        now_s = int(self.gate.clock.now().timestamp())
        good = {
            "active": True,
            "iss": self.gate.provider.issuer,
            "aud": AUDIENCE,
            "client_id": LRM,
            "scope": "crisislink:incidents other",
            "token_type": "Bearer",
            "iat": now_s,
            "exp": now_s + 300,
        }
        form = await request.form()
        known = form["token"] == OPAQUE or str(form["token"]).count(".") == 2
        said = {name: value for name, value in (good | self.says).items() if value is not None}
        return JSONResponse(said if known else {"active": False})

    @property
    def asked(self) -> int:
        return self.gate.provider.asked.get("/introspect", 0)


@asynccontextmanager
async def oracle(tokens: TokenKind = "opaque", *, bound: bool = False) -> AsyncIterator[Oracle]:
    async with gate(tokens=tokens, bound=bound) as g:
        made = Oracle(g)
        g.provider.metadata["introspection_endpoint"] = f"{g.provider.issuer}/introspect"
        g.provider.answers["/introspect"] = made.answer
        yield made


async def test_an_opaque_token_is_what_the_provider_says_it_is() -> None:
    async with oracle() as o:
        machine = await o.gate.let_in(OPAQUE)
        assert machine.subject == "client:lrm"
        assert machine.scopes == {Scope.INCIDENTS}
        seen = o.gate.provider.last("/introspect")
        assert seen.form == {"token": OPAQUE, "token_type_hint": "access_token"}
        us = base64.b64encode(b"crisislink:s3cret").decode()
        assert seen.headers["authorization"] == f"Basic {us}", "we say who asks"


LIES: dict[str, dict[str, Any]] = {
    "inactive": {"active": False},
    "almost active": {"active": "true"},
    "active unsaid": {"active": None},
    "another issuer": {"iss": "https://other.example"},
    "another audience": {"aud": "https://other.example"},
    "our audience among others": {"aud": [AUDIENCE, "https://other.example"]},
    "no audience": {"aud": None},
    "an unnamed client": {"client_id": "somebody"},
    "no client": {"client_id": None},
    "a person's": {"sub": "someone"},
    "a person's by name": {"username": "fabre", "sub": LRM},
    "signed in": {"auth_time": 1},
    "on behalf": {"act": {"sub": "x"}},
    "a refresh token": {"typ": "Refresh"},
    "bound to a key": {"token_type": "DPoP"},
    "no end": {"exp": None},
    "over": {"iat": 1, "exp": 2},
    "no beginning": {"iat": None},
    "a life of a day": {"exp": 9_999_999_999},
}


@pytest.mark.parametrize("says", LIES.values(), ids=LIES.keys())
async def test_nobody_comes_in_by_another_answer(says: dict[str, Any]) -> None:
    async with oracle() as o:
        o.says = says
        await o.gate.refuses(OPAQUE)


AWAY: dict[str, Response] = {
    "down": Response("away", 503),
    "does not know us": JSONResponse({"error": "invalid_client"}, 401),
    "no JSON": Response("yes"),
    "no object": JSONResponse([True]),
    "moved": Response("", 302, headers={"location": "https://other.example/introspect"}),
    "signed": Response("e30.e30.e30", media_type="application/token-introspection+jwt"),
}


@pytest.mark.parametrize("instead", AWAY.values(), ids=AWAY.keys())
async def test_a_provider_that_gives_no_answer_lets_nobody_in_and_says_so(instead: Response) -> None:
    async with oracle() as o:
        o.instead = instead
        with pytest.raises(Unavailable) as error:
            await o.gate.let_in(OPAQUE)
        assert error.value.reason is Reason.TOKEN_CHECK
        o.instead = None
        assert (await o.gate.let_in(OPAQUE)).client_id == LRM, "it recovers by itself"


async def test_a_provider_without_introspection_lets_nobody_in() -> None:
    async with oracle() as o:
        del o.gate.provider.metadata["introspection_endpoint"]
        with pytest.raises(Unavailable):
            await o.gate.let_in(OPAQUE)


async def test_an_answer_is_kept_half_a_minute_and_a_withdrawal_is_seen_then() -> None:
    async with oracle() as o:
        for _ in range(3):
            await o.gate.let_in(OPAQUE)
        assert o.asked == 1
        o.says = {"active": False}
        o.gate.clock.advance(KEPT_S)
        for _ in range(3):
            await o.gate.refuses(OPAQUE)
        assert o.asked == 2


async def test_what_is_kept_does_not_outlive_the_token() -> None:
    async with oracle() as o:
        now_s = int(o.gate.clock.now().timestamp())
        o.says = {"iat": now_s - 300, "exp": now_s - 20}  # ten seconds of the clocks' leeway are left
        await o.gate.let_in(OPAQUE)
        o.gate.clock.advance(11)
        await o.gate.refuses(OPAQUE)
        assert o.asked == 1


async def test_made_up_tokens_fill_no_memory() -> None:
    async with oracle() as o:
        for turn in range(3):
            await o.gate.refuses(f"made-up-{turn}")
        introspection = o.gate.machines._clients[o.gate.provider.issuer]._introspection
        introspection._kept.update({bytes([n % 256, n // 256]): (0.0, None) for n in range(KEPT_MAX)})
        await o.gate.refuses("made-up")
        assert len(introspection._kept) <= KEPT_MAX + 3


@pytest.mark.parametrize("token", ["a b", "é", "a\n", "x" * 9_000, "<token>"])
async def test_what_no_token_can_be_is_not_asked_about(token: str) -> None:
    async with oracle() as o:
        await o.gate.refuses(token)
        assert o.asked == 0


async def test_a_token_that_names_another_provider_is_not_shown_to_this_one() -> None:
    async with oracle() as o:
        await o.gate.refuses(o.gate.token(iss="https://other.example"))
        assert o.asked == 0


async def test_a_jwt_that_was_withdrawn_is_refused_although_its_signature_holds() -> None:
    async with oracle("jwt+introspection") as o:
        token = o.gate.token()
        assert (await o.gate.let_in(token)).scopes == {Scope.INCIDENTS}
        o.says = {"active": False}
        o.gate.clock.advance(KEPT_S)
        await o.gate.refuses(token)


async def test_a_jwt_whose_signature_fails_is_not_asked_about() -> None:
    async with oracle("jwt+introspection") as o:
        await o.gate.refuses(o.gate.token(aud="https://other.example"))
        await o.gate.refuses(OPAQUE)
        assert o.asked == 0


async def test_the_provider_may_narrow_a_jwt_and_not_rename_it() -> None:
    async with oracle("jwt+introspection") as o:
        o.says = {"scope": "other"}
        assert (await o.gate.let_in(o.gate.token())).scopes == frozenset()
        o.says = {"client_id": "somebody"}
        await o.gate.refuses(o.gate.token(jti="two"))


async def test_a_bound_opaque_token_serves_only_who_shows_its_certificate() -> None:
    async with oracle(bound=True) as o:
        o.says = {"cnf": {"x5t#S256": OURS}}
        assert (await o.gate.machines.verified(OPAQUE, OURS)).client_id == LRM
        for shown in (None, OTHER):
            with pytest.raises(Unauthenticated) as error:
                await o.gate.machines.verified(OPAQUE, shown)
            assert error.value.reason is Reason.CERTIFICATE


async def test_a_crowd_of_tokens_waits_its_turn_at_the_provider() -> None:
    async with oracle() as o:
        at_once = most = 0
        honest = o.answer

        async def slow(request: Request) -> Response:
            nonlocal at_once, most
            at_once += 1
            most = max(most, at_once)
            await asyncio.sleep(0.01)
            at_once -= 1
            return await honest(request)

        o.gate.provider.answers["/introspect"] = slow
        await asyncio.gather(*(o.gate.refuses(f"crowd-{n}") for n in range(24)))
        assert 1 < most <= 8


async def test_who_waits_too_long_for_a_turn_is_not_let_in(monkeypatch: pytest.MonkeyPatch) -> None:
    async with oracle() as o:
        introspection = o.gate.machines._clients[o.gate.provider.issuer]._introspection
        monkeypatch.setattr(introspections, "TIMEOUT_S", 0.01)
        for _ in range(AT_ONCE):
            await introspection._turns.acquire()
        with pytest.raises(Unavailable):
            await o.gate.let_in(OPAQUE)
        introspection._turns.release()
        assert (await o.gate.let_in(OPAQUE)).client_id == LRM


def _service(**machines: Any) -> Settings:
    named = {"audience": AUDIENCE, "clients": {LRM: ["crisislink:incidents"]}} | machines
    return Settings.model_validate(
        {
            "public_url": "https://crisislink.example",
            "data_dir": "data",
            "key_file": "key",
            "providers": [settings(machines=named), settings(id="ville", side="city", machines=named)],
        }
    )


def test_two_providers_of_opaque_tokens_stop_the_start() -> None:
    assert not _service().client_certificates
    with pytest.raises(ValidationError, match="one provider may give opaque tokens"):
        _service(tokens="opaque")


def test_binding_without_a_proxy_that_tells_stops_the_start() -> None:
    with pytest.raises(ValidationError, match="needs client_certificates"):
        _service(bound=True)
