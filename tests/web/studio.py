"""A served media node on real TCP, whose workers film on command, and how a test speaks with it."""

import asyncio
import json
import socket as sockets
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from crisislink.adapters.system import SystemClock
from crisislink.core.actors import Actor, Role
from crisislink.core.errors import Unauthenticated
from crisislink.core.grants import Grant
from crisislink.core.ids import GrantId, SessionId
from crisislink.flow import viewing
from crisislink.flow.ports import Brief
from crisislink.media.frames import Message, MessageType, unpack
from crisislink.media.leases import FlowAuthority
from crisislink.media.node import MediaNode
from crisislink.web import models as m
from crisislink.web import stream
from crisislink.web.calls import Service
from crisislink.web.origins import Origins
from crisislink.web.socket import server_options
from tests.city import NODE, City, small_city
from tests.fakes.picture import HeldWorker
from tests.samples import CAMERAS, REGULATOR
from tests.web.conftest import ORIGIN, browser_of, remembered, told, watching

CAMERA = CAMERAS[0].id
FRAME_S = 0.04


@dataclass
class Studio:
    """A served node whose workers film on command."""

    city: City
    node: MediaNode
    port: int
    workers: list[HeldWorker]
    signed_out: set[str] = field(default_factory=set)
    other_role: set[str] = field(default_factory=set)

    async def ticket(self, grant: Grant | None = None) -> tuple[GrantId, str]:
        grant = grant or await self.city.grant()
        ticket = await viewing.open_ticket(self.city.ports, REGULATOR, grant.id, CAMERA)
        return grant.id, ticket.sealed

    def connect(self, *, origin: str = ORIGIN, person: str | None = "lea", **more: Any) -> connect:
        headers = {"Origin": origin} | ({"x-person": person} if person else {})
        return connect(
            f"ws://127.0.0.1:{self.port}/stream",
            additional_headers=headers,
            compression=None,
            proxy=None,
            max_queue=None,  # the client library deadlocks its own close while its queue is full
            **more,
        )

    async def kinds(self) -> list[str]:
        return await self.city.kinds()

    async def recorded(self, kind: str) -> dict[str, Any]:
        """Wait for an entry of this kind, and give its body."""
        async with asyncio.timeout(3), self.city.ports.bus.listen() as wakes:
            while True:
                async with self.city.store.read() as work:
                    entries = await work.entries_before(before=None, limit=1, kinds=[kind])
                if entries:
                    body: dict[str, Any] = json.loads(entries[0].body)
                    return body
                await anext(wakes)

    async def film(self, *, size: int = 10_000) -> None:
        """25 pictures a second until cancelled, a key frame every second."""
        turn = 0
        while True:
            for worker in self.workers:
                if not (worker.stopped or worker.killed):
                    worker.picture(key=turn % 25 == 0, size=size)
            turn += 1
            await asyncio.sleep(FRAME_S)


def hello(ticket: str, **more: object) -> str:
    return json.dumps({"ticket": ticket, "rendition": "focus", "clock": 1_000, **more})


@asynccontextmanager
async def filming(studio: Studio, *, size: int = 10_000) -> AsyncIterator[None]:
    task = asyncio.create_task(studio.film(size=size))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@asynccontextmanager
async def open_studio(folder: Path) -> AsyncIterator[Studio]:
    async with small_city(folder) as city:
        workers: list[HeldWorker] = []

        def hire(brief: Brief, warm_until_s: float) -> HeldWorker:
            workers.append(HeldWorker(brief, warm_until_s))
            return workers[-1]

        node = MediaNode(
            id=NODE,
            authority=FlowAuthority(city.ports),
            bus=city.ports.bus,
            clock=SystemClock(),
            limits=city.ports.limits,
            hire=hire,
        )
        made = Studio(city=city, node=node, port=0, workers=workers)

        async def still_signed_in(session: SessionId) -> Actor:
            actor = await watching(session)
            if actor.person.subject in made.signed_out:
                raise Unauthenticated
            if actor.person.subject in made.other_role:
                return replace(actor, roles=frozenset({Role.ADMINISTRATOR}))
            return actor

        async def still_present(sessions: Collection[SessionId]) -> dict[SessionId, Actor]:
            surely = {}
            for session in sessions:
                with suppress(Unauthenticated):
                    surely[session] = await still_signed_in(session)
            return surely

        service = Service(
            ports=city.ports,
            video=node,
            origins=Origins(ORIGIN),
            actor_of=told,
            watcher_of=still_signed_in,
            present=still_present,
            remembered=remembered,
            sign_in=m.SignIn(providers=[], demo=True),
        )
        app = Starlette(routes=[stream.route(service, node, browser_of=browser_of)])
        async with served(app, **server_options()) as made.port:
            running = asyncio.create_task(node.run())
            yield made
            await node.close()
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running


@asynccontextmanager
async def served(app: Starlette, **options: Any) -> AsyncIterator[int]:
    """The app under uvicorn on a free loopback port."""
    listener = sockets.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, log_config=None, lifespan="off", timeout_graceful_shutdown=1, **options)
    server = uvicorn.Server(config)
    config.load()
    server.lifespan = config.lifespan_class(config)
    await server.startup(sockets=[listener])
    try:
        yield listener.getsockname()[1]
    finally:
        await server.shutdown(sockets=[listener])


async def until(socket: ClientConnection, kind: MessageType) -> list[Message]:
    """All messages up to and with the first of this type."""
    heard: list[Message] = []
    async with asyncio.timeout(3):
        while not heard or heard[-1].type is not kind:
            data = await socket.recv()
            assert isinstance(data, bytes)
            heard.append(unpack(data))
    return heard


async def the_end(socket: ClientConnection) -> tuple[int, str, bool, list[Message]]:
    """Close code, END's reason and retry, and all messages until then."""
    heard: list[Message] = []
    with suppress(ConnectionClosed):
        async with asyncio.timeout(3):
            while True:
                data = await socket.recv()
                assert isinstance(data, bytes)
                heard.append(unpack(data))
    assert socket.close_code is not None
    assert heard, socket.close_code
    assert heard[-1].type is MessageType.END
    said = json.loads(heard[-1].payload)
    return socket.close_code, said["reason"], said["retry"], heard


def ack(message: Message) -> str:
    return json.dumps(
        {
            "type": "ack",
            "received": message.seq,
            "decoded": message.seq,
            "drawn": message.seq,
            "queue": 0,
            "hidden": False,
        }
    )
