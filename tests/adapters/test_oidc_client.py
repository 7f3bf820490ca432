"""Signing in against real HTTP: the demo's provider answers, and one that lies."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import pytest
from httpx2 import URL
from pydantic import SecretStr

from crisislink.adapters.ephemera import InProcessEphemera
from crisislink.adapters.oidc import OidcClient, Preset, ProviderProfile
from crisislink.adapters.system import SystemEntropy
from crisislink.core.actors import Side
from crisislink.core.errors import Reason, Unauthenticated, Unavailable
from crisislink.demo.identity import RelyingParty, build_provider, demo_config
from crisislink.demo.people import FABRE
from tests.fakes.loopback import Browser, listening, query, serving
from tests.fakes.provider import LyingProvider, rsa, unsigned
from tests.fakes.time import TurnedClock
from tests.samples import T0

PUBLIC = "http://localhost:8400"


def profile(id: str, issuer: str) -> ProviderProfile:
    return ProviderProfile(
        id=id,
        label=id,
        side=Side.HOSPITAL if id == "hopital" else Side.CITY,
        issuer=issuer,
        client_id="crisislink",
        client_secret=SecretStr("s3cret"),
    )


def registered(id: str) -> RelyingParty:
    return RelyingParty(
        client_id="crisislink",
        client_secret=SecretStr("s3cret"),
        redirect_uris=(f"{PUBLIC}/auth/callback/{id}",),
        post_logout_redirect_uris=(f"{PUBLIC}/auth/signed-out/{id}",),
    )


@dataclass(frozen=True)
class House:
    """Two clients of the demo's two issuers, sharing one memory as in the service."""

    clock: TurnedClock
    hospital: OidcClient
    city: OidcClient
    browser: Browser

    async def answer(self, client: OidcClient, cookie: str = "cookie", next: str = "/samu") -> dict[str, str]:
        page = await self.browser.get(await client.authorization_url(next, cookie))
        subject = FABRE.subject if client is self.hospital else "b41e7703d2c84f95"
        return query(await self.browser.choose(page, subject))


@pytest.fixture
async def house() -> AsyncIterator[House]:
    clock = TurnedClock()
    ephemera, entropy = InProcessEphemera(clock), SystemEntropy()
    bound, port = listening()
    base_url = f"http://localhost:{port}"
    provider = build_provider(demo_config(base_url, {n: registered(n) for n in ("hopital", "ville")}), clock)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(serving(provider, bound))
        browser = await stack.enter_async_context(Browser())
        hospital, city = [
            await stack.enter_async_context(
                OidcClient(
                    profile(n, f"{base_url}/{n}"),
                    public_url=PUBLIC,
                    clock=clock,
                    entropy=entropy,
                    ephemera=ephemera,
                )
            )
            for n in ("hopital", "ville")
        ]
        yield House(clock, hospital, city, browser)


async def refused(client: OidcClient, answer: dict[str, str], cookie: str | None = "cookie") -> None:
    with pytest.raises(Unauthenticated) as error:
        await client.finish(answer, cookie)
    assert error.value.reason is Reason.LOGIN_FAILED


async def test_the_person_who_chose_themselves_is_proved(house: House) -> None:
    finished = await house.hospital.finish(await house.answer(house.hospital), "cookie")
    assert finished.next == "/samu"
    assert finished.identity.subject == FABRE.subject
    assert finished.identity.issuer == house.hospital.profile.issuer
    assert finished.identity.auth_time == T0
    assert finished.identity.acr == "urn:crisislink:demo:click"


async def test_the_question_carries_pkce_nonce_and_state(house: House) -> None:
    url = URL(await house.hospital.authorization_url("/", "cookie"))
    asked = dict(url.params)
    assert asked["code_challenge_method"] == "S256"
    assert min(len(asked[name]) for name in ("state", "nonce", "code_challenge")) >= 32
    assert asked["redirect_uri"] == f"{PUBLIC}/auth/callback/hopital"
    assert asked["response_type"] == "code"


async def test_an_answer_counts_once(house: House) -> None:
    answer = await house.answer(house.hospital)
    await house.hospital.finish(answer, "cookie")
    await refused(house.hospital, answer)


async def test_a_used_code_under_a_new_state_is_refused(house: House) -> None:
    old = await house.answer(house.hospital)
    await house.hospital.finish(old, "cookie")
    fresh = await house.answer(house.hospital)
    await refused(house.hospital, fresh | {"code": old["code"]})


async def test_a_stolen_code_does_not_fit_another_verifier(house: House) -> None:
    stolen = await house.answer(house.hospital)
    own = await house.answer(house.hospital)
    await refused(house.hospital, own | {"code": stolen["code"]})


@pytest.mark.parametrize("state", ["", "guess", "x" * 5_000])
async def test_an_unknown_state_is_refused(house: House, state: str) -> None:
    await refused(house.hospital, await house.answer(house.hospital) | {"state": state})


