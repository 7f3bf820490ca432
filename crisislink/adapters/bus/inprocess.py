"""The bus of the embedded mode: one process, one event loop. A slow listener holds one wake, the newest."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from crisislink.flow.ports import Wake


class _Listener:
    def __init__(self) -> None:
        self._newest: Wake | None = None
        self._heard = asyncio.Event()

    def tell(self, wake: Wake) -> None:
        if self._newest is None or wake.seq > self._newest.seq:
            self._newest = wake
        self._heard.set()

    async def wakes(self) -> AsyncIterator[Wake]:
        while True:
            await self._heard.wait()
            self._heard.clear()
            newest, self._newest = self._newest, None
            if newest is not None:
                yield newest


class InProcessBus:
    """`flow.ports.Bus` without a broker."""

    def __init__(self) -> None:
        self._listeners: set[_Listener] = set()

    async def publish(self, wake: Wake) -> None:
        """See `flow.ports.Bus`."""
        for listener in self._listeners:
            listener.tell(wake)

    @asynccontextmanager
    async def listen(self) -> AsyncIterator[AsyncIterator[Wake]]:
        """See `flow.ports.Bus`."""
        listener = _Listener()
        self._listeners.add(listener)
        try:
            yield listener.wakes()
        finally:
            self._listeners.discard(listener)
