"""Which media nodes live, told within one process."""

from collections.abc import Collection, Sequence

from crisislink.core.ids import NodeId
from crisislink.flow.ports import Clock, NodePresence


class InProcessPresence:
    """`flow.ports.Presence` of the embedded mode."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._until_s: dict[NodeId, tuple[NodePresence, float]] = {}

    async def announce(self, node: NodePresence, *, ttl_s: float) -> None:
        """See `flow.ports.Presence`."""
        self._until_s[node.id] = (node, self._clock.boot_s() + ttl_s)

    async def withdraw(self, node: NodeId) -> None:
        """See `flow.ports.Presence`."""
        self._until_s.pop(node, None)

    async def present(self) -> Sequence[NodePresence]:
        """See `flow.ports.Presence`."""
        now_s = self._clock.boot_s()
        return [node for node, until_s in self._until_s.values() if now_s < until_s]

    async def dark(self, nodes: Collection[NodeId]) -> frozenset[NodeId]:
        """See `flow.ports.Presence`: what is not in this process is gone."""
        return frozenset(nodes) - {node.id for node in await self.present()}
