"""What a hostile or broken provider may try beyond the Foundation's tests, and what it gets: nothing."""

import asyncio
import base64
import gzip
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from httpx2 import URL
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse

from crisislink.adapters.ephemera import InProcessEphemera
from crisislink.adapters.oidc import Make, OidcClient
from crisislink.adapters.oidc.addresses import origin
from crisislink.adapters.system import SystemEntropy
from crisislink.core.errors import Reason, Unauthenticated, Unavailable
from tests.fakes.loopback import listening, serving
from tests.fakes.provider import Claims, LyingProvider, curve, published, rsa, unsigned
from tests.fakes.time import TurnedClock
from tests.oidc.party import COOKIE, PATIENCE_S, PUBLIC, Party, party, profile

Log = pytest.LogCaptureFixture
WELL_KNOWN = "/.well-known/openid-configuration"


@pytest.fixture
async def it() -> AsyncIterator[Party]:
    async with party(timeout_s=PATIENCE_S) as made:
        yield made


# claims and signatures


@pytest.mark.parametrize(
    "changed",
    [
        {"aud": "another", "azp": "crisislink"},
        {"aud": ["another"], "azp": "crisislink"},
        {"aud": ["another", "crisislink"], "azp": "crisislink"},
        {"aud": ["crisislink", "another"]},
        {"aud": {"crisislink": 1}},
    ],
)
async def test_azp_opens_nothing_that_aud_does_not(it: Party, caplog: Log, changed: dict[str, Any]) -> None:
    it.provider.change = lambda claims: claims.update(changed)
    await it.refused("aud", caplog)


async def test_azp_of_another_client_is_refused(it: Party, caplog: Log) -> None:
    it.provider.change = lambda claims: claims.update(azp="another")
    await it.refused("azp", caplog)


async def test_alg_none_is_refused_although_the_metadata_offers_nothing_else(it: Party, caplog: Log) -> None:
    it.provider.metadata["id_token_signing_alg_values_supported"] = ["none"]
    it.provider.sign = unsigned
    await it.refused("'none'", caplog)


async def test_an_algorithm_that_the_metadata_offers_but_the_profile_does_not_is_refused(
    it: Party, caplog: Log
) -> None:
    it.provider.key = curve("first")
    it.provider.published = published(curve("first"))
    await it.refused("'ES256'", caplog)


async def test_a_key_made_for_another_algorithm_signs_nothing(it: Party, caplog: Log) -> None:
    it.provider.published = [it.provider.published[0] | {"alg": "PS256"}]
    await it.refused("none of the keys", caplog)


async def test_a_short_rsa_key_is_no_key(it: Party, caplog: Log) -> None:
    modulus = base64.urlsafe_b64encode(b"\xff" * 128).rstrip(b"=").decode()
    it.provider.published = [{"kty": "RSA", "kid": "first", "n": modulus, "e": "AQAB"}]
    await it.refused("no signing key", caplog)


async def test_a_token_of_another_kind_is_no_id_token(it: Party, caplog: Log) -> None:
    for kind in ("at+jwt", "logout+jwt", "application/secevent+jwt"):
        it.provider.sign = partial(it.provider.signed_by, rsa("first"), typ=kind)
        await it.refused("another kind", caplog)


async def test_a_withdrawn_key_is_no_longer_trusted_once_it_was_noticed(it: Party, caplog: Log) -> None:
    """At the latest after ten minutes; at once when a token of the new key came before."""
    await it.sign_in()
    it.provider.published, it.provider.key = published(rsa("second")), rsa("second")
    await it.sign_in()
    it.provider.key = rsa("first")
    await it.refused("none of the keys", caplog)


async def test_a_key_under_a_name_used_before_is_fetched_and_trusted(it: Party) -> None:
    await it.sign_in()
    it.provider.key = rsa("first/again")
    it.provider.published = published(it.provider.key)
    assert (await it.sign_in()).identity.subject == "someone"
    assert it.provider.asked["/jwks"] == 2


async def test_several_keys_under_one_name_are_all_tried(it: Party) -> None:
    it.provider.published = published(rsa("first/again"), rsa("first"))
    assert (await it.sign_in()).identity.subject == "someone"


async def test_a_flood_of_keys_under_one_name_is_not_all_tried(it: Party, caplog: Log) -> None:
    it.provider.published = published(*[rsa("first/again")] * 20, rsa("first"))
    await it.refused("none of the keys", caplog)


@pytest.mark.parametrize("off_s", [-30, 30])
async def test_clocks_thirty_seconds_apart_agree(it: Party, off_s: int) -> None:
    it.provider.change = lambda claims: claims.update(
        iat=claims["iat"] + off_s, exp=claims["iat"] + off_s + 1
    )
    await it.sign_in()


