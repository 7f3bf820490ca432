"""What grants and requests rest on, read (`flow.ports.Conditions`). No write here."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Column, RowMapping, Select, case, func, select

from crisislink.adapters.sql import rows, schema
from crisislink.core.actors import Habilitation
from crisislink.core.escalation import Escalation
from crisislink.core.ids import CameraId, GrantId, OrganisationId, PersonId, RequestId
from crisislink.core.requests import AccessRequest, RequestState
from crisislink.core.suspension import Pause
from crisislink.flow.ports import Session


class ConditionReads(ABC):
    """Part of `adapters.sql.work.SqlWork`, which says how a statement is run."""

    @abstractmethod
    async def _all(self, statement: Select[Any]) -> Sequence[RowMapping]: ...

    @abstractmethod
    async def _among(
        self, column: Column[Any], of: Collection[str], statement: Select[Any] | None = None
    ) -> Sequence[RowMapping]: ...

    async def escalations(self, requests: Collection[RequestId]) -> Mapping[RequestId, Escalation]:
        """See `flow.ports.Conditions`."""
        found = await self._among(schema.escalation.c.request, requests)
        kept = {row["request"]: rows.escalation(row) for row in found}
        return {request: kept.get(request, Escalation(request=request)) for request in requests}

    async def newest_approvals(self, grants: Collection[GrantId]) -> Mapping[GrantId, AccessRequest]:
        """See `flow.ports.Conditions`."""
        table = schema.access_request
        approved = select(table).where(table.c.state == RequestState.APPROVED.value)
        found = await self._among(table.c.grant_id, grants, approved.order_by(table.c.decided_at, table.c.id))
        return {row["grant_id"]: rows.request(row) for row in found}  # the last one stays

    async def last_seen(self, grants: Collection[GrantId]) -> Mapping[GrantId, datetime | None]:
        """See `flow.ports.Conditions`."""
        table = schema.viewing
        statement = select(
            table.c.grant_id,
            func.count().label("looks"),
            func.count(table.c.ended_at).label("over"),
            func.max(table.c.ended_at, type_=table.c.ended_at.type).label("last"),
        ).group_by(table.c.grant_id)
        found = await self._among(table.c.grant_id, grants, statement)
        return {row["grant_id"]: row["last"] if row["looks"] == row["over"] else None for row in found}

    async def pauses(self, cameras: Collection[CameraId] | None = None) -> Mapping[CameraId, Pause]:
        """See `flow.ports.Conditions`."""
        table = schema.camera_pause
        found = await (self._all(select(table)) if cameras is None else self._among(table.c.camera, cameras))
        return {row["camera"]: rows.pause(row) for row in found}

    async def habilitations_in(self, organisation: OrganisationId) -> Sequence[Habilitation]:
        """See `flow.ports.Conditions`."""
        table, person = schema.habilitation, schema.person
        statement = select(table).join(person).where(person.c.organisation == organisation)
        return [rows.habilitation(r) for r in await self._all(statement)]

    async def sessions_in(self, organisation: OrganisationId) -> Sequence[Session]:
        """See `flow.ports.Conditions`."""
        table, person = schema.session, schema.person
        statement = select(table).join(person).where(person.c.organisation == organisation)
        return [rows.session(r) for r in await self._all(statement)]

    async def sessions_of(self, person: PersonId) -> Sequence[Session]:
        """See `flow.ports.Conditions`."""
        table = schema.session
        statement = select(table).where(table.c.person == person).order_by(table.c.opened_at, table.c.id)
        return [rows.session(r) for r in await self._all(statement)]

    async def losing(self, *, now: datetime, until: datetime) -> Sequence[PersonId]:
        """See `flow.ports.Conditions`. Sessions by their end (an index), then what their persons hold."""
        held, session = schema.habilitation, schema.session
        withdrawn = func.coalesce(held.c.withdrawn_at, held.c.valid_until)
        ends = case((withdrawn < held.c.valid_until, withdrawn), else_=held.c.valid_until)
        statement = (
            select(session.c.person)
            .distinct()
            .join_from(session, held, held.c.person == session.c.person)
            .where(session.c.ends_at > now, ends >= session.c.opened_at, ends < until)
            .order_by(session.c.person)
        )
        return [row["person"] for row in await self._all(statement)]
