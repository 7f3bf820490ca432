"""The bus between processes: the one of this process, and a bridge over Redis to the others'.

What happens here is told here first, then to the others; what they tell is told here. Without Redis
everybody still hears their own process at once, and looks into the store every L/3: nothing stays dark,
nothing is shown for longer. A message that is not one of ours is dropped.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Collection
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Self

from pydantic import BaseModel, ConfigDict, ValidationError
from redis.asyncio import Redis
from redis.exceptions import RedisError

from crisislink.adapters.bus.inprocess import InProcessBus
from crisislink.adapters.redis.link import PATIENCE_S, PREFIX, Away, RedisLink
from crisislink.core.grants import CutCause
from crisislink.core.ids import CameraId, GrantId, NodeId
from crisislink.flow.ports import Cut, Wake

CHANNEL = f"{PREFIX}:bus"
POLL_S = 5 / 3
PING_S = 1.0
_WAITING_MAX = 1_000
_AGAIN_S = 0.25
_log = logging.getLogger(__name__)


class _Said(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _CutSaid(_Said):
    id: str
    grant: str
    cameras: frozenset[str]
    cause: CutCause


class _Ack(_Said):
    cut: str
    node: str


class _Message(_Said):
    """`by`: the process that says it, so that it does not hear itself."""

    by: str
    wake: int | None = None
    cut: _CutSaid | None = None
    ack: _Ack | None = None


class RedisBus:
    """`flow.ports.Bus` for several processes. Made by `opened`."""

    def __init__(self, link: RedisLink, name: str) -> None:
        self._link = link
        self._name = name
        self._here = InProcessBus()
        self._outgoing: asyncio.Queue[_Message] = asyncio.Queue(_WAITING_MAX)
        self.connected = asyncio.Event()

    @classmethod
    @asynccontextmanager
    async def opened(cls, link: RedisLink, name: str) -> AsyncIterator[Self]:
        """At work until left. `name`: of this process, unlike any other's."""
        bus = cls(link, name)
        tasks = [asyncio.create_task(work) for work in (bus._send(), bus._receive(), bus._poll())]
        try:
            yield bus
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    @property
    def degraded(self) -> bool:
        """Other processes are not heard."""
        return not self.connected.is_set()

    # -- what the story calls ----------------------------------------------------------------------

    async def publish(self, wake: Wake) -> None:
        """See `flow.ports.Bus`."""
        await self._here.publish(wake)
        self._tell(_Message(by=self._name, wake=wake.seq))

    def listen(self) -> AbstractAsyncContextManager[AsyncIterator[Wake]]:
        """See `flow.ports.Bus`."""
        return self._here.listen()

    async def order(self, cut: Cut, *, nodes: Collection[NodeId], wait_s: float) -> frozenset[NodeId]:
        """See `flow.ports.Bus`."""
        said = _CutSaid(id=cut.id, grant=cut.grant, cameras=frozenset(cut.cameras), cause=cut.cause)
        self._tell(_Message(by=self._name, cut=said))
        return await self._here.order(cut, nodes=nodes, wait_s=wait_s)

    def orders(self) -> AbstractAsyncContextManager[AsyncIterator[Cut]]:
        """See `flow.ports.Bus`."""
        return self._here.orders()

    async def acknowledge(self, cut: Cut, node: NodeId) -> None:
        """See `flow.ports.Bus`."""
        await self._here.acknowledge(cut, node)
        self._tell(_Message(by=self._name, ack=_Ack(cut=cut.id, node=node)))

    def _tell(self, message: _Message) -> None:
        """Never waits. What has no room is lost, as it would be without Redis."""
        with suppress(asyncio.QueueFull):
            self._outgoing.put_nowait(message)

    # -- the bridge --------------------------------------------------------------------------------

    async def _send(self) -> None:
        while True:
            said = (await self._outgoing.get()).model_dump_json(exclude_none=True)
            with suppress(Away):
                await self._link.call(lambda redis, said=said: redis.publish(CHANNEL, said))  # type: ignore[misc]

    async def _receive(self) -> None:
        """Subscribed for ever. Each time anew there may be something that was missed."""
        while True:
            try:
                await self._subscribed(self._link.client)
            except (RedisError, OSError, TimeoutError) as error:
                self._link.note(away=True)
                _log.info("bus: not connected (%r)", error)
            finally:
                self.connected.clear()
            await asyncio.sleep(_AGAIN_S)

    async def _subscribed(self, redis: Redis) -> None:
        async with redis.pubsub() as subscription:
            async with asyncio.timeout(2 * PATIENCE_S):
                await subscription.subscribe(CHANNEL)
            heard_s = asyncio.get_running_loop().time()
            while True:
                async with asyncio.timeout(2 * PING_S):
                    message = await subscription.get_message(timeout=PING_S / 2)
                now_s = asyncio.get_running_loop().time()
                if message is None:
                    if now_s - heard_s > 2 * PING_S:
                        raise TimeoutError("silent")
                    await subscription.ping()
                    continue
                heard_s = now_s
                if message["type"] == "subscribe":
                    self._link.note(away=False)
                    self.connected.set()
                    await self._here.publish(Wake(0))
                elif message["type"] == "message":
                    await self._heard(message["data"])

    async def _heard(self, data: bytes) -> None:
        try:
            message = _Message.model_validate_json(data)
        except ValidationError:
            _log.warning("bus: a message of %d bytes is not ours, dropped", len(data))
            return
        if message.by == self._name:
            return
        if message.wake is not None:
            await self._here.publish(Wake(message.wake))
        if message.cut is not None:
            await self._here.order(_cut(message.cut), nodes=(), wait_s=0)
        if message.ack is not None:
            self._here.confirmed(message.ack.cut, NodeId(message.ack.node))

    async def _poll(self) -> None:
        """While the others are not heard, everybody here looks into the store every L/3."""
        while True:
            await asyncio.sleep(POLL_S)
            if self.degraded:
                await self._here.publish(Wake(0))


def _cut(said: _CutSaid) -> Cut:
    return Cut(
        id=said.id,
        grant=GrantId(said.grant),
        cameras=frozenset(CameraId(camera) for camera in said.cameras),
        cause=said.cause,
    )
