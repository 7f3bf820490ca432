"""Real worker processes on real RTSP: they play, mask, say what is wrong, and die when they must."""

import asyncio
import os
import socket
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from crisislink.demo.behaviour import Behaviour
from crisislink.demo.clips import card
from crisislink.media.frames import Flag, Rendition
from crisislink.media.masks import MASK_YUV, Masks
from crisislink.media.nursery import Nursery
from crisislink.media.outbox import OUTBOX_MAX, Outbox
from crisislink.media.picture import planes
from crisislink.media.watermark import text_rows
from tests.media.cameras import WAIT_S, Watched, boot_s, farm, tapped, watched


@pytest.fixture
async def nursery() -> AsyncIterator[Nursery]:
    async with Nursery.started() as one:
        yield one


def _mask_error(one: Watched, name: str, rendition: Rendition) -> float:
    """The mean distance from the mask colour over all masked samples below the text, all frames."""
    shown = one.pictures(rendition)
    assert len(shown) >= 5
    width, height = shown[0].width, shown[0].height
    where = tuple(np.zeros(s, np.uint8) for s in ((height, width), *[(height // 2, width // 2)] * 2))
    masks = Masks([p.points for p in card(name).masks], width, height)
    masks.draw((where[0], where[1], where[2]), 0.0)
    below = text_rows(height)[-1][1]
    worst = 0.0
    for frame in shown:
        for plane, masked, value, top in zip(
            planes(frame), where, MASK_YUV, (below, below // 2, below // 2), strict=True
        ):
            area = plane[top:][masked[top:] > 0].astype(np.int16)
            assert area.size > 0
            worst = max(worst, float(np.abs(area - value).mean()))
    return worst


@pytest.mark.parametrize("name", ["faubourg", "allee", "metro"], ids=["h264", "h265", "mjpeg"])
async def test_a_camera_plays_masked_in_every_rendition(nursery: Nursery, name: str) -> None:
    async with farm(name) as cameras, watched(nursery, name, cameras.url(1)) as one:
        for rendition in Rendition:
            one.order(rendition, id=rendition.value)
        await one.until(lambda: min(len(one.frames(r)) for r in Rendition) >= 8 and "live" in one.states())
        for rendition in Rendition:
            first, *rest = one.frames(rendition)
            assert first.flags & (Flag.KEY | Flag.DISCONTINUITY) == Flag.KEY | Flag.DISCONTINUITY
            assert [m.seq for m in rest] == list(range(1, len(rest) + 1))
            assert _mask_error(one, name, rendition) < (10 if rendition is Rendition.WALL_LOW else 4)
            moving = [planes(f)[0][-f.height // 2 :].tobytes() for f in one.pictures(rendition)]
            assert len(set(moving)) > 3


@pytest.mark.parametrize(
    ("behaviour", "fault"),
    [
        (Behaviour.WRONG_PASSWORD, "auth"),
        (Behaviour.NOT_FOUND, "not_found"),
        (Behaviour.UNKNOWN_CODEC, "codec"),
        (Behaviour.OFFLINE, "unreachable"),
        (Behaviour.SILENT, "unreachable"),
        (Behaviour.GARBAGE, "garbage"),
    ],
    ids=str,
)
async def test_a_fault_has_its_class_and_no_picture(
    nursery: Nursery, behaviour: Behaviour, fault: str
) -> None:
    async with (
        farm("gare", behaviour, credentials=("viewer", "s3cret")) as cameras,
        watched(nursery, "gare", cameras.url(1)) as one,
    ):
        one.order(Rendition.WALL)
        await one.until(lambda: any(r.fault == fault for _, r in one.reports))
        assert "live" not in one.states()
        assert one.frames() == []
        assert "s3cret" not in repr(one.reports)


async def test_a_camera_that_nobody_answers_for_is_unreachable(nursery: Nursery) -> None:
    async with watched(nursery, "gare", "rtsp://viewer:s3cret@127.0.0.1:1/cam/1") as one:
        one.order(Rendition.WALL)
        await one.until(lambda: any(r.fault == "unreachable" for _, r in one.reports))
        assert "s3cret" not in repr(one.reports)


async def test_garbage_after_a_picture_ends_the_live_state_and_is_named(nursery: Nursery) -> None:
    async with farm("gare") as cameras, watched(nursery, "gare", cameras.url(1)) as one:
        one.order(Rendition.WALL)
        await one.until(lambda: "live" in one.states())
        cameras.behave(1, Behaviour.GARBAGE)
        await one.until(lambda: any(r.fault == "garbage" for _, r in one.reports))
        at = next(n for n, (_, r) in enumerate(one.reports) if r.fault == "garbage")
        assert "live" not in one.states()[at:]


async def test_a_stall_is_said_within_1300_ms(nursery: Nursery) -> None:
    async with farm("gare") as cameras, watched(nursery, "gare", cameras.url(1)) as one:
        one.order(Rendition.WALL)
        await one.until(lambda: "live" in one.states())
        cameras.behave(1, Behaviour.STALL)
        await one.until(lambda: "stalled" in one.states())
        last_s = cameras.sent(1)[-1].monotonic_ns / 1e9
        said_s = next(at for at, r in one.reports if r.state == "stalled")
        assert said_s - last_s < 1.3


@pytest.mark.parametrize(
    ("behaviour", "suspect"), [(Behaviour.BLACK, "black"), (Behaviour.FROZEN, "frozen")], ids=str
)
async def test_a_picture_that_is_none_is_suspect(
    nursery: Nursery, behaviour: Behaviour, suspect: str
) -> None:
    async with farm("gare", behaviour) as cameras, watched(nursery, "gare", cameras.url(1)) as one:
        one.order(Rendition.WALL)
        await one.until(lambda: any(r.suspect == suspect for _, r in one.reports), 14)


async def test_after_a_loss_the_picture_comes_back_with_a_key_frame(nursery: Nursery) -> None:
    async with farm("gare") as cameras, watched(nursery, "gare", cameras.url(1)) as one:
        one.order(Rendition.WALL)
        await one.until(lambda: len(one.frames()) >= 5)
        seen = len(one.frames())
        cameras.behave(1, Behaviour.OFFLINE)
        await one.until(lambda: one.states()[-1] == "fault")
        cameras.behave(1, Behaviour.NORMAL)
        await one.until(lambda: one.states()[-1] == "live" and len(one.frames()) > seen + 5)
        again = [m for m in one.frames()[1:] if m.flags & Flag.DISCONTINUITY]
        assert len(again) >= 1
        assert all(m.flags & Flag.KEY for m in again)


async def test_the_kernel_ends_a_worker_at_its_deadline(nursery: Nursery) -> None:
    async with farm("gare") as cameras, watched(nursery, "gare", cameras.url(1), warm_s=1) as one:
        deadline_s = boot_s() + 3
        one.order(Rendition.WALL, for_s=3)
        await asyncio.wait_for(one.gone.wait(), WAIT_S)
        assert -0.1 < boot_s() - deadline_s < 0.4
        assert one.frames()


async def test_a_worker_that_nobody_orders_from_ends_when_it_is_no_longer_warm(nursery: Nursery) -> None:
    async with farm("gare") as cameras, watched(nursery, "gare", cameras.url(1), warm_s=0.3) as one:
        await asyncio.wait_for(one.gone.wait(), 2)


async def test_the_end_of_its_socket_ends_the_worker(nursery: Nursery) -> None:
    connection, line, _, pidfd = await nursery.bear()
    line.close()
    connection.close()
    await _ended(pidfd)


async def test_a_worker_may_leave_no_core_file(nursery: Nursery) -> None:
    connection, line, pid, pidfd = await nursery.bear()
    with connection, line:
        async with asyncio.timeout(2):
            while "Max core file size 0 " not in _limits(pid):
                await asyncio.sleep(0.01)
    await _ended(pidfd)


def _limits(pid: int) -> str:
    lines = Path(f"/proc/{pid}/limits").read_text().splitlines()
    return next(" ".join(line.split()) + " " for line in lines if line.startswith("Max core"))


async def _ended(pidfd: int) -> None:
    loop, over = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(pidfd, over.set)
    try:
        await asyncio.wait_for(over.wait(), WAIT_S)
    finally:
        loop.remove_reader(pidfd)
        os.close(pidfd)


async def test_the_death_of_the_nursery_kills_its_workers(nursery: Nursery) -> None:
    connection, line, _, pidfd = await nursery.bear()
    with connection, line:
        assert nursery._process is not None
        nursery._process.kill()
        await _ended(pidfd)


_NODE = """
import asyncio
from crisislink.media.nursery import Nursery
async def main():
    async with Nursery.started() as nursery:
        connection, line, pid, pidfd = await nursery.bear()
        print(pid, flush=True)
        await asyncio.Event().wait()
asyncio.run(main())
"""


async def test_the_death_of_the_node_kills_its_workers() -> None:
    node = await asyncio.create_subprocess_exec(sys.executable, "-c", _NODE, stdout=asyncio.subprocess.PIPE)
    try:
        assert node.stdout is not None
        pidfd = os.pidfd_open(int(await asyncio.wait_for(node.stdout.readline(), WAIT_S)))
    finally:
        node.kill()
        await node.wait()
    await _ended(pidfd)


async def test_the_audio_track_is_never_set_up(nursery: Nursery) -> None:
    async with farm("faubourg") as cameras, tapped(cameras) as (url, heard):
        async with watched(nursery, "faubourg", url) as one:
            one.order(Rendition.WALL)
            await one.until(lambda: len(one.frames()) >= 3)
        assert heard.count(b"DESCRIBE ") >= 1
        assert heard.count(b"SETUP ") == 1


async def test_output_that_nobody_reads_is_bounded() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        outbox, taken = Outbox(ours), 0
        while outbox.put(bytes(100_000)):
            taken += 100_000
            assert taken < OUTBOX_MAX + (4 << 20)
        theirs.setblocking(False)
        while not outbox.flush():
            theirs.recv(1 << 20)
        assert outbox.put(b"again")


async def test_latency_of_the_worker_stays_small(nursery: Nursery) -> None:
    async with farm("gare") as cameras, watched(nursery, "gare", cameras.url(1)) as one:
        one.order(Rendition.WALL)
        began_s = time.monotonic()
        await one.until(lambda: len(one.frames()) >= 10)
        assert one.messages[0][0] - began_s < 3
        taken_us = sorted(m.ingest_us for m in one.frames())
        assert taken_us[len(taken_us) // 2] < 200_000
