"""The video socket on a real server and real TCP: who comes in, what they may say, and the cut."""

import asyncio
import base64
import json
import os
import socket as sockets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import uvicorn
import uvloop
from starlette.applications import Starlette
from starlette.requests import HTTPConnection
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from crisislink.adapters.system import SystemClock
from crisislink.core.actors import Actor
from crisislink.core.errors import Unauthenticated
from crisislink.core.grants import Grant, GrantState
from crisislink.core.ids import GrantId
from crisislink.flow import endings, viewing
from crisislink.flow.ports import Brief
from crisislink.media.frames import Message, MessageType, unpack
from crisislink.media.leases import FlowAuthority
from crisislink.media.node import MediaNode
from crisislink.web import models as m
from crisislink.web import stream
from crisislink.web.calls import Service
from crisislink.web.origins import Origins
from crisislink.web.socket import server_options
from tests.city import City, small_city
from tests.fakes.picture import HeldWorker
from tests.samples import CAMERAS, OTHER_REGULATOR, REGULATOR, SUPERVISOR
from tests.web.conftest import ORIGIN, told

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

    async def ticket(self, grant: Grant | None = None) -> tuple[GrantId, str]:
        grant = grant or await self.city.grant()
        return grant.id, await viewing.open_ticket(self.city.ports, REGULATOR, grant.id, CAMERA)

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


@pytest.fixture
async def studio(tmp_path: Path) -> AsyncIterator[Studio]:
    async with open_studio(tmp_path) as made:
        yield made


@asynccontextmanager
async def open_studio(folder: Path) -> AsyncIterator[Studio]:
    async with small_city(folder) as city:
        workers: list[HeldWorker] = []

        def hire(brief: Brief, warm_until_s: float) -> HeldWorker:
            workers.append(HeldWorker(brief, warm_until_s))
            return workers[-1]

        node = MediaNode(
            authority=FlowAuthority(city.ports),
            bus=city.ports.bus,
            clock=SystemClock(),
            limits=city.ports.limits,
            hire=hire,
        )
        made = Studio(city=city, node=node, port=0, workers=workers)

        async def still_signed_in(connection: HTTPConnection) -> Actor:
            actor = await told(connection)
            if actor.person.subject in made.signed_out:
                raise Unauthenticated
            return actor

        service = Service(
            ports=city.ports,
            video=node,
            origins=Origins(ORIGIN),
            actor_of=still_signed_in,
            sign_in=m.SignIn(providers=[], demo=True),
        )
        app = Starlette(routes=[stream.route(service, node)])
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


async def test_pictures_arrive_and_the_look_is_in_the_register(studio: Studio) -> None:
    grant, ticket = await studio.ticket()
    async with filming(studio), studio.connect() as socket:
        await socket.send(hello(ticket))
        heard = await until(socket, MessageType.FRAME)
        kinds = [message.type for message in heard]
        assert kinds.index(MessageType.CONFIG) < kinds.index(MessageType.FRAME)
        clock = json.loads(next(x for x in heard if x.type is MessageType.CLOCK).payload)
        assert clock["client_us"] == 1_000
        configuration = json.loads(next(x for x in heard if x.type is MessageType.CONFIG).payload)
        assert configuration["ends_at_us"] > 0
        await socket.send(ack(heard[-1]))
        for _ in range(4):
            heard += await until(socket, MessageType.FRAME)
        assert "viewing.started" in await studio.kinds()
    ended = await studio.recorded("viewing.ended")
    assert (ended["grant"], ended["camera"], ended["cause"]) == (grant, CAMERA, "left")
    assert ended["frames"] >= 5
    assert (await studio.kinds()).index("viewing.started") < (await studio.kinds()).index("viewing.ended")


async def test_the_cut_reaches_the_browser_at_once_and_no_byte_follows(studio: Studio) -> None:
    grant, ticket = await studio.ticket()
    async with filming(studio), studio.connect() as socket:
        await socket.send(hello(ticket))
        heard = await until(socket, MessageType.FRAME)
        await socket.send(ack(heard[-1]))
        loop = asyncio.get_running_loop()
        listening = asyncio.create_task(the_end(socket))
        asked_s = loop.time()
        ended = await endings.revoke(studio.city.ports, studio.node, SUPERVISOR, grant, None, preempt=False)
        code, reason, retry, heard = await listening
        assert loop.time() - asked_s < 0.5
        assert (code, reason, retry) == (4403, "revoked", False)
        assert [message.type for message in heard].count(MessageType.END) == 1
        assert ended.state is GrantState.ENDED
    assert (await studio.recorded("grant.ended"))["acknowledged"]
    assert (await studio.recorded("viewing.ended"))["cause"] == "revoked"


