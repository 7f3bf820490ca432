"""What tests meet the simulated cameras with: small footage, a PyAV client, a bare RTSP client."""

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import cache

import av
import numpy as np
from numpy.typing import NDArray

from crisislink.demo import strip
from crisislink.demo.farm import CameraFarm, FarmCamera
from crisislink.demo.footage import Clip, Codec, read_clip
from crisislink.demo.recording import Recorder, planes_of, with_sound

WIDTH, HEIGHT, FPS = 320, 180, 25
LOGIN = ("crisislink", "p@ss:w/ord")
_OPTIONS = {
    "allowed_media_types": "video",
    "fflags": "nobuffer",
    "probesize": "32",
    "analyzeduration": "0",
    "timeout": "2000000",
}


@cache
def footage(codec: Codec = Codec.H264, *, sound: bool = False) -> Clip:
    """Two seconds: a bright bar wanders over grey, the strip counts."""
    with Recorder(codec, width=WIDTH, height=HEIGHT, fps=FPS, quality=6, preset="ultrafast") as recorder:
        for i in range(2 * FPS):
            luma = np.full((HEIGHT, WIDTH), 90, np.uint8)
            luma[40:120, i * 5 : i * 5 + 40] = 200
            strip.burn(luma, i, width=WIDTH, height=HEIGHT)
            chroma = np.full((HEIGHT // 2, WIDTH // 2), 128, np.uint8)
            recorder.add((luma, chroma, chroma))
    container = with_sound(recorder.container, [8_000, -8_000] * 8_000) if sound else recorder.container
    return read_clip("test", container)


@dataclass(frozen=True, slots=True)
class Seen:
    """A decoded picture: its strip index and its luma plane."""

    index: int | None
    luma: NDArray[np.uint8]


def watch(url: str, count: int, *, transport: str = "tcp") -> list[Seen]:
    """The first `count` pictures that a PyAV client decodes. Blocks; raises what PyAV raises."""
    seen: list[Seen] = []
    with av.open(url, "r", options={"rtsp_transport": transport, **_OPTIONS}) as source:
        for frame in source.decode(source.streams.video[0]):
            luma, _, _ = planes_of(frame.reformat(format="yuv420p"))
            seen.append(Seen(strip.read(luma, width=frame.width, height=frame.height), luma))
            if len(seen) == count:
                break
    return seen


@asynccontextmanager
async def one_camera(clip: Clip, **how: float) -> AsyncIterator[CameraFarm]:
    """A farm with camera 1, playing `clip`, behind a password."""
    cameras = [FarmCamera(number=1, clip=clip)]
    async with CameraFarm(
        cameras, credentials=LOGIN, session_timeout_s=how.get("session_timeout_s", 60)
    ) as farm:
        yield farm


class BareClient:
    """RTSP by hand, over one TCP connection without password handling."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, farm: CameraFarm) -> None:
        self.reader, self.writer, self._farm, self._cseq = reader, writer, farm, 0
        self.session = ""

    @property
    def url(self) -> str:
        """Of camera 1, without credentials."""
        return f"rtsp://127.0.0.1:{self._farm.port}/cam/1"

    async def ask(
        self, method: str, url: str | None = None, **headers: str
    ) -> tuple[int, dict[str, str], str]:
        """Sends a request, gives status, headers and body; media on the way is skipped."""
        self._cseq += 1
        lines = [f"{method} {url or self.url} RTSP/1.0", f"CSeq: {self._cseq}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        self.writer.write("\r\n".join([*lines, "", ""]).encode())
        async with asyncio.timeout(3):
            while (first := await self.reader.readexactly(1)) == b"$":
                await self.reader.readexactly(struct.unpack(">xH", await self.reader.readexactly(3))[0])
            head = (first + await self.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            said = {k.lower(): v for k, _, v in (line.partition(": ") for line in head[1:] if line)}
            body = (await self.reader.readexactly(int(said["content-length"]))).decode()
        self.session = said.get("session", self.session).split(";")[0]
        return int(head[0].split()[1]), said, body

    async def media(self) -> tuple[int, bytes]:
        """The next interleaved packet: channel and bytes."""
        async with asyncio.timeout(3):
            mark, channel, size = struct.unpack(">cBH", await self.reader.readexactly(4))
            assert mark == b"$"
            return channel, await self.reader.readexactly(size)

    async def play(self, *tracks: tuple[str, str]) -> None:
        """Sets up (track, transport) pairs and plays."""
        for track, transport in tracks or (("track1", "RTP/AVP/TCP;unicast;interleaved=0-1"),):
            more = {"Session": self.session} if self.session else {}
            status, _, _ = await self.ask("SETUP", f"{self.url}/{track}", Transport=transport, **more)
            assert status == 200
        status, _, _ = await self.ask("PLAY", Session=self.session)
        assert status == 200

    async def frames(self, count: int) -> None:
        """Waits until `count` whole frames came (their last packet has the marker bit)."""
        while count:
            channel, packet = await self.media()
            count -= channel == 0 and packet[1] >> 7

    async def hung_up(self) -> bool:
        """Reads until the server ends the connection."""
        try:
            async with asyncio.timeout(5):
                while await self.reader.read(65_536):
                    pass
        except ConnectionError:
            pass
        return True


@asynccontextmanager
async def bare_client(farm: CameraFarm) -> AsyncIterator[BareClient]:
    """A connection to the farm; closed on leaving."""
    reader, writer = await asyncio.open_connection("127.0.0.1", farm.port)
    try:
        yield BareClient(reader, writer, farm)
    finally:
        writer.transport.abort()
        with suppress(ConnectionError):
            await writer.wait_closed()
