"""The provider tells us directly who signed out there (OpenID Connect Back-Channel Logout 1.0).

The OpenID Foundation's tests by name, `oidcc-client-test-rp-backchannel-rpinitlogout…`, and what else an
attacker could send to a door that anybody on the net may knock at.
"""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from httpx2 import URL, Response
from joserfc import jws
from starlette.applications import Starlette

from crisislink.adapters.oidc.logouttoken import AGE_MAX_S, EVENT
from crisislink.adapters.system import SystemEntropy
from crisislink.core.errors import Reason, Unavailable
from crisislink.core.events import InventoryLoaded
from crisislink.core.ids import PersonId
from crisislink.flow.ports import Ports, Session
from crisislink.flow.signin import SessionLimits
from crisislink.web.auth import SESSION_COOKIE, auth_routes
from tests.city import City, small_city
from tests.fakes.loopback import Browser, listening, serving
from tests.fakes.provider import Claims, curve, rsa, unsigned
from tests.oidc.party import Party, party
from tests.samples import REGULATOR

LIMITS = SessionLimits()
Token = Callable[[Claims], str | None]


@dataclass(frozen=True)
class Door:
    """The service's sign-in, a provider that may lie, and a browser that is signed in."""

    url: str
    party: Party
    ports: Ports
    city: City
    browser: Browser

    def claims(self) -> Claims:
        """Of a good logout token: what is signed out is the browser's session."""
        now_s = int(self.party.clock.now().timestamp())
        return {
            "iss": self.party.provider.issuer,
            "aud": "crisislink",
            "iat": now_s,
            "exp": now_s + 120,
            "jti": self.ports.entropy.token(),
            "sub": "someone",
            "sid": "there-1",
            "events": {EVENT: {}},
        }

    def token(self, **changed: Any) -> str:
        """Signed; a claim of None is left out."""
        claims = {k: v for k, v in (self.claims() | changed).items() if v is not None}
        return self.party.provider.signed_by(rsa("first"), claims, typ="logout+jwt")

    async def tell(self, token: str, provider: str = "hopital") -> Response:
        return await self.browser.post(
            f"{self.url}/auth/backchannel/{provider}", data={"logout_token": token}
        )

    async def sign_in(self, *, sid: str | None = "there-1") -> None:
        self.party.provider.change = lambda claims: claims.update({} if sid is None else {"sid": sid})
        out = await self.browser.get(f"{self.url}/auth/login/hopital?next=/samu")
        asked = dict(URL(out.headers["location"]).params)
        self.party.provider.nonce = asked["nonce"]
        back = await self.browser.get(
            f"{self.url}/auth/callback/hopital", params={"state": asked["state"], "code": "c"}
        )
        assert back.headers["location"] == "/samu"

    async def sessions(self) -> int:
        async with self.ports.store.read() as work:
            person = await work.person(REGULATOR.person.id)
            return len(await work.sessions_in(person.organisation))

    async def refused(self, token: str) -> None:
        """Nothing ends, and the provider learns no reason."""
        before = await self.sessions()
        answer = await self.tell(token)
        assert (answer.status_code, answer.json()) == (400, {"error": "invalid_request"})
        assert answer.headers["cache-control"] == "no-store"
        assert await self.sessions() == before == 1


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    async with AsyncExitStack() as stack:
        it = await stack.enter_async_context(party())
        city = await stack.enter_async_context(small_city(tmp_path))
        ports = replace(city.ports, entropy=SystemEntropy(), clock=it.clock)
        await _known(city, it.provider.issuer)
        bound, port = listening()
        url = f"http://localhost:{port}"
        app = Starlette(routes=auth_routes(ports, {"hopital": it.client}, url, LIMITS))
        await stack.enter_async_context(serving(app, bound))
        browser = await stack.enter_async_context(Browser())
        made = Door(url, it, ports, city, browser)
        await made.sign_in()
        yield made


