"""Sessions beside the store: they are no domain state, so they are written outside `record`."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import delete, or_, select, update

from crisislink.adapters.sql import rows, schema
from crisislink.adapters.sql.store import SqlStore
from crisislink.core.ids import SessionId
from crisislink.flow.ports import Session


class SqlSessions:
    """`flow.ports.Sessions` on the store's own file: a restart signs nobody out."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store

    async def put(self, session: Session) -> None:
        """See `flow.ports.Sessions`."""
        await self._store.put(schema.session, rows.session_row(session))

    async def get(self, id: SessionId) -> Session | None:
        """See `flow.ports.Sessions`."""
        row = await self._store.fetch(select(schema.session).where(schema.session.c.id == id))
        return None if row is None else replace(rows.session(row), id_token=None)

    async def get_many(self, ids: Collection[SessionId]) -> Sequence[Session]:
        """See `flow.ports.Sessions`."""
        found = await self._store.fetch_all(select(schema.session).where(schema.session.c.id.in_(ids)))
        return [replace(rows.session(row), id_token=None) for row in found]

    async def touch(self, id: SessionId, seen_at: datetime) -> None:
        """See `flow.ports.Sessions`."""
        await self._store.execute(
            update(schema.session).where(schema.session.c.id == id).values(seen_at=seen_at)
        )

    async def drop(self, id: SessionId) -> Session | None:
        """See `flow.ports.Sessions`."""
        row = await self._store.execute_returning(
            delete(schema.session).where(schema.session.c.id == id).returning(*schema.session.c)
        )
        return None if row is None else rows.session(row)

    async def resting_on(
        self, provider: str, *, subject: str | None, session: str | None
    ) -> Sequence[SessionId]:
        """See `flow.ports.Sessions`."""
        columns = schema.session.c
        if subject is None and session is None:
            return []
        given = [] if subject is None else [columns.provider_subject == subject]
        if session is not None:
            its = columns.provider_session == session
            given.append(its if subject is None else or_(its, columns.provider_session.is_(None)))
        found = await self._store.fetch_all(select(columns.id).where(columns.provider == provider, *given))
        return [SessionId(row["id"]) for row in found]
