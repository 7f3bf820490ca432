"""The simulated cameras, seen by clients that know nothing of them."""

import asyncio
import hashlib
import socket
import struct
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise

import av
import pytest

from crisislink.demo.farm import CameraFarm, FarmCamera
from crisislink.demo.footage import Codec
from crisislink.demo.rtspauth import REALM
from tests.demo.peers import FPS, LOGIN, bare_client, footage, one_camera, watch


@asynccontextmanager
async def open_farm() -> AsyncIterator[CameraFarm]:
    async with CameraFarm([FarmCamera(number=1, clip=footage(sound=True))]) as farm:
        yield farm


@pytest.mark.parametrize("codec", list(Codec))
@pytest.mark.parametrize("transport", ["tcp", "udp"])
async def test_every_codec_plays_over_tcp_and_udp(codec: Codec, transport: str) -> None:
    async with one_camera(footage(codec)) as farm:
        seen = await asyncio.to_thread(watch, farm.url(1), 30, transport=transport)
        indexes = [s.index for s in seen]
        first = indexes[0]
        assert first is not None
        assert indexes == [(first + i) % (2 * FPS) for i in range(30)]


async def test_a_newcomer_starts_at_the_live_position_and_waits_for_a_key_frame() -> None:
    async with one_camera(footage()) as farm:
        (first,) = await asyncio.to_thread(watch, farm.url(1), 1)
        sent = farm.sent(1)
        assert first.index in {0, FPS}
        shown = next(i for i, s in enumerate(sent) if s.frame == first.index)
        assert shown == (first.index - (sent[0].frame or 0)) % FPS or len(sent) <= FPS + 2


