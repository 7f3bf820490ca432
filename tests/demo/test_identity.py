"""The demo's provider is a strict one, on this machine only."""

import base64
import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from urllib.parse import urlencode

import pytest
from httpx2 import URL, Response
from joserfc import jwt
from joserfc.jwk import KeySet
from pydantic import SecretStr

from crisislink.adapters.system import SystemClock
from crisislink.core.actors import Role, Side
from crisislink.demo.identity import ProviderConfig, RelyingParty, build_provider, demo_config
from crisislink.demo.people import FABRE, MOREL, ORGANISATIONS, PEOPLE, Standing, roster
from tests.fakes.loopback import Browser, listening, query, serving
from tests.fakes.time import TurnedClock
from tests.samples import T0

BACK = "http://localhost:8400/auth/callback/hopital"
AFTER = "http://localhost:8400/auth/signed-out/hopital"
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


@dataclass(frozen=True)
class Provider:
    base_url: str
    clock: TurnedClock
    browser: Browser

    @property
    def issuer(self) -> str:
        return f"{self.base_url}/hopital"

    def ask(self, **changed: str | None) -> str:
        asked = {
            "response_type": "code",
            "client_id": "crisislink",
            "redirect_uri": BACK,
            "scope": "openid profile",
            "state": "s" * 32,
            "nonce": "n" * 32,
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        } | changed
        return f"{self.issuer}/authorize?{urlencode({k: v for k, v in asked.items() if v is not None})}"

    async def code(self, **changed: str | None) -> str:
        page = await self.browser.get(self.ask(**changed))
        return query(await self.browser.choose(page, FABRE.subject))["code"]

    async def redeem(self, code: str, *, secret: str = "s3cret", **changed: str) -> Response:
        data = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": BACK,
            "code_verifier": VERIFIER,
        } | changed
        return await self.browser.post(f"{self.issuer}/token", data=data, auth=("crisislink", secret))


def registered(provider: str) -> RelyingParty:
    return RelyingParty(
        client_id="crisislink",
        client_secret=SecretStr("s3cret"),
        redirect_uris=(f"http://localhost:8400/auth/callback/{provider}",),
        post_logout_redirect_uris=(f"http://localhost:8400/auth/signed-out/{provider}",),
    )


def config(base_url: str) -> ProviderConfig:
    return demo_config(base_url, {name: registered(name) for name in ("hopital", "ville")})


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    bound, port = listening()
    clock, base_url = TurnedClock(), f"http://localhost:{port}"
    async with serving(build_provider(config(base_url), clock), bound), Browser() as browser:
        yield Provider(base_url, clock, browser)


async def test_a_chosen_person_comes_back_as_a_signed_id_token(provider: Provider) -> None:
    found = (await provider.browser.get(f"{provider.issuer}/.well-known/openid-configuration")).json()
    assert found["issuer"] == provider.issuer
    page = await provider.browser.get(provider.ask())
    back = await provider.browser.choose(page, FABRE.subject)
    assert back.status_code == 303
    assert back.headers["location"].startswith(f"{BACK}?")
    assert query(back) | {"code": ""} == {"code": "", "state": "s" * 32, "iss": provider.issuer}
    tokens = (await provider.redeem(query(back)["code"])).json()
    keys = KeySet.import_key_set((await provider.browser.get(found["jwks_uri"])).json())
    token = jwt.decode(tokens["id_token"], keys, algorithms=["RS256"])
    now_s = int(T0.timestamp())
    assert token.claims["iss"] == provider.issuer
    assert token.claims["aud"] == "crisislink"
    assert token.claims["sub"] == FABRE.subject
    assert token.claims["nonce"] == "n" * 32
    assert token.claims["auth_time"] == token.claims["iat"] == now_s
    assert token.claims["acr"] == "urn:crisislink:demo:click"
    assert {"at_hash", "exp", "name"} <= set(token.claims)
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    info = await provider.browser.get(found["userinfo_endpoint"], headers=bearer)
    assert info.json() == {"sub": FABRE.subject, "name": FABRE.name}
    assert (await provider.browser.get(found["userinfo_endpoint"])).status_code == 401


async def test_it_runs_on_the_machines_clock_by_itself() -> None:
    bound, port = listening()
    base_url, now = f"http://localhost:{port}", SystemClock().now().timestamp()
    async with serving(build_provider(config(base_url)), bound), Browser() as browser:
        alone = Provider(base_url, TurnedClock(), browser)
        claims = await claims_of(alone, await alone.code())
    assert claims["auth_time"] == pytest.approx(now, abs=60)


async def test_published_keys_are_public(provider: Provider) -> None:
    (key,) = (await provider.browser.get(f"{provider.issuer}/jwks")).json()["keys"]
    assert key["alg"] == "RS256"
    assert key["use"] == "sig"
    assert not {"d", "p", "q", "dp", "dq", "qi"} & set(key)


