"""A view-only session over HTTP and sockets, in the application as `wiring` builds it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from pydantic import SecretStr, ValidationError
from websockets.asyncio.client import connect
from websockets.typing import Origin

from crisislink.config import MachineSettings, ProviderSettings
from crisislink.core.actors import Side
from crisislink.core.grants import Grant
from crisislink.flow import endings
from crisislink.flow.machines import Scope
from crisislink.flow.signin import SessionEnd, sign_out
from crisislink.media.frames import MessageType, unpack
from crisislink.web.auth import SESSION_COOKIE
from crisislink.web.socket import server_options
from tests.samples import CAMERAS, REGULATOR, SUPERVISOR
from tests.web.conftest import Site
from tests.web.matrix import CALLERS, PAGE, table
from tests.web.studio import served
from tests.web.test_live import closed, said
from tests.web.test_machines import machine
from tests.web.test_matrix import URL, Town, _call, _things, open_town

LRM = CALLERS[4]
ORIGIN = Origin(URL)
PANEL = "/embed/crisislink-panel.js"


@dataclass(frozen=True, slots=True)
class Panel:
    """Our page inside the dispatch software's, with its token."""

    town: Town
    grant: Grant
    token: str

    async def call(self, method: str, path: str, body: object = None, **other: str) -> httpx2.Response:
        headers = {"authorization": f"Bearer {self.token}", "origin": URL} | other
        return await self.town.http.request(method, path, json=body, headers=headers)


async def launch(town: Town, **other: str) -> httpx2.Response:
    wanted = {"subject": REGULATOR.person.subject, "origin": PAGE} | other
    return await town.http.post("/api/launches", json=wanted, headers=town.of(LRM))


async def entered(town: Town, code: str, around: str = PAGE, *, origin: str = URL) -> httpx2.Response:
    said = {"code": code, "origin": around}
    return await town.http.post("/api/embed/sessions", json=said, headers={"origin": origin})


@asynccontextmanager
async def panel(folder: Path) -> AsyncIterator[Panel]:
    async with open_town(folder) as town:
        grant = await town.city.grant()
        given = await launch(town, incident=grant.incident)
        assert given.status_code == 201, given.text
        assert given.json()["url"] == f"{URL}/embed/hopital"
        opened = await entered(town, given.json()["code"])
        assert opened.status_code == 201, opened.text
        assert "set-cookie" not in opened.headers
        yield Panel(town, grant, opened.json()["token"])


