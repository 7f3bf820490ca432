"""Values for minutes, given out once: a sign-in may begin at one web process and end at another.

In SQL and not in Redis: "once" must be true, and signing in must go on without Redis.
"""

from datetime import timedelta

from sqlalchemy import and_, delete, insert, or_, select

from crisislink.adapters.sql.schema import ephemeron
from crisislink.adapters.sql.store import SqlStore
from crisislink.core.errors import Conflict
from crisislink.flow.ports import Clock

CAPACITY = 10_000


class SqlEphemera:
    """`flow.ports.Ephemera` on the table of this name. Bounded: those that end first make room.

    What came once (`first`, no value) makes room for nothing: a flood of logins must not let it come again.
    """

    def __init__(self, store: SqlStore, *, clock: Clock, capacity: int = CAPACITY) -> None:
        self._store = store
        self._clock = clock
        self._capacity = capacity

    async def put(self, key: str, value: str, *, ttl_s: float) -> None:
        """See `flow.ports.Ephemera`."""
        await self._store.put(ephemeron, self._row(key, value, ttl_s))
        await self._make_room()

    async def look(self, key: str) -> str | None:
        """See `flow.ports.Ephemera`."""
        row = await self._store.fetch(select(ephemeron).where(ephemeron.c.key == key))
        return row["value"] if row is not None and self._clock.now() < row["until"] else None

    async def first(self, key: str, *, ttl_s: float) -> bool:
        """See `flow.ports.Ephemera`."""
        await self._make_room()
        try:
            await self._store.execute(insert(ephemeron).values(self._row(key, "", ttl_s)))
        except Conflict:
            return False
        return True

    def _row(self, key: str, value: str, ttl_s: float) -> dict[str, object]:
        return {"key": key, "value": value, "until": self._clock.now() + timedelta(seconds=ttl_s)}

    async def _make_room(self) -> None:
        now = self._clock.now()
        until, value = ephemeron.c.until, ephemeron.c.value != ""
        last = select(until).where(value).order_by(until.desc()).offset(self._capacity).limit(1)
        over = or_(until <= now, and_(value, until <= last.scalar_subquery()))
        await self._store.execute(delete(ephemeron).where(over))

    async def take(self, key: str) -> str | None:
        """See `flow.ports.Ephemera`."""
        mine = ephemeron.c.key == key
        if await self._store.fetch(select(ephemeron.c.key).where(mine)) is None:
            return None  # what was never given out costs no write
        row = await self._store.execute_returning(delete(ephemeron).where(mine).returning(*ephemeron.c))
        return row["value"] if row is not None and self._clock.now() < row["until"] else None
