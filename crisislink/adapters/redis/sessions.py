"""Sessions read from Redis first. The store stays the truth; an ended session is nobody's, at once.

A copy is believed for `COPY_S`. Every write bars the name for as long, so that a slower reader cannot put
back what it read before; a barred, missing or strange copy means: ask the store. Where the bar itself
cannot be set (Redis not reached from here, but from elsewhere), an ended session lives `COPY_S` longer at
most.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict, ValidationError

from crisislink.adapters.redis.link import Down, RedisLink
from crisislink.core.ids import SessionId
from crisislink.flow.ports import Clock, Session, Sessions

COPY_S = 1.0
_COPY_MS = round(COPY_S * 1_000)
_BARRED = b"-"


class _Copy(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    read_at: datetime
    session: Session


class RedisSessions:
    """`flow.ports.Sessions` before `truth`."""

    def __init__(self, link: RedisLink, truth: Sessions, *, clock: Clock) -> None:
        self._link = link
        self._truth = truth
        self._clock = clock

    async def put(self, session: Session) -> None:
        """See `flow.ports.Sessions`."""
        await self._truth.put(session)
        await self._bar(session.id)

    async def get(self, id: SessionId) -> Session | None:
        """See `flow.ports.Sessions`."""
        name = self._link.seal.name("session", id)
        try:
            kept = await self._link.ask("GET", name)
        except Down:
            return await self._truth.get(id)
        copy = self._believed(name, kept)
        if copy is not None:
            return copy
        read_at = self._clock.now()
        session = await self._truth.get(id)
        if session is not None and kept is None:
            await self._copy(name, session, read_at)
        return session

    async def get_many(self, ids: Collection[SessionId]) -> Sequence[Session]:
        """See `flow.ports.Sessions`. One question to the store costs less than as many copies."""
        return await self._truth.get_many(ids)

    async def touch(self, id: SessionId, seen_at: datetime) -> None:
        """See `flow.ports.Sessions`."""
        await self._truth.touch(id, seen_at)
        await self._bar(id)

    async def drop(self, id: SessionId) -> Session | None:
        """See `flow.ports.Sessions`."""
        dropped = await self._truth.drop(id)
        await self._bar(id)
        return dropped

    async def resting_on(
        self, provider: str, *, subject: str | None, session: str | None
    ) -> Sequence[SessionId]:
        """See `flow.ports.Sessions`."""
        return await self._truth.resting_on(provider, subject=subject, session=session)

    def _believed(self, name: str, kept: bytes | None) -> Session | None:
        text = None if kept is None else self._link.seal.open(name, kept)
        if text is None:
            return None
        try:
            copy = _Copy.model_validate_json(text)
        except ValidationError:
            return None
        young = abs(self._clock.now() - copy.read_at) <= timedelta(seconds=COPY_S)
        return copy.session if young else None

    async def _copy(self, name: str, session: Session, read_at: datetime) -> None:
        copy = _Copy(read_at=read_at, session=replace(session, id_token=None))
        sealed = self._link.seal.close(name, copy.model_dump_json())
        try:
            await self._link.ask("SET", name, sealed, "PX", _COPY_MS, "NX")
        except Down:
            return  # the next reader asks the store too

    async def _bar(self, id: SessionId) -> None:
        try:
            await self._link.ask("SET", self._link.seal.name("session", id), _BARRED, "PX", _COPY_MS)
        except Down:
            return  # the copy ends by itself
