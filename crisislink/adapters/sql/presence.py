"""Which media nodes live, by the store that also gives them their leases.

What this table calls dark has not written here for longer than two leases. It may show pictures all the same,
where the store answers and takes no entry: then who looks there begins anew as soon as the register says that
they do not (`flow.viewing.check_watching`). Broker or none, the rooms have light as long as the store
answers.
"""

from collections.abc import Collection, Sequence
from datetime import timedelta

from sqlalchemy import delete, select

from crisislink.adapters.sql import schema
from crisislink.adapters.sql.store import SqlStore
from crisislink.core.errors import CrisisLinkError
from crisislink.core.ids import NodeId
from crisislink.core.limits import Limits
from crisislink.flow.ports import Clock, NodePresence

_SKEW_S = 2.0
_FORGOTTEN_S = 3_600.0


class SqlPresence:
    """`flow.ports.Presence` on the table `media_node`."""

    def __init__(self, store: SqlStore, *, clock: Clock, limits: Limits) -> None:
        self._store = store
        self._clock = clock
        self._dark_after = timedelta(seconds=2 * limits.lease_s + _SKEW_S)

    async def announce(self, node: NodePresence, *, ttl_s: float) -> None:
        """See `flow.ports.Presence`."""
        now = self._clock.now()
        values = {
            "id": node.id,
            "public_url": node.public_url,
            "load": node.load,
            "draining": node.draining,
            "started_at": node.started_at,
            "seen_at": now,
            "until": now + timedelta(seconds=ttl_s),
        }
        await self._store.put(schema.media_node, values)
        await self._store.execute(
            delete(schema.media_node).where(
                schema.media_node.c.seen_at < now - timedelta(seconds=_FORGOTTEN_S)
            )
        )

    async def withdraw(self, node: NodeId) -> None:
        """See `flow.ports.Presence`."""
        try:
            await self._store.execute(delete(schema.media_node).where(schema.media_node.c.id == node))
        except CrisisLinkError:
            return  # its time to live ends by itself

    async def present(self) -> Sequence[NodePresence]:
        """See `flow.ports.Presence`."""
        rows = await self._store.fetch_all(
            select(schema.media_node).where(schema.media_node.c.until > self._clock.now())
        )
        return [
            NodePresence(
                id=NodeId(row["id"]),
                public_url=row["public_url"],
                load=row["load"],
                draining=row["draining"],
                started_at=row["started_at"],
            )
            for row in rows
        ]

    async def dark(self, nodes: Collection[NodeId]) -> frozenset[NodeId]:
        """See `flow.ports.Presence`."""
        seen = schema.media_node.c.seen_at > self._clock.now() - self._dark_after
        rows = await self._store.fetch_all(select(schema.media_node.c.id).where(seen))
        return frozenset(nodes) - {NodeId(row["id"]) for row in rows}
