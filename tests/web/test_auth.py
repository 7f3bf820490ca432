"""From the front page to a session and back, through the demo's real provider, over real HTTP."""

import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest
from httpx2 import URL, Response
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.responses import Response as Answer
from starlette.routing import Route

from crisislink.adapters.oidc import OidcClient, ProviderProfile
from crisislink.adapters.oidc.standing import Standings
from crisislink.adapters.system import SystemEntropy
from crisislink.core import policy
from crisislink.core.actors import Actor, Role, Side
from crisislink.core.errors import Denied, Unauthenticated
from crisislink.core.events import InventoryLoaded
from crisislink.demo.identity import RelyingParty, build_provider, demo_config
from crisislink.demo.people import FABRE, MOREL, ORGANISATIONS, PEOPLE, DemoPerson, Standing, roster
from crisislink.flow import trials, viewing
from crisislink.flow.ports import Ports
from crisislink.flow.signin import SessionLimits, actor_for
from crisislink.web.auth import LOGIN_COOKIE, SESSION_COOKIE, actor_of, auth_routes, safe_next
from tests.city import City, small_city
from tests.fakes.loopback import Browser, listening, query, serving
from tests.samples import REGULATOR

LIMITS = SessionLimits()
PROVIDERS = ("hopital", "ville")
ADMINISTRATOR = next(p for p in PEOPLE if p.provider == "ville" and Role.ADMINISTRATOR in p.roles)
VIDAL = next(p for p in PEOPLE if p.name == "Brig.-chef S. Vidal")


class Provider:
    """The demo's provider at its address, which can be gone and come back with the keys it had."""

    def __init__(self, app: Starlette, bound: socket.socket) -> None:
        self._app, self._bound, self._serving = app, bound, AsyncExitStack()
        self._port = bound.getsockname()[1]

    async def start(self) -> None:
        if self._bound.fileno() < 0:
            self._bound = socket.socket()
            self._bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._bound.bind(("127.0.0.1", self._port))
        await self._serving.enter_async_context(serving(self._app, self._bound))

    async def stop(self) -> None:
        await self._serving.aclose()


@dataclass(frozen=True)
class House:
    """The service's sign-in at `url`, the demo's provider behind it, and a browser."""

    url: str
    idp: str
    city: City
    provider: Provider
    standings: Standings
    browser: Browser

    async def sign_in(self, person: DemoPerson, next: str = "/samu") -> Response:
        """The answer of the callback."""
        return await self.browser.get(await self.answer(person, next))

    async def answer(self, person: DemoPerson, next: str = "/samu") -> str:
        """The address to which the provider sends the browser back."""
        out = await self.login(person.provider, next)
        chosen = await self.browser.choose(await self.browser.get(out.headers["location"]), person.subject)
        return str(chosen.headers["location"])

    async def login(self, provider: str, next: str = "/samu") -> Response:
        return await self.browser.get(f"{self.url}/auth/login/{provider}?{urlencode({'next': next})}")

    async def logout(self, **headers: str) -> Response:
        sent = {"Origin": self.url} | headers
        return await self.browser.post(
            f"{self.url}/auth/logout", headers={k: v for k, v in sent.items() if v}
        )

    async def who(self, browser: Browser | None = None) -> object:
        return (await (browser or self.browser).get(f"{self.url}/who")).json()

    async def kinds(self) -> list[str]:
        return (await self.city.kinds())[1:]


def _client(name: str, idp: str, url: str, ports: Ports) -> OidcClient:
    profile = ProviderProfile(
        id=name,
        label=name,
        side=Side.HOSPITAL if name == "hopital" else Side.CITY,
        issuer=f"{idp}/{name}",
        client_id="crisislink",
        client_secret=SecretStr("s3cret"),
    )
    return OidcClient(
        profile, public_url=url, clock=ports.clock, entropy=ports.entropy, ephemera=ports.ephemera
    )


def _registered(name: str, url: str) -> RelyingParty:
    return RelyingParty(
        client_id="crisislink",
        client_secret=SecretStr("s3cret"),
        redirect_uris=(f"{url}/auth/callback/{name}",),
        post_logout_redirect_uris=(f"{url}/auth/signed-out/{name}",),
    )


def _service(
    ports: Ports, clients: dict[str, OidcClient], url: str, standings: Standings | None = None
) -> Starlette:
    person = actor_of(ports, LIMITS)

    async def who(request: Request) -> Answer:
        try:
            return JSONResponse((await person(request)).person.display_name)
        except Unauthenticated:
            return JSONResponse(None)

    routes = auth_routes(ports, clients, url, LIMITS, identity=standings)
    return Starlette(routes=[*routes, Route("/who", who)])


