"""Events to rooms: from the time of the register's entry to the last byte at each page's socket."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from crisislink.bench.control_commands import cameras
from crisislink.bench.hearing import Hearing
from crisislink.bench.stand import Stand


async def delivered(stand: Stand, sockets: int, pairs: int, *, pause_s: float) -> list[float]:
    """Milliseconds of each event at each socket; an event is a request, or its withdrawal.

    Half of the sockets are the hospital's, half the city's, each of a browser of its own. Ticks go on.
    """
    async with _rooms(stand, sockets) as rooms:
        for turn in range(pairs):
            request = await stand.ask(cameras(stand, turn))
            await asyncio.sleep(pause_s)
            await stand.withdraw(request)
            await asyncio.sleep(pause_s)
        for room in rooms:
            await room.until(lambda one: sum(1 for _ in one.events()) >= 2 * pairs)
        return [heard.since_recorded_ms for room in rooms for heard in room.events()]


@asynccontextmanager
async def _rooms(stand: Stand, sockets: int) -> AsyncIterator[list[Hearing]]:
    async with AsyncExitStack() as stack:
        hospital = await stack.enter_async_context(stand.browsers(sockets - sockets // 2))
        police = await stack.enter_async_context(stand.browsers(sockets // 2, police=True))
        after = (await stand.room())["as_of"]
        yield [
            await stack.enter_async_context(stand.hearing(who, after).listening())
            for who in (*hospital, *police)
        ]
