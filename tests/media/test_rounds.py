"""Rounds: a camera nobody watches is known to be silent, or not, before anybody asks for it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from ipaddress import ip_network
from pathlib import Path

import pytest

from crisislink.core.events import InventoryLoaded
from crisislink.core.geo import Position
from crisislink.core.ids import CameraId, NodeId
from crisislink.flow import carriers, search, viewing
from crisislink.flow.ports import CameraSource, CameraUrl, UnitOfWork
from crisislink.media import rounds
from crisislink.media.networks import CameraNetworks
from crisislink.media.rounds import Rounds, asked
from tests.city import NODE, City, node_presence, small_city
from tests.media.cameras import HERE, farm
from tests.samples import CAMERAS, REGULATOR

FIRST, OTHERS = CAMERAS[0].id, tuple(camera.id for camera in CAMERAS[1:])


@dataclass(frozen=True)
class Pulls:
    """A media node that pulls some cameras."""

    id: NodeId = NODE
    pulled: Sequence[CameraId] = OTHERS
    live: Sequence[CameraId] = ()


@asynccontextmanager
async def answering(said: bytes) -> AsyncIterator[tuple[str, list[bytes]]]:
    """A host that says this to whatever it is told: its address, with a password; what it was told."""
    heard: list[bytes] = []
    gone = asyncio.Semaphore(0)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.readuntil(b"\r\n\r\n"))
        with suppress(OSError):  # it hangs up when it has read enough
            writer.write(said)
            await writer.drain()
            if said:
                await reader.read()
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
        gone.release()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        yield f"rtsp://operator:s3cret@127.0.0.1:{port}/stream", heard
        for _ in heard:
            await gone.acquire()


async def test_a_real_camera_is_there_and_only_asked_whether_it_is() -> None:
    async with farm("gare", credentials=("admin", "s3cret")) as cameras:
        assert await asked(cameras.url(1), HERE) is None


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        (b"RTSP/1.0 200 OK\r\n\r\n", None),
        (b"RTSP/1.0 401 Unauthorized\r\n\r\n", None),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "protocol"),
        (b"R", "unreachable"),
        (b"", "protocol"),
    ],
)
async def test_what_answers_is_a_camera_or_not_and_hears_no_password(
    said: bytes, fault: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "ANSWER_S", 0.2)
    async with answering(said) as (url, heard):
        assert await asked(url, HERE) == fault
        assert heard[0].startswith(b"OPTIONS rtsp://127.0.0.1:")
        assert b"s3cret" not in heard[0]
        assert b"uthorization" not in heard[0]


@pytest.mark.parametrize("url", ["rtsp://127.0.0.1:1/x", "https://127.0.0.1:1/x"])
async def test_nobody_there_is_unreachable(url: str) -> None:
    assert await asked(url, HERE) == "unreachable"


async def test_nothing_outside_the_cameras_networks_is_asked() -> None:
    elsewhere = CameraNetworks((ip_network("10.1.0.0/16"),))
    async with answering(b"RTSP/1.0 200 OK\r\n\r\n") as (url, heard):
        assert await asked(url, elsewhere) == "not_allowed"
        assert heard == []


async def moved(city: City, url: str) -> None:
    """The first camera's address is this one."""
    async with city.store.write() as work:
        loaded = InventoryLoaded(organisation=None, what="cameras", rows=1, sha256="0" * 64)
        version = (await work.camera(FIRST)).version + 1
        source = CameraSource(camera=FIRST, main=CameraUrl(url), sub=None)
        await work.record(loaded, replace(CAMERAS[0], version=version), source)


async def told(city: City) -> list[str]:
    return [kind for kind in await city.kinds() if kind.startswith("camera.")]


async def near(city: City) -> str | None:
    """What a regulator reads of the first camera before asking for it."""
    place = Position(43.61041, 1.45287)
    found = await search.nearby(city.ports, REGULATOR, place, precision_m=10, radius_m=100, limit=9)
    fault = next(s.fault for s in found if s.camera.id == FIRST)
    return None if fault is None else fault.fault


@pytest.fixture
async def city(tmp_path: Path) -> AsyncIterator[City]:
    async with small_city(tmp_path) as made:
        yield made


def walking(city: City, node: Pulls | None = None) -> Rounds:
    """All cameras at each step."""
    return Rounds(city.ports, node or Pulls(), HERE, every_s=rounds.STEP_S)