async def _load_people(city: City, idp: str) -> None:
    persons, habilitations = roster({n: f"{idp}/{n}" for n in PROVIDERS}, city.clock.now())
    async with city.store.write() as work:
        event = InventoryLoaded(organisation=None, what="people", rows=len(persons), sha256="0" * 64)
        await work.record(event, *ORGANISATIONS, *persons, *habilitations)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    (idp_socket, idp_port), (web_socket, web_port) = listening(), listening()
    idp, url = f"http://localhost:{idp_port}", f"http://localhost:{web_port}"
    async with AsyncExitStack() as stack:
        city = await stack.enter_async_context(small_city(tmp_path))
        ports = replace(city.ports, entropy=SystemEntropy())
        await _load_people(city, idp)
        made = build_provider(demo_config(idp, {n: _registered(n, url) for n in PROVIDERS}), city.clock)
        provider = Provider(made, idp_socket)
        await provider.start()
        stack.push_async_callback(provider.stop)
        clients = {n: await stack.enter_async_context(_client(n, idp, url, ports)) for n in PROVIDERS}
        standings = Standings(clients, public_url=url, clock=ports.clock, entropy=ports.entropy)
        app = _service(ports, clients, url, standings)
        await stack.enter_async_context(serving(app, web_socket))
        browser = await stack.enter_async_context(Browser())
        yield House(url, idp, city, provider, standings, browser)


def cookies(response: Response) -> dict[str, str]:
    """The cookies a response sets, with all they say."""
    return {line.partition("=")[0]: line for line in response.headers.get_list("set-cookie")}


async def test_both_rooms_sign_in_at_their_own_provider(house: House) -> None:
    back = await house.sign_in(FABRE)
    assert (back.status_code, back.headers["location"]) == (303, "/samu")
    assert await house.who() == FABRE.name
    async with Browser() as other:
        there = replace(house, browser=other)
        assert (await there.sign_in(MOREL, "/cic")).headers["location"] == "/cic"
        assert await there.who() == MOREL.name
    assert await house.who() == FABRE.name
    assert await house.kinds() == ["session.opened", "session.opened"]


@pytest.mark.parametrize(
    "person", [p for p in PEOPLE if p.standing is Standing.IN_FORCE], ids=lambda p: p.name
)
async def test_everybody_with_a_habilitation_comes_in(house: House, person: DemoPerson) -> None:
    await house.sign_in(person)
    assert await house.who() == person.name


@pytest.mark.parametrize(
    "person", [p for p in PEOPLE if p.standing is not Standing.IN_FORCE], ids=lambda p: p.standing
)
async def test_without_a_habilitation_in_force_nobody_comes_in(house: House, person: DemoPerson) -> None:
    back = await house.sign_in(person)
    assert back.headers["location"] == "/?problem=no_habilitation"
    assert SESSION_COOKIE not in cookies(back)
    assert await house.who() is None
    assert await house.kinds() == ["session.refused"]


async def test_cookies_are_for_this_host_alone_and_for_no_script(house: House) -> None:
    out = await house.login("hopital")
    for response, name in ((out, LOGIN_COOKIE), (await house.sign_in(FABRE), SESSION_COOKIE)):
        said = cookies(response)[name].lower()
        assert all(part in said for part in ("; secure", "; httponly", "; samesite=lax", "; path=/"))
        assert "domain" not in said
        assert response.headers["cache-control"] == "no-store"
    assert "max-age=600" in cookies(out)[LOGIN_COOKIE].lower()


async def test_each_sign_in_gets_a_new_session_and_ends_the_old_one(house: House) -> None:
    first = cookies(await house.sign_in(FABRE))[SESSION_COOKIE]
    second = cookies(await house.sign_in(FABRE))[SESSION_COOKIE]
    assert first != second
    assert await house.kinds() == ["session.opened", "session.opened", "session.closed"]
    token = first.partition("=")[2].partition(";")[0]
    async with Browser() as old:
        answer = await old.get(f"{house.url}/who", headers={"Cookie": f"{SESSION_COOKIE}={token}"})
    assert answer.json() is None


async def stepped_up(house: House, person: DemoPerson, next: str) -> Response:
    """The answer of the callback, after the provider asked the person again."""
    out = await house.browser.get(f"{house.url}/auth/step-up?{urlencode({'next': next})}")
    page = await house.browser.get(out.headers["location"])
    assert 'name="continue"' not in page.text, "who is known there is asked again all the same"
    chosen = await house.browser.choose(page, person.subject)
    return await house.browser.get(chosen.headers["location"])


