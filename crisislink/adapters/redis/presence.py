"""Which media nodes live, told to the store and to Redis: with the store frozen, cuts still find them.

Those that live are those that either knows: Redis emptied forgets nobody. Which are dark only the store
can say, that gives the leases; so where it is silent, who told Redis nothing lately may still be lit by it.
"""

import asyncio
from collections.abc import Callable, Collection, Coroutine, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from crisislink.adapters.redis.link import Down, RedisLink
from crisislink.core.errors import CrisisLinkError, Unavailable
from crisislink.core.ids import NodeId
from crisislink.flow.ports import Clock, NodePresence, Presence

T = TypeVar("T")
_STORE_S = 0.2
_FORGOTTEN_S = 3_600


class _Listed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    until: datetime
    node: NodePresence


class _Within(Generic[T]):
    """A question to the store that may be frozen: never two at once, none waited for longer than `_STORE_S`.

    It is not cancelled: that would cost the store a connection each time.
    """

    def __init__(self) -> None:
        self._asking: asyncio.Task[T] | None = None

    async def __call__(self, ask: Callable[[], Coroutine[Any, Any, T]]) -> T:
        asking = self._asking
        if asking is None or asking.done():
            asking = self._asking = asyncio.create_task(ask())
            asking.add_done_callback(lambda done: done.cancelled() or done.exception())
        answered, _ = await asyncio.wait({asking}, timeout=_STORE_S)
        if not answered:
            raise Unavailable
        return asking.result()


class RedisPresence:
    """`flow.ports.Presence` on Redis beside `truth`, the store's."""

    def __init__(self, link: RedisLink, truth: Presence, *, clock: Clock) -> None:
        self._link = link
        self._truth = truth
        self._clock = clock
        self._name = link.seal.name("nodes")
        self._telling: _Within[None] = _Within()
        self._reading: _Within[Sequence[NodePresence]] = _Within()

    async def announce(self, node: NodePresence, *, ttl_s: float) -> None:
        """See `flow.ports.Presence`."""
        tell = partial(self._truth.announce, node, ttl_s=ttl_s)
        try:
            await self._list(node, ttl_s)
        except Down:
            await tell()
            return
        try:
            await self._telling(tell)
        except CrisisLinkError:
            return  # Redis knows

    async def _list(self, node: NodePresence, ttl_s: float) -> None:
        listed = _Listed(until=self._clock.now() + timedelta(seconds=ttl_s), node=node)
        sealed = self._link.seal.close(self._name, listed.model_dump_json())
        await self._link.ask("HSET", self._name, node.id, sealed)
        await self._link.ask("EXPIRE", self._name, _FORGOTTEN_S)

    async def withdraw(self, node: NodeId) -> None:
        """See `flow.ports.Presence`."""
        await self._unlist(node)
        await self._truth.withdraw(node)

    async def _unlist(self, *nodes: str | bytes) -> None:
        try:
            await self._link.ask("HDEL", self._name, *nodes)
        except Down:
            return  # its time to live ends by itself

    async def present(self) -> Sequence[NodePresence]:
        """See `flow.ports.Presence`.

        With the store silent, those too that did not withdraw, as draining: who is parted from Redis alone
        goes on by the store's leases, and no cut is confirmed without them.
        """
        try:
            listed = await self._listed()
        except Down:
            return await self._truth.present()
        living = [one.node for one in listed if self._clock.now() < one.until]
        try:
            kept = await self._reading(self._truth.present)
        except CrisisLinkError:
            if not living:  # perhaps it was emptied a moment ago
                raise
            return [
                one.node if one.node in living else replace(one.node, draining=True)  # cut there, send nobody
                for one in listed
            ]
        found = {node.id: node for node in (*kept, *living)}
        if over := [one.node.id for one in listed if one.node.id not in found]:
            await self._unlist(*over)
        return list(found.values())

    async def _listed(self) -> Sequence[_Listed]:
        found: dict[bytes, bytes] = await self._link.ask("HGETALL", self._name)
        listed = {field: self._read(sealed) for field, sealed in found.items()}
        if strange := [
            field for field, one in listed.items() if one is None or one.node.id.encode() != field
        ]:
            await self._unlist(*strange)
        return [one for field, one in listed.items() if one is not None and field not in strange]

    def _read(self, sealed: bytes) -> _Listed | None:
        text = self._link.seal.open(self._name, sealed)
        if text is None:
            return None
        try:
            return _Listed.model_validate_json(text)
        except ValidationError:
            return None

    async def dark(self, nodes: Collection[NodeId]) -> frozenset[NodeId]:
        """See `flow.ports.Presence`."""
        return await self._truth.dark(nodes)
