"""The bus between processes: the in-process one, whose wakes, cuts and confirmations Redis carries on.

Within the process nothing waits for Redis. Between processes a wake is repeated until Redis took it (the
newest is enough), a cut and its confirmation are tried at once and once: who misses a cut learns of it by
the wake, or by its lease; one that is not in the register is ordered again (`flow.forced`). While Redis is
not heard, every listener is woken at each new attempt (once a second) and when it succeeds: something may
have been missed.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Collection
from contextlib import AbstractAsyncContextManager, suppress
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from crisislink.adapters.bus.inprocess import InProcessBus
from crisislink.adapters.redis.link import PATIENCE_S, Down, RedisLink
from crisislink.core.ids import NodeId
from crisislink.flow.ports import Clock, Cut, Entropy, ForcedCut, Wake

_LOOK = Wake(0)  # no entry has this number: look what is new
_PAUSE_MIN_S, _PAUSE_MAX_S = 0.05, 1.0
_TOGETHER = 20
_COMPLAIN_S = 60.0
_log = logging.getLogger(__name__)


class _Said(BaseModel):
    """`by`: the process that says it, so that it ignores its own echo."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    by: str


class _SaidWake(_Said):
    seq: Annotated[int, Field(ge=0, lt=2**63)]


class _SaidCuts(_Said):
    cuts: tuple[Cut, ...]


class _SaidOrders(_Said):
    orders: tuple[ForcedCut, ...]


class _SaidDone(_Said):
    """Nodes that send nothing of cuts any more: a cut's id, and the node."""

    done: tuple[tuple[str, str], ...]


