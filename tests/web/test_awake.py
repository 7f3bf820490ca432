"""Only what a hand does keeps a session awake: no events socket, no page that reads, no player."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

import httpx2
from websockets.asyncio.client import connect

from crisislink.core.ids import SessionId
from crisislink.flow import viewing
from crisislink.flow.signin import Opened, SessionLimits, actor_in, present
from crisislink.web import models as m
from crisislink.web.app import build_app
from crisislink.web.auth import SESSION_COOKIE, actor_of, browser_of
from crisislink.web.calls import Service
from crisislink.web.operations import OPERATIONS
from crisislink.web.origins import Origins
from tests.city import NODE, City, small_city
from tests.samples import CAMERAS, REGULATOR, T0
from tests.web.conftest import ORIGIN, Site
from tests.web.test_live import said, served

LIMITS = SessionLimits()


def test_acts_keep_a_session_awake_and_what_pages_do_by_themselves_does_not() -> None:
    reading = {one.id for one in OPERATIONS if one.method == "GET"}
    awake = {one.id for one in OPERATIONS if one.awake}
    assert reading & awake == {"me"}, "which a page asks when a hand moves"
    assert {one.id for one in OPERATIONS} - reading - awake == {
        "openTicket",
        "openEmbedded",
        "closeEmbedded",
        "openEmbeddedTicket",
    }


@dataclass(frozen=True)
class Seated:
    """A regulator with a real session in a served city."""

    city: City
    site: Site
    opened: Opened

    @property
    def headers(self) -> dict[str, str]:
        return {"cookie": f"{SESSION_COOKIE}={self.opened.token}", "origin": ORIGIN}

    async def seen_at(self) -> datetime:
        session = await self.city.ports.sessions.get(self.opened.session.id)
        assert session is not None
        return session.seen_at


@asynccontextmanager
async def seated(folder: Path) -> AsyncIterator[Seated]:
    async with small_city(folder) as city:
        ports = city.ports
        opened = await city.signed_in(REGULATOR)
        service = Service(
            ports=ports,
            video=city.video,
            origins=Origins(ORIGIN),
            actor_of=actor_of(ports, LIMITS),
            watcher_of=partial(actor_in, ports, LIMITS, activity=False),
            present=lambda sessions: present(ports, LIMITS, sessions),
            remembered=lambda connection, within_s: ports.recall.actor(
                browser_of(connection) or SessionId(""), boot_s=ports.clock.boot_s(), within_s=within_s
            ),
            sign_in=m.SignIn(providers=[], demo=True),
        )
        app = build_app(service, more=(), form_targets=())
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url=ORIGIN) as client:
            yield Seated(city, Site(city=city, app=app, other_app=app, client=client), opened)


async def test_a_page_that_reads_again_and_again_falls_asleep(tmp_path: Path) -> None:
    async with seated(tmp_path) as here:
        statuses = []
        for _ in range(4):
            here.city.clock.advance(LIMITS.idle_s / 4)
            answers = [
                await here.site.client.get(f"/api/{at}", headers=here.headers) for at in ("room", "sessions")
            ]
            statuses.append({answer.status_code for answer in answers})
        assert statuses == [{200}, {200}, {200}, {401}]


async def test_opening_pictures_again_and_seeing_them_keeps_nobody_awake(tmp_path: Path) -> None:
    async with seated(tmp_path) as here:
        grant = await here.city.grant()
        here.city.clock.advance(100)
        path = f"/api/grants/{grant.id}/tickets"
        answer = await here.site.client.post(path, headers=here.headers, json={"camera": CAMERAS[0].id})
        assert answer.status_code == 201, answer.text
        ports = here.city.ports
        watcher = partial(actor_in, ports, LIMITS, activity=False)
        await viewing.redeem(
            ports,
            watcher,
            NODE,
            answer.json()["ticket"],
            rendition="focus",
            browser=here.opened.session.id,
            unsure=lambda _: None,
        )
        assert await here.seen_at() == T0


async def test_the_events_socket_keeps_nobody_awake(tmp_path: Path) -> None:
    async with seated(tmp_path) as here, served(here.site) as port:
        here.city.clock.advance(100)
        at = f"ws://127.0.0.1:{port}/api/live"
        async with connect(at, additional_headers=here.headers, compression=None) as socket:
            await socket.send(json.dumps({"after": 0}))
            await said(socket, until="tick")
            await said(socket, until="tick")
        assert await here.seen_at() == T0


async def test_an_act_and_a_hand_that_moves_do(tmp_path: Path) -> None:
    async with seated(tmp_path) as here:
        for call in (
            here.site.client.get("/api/me", headers=here.headers),
            here.site.client.post("/api/sessions/none/end", headers=here.headers),
        ):
            here.city.clock.advance(100)
            await call
            assert await here.seen_at() == here.city.clock.now()
