"""How many viewers a core serves: the whole product without cameras, beside the raw limit of its library.

600 viewers and more of one picture, 25 messages of 10 KiB a second each; every one acknowledges, is asked for
its session and role, renews its credit, as in service. The raw limit writes the same bytes to as many sockets
of the same server and hears the same acknowledgements, without any logic; and once more without hearing any.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from itertools import cycle, islice

from crisislink.bench.crowd import Crowd
from crisislink.bench.processes import TICK_S, Cores, cpu_s
from crisislink.bench.stand import Stand
from crisislink.bench.watching import Way
from crisislink.check.visitor import Visitor

CAMERA = 19
VIEWERS = 600
PER_BROWSER = 16  # the largest wall
_READY_S = 90.0
_ANSWER_S = 30.0
_HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """What a crowd saw in one window, and what it cost the server. `crowd_share`: of its own core. `lost`:
    viewers who were turned away or thrown out.
    """

    viewers: int
    lost: int
    lags_ms: tuple[float, ...]
    holes: int
    server_share: float
    crowd_share: float
    us_per_message: float

    @property
    def per_core(self) -> float:
        """Viewers a core carries: by its share of the core; no more than there were, when some were lost."""
        carried = self.viewers / self.server_share
        return min(carried, float(self.viewers)) if self.lost else carried


async def ours(stand: Stand, browsers: Sequence[Visitor], viewers: int, window_s: float) -> Served:
    """One window of the product; the sockets are spread over the browsers."""
    grant = await stand.grant([CAMERA])
    try:
        turns = islice(cycle(browsers), viewers)
        ways = [await stand.way(grant, CAMERA, "focus", who) for who in turns]
        return await _gathered(stand.service_pid, ways, window_s)
    finally:
        await stand.revoke(grant)


async def raw(cores: Cores, viewers: int, window_s: float, *, silent: bool = False) -> Served:
    """One window of the raw limit. `silent`: nobody acknowledges."""
    async with _raw_server(cores) as (pid, port):
        way = Way(
            host=_HOST, port=port, origin="http://localhost", cookies="", ticket="raw", rendition="focus"
        )
        return await _gathered(pid, [way] * viewers, window_s, silent=silent)


async def _gathered(pid: int, ways: list[Way], window_s: float, *, silent: bool = False) -> Served:
    openings = [(way.handshake(), way.hello()) for way in ways]
    crowd = Crowd(host=ways[0].host, port=ways[0].port, openings=openings, silent=silent)
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "crisislink.bench.crowd",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        child.stdin.write(crowd.line())
        async with asyncio.timeout(_READY_S):
            if await child.stdout.readline() != b"ready\n":
                raise ConnectionError("the crowd was turned away")
        await asyncio.sleep(1)  # joining is over, everybody is in step
        child.stdin.write(b"go\n")
        used_s = cpu_s(pid)
        await asyncio.sleep(window_s)
        used_s = cpu_s(pid) - used_s
        child.stdin.write(b"stop\n")
        async with asyncio.timeout(_ANSWER_S):
            answer, _ = await child.communicate()
        return _served(json.loads(answer), used_s)
    finally:
        with suppress(ProcessLookupError):
            child.kill()
        await child.wait()


def _served(seen: dict[str, "float | list[int]"], used_s: float) -> Served:
    lags, seconds, viewers = seen["lags_us"], seen["seconds"], seen["viewers"]
    crowd_s, holes, lost = seen["cpu_s"], seen["holes"], seen["lost"]
    used_s = max(used_s, TICK_S)  # less than the kernel's clock tells apart
    assert isinstance(lags, list)
    assert isinstance(seconds, float)
    assert isinstance(viewers, int)
    assert isinstance(lost, int)
    assert isinstance(crowd_s, float)
    assert isinstance(holes, int)
    return Served(
        viewers=viewers,
        lost=lost,
        lags_ms=tuple(lag / 1e3 for lag in lags),
        holes=holes,
        server_share=used_s / seconds,
        crowd_share=crowd_s / seconds,
        us_per_message=used_s / max(1, len(lags)) * 1e6,
    )


@asynccontextmanager
async def _raw_server(cores: Cores) -> AsyncIterator[tuple[int, int]]:
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "crisislink.bench.rawserver",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        child.stdin.write(json.dumps({"core": cores.tested}).encode() + b"\n")
        async with asyncio.timeout(_ANSWER_S):
            port = json.loads(await child.stdout.readline())["port"]
        yield child.pid, port
    finally:
        child.stdin.close()
        try:
            async with asyncio.timeout(_ANSWER_S):
                await child.wait()
        finally:
            with suppress(ProcessLookupError):
                child.kill()