async def test_frames_leave_at_the_camera_s_pace() -> None:
    async with one_camera(footage()) as farm:
        await asyncio.to_thread(watch, farm.url(1), 30)
        sent = farm.sent(1)
        took_s = (sent[-1].monotonic_ns - sent[0].monotonic_ns) / 1e9
        assert abs(took_s - (len(sent) - 1) / FPS) < 0.2
        steps = {(b.rtp_time - a.rtp_time) & 0xFFFF_FFFF for a, b in pairwise(sent)}
        assert steps == {90_000 // FPS}


async def test_nothing_is_sent_when_nobody_watches() -> None:
    async with one_camera(footage()) as farm:
        await asyncio.to_thread(watch, farm.url(1), 2)
        if players := [t for t in asyncio.all_tasks() if t.get_name().startswith("camera ")]:
            assert not (await asyncio.wait(players, timeout=3))[1]
        before = len(farm.sent(1))
        async with bare_client(farm) as client:
            await client.ask("OPTIONS")
        assert len(farm.sent(1)) == before


async def test_the_smaller_stream_plays_its_own_clip() -> None:
    small = footage(Codec.MJPEG)
    async with CameraFarm([FarmCamera(number=17, clip=footage(), sub=small)]) as farm:
        assert farm.url(17, sub=True).endswith("/cam/17/sub")
        with await asyncio.to_thread(
            av.open, farm.url(17, sub=True), "r", options={"rtsp_transport": "tcp"}
        ) as source:
            assert source.streams.video[0].codec_context.name == "mjpeg"


@pytest.mark.parametrize("login", ["", "crisislink:wrong@", "nobody:p%40ss%3Aw%2Ford@"])
async def test_without_the_password_there_is_no_picture(login: str) -> None:
    async with one_camera(footage()) as farm:
        url = f"rtsp://{login}127.0.0.1:{farm.port}/cam/1"
        with pytest.raises(av.error.HTTPUnauthorizedError):
            await asyncio.to_thread(watch, url, 1)
        assert farm.sent(1) == []


@pytest.mark.parametrize(("algorithm", "name"), [("MD5", "md5"), ("SHA-256", "sha256")])
@pytest.mark.parametrize("qop", [None, "auth"])
async def test_digest_in_all_its_forms_opens(algorithm: str, name: str, qop: str | None) -> None:
    def digest(*parts: str) -> str:
        return hashlib.new(name, ":".join(parts).encode(), usedforsecurity=False).hexdigest()

    async with one_camera(footage()) as farm, bare_client(farm) as client:
        status, said, _ = await client.ask("DESCRIBE")
        assert status == 401
        assert "basic" in said["www-authenticate"].lower()
        client.writer.write(f"DESCRIBE {client.url} RTSP/1.0\r\nCSeq: 9\r\n\r\n".encode())
        head = (await client.reader.readuntil(b"\r\n\r\n")).decode()
        nonce = head.split('nonce="')[1].split('"')[0]
        secret, act = digest(LOGIN[0], REALM, LOGIN[1]), digest("DESCRIBE", client.url)
        middle = [nonce] if qop is None else [nonce, "00000001", "abc", qop]
        more = "" if qop is None else ', qop=auth, nc=00000001, cnonce="abc"'
        answer = digest(secret, *middle, act)
        header = (
            f'Digest username="{LOGIN[0]}", realm="{REALM}", nonce="{nonce}", uri="{client.url}", '
            f'response="{answer}", algorithm={algorithm}{more}'
        )
        status, _, body = await client.ask("DESCRIBE", Authorization=header)
        assert status == 200
        assert "m=video" in body
        status, _, _ = await client.ask("DESCRIBE", Authorization=header.replace(nonce, "0" * 32))
        assert status == 401


async def test_sender_reports_tie_a_frame_s_timestamp_to_the_instant_it_left() -> None:
    async with open_farm() as farm, bare_client(farm) as client:
        await client.play()
        reports: list[tuple[int, int]] = []
        arrived_us: list[int] = []
        while len(reports) < 3:
            channel, packet = await client.media()
            if channel == 1:
                assert packet[1] == 200
                seconds, fraction, rtp_time = struct.unpack(">III", packet[8:20])
                reports.append(
                    (rtp_time, (seconds - 2_208_988_800) * 1_000_000 + (fraction * 1_000_000 >> 32))
                )
                arrived_us.append(time.clock_gettime_ns(time.CLOCK_REALTIME) // 1_000)
        log = {s.rtp_time: s.wall_us for s in farm.sent(1)}
        for (rtp_time, wall_us), now_us in zip(reports, arrived_us, strict=True):
            assert log[rtp_time] == wall_us
            assert 0 <= now_us - wall_us < 500_000
        spans = [(b[0] - a[0]) / 90_000 - (b[1] - a[1]) / 1e6 for a, b in pairwise(reports)]
        assert all(abs(s) < 0.1 for s in spans)


async def test_the_sound_track_is_announced_and_really_sent() -> None:
    async with open_farm() as farm, bare_client(farm) as client:
        _, _, sdp = await client.ask("DESCRIBE")
        assert "m=audio 0 RTP/AVP 8" in sdp
        tcp = "RTP/AVP/TCP;unicast;interleaved="
        await client.play(("track1", f"{tcp}0-1"), ("track2", f"{tcp}2-3"))
        heard = Counter[int]()
        while heard[2] < 10:
            channel, packet = await client.media()
            heard[channel] += 1
            if channel == 2:
                assert packet[1] & 127 == 8
                assert len(packet) == 12 + 8_000 // FPS
        assert heard[0] > 0


async def test_a_client_that_only_wants_pictures_gets_no_sound() -> None:
    async with open_farm() as farm, bare_client(farm) as client:
        await client.play()
        assert {channel for channel, _ in [await client.media() for _ in range(60)]} == {0, 1}


async def test_pictures_over_udp_go_to_the_ports_that_were_asked_for() -> None:
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as rtp,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as rtcp,
    ):
        for sock in (rtp, rtcp):
            sock.bind(("127.0.0.1", 0))
            sock.settimeout(3)
        ports = f"{rtp.getsockname()[1]}-{rtcp.getsockname()[1]}"
        async with open_farm() as farm, bare_client(farm) as client:
            await client.play(("track1", f"RTP/AVP;unicast;client_port={ports}"))
            packet, _ = await asyncio.to_thread(rtp.recvfrom, 2_048)
            report, _ = await asyncio.to_thread(rtcp.recvfrom, 2_048)
            assert packet[0] >> 6 == 2
            assert len(packet) <= 1_472
            assert report[1] == 200


async def test_a_client_that_does_not_read_is_dropped() -> None:
    big = footage(Codec.MJPEG)
    async with CameraFarm([FarmCamera(number=1, clip=big)]) as farm, bare_client(farm) as client:
        client.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        await client.play()
        client.writer.transport.pause_reading()  # type: ignore[attr-defined]
        (connection,) = farm._connections
        channel = farm._served[1].channel(sub=False)
        (subscriber,) = channel._subscribers
        for _ in range(3_000):  # 3000 frames at once: more than any socket buffer takes
            subscriber.video([b"\x80\x1a" + bytes(1_400)] * 4, None)
        async with asyncio.timeout(3):
            await asyncio.wait([connection])
        assert farm._connections == set()


@pytest.mark.parametrize(
    "noise",
    [
        b"\x00" * 500,
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"DESCRIBE " + b"a" * 20_000,
        b"OPTIONS * RTSP/1.0\r\n\r\n",
        b"OPTIONS rtsp://x/cam/1 RTSP/1.0\r\nCSeq: 1\r\nContent-Length: 99999999\r\n\r\n",
        b"OPTIONS rtsp://x/cam/1 RTSP/1.0\r\nCSeq: -1\r\n\r\n",
        b"OPTIONS rtsp://x/cam/1 RTSP/1.0\r\nCSeq: 1\r\nno colon\r\n\r\n",
        "OPTIONS rtsp://x/cam/é RTSP/1.0\r\nCSeq: 1\r\n\r\n".encode(),
    ],
)
async def test_what_is_not_rtsp_ends_the_connection_and_harms_nobody(noise: bytes) -> None:
    async with open_farm() as farm, bare_client(farm) as other:
        await other.play()
        async with bare_client(farm) as client:
            client.writer.write(noise)
            assert await client.hung_up()
        channel, _ = await other.media()
        assert channel in {0, 1}


async def test_a_silent_session_is_ended_after_its_timeout() -> None:
    farm = CameraFarm([FarmCamera(number=1, clip=footage())], session_timeout_s=1)
    async with farm, bare_client(farm) as client:
        await client.play()
        started = time.monotonic()
        assert await client.hung_up()
        assert 0.8 < time.monotonic() - started < 3


async def test_keepalive_holds_a_session_and_teardown_ends_it() -> None:
    farm = CameraFarm([FarmCamera(number=1, clip=footage())], session_timeout_s=1)
    async with farm, bare_client(farm) as client:
        await client.play()
        end = time.monotonic() + 1.6
        while time.monotonic() < end:
            await client.media()
            status, _, _ = await client.ask("GET_PARAMETER", Session=client.session)
            assert status == 200
        status, _, _ = await client.ask("TEARDOWN", Session=client.session)
        assert status == 200
        assert await client.hung_up()


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("DESCRIBE", "/cam/2", {}, 404),
        ("DESCRIBE", "/other", {}, 404),
        ("SETUP", "/cam/1/track1", {"Transport": "RTP/AVP;multicast"}, 461),
        ("SETUP", "/cam/1/track1", {"Transport": "RTP/AVP;unicast;client_port=80-81"}, 461),
        ("PLAY", "/cam/1", {"Session": "guess"}, 454),
        ("RECORD", "/cam/1", {}, 501),
    ],
)
async def test_requests_that_cannot_be_served_are_told_so(
    method: str, path: str, headers: dict[str, str], status: int
) -> None:
    async with open_farm() as farm, bare_client(farm) as client:
        url = f"rtsp://127.0.0.1:{farm.port}{path}"
        assert (await client.ask(method, url, **headers))[0] == status


async def test_leaving_the_farm_leaves_no_task_and_no_listener() -> None:
    before = asyncio.all_tasks()
    async with open_farm() as farm:
        port = farm.port
        async with bare_client(farm) as client:
            await client.play()
            await client.media()
            await farm.__aexit__(None, None, None)
            assert await client.hung_up()
            assert asyncio.all_tasks() == before
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)
        await farm.__aenter__()
