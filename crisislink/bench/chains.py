"""A peer as a running process. Its pictures are read as ours are: keep bytes and times, no more."""

import asyncio
import fcntl
import os
import shutil
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from crisislink.bench.arrivals import Arrival, FlvTags, Fragments
from crisislink.bench.peers import STREAM, Work, ffmpeg_arguments, go2rtc_config, in_memory, overlay_png
from crisislink.bench.processes import Gone, cpu_s, descendants, on_core
from crisislink.stage import free_port

_PIPE_BYTES = 1 << 20
_FIRST_S = 15.0
_HOST = "127.0.0.1"


class Broken(Exception):
    """The peer gave no picture; its own words."""


class Chain(asyncio.Protocol):
    """Reads a peer's output. `head` and `kept` are what `delays.of_container` takes."""

    def __init__(self, container: str, asked_ns: int, request: bytes = b"") -> None:
        self.container = container
        self.kept: list[Arrival] = []
        self.asked_ns = asked_ns
        self.pid = 0
        self._splitter = FlvTags() if container == "flv" else Fragments()
        self._request = request
        self._answer = bytearray()
        self._changed = asyncio.Event()

    @property
    def head(self) -> bytes:
        """What comes before the first picture."""
        return self._splitter.head

    def cpu_s(self) -> float:
        """Of the peer and of all its children that live."""
        used = 0.0
        for pid in (self.pid, *descendants(self.pid)):
            with suppress(Gone):
                used += cpu_s(pid)
        return used

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask, where asking is needed (HTTP; a pipe is only read)."""
        if self._request:
            transport.write(self._request)  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        """Note the time first."""
        at_ns = time.monotonic_ns()
        if self._request:
            self._answer += data
            head, end, data = bytes(self._answer).partition(b"\r\n\r\n")
            if not end or b" 200 " not in head.split(b"\r\n", 1)[0]:
                return
            self._request = b""
        self.kept += self._splitter.feed(data, at_ns)
        self._changed.set()

    async def until(self, true: Callable[[], bool], *, within_s: float = _FIRST_S) -> None:
        """Wait until what was read makes it true.

        Raises:
            TimeoutError: it did not in time.
        """
        async with asyncio.timeout(within_s):
            while not true():
                self._changed.clear()
                await self._changed.wait()


@asynccontextmanager
async def ffmpeg(work: Work, core: int) -> AsyncIterator[Chain]:
    """FFmpeg at work on that core, its first picture read; killed on leaving.

    Raises:
        Broken: no picture came.
    """
    chain = Chain(work.container, time.monotonic_ns())
    reading, writing = os.pipe()
    fcntl.fcntl(reading, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
    source = os.fdopen(reading, "rb", 0)
    with in_memory(overlay_png(work)) as overlay:
        async with _running(core, "ffmpeg", *ffmpeg_arguments(work, overlay), stdout=writing) as process:
            chain.pid = process.pid
            transport, _ = await asyncio.get_running_loop().connect_read_pipe(lambda: chain, source)
            try:
                await _first(chain, process)
                yield chain
            finally:
                transport.close()


@asynccontextmanager
async def go2rtc(work: Work, core: int) -> AsyncIterator[Chain]:
    """go2rtc, which runs FFmpeg, on that core; its fragments over HTTP, the first one read.

    Raises:
        Broken: no picture came.
    """
    port, rtsp_port = free_port(), free_port()
    asked_ns = time.monotonic_ns()
    with in_memory(overlay_png(work)) as overlay:
        config = go2rtc_config(work, overlay, api_port=port, rtsp_port=rtsp_port)
        async with _running(core, "go2rtc", "-config", config, stdout=asyncio.subprocess.DEVNULL) as process:
            chain = await _asked(port, asked_ns)
            chain.pid = process.pid
            await _first(chain, process)
            yield chain


async def _asked(port: int, asked_ns: int) -> Chain:
    """A request that go2rtc answers with fragments; HTTP/1.0, so that nothing is chunked."""
    request = f"GET /api/stream.mp4?src={STREAM} HTTP/1.0\r\nHost: {_HOST}:{port}\r\n\r\n".encode()
    while time.monotonic_ns() - asked_ns < _FIRST_S * 1e9:
        try:
            _, chain = await asyncio.get_running_loop().create_connection(
                lambda: Chain("mp4", asked_ns, request), _HOST, port
            )
        except OSError:
            await asyncio.sleep(0.02)  # it does not listen yet, and has no way to say when
        else:
            return chain
    raise Broken("go2rtc does not listen")


@asynccontextmanager
async def _running(
    core: int, program: str, *arguments: str, stdout: int
) -> AsyncIterator[asyncio.subprocess.Process]:
    with on_core(core):
        process = await asyncio.create_subprocess_exec(
            shutil.which(program) or program,
            *arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=stdout,
            stderr=asyncio.subprocess.PIPE,
        )
    if stdout >= 0:
        os.close(stdout)
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.communicate()


async def _first(chain: Chain, process: asyncio.subprocess.Process) -> None:
    try:
        await chain.until(lambda: bool(chain.kept))
    except TimeoutError:
        with suppress(ProcessLookupError):
            process.kill()
        _, said = await process.communicate()
        raise Broken(said.decode(errors="replace").strip()[-300:]) from None