class Idler:
    """A client that never reads: a TCP socket with a small buffer and a handshake by hand."""

    def __init__(self, port: int) -> None:
        self.raw = sockets.socket()
        self.raw.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4096)
        self.raw.setblocking(False)
        self.port = port

    async def start(self, first: str) -> None:
        loop = asyncio.get_running_loop()
        await loop.sock_connect(self.raw, ("127.0.0.1", self.port))
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [
            "GET /stream HTTP/1.1",
            f"Host: 127.0.0.1:{self.port}",
            f"Origin: {ORIGIN}",
            "x-person: lea",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Key: {key}",
            "Sec-WebSocket-Version: 13",
            "",
            "",
        ]
        await loop.sock_sendall(self.raw, "\r\n".join(lines).encode())
        answer = b""
        while not answer.endswith(b"\r\n\r\n"):
            answer += await loop.sock_recv(self.raw, 1)
        assert answer.startswith(b"HTTP/1.1 101")
        data = first.encode()
        header = bytes((0x81, 0x80 | 126)) + len(data).to_bytes(2) + bytes(4)
        await loop.sock_sendall(self.raw, header + data)

    async def read_all(self) -> bytes:
        """What can still be read, to the end of the connection."""
        loop, got = asyncio.get_running_loop(), bytearray()
        with suppress(ConnectionResetError):
            async with asyncio.timeout(3):
                while data := await loop.sock_recv(self.raw, 65_536):
                    got += data
        self.raw.close()
        return bytes(got)


async def test_a_reader_that_stalled_holds_at_most_a_second_after_the_cut(studio: Studio) -> None:
    size = 30_000
    grant, ticket = await studio.ticket()
    idler = Idler(studio.port)
    async with filming(studio, size=size):
        await idler.start(hello(ticket))
        await studio.recorded("viewing.started")
        await asyncio.sleep(2.0)  # the time it is given to fill every buffer on the way
        [view] = studio.node._views.values()
        [viewer] = view.viewers
        sent = viewer.frames
        assert sent * FRAME_S <= 1.0
        loop = asyncio.get_running_loop()
        asked_s = loop.time()
        await endings.revoke(studio.city.ports, studio.node, SUPERVISOR, grant, None, preempt=False)
        assert loop.time() - asked_s < 0.5
        rest = await idler.read_all()
    assert len(rest) < sent * (size + 50)
    whole = sum(1 for at in _starts(rest) if at + size <= len(rest))
    assert whole < sent  # what waited in the server's kernel and transport is gone
    assert (await studio.recorded("viewing.ended"))["frames"] == sent


def _starts(data: bytes) -> list[int]:
    """Where frames of pictures begin: the header's version, type FRAME, first flags byte."""
    found, at = [], data.find(b"\x01\x02\x00")
    while at >= 0:
        found.append(at)
        at = data.find(b"\x01\x02\x00", at + 1)
    return found


@pytest.mark.parametrize(
    "first",
    [
        "",
        "no json",
        "[]",
        "{}",
        json.dumps({"ticket": "t", "rendition": "focus"}),
        hello("t", more=1),
        hello("t", rendition="huge"),
        hello("t", clock=-1),
        hello("t", clock="1"),
        hello("t" * 200),
        hello(""),
        b"\x01\x02",
        '{"ticket": "\\ud800"}',
    ],
)
async def test_a_malformed_first_message_is_refused(studio: Studio, first: str | bytes) -> None:
    async with studio.connect() as socket:
        await socket.send(first)
        code, reason, retry, _ = await the_end(socket)
    assert (code, reason, retry) == (4400, "malformed", False)
    assert "viewing.started" not in await studio.kinds()


async def test_a_first_message_that_is_too_large_is_refused(studio: Studio) -> None:
    async with studio.connect() as socket:
        await socket.send(hello("t" * 5_000))
        with pytest.raises(ConnectionClosed):
            await socket.recv()
    assert socket.close_code == 1009


async def test_who_says_nothing_is_sent_away(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "HELLO_S", 0.05)
    async with studio.connect() as socket:
        assert (await the_end(socket))[:2] == (4400, "malformed")


