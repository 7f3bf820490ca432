"""What a transaction writes, kept back until it reads or ends: rows of one kind go to the server together.

An end is some ten statements, and each is a way to the server and back; sixteen ends that share a
transaction go there as often as one. Nothing is read past what is kept back (`execute`), and no transaction
commits before it is written (`flush`).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import CursorResult, Executable, Table, bindparam, insert, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from crisislink.adapters.sql import schema
from crisislink.core.errors import Conflict, Reason

Row = Mapping[str, Any]
_ORDER = {table: place for place, table in enumerate(schema.metadata.sorted_tables)}
"""Who is referred to is written before who refers to it."""


def upsert(dialect: str, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An insert that may say what to do on conflict."""
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


@cache
def replacing(dialect: str, table: Table) -> Executable:
    """Inserts rows, or replaces what has their keys. Made once, so SQLAlchemy compiles it once."""
    statement = upsert(dialect, table)
    keys = [c.name for c in table.primary_key.columns]
    changed = {c.name: statement.excluded[c.name] for c in table.columns if c.name not in keys}
    return statement.on_conflict_do_update(index_elements=keys, set_=changed)


@cache
def _inserting(table: Table) -> Executable:
    return insert(table)


@cache
def _advancing(table: Table) -> Executable:
    [key] = table.primary_key.columns
    mine = (key == bindparam("of"), table.c.version == bindparam("before"))
    return update(table).where(*mine).values({c.name: bindparam(c.name) for c in table.columns})


class Writes:
    """One transaction's."""

    def __init__(self, connection: AsyncConnection) -> None:
        self.dialect = connection.dialect.name
        self._connection = connection
        self._failed = False
        self._new: dict[Table, list[Row]] = defaultdict(list)
        self._advanced: dict[Table, list[Row]] = defaultdict(list)
        self._replaced: dict[Table, list[Row]] = defaultdict(list)

    def insert(self, table: Table, row: Row) -> None:
        """A new one."""
        self._new[table].append(row)

    def advance(self, table: Table, row: Row) -> None:
        """The next version of a row, or its first."""
        if row["version"] == 1:
            self.insert(table, row)
            return
        [key] = table.primary_key.columns
        self._advanced[table].append({**row, "of": row[key.name], "before": row["version"] - 1})

    def replace(self, table: Table, rows: Iterable[Row]) -> None:
        """Rows, new or not."""
        self._replaced[table] += rows

    async def execute(
        self, statement: Executable, values: Row | None = None
    ) -> CursorResult[*tuple[Any, ...]]:
        """Run this on top of all that was written."""
        await self.flush()
        return await self._connection.execute(statement, values)

    async def flush(self) -> None:
        """Write what was kept back.

        Raises:
            Conflict: a row is not of the version that was advanced, or an earlier attempt failed.
        """
        if self._failed:  # what was kept back is gone: nothing of this transaction may stay
            raise Conflict(Reason.VERSION)
        if self._new or self._advanced or self._replaced:
            self._failed = True
            await self._flush()
            self._failed = False

    async def _flush(self) -> None:
        new, self._new = self._new, defaultdict(list)
        advanced, self._advanced = self._advanced, defaultdict(list)
        replaced, self._replaced = self._replaced, defaultdict(list)
        for table in sorted({*new, *advanced, *replaced}, key=_ORDER.__getitem__):
            if rows := new.get(table):
                await self._write(_inserting(table), rows)
            rows = advanced.get(table, [])
            if rows and await self._write(_advancing(table), rows) != len(rows):
                raise Conflict(Reason.VERSION)
            if rows := replaced.get(table):
                await self._write(replacing(self.dialect, table), rows)

    async def _write(self, statement: Executable, rows: Sequence[Row]) -> int:
        """How many rows were touched."""
        done = await self._connection.execute(statement, rows[0] if len(rows) == 1 else rows)
        return done.rowcount