@pytest.mark.parametrize(("claim", "off_s"), [("iat", 31), ("nbf", 31), ("exp", -30), ("auth_time", 31)])
async def test_clocks_further_apart_do_not(it: Party, caplog: Log, claim: str, off_s: int) -> None:
    it.provider.change = lambda claims: claims.update({claim: claims["iat"] + off_s})
    await it.refused(claim, caplog)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -1, True, "7", [], 2**60])
async def test_a_time_that_is_none_is_refused(it: Party, caplog: Log, value: object) -> None:
    it.provider.change = lambda claims: claims.update(exp=value)
    await it.refused("exp", caplog)


@pytest.mark.parametrize("value", ["é", "\ud800", "s" * 256, "", 7, ["someone"]])
async def test_a_subject_that_is_none_is_refused(it: Party, caplog: Log, value: object) -> None:
    it.provider.change = lambda claims: claims.update(sub=value)
    await it.refused("sub", caplog)


# step-up


async def test_a_recent_authentication_is_asked_for_and_proved(it: Party, caplog: Log) -> None:
    assert (await it.question(max_age_s=60))["max_age"] == "60"
    it.provider.change = lambda claims: claims.update(auth_time=claims["iat"] - 90)
    assert (await it.sign_in(max_age_s=60)).identity.auth_time is not None
    it.provider.change = lambda claims: claims.update(auth_time=claims["iat"] - 91)
    await it.refused("older than asked", caplog, max_age_s=60)
    it.provider.change = lambda _: None
    await it.refused("auth_time", caplog, max_age_s=60)


async def test_a_step_up_asks_again_and_takes_nothing_older_or_weaker(caplog: Log) -> None:
    async with party(step_up_acr_values=("mfa",)) as it:
        url = URL(await it.client.step_up_url("/cic", COOKIE))
        assert {"prompt": "login", "max_age": "300", "acr_values": "mfa"}.items() <= dict(url.params).items()
        fresh = {"max_age_s": 300, "acr_values": ("mfa",)}
        it.provider.change = lambda claims: claims.update(auth_time=claims["iat"], acr="mfa")
        assert (await it.sign_in(**fresh)).identity.strong
        it.provider.change = lambda claims: claims.update(auth_time=claims["iat"], acr="pwd")
        await it.refused("acr", caplog, **fresh)
        identity = (await it.sign_in()).identity
        assert not identity.strong, "an ordinary sign-in goes through, and is not enough to approve"
        it.provider.change = lambda claims: claims.update(auth_time=claims["iat"] - 331, acr="mfa")
        await it.refused("older than asked", caplog, **fresh)


async def test_a_test_login_shows_the_claims_and_why_they_let_nobody_in(caplog: Log) -> None:
    async with party(Make.KEYCLOAK, required_role="crisislink") as it:
        it.provider.change = lambda claims: claims.update(realm_access={"roles": ["other"]})
        tried = await it.trial()
        assert tried.identity is None
        assert tried.refused is not None
        assert "role" in tried.refused
        assert tried.claims["realm_access"] == {"roles": ["other"]}
        it.provider.change = lambda claims: claims.update(realm_access={"roles": ["crisislink"]})
        good = await it.trial()
        assert good.identity is not None
        assert (good.refused, good.identity.auth_time) == (None, None), "as a sign-in, not as a step-up"
        it.provider.change = lambda claims: claims.update(aud="somebody else")
        lying = await it.trial()
        assert (lying.claims, lying.identity, lying.refused) == ({}, None, "aud")
    assert "other" not in caplog.text


async def test_a_strong_authentication_is_asked_for_and_proved(it: Party, caplog: Log) -> None:
    asked = await it.question(acr_values=("gold", "silver"))
    assert asked["acr_values"] == "gold silver"
    it.provider.change = lambda claims: claims.update(acr="silver")
    assert (await it.sign_in(acr_values=("gold", "silver"))).identity.acr == "silver"
    for weaker in ("bronze", None, ["gold"], "gold silver"):
        it.provider.change = partial(_claim, "acr", weaker)
        await it.refused("acr", caplog, acr_values=("gold", "silver"))


def _claim(name: str, value: object, claims: Claims) -> None:
    claims[name] = value


# mix-up