async def proved(house: House) -> list[datetime | None]:
    """Of each session that lives."""
    async with house.city.store.read() as work:
        return [
            one.authenticated_at
            for organisation in await work.organisations()
            for one in await work.sessions_in(organisation.id)
        ]


async def test_a_step_up_gives_a_recent_authentication_a_new_session_and_leads_back_to_the_card(
    house: House,
) -> None:
    first = cookies(await house.sign_in(MOREL, "/cic"))[SESSION_COOKIE]
    signed_in_at = house.city.clock.now()
    house.city.clock.advance(3_000)
    assert await proved(house) == [signed_in_at]
    back = await stepped_up(house, MOREL, "/cic#req_1")
    assert back.headers["location"] == "/cic#req_1"
    assert cookies(back)[SESSION_COOKIE] != first
    assert await proved(house) == [signed_in_at + timedelta(seconds=3_000)], "the old session is over"
    assert await house.who() == MOREL.name
    assert await house.kinds() == ["session.opened", "session.opened", "session.closed"]


async def test_an_ordinary_sign_in_may_rest_on_what_was_proved_before(house: House) -> None:
    await house.sign_in(MOREL, "/cic")
    signed_in_at = house.city.clock.now()
    house.city.clock.advance(3_000)
    page = await house.browser.get((await house.login("ville", "/cic")).headers["location"])
    back = await house.browser.choose(page, MOREL.subject, field="continue")
    await house.browser.get(back.headers["location"])
    assert await proved(house) == [signed_in_at]


async def test_who_confirms_in_anothers_place_is_signed_in_as_themselves(house: House) -> None:
    await house.sign_in(MOREL, "/cic")
    await stepped_up(house, VIDAL, "/cic")
    assert await house.who() == VIDAL.name
    assert len(await proved(house)) == 1


async def test_a_step_up_that_is_not_finished_leaves_the_session_as_it_was(house: House) -> None:
    await house.sign_in(MOREL, "/cic")
    out = await house.browser.get(f"{house.url}/auth/step-up?next=/cic")
    state = query(out)["state"]
    back = await house.browser.get(f"{house.url}/auth/callback/ville?error=access_denied&state={state}")
    assert back.headers["location"] == "/?problem=login_failed"
    assert await house.who() == MOREL.name


async def test_nobody_steps_up_without_a_session(house: House) -> None:
    back = await house.browser.get(f"{house.url}/auth/step-up?next=/cic")
    assert back.headers["location"] == "/?problem=sign_in"


async def acting(house: House) -> Actor:
    """Whose session the browser holds."""
    return await actor_for(house.city.ports, LIMITS, house.browser.cookies[SESSION_COOKIE])


async def tried(house: House, person: DemoPerson) -> str:
    """The address to which a test login as this person comes back."""
    await trials.begin(house.city.ports, await acting(house))
    out = await house.browser.get(f"{house.url}/auth/trial")
    page = await house.browser.get(out.headers["location"])
    chosen = await house.browser.choose(page, person.subject)
    return str(chosen.headers["location"])


