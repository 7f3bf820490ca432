"""The store as the authority on access: whether it still is the one it was, and the latest time it knows of.

It is not when it was restored from a dump, copied, or set back. Two things tell. `place` is what a copy of a
PostgreSQL database does not take along: the cluster, its timeline, the database and the table themselves. The
`Mark` a process kept outside finds its entry gone or another. SQLite, one file, has only the second: there, a
register without a mark is a restored one. docs/decisions/0008-two-databases.md.
"""

from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import RowMapping, Select, bindparam, case, insert, literal, literal_column, select, update

from crisislink.adapters.sql import schema
from crisislink.adapters.sql.witness import Mark
from crisislink.adapters.sql.writes import Writes
from crisislink.core.errors import Reason, Unavailable
from crisislink.flow.ports import Authority

_PLACE = {
    "sqlite": "''",
    "postgresql": """concat_ws('/', (pg_control_system()).system_identifier,
        left(pg_walfile_name(pg_current_wal_lsn()), 8), 'authority'::regclass::oid,
        (SELECT oid FROM pg_database WHERE datname = current_database()))""",
}


@cache
def _asking(dialect: str) -> Select[Any]:
    """The row, where the store is, what the entry is that the process remembers, and when the newest was."""
    entry, newest = schema.register_entry, schema.register_entry.alias()
    return select(
        schema.authority,
        literal_column(_PLACE[dialect]).label("here"),
        select(entry.c.leaf).where(entry.c.seq == bindparam("seen")).scalar_subquery().label("leaf"),
        select(newest.c.at).order_by(newest.c.seq.desc()).limit(1).scalar_subquery().label("recorded_at"),
    )


class AuthorityRow:
    """Part of `adapters.sql.work.SqlWork`. `mark`: what the process remembered before the transaction."""

    def __init__(self, writes: Writes, *, mark: Mark | None) -> None:
        self._writes = writes
        self._mark = mark
        self._place: Any = literal_column(_PLACE[writes.dialect])
        self._assumed = self._trusted = False
        self.sure: Authority | None = None  # as this transaction found it, or made it

    async def authority(self) -> Authority | None:
        """See `flow.ports.UnitOfWork`."""
        row = await self._authority_row()
        if row is None or not (self._assumed or _same(row, self._mark)):
            return None
        latest = max(row["high_water"], row["recorded_at"] or row["high_water"])
        self.sure = Authority(incarnation=row["incarnation"], high_water=latest)
        return self.sure

    async def assume(self, at: datetime, *, whatever_was_noted: bool = False) -> Authority:
        """See `flow.ports.UnitOfWork`."""
        row, table = await self._authority_row(), schema.authority
        known = 0 if self._mark is None else self._mark.incarnation
        incarnation = max(known, 0 if row is None else row["incarnation"]) + 1
        latest = at if row is None or whatever_was_noted else max(at, row["high_water"])
        values = {"one": 1, "incarnation": incarnation, "high_water": latest, "place": self._place}
        await self._writes.execute((insert(table) if row is None else update(table)).values(values))
        self._assumed, self._trusted = True, whatever_was_noted
        self.sure = Authority(incarnation=incarnation, high_water=latest)
        return self.sure

    async def keep_later_time(self, before: datetime, at: datetime) -> None:
        """An entry of time `at` comes: where the one before it is of a later one, that stays noted unless a
        person just said that the clock is right."""
        if before > at and not self._trusted:
            await self._raise(before)

    async def raise_high_water(self, at: datetime) -> None:
        """See `flow.ports.UnitOfWork`."""
        if not await self._raise(at):
            raise Unavailable(Reason.STORE)

    async def _raise(self, at: datetime) -> bool:
        table = schema.authority
        noted = literal(at, table.c.high_water.type)
        higher = case((table.c.high_water < noted, noted), else_=table.c.high_water)
        return (await self._writes.execute(update(table).values(high_water=higher))).rowcount == 1

    async def _authority_row(self) -> RowMapping | None:
        seen = {"seen": 0 if self._mark is None else self._mark.seq}
        found = await self._writes.execute(_asking(self._writes.dialect), seen)
        row: RowMapping | None = found.mappings().first()
        return row


def _same(row: RowMapping, mark: Mark | None) -> bool:
    if row["place"] != row["here"]:
        return False
    if mark is None:
        return bool(row["place"])
    if row["incarnation"] != mark.incarnation:
        return bool(row["incarnation"] > mark.incarnation)  # another process assumed it since
    return bool(row["leaf"] == mark.leaf)
