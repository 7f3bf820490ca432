"""A worker does what the node orders, and leaves when told: real processes on real RTSP."""

import asyncio
import contextlib
import json
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from crisislink.demo.farm import CameraFarm, FarmCamera
from crisislink.demo.footage import Clip, Codec, read_clip
from crisislink.demo.recording import Recorder
from crisislink.media.frames import Flag, Message, MessageType, Rendition
from crisislink.media.nursery import Nursery
from crisislink.media.orders import Status
from crisislink.media.picture import planes
from crisislink.media.watermark import TILE_STEP, text_rows
from tests.media.cameras import WAIT_S, Watched, boot_s, farm, tapped, watched


@pytest.fixture
async def nursery() -> AsyncIterator[Nursery]:
    async with Nursery.started() as one:
        yield one


def _of(one: Watched, epoch: int) -> list[Message]:
    return [m for m in one.frames() if m.epoch == epoch]


async def test_a_renewed_deadline_lets_the_picture_go_on_and_the_next_one_ends_it(nursery: Nursery) -> None:
    async with farm("gare") as cameras, watched(nursery, "gare", cameras.url(1), warm_s=1) as one:
        first_s = boot_s() + 2.5
        one.order(Rendition.WALL, for_s=2.5)
        await one.until(lambda: len(one.frames()) >= 3)
        one.handle.renew(1, first_s + 1.5)
        await asyncio.wait_for(one.gone.wait(), WAIT_S)
        assert 1.4 < boot_s() - first_s < 1.9
        last_us = max(m.encoded_us for m in one.frames())
        late_s = last_us / 1e6 - (time.clock_gettime(time.CLOCK_REALTIME) - boot_s()) - first_s
        assert 0.5 < late_s < 1.5


async def test_two_grants_have_their_own_pictures_and_losing_one_leaves_the_other(nursery: Nursery) -> None:
    async with farm("gare") as cameras, watched(nursery, "gare", cameras.url(1)) as one:
        one.order(Rendition.WALL, id=1, epoch=1, grant="gr_1")
        one.order(Rendition.WALL, id=2, epoch=2, grant="gr_2")
        await one.until(lambda: min(len(_of(one, 1)), len(_of(one, 2))) >= 4)
        configs = [m for _, m in one.messages if m.type is MessageType.CONFIG]
        assert {(c.epoch, json.loads(c.payload)["grant"]) for c in configs} == {(1, "gr_1"), (2, "gr_2")}
        one.handle.drop_output(1)
        kept = len(_of(one, 2))
        await one.until(lambda: len(_of(one, 2)) >= kept + 4)
        dropped = len(_of(one, 1))
        await one.until(lambda: len(_of(one, 2)) >= kept + 12)
        assert len(_of(one, 1)) == dropped


async def test_a_key_frame_comes_when_asked_for(nursery: Nursery) -> None:
    async with farm("gare") as cameras, watched(nursery, "gare", cameras.url(1)) as one:
        one.order(Rendition.WALL)
        await one.until(lambda: len(one.frames()) >= 8)
        before = len(one.frames())
        one.handle.force_key(1)
        await one.until(lambda: any(m.flags & Flag.KEY for m in one.frames()[before:]))
        at = next(n for n, m in enumerate(one.frames()) if n >= before and m.flags & Flag.KEY)
        assert at - before <= 4, "asked for, not the group's own"
        assert not one.frames()[at].flags & Flag.DISCONTINUITY


async def test_stop_takes_leave_of_the_camera_and_ends_the_process(nursery: Nursery) -> None:
    async with farm("gare") as cameras, tapped(cameras) as (url, heard), watched(nursery, "gare", url) as one:
        one.order(Rendition.WALL)
        await one.until(lambda: len(one.frames()) >= 3)
        began_s = time.monotonic()
        await one.handle.stop(2.0)
        assert time.monotonic() - began_s < 1.0, "by itself, before the grace was over"
        assert b"TEARDOWN " in heard


async def test_the_last_picture_dropped_after_the_warm_time_still_takes_leave(nursery: Nursery) -> None:
    async with farm("gare") as cameras, tapped(cameras) as (url, heard):
        async with watched(nursery, "gare", url, warm_s=0.1) as one:
            one.order(Rendition.WALL)
            await one.until(lambda: len(one.frames()) >= 3)
            one.handle.drop_output(1)
            await asyncio.wait_for(one.gone.wait(), 2)
        assert b"TEARDOWN " in heard