async def test_silence_is_said_once_when_it_lasts_and_so_is_its_end(city: City) -> None:
    walk = walking(city)
    await walk.step()
    assert await told(city) == [], "once is no silence"
    for _ in range(3):
        await walk.step()
    assert await told(city) == ["camera.silent"]
    assert await near(city) == "unreachable"
    city.clock.advance(86_400)
    assert await near(city) == "unreachable", "until it answers"
    await walking(city).step()
    await walking(city).step()
    assert await told(city) == ["camera.silent"], (
        "nor does another node, or this one started anew, say it again"
    )
    async with answering(b"RTSP/1.0 200 OK\r\n\r\n") as (url, _):
        await moved(city, url)
        await walk.step()
        await walk.step()
    assert await told(city) == ["camera.silent", "camera.answered"]
    assert await near(city) is None


async def test_what_is_pulled_speaks_for_itself(city: City) -> None:
    walk = walking(city, Pulls(pulled=(FIRST, *OTHERS)))
    for _ in range(3):
        await walk.step()
    assert await told(city) == []
    silent = walking(city)
    await silent.step()
    await silent.step()
    await walking(city, Pulls(pulled=(FIRST, *OTHERS), live=(FIRST,))).step()
    assert await told(city) == ["camera.silent", "camera.answered"], "there are pictures of it"


async def test_a_fault_that_a_watcher_met_is_neither_repeated_nor_ended_by_a_round(city: City) -> None:
    await viewing.camera_failed(city.ports, FIRST, "codec")
    walk = walking(city)
    await walk.step()
    await walk.step()
    async with answering(b"RTSP/1.0 200 OK\r\n\r\n") as (url, _):
        await moved(city, url)
        await walk.step()
        await walk.step()
    assert await told(city) == ["camera.failed"]
    assert await near(city) == "codec"


async def test_each_node_asks_the_cameras_it_would_carry(city: City) -> None:
    await city.ports.presence.announce(node_presence(NodeId("node_other")), ttl_s=1e9)
    ids = [camera.id for camera in CAMERAS if camera.shareable]
    ours = await carriers.carried_by(city.ports, NODE, ids)
    theirs = await carriers.carried_by(city.ports, NodeId("node_other"), ids)
    assert sorted([*ours, *theirs]) == sorted(ids)
    assert ours
    assert theirs


async def test_thousands_are_placed_without_holding_anybody_up(city: City) -> None:
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    beside = asyncio.create_task(others())
    ids = [CameraId(f"cam_{n}") for n in range(5_000)]
    assert await carriers.carried_by(city.ports, NODE, ids) == ids
    beside.cancel()
    assert turns > 50


async def test_what_was_said_is_kept_from_round_to_round_of_cameras_it_still_asks(city: City) -> None:
    walk = walking(city)
    await walk.step()
    await walk.step()
    walk._said[CameraId("cam_gone")] = "unreachable"
    await walk.step()
    assert FIRST in walk._said
    assert "cam_gone" not in walk._said


async def test_a_store_that_does_not_answer_ends_nothing(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "STEP_S", 0.01)
    walk = Rounds(city.ports, Pulls(), HERE, every_s=0.01)
    await city.store.close()
    running = asyncio.create_task(walk.run())
    await asyncio.sleep(0.1)
    assert not running.done()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_many_cameras_are_read_at_once_and_asked_one_after_the_other(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_s: list[float] = []
    reads = 0
    read = city.store.read

    def counted() -> AbstractAsyncContextManager[UnitOfWork]:
        nonlocal reads
        reads += 1
        return read()

    async def note(_url: str, _networks: CameraNetworks) -> None:
        at_s.append(asyncio.get_running_loop().time())

    monkeypatch.setattr(rounds, "asked", note)
    monkeypatch.setattr(rounds, "_APART_S", 0.02)
    walk = walking(city, Pulls(pulled=()))
    await walk.step()  # it begins a round: it reads who carries what
    monkeypatch.setattr(city.store, "read", counted)
    walk._left, walk._step = [camera.id for camera in CAMERAS], len(CAMERAS)  # the middle of one
    at_s.clear()
    await walk.step()
    assert len(at_s) == len(CAMERAS) > 2
    assert reads == 1
    assert at_s[-1] - at_s[0] >= 0.02 * (len(CAMERAS) - 1) - 0.005