async def test_a_test_login_shows_its_administrator_who_it_would_be_and_opens_nothing(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", "crisislink")
    await house.sign_in(ADMINISTRATOR, "/admin")
    before = house.browser.cookies[SESSION_COOKIE]
    back = await house.browser.get(await tried(house, MOREL))
    assert back.headers["location"] == "/admin/identite?essai"
    assert SESSION_COOKIE not in cookies(back)
    assert (house.browser.cookies[SESSION_COOKIE], len(await proved(house))) == (before, 1)
    assert await house.who() == ADMINISTRATOR.name
    found = await trials.result(house.city.ports, await acting(house))
    assert found is not None
    assert found.person is not None
    assert (found.provider, found.refused, found.person.display_name) == ("ville", None, MOREL.name)
    assert (set(found.roles), found.dated, found.strong) == ({Role.ROOM_SUPERVISOR}, True, True)
    assert ("sub", MOREL.subject) in found.claims
    assert await trials.result(house.city.ports, await acting(house)) is None, "told once"
    assert (await house.kinds())[1:] == ["identity.tried"]
    assert MOREL.subject not in caplog.text
    async with house.city.store.read() as work:
        entries = await work.entries_before(before=None, limit=1)
    assert MOREL.subject.encode() not in entries[0].body


async def test_a_test_login_of_somebody_unknown_says_so(house: House) -> None:
    await house.sign_in(ADMINISTRATOR, "/admin")
    await house.browser.get(await tried(house, next(p for p in PEOPLE if p.standing is Standing.UNKNOWN)))
    found = await trials.result(house.city.ports, await acting(house))
    assert found is not None
    assert (found.refused, found.person, found.roles) == (None, None, frozenset())
    assert await house.who() == ADMINISTRATOR.name


async def test_what_a_test_login_showed_is_not_for_another_session(house: House) -> None:
    await house.sign_in(ADMINISTRATOR, "/admin")
    address = await tried(house, MOREL)
    await house.sign_in(ADMINISTRATOR, "/admin")
    back = await house.browser.get(address)
    assert back.headers["location"] in {"/?problem=login_failed", "/?problem=role"}
    assert await trials.result(house.city.ports, await acting(house)) is None
    assert "identity.tried" not in await house.kinds()


async def test_nobody_goes_to_the_provider_for_a_test_login_that_did_not_begin(house: House) -> None:
    await house.sign_in(ADMINISTRATOR, "/admin")
    assert (await house.browser.get(f"{house.url}/auth/trial")).headers[
        "location"
    ] == "/?problem=login_failed"
    await house.sign_in(MOREL, "/cic")
    with pytest.raises(Denied):
        await trials.begin(house.city.ports, await acting(house))


async def failed(house: House, address: str) -> None:
    back = await house.browser.get(address)
    assert (back.status_code, back.headers["location"]) == (303, "/?problem=login_failed")
    assert SESSION_COOKIE not in cookies(back)
    assert await house.who() is None


async def test_a_replayed_answer_opens_nothing(house: House) -> None:
    address = await house.answer(FABRE)
    await house.browser.get(address)
    house.browser.cookies.clear()
    await failed(house, address)


async def test_an_answer_in_another_browser_opens_nothing(house: House) -> None:
    address = await house.answer(FABRE)
    async with Browser() as other:
        await failed(replace(house, browser=other), address)


@pytest.mark.parametrize(
    "changed",
    [{"state": "guess"}, {"code": "guess"}, {"iss": "https://evil.example"}, {"error": "access_denied"}],
)
async def test_a_changed_answer_opens_nothing(house: House, changed: dict[str, str]) -> None:
    address = URL(await house.answer(FABRE))
    await failed(house, str(address.copy_merge_params(changed)))


async def test_a_repeated_parameter_opens_nothing(house: House) -> None:
    address = await house.answer(FABRE)
    await failed(house, f"{address}&{urlencode({'code': dict(URL(address).params)['code']})}")


async def test_an_answer_of_the_hospital_is_none_of_the_city(house: House) -> None:
    address = await house.answer(FABRE)
    await failed(house, address.replace("/auth/callback/hopital", "/auth/callback/ville"))


async def test_a_bare_callback_opens_nothing(house: House) -> None:
    await failed(house, f"{house.url}/auth/callback/hopital")


@pytest.mark.parametrize("path", ["login", "callback", "signed-out"])
async def test_an_unknown_provider_is_a_problem_on_the_front_page(house: House, path: str) -> None:
    back = await house.browser.get(f"{house.url}/auth/{path}/nowhere")
    assert back.headers["location"] == "/?problem=not_found"


FOREIGN = [
    "https://evil.example/",
    "//evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "///evil.example",
    "javascript:alert(1)",
    "samu",
    "/auth/login/hopital",
    "/api/me",
    "/é",
    "/" + "x" * 600,
    "",
]


@pytest.mark.parametrize("wanted", FOREIGN)
async def test_signing_in_never_leads_elsewhere(wanted: str) -> None:
    assert safe_next(wanted) == "/"


@pytest.mark.parametrize("wanted", ["/", "/samu", "/cic?q=1", "/registre#entry-4"])
async def test_signing_in_leads_to_our_own_pages(wanted: str) -> None:
    assert safe_next(wanted) == wanted


async def test_an_open_redirect_through_the_provider_ends_on_the_front_page(house: House) -> None:
    assert (await house.sign_in(FABRE, "//evil.example")).headers["location"] == "/"


async def test_signing_out_ends_it_here_and_at_the_provider(house: House) -> None:
    await house.sign_in(FABRE)
    out = await house.logout()
    assert out.status_code == 303
    assert out.headers["location"].startswith(f"{house.idp}/hopital/logout?")
    assert await house.who() is None
    back = await house.browser.get(out.headers["location"])
    assert back.headers["location"].startswith(f"{house.url}/auth/signed-out/hopital?state=")
    home = await house.browser.get(back.headers["location"])
    assert home.headers["location"] == "/"
    assert await house.kinds() == ["session.opened", "session.closed"]
    page = await house.browser.get((await house.login("hopital")).headers["location"])
    assert 'name="continue"' not in page.text


@pytest.mark.parametrize("state", ["", "guess"])
async def test_a_return_from_a_sign_out_that_did_not_begin_here_is_noticed(house: House, state: str) -> None:
    back = await house.browser.get(f"{house.url}/auth/signed-out/hopital?state={state}")
    assert back.headers["location"] == "/?problem=login_failed"


@pytest.mark.parametrize(
    "headers", [{"Origin": ""}, {"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}]
)
async def test_a_foreign_page_cannot_sign_anybody_out(house: House, headers: dict[str, str]) -> None:
    await house.sign_in(FABRE)
    out = await house.logout(**headers)
    assert out.headers["location"] == "/?problem=wrong_origin"
    assert await house.who() == FABRE.name
    assert (await house.kinds())[-1] == "access.denied"


async def test_signing_out_without_a_session_goes_home(house: House) -> None:
    assert (await house.logout()).headers["location"] == "/"


async def test_signing_out_is_no_link(house: House) -> None:
    await house.sign_in(FABRE)
    assert (await house.browser.get(f"{house.url}/auth/logout")).status_code == 405
    assert await house.who() == FABRE.name


async def test_a_second_sign_in_is_one_click(house: House) -> None:
    await house.sign_in(FABRE)
    page = await house.browser.get((await house.login("hopital")).headers["location"])
    back = await house.browser.choose(page, FABRE.subject, field="continue")
    assert (await house.browser.get(back.headers["location"])).headers["location"] == "/samu"
    assert query(back)["iss"] == f"{house.idp}/hopital"


async def test_while_the_provider_is_gone_who_is_in_goes_on_and_nobody_else_until_it_is_back(
    house: House,
) -> None:
    """Whoever goes on does so without asking it: what was proved stays recent, pictures open again."""
    await house.sign_in(FABRE)
    regulator = await acting(house)
    async with Browser() as other:
        there = replace(house, browser=other)
        await there.sign_in(MOREL, "/cic")
        await house.provider.stop()
        await house.standings.ask()
        for way in ("login/hopital", "login/ville", "step-up"):
            back = await other.get(f"{house.url}/auth/{way}?next=/cic")
            assert back.headers["location"] == "/?problem=identity_provider", way
        supervisor = await acting(there)
        assert policy.recent(supervisor, house.city.ports.limits, now=house.city.clock.now()) is None
        grant = await house.city.grant()
        seat = replace(regulator, person=REGULATOR.person, organisation=REGULATOR.organisation)
        await viewing.open_ticket(house.city.ports, seat, grant.id, grant.views[0].camera)
        assert (await house.who(), await there.who()) == (FABRE.name, MOREL.name)
        assert (await house.logout()).headers["location"] == "/", "signing out here does not wait for it"
        assert await house.who() is None
        await house.provider.start()
        assert (await stepped_up(there, MOREL, "/cic")).headers["location"] == "/cic"
    assert (await house.sign_in(FABRE)).headers["location"] == "/samu"


async def test_a_provider_that_dies_between_question_and_answer_opens_nothing(house: House) -> None:
    address = await house.answer(FABRE)
    await house.provider.stop()
    back = await house.browser.get(address)
    assert back.headers["location"] == "/?problem=identity_provider"
    assert await house.who() is None
    await house.provider.start()
    assert (await house.sign_in(FABRE)).headers["location"] == "/samu"


async def test_a_provider_that_is_down_is_said_in_words_and_other_sessions_go_on(tmp_path: Path) -> None:
    (gone, idp_port), (web_socket, web_port) = listening(), listening()
    gone.close()
    idp, url = f"http://localhost:{idp_port}", f"http://localhost:{web_port}"
    async with small_city(tmp_path) as city, AsyncExitStack() as stack:
        ports = replace(city.ports, entropy=SystemEntropy())
        client = await stack.enter_async_context(_client("hopital", idp, url, ports))
        service = _service(ports, {"hopital": client}, url)
        await stack.enter_async_context(serving(service, web_socket))
        browser = await stack.enter_async_context(Browser())
        back = await browser.get(f"{url}/auth/login/hopital")
    assert back.headers["location"] == "/?problem=identity_provider"