@pytest.mark.parametrize("cookie", [None, "", "another"])
async def test_another_browser_is_refused(house: House, cookie: str | None) -> None:
    await refused(house.hospital, await house.answer(house.hospital), cookie)


async def test_a_question_is_forgotten_after_ten_minutes(house: House) -> None:
    url = await house.hospital.authorization_url("/", "cookie")
    house.clock.advance(600)
    page = await house.browser.get(url)
    await refused(house.hospital, query(await house.browser.choose(page, FABRE.subject)))


async def test_an_answer_of_one_issuer_is_none_of_the_other(house: House) -> None:
    answer = await house.answer(house.hospital)
    await refused(house.city, answer)


async def test_a_mixed_up_issuer_in_the_answer_is_refused(house: House) -> None:
    answer = await house.answer(house.hospital)
    await refused(house.hospital, answer | {"iss": house.city.profile.issuer})


async def test_an_answer_without_its_advertised_issuer_is_refused(house: House) -> None:
    answer = await house.answer(house.hospital)
    del answer["iss"]
    await refused(house.hospital, answer)


async def test_an_error_of_the_provider_is_no_sign_in(house: House) -> None:
    state = dict(URL(await house.hospital.authorization_url("/", "cookie")).params)["state"]
    denied = {"error": "access_denied", "state": state, "iss": house.hospital.profile.issuer}
    await refused(house.hospital, denied)


async def test_signing_out_there_comes_back_to_the_same_browser_once(house: House) -> None:
    finished = await house.hospital.finish(await house.answer(house.hospital), "cookie")
    url = await house.hospital.sign_out_url(finished.identity.id_token, "leaving")
    assert url is not None
    back = await house.browser.get(url)
    assert back.headers["location"].startswith(f"{PUBLIC}/auth/signed-out/hopital?state=")
    state = query(back)["state"]
    assert not await house.city.signed_out("other", "leaving")
    assert await house.hospital.signed_out(state, "leaving")
    assert not await house.hospital.signed_out(state, "leaving")


async def test_a_return_from_signing_out_in_another_browser_is_not_ours(house: House) -> None:
    url = await house.hospital.sign_out_url(None, "leaving")
    assert url is not None
    assert not await house.hospital.signed_out(dict(URL(url).params)["state"], "another")


@dataclass(frozen=True)
class Lies:
    """A client, and the provider that lies to it; `twin` is another client of the same service."""

    provider: LyingProvider
    client: OidcClient
    twin: OidcClient
    clock: TurnedClock

    async def sign_in(self) -> str:
        asked = dict(URL(await self.client.authorization_url("/", "cookie")).params)
        self.provider.nonce = asked["nonce"]
        finished = await self.client.finish({"state": asked["state"], "code": "c"}, "cookie")
        return finished.identity.subject

    async def refused(self) -> None:
        with pytest.raises(Unauthenticated) as error:
            await self.sign_in()
        assert error.value.reason is Reason.LOGIN_FAILED


@pytest.fixture
async def lies() -> AsyncIterator[Lies]:
    clock = TurnedClock()
    entropy, ephemera = SystemEntropy(), InProcessEphemera(clock)
    bound, port = listening()
    provider = LyingProvider(f"http://localhost:{port}", clock)
    client, twin = (
        OidcClient(
            profile(name, provider.issuer), public_url=PUBLIC, clock=clock, entropy=entropy, ephemera=ephemera
        )
        for name in ("hopital", "ville")
    )
    async with serving(provider.app(), bound), client, twin:
        yield Lies(provider, client, twin, clock)


async def test_a_code_is_never_shown_to_another_provider_than_the_one_asked(lies: Lies) -> None:
    asked = dict(URL(await lies.client.authorization_url("/", "cookie")).params)
    await refused(lies.twin, {"state": asked["state"], "code": "c"})
    assert "/token" not in lies.provider.asked


async def test_the_lying_provider_is_believed_while_it_is_honest(lies: Lies) -> None:
    assert await lies.sign_in() == "someone"


@pytest.mark.parametrize(
    "changed",
    [
        {"nonce": "another"},
        {"iss": "http://localhost:1"},
        {"aud": "another"},
        {"aud": "another", "azp": "crisislink"},
        {"exp": int(T0.timestamp()) - 31},
        {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
        {"sub": None},
    ],
)
async def test_a_lie_in_a_claim_is_refused(lies: Lies, changed: dict[str, Any]) -> None:
    lies.provider.change = lambda claims: claims.update(changed)
    await lies.refused()


async def test_an_unsigned_token_is_refused_although_the_metadata_lists_it(lies: Lies) -> None:
    lies.provider.sign = unsigned
    await lies.refused()


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b""),
        (200, b"nonsense"),
        (200, b"\xff\xfe"),
        (200, b"null"),
        (200, b"7"),
        (200, b"[]"),
        (200, b'["error"]'),
        (200, b"{}"),
        (200, b'{"id_token": 7, "access_token": "at", "token_type": "Bearer"}'),
        (200, b'{"id_token": "x", "access_token": "at", "token_type": "Bearer", "expires_in": "soon"}'),
        (400, b'{"error": "invalid_grant"}'),
        (302, b"{}"),
    ],
)
async def test_an_answer_that_is_no_token_is_refused(lies: Lies, status: int, body: bytes) -> None:
    lies.provider.instead = (status, body)
    await lies.refused()


