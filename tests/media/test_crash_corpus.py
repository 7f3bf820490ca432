"""Hostile cameras: mutated H.264, H.265, JPEG and RTSP. A worker may die of them; nobody else does."""

import asyncio
import os
import random
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import replace
from typing import Self

import pytest

from crisislink.adapters.bus.inprocess import InProcessBus
from crisislink.adapters.system import SystemClock
from crisislink.core.ids import NodeId
from crisislink.core.limits import Limits
from crisislink.demo.clips import load_clip
from crisislink.demo.farm import CameraFarm, FarmCamera
from crisislink.demo.footage import Clip, ClipFrame
from crisislink.flow.ports import Brief
from crisislink.media.crew import WorkerHandle, hire_from
from crisislink.media.frames import Rendition
from crisislink.media.node import MediaNode
from crisislink.media.nursery import Nursery
from crisislink.media.viewer import Viewer
from crisislink.media.workers import CameraWorker
from tests.fakes.picture import HeldAuthority, KeptSocket
from tests.media.cameras import HERE, brief, farm, watched
from tests.media.house import House

_PLAYED_S = 2.0


def _spoiled(clip: Clip, seed: int) -> Clip:
    """The clip with flipped, repeated and cut bytes in its pictures and parameter sets; lengths stay true."""
    chance = random.Random(seed)  # noqa: S311 - a corpus, no secret

    def spoil(nal: bytes) -> bytes:
        made = bytearray(nal)
        for _ in range(chance.choice((0, 0, 1, 3, 30))):
            made[chance.randrange(1, len(made))] = chance.randrange(256)
        if chance.random() < 0.2:
            at = chance.randrange(1, len(made))
            made[at:at] = bytes(chance.randrange(256) for _ in range(chance.choice((1, 50, 500))))
        return bytes(made[: chance.randrange(2, len(made) + 1)] if chance.random() < 0.2 else made)

    def frame(one: ClipFrame) -> ClipFrame:
        if clip.codec.value == "mjpeg":
            head = one.data[:700]  # its tables stay, or the simulator cannot pack it
            return ClipFrame(head + spoil(b"x" + one.data[700:])[1:], one.key)
        made, at = b"", 0
        while at < len(one.data):
            size = int.from_bytes(one.data[at : at + 4])
            nal = spoil(one.data[at + 4 : at + 4 + size])
            made += len(nal).to_bytes(4) + nal
            at += 4 + size
        return ClipFrame(made, one.key)

    return replace(clip, frames=tuple(frame(f) for f in clip.frames))