@pytest.mark.parametrize("origin", ["http://evil.example", "http://localhost:8401", "null"])
async def test_another_sites_page_gets_no_socket(studio: Studio, origin: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with studio.connect(origin=origin):
            pass
    assert refused.value.response.status_code == 403
    assert (await studio.recorded("access.denied"))["reason"] == "wrong_origin"


async def test_nobody_gets_no_picture(studio: Studio) -> None:
    async with studio.connect(person=None) as socket:
        assert (await the_end(socket))[:3] == (4401, "sign_in", False)


async def test_a_replayed_ticket_is_refused_and_recorded(studio: Studio) -> None:
    _, ticket = await studio.ticket()
    async with studio.connect() as first, studio.connect() as second:
        await first.send(hello(ticket))
        await until(first, MessageType.STATE)
        await second.send(hello(ticket))
        assert (await the_end(second))[:3] == (4401, "ticket", True)
    assert (await studio.recorded("access.denied"))["reason"] == "ticket"


async def test_another_persons_ticket_is_refused(studio: Studio) -> None:
    _, ticket = await studio.ticket()
    async with studio.connect(person=OTHER_REGULATOR.person.subject) as socket:
        await socket.send(hello(ticket))
        assert (await the_end(socket))[:3] == (4401, "ticket", True)


async def test_a_ticket_of_a_grant_that_ended_meanwhile_is_refused(studio: Studio) -> None:
    grant, ticket = await studio.ticket()
    await endings.revoke(studio.city.ports, studio.node, SUPERVISOR, grant, None, preempt=False)
    async with studio.connect() as socket:
        await socket.send(hello(ticket))
        assert (await the_end(socket))[:3] == (4403, "grant_over", False)
    assert "viewing.started" not in await studio.kinds()


@pytest.mark.parametrize(
    "said",
    [
        "no json",
        json.dumps({"type": "dance"}),
        json.dumps({"type": "ack"}),
        json.dumps({"type": "ack", "received": -1}),
        json.dumps({"type": "ack", "received": 1 << 32}),
        json.dumps({"type": "ack", "received": True}),
        json.dumps({"type": "rendition", "rendition": "huge"}),
        json.dumps({"type": "key", "more": 1}),
        json.dumps({"type": "clock", "client_us": 1.5}),
        b"\x00",
    ],
)
async def test_nonsense_later_ends_the_look(studio: Studio, said: str | bytes) -> None:
    _, ticket = await studio.ticket()
    async with studio.connect() as socket:
        await socket.send(hello(ticket))
        await until(socket, MessageType.STATE)
        await socket.send(said)
        assert (await the_end(socket))[:3] == (4400, "malformed", False)
    assert (await studio.recorded("viewing.ended"))["cause"] == "malformed"


async def test_a_client_that_talks_without_end_is_sent_away(studio: Studio) -> None:
    _, ticket = await studio.ticket()
    async with studio.connect() as socket:
        await socket.send(hello(ticket))
        await until(socket, MessageType.STATE)
        with suppress(ConnectionClosed):
            for _ in range(300):
                await socket.send('{"type":"key"}')
        assert (await the_end(socket))[:2] == (4400, "malformed")


async def test_the_client_is_obeyed(studio: Studio) -> None:
    _, ticket = await studio.ticket()
    async with filming(studio), studio.connect() as socket:
        await socket.send(hello(ticket))
        focus = (await until(socket, MessageType.FRAME))[-1]
        await socket.send(ack(focus))
        await socket.send('{"type":"rendition","rendition":"wall"}')
        async with asyncio.timeout(3):
            while (message := (await until(socket, MessageType.FRAME))[-1]).rendition == focus.rendition:
                await socket.send(ack(message))
        assert message.epoch > focus.epoch
        await socket.send('{"type":"pause"}')
        await socket.send('{"type":"clock","client_us":42}')
        answer = (await until(socket, MessageType.CLOCK))[-1]
        assert json.loads(answer.payload)["client_us"] == 42
        state = await until(socket, MessageType.STATE)
        assert not [x for x in state if x.type is MessageType.FRAME]
        await socket.send(ack(message))
        await socket.send('{"type":"resume"}')
        await until(socket, MessageType.FRAME)


async def test_a_session_that_is_over_ends_the_look(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "RECHECK_S", 0.05)
    _, ticket = await studio.ticket()
    async with studio.connect() as socket:
        await socket.send(hello(ticket))
        await until(socket, MessageType.STATE)
        studio.signed_out.add("lea")
        assert (await the_end(socket))[:3] == (4401, "sign_in", False)
    assert (await studio.recorded("viewing.ended"))["cause"] == "sign_in"


async def test_a_server_without_our_protocol_shows_nothing(studio: Studio) -> None:
    app = Starlette(routes=[stream.route(_service(studio), studio.node)])
    async with served(app, ws="websockets-sansio") as port:
        studio.port = port
        with pytest.raises(InvalidStatus) as refused:
            async with studio.connect():
                pass
    assert refused.value.response.status_code == 500


def _service(studio: Studio) -> Service:
    return Service(
        ports=studio.city.ports,
        video=studio.node,
        origins=Origins(ORIGIN),
        actor_of=told,
        sign_in=m.SignIn(providers=[], demo=True),
    )


@pytest.mark.parametrize(
    "fact",
    [
        test_the_cut_reaches_the_browser_at_once_and_no_byte_follows,
        test_a_reader_that_stalled_holds_at_most_a_second_after_the_cut,
        test_the_client_is_obeyed,
    ],
    ids=lambda fact: fact.__name__,
)
def test_it_holds_on_the_loop_of_the_service_too(
    tmp_path: Path, fact: Callable[[Studio], Awaitable[None]]
) -> None:
    """uvloop's transports are not asyncio's."""

    async def prove() -> None:
        async with open_studio(tmp_path) as studio:
            assert isinstance(asyncio.get_running_loop(), uvloop.Loop)
            await fact(studio)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(prove())
