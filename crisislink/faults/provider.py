"""The identity providers of both organisations, in the test's hand: gone, back, or back with other keys."""

import asyncio
from contextlib import suppress

import uvicorn

from crisislink.demo.city import provider_app
from crisislink.demo.orders import HOST, CityOrders


class Provider:
    """At the address that `orders` says. Each start makes new signing keys."""

    def __init__(self, orders: CityOrders) -> None:
        self._orders = orders
        self._server: uvicorn.Server | None = None
        self._serving: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Answer, with new keys."""
        config = uvicorn.Config(
            provider_app(self._orders),
            host=HOST,
            port=self._orders.identity_port,
            log_level="warning",
            lifespan="off",
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._serving = asyncio.create_task(self._server._serve())  # noqa: SLF001 - the signals are ours
        while not self._server.started and not self._serving.done():  # noqa: ASYNC110 - it has no event for it
            await asyncio.sleep(0.02)

    async def stop(self) -> None:
        """Be gone: whoever connects is refused."""
        if self._server is None or self._serving is None:
            return
        self._server.should_exit = self._server.force_exit = True
        with suppress(asyncio.CancelledError):
            await self._serving
        self._server = self._serving = None

    async def rotate(self) -> None:
        """Sign with other keys from now on; the old ones are withdrawn."""
        await self.stop()
        await self.start()