async def _known(city: City, issuer: str) -> None:
    """The regulator signs in at this issuer as `someone`."""
    async with city.store.write() as work:
        person = replace(await work.person(PersonId(REGULATOR.person.id)), issuer=issuer, subject="someone")
        event = InventoryLoaded(organisation=None, what="people", rows=1, sha256="0" * 64)
        await work.record(event, person)


async def test_oidcc_client_test_rp_backchannel_rpinitlogout(door: Door) -> None:
    """We begin to sign out, the provider's notice comes before the browser returns: accepted all the same."""
    out = await door.browser.post(f"{door.url}/auth/logout", headers={"Origin": door.url})
    assert out.headers["location"].startswith(f"{door.party.provider.issuer}/logout?")
    answer = await door.tell(door.token())
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["cache-control"] == "no-store"
    state = dict(URL(out.headers["location"]).params)["state"]
    home = await door.browser.get(f"{door.url}/auth/signed-out/hopital?state={state}")
    assert home.headers["location"] == "/"


async def test_a_notice_ends_the_session_and_the_register_says_why(door: Door) -> None:
    assert await door.sessions() == 1
    assert (await door.tell(door.token())).status_code == 200
    assert await door.sessions() == 0
    assert (await door.city.kinds())[-1] == "session.closed"
    async with door.ports.store.read() as work:
        entry = (await work.entries_before(before=None, limit=1))[0]
    assert b'"cause":"provider"' in entry.body


async def test_oidcc_client_test_rp_backchannel_rpinitlogout_alg_none(door: Door) -> None:
    await door.refused(unsigned(door.claims()))


async def test_oidcc_client_test_rp_backchannel_rpinitlogout_no_event(door: Door) -> None:
    await door.refused(door.token(events=None))


async def test_oidcc_client_test_rp_backchannel_rpinitlogout_with_nonce(door: Door) -> None:
    await door.refused(door.token(nonce="n"))


async def test_oidcc_client_test_rp_backchannel_rpinitlogout_wrong_alg(door: Door) -> None:
    provider = door.party.provider
    provider.published.append(dict(curve("first").as_dict(private=False)))
    await door.refused(provider.signed_by(curve("first"), door.claims(), typ="logout+jwt"))


async def test_oidcc_client_test_rp_backchannel_rpinitlogout_wrong_aud(door: Door) -> None:
    await door.refused(door.token(aud="another"))


async def test_oidcc_client_test_rp_backchannel_rpinitlogout_wrong_event(door: Door) -> None:
    await door.refused(door.token(events={"http://schemas.openid.net/event/other": {}}))


async def test_oidcc_client_test_rp_backchannel_rpinitlogout_wrong_iss(door: Door) -> None:
    await door.refused(door.token(iss="https://evil.example"))


@pytest.mark.parametrize(
    "changed",
    [
        {"sub": None, "sid": None},
        {"sub": ""},
        {"sid": 7},
        {"sid": "a\nb"},
        {"sub": {"someone": 1}},
        {"jti": None},
        {"jti": 7},
        {"jti": "j" * 600},
        {"iat": None},
        {"exp": None},
        {"events": []},
        {"events": {EVENT: True}},
        {"aud": ["crisislink", "another"]},
    ],
)
async def test_a_notice_that_lacks_or_twists_a_claim_is_refused(door: Door, changed: dict[str, Any]) -> None:
    await door.refused(door.token(**changed))


@pytest.mark.parametrize(("claim", "off_s"), [("iat", 31), ("iat", -AGE_MAX_S - 31), ("exp", -30)])
async def test_a_notice_of_another_time_is_refused(door: Door, claim: str, off_s: int) -> None:
    await door.refused(door.token(**{claim: door.claims()["iat"] + off_s}))


async def test_clocks_thirty_seconds_apart_agree(door: Door) -> None:
    now_s = door.claims()["iat"]
    assert (await door.tell(door.token(iat=now_s + 30, exp=now_s + 30))).status_code == 200


async def test_a_notice_counts_once(door: Door) -> None:
    token = door.token()
    assert (await door.tell(token)).status_code == 200
    await door.sign_in()
    await door.refused(token)
    door.party.clock.advance(100)
    await door.refused(token)