async def test_an_answer_of_one_of_our_issuers_is_none_of_the_other(caplog: Log) -> None:
    """RFC 9207, with both issuers of the service: the attacker's sends the browser on to the honest one."""
    clock = TurnedClock()
    entropy, ephemera = SystemEntropy(), InProcessEphemera(clock)
    async with AsyncExitStack() as stack:
        sides: dict[str, Party] = {}
        for name in ("hopital", "ville"):
            bound, port = listening()
            lying = LyingProvider(f"http://localhost:{port}", clock)
            await stack.enter_async_context(serving(lying.app(), bound))
            ours = OidcClient(
                profile(lying.issuer, id=name),
                public_url=PUBLIC,
                clock=clock,
                entropy=entropy,
                ephemera=ephemera,
            )
            sides[name] = Party(lying, await stack.enter_async_context(ours), clock)
        hospital, city = sides["hopital"], sides["ville"]
        for iss in (city.provider.issuer, "", hospital.provider.issuer + "/"):
            answer = await hospital.answer()
            await _refused(hospital.client, answer | {"iss": iss})
            assert "iss of the answer" in caplog.records[-1].getMessage()
        await _refused(city.client, await hospital.answer())
        assert "state of another provider" in caplog.records[-1].getMessage()
        assert "/token" not in hospital.provider.asked | city.provider.asked


async def test_a_provider_that_promises_to_name_itself_must(it: Party, caplog: Log) -> None:
    it.provider.metadata["authorization_response_iss_parameter_supported"] = True
    await it.refused("iss of the answer", caplog)
    answer = await it.answer()
    await it.client.finish(answer | {"iss": it.provider.issuer}, COOKIE)


async def _refused(client: OidcClient, answer: dict[str, str]) -> None:
    with pytest.raises(Unauthenticated) as error:
        await client.finish(answer, COOKIE)
    assert error.value.reason is Reason.LOGIN_FAILED


# answers that never end, are too long, or lead elsewhere


async def _drip() -> AsyncIterator[bytes]:
    while True:
        yield b" "
        await asyncio.sleep(0.02)


async def _flood() -> AsyncIterator[bytes]:
    for _ in range(64):
        yield b" " * 65_536


async def dripping(_: Request) -> Response:
    return StreamingResponse(_drip(), media_type="application/json")


async def flooding(_: Request) -> Response:
    return StreamingResponse(_flood(), media_type="application/json")


async def compressed(_: Request) -> Response:
    body = gzip.compress(b" " * (1 << 22))
    return Response(body, media_type="application/json", headers={"Content-Encoding": "gzip"})


async def deep(_: Request) -> Response:
    return Response(b"[" * 100_000, media_type="application/json")


async def list_of(_: Request) -> Response:
    return JSONResponse([])


async def redirecting(request: Request) -> Response:
    return RedirectResponse(f"{request.url.path}/elsewhere", 302)


ASKED = [WELL_KNOWN, "/jwks", "/token", "/par", "/userinfo"]
Misbehaviour = Callable[[Request], Awaitable[Response]]


async def attempt(it: Party, path: str, answer: Misbehaviour) -> None:
    if path == "/par":
        it.provider.metadata["pushed_authorization_request_endpoint"] = f"{it.provider.issuer}/par"
    it.provider.answers[path] = answer
    await it.sign_in()


@pytest.mark.parametrize("path", ASKED)
@pytest.mark.parametrize("answer", [flooding, compressed, deep, list_of, redirecting])
async def test_an_answer_without_measure_is_refused(path: str, answer: Misbehaviour) -> None:
    async with party(timeout_s=PATIENCE_S * 4, userinfo="json") as it:
        with pytest.raises(Unauthenticated):
            await attempt(it, path, answer)
        assert f"{path}/elsewhere" not in it.provider.asked


@pytest.mark.parametrize("path", ASKED)
async def test_an_answer_that_never_ends_is_no_answer(path: str) -> None:
    async with party(timeout_s=PATIENCE_S, userinfo="json") as it:
        with pytest.raises(Unavailable) as error:
            await attempt(it, path, dripping)
        assert error.value.reason is Reason.IDENTITY_PROVIDER


@pytest.mark.parametrize("status", [429, 500, 503])
@pytest.mark.parametrize("path", ASKED)
async def test_a_provider_that_says_it_cannot_is_unavailable(path: str, status: int) -> None:
    async def busy(_: Request) -> Response:
        return Response(b"", status)

    async with party(userinfo="json") as it:
        with pytest.raises(Unavailable):
            await attempt(it, path, busy)


# metadata that leads us elsewhere


ENDPOINTS = [
    "authorization_endpoint",
    "token_endpoint",
    "userinfo_endpoint",
    "jwks_uri",
    "end_session_endpoint",
    "pushed_authorization_request_endpoint",
]


