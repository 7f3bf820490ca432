"""A media node among others: it announces itself, obeys cuts, and leaves in order.

`Cluster` is the other end: what the story takes for "the media path" (`flow.ports.LiveVideo`), whichever
processes it consists of. Where this process has a node itself, a cut reaches it without any broker.
"""

import asyncio
import logging
from collections.abc import Collection
from contextlib import suppress

from crisislink.core.errors import CrisisLinkError
from crisislink.core.grants import CutCause
from crisislink.core.ids import CameraId, GrantId, NodeId, ViewingId
from crisislink.flow.ports import Bus, Cut, Entropy, NodePresence, Ports, Presence
from crisislink.media.node import MediaNode

ANNOUNCE_S = 1.0
TTL_S = 5.0
CONFIRM_S = 0.3
_log = logging.getLogger(__name__)


class Membership:
    """`capacity`: how many camera streams this node can carry; `public_url`: where browsers reach it."""

    def __init__(self, node: MediaNode, ports: Ports, *, public_url: str, capacity: int) -> None:
        self.node = node
        self._ports = ports
        self._public_url = public_url
        self._capacity = capacity
        self._started_at = ports.clock.now()
        self._draining = False

    async def join(self) -> None:
        """Be there for the first viewer.

        Raises:
            Unavailable: nobody could be told.
        """
        await self._ports.presence.announce(self._presence(), ttl_s=TTL_S)

    async def run(self) -> None:
        """For ever: the node's own work, its presence, and cuts obeyed as they come."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.node.run())
            group.create_task(self._announce())
            group.create_task(self._obey())

    async def _announce(self) -> None:
        while True:
            try:
                await self.join()
            except CrisisLinkError as error:
                _log.warning(
                    "nobody could be told that this media node lives",
                    extra={"node": self.node.id, "error": error},
                )
            await asyncio.sleep(ANNOUNCE_S)

    def _presence(self) -> NodePresence:
        return NodePresence(
            id=self.node.id,
            public_url=self._public_url,
            load=self.node.streams / self._capacity,
            draining=self._draining,
            started_at=self._started_at,
        )

    async def _obey(self) -> None:
        async with self._ports.bus.orders() as cuts, asyncio.TaskGroup() as group:
            async for cut in cuts:
                group.create_task(self._cut(cut))

    async def _cut(self, cut: Cut) -> None:
        await self.node.cut(cut.grant, cut.cameras, cut.cause, recorded=cut.recorded, looks=cut.looks)
        await self._ports.bus.acknowledge(cut, self.node.id)

    async def leave(self) -> None:
        """Take nobody new, send those who watch elsewhere, end every worker. Never raises."""
        self._draining = True
        try:
            await self.join()
        except CrisisLinkError as error:
            _log.warning(
                "nobody could be told that this media node leaves",
                extra={"node": self.node.id, "error": error},
            )
        await self.node.close()
        await self._ports.presence.withdraw(self.node.id)


class Cluster:
    """`flow.ports.LiveVideo` over every media node that lives."""

    def __init__(
        self, bus: Bus, presence: Presence, entropy: Entropy, *, beside: MediaNode | None = None
    ) -> None:
        self._bus = bus
        self._presence = presence
        self._entropy = entropy
        self._beside = beside
        self._turn = asyncio.Lock()
        self._asked: asyncio.Task[frozenset[NodeId]] | None = None

    async def cut(
        self,
        grant: GrantId,
        cameras: Collection[CameraId],
        cause: CutCause,
        *,
        recorded: bool,
        looks: Collection[ViewingId] | None = None,
    ) -> bool:
        """See `flow.ports.LiveVideo`. False also where nobody knows which nodes live."""
        cut = Cut(
            id=self._entropy.id("cut"),
            grant=grant,
            cameras=frozenset(cameras),
            cause=cause,
            recorded=recorded,
            looks=None if looks is None else frozenset(looks),
        )
        _, confirmed = await asyncio.gather(self._cut_beside(cut), self._cut_elsewhere(cut))
        return confirmed

    async def _cut_beside(self, cut: Cut) -> None:
        if self._beside is not None:
            await self._beside.cut(cut.grant, cut.cameras, cut.cause, recorded=cut.recorded, looks=cut.looks)

    async def _cut_elsewhere(self, cut: Cut) -> bool:
        """The order goes out first: whoever is asked who lives may take long, or not answer at all."""
        nodes: frozenset[NodeId] | None = None

        async def others() -> Collection[NodeId]:
            nonlocal nodes
            with suppress(CrisisLinkError):
                own = None if self._beside is None else self._beside.id
                nodes = await self._present() - {own}
            return nodes or ()

        confirmed = await self._bus.order(cut, nodes=others(), wait_s=CONFIRM_S)
        return nodes is not None and nodes <= confirmed

    async def _present(self) -> frozenset[NodeId]:
        """Who lives. What is asked while a question is out is asked next, once for all."""
        if self._asked is None:
            self._asked = asyncio.create_task(self._ask())
        return await asyncio.shield(self._asked)

    async def _ask(self) -> frozenset[NodeId]:
        async with self._turn:
            self._asked = None
            return frozenset(node.id for node in await self._presence.present())
