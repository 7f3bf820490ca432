"""The cut on a real server and real TCP, to the last byte; on asyncio and on the loop of the service."""

import asyncio
import base64
import json
import os
import socket as sockets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import pytest
import uvloop

from crisislink.core.grants import GrantState
from crisislink.flow import endings
from crisislink.media.frames import MessageType
from tests.samples import SUPERVISOR
from tests.web.conftest import ORIGIN
from tests.web.studio import FRAME_S, Studio, ack, filming, hello, open_studio, the_end, until


@pytest.fixture
async def studio(tmp_path: Path) -> AsyncIterator[Studio]:
    async with open_studio(tmp_path) as made:
        yield made


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
