"""The application over a small city, with the person told by a header instead of a cookie."""

from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import HTTPConnection

from crisislink.core.actors import Actor
from crisislink.core.errors import Unauthenticated
from crisislink.core.ids import SessionId
from crisislink.web import models as m
from crisislink.web.app import build_app
from crisislink.web.calls import Service
from crisislink.web.origins import Origins
from tests.city import City, small_city
from tests.samples import ACTORS, COLLEAGUES

ORIGIN = "http://localhost:8400"


async def told(connection: HTTPConnection) -> Actor:
    """The actor whose name is in `x-person`."""
    name = connection.headers.get("x-person")
    for actor in (*ACTORS, *COLLEAGUES):
        if actor.person.subject == name:
            return actor
    raise Unauthenticated


async def watching(session: SessionId) -> Actor:
    """The actor of this session."""
    for actor in (*ACTORS, *COLLEAGUES):
        if actor.session == session:
            return actor
    raise Unauthenticated


async def all_here(sessions: Collection[SessionId]) -> dict[SessionId, Actor]:
    """The actors of these sessions."""
    everybody = (*ACTORS, *COLLEAGUES)
    return {actor.session: actor for actor in everybody if actor.session in sessions and actor.session}


def remembered(connection: HTTPConnection, _within_s: float) -> Actor:
    """As `told`, without asking anybody."""
    name = connection.headers.get("x-person")
    for actor in ACTORS:
        if actor.person.subject == name:
            return actor
    raise Unauthenticated


def browser_of(connection: HTTPConnection) -> SessionId:
    """The session of the person told."""
    name = connection.headers.get("x-person")
    return next(
        (a.session for a in (*ACTORS, *COLLEAGUES) if a.person.subject == name and a.session), SessionId("")
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The city behind its application."""

    city: City
    app: Starlette
    other_app: Starlette
    """Of a second process of the same service."""
    client: httpx2.AsyncClient

    async def get(self, who: str, path: str, **more: Any) -> httpx2.Response:
        """GET as `who`."""
        return await self.client.get(path, headers={"x-person": who}, **more)

    async def post(self, who: str, path: str, body: object = None, **headers: str) -> httpx2.Response:
        """POST JSON as `who`, from our own pages."""
        sent = {"x-person": who, "origin": ORIGIN} | {k.replace("_", "-"): v for k, v in headers.items()}
        return await self.client.post(path, json=body, headers=sent)


def build(city: City, static: Path, *, tls: bool = False) -> Starlette:
    """The application over this city."""
    service = Service(
        ports=city.ports,
        video=city.video,
        origins=Origins(ORIGIN),
        actor_of=told,
        watcher_of=watching,
        present=all_here,
        remembered=remembered,
        sign_in=m.SignIn(providers=[], demo=True),
    )
    return build_app(service, more=(), form_targets=("https://idp.example",), static=static, tls=tls)


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    """A served city."""
    static = tmp_path / "static"
    (static / "assets").mkdir(parents=True)
    (static / "index.html").write_text("<!doctype html><title>CrisisLink</title>")
    (static / "assets" / "app-1.js").write_text("export {}")
    async with small_city(tmp_path) as city:
        app, other = (build(city, static) for _ in range(2))
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url=ORIGIN) as client:
            yield Site(city=city, app=app, other_app=other, client=client)