def problem(answer: httpx2.Response, status: int, code: str) -> None:
    """It is one, in words (RFC 9457)."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    told = answer.json()
    assert (answer.status_code, told["code"]) == (status, code), told
    assert told["type"] == f"urn:crisislink:problem:{code}"
    assert told["title"]
    assert told["detail"]


async def test_it_sees_its_incident_and_opens_its_pictures(tmp_path: Path) -> None:
    async with panel(tmp_path) as at, served(at.town.app, **server_options()) as port:
        room = (await at.call("GET", "/api/embed/room")).json()
        assert [one["id"] for one in room["grants"]] == [at.grant.id]
        assert (await at.call("GET", "/api/embed/cameras")).status_code == 200
        tickets = f"/api/embed/grants/{at.grant.id}/tickets"
        for token, let_in in ((at.token, True), (None, False), ("another", False)):
            ticket = (await at.call("POST", tickets, {"camera": CAMERAS[0].id})).json()["ticket"]
            said = {"ticket": ticket, "rendition": "wall", "clock": 1, "token": token}
            hello = {name: value for name, value in said.items() if value is not None}
            async with connect(
                f"ws://127.0.0.1:{port}/stream",
                origin=ORIGIN,
                compression=None,
                proxy=None,
            ) as socket:
                await socket.send(json.dumps(hello))
                data = await socket.recv()
                assert isinstance(data, bytes)
                assert (unpack(data).type is not MessageType.END) is let_in, token


async def test_events_come_by_its_token_of_its_incident_alone_until_its_parent_ends(tmp_path: Path) -> None:
    async with panel(tmp_path) as at, served(at.town.app, **server_options()) as port, asyncio.timeout(20):
        address, ports = f"ws://127.0.0.1:{port}/api/embed/live", at.town.city.ports
        room = (await at.call("GET", "/api/embed/room")).json()
        async with connect(address, origin=ORIGIN, proxy=None) as socket:
            await socket.send(json.dumps({"after": room["as_of"], "token": at.token}))
            await at.town.city.grant()  # of another incident
            await endings.revoke(ports, at.town.city.video, SUPERVISOR, at.grant.id, None, preempt=False)
            heard = await said(socket, until="grant.ended")
            events = [one for one in heard if one["type"] == "event"]
            assert {one["grant"]["id"] for one in events} == {at.grant.id}
            own = at.town.of(REGULATOR)["cookie"].partition("=")[2]
            await sign_out(ports, own, SessionEnd.PERSON)
            assert (await closed(socket))[0] == 4401
        async with connect(address, origin=ORIGIN, proxy=None) as socket:
            await socket.send(json.dumps({"after": 0, "token": "none"}))
            assert (await closed(socket))[0] == 4401


async def test_its_token_reaches_nothing_else_by_whatever_way_it_is_sent(tmp_path: Path) -> None:
    """Every route that needs somebody: as the cookie that it is not, and as a bearer."""
    async with panel(tmp_path) as at:
        ways = (
            {"cookie": f"{SESSION_COOKIE}={at.token}", "origin": URL},
            {"authorization": f"Bearer {at.token}", "origin": URL},
        )
        for row in table():
            if row.method == "WS" or row.cells[0] != ".":
                continue
            things = await _things(at.town, row)
            for way in ways:
                at.town.headers[REGULATOR.person.id], kept = way, at.town.of(REGULATOR)
                answer = await _call(at.town, row, REGULATOR, things)
                at.town.headers[REGULATOR.person.id] = kept
                assert answer.status_code in {401, 403}, (row.route, way, answer.text)
        answer = await at.town.http.get("/auth/step-up", headers=ways[0])
        assert answer.headers["location"] == "/?problem=sign_in"


async def test_a_whole_sessions_cookie_is_nothing_there(tmp_path: Path) -> None:
    """Pages of one site send it along; the panel must neither need nor use it."""
    async with panel(tmp_path) as at:
        own = at.town.of(REGULATOR)
        problem(await at.town.http.get("/api/embed/room", headers=own), 401, "bearer")
        cookie = own["cookie"]
        assert (await at.call("GET", "/api/embed/room", cookie=cookie)).status_code == 200
        whole = {"authorization": f"Bearer {cookie.partition('=')[2]}"}
        problem(await at.town.http.get("/api/embed/room", headers=whole), 401, "embedded_over")


async def test_what_is_refused_is_a_problem_in_words(tmp_path: Path) -> None:
    async with panel(tmp_path) as at:
        town, incident = at.town, at.grant.incident
        problem(await launch(town, incident=incident, origin="https://evil.example"), 403, "embedding")
        problem(await launch(town, incident=incident, subject="nobody"), 403, "launch_person")
        problem(await launch(town, incident=incident, subject="rene"), 403, "launch_person")
        problem(await launch(town, incident="inc_none"), 404, "not_found")
        problem(await launch(town, incident=incident, origin="null"), 422, "malformed")
        code = (await launch(town, incident=incident)).json()["code"]
        problem(await entered(town, code, "https://evil.example"), 403, "embedding")
        problem(await entered(town, code), 403, "launch_code")
        code = (await launch(town, incident=incident)).json()["code"]
        problem(await entered(town, code, origin=PAGE), 403, "wrong_origin")
        town.city.clock.advance(31)
        problem(await entered(town, code), 403, "launch_code")
        assert (await at.call("POST", "/api/embed/sessions/end", {})).status_code == 204
        problem(await at.call("GET", "/api/embed/room"), 401, "embedded_over")


async def test_a_machine_without_the_scope_launches_nothing(tmp_path: Path) -> None:
    async with machine(tmp_path, frozenset(Scope) - {Scope.LAUNCH}) as lrm:
        wanted = {"subject": "lea", "incident": "inc_1", "origin": PAGE}
        answer = await lrm.call("POST", "/api/launches", wanted)
        problem(answer, 403, "scope")
        assert "insufficient_scope" in answer.headers["www-authenticate"]


async def test_no_person_launches_anything(tmp_path: Path) -> None:
    async with open_town(tmp_path) as town:
        wanted = {"subject": "lea", "incident": "inc_1", "origin": PAGE}
        answer = await town.http.post("/api/launches", json=wanted, headers=town.of(REGULATOR))
        problem(answer, 403, "role")


async def test_the_page_is_framed_by_its_own_origins_and_no_other_page_by_any(tmp_path: Path) -> None:
    """Clickjacking: `frame-ancestors` names the configured page on this path alone."""
    async with open_town(tmp_path) as town:
        for path in ("/embed/hopital", PANEL, "/embed/ville", "/cic", "/", "/api/embed/hopital/pages"):
            answer = await town.http.get(path)
            named = answer.headers["content-security-policy"].partition("frame-ancestors ")[2].split(";")[0]
            if path == "/embed/hopital":
                assert named == PAGE
                assert "x-frame-options" not in answer.headers
            else:
                assert named == "'none'", path
                assert answer.headers["x-frame-options"] == "DENY"
            shared = "cross-origin" if path == PANEL else "same-origin"
            assert answer.headers["cross-origin-resource-policy"] == shared, path
        problem(await town.http.get("/embed/ville"), 404, "not_found")


async def test_where_no_page_is_configured_nothing_of_it_is_there(site: Site) -> None:
    for path in ("/embed/hopital", PANEL, "/api/embed/hopital/pages"):
        answer = await site.client.get(path)
        problem(answer, 404, "not_found")
        assert answer.headers["x-frame-options"] == "DENY"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


PROVIDER: dict[str, Any] = {
    "id": "hopital",
    "label": "CHU",
    "side": Side.HOSPITAL,
    "issuer": "https://idp.chu.example",
    "client_id": "crisislink",
    "client_secret": SecretStr("s3cret"),
    "machines": MachineSettings(audience="api", clients={"lrm": (Scope.LAUNCH,)}),
    "embedded_in": (PAGE,),
}
UNSAFE: dict[str, dict[str, Any]] = {
    "a wildcard": {"embedded_in": ("https://*.chu.example",)},
    "anybody": {"embedded_in": ("*",)},
    "a path": {"embedded_in": (f"{PAGE}/lrm",)},
    "no TLS": {"embedded_in": ("http://lrm.chu.example",)},
    "a directive more": {"embedded_in": (f"{PAGE}; script-src *",)},
    "the city": {"side": Side.CITY},
    "no software": {"machines": None},
    "no scope": {"machines": MachineSettings(audience="api", clients={"lrm": (Scope.CAMERAS,)})},
}


@pytest.mark.parametrize("other", UNSAFE.values(), ids=UNSAFE)
def test_settings_that_would_frame_more_than_was_meant_stop_the_start(other: dict[str, Any]) -> None:
    assert ProviderSettings(**PROVIDER).frame().origins == {PAGE}
    with pytest.raises(ValidationError):
        ProviderSettings(**(PROVIDER | other))