async def test_nothing_arrives_after_a_kill(nursery: Nursery) -> None:
    async with farm("gare") as cameras, watched(nursery, "gare", cameras.url(1)) as one:
        one.order(Rendition.WALL)
        await one.until(lambda: len(one.frames()) >= 3)
        one.handle.kill()
        seen, at_s = len(one.messages), time.monotonic()
        await asyncio.wait_for(one.gone.wait(), 1)
        assert time.monotonic() - at_s < 0.25
        assert len(one.messages) == seen


async def test_a_camera_that_dribbles_is_given_up_and_the_worker_goes_on(nursery: Nursery) -> None:
    async def dribble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while not reader.at_eof():
                writer.write(b"R")
                await writer.drain()
                await asyncio.sleep(0.2)
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(dribble, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with watched(nursery, "gare", f"rtsp://u:s3cret@127.0.0.1:{port}/x") as one:
        one.order(Rendition.WALL)
        await one.until(lambda: any(r.fault == "unreachable" for _, r in one.reports))
        assert not one.gone.is_set()
        assert "s3cret" not in repr(one.reports)
    server.close()


def _square() -> Clip:
    """A second of bright moving bars, 640 x 480: another shape than every clip of the city."""
    chroma = np.full((240, 320), 128, np.uint8)
    with Recorder(Codec.H264, width=640, height=480, fps=25, quality=28, preset="ultrafast") as recorder:
        for n in range(25):
            luma = np.full((480, 640), 120, np.uint8)
            luma[:, n * 20 : n * 20 + 40] = 230
            recorder.add((luma, chroma, chroma))
    return read_clip("square", recorder.container)


async def test_a_camera_that_comes_back_in_another_shape_is_black_and_a_fault(nursery: Nursery) -> None:
    async with contextlib.AsyncExitStack() as first, contextlib.AsyncExitStack() as life:
        normal = await first.enter_async_context(farm("gare"))
        one = await life.enter_async_context(watched(nursery, "gare", normal.url(1)))
        one.order(Rendition.WALL)
        await one.until(lambda: "live" in one.states())
        await first.aclose()
        async with CameraFarm([FarmCamera(number=1, clip=_square())], port=normal.port):
            await one.until(lambda: sum(m.config == 2 for m in one.frames()) >= 10)
            shape = await _until_shape_is_said(one)
        assert shape == "no person has validated the masks on a picture of this size"
        for frame in one.pictures(Rendition.WALL, config_id=2):
            luma = planes(frame)[0][text_rows(frame.height)[-1][1] :]
            assert int(luma.max()) < 24 + TILE_STEP, "nothing of the picture shows but our tile"


async def _until_shape_is_said(one: Watched) -> str:
    def said() -> str:
        last = one.reports[-1][1]
        assert isinstance(last, Status)
        return last.detail

    await one.until(lambda: "size" in said())
    return said()


async def test_a_status_tells_of_the_last_picture(nursery: Nursery) -> None:
    async with farm("gare") as cameras, watched(nursery, "gare", cameras.url(1)) as one:
        one.order(Rendition.WALL)
        await one.until(lambda: one.states().count("live") >= 3)
        said = one.reports[-1][1]
        assert isinstance(said, Status)
        assert said.source_size == (1280, 720)
        assert said.source_fps is not None
        assert said.source_fps > 5
        assert said.capture_us is not None
        assert abs(said.capture_us - one.frames()[-1].capture_us) < 2_000_000


def _environment(pid: int) -> bytes:
    return Path(f"/proc/{pid}/environ").read_bytes()


async def test_workers_do_not_inherit_the_services_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRISISLINK_SECRET_KEY", "s3cret")
    async with Nursery.started() as nursery:
        connection, line, _, pidfd = await nursery.bear()
        line.close()
        os.close(pidfd)
        assert nursery._process is not None
        environment = _environment(nursery._process.pid)
        connection.close()
    assert b"PATH=" in environment
    assert b"s3cret" not in environment
