"""Rounds: each camera is asked now and then whether it is there, so that a room knows before it asks for it.

No picture is asked for, no password sent: a connection, and for RTSP one OPTIONS, of whose answer nine bytes
are compared. A camera is silent when it was asked twice, some seconds apart. Each node asks the cameras it
would carry, one after the other all the time: thousands asked in bursts would hold up whoever waits for a
picture or a cut. What it streams needs no asking.
"""

import asyncio
import logging
import socket
from collections.abc import Collection, Sequence
from contextlib import closing
from math import ceil
from typing import Protocol

from crisislink.core.ids import CameraId, NodeId
from crisislink.flow import health
from crisislink.flow.carriers import carried_by
from crisislink.flow.ports import CameraSource, Ports
from crisislink.media.connecting import connected
from crisislink.media.networks import CameraNetworks
from crisislink.media.orders import Fault
from crisislink.media.received import SourceFault
from crisislink.media.rtsp.address import RTSP_SCHEMES, Address, parse
from crisislink.media.source import classify

STEP_S = 5.0
ANSWER_S = 3.0
_SPREAD_S, _APART_S = 0.8 * STEP_S, 0.05
_AT_ONCE = 16
_RTSP = b"RTSP/1.0 "
_log = logging.getLogger(__name__)


async def asked(url: str, networks: CameraNetworks) -> Fault | None:
    """Whether a camera is there: None, or why not. It is hung up at once."""
    try:
        address = parse(url)
        made, _ = await connected((address.host, address.port), networks)
        with closing(made):
            if address.scheme not in RTSP_SCHEMES or address.encrypted:
                return None
            async with asyncio.timeout(ANSWER_S):
                await asyncio.get_running_loop().sock_sendall(made, _options(address))
                begun = await _beginning(made, len(_RTSP))
    except (OSError, SourceFault) as error:
        return classify(error).fault
    return None if begun == _RTSP else "protocol"


def _options(address: Address) -> bytes:
    return f"OPTIONS {address.uri} RTSP/1.0\r\nCSeq: 1\r\nUser-Agent: CrisisLink\r\n\r\n".encode("ascii")


async def _beginning(made: socket.socket, count: int) -> bytes:
    """The first `count` bytes of the answer; fewer where it ends before."""
    begun = b""
    while len(begun) < count:
        more = await asyncio.get_running_loop().sock_recv(made, count - len(begun))
        if not more:
            break
        begun += more
    return begun


class Puller(Protocol):
    """A media node, as far as rounds go."""

    @property
    def id(self) -> NodeId:
        """Its name among the nodes."""
        ...

    @property
    def pulled(self) -> Collection[CameraId]:
        """The cameras it pulls now."""
        ...

    @property
    def live(self) -> Collection[CameraId]:
        """Those of which it has pictures."""
        ...


class Rounds:
    """`every_s`: how long a whole round takes. What `node` pulls speaks for itself, live or not."""

    def __init__(self, ports: Ports, node: Puller, networks: CameraNetworks, *, every_s: float) -> None:
        self._ports = ports
        self._node = node
        self._networks = networks
        self._every_s = every_s
        self._missed: set[CameraId] = set()
        self._said: dict[CameraId, Fault | None] = {}
        self._left: list[CameraId] = []
        self._step = 1
        self._places = asyncio.Semaphore(_AT_ONCE)

    async def run(self) -> None:
        """For ever."""
        loop = asyncio.get_running_loop()
        while True:
            next_s = loop.time() + STEP_S
            try:
                await self.step()
            except Exception:  # noqa: BLE001 - nothing else may end because this did
                _log.exception("a round could not be made", extra={"node": self._node.id})
            await asyncio.sleep(max(_APART_S, next_s - loop.time()))

    async def step(self) -> None:
        """Ask the next few cameras, and again those that missed the last time.

        Raises:
            Unavailable: the store does not answer; they are asked again in the next round.
        """
        if not self._left:
            await self._begin()
        now, self._left = self._left[: self._step], self._left[self._step :]
        speaking = set(self._node.pulled) - set(self._node.live)
        # Those that missed come last, as far from the last time as they can be.
        cameras = [camera for camera in dict.fromkeys((*now, *self._missed)) if camera not in speaking]
        sources = await self._sources(cameras)
        cameras = [source.camera for source in sources]
        apart_s = min(_APART_S, _SPREAD_S / max(1, len(cameras)))
        answers = await asyncio.gather(*(self._ask(source, n * apart_s) for n, source in enumerate(sources)))
        found: dict[CameraId, Fault | None] = {}
        for camera, fault in zip(cameras, answers, strict=True):
            if fault is not None and camera not in self._missed:
                self._missed.add(camera)
                continue
            self._missed.discard(camera)
            if self._said.get(camera, ...) != fault:
                found[camera] = fault
        if found:
            await health.note_round(self._ports, found)
            self._said.update(found)

    async def _begin(self) -> None:
        async with self._ports.store.read() as work:
            shareable = [camera.id for camera in await work.cameras() if camera.shareable]
        self._left = list(await carried_by(self._ports, self._node.id, shareable))
        self._said = {camera: self._said[camera] for camera in self._left if camera in self._said}
        self._step = max(1, ceil(len(self._left) * STEP_S / self._every_s))

    async def _sources(self, cameras: Sequence[CameraId]) -> Sequence[CameraSource]:
        async with self._ports.store.read() as work:
            found = {source.camera: source for source in await work.camera_sources(cameras)}
        return [found[camera] for camera in cameras if camera in found]

    async def _ask(self, source: CameraSource, after_s: float) -> Fault | None:
        await asyncio.sleep(after_s)
        if source.camera in self._node.live:
            return None
        async with self._places:
            return await asked(source.main.reveal(), self._networks)