class RedisBus:
    """`flow.ports.Bus` for many processes; it hears the others as long as `run` runs."""

    def __init__(self, link: RedisLink, *, clock: Clock, entropy: Entropy) -> None:
        self._link = link
        self._clock = clock
        self._inside = InProcessBus()
        self._by = entropy.id("bus")
        self._kinds: dict[str, type[_Said]] = {
            link.seal.name("wake"): _SaidWake,
            link.seal.name("cut"): _SaidCuts,
            link.seal.name("done"): _SaidDone,
            link.seal.name("order"): _SaidOrders,
        }
        self._wake, self._cut, self._done, self._order = self._kinds
        self._deaf = True
        self._newest = _LOOK
        self._unsaid = asyncio.Event()
        self._cuts: list[Cut] = []
        self._dones: list[tuple[str, str]] = []
        self._flushing: asyncio.Task[None] | None = None
        self._quiet_until_s = 0.0

    @property
    def degraded(self) -> bool:
        """See `flow.ports.Bus`."""
        return self._deaf or self._link.degraded

    async def publish(self, wake: Wake) -> None:
        """See `flow.ports.Bus`. Returns before Redis was asked."""
        await self._inside.publish(wake)
        if wake.seq > self._newest.seq:
            self._newest = wake
        self._unsaid.set()

    def listen(self) -> AbstractAsyncContextManager[AsyncIterator[Wake]]:
        """See `flow.ports.Bus`."""
        return self._inside.listen()

    async def order(
        self, cut: Cut, *, nodes: Awaitable[Collection[NodeId]], wait_s: float
    ) -> frozenset[NodeId]:
        """See `flow.ports.Bus`."""
        self._cuts.append(cut)
        self._flush()
        return await self._inside.order(cut, nodes=nodes, wait_s=wait_s)

    def orders(self) -> AbstractAsyncContextManager[AsyncIterator[Cut]]:
        """See `flow.ports.Bus`."""
        return self._inside.orders()

    async def acknowledge(self, cut: Cut, node: NodeId) -> None:
        """See `flow.ports.Bus`."""
        await self._inside.acknowledge(cut, node)
        self._dones.append((cut.id, node))
        self._flush()

    async def hand_over(self, order: ForcedCut) -> bool:
        """See `flow.ports.Bus`."""
        try:
            await self._tell(self._order, _SaidOrders(by=self._by, orders=(order,)))
        except Down:
            return False
        return True

    def handed_over(self) -> AbstractAsyncContextManager[AsyncIterator[ForcedCut]]:
        """See `flow.ports.Bus`."""
        return self._inside.handed_over()

    def _flush(self) -> None:
        if self._flushing is None or self._flushing.done():
            self._flushing = asyncio.create_task(self._send())

    async def _send(self) -> None:
        """What is to be said at once, many of a kind in one message: cuts come by hundreds, time does not.

        Never more than a reader takes (`seal.LARGEST_BYTES`): one of sixteen cameras and looks is 2 KiB.
        """
        while self._cuts or self._dones:
            cuts, self._cuts = tuple(self._cuts[:_TOGETHER]), self._cuts[_TOGETHER:]
            dones, self._dones = tuple(self._dones[:_TOGETHER]), self._dones[_TOGETHER:]
            if cuts:
                await self._try(self._cut, _SaidCuts(by=self._by, cuts=cuts))
            if dones:
                await self._try(self._done, _SaidDone(by=self._by, done=dones))

    async def _try(self, channel: str, said: _Said) -> None:
        """One that Redis does not take loses none of the others."""
        with suppress(Down):
            await self._tell(channel, said)

    async def _tell(self, channel: str, said: _Said) -> None:
        urgent = channel != self._wake
        sealed = self._link.seal.close(channel, said.model_dump_json())
        await self._link.ask("PUBLISH", channel, sealed, urgent=urgent)

    async def run(self) -> None:
        """For ever: hear the others, and tell them."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._hear())
                group.create_task(self._speak())
        finally:
            self._deaf = True
            if self._flushing is not None:
                self._flushing.cancel()
                await asyncio.gather(self._flushing, return_exceptions=True)

    async def _speak(self) -> None:
        while True:
            await self._unsaid.wait()
            self._unsaid.clear()
            try:
                await self._tell(self._wake, _SaidWake(by=self._by, seq=self._newest.seq))
            except Down:
                self._unsaid.set()
                await asyncio.sleep(PATIENCE_S)

    async def _hear(self) -> None:
        pause_s = _PAUSE_MIN_S
        while True:
            with suppress(Down):
                async with self._link.hearing(*self._kinds) as messages:
                    self._deaf, pause_s = False, _PAUSE_MIN_S
                    await self._inside.publish(_LOOK)
                    async for channel, sealed in messages:
                        await self._heard(channel, sealed)
            self._deaf = True
            await self._inside.publish(_LOOK)
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, _PAUSE_MAX_S)

    async def _heard(self, channel: str, sealed: bytes) -> None:
        said = self._read(channel, sealed)
        if said is None:
            self._complain(channel)
        elif said.by != self._by:
            await self._pass_on(said)

    def _read(self, channel: str, sealed: bytes) -> _Said | None:
        kind = self._kinds.get(channel)
        text = self._link.seal.open(channel, sealed)
        if kind is None or text is None:
            return None
        try:
            return kind.model_validate_json(text)
        except ValidationError:
            return None

    async def _pass_on(self, said: _Said) -> None:
        match said:
            case _SaidWake(seq=seq):
                await self._inside.publish(Wake(seq))
            case _SaidCuts(cuts=cuts):
                for cut in cuts:
                    self._inside.tell(cut)
            case _SaidDone(done=done):
                for cut_id, node in done:
                    self._inside.confirmed(cut_id, NodeId(node))
            case _SaidOrders(orders=orders):
                for order in orders:
                    await self._inside.hand_over(order)

    def _complain(self, channel: str) -> None:
        """Once a minute: a flood of nonsense does not become a flood of lines."""
        now_s = self._clock.boot_s()
        if now_s >= self._quiet_until_s:
            self._quiet_until_s = now_s + _COMPLAIN_S
            _log.warning("ignored: a message that no process of ours wrote", extra={"channel": channel})