async def test_a_notice_of_one_session_leaves_the_persons_other_session(door: Door) -> None:
    async with Browser() as other:
        await replace(door, browser=other).sign_in(sid="there-2")
        assert await door.sessions() == 2
        assert (await door.tell(door.token())).status_code == 200
        assert await door.sessions() == 1
        assert (await door.tell(door.token(sid=None))).status_code == 200
        assert await door.sessions() == 0


@pytest.mark.parametrize("changed", [{"sub": "another"}, {"sid": "there-9"}, {"sub": "another", "sid": None}])
async def test_a_notice_about_somebody_else_ends_nothing(door: Door, changed: dict[str, Any]) -> None:
    assert (await door.tell(door.token(**changed))).status_code == 200
    assert await door.sessions() == 1


async def test_an_id_token_is_no_notice(door: Door) -> None:
    token = door.party.provider.sign(door.party.provider.claims() | {"events": {EVENT: {}}, "jti": "j"})
    assert token is not None
    await door.refused(token)


async def test_a_notice_is_no_id_token(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    door.party.provider.change = lambda claims: claims.update(door.claims())
    door.party.provider.sign = lambda claims: jws.serialize_compact(
        {"alg": "RS256", "kid": "first", "typ": "logout+jwt"}, json.dumps(claims), rsa("first")
    )
    await door.party.refused("another kind", caplog)


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"logout_token=", b"other=1", b"logout_token=a&logout_token=b"),
        *(b"\xff\x00", b"logout_token=a.b.c", b"a=1&" * 9),
    ],
)
async def test_a_body_that_is_no_notice_is_refused(door: Door, body: bytes) -> None:
    answer = await door.browser.post(
        f"{door.url}/auth/backchannel/hopital",
        content=body,
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert answer.status_code == 400
    assert await door.sessions() == 1


async def test_a_notice_of_one_session_ends_those_of_which_nobody_knows_which_they_are(door: Door) -> None:
    await door.sign_in(sid=None)
    assert (await door.tell(door.token(sid="there-9"))).status_code == 200
    assert await door.sessions() == 0


async def test_a_long_body_is_refused_before_it_is_read(door: Door) -> None:
    answer = await door.browser.post(
        f"{door.url}/auth/backchannel/hopital", content=b"logout_token=" + b"a" * 200_000
    )
    assert answer.status_code == 400


async def test_who_hangs_up_halfway_is_no_fault(door: Door) -> None:
    app = Starlette(routes=auth_routes(door.ports, {"hopital": door.party.client}, door.url, LIMITS))
    said = iter([{"type": "http.request", "body": b"logout", "more_body": True}, {"type": "http.disconnect"}])
    answered: list[Any] = []

    async def receive() -> Any:
        return next(said)

    async def send(message: Any) -> None:
        answered.append(message)

    scope = {"type": "http", "method": "POST", "path": "/auth/backchannel/hopital", "headers": []}
    await app(scope, receive, send)
    assert answered[0]["status"] == 400
    assert await door.sessions() == 1


async def test_an_unknown_provider_looks_like_a_bad_notice(door: Door) -> None:
    assert (await door.tell(door.token(), "nowhere")).status_code == 400


async def test_a_notice_that_could_not_be_obeyed_may_come_again(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def down(*_: object, **__: object) -> list[Session]:
        raise Unavailable(Reason.STORE)

    token = door.token()
    with monkeypatch.context() as patched:
        patched.setattr(door.ports.sessions, "resting_on", down)
        assert (await door.tell(token)).status_code == 503
    assert await door.sessions() == 1
    assert (await door.tell(token)).status_code == 200
    assert await door.sessions() == 0


async def test_the_door_sets_no_cookie_and_reads_none(door: Door) -> None:
    async with Browser() as nobody:
        answer = await replace(door, browser=nobody).tell(door.token())
    assert answer.status_code == 200
    assert SESSION_COOKIE not in str(answer.headers)
    assert await door.sessions() == 0
