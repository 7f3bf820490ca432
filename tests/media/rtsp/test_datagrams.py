"""RTP over UDP through a relay that loses, doubles and reorders; and what the camera hears of it."""

import asyncio
import random
import re
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import cast

from crisislink.demo.clips import load_clip
from crisislink.media.dialing import neighbours
from crisislink.media.rtsp.nal import START
from tests.media.cameras import farm
from tests.media.rtsp.reading import nals, of, relay

_CLIENT = re.compile(rb"client_port=(\d+)-(\d+)")
_SERVER = re.compile(rb"server_port=(\d+)-(\d+)")
Fate = Callable[[bytes], list[bytes]]


class Road(asyncio.DatagramProtocol):
    """One port between camera and us. `fate`: which datagrams go on, in which order."""

    def __init__(self, fate: Fate, back: list[bytes]) -> None:
        self._fate, self._back = fate, back
        self.ours: int | None = None
        self.camera: int | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if addr[1] == self.ours:
            self._back.append(data)
            self.transport.sendto(data, ("127.0.0.1", self.camera))
        else:
            for one in self._fate(data):
                self.transport.sendto(one, ("127.0.0.1", self.ours))


@asynccontextmanager
async def _roads(fate: Fate, back: list[bytes]) -> AsyncIterator[list[Road]]:
    loop = asyncio.get_running_loop()
    pair = neighbours(2)
    made = []
    for one, its_fate in zip(pair, (fate, lambda data: [data]), strict=True):
        one.settimeout(0)
        _, road = await loop.create_datagram_endpoint(partial(Road, its_fate, back), sock=one)
        made.append(road)
    try:
        yield made
    finally:
        for road in made:
            road.transport.close()
        await asyncio.sleep(0)  # their sockets close in the next turn of the loop


async def _through(fate: Fate, count: int) -> tuple[list[tuple[bool, bool, list[bytes]]], list[bytes]]:
    """Units of "gare" through that road: key, damaged, NAL units; and what was said to the camera."""
    back: list[bytes] = []
    async with farm("gare") as cameras, _roads(fate, back) as roads:
        own = roads[0].transport.get_extra_info("sockname")[1]

        def rerouted(pattern: re.Pattern[bytes], side: str) -> Callable[[bytes], bytes]:
            def rewrite(data: bytes) -> bytes:
                if (found := pattern.search(data)) is not None:
                    for road, port in zip(roads, found.groups(), strict=True):
                        setattr(road, side, int(port))
                    name = found[0].split(b"=")[0]
                    return data.replace(found[0], b"%s=%d-%d" % (name, own, own + 1))
                return data

            return rewrite

        def carry(rewrite: Callable[[bytes], bytes]) -> Callable[..., object]:
            async def forward(reader: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
                while data := await reader.read(1 << 16):
                    to.write(rewrite(data))
                to.close()

            return forward

        asks, says = carry(rerouted(_CLIENT, "ours")), carry(rerouted(_SERVER, "camera"))
        async with relay(cameras, says=says, asks=asks) as url:  # type: ignore[arg-type]
            units = await of(url.replace("rtsp:", "rtspu:"), count)
    return [(u.key, u.damaged, u.unit.split(START)[1:]) for u in units], back


async def test_what_is_doubled_or_overtaken_comes_back_in_order() -> None:
    chance = random.Random(31)  # noqa: S311 - shuffles, no secret
    held: list[bytes] = []
    seen = 0

    def fate(data: bytes) -> list[bytes]:
        nonlocal seen
        seen += 1
        if seen == 1:
            return [data]  # tells where the numbers begin: what it overtook would be taken for older
        held.append(data)
        if len(held) < 4 and not data[1] & 0x80:  # never past the end of a picture, which comes at once
            return []
        now, held[:] = held * chance.choice((1, 1, 2)), []
        chance.shuffle(now)
        return now

    units, _ = await _through(fate, 60)
    clip = load_clip("gare")
    pictures = {n for f in clip.frames for n in nals(f.data)} | set(clip.parameter_sets)
    assert len(units) == 60
    assert not any(damaged for _, damaged, _ in units)
    assert all(n in pictures for _, _, unit in units for n in unit)


async def test_what_is_lost_marks_its_picture_and_the_camera_is_told() -> None:
    seen = 0

    def fate(data: bytes) -> list[bytes]:
        nonlocal seen
        seen += 1
        return [] if seen % 20 == 0 else [data]

    units, back = await _through(fate, 60)
    pictures = {n for f in load_clip("gare").frames for n in nals(f.data)}
    sets = set(load_clip("gare").parameter_sets)
    whole = [all(n in pictures | sets for n in unit) for _, _, unit in units]
    assert len(units) == 60
    assert any(damaged for _, damaged, _ in units)
    assert all(is_whole for is_whole, (_, damaged, _) in zip(whole, units, strict=True) if not damaged)
    reports = [d for d in back if d[1] == 201]
    assert reports, "many cameras end a session whose client never reports"
    lost_of_256, lost = struct.unpack_from(">I", reports[-1], 12)[0] >> 24, reports[-1][13:16]
    assert 0 < lost_of_256 < 64
    assert int.from_bytes(lost) > 0
