"""A person who watches, as the player does: ticket, socket, acknowledgements, and again when it is gone.

And one who opens a picture and never reads (`Idler`): what the others see must not depend on them.
"""

import asyncio
import base64
import json
import os
import socket as sockets
import time
from contextlib import suppress
from itertools import count
from typing import Any
from urllib.parse import urlsplit

import httpx2
from websockets.exceptions import WebSocketException

from crisislink.check.visitor import Visitor
from crisislink.faults.history import Connection, History, Order, Outcome, Picture, Said, boot_s
from crisislink.media.frames import Flag, MessageType, unpack
from crisislink.media.node import LEAVING

ACK_S, DEAD_S, AVOID_S = 0.25, 4.0, 10.0
PAUSES_S = (0.3, 0.5, 1.0, 2.0)
LEAVING_PAUSE_S = 0.2  # of who was told that the node leaves, the first time: the player's longest
TICKET_S = 5.0
_DRAIN_S = 1.0
_links = count(1)


async def ticket(
    person: Visitor, history: History, grant: str, camera: str, avoid: list[str], *, origin: str | None = None
) -> httpx2.Response:
    """Ask for one, and note what came of it. `origin`: of the pages, where they are another's.

    Raises:
        httpx2.HTTPError, TimeoutError, OSError: nobody answered.
    """
    asked_s = boot_s()
    outcome: Outcome = "unknown"
    try:
        async with asyncio.timeout(TICKET_S):
            body = {"camera": camera, "avoid": avoid}
            answer = await person.attempt(f"/api/grants/{grant}/tickets", body, origin=origin)
        outcome = "ok" if answer.is_success else "fail"
    finally:
        history.orders.append(Order("ticket", grant, (camera,), asked_s, boot_s(), outcome))
    return answer


