"""The same against a provider that we did not write: npm `oidc-provider`, certified by the OpenID Foundation.

Two issuers in one Node process: the hospital's (RS256, a shared secret) and the city's (ES256, our own key,
userinfo as a signed token). Real clocks, real HTTP in both directions.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from httpx2 import URL, Response
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.responses import Response as Answer
from starlette.routing import Route

from crisislink.adapters.oidc import OidcClient, ProviderProfile
from crisislink.adapters.oidc.clientkey import ClientKey
from crisislink.adapters.oidc.examination import examine
from crisislink.adapters.system import SystemClock, SystemEntropy
from crisislink.core.errors import Reason, Unauthenticated
from crisislink.core.events import InventoryLoaded
from crisislink.demo.people import FABRE, MOREL, ORGANISATIONS, DemoPerson, roster
from crisislink.flow.ports import Ports
from crisislink.flow.signin import SessionLimits, session_id
from crisislink.web.auth import SESSION_COOKIE, actor_of, auth_routes
from tests.city import City, small_city
from tests.fakes.loopback import Browser, listening, serving
from tests.fakes.provider import curve
from tests.oidc.party import COOKIE, profile

FOLDER = Path(__file__).parent / "provider"
LIMITS = SessionLimits()
SECRET = "a shared secret: 100 % & more + less"
START_S = 20.0
PERSONS = {"hopital": FABRE, "ville": MOREL}


def _client(id: str, url: str, **more: Any) -> dict[str, Any]:
    """Our registration, as the provider keeps it."""
    return {
        "client_id": "crisislink",
        "redirect_uris": [f"{url}/auth/callback/{id}"],
        "post_logout_redirect_uris": [f"{url}/auth/signed-out/{id}"],
        "backchannel_logout_uri": f"{url}/auth/backchannel/{id}",
        "backchannel_logout_session_required": True,
        "grant_types": ["authorization_code"],
        "response_types": ["code"],
        **more,
    }


def _orders(url: str) -> dict[str, Any]:
    """One host name for each issuer: cookies ignore ports."""
    by_secret = _client(
        "hopital", url, client_secret=SECRET, token_endpoint_auth_method="client_secret_basic"
    )
    by_key = _client(
        "ville",
        url,
        token_endpoint_auth_method="private_key_jwt",
        token_endpoint_auth_signing_alg="ES256",
        id_token_signed_response_alg="ES256",
        userinfo_signed_response_alg="ES256",
        jwks={"keys": [dict(curve("ours").as_dict(private=False)) | {"kid": curve("ours").thumbprint()}]},
    )
    return {
        "issuers": [
            {
                "host": host,
                "account": {"id": person.subject, "name": person.name},
                "algorithm": algorithm,
                "client": client,
            }
            for host, person, algorithm, client in (
                ("localhost", FABRE, "RS256", by_secret),
                ("127.0.0.1", MOREL, "ES256", by_key),
            )
        ]
    }


@asynccontextmanager
async def independent(orders: dict[str, Any]) -> AsyncIterator[list[str]]:
    """The provider's process, until leaving; its issuers. `orders`: see `server.mjs`."""
    child = await asyncio.create_subprocess_exec(
        "node",
        str(FOLDER / "server.mjs"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        child.stdin.write(json.dumps(orders).encode() + b"\n")
        async with asyncio.timeout(START_S):
            answer = await child.stdout.readline()
        yield json.loads(answer)["issuers"]
    finally:
        child.stdin.close()
        async with asyncio.timeout(START_S):
            await child.wait()


def _profiles(issuers: list[str], folder: Path) -> dict[str, ProviderProfile]:
    file = folder / "key.pem"
    file.write_bytes(curve("ours").as_pem(private=True))
    return {
        "hopital": profile(issuers[0], id="hopital", secret=SECRET, scopes=("openid", "profile")),
        "ville": profile(
            issuers[1],
            id="ville",
            key=ClientKey.load(file),
            authentication="private_key_jwt",
            algorithms=("ES256",),
            scopes=("openid", "profile"),
            userinfo="jwt",
        ),
    }


@dataclass(frozen=True)
class House:
    """The service's sign-in at `url`, the independent provider's issuers behind it, and a browser."""

    url: str
    clients: dict[str, OidcClient]
    ports: Ports
    city: City
    browser: Browser

    async def followed(self, response: Response) -> Response:
        """Where the browser is when it comes back to our own pages."""
        for _ in range(12):
            if not response.is_redirect:
                return response
            at = response.url.join(response.headers["location"])
            if str(at).startswith(self.url) and not at.path.startswith("/auth/"):
                return response
            response = await self.browser.get(str(at))
        raise AssertionError(response.url)

    async def sign_in(self, provider: str) -> str:
        back = await self.followed(await self.browser.get(f"{self.url}/auth/login/{provider}?next=/samu"))
        return str(back.headers["location"])

    async def stepped_up(self, provider: str, **asked: Any) -> dict[str, str]:
        """The answer that the provider gives to a question of this browser's, before it is judged."""
        response = await self.browser.get(
            await self.clients[provider].authorization_url("/cic", COOKIE, **asked)
        )
        while not str(at := response.url.join(response.headers["location"])).startswith(self.url):
            response = await self.browser.get(str(at))
        return dict(at.params)

    async def who(self) -> object:
        return (await self.browser.get(f"{self.url}/who")).json()


def _service(ports: Ports, clients: dict[str, OidcClient], url: str) -> Starlette:
    person = actor_of(ports, LIMITS)

    async def who(request: Request) -> Answer:
        try:
            return JSONResponse((await person(request)).person.display_name)
        except Unauthenticated:
            return JSONResponse(None)

    return Starlette(routes=[*auth_routes(ports, clients, url, LIMITS), Route("/who", who)])


async def _load_people(city: City, issuers: dict[str, str]) -> None:
    persons, habilitations = roster(issuers, city.clock.now())
    async with city.store.write() as work:
        event = InventoryLoaded(organisation=None, what="people", rows=len(persons), sha256="0" * 64)
        await work.record(event, *ORGANISATIONS, *persons, *habilitations)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    bound, port = listening()
    url = f"http://localhost:{port}"
    async with AsyncExitStack() as stack:
        issuers = await stack.enter_async_context(independent(_orders(url)))
        city = await stack.enter_async_context(small_city(tmp_path))
        city.clock.wall = SystemClock().now()
        profiles = _profiles(issuers, tmp_path)
        await _load_people(city, {name: known.issuer for name, known in profiles.items()})
        ports = replace(city.ports, clock=SystemClock(), entropy=SystemEntropy())
        clients = {
            name: await stack.enter_async_context(
                OidcClient(
                    known, public_url=url, clock=ports.clock, entropy=ports.entropy, ephemera=ports.ephemera
                )
            )
            for name, known in profiles.items()
        }
        await stack.enter_async_context(serving(_service(ports, clients, url), bound))
        browser = await stack.enter_async_context(Browser())
        yield House(url, clients, ports, city, browser)


@pytest.mark.parametrize("provider", ["hopital", "ville"])
async def test_the_doctor_finds_nothing_to_mend_there(house: House, provider: str) -> None:
    known = house.clients[provider].profile
    looks = examine(known, public_url=house.url, clock=SystemClock(), entropy=SystemEntropy())
    seen = [look async for look in looks]
    assert [look for look in seen if look.grade != "good" and look.what != "tls"] == []
    elsewhere = examine(known, public_url="http://localhost:1", clock=SystemClock(), entropy=SystemEntropy())
    assert {look.what: look.grade async for look in elsewhere}["callback"] == "bad"
    stranger = examine(
        replace(known, client_id="stranger"),
        public_url=house.url,
        clock=SystemClock(),
        entropy=SystemEntropy(),
    )
    assert {look.what: look.grade async for look in stranger}["client"] == "bad"


@pytest.mark.parametrize("provider", ["hopital", "ville"])
async def test_both_rooms_sign_in_there(house: House, provider: str) -> None:
    person: DemoPerson = PERSONS[provider]
    assert await house.sign_in(provider) == "/samu"
    assert await house.who() == person.name


async def test_a_question_is_pushed_and_comes_back_with_who_answers(house: House) -> None:
    url = URL(await house.clients["hopital"].authorization_url("/", COOKIE))
    assert dict(url.params).keys() == {"client_id", "request_uri"}
    answer = await house.stepped_up("hopital")
    assert answer["iss"] == house.clients["hopital"].profile.issuer


@pytest.mark.parametrize("provider", ["hopital", "ville"])
async def test_a_step_up_is_a_fresh_and_strong_authentication(house: House, provider: str) -> None:
    await house.sign_in(provider)
    before = SystemClock().now()
    answer = await house.stepped_up(provider, max_age_s=0, acr_values=("strong",), prompt="login")
    identity = (await house.clients[provider].finish(answer, COOKIE)).identity
    assert identity.acr == "strong"
    assert identity.auth_time is not None
    assert abs((identity.auth_time - before).total_seconds()) < 30
    assert identity.provider_session is not None


@pytest.mark.parametrize("provider", ["hopital", "ville"])
async def test_a_step_up_through_our_pages_proves_a_recent_authentication_in_a_new_session(
    house: House, provider: str
) -> None:
    await house.sign_in(provider)
    ordinary = house.browser.cookies[SESSION_COOKIE]
    before = SystemClock().now()
    out = await house.browser.get(f"{house.url}/auth/step-up?next=/cic%23req_1")
    assert (await house.followed(out)).headers["location"] == "/cic#req_1"
    assert house.browser.cookies[SESSION_COOKIE] != ordinary
    session = await house.ports.sessions.get(session_id(house.browser.cookies[SESSION_COOKIE]))
    assert session is not None
    assert session.authenticated_at is not None
    assert session.authenticated_at >= before - timedelta(seconds=1), "auth_time counts whole seconds"
    assert await house.ports.sessions.get(session_id(ordinary)) is None


async def test_a_test_login_there_shows_what_it_says_and_opens_no_session(house: House) -> None:
    await house.sign_in("ville")
    mine = house.browser.cookies[SESSION_COOKIE]
    client = house.clients["ville"]
    response = await house.browser.get(await client.trial_url(COOKIE, session_id(mine)))
    while not str(at := response.url.join(response.headers["location"])).startswith(house.url):
        response = await house.browser.get(str(at))
    tried = await client.tried(dict(at.params), COOKIE)
    assert tried is not None
    assert tried.identity is not None
    assert (tried.by, tried.identity.subject, tried.refused) == (session_id(mine), MOREL.subject, None)
    assert tried.claims["name"] == MOREL.name
    assert house.browser.cookies[SESSION_COOKIE] == mine


async def test_an_authentication_class_that_it_does_not_reach_is_refused(house: House) -> None:
    answer = await house.stepped_up("hopital", acr_values=("stronger",))
    with pytest.raises(Unauthenticated) as error:
        await house.clients["hopital"].finish(answer, COOKIE)
    assert error.value.reason is Reason.LOGIN_FAILED


async def test_an_answer_of_the_hospital_is_none_of_the_city(house: House) -> None:
    answer = await house.stepped_up("hopital")
    with pytest.raises(Unauthenticated):
        await house.clients["ville"].finish(answer, COOKIE)


async def test_a_code_counts_once_there_too(house: House) -> None:
    old = await house.stepped_up("hopital")
    await house.clients["hopital"].finish(old, COOKIE)
    fresh = await house.stepped_up("hopital")
    with pytest.raises(Unauthenticated):
        await house.clients["hopital"].finish(fresh | {"code": old["code"]}, COOKIE)


async def leave(house: House) -> Response:
    """Sign out here, then confirm on the provider's page."""
    out = await house.browser.post(f"{house.url}/auth/logout", headers={"Origin": house.url})
    page = await house.browser.get(out.headers["location"])
    action = re.search(r'action="([^"]+)"', page.text)
    xsrf = re.search(r'name="xsrf" value="([^"]+)"', page.text)
    assert action is not None, page.text
    assert xsrf is not None, page.text
    return await house.browser.post(unescape(action[1]), data={"xsrf": xsrf[1], "logout": "yes"})


@pytest.mark.parametrize("provider", ["hopital", "ville"])
async def test_signing_out_ends_it_here_and_there_and_comes_home(house: House, provider: str) -> None:
    await house.sign_in(provider)
    back = await house.followed(await leave(house))
    assert back.headers["location"] == "/"
    assert await house.who() is None


@pytest.mark.parametrize("provider", ["hopital", "ville"])
async def test_signing_out_there_ends_the_session_here(house: House, provider: str) -> None:
    """The browser signs out at the provider alone, from a page of the provider's: the notice comes to us."""
    await house.sign_in(provider)
    assert await house.who() == PERSONS[provider].name
    issuer = house.clients[provider].profile.issuer
    page = await house.browser.get(f"{issuer}/session/end")
    xsrf = re.search(r'name="xsrf" value="([^"]+)"', page.text)
    assert xsrf is not None, page.text
    await house.browser.post(f"{issuer}/session/end/confirm", data={"xsrf": xsrf[1], "logout": "yes"})
    async with asyncio.timeout(5):
        while await house.who() is not None:
            await asyncio.sleep(0.02)
    assert (await house.city.kinds())[-1] == "session.closed"
    async with house.ports.store.read() as work:
        entry = (await work.entries_before(before=None, limit=1))[0]
    assert b'"cause":"provider"' in entry.body
