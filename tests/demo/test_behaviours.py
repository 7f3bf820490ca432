"""How cameras fail on command, and that they come back."""

import asyncio
import time

import av
import numpy as np
import pytest

from crisislink.demo.behaviour import Behaviour
from crisislink.demo.farm import CameraFarm, FarmCamera
from crisislink.demo.footage import Codec
from tests.demo.peers import FPS, bare_client, footage, one_camera, watch


def open_farm() -> CameraFarm:
    return CameraFarm([FarmCamera(number=1, clip=footage())])


@pytest.mark.parametrize("codec", list(Codec))
async def test_frozen_repeats_one_picture_and_thaws(codec: Codec) -> None:
    async with one_camera(footage(codec)) as farm:
        farm.behave(1, Behaviour.FROZEN)
        seen = await asyncio.to_thread(watch, farm.url(1), 12)
        assert len({s.index for s in seen}) == 1
        assert np.abs(seen[0].luma.astype(int) - seen[-1].luma).max() <= 6
        farm.behave(1, Behaviour.NORMAL)
        assert len({s.index for s in await asyncio.to_thread(watch, farm.url(1), 12)}) == 12


@pytest.mark.parametrize("codec", list(Codec))
async def test_black_is_valid_video_without_a_picture(codec: Codec) -> None:
    async with one_camera(footage(codec)) as farm:
        farm.behave(1, Behaviour.BLACK)
        seen = await asyncio.to_thread(watch, farm.url(1), 6)
        assert all(s.luma.max() <= 24 for s in seen)


async def test_black_comes_and_goes_during_a_session() -> None:
    farm = open_farm()
    async with farm, bare_client(farm) as pace:
        await pace.play()
        watching = asyncio.create_task(asyncio.to_thread(watch, farm.url(1), 110))
        for behaviour in (Behaviour.BLACK, Behaviour.NORMAL):
            await pace.frames(2 * FPS)
            farm.behave(1, behaviour)
        await pace.frames(2 * FPS)
        dark = [s.luma.max() < 40 for s in await watching]
        assert not dark[0]
        assert any(dark)
        assert not dark[-1]


async def test_stall_keeps_the_connection_and_sends_nothing() -> None:
    async with open_farm() as farm, bare_client(farm) as client:
        await client.play()
        await client.media()
        farm.behave(1, Behaviour.STALL)
        with pytest.raises(TimeoutError):
            await client.frames(FPS)
        assert not client.reader.at_eof()
        farm.behave(1, Behaviour.NORMAL)
        assert (await client.media())[0] in {0, 1}


async def test_garbage_parses_as_rtp_and_shows_nothing_true() -> None:
    clip = footage()
    true_packets: set[bytes] = set()
    async with open_farm() as farm, bare_client(farm) as client:
        await client.play()
        while len(true_packets) < 20:
            channel, packet = await client.media()
            if channel == 0:
                true_packets.add(packet[14:])
        farm.behave(1, Behaviour.GARBAGE)
        spoiled: list[bytes] = []
        last: int | None = None
        while len(spoiled) < 60:
            channel, packet = await client.media()
            if channel == 0:
                number = int.from_bytes(packet[2:4])
                assert packet[0] == 0x80
                assert last is None or number == (last + 1) & 0xFFFF
                last = number
                spoiled.append(packet[14:])
        true_bytes = b"".join(f.data for f in clip.frames)
        assert not any(len(p) > 16 and p in true_bytes for p in spoiled[30:])


async def test_flap_hangs_up_every_few_seconds_and_answers_again() -> None:
    async with open_farm() as farm:
        farm.behave(1, Behaviour.FLAP)
        for _ in range(2):
            async with bare_client(farm) as client:
                await client.play()
                started = time.monotonic()
                assert await client.hung_up()
                assert 2 < time.monotonic() - started < 5


async def test_offline_hangs_up_before_it_answers_and_cuts_who_watches() -> None:
    async with open_farm() as farm, bare_client(farm) as client:
        await client.play()
        farm.behave(1, Behaviour.OFFLINE)
        assert await client.hung_up()
        with pytest.raises(av.error.FFmpegError):
            await asyncio.to_thread(watch, farm.url(1), 1)
        assert not [t for t in asyncio.all_tasks() if t.get_name().startswith("camera ")]


@pytest.mark.parametrize(
    ("behaviour", "error"),
    [
        (Behaviour.WRONG_PASSWORD, av.error.HTTPUnauthorizedError),
        (Behaviour.NOT_FOUND, av.error.HTTPNotFoundError),
    ],
)
async def test_refusals_look_like_those_of_real_cameras(behaviour: Behaviour, error: type[Exception]) -> None:
    async with one_camera(footage()) as farm:
        farm.behave(1, behaviour)
        with pytest.raises(error):
            await asyncio.to_thread(watch, farm.url(1), 1)


async def test_an_unknown_codec_is_described_and_never_decoded() -> None:
    async with open_farm() as farm:
        farm.behave(1, Behaviour.UNKNOWN_CODEC)
        async with bare_client(farm) as client:
            _, _, sdp = await client.ask("DESCRIBE")
            assert "X-NOBODY" in sdp
            assert "H264" not in sdp
            await client.play()
            while True:
                channel, packet = await client.media()
                if channel == 0:
                    break
            assert packet[1] & 127 == 99


async def test_silent_takes_the_connection_and_never_answers() -> None:
    async with open_farm() as farm, bare_client(farm) as client:
        farm.behave(1, Behaviour.SILENT)
        client.writer.write(f"OPTIONS {client.url} RTSP/1.0\r\nCSeq: 1\r\n\r\n".encode())
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.7):
                await client.reader.read(1)


async def test_the_random_in_garbage_is_the_camera_s_own_and_repeats() -> None:
    async def first_spoiled() -> bytes:
        farm = CameraFarm([FarmCamera(number=1, clip=footage(), behaviour=Behaviour.GARBAGE)])
        async with farm, bare_client(farm) as client:
            await client.play()
            while True:
                channel, packet = await client.media()
                if channel == 0:
                    return packet[14:22]

    assert await first_spoiled() == await first_spoiled()