class Viewer:
    """`run` until cancelled; every picture goes into the history."""

    def __init__(self, person: Visitor, history: History, *, grant: str, camera: str, number: int) -> None:
        self._person = person
        self._history = history
        self.grant, self.camera, self.number = grant, camera, number
        self._avoid: dict[str, float] = {}
        self._link = self._node = 0
        self._connection: Connection | None = None
        self.newest: Picture | None = None
        self.first, self.over = asyncio.Event(), asyncio.Event()

    async def run(self) -> None:
        """Watch, and come back."""
        attempt = 0
        while True:
            before = len(self._history.pictures)
            with suppress(httpx2.HTTPError, WebSocketException, OSError, TimeoutError):
                if not await self._watch():
                    return
            attempt = 0 if len(self._history.pictures) > before + 25 else attempt + 1
            await asyncio.sleep(self._pause_s(attempt))

    def _pause_s(self, attempt: int) -> float:
        told = None if self._connection is None else self._connection.told
        if attempt == 0 and told == LEAVING.reason:
            return LEAVING_PAUSE_S
        return PAUSES_S[min(attempt, len(PAUSES_S) - 1)]

    async def _watch(self) -> bool:
        """One connection; whether to come back."""
        now_s = boot_s()
        avoid = [node for node, until_s in self._avoid.items() if now_s < until_s]
        answer = await ticket(self._person, self._history, self.grant, self.camera, avoid)
        if not answer.is_success:
            return answer.status_code >= 500 or answer.status_code in {401, 429}
        given = answer.json()
        self._link, self._node = next(_links), urlsplit(given["url"]).port or 0
        who = self._person.me["person"]["id"]
        self._connection = Connection(self._link, self.number, who, self.grant, self.camera, now_s)
        self._history.connections.append(self._connection)
        try:
            return await self._look(given, self._connection)
        finally:
            self._avoid[given["node"]] = boot_s() + AVOID_S

    async def _look(self, given: dict[str, Any], connection: Connection) -> bool:
        async with asyncio.timeout(TICKET_S):
            socket = await self._person.socket("/stream", at=given["url"])
        acknowledging = asyncio.create_task(self._acknowledge(socket, self._link))
        try:
            await socket.send(json.dumps({"ticket": given["ticket"], "rendition": "wall", "clock": 0}))
            return await self._read(socket, connection)
        finally:
            acknowledging.cancel()
            await asyncio.gather(acknowledging, return_exceptions=True)
            socket.transport.abort()

    async def _acknowledge(self, socket: Any, link: int) -> None:
        """Four times a second, whether anything came or not: the last pictures before a pause count too."""
        while True:
            await asyncio.sleep(ACK_S)
            if (newest := self.newest) is not None and newest.link == link:
                said = {"type": "ack", "received": newest.seq, "epoch": newest.epoch}
                await socket.send(json.dumps(said))

    async def _read(self, socket: Any, connection: Connection) -> bool:
        stalled = False
        while True:
            async with asyncio.timeout(DEAD_S):
                raw = await socket.recv()
            now_s, message = boot_s(), unpack(raw)
            if message.type is MessageType.STATE:
                stalled = self._hear(json.loads(message.payload), now_s)
            elif message.type is MessageType.FRAME:
                self._note(message, now_s, stalled=stalled)
            elif message.type is MessageType.END:
                farewell = json.loads(message.payload)
                connection.told = farewell["reason"]
                if not farewell["retry"]:
                    self.over.set()
                return bool(farewell["retry"])

    def _hear(self, said: dict[str, Any], now_s: float) -> bool:
        """Whether what comes now is said not to be live."""
        is_live = said["state"] == "live"
        shown = (said["suspect"] or "live") if is_live else said["state"]
        self._history.said.append(Said(self.grant, self.camera, self.number, self._link, now_s, shown))
        return not is_live

    def _note(self, message: Any, now_s: float, *, stalled: bool) -> None:
        age_s = time.time_ns() / 1e9 - message.capture_us / 1e6
        self.newest = Picture(
            grant=self.grant,
            camera=self.camera,
            viewer=self.number,
            epoch=message.epoch,
            rendition=message.rendition,
            seq=message.seq,
            at_s=now_s,
            age_s=age_s,
            stalled=stalled or bool(message.flags & Flag.STALLED),
            node=self._node,
            link=self._link,
        )
        self._history.pictures.append(self.newest)
        self.first.set()


class Idler:
    """Somebody whose machine takes nothing: a socket with the smallest buffer that nobody reads."""

    def __init__(self) -> None:
        self._raw = sockets.socket()
        self._raw.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4096)
        self._raw.settimeout(0)

    async def open(self, person: Visitor, history: History, origin: str, grant: str, camera: str) -> None:
        """Ask for a picture as everybody does, then be silent."""
        given = (await ticket(person, history, grant, camera, [])).raise_for_status().json()
        at = urlsplit(given["url"])
        loop = asyncio.get_running_loop()
        await loop.sock_connect(self._raw, (at.hostname, at.port))
        lines = [
            f"GET {at.path} HTTP/1.1",
            f"Host: {at.netloc}",
            f"Origin: {origin}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
            "Sec-WebSocket-Version: 13",
        ]
        await loop.sock_sendall(self._raw, "\r\n".join([*lines, "", ""]).encode())
        hello = json.dumps({"ticket": given["ticket"], "rendition": "wall", "clock": 0}).encode()
        header = bytes((0x81, 0x80 | 126)) + len(hello).to_bytes(2, "big") + bytes(4)
        await loop.sock_sendall(self._raw, header + hello)

    async def rest(self) -> int:
        """How many bytes can still be read: all that the system holds of it, until it is reset or still."""
        loop, got = asyncio.get_running_loop(), 0
        with suppress(OSError, TimeoutError):
            while True:
                async with asyncio.timeout(_DRAIN_S):
                    data = await loop.sock_recv(self._raw, 1 << 16)
                if not data:
                    break
                got += len(data)
        return got

    def close(self) -> None:
        """Be gone."""
        self._raw.close()