async def test_a_provider_that_fails_is_unavailable(lies: Lies) -> None:
    lies.provider.instead = (503, b"{}")
    with pytest.raises(Unavailable):
        await lies.sign_in()


async def test_an_answer_without_an_id_token_is_refused(lies: Lies) -> None:
    lies.provider.sign = lambda _: None
    await lies.refused()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("issuer", "http://localhost:1"),
        ("token_endpoint", "http://idp.example/token"),
        ("jwks_uri", "file:///etc/passwd"),
        ("authorization_endpoint", None),
    ],
)
async def test_metadata_that_cannot_be_trusted_starts_no_sign_in(
    lies: Lies, field: str, value: object
) -> None:
    lies.provider.metadata[field] = value
    await lies.refused()


async def test_metadata_and_keys_are_asked_for_once_in_ten_minutes(lies: Lies) -> None:
    await lies.sign_in()
    await lies.sign_in()
    assert lies.provider.asked == {"/.well-known/openid-configuration": 1, "/jwks": 1, "/token": 2}
    lies.clock.advance(600)
    await lies.sign_in()
    assert lies.provider.asked == {"/.well-known/openid-configuration": 2, "/jwks": 2, "/token": 3}


def rotated(provider: LyingProvider) -> None:
    provider.key = rsa("second")


async def test_a_new_key_is_fetched_when_a_token_names_it(lies: Lies) -> None:
    await lies.sign_in()
    rotated(lies.provider)
    lies.provider.published = [lies.provider.key.as_dict(private=False)]
    lies.clock.advance(30)
    assert await lies.sign_in() == "someone"
    assert lies.provider.asked["/jwks"] == 2


async def test_forged_key_names_do_not_make_us_hammer_the_provider(lies: Lies) -> None:
    await lies.sign_in()
    rotated(lies.provider)
    for fetched in (2, 3):
        for _ in range(3):
            await lies.refused()
        assert lies.provider.asked["/jwks"] == fetched
        lies.clock.advance(30)


async def test_a_withdrawn_key_is_trusted_for_ten_minutes_at_most(lies: Lies) -> None:
    await lies.sign_in()
    honest = lies.provider.key
    rotated(lies.provider)
    lies.provider.published = [lies.provider.key.as_dict(private=False)]
    lies.provider.key = honest
    lies.clock.advance(600)
    await lies.refused()


def symmetric(provider: LyingProvider) -> None:
    provider.published = [{"kty": "oct", "k": "c2VjcmV0", "kid": "first", "alg": "HS256"}]


def for_encryption(provider: LyingProvider) -> None:
    provider.published = [provider.published[0] | {"use": "enc"}]


def broken(provider: LyingProvider) -> None:
    provider.published = [{"kty": "RSA", "kid": "first", "n": "!", "e": "AQAB"}]


@pytest.mark.parametrize("publish", [symmetric, for_encryption, broken])
async def test_published_keys_that_cannot_sign_are_refused(
    lies: Lies, publish: Callable[[LyingProvider], None]
) -> None:
    publish(lies.provider)
    await lies.refused()


async def test_a_provider_that_does_not_answer_is_unavailable() -> None:
    bound, port = listening()
    bound.close()
    clock = TurnedClock()
    client = OidcClient(
        profile("hopital", f"http://localhost:{port}"),
        public_url=PUBLIC,
        clock=clock,
        entropy=SystemEntropy(),
        ephemera=InProcessEphemera(clock),
    )
    async with client:
        with pytest.raises(Unavailable) as error:
            await client.authorization_url("/", "cookie")
        assert error.value.reason is Reason.IDENTITY_PROVIDER
        assert await client.sign_out_url("token", "cookie") is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("issuer", "http://idp.example"),
        ("client_secret", None),
        ("ways", Preset(algorithms=("none",))),  # type: ignore[arg-type]
        ("ways", Preset(algorithms=("HS256",))),  # type: ignore[arg-type]
        ("ways", Preset(algorithms=())),
        ("ways", Preset(scopes=())),
    ],
)
def test_a_profile_that_would_be_unsafe_cannot_be_made(field: str, value: Any) -> None:
    good: dict[str, Any] = {
        "id": "hopital",
        "label": "CHU",
        "side": Side.HOSPITAL,
        "issuer": "https://idp.example",
        "client_id": "crisislink",
        "client_secret": SecretStr("s3cret"),
    }
    ProviderProfile(**good)
    with pytest.raises(ValueError, match=r"issuer|ID tokens|openid|client_secret"):
        ProviderProfile(**good | {field: value})
    assert "s3cret" not in repr(ProviderProfile(**good))