@pytest.mark.parametrize("name", ENDPOINTS)
async def test_metadata_cannot_send_us_to_another_service_of_this_machine(
    it: Party, caplog: Log, name: str
) -> None:
    bound, port = listening()
    inside = LyingProvider(f"http://localhost:{port}", it.clock)
    async with serving(inside.app(), bound):
        it.provider.metadata[name] = f"http://localhost:{port}/token"
        await it.refused("not one of its own addresses", caplog)
    assert inside.seen == []


@pytest.mark.parametrize("name", ["token_endpoint", "userinfo_endpoint"])
async def test_an_alias_cannot_either(it: Party, caplog: Log, name: str) -> None:
    it.provider.metadata["mtls_endpoint_aliases"] = {name: "https://169.254.169.254/latest"}
    await it.refused("not one of its own addresses", caplog)


@pytest.mark.parametrize(
    "url",
    [
        "http://idp.example/",
        "http://169.254.169.254/latest/meta-data",
        "file:///etc/passwd",
        "gopher://idp.example/",
        "https://user@idp.example/",
        "https://idp.example@evil.example/",
        "https://idp.example\\@evil.example/",
        "https://idp.example#@evil.example/",
        "https://idp.example/#fragment",
        "https://idp.example/\nHost: evil",
        " https://idp.example/",
        "https://idp.exa\tmple/",
        "https:idp.example",
        "//idp.example/",
        "https://",
        "https://idp.éxample/",
        "https://idp.example/" + "a" * 2_100,
        "",
    ],
)
def test_what_could_be_read_in_two_ways_is_no_address(url: str) -> None:
    assert origin(url) is None


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://idp.example", "https://idp.example:443"),
        ("HTTPS://IDP.example:443/realms/a?b=c", "https://idp.example:443"),
        ("https://idp.example:8443/x", "https://idp.example:8443"),
        ("https://[2001:db8::1]/x", "https://[2001:db8::1]:443"),
        ("http://localhost:8401/hopital", "http://localhost:8401"),
    ],
)
def test_an_address_is_its_own_origin_with_its_port(url: str, expected: str) -> None:
    assert origin(url) == expected


def test_an_issuer_on_the_net_cannot_send_us_to_this_machine() -> None:
    assert profile("https://idp.example").origins == {"https://idp.example:443"}


# the question, pushed beforehand


async def test_a_question_is_pushed_beforehand_where_that_is_offered(it: Party) -> None:
    it.provider.metadata["pushed_authorization_request_endpoint"] = f"{it.provider.issuer}/par"
    carried = await it.question(max_age_s=60)
    assert carried == {"client_id": "crisislink", "request_uri": "urn:question:1"}
    pushed = it.provider.last("/par")
    assert pushed.form["code_challenge_method"] == "S256"
    assert pushed.form["max_age"] == "60"
    assert pushed.headers["authorization"].startswith("Basic ")
    it.provider.change = lambda claims: claims.update(auth_time=claims["iat"])
    assert (await it.sign_in(max_age_s=60)).identity.subject == "someone"


@pytest.mark.parametrize(
    "answer", [{}, {"request_uri": 7}, {"request_uri": ""}, {"request_uri": "u" * 5_000}]
)
async def test_a_push_without_a_reference_starts_no_sign_in(it: Party, answer: dict[str, object]) -> None:
    async def pushed(_: Request) -> Response:
        return JSONResponse(answer, 201)

    with pytest.raises(Unauthenticated):
        await attempt(it, "/par", pushed)


# tokens


@pytest.mark.parametrize("kind", [None, "mac", "", 7])
async def test_an_access_token_that_is_no_bearer_token_is_refused(it: Party, kind: object) -> None:
    async def answer(_: Request) -> Response:
        id_token = it.provider.signed(it.provider.claims())
        return JSONResponse({"access_token": "at", "token_type": kind, "id_token": id_token})

    it.provider.answers["/token"] = answer
    with pytest.raises(Unauthenticated):
        await it.sign_in()


async def test_the_same_answer_counts_once(it: Party) -> None:
    answer = await it.answer()
    await it.client.finish(answer, COOKIE)
    await _refused(it.client, answer)


async def test_no_secret_of_ours_is_in_what_the_browser_carries(it: Party) -> None:
    url = await it.client.authorization_url("/", COOKIE)
    assert "s3cret" not in url
    assert base64.b64encode(b"crisislink:s3cret").decode() not in url
    assert "code_verifier" not in dict(URL(url).params)


async def test_a_session_at_the_provider_is_remembered_by_its_name(it: Party) -> None:
    it.provider.change = lambda claims: claims.update(sid="there-1")
    identity = (await it.sign_in()).identity
    assert (identity.provider_subject, identity.provider_session) == ("someone", "there-1")
    assert replace(identity, provider_session=None).provider_session is None