async def test_a_code_is_good_once_and_its_replay_revokes_the_token(provider: Provider) -> None:
    code = await provider.code()
    first = await provider.redeem(code)
    assert first.status_code == 200
    again = await provider.redeem(code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    bearer = {"Authorization": f"Bearer {first.json()['access_token']}"}
    assert (await provider.browser.get(f"{provider.issuer}/userinfo", headers=bearer)).status_code == 401


async def test_a_code_is_good_for_sixty_seconds(provider: Provider) -> None:
    code = await provider.code()
    provider.clock.advance(60)
    assert (await provider.redeem(code)).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("changed", "status", "error"),
    [
        ({"code_verifier": "w" * 43}, 400, "invalid_grant"),
        ({"code_verifier": ""}, 400, "invalid_request"),
        ({"redirect_uri": f"{BACK}/"}, 400, "invalid_grant"),
        ({"secret": "other"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
    ],
)
async def test_a_wrong_exchange_is_refused(
    provider: Provider, changed: dict[str, str], status: int, error: str
) -> None:
    answer = await provider.redeem(await provider.code(), **changed)
    assert (answer.status_code, answer.json()["error"]) == (status, error)


async def test_a_failed_exchange_uses_the_code_up(provider: Provider) -> None:
    code = await provider.code()
    await provider.redeem(code, code_verifier="w" * 43)
    assert (await provider.redeem(code)).json()["error"] == "invalid_grant"


async def test_a_secret_in_the_body_is_no_authentication(provider: Provider) -> None:
    data = {"grant_type": "authorization_code", "code": await provider.code(), "redirect_uri": BACK}
    data |= {"code_verifier": VERIFIER, "client_id": "crisislink", "client_secret": "s3cret"}
    answer = await provider.browser.post(f"{provider.issuer}/token", data=data)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


@pytest.mark.parametrize(
    "changed",
    [
        {"client_id": "unknown"},
        {"redirect_uri": f"{BACK}/x"},
        {"redirect_uri": f"{BACK}?x=1"},
        {"redirect_uri": "https://evil.example/"},
        {"redirect_uri": None},
    ],
)
async def test_nobody_is_sent_to_an_address_that_is_not_registered(
    provider: Provider, changed: dict[str, str | None]
) -> None:
    answer = await provider.browser.get(provider.ask(**changed))
    assert answer.status_code == 400
    assert "location" not in answer.headers


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"nonce": None}, "invalid_request"),
        ({"scope": "profile"}, "invalid_scope"),
        ({"scope": "openid email"}, "invalid_scope"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"prompt": "none"}, "login_required"),
    ],
)
async def test_a_weak_request_is_sent_back_with_its_fault(
    provider: Provider, changed: dict[str, str | None], error: str
) -> None:
    answer = await provider.browser.get(provider.ask(**changed))
    assert query(answer)["error"] == error
    assert query(answer)["state"] == "s" * 32
    assert query(answer)["iss"] == provider.issuer


async def test_who_chose_before_goes_on_with_one_click_or_is_somebody_else(provider: Provider) -> None:
    await provider.code()
    provider.clock.advance(100)
    page = await provider.browser.get(provider.ask())
    assert "Choisir une autre personne" in page.text
    back = await provider.browser.choose(page, FABRE.subject, field="continue")
    claims = await claims_of(provider, query(back)["code"])
    assert (claims["sub"], claims["auth_time"]) == (FABRE.subject, int(T0.timestamp()))
    other = next(p for p in PEOPLE if p.provider == "hopital" and p is not FABRE)
    page = await provider.browser.get(provider.ask(nonce="o" * 32))
    back = await provider.browser.choose(page, other.subject)
    claims = await claims_of(provider, query(back)["code"])
    assert (claims["sub"], claims["auth_time"]) == (other.subject, int(T0.timestamp()) + 100)


async def claims_of(provider: Provider, code: str) -> dict[str, object]:
    keys = KeySet.import_key_set((await provider.browser.get(f"{provider.issuer}/jwks")).json())
    tokens = (await provider.redeem(code)).json()
    return jwt.decode(tokens["id_token"], keys, algorithms=["RS256"]).claims


@pytest.mark.parametrize("changed", [{"prompt": "login"}, {"max_age": "50"}])
async def test_a_fresh_authentication_is_had_when_asked_for(
    provider: Provider, changed: dict[str, str]
) -> None:
    await provider.code()
    provider.clock.advance(51)
    page = await provider.browser.get(provider.ask(nonce="o" * 32, **changed))
    assert 'name="continue"' not in page.text
    forced = await provider.browser.choose(page, FABRE.subject, field="continue")
    assert forced.status_code == 400


