"""The service under test as a process of its own: the product, as the demonstration serves it, on one core.

It reads its orders as one JSON line from standard input, answers with one line when it serves, and ends when
standard input ends. The cameras are not its children: they run with the clients.
"""

import asyncio
import json
import os
import signal
import sys
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

import uvloop
from pydantic import SecretStr

from crisislink.bench.film import film
from crisislink.bench.widecity import answering, wide_city
from crisislink.config import MediaSettings, RuleSettings, SessionSettings, Settings
from crisislink.demo.orders import CityOrders, CityReady, Ports
from crisislink.demo.people import CITY_PROVIDER, HOSPITAL_PROVIDER
from crisislink.demo.seed import seed
from crisislink.demoservice import settings
from crisislink.wiring import opened, server, service

_DAY_S = 86_400
_FILM_CAPACITY = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceOrders:
    """`ready`: what the city said (`CityReady`). `core`: where the service and its workers run. `film`: its
    workers are `bench.film`'s. `cameras`: of the inventory, at least the demonstration's. `database_url`:
    PostgreSQL instead of SQLite in `folder`.
    """

    ports: dict[str, int]
    city: dict[str, object]
    ready: dict[str, object]
    folder: str
    core: int
    film: bool = False
    cameras: int = 0
    database_url: str | None = None


def main() -> None:
    """The process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal's Ctrl-C is for the benchmark
    orders = ServiceOrders(**json.loads(sys.stdin.readline()))
    os.sched_setaffinity(0, {orders.core})
    uvloop.run(_serve(orders))


async def _serve(orders: ServiceOrders) -> None:
    told = CityOrders(**orders.city)  # type: ignore[arg-type]
    chosen = _settings(orders, told)
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(opened(chosen, serves=True))
        issuers = {p: told.issuer(p) for p in (HOSPITAL_PROVIDER, CITY_PROVIDER)}
        inventory = wide_city(orders.cameras)
        ready = CityReady(**orders.ready)  # type: ignore[arg-type]
        await seed(store, inventory, answering(inventory, ready), issuers)
        running = await stack.enter_async_context(service(chosen, store, hire=film if orders.film else None))
        serving = server(chosen, running)
        task = asyncio.create_task(serving._serve())  # noqa: SLF001 - the signals are the parent's
        while not serving.started and not task.done():  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0.02)
        sys.stdout.write(json.dumps({"serving": serving.started}) + "\n")
        sys.stdout.flush()
        await _until_input_ends()
        serving.should_exit = True
        await asyncio.gather(task, running.leave())


_CROWD = 10_000


def _settings(orders: ServiceOrders, told: CityOrders) -> Settings:
    """The demonstration's; but a soak is longer than a shift, nobody touches the page, hundreds of grants
    live that nobody watches, some of them for seconds, two people are a crowd, and pictures of film cost
    nothing to make.
    """
    chosen = settings(Ports(**orders.ports), told, Path(orders.folder))
    url = orders.database_url
    return chosen.model_copy(
        update={
            "database_url": None if url is None else SecretStr(url),
            "sessions": SessionSettings(idle_s=_DAY_S, absolute_s=_DAY_S),
            "rules": RuleSettings(
                duration_min_s=1,
                grant_cap_s=_DAY_S,
                idle_release_s=_DAY_S,
                looks_max=_CROWD,
                events_sockets_max=_CROWD,
            ),
            "pace": _CROWD,
            "media": MediaSettings(capacity=_FILM_CAPACITY) if orders.film else chosen.media,
        }
    )


async def _until_input_ends() -> None:
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while await reader.read(1024):
        pass


def orders_line(orders: ServiceOrders) -> bytes:
    """The orders as they travel."""
    return json.dumps(asdict(orders)).encode() + b"\n"


if __name__ == "__main__":
    main()
