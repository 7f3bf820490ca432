"""The bus of the embedded mode: one process, one event loop. A slow listener holds one wake, the newest."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Collection
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import TypeVar

from crisislink.core.ids import NodeId
from crisislink.flow.ports import Cut, ForcedCut, Wake

_T = TypeVar("_T")


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


class _Awaited:
    """Who has confirmed a cut, and whether that is everybody."""

    def __init__(self) -> None:
        self.confirmed: set[NodeId] = set()
        self._noted = asyncio.Event()

    def note(self, node: NodeId) -> None:
        self.confirmed.add(node)
        self._noted.set()

    async def by(self, nodes: Collection[NodeId]) -> None:
        while not self.confirmed.issuperset(nodes):
            self._noted.clear()
            await self._noted.wait()


class InProcessBus:
    """`flow.ports.Bus` without a broker."""

    def __init__(self) -> None:
        self._listeners: set[_Listener] = set()
        self._nodes: set[asyncio.Queue[Cut]] = set()
        self._recorders: set[asyncio.Queue[ForcedCut]] = set()
        self._awaited: dict[str, _Awaited] = {}

    @property
    def degraded(self) -> bool:
        """See `flow.ports.Bus`."""
        return False

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

    async def order(
        self, cut: Cut, *, nodes: Awaitable[Collection[NodeId]], wait_s: float
    ) -> frozenset[NodeId]:
        """See `flow.ports.Bus`."""
        awaited = self._awaited[cut.id] = _Awaited()
        self.tell(cut)
        try:
            expected = await nodes
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await awaited.by(expected)
        finally:
            del self._awaited[cut.id]
        return frozenset(awaited.confirmed)

    def tell(self, cut: Cut) -> None:
        """As `order`, for who waits for nobody."""
        for queue in self._nodes:
            queue.put_nowait(cut)

    def orders(self) -> AbstractAsyncContextManager[AsyncIterator[Cut]]:
        """See `flow.ports.Bus`."""
        return _hearing(self._nodes)

    async def acknowledge(self, cut: Cut, node: NodeId) -> None:
        """See `flow.ports.Bus`."""
        self.confirmed(cut.id, node)

    async def hand_over(self, order: ForcedCut) -> bool:
        """See `flow.ports.Bus`. Here the only process hears itself."""
        for queue in self._recorders:
            queue.put_nowait(order)
        return True

    def handed_over(self) -> AbstractAsyncContextManager[AsyncIterator[ForcedCut]]:
        """See `flow.ports.Bus`."""
        return _hearing(self._recorders)

    def confirmed(self, cut_id: str, node: NodeId) -> None:
        """As `acknowledge`, by the order's name. Of an order nobody waits for: nothing."""
        if (awaited := self._awaited.get(cut_id)) is not None:
            awaited.note(node)


@asynccontextmanager
async def _hearing(queues: set[asyncio.Queue[_T]]) -> AsyncIterator[AsyncIterator[_T]]:
    queue: asyncio.Queue[_T] = asyncio.Queue()
    queues.add(queue)
    try:
        yield _each(queue)
    finally:
        queues.discard(queue)


async def _each(queue: asyncio.Queue[_T]) -> AsyncIterator[_T]:
    while True:
        yield await queue.get()