@asynccontextmanager
async def _lying(cameras: CameraFarm, seed: int) -> AsyncIterator[str]:
    """Camera 1 through a relay that flips, drops and doubles bytes of all it says after its first answer."""
    chance = random.Random(seed)  # noqa: S311 - a corpus, no secret

    async def answers(reader: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
        honest = True
        while data := await reader.read(4_096):
            said = bytearray(data)
            for _ in range(0 if honest else chance.choice((0, 1, 4))):
                at = chance.randrange(len(said))
                match chance.randrange(3):
                    case 0:
                        said[at] ^= 1 << chance.randrange(8)
                    case 1:
                        del said[at : at + chance.randrange(1, 9)]
                    case _:
                        said[at:at] = said[at : at + 7]
                said = said or bytearray(b"$")
            honest = False
            to.write(bytes(said))
        to.close()

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", cameras.port)

        async def asks() -> None:
            while data := await reader.read(1 << 16):
                far_writer.write(data)
            far_writer.close()

        try:
            with suppress(ConnectionError):
                await asyncio.gather(asks(), answers(far_reader, writer))
        finally:
            far_writer.close()

    server = await asyncio.start_server(relay, "127.0.0.1", 0)
    try:
        yield cameras.url(1).replace(str(cameras.port), str(server.sockets[0].getsockname()[1]))
    finally:
        server.close()


@pytest.fixture
async def nursery() -> AsyncIterator[Nursery]:
    async with Nursery.started() as one:
        yield one


@pytest.mark.parametrize("name", ["gare", "allee", "metro"], ids=["h264", "h265", "mjpeg"])
async def test_spoiled_pictures_harm_no_other_camera(nursery: Nursery, name: str) -> None:
    clip = load_clip(name)
    async with AsyncExitStack() as stack:
        good = await stack.enter_async_context(farm("metro"))
        other = await stack.enter_async_context(watched(nursery, "metro", good.url(1)))
        other.order(Rendition.WALL)
        hostile = []
        for seed in range(4):
            one = FarmCamera(number=1, clip=_spoiled(clip, seed))
            cameras = await stack.enter_async_context(CameraFarm([one]))
            worker = await stack.enter_async_context(watched(nursery, name, cameras.url(1)))
            worker.order(Rendition.WALL)
            hostile.append(worker)
        await other.until(lambda: len(other.frames()) >= 3)
        await asyncio.sleep(_PLAYED_S)
        before = len(other.frames())
        await other.until(lambda: len(other.frames()) >= before + 3)
        assert nursery._process is not None
        assert nursery._process.returncode is None
        for worker in hostile:
            assert worker.reports, "it said how it is, or that it is gone"
            worker.pictures(Rendition.WALL) if worker.frames() else None  # what came out decodes


async def test_spoiled_conversations_end_in_words(nursery: Nursery) -> None:
    async with AsyncExitStack() as stack:
        cameras = await stack.enter_async_context(farm("gare", credentials=("viewer", "s3cret")))
        workers = []
        for seed in range(6):
            url = await stack.enter_async_context(_lying(cameras, seed))
            worker = await stack.enter_async_context(watched(nursery, "gare", url))
            worker.order(Rendition.WALL)
            workers.append(worker)
        await asyncio.sleep(_PLAYED_S)
        for worker in workers:
            assert not worker.gone.is_set(), "our own code dies of nothing a camera says"
            assert worker.reports
            assert "s3cret" not in repr(worker.reports)


async def test_a_worker_that_crashes_is_born_again_and_recorded_and_the_others_play_on(
    nursery: Nursery,
) -> None:
    async with farm("gare") as first, farm("gare") as second:
        victim, bystander = [await _Watching.begin(nursery, brief("gare", c.url(1))) for c in (first, second)]
        try:
            await _until(lambda: victim.epoch() > 0 and bystander.epoch() > 0)
            kept, epoch = bystander.worker(), victim.epoch()
            os.kill(victim.pid(), signal.SIGSEGV)
            await _until(lambda: victim.epoch() > epoch)
            while not victim.authority.faults:
                with suppress(ProcessLookupError):
                    os.kill(victim.pid(), signal.SIGSEGV)
                await asyncio.sleep(0.1)
                victim.node.watch()
            assert victim.authority.faults == ["cam_001 restarting"]
            assert bystander.worker() is kept
            assert bystander.authority.faults == []
        finally:
            await victim.node.close()
            await bystander.node.close()


class _Watching:
    """A node with one viewer, who acknowledges what it gets."""

    def __init__(self, nursery: Nursery, what: Brief) -> None:
        self.authority = HeldAuthority(what)
        self.node = MediaNode(
            id=NodeId("node_1"),
            authority=self.authority,
            bus=InProcessBus(),
            clock=SystemClock(),
            limits=Limits(),
            hire=hire_from(nursery, HERE),
        )
        self._what, self._socket = what, KeptSocket()
        self._viewer: Viewer | None = None

    @classmethod
    async def begin(cls, nursery: Nursery, what: Brief) -> Self:
        made = cls(nursery, what)
        permit = replace(House(brief=what).permit(), grant=what.grant, camera=what.camera)
        made._viewer = await made.node.join(permit, made._socket, Rendition.WALL)
        return made

    def epoch(self) -> int:
        """Of the newest picture, which it acknowledges; 0 before the first."""
        if not self._socket.frames or self._viewer is None:
            return 0
        newest = self._socket.frames[-1]
        self._viewer.acknowledge(newest.seq, epoch=newest.epoch)
        return newest.epoch

    def worker(self) -> CameraWorker | None:
        [camera] = self.node._cameras
        return camera._worker

    def pid(self) -> int:
        worker = self.worker()
        if not isinstance(worker, WorkerHandle) or worker.pid is None:
            raise ProcessLookupError
        return worker.pid


async def _until(holds: Callable[[], bool], timeout_s: float = 8.0) -> None:
    async with asyncio.timeout(timeout_s):
        while not holds():
            await asyncio.sleep(0.02)