async def test_prompt_none_answers_at_once_when_somebody_is_known(provider: Provider) -> None:
    await provider.code()
    answer = await provider.browser.get(provider.ask(prompt="none", nonce="m" * 32))
    assert answer.status_code == 303
    assert "code" in query(answer)


async def test_a_foreign_page_cannot_choose_for_somebody(provider: Provider) -> None:
    page = await provider.browser.get(provider.ask())
    async with Browser() as foreign:
        await foreign.get(provider.ask())  # it has a cookie of its own
        assert (await foreign.choose(page, FABRE.subject)).status_code == 400
    again = await provider.browser.choose(page, FABRE.subject)
    assert again.status_code == 400, "a ticket is used up by the first attempt"


async def test_persons_of_the_other_side_cannot_be_chosen_here(provider: Provider) -> None:
    page = await provider.browser.get(provider.ask())
    assert MOREL.name not in page.text
    assert (await provider.browser.choose(page, MOREL.subject)).status_code == 400


async def test_signing_out_returns_to_the_service_and_forgets_the_person(provider: Provider) -> None:
    tokens = (await provider.redeem(await provider.code())).json()
    asked = {"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": AFTER, "state": "out"}
    back = await provider.browser.get(f"{provider.issuer}/logout", params=asked)
    assert back.headers["location"] == f"{AFTER}?state=out"
    page = await provider.browser.get(provider.ask(nonce="o" * 32))
    assert 'name="continue"' not in page.text


async def test_signing_out_without_proof_asks_first_and_never_redirects(provider: Provider) -> None:
    await provider.code()
    asked = {"client_id": "crisislink", "post_logout_redirect_uri": AFTER}
    page = await provider.browser.get(f"{provider.issuer}/logout", params=asked)
    assert page.status_code == 200
    assert 'name="continue"' in (await provider.browser.get(provider.ask(nonce="o" * 32))).text
    done = await provider.browser.post(f"{provider.issuer}/logout", data={"confirm": "yes"})
    assert done.status_code == 200
    assert 'name="continue"' not in (await provider.browser.get(provider.ask(nonce="o" * 32))).text


async def test_signing_out_never_leads_to_a_foreign_page(provider: Provider) -> None:
    tokens = (await provider.redeem(await provider.code())).json()
    asked = {"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": "https://evil.example/"}
    assert "location" not in (await provider.browser.get(f"{provider.issuer}/logout", params=asked)).headers
    asked = {"id_token_hint": tokens["id_token"][:-8] + "AAAAAAAA", "post_logout_redirect_uri": AFTER}
    forged = await provider.browser.get(f"{provider.issuer}/logout", params=asked)
    assert forged.status_code == 400


async def test_pages_run_no_script_and_are_framed_by_nobody(provider: Provider) -> None:
    page = await provider.browser.get(provider.ask())
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "frame-ancestors 'none'" in policy
    assert "form-action 'self' http://localhost:8400" in policy
    assert "<script" not in page.text
    assert " style=" not in page.text
    assert "DÉMONSTRATION" in page.text
    assert (await provider.browser.get(f"{provider.issuer}/page.css")).status_code == 200


async def test_another_name_for_this_machine_is_refused(provider: Provider) -> None:
    answer = await provider.browser.get(provider.ask(), headers={"Host": "evil.example"})
    assert answer.status_code == 421


@pytest.mark.parametrize(
    "base_url", ["http://192.0.2.7:8401", "https://idp.example", "http://localhost.evil.example:1", "http://"]
)
def test_the_provider_refuses_to_be_anywhere_else(base_url: str) -> None:
    with pytest.raises(ValueError, match="this machine only"):
        config(base_url)


def test_every_role_has_somebody_and_two_persons_are_there_to_be_refused() -> None:
    persons, habilitations = roster({"hopital": "http://h", "ville": "http://v"}, T0)
    held = [h.role for h in habilitations if h.in_force(T0)]
    assert set(held) == set(Role)
    assert held.count(Role.REGULATOR) >= 2
    assert held.count(Role.ROOM_SUPERVISOR) >= 2
    assert held.count(Role.ADMINISTRATOR) == 2
    assert {o.side for o in ORGANISATIONS} == set(Side)
    unknown = [p for p in PEOPLE if p.standing is Standing.UNKNOWN]
    ended = [p for p in PEOPLE if p.standing is Standing.ENDED]
    assert len(unknown) == len(ended) == 1
    assert unknown[0].id not in {p.id for p in persons}
    assert not any(h.in_force(T0) for h in habilitations if h.person == ended[0].id)
    assert len({p.subject for p in PEOPLE}) == len(PEOPLE)
    assert all(o.phone.startswith("05 36 49 ") for o in ORGANISATIONS)
    assert URL(persons[0].issuer).host == "h"
