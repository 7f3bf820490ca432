"""Real workers against simulated cameras, and the events a test waits for."""

import asyncio
import base64
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import av

from crisislink.core.cameras import PrivacyMask
from crisislink.core.ids import CameraId, GrantId
from crisislink.demo.behaviour import Behaviour
from crisislink.demo.clips import card, load_clip
from crisislink.demo.farm import CameraFarm, FarmCamera
from crisislink.flow.ports import Brief, CameraSource, CameraUrl
from crisislink.media.crew import WorkerHandle
from crisislink.media.frames import Message, MessageType, Rendition, unpack
from crisislink.media.networks import CameraNetworks
from crisislink.media.nursery import Nursery
from crisislink.media.workers import OutputOrder, Report

HERE = CameraNetworks((), loopback=True)
"""Where simulated cameras are."""

WAIT_S = 8.0


def boot_s() -> float:
    """Seconds on CLOCK_BOOTTIME."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def farm(
    name: str, behaviour: Behaviour = Behaviour.NORMAL, *, credentials: tuple[str, str] | None = None
) -> CameraFarm:
    """Camera 1 plays the scene."""
    return CameraFarm(
        [FarmCamera(number=1, clip=load_clip(name), behaviour=behaviour)], credentials=credentials
    )


def brief(name: str, url: str) -> Brief:
    """What the node would be given for this scene at this address."""
    return Brief(
        grant=GrantId("gr_1"),
        camera=CameraId("cam_001"),
        source=CameraSource(camera=CameraId("cam_001"), main=CameraUrl(url), sub=None),
        mask=PrivacyMask(
            version=1,
            polygons=card(name).masks,
            sizes=card(name).sizes,
            validated_by=None,
            validated_at=None,
        ),
        camera_label="001 Rue Bertrand de Born",
        organisation_label="SAMU 31 · CHU de Toulouse",
        grant_ref="7K2QX",
        exercise=False,
        ends_at=datetime(2026, 11, 23, 9, 0, tzinfo=UTC),
    )


@dataclass
class Watched:
    """A worker and everything it said."""

    handle: WorkerHandle
    what: Brief
    messages: list[tuple[float, Message]] = field(default_factory=list)
    reports: list[tuple[float, Report]] = field(default_factory=list)
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def start(self) -> None:
        """Bear the process."""
        await self.handle.start(
            on_produced=self._produced, on_status=self._said, on_exit=lambda _: self._ended()
        )

    def _produced(self, _: int, data: bytes) -> None:
        self.messages.append((time.monotonic(), unpack(data)))
        self._changed.set()

    def _said(self, report: Report) -> None:
        self.reports.append((time.monotonic(), report))
        self._changed.set()

    def _ended(self) -> None:
        self.gone.set()
        self._changed.set()

    def order(
        self, rendition: Rendition, *, id: int = 1, for_s: float = 30, epoch: int = 1, grant: str = "gr_1"
    ) -> None:
        """Ask for a picture."""
        what = replace(self.what, grant=GrantId(grant))
        self.handle.add_output(
            OutputOrder(id=id, rendition=rendition, epoch=epoch, deadline_boot_s=boot_s() + for_s, brief=what)
        )

    async def until(self, holds: Callable[[], bool], timeout_s: float = WAIT_S) -> None:
        """Wait for what the worker says to make it true."""
        async with asyncio.timeout(timeout_s):
            while not holds():
                self._changed.clear()
                await self._changed.wait()

    def frames(self, rendition: Rendition = Rendition.WALL) -> list[Message]:
        """The frames so far."""
        return [m for _, m in self.messages if m.type is MessageType.FRAME and m.rendition == rendition.value]

    def states(self) -> list[str]:
        """The states so far."""
        return [r.state for _, r in self.reports]

    def pictures(self, rendition: Rendition, config_id: int = 1) -> list[av.VideoFrame]:
        """The frames of one CONFIG, decoded."""
        config = next(
            m
            for _, m in self.messages
            if m.type is MessageType.CONFIG and (m.rendition, m.config) == (rendition.value, config_id)
        )
        decoder = av.CodecContext.create("h264", "r")
        assert isinstance(decoder, av.VideoCodecContext)
        decoder.extradata = base64.b64decode(json.loads(config.payload)["avcc"])
        decoder.thread_count = 1
        shown = (m for m in self.frames(rendition) if m.config == config_id)
        return [f for m in shown for f in decoder.decode(av.Packet(m.payload))]


@asynccontextmanager
async def watched(nursery: Nursery, name: str, url: str, *, warm_s: float = 30) -> AsyncIterator[Watched]:
    """A started worker, killed on leaving."""
    what = brief(name, url)
    one = Watched(WorkerHandle(nursery, HERE, what, boot_s() + warm_s), what)
    await one.start()
    try:
        yield one
    finally:
        one.handle.kill()
        async with asyncio.timeout(WAIT_S):
            await one.gone.wait()


async def _carry(source: asyncio.StreamReader, to: asyncio.StreamWriter, heard: bytearray) -> None:
    with suppress(ConnectionError):
        while data := await source.read(1 << 16):
            heard += data
            to.write(data)
            await to.drain()
    to.close()


@asynccontextmanager
async def tapped(cameras: CameraFarm) -> AsyncIterator[tuple[str, bytearray]]:
    """Camera 1's address through a relay, and what is said to the camera there."""
    heard = bytearray()

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", cameras.port)
        try:
            await asyncio.gather(_carry(reader, far_writer, heard), _carry(far_reader, writer, bytearray()))
        finally:
            far_writer.close()

    server = await asyncio.start_server(relay, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield cameras.url(1).replace(str(cameras.port), str(port)), heard
    finally:
        server.close()
