"""A person who watches, as the player does: ticket, socket, acknowledgements, and again when it is gone."""

import asyncio
import json
import time
from contextlib import suppress
from typing import Any

import httpx2
from websockets.exceptions import WebSocketException

from crisislink.check.visitor import Visitor
from crisislink.faults.history import History, Picture, boot_s
from crisislink.media.frames import Flag, MessageType, unpack

ACK_S, DEAD_S, AVOID_S = 0.25, 4.0, 10.0
PAUSES_S = (0.3, 0.5, 1.0, 2.0)
TICKET_S = 5.0


class Viewer:
    """`run` until cancelled; every picture goes into the history."""

    def __init__(self, person: Visitor, history: History, *, grant: str, camera: str, number: int) -> None:
        self._person = person
        self._history = history
        self._grant, self._camera, self._number = grant, camera, number
        self._avoid: dict[str, float] = {}
        self.first = asyncio.Event()

    async def run(self) -> None:
        """Watch, and come back."""
        attempt = 0
        while True:
            before = len(self._history.pictures)
            with suppress(httpx2.HTTPError, WebSocketException, OSError, TimeoutError):
                if not await self._watch():
                    return
            attempt = 0 if len(self._history.pictures) > before + 25 else attempt + 1
            await asyncio.sleep(PAUSES_S[min(attempt, len(PAUSES_S) - 1)])

    async def _watch(self) -> bool:
        """One connection; whether to come back."""
        now_s = boot_s()
        avoid = [node for node, until_s in self._avoid.items() if now_s < until_s]
        async with asyncio.timeout(TICKET_S):
            answer = await self._person.attempt(
                f"/api/grants/{self._grant}/tickets", {"camera": self._camera, "avoid": avoid}
            )
        if not answer.is_success:
            return answer.status_code >= 500 or answer.status_code in {401, 429}
        ticket = answer.json()
        self._avoid[ticket["node"]] = now_s + AVOID_S  # unless it turns out well
        async with asyncio.timeout(TICKET_S):
            socket = await self._person.socket("/stream", at=ticket["url"])
        try:
            await socket.send(json.dumps({"ticket": ticket["ticket"], "rendition": "wall", "clock": 0}))
            return await self._read(socket, ticket["node"])
        finally:
            socket.transport.abort()

    async def _read(self, socket: Any, node: str) -> bool:
        acknowledged_s, stalled = 0.0, False
        while True:
            async with asyncio.timeout(DEAD_S):
                raw = await socket.recv()
            now_s, message = boot_s(), unpack(raw)
            if message.type is MessageType.STATE:
                stalled = json.loads(message.payload)["state"] != "live"
            elif message.type is MessageType.FRAME:
                self._avoid.pop(node, None)
                self._note(message, now_s, stalled=stalled)
                if now_s - acknowledged_s >= ACK_S:
                    acknowledged_s = now_s
                    said = {"type": "ack", "received": message.seq, "epoch": message.epoch}
                    await socket.send(json.dumps(said))
            elif message.type is MessageType.END:
                return bool(json.loads(message.payload)["retry"])

    def _note(self, message: Any, now_s: float, *, stalled: bool) -> None:
        age_s = time.time_ns() / 1e9 - message.capture_us / 1e6
        self._history.pictures.append(
            Picture(
                grant=self._grant,
                camera=self._camera,
                viewer=self._number,
                epoch=message.epoch,
                rendition=message.rendition,
                seq=message.seq,
                at_s=now_s,
                age_s=age_s,
                stalled=stalled or bool(message.flags & Flag.STALLED),
            )
        )
        self.first.set()
