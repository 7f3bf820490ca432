"""The unit of work on SQL: reads, and the one write, `record`.

`record` writes the new states, the event and its register entry, and moves the head of the Merkle tree, all
in the transaction the caller opened. There is no other way to change a state: an unrecorded change cannot be
saved.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import (
    Column,
    ColumnElement,
    RowMapping,
    Select,
    Table,
    Text,
    any_,
    bindparam,
    delete,
    func,
    literal_column,
    select,
    true,
    union,
    update,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection

from crisislink.adapters.secrets import Vault
from crisislink.adapters.sql import rows, schema
from crisislink.adapters.sql.authority import AuthorityRow
from crisislink.adapters.sql.conditions import ConditionReads
from crisislink.adapters.sql.conversation import ConversationReads, message_row
from crisislink.adapters.sql.witness import Mark
from crisislink.adapters.sql.writes import Writes, upsert
from crisislink.core.actors import Habilitation, Organisation, Person
from crisislink.core.cameras import Camera
from crisislink.core.conversation import Message
from crisislink.core.crisis import DeclaredCrisis
from crisislink.core.entries import canonical_bytes
from crisislink.core.errors import Conflict, NotFound, Reason
from crisislink.core.escalation import Escalation
from crisislink.core.events import Event, InventoryLoaded
from crisislink.core.grants import Grant
from crisislink.core.handover import Charge
from crisislink.core.ids import (
    CameraId,
    CrisisId,
    GrantId,
    IncidentId,
    OrganisationId,
    PersonId,
    PreviewId,
    RequestId,
    SessionId,
    ViewingId,
)
from crisislink.core.incidents import Incident
from crisislink.core.killswitch import Sharing
from crisislink.core.legal import LegalBasis
from crisislink.core.merkle import Frontier, leaf_hash
from crisislink.core.places import Gazetteer, Place
from crisislink.core.previews import Preview
from crisislink.core.requests import AccessRequest
from crisislink.core.suspension import Pause
from crisislink.flow.ports import CameraSource, Clock, Entry, Recorded, State, Viewing

_VERSIONED: Mapping[type, tuple[Table, Callable[[Any], rows.Row]]] = {
    Incident: (schema.incident, rows.incident_row),
    AccessRequest: (schema.access_request, rows.request_row),
    Charge: (schema.incident_charge, rows.charge_row),
    Escalation: (schema.escalation, rows.escalation_row),
    Grant: (schema.access_grant, rows.grant_row),
    DeclaredCrisis: (schema.declared_crisis, rows.crisis_row),
    Pause: (schema.camera_pause, rows.pause_row),
    Sharing: (schema.sharing, rows.sharing_row),
    Camera: (schema.camera, rows.camera_row),
    LegalBasis: (schema.legal_basis, rows.legal_basis_row),
}
_PLAIN: Mapping[type, tuple[Table, Callable[[Any], rows.Row]]] = {
    Organisation: (schema.organisation, rows.organisation_row),
    Person: (schema.person, rows.person_row),
    Habilitation: (schema.habilitation, rows.habilitation_row),
    Viewing: (schema.viewing, rows.viewing_row),
    Preview: (schema.preview, rows.preview_row),
    Place: (schema.place, rows.place_row),
}

_SEALED = {schema.camera_source: schema.camera_source.c.camera, schema.message: schema.message.c.id}
"""What the installation's key seals, with the id it is bound to."""
_PAGE = 250
_AT_ONCE = 10
_Made = TypeVar("_Made")


async def _built(found: Sequence[RowMapping], make: Callable[[RowMapping], _Made]) -> list[_Made]:
    """A few at a time: who builds hundreds lets everybody else go on in between."""
    made: list[_Made] = []
    for first in range(0, len(found), _AT_ONCE):
        made += map(make, found[first : first + _AT_ONCE])
        await asyncio.sleep(0)
    return made


@cache
def _one_of(dialect: str, column: Column[Any]) -> ColumnElement[bool]:
    """Whether it is one of `of`.

    PostgreSQL takes them as one array: thousands of parameters, in a statement that is another one for each
    number of them, cost more than what they ask.
    """
    if dialect == "postgresql":
        return column == any_(bindparam("of", type_=postgresql.ARRAY(Text)))
    return column.in_(bindparam("of", expanding=True))


@cache
def _among(dialect: str, column: Column[Any]) -> Select[Any]:
    """Made once for each column: hundreds of times a second it costs more than running it."""
    return select(column.table).where(_one_of(dialect, column))


def _open_or_since(
    table: Table, still: str, over_at: ColumnElement[datetime], *, open_only: bool, since: datetime | None
) -> ColumnElement[bool]:
    """What goes on, or also what was over since: each found by its own index, which an OR would hide."""
    going_on: ColumnElement[bool] = literal_column(still)
    if open_only:
        return going_on
    if since is None:
        return true()
    return table.c.id.in_(
        union(select(table.c.id).where(going_on), select(table.c.id).where(over_at >= since))
    )


class SqlWork(ConditionReads, ConversationReads, AuthorityRow):
    """One transaction on one connection. Made by `adapters.sql.store`."""

    def __init__(
        self,
        connection: AsyncConnection,
        *,
        clock: Clock,
        vault: Vault,
        mark: Mark | None,
        writing: bool,
    ) -> None:
        super().__init__(Writes(connection), mark=mark)
        self._clock = clock
        self._vault = vault
        self._writing = writing
        self.last: Recorded | None = None
        self._head: Frontier | None = None
        self._leaf = b""
        self._newest_at: datetime | None = None

    # -- the one write ---------------------------------------------------------------------------

    async def record(self, event: Event, *states: State) -> Recorded:
        """See `flow.ports.UnitOfWork`."""
        assert self._writing, "record needs Store.write()"
        at = self._clock.now()
        before, head = self._head, await self.register_head()
        seq = head.size + 1
        if before is None and self._newest_at is not None:
            await self.keep_later_time(self._newest_at, at)
        for state in states:
            await self._save(state)
        body = canonical_bytes(event, seq=seq, at=at)
        leaf = leaf_hash(body)
        entry = {"seq": seq, "at": at, "kind": event.kind, "body": body, "leaf": leaf}
        self._writes.insert(schema.register_entry, entry)
        self._head, self._leaf, self.last = head.append(leaf), leaf, Recorded(seq, at, event)
        return self.last

    async def finish(self) -> Mark | None:
        """Before the commit: what is kept back, and the head, once for all entries.

        What the process should remember afterwards.
        """
        if self._head is None:
            await self._writes.flush()
            return None
        values = {"one": 1, "size": self._head.size, "frontier": self._head.dump()}
        self._writes.replace(schema.register_head, [values])
        await self._writes.flush()
        authority = self.sure or await self.authority()
        return None if authority is None else Mark(authority.incarnation, self._head.size, self._leaf)

    async def _save(self, state: State) -> None:
        if isinstance(state, CameraSource):
            values = {"camera": state.camera, "sealed": self._vault.seal(state)}
            self._writes.replace(schema.camera_source, [values])
        elif isinstance(state, Message):
            self._writes.advance(schema.message, message_row(state, self._vault))
            if state.words is None:
                await self._forget_digest(state)
        elif isinstance(state, Gazetteer):
            await self._writes.execute(delete(schema.place))
            self._writes.replace(schema.place, map(rows.place_row, state.places))
        elif type(state) in _PLAIN:
            table, to_row = _PLAIN[type(state)]
            self._writes.replace(table, [to_row(state)])
        else:
            table, to_row = _VERSIONED[type(state)]
            self._writes.advance(table, to_row(state))
        if isinstance(state, Grant):
            self._writes.replace(schema.grant_view, rows.view_rows(state))

    async def _forget_digest(self, message: Message) -> None:
        """The command that sent it is remembered by a digest of its words: short words could be guessed."""
        table = schema.command
        mine = (table.c.person == message.author, table.c.answer == message.id)
        await self._writes.execute(update(table).where(*mine).values(digest=""))

    async def next_encoder_epoch(self) -> int:
        """See `flow.ports.UnitOfWork`."""
        statement = (
            upsert(self._writes.dialect, schema.counter)
            .values(name="encoder_epoch", value=1)
            .on_conflict_do_update(index_elements=["name"], set_={"value": schema.counter.c.value + 1})
            .returning(schema.counter.c.value)
        )
        return int((await self._writes.execute(statement)).scalar_one())

    async def answered(self, person: PersonId, key: str, digest: str) -> str | None:
        """See `flow.ports.UnitOfWork`."""
        table = schema.command
        row = await self._first(select(table).where(table.c.person == person, table.c.key == key))
        if row is None:
            return None
        if row["digest"] != digest:
            raise Conflict(Reason.IDEMPOTENCY)
        return str(row["answer"])

    async def answer(self, person: PersonId, key: str, digest: str, answer: str) -> None:
        """See `flow.ports.UnitOfWork`."""
        values = {"person": person, "key": key, "digest": digest, "answer": answer, "at": self._clock.now()}
        self._writes.insert(schema.command, values)

    async def end_session(self, id: SessionId) -> bool:
        """See `flow.ports.UnitOfWork`."""
        assert self._writing, "end_session needs Store.write()"
        done = await self._writes.execute(delete(schema.session).where(schema.session.c.id == id))
        return done.rowcount == 1

    # -- reads -----------------------------------------------------------------------------------

    async def _all(self, statement: Select[Any], values: rows.Row | None = None) -> Sequence[RowMapping]:
        found: Sequence[RowMapping] = (await self._writes.execute(statement, values)).mappings().all()
        return found

    async def _among(
        self, column: Column[Any], of: Collection[str], statement: Select[Any] | None = None
    ) -> Sequence[RowMapping]:
        """The rows of the column's table, or of the statement, where it holds one of these."""
        if not of:
            return ()
        dialect = self._writes.dialect
        asked = _among(dialect, column) if statement is None else statement.where(_one_of(dialect, column))
        return await self._all(asked, {"of": list(of)})

    async def _first(self, statement: Select[Any]) -> RowMapping | None:
        found: RowMapping | None = (await self._writes.execute(statement)).mappings().first()
        return found

    async def _one(self, table: Table, id: str) -> RowMapping:
        [key] = table.primary_key.columns
        found = await self._among(key, {id})
        if not found:
            raise NotFound
        return found[0]

    async def organisation(self, id: OrganisationId) -> Organisation:
        """See `flow.ports.UnitOfWork`."""
        return rows.organisation(await self._one(schema.organisation, id))

    async def organisations(self) -> Sequence[Organisation]:
        """See `flow.ports.UnitOfWork`."""
        table = schema.organisation
        return [rows.organisation(r) for r in await self._all(select(table).order_by(table.c.id))]

    async def person(self, id: PersonId) -> Person:
        """See `flow.ports.UnitOfWork`."""
        return rows.person(await self._one(schema.person, id))

    async def person_by_subject(self, issuer: str, subject: str) -> Person | None:
        """See `flow.ports.UnitOfWork`."""
        table = schema.person
        row = await self._first(select(table).where(table.c.issuer == issuer, table.c.subject == subject))
        return None if row is None else rows.person(row)

    async def persons(self, ids: Collection[PersonId] | None = None) -> Sequence[Person]:
        """See `flow.ports.UnitOfWork`."""
        table = schema.person
        statement = select(table).order_by(table.c.id)
        if ids is not None:
            statement = statement.where(table.c.id.in_(ids))
        return [rows.person(r) for r in await self._all(statement)]

    async def habilitations(self, person: PersonId) -> Sequence[Habilitation]:
        """See `flow.ports.UnitOfWork`."""
        table = schema.habilitation
        return [rows.habilitation(r) for r in await self._all(select(table).where(table.c.person == person))]

    async def camera(self, id: CameraId) -> Camera:
        """See `flow.ports.UnitOfWork`."""
        return rows.camera(await self._one(schema.camera, id))

    async def cameras(self, ids: Collection[CameraId] | None = None) -> Sequence[Camera]:
        """See `flow.ports.UnitOfWork`."""
        table = schema.camera
        if ids is None:
            found = [camera async for camera in self._inventory()]
            return sorted(found, key=lambda camera: (camera.number, camera.id))
        statement = select(table).order_by(table.c.number, table.c.id)
        return await _built(await self._among(table.c.id, ids, statement), rows.camera)

    async def _inventory(self) -> AsyncIterator[Camera]:
        """Page by page: thousands at once would hold everybody else up."""
        table, page = schema.camera, select(schema.camera).order_by(schema.camera.c.id).limit(_PAGE)
        found = await self._all(page)
        while found:
            for row in found:
                yield rows.camera(row)
            found = await self._all(page.where(table.c.id > found[-1]["id"])) if len(found) == _PAGE else ()

    async def camera_revision(self) -> tuple[int, int]:
        """See `flow.ports.UnitOfWork`. None is ever removed, and versions count up."""
        table = schema.camera
        statement = select(func.count(), func.coalesce(func.sum(table.c.version), 0)).select_from(table)
        cameras, versions = (await self._writes.execute(statement)).one()
        return int(cameras), int(versions)

    async def camera_source(self, id: CameraId) -> CameraSource:
        """See `flow.ports.UnitOfWork`."""
        row = await self._one(schema.camera_source, id)
        return self._vault.open(id, row["sealed"])

    async def camera_sources(self, ids: Collection[CameraId]) -> Sequence[CameraSource]:
        """See `flow.ports.UnitOfWork`."""
        found = await self._among(schema.camera_source.c.camera, ids)
        return [self._vault.open(row["camera"], row["sealed"]) for row in found]

    async def sealed_by_other_keys(self) -> int:
        """See `flow.ports.UnitOfWork`."""
        return sum([len(await self._of_other_keys(table)) for table in _SEALED])

    async def seal_anew(self, most: int) -> tuple[str, int, int]:
        """See `flow.ports.UnitOfWork`."""
        assert self._writing, "sealing anew needs Store.write()"
        done: list[int] = []
        for table, key in _SEALED.items():
            due = (await self._of_other_keys(table))[: most - sum(done)]
            for row in due:
                again = {"sealed": self._vault.anew(row[key.name], row["sealed"])}
                await self._writes.execute(update(table).where(key == row[key.name]).values(again))
            done.append(len(due))
        cameras, messages = done
        return self._vault.current, cameras, messages

    async def _of_other_keys(self, table: Table) -> list[RowMapping]:
        statement = select(_SEALED[table], table.c.sealed).where(table.c.sealed.is_not(None))
        rows = await self._all(statement.order_by(_SEALED[table]))
        return [row for row in rows if self._vault.sealed_by_another(row["sealed"])]

    async def legal_bases(self, owner: OrganisationId) -> Sequence[LegalBasis]:
        """See `flow.ports.UnitOfWork`."""
        table = schema.legal_basis
        statement = select(table).where(table.c.owner == owner).order_by(table.c.id)
        return [rows.legal_basis(r) for r in await self._all(statement)]

    async def place_revision(self) -> int:
        """See `flow.ports.UnitOfWork`. Places come with an entry in the register, as all of an inventory."""
        entry = schema.register_entry
        newest = select(func.coalesce(func.max(entry.c.seq), 0)).where(entry.c.kind == InventoryLoaded.kind)
        return int((await self._writes.execute(newest)).scalar_one())

    async def places(self) -> Sequence[Place]:
        """See `flow.ports.UnitOfWork`."""
        return await _built(await self._all(select(schema.place)), rows.place)

    async def incident(self, id: IncidentId) -> Incident:
        """See `flow.ports.UnitOfWork`."""
        return rows.incident(await self._one(schema.incident, id))

    async def incidents(self, *, ids: Collection[IncidentId] | None = None) -> Sequence[Incident]:
        """See `flow.ports.UnitOfWork`."""
        table = schema.incident
        wanted = table.c.closed_at.is_(None) if ids is None else table.c.id.in_(ids)
        statement = select(table).where(wanted).order_by(table.c.opened_at, table.c.id)
        return [rows.incident(r) for r in await self._all(statement)]

    async def charges(self, incidents: Collection[IncidentId]) -> Mapping[IncidentId, Charge]:
        """See `flow.ports.UnitOfWork`."""
        found = await self._among(schema.incident_charge.c.incident, incidents)
        return {row["incident"]: rows.charge(row) for row in found}

    async def newest_incidents(self, limit: int) -> Sequence[Incident]:
        """See `flow.ports.UnitOfWork`. Identifiers grow with time."""
        table = schema.incident
        statement = select(table).order_by(table.c.id.desc()).limit(limit)
        return [rows.incident(r) for r in await self._all(statement)]

    async def incidents_of(self, crisis: IncidentId) -> Sequence[Incident]:
        """See `flow.ports.UnitOfWork`."""
        table = schema.incident
        statement = select(table).where(table.c.crisis == crisis).order_by(table.c.opened_at, table.c.id)
        return [rows.incident(r) for r in await self._all(statement)]

    async def incident_count(self, organisation: OrganisationId, series: str) -> int:
        """See `flow.ports.UnitOfWork`."""
        table = schema.incident
        statement = (
            select(func.count())
            .select_from(table)
            .where(table.c.organisation == organisation, table.c.number.startswith(series))
        )
        return int((await self._writes.execute(statement)).scalar_one())

    async def request(self, id: RequestId) -> AccessRequest:
        """See `flow.ports.UnitOfWork`."""
        return rows.request(await self._one(schema.access_request, id))

    async def requests_of(self, ids: Collection[RequestId]) -> Sequence[AccessRequest]:
        """See `flow.ports.UnitOfWork`."""
        return [rows.request(r) for r in await self._among(schema.access_request.c.id, ids)]

    async def requests_for(self, incidents: Collection[IncidentId]) -> Sequence[AccessRequest]:
        """See `flow.ports.UnitOfWork`."""
        table = schema.access_request
        statement = (
            select(table).where(table.c.incident.in_(incidents)).order_by(table.c.created_at, table.c.id)
        )
        return [rows.request(r) for r in await self._all(statement)]

    async def requests_between(
        self, beneficiary: OrganisationId, owner: OrganisationId, *, since: datetime, until: datetime
    ) -> Sequence[AccessRequest]:
        """See `flow.ports.UnitOfWork`."""
        table = schema.access_request
        asked = table.c.created_at.between(since, until)
        parties = (table.c.beneficiary == beneficiary) & (table.c.owner == owner)
        statement = select(table).where(asked & parties).order_by(table.c.created_at, table.c.id)
        return [rows.request(r) for r in await self._all(statement)]

    async def requests(self, *, open_only: bool, since: datetime | None = None) -> Sequence[AccessRequest]:
        """See `flow.ports.UnitOfWork`."""
        table = schema.access_request
        wanted = _open_or_since(
            table, schema.REQUEST_OPEN, table.c.decided_at, open_only=open_only, since=since
        )
        statement = select(table).where(wanted).order_by(table.c.created_at, table.c.id)
        return [rows.request(r) for r in await self._all(statement)]

    async def grant(self, id: GrantId) -> Grant:
        """See `flow.ports.UnitOfWork`."""
        [grant] = await self._grants([await self._one(schema.access_grant, id)])
        return grant

    async def grants_of(self, ids: Collection[GrantId]) -> Sequence[Grant]:
        """See `flow.ports.UnitOfWork`."""
        return await self._grants(await self._among(schema.access_grant.c.id, ids))

    async def live_grants(self, known: Mapping[GrantId, Grant]) -> Sequence[Grant]:
        """See `flow.ports.UnitOfWork`."""
        table = schema.access_grant
        live = _open_or_since(table, schema.GRANT_OPEN, table.c.ending_at, open_only=True, since=None)
        found = select(table.c.id, table.c.version).where(live)
        heads = await self._all(found.order_by(table.c.starts_at, table.c.id))
        same = {
            row["id"] for row in heads if row["id"] in known and known[row["id"]].version == row["version"]
        }
        others = await self.grants_of([row["id"] for row in heads if row["id"] not in same])
        read = {grant.id: grant for grant in others}
        return [known[row["id"]] if row["id"] in same else read[row["id"]] for row in heads]

    async def grants(self, *, live_only: bool, since: datetime | None = None) -> Sequence[Grant]:
        """See `flow.ports.UnitOfWork`."""
        table = schema.access_grant
        wanted = _open_or_since(table, schema.GRANT_OPEN, table.c.ending_at, open_only=live_only, since=since)
        return await self._grants(
            await self._all(select(table).where(wanted).order_by(table.c.starts_at, table.c.id))
        )

    async def _grants(self, found: Sequence[RowMapping]) -> list[Grant]:
        views: dict[str, list[RowMapping]] = {row["id"]: [] for row in found}
        for view in await self._among(schema.grant_view.c.grant_id, views):
            views[view["grant_id"]].append(view)
        return await _built(found, lambda row: rows.grant(row, views[row["id"]]))

    async def crisis(self, id: CrisisId) -> DeclaredCrisis:
        """See `flow.ports.UnitOfWork`."""
        return rows.crisis(await self._one(schema.declared_crisis, id))

    async def crises(self, *, open_only: bool, since: datetime | None = None) -> Sequence[DeclaredCrisis]:
        """See `flow.ports.UnitOfWork`."""
        table = schema.declared_crisis
        wanted = _open_or_since(table, schema.CRISIS_OPEN, table.c.ended_at, open_only=open_only, since=since)
        statement = select(table).where(wanted).order_by(table.c.proposed_at, table.c.id)
        return [rows.crisis(r) for r in await self._all(statement)]

    async def newest_crises(
        self, organisation: OrganisationId | None, limit: int
    ) -> Sequence[DeclaredCrisis]:
        """See `flow.ports.UnitOfWork`."""
        table = schema.declared_crisis
        statement = select(table).order_by(table.c.proposed_at.desc(), table.c.id).limit(limit)
        if organisation is not None:
            own = (table.c.beneficiary == organisation) | (table.c.owner == organisation)
            statement = statement.where(own)
        return [rows.crisis(r) for r in await self._all(statement)]

    async def sharing(self, owner: OrganisationId) -> Sharing:
        """See `flow.ports.UnitOfWork`. A switch never used has version 0: the first throw inserts it as 1."""
        row = await self._first(select(schema.sharing).where(schema.sharing.c.owner == owner))
        return Sharing(owner=owner, version=0) if row is None else rows.sharing(row)

    async def viewings(self, *, open_only: bool, grant: GrantId | None = None) -> Sequence[Viewing]:
        """See `flow.ports.UnitOfWork`."""
        table = schema.viewing
        statement = select(table).order_by(table.c.started_at, table.c.id)
        if open_only:
            statement = statement.where(table.c.ended_at.is_(None))
        if grant is not None:
            statement = statement.where(table.c.grant_id == grant)
        return [rows.viewing(r) for r in await self._all(statement)]

    async def preview(self, id: PreviewId) -> Preview:
        """See `flow.ports.UnitOfWork`."""
        return rows.preview(await self._one(schema.preview, id))

    async def previews(self) -> Sequence[Preview]:
        """See `flow.ports.UnitOfWork`."""
        table = schema.preview
        going_on = select(table).where(table.c.ended_at.is_(None)).order_by(table.c.opened_at, table.c.id)
        return [rows.preview(r) for r in await self._all(going_on)]

    async def viewings_of(self, ids: Collection[ViewingId]) -> Sequence[Viewing]:
        """See `flow.ports.UnitOfWork`."""
        return [rows.viewing(r) for r in await self._among(schema.viewing.c.id, ids)]

    async def entries(
        self, *, after: int, limit: int, kinds: Collection[str] | None = None
    ) -> Sequence[Entry]:
        """See `flow.ports.UnitOfWork`."""
        table = schema.register_entry
        statement = select(table).where(table.c.seq > after).order_by(table.c.seq).limit(limit)
        return await self._entries(statement, kinds)

    async def entries_before(
        self, *, before: int | None, limit: int, kinds: Collection[str] | None = None
    ) -> Sequence[Entry]:
        """See `flow.ports.UnitOfWork`."""
        table = schema.register_entry
        statement = select(table).order_by(table.c.seq.desc()).limit(limit)
        if before is not None:
            statement = statement.where(table.c.seq < before)
        return await self._entries(statement, kinds)

    async def _entries(self, statement: Select[Any], kinds: Collection[str] | None) -> list[Entry]:
        if kinds is not None:
            statement = statement.where(schema.register_entry.c.kind.in_(kinds))
        return [Entry(**row) for row in await self._all(statement)]

    async def register_head(self) -> Frontier:
        """See `flow.ports.UnitOfWork`."""
        if self._head is not None:  # nobody else writes before this transaction ends
            return self._head
        head, entry = schema.register_head, schema.register_entry
        newest = select(entry.c.at).where(entry.c.seq == head.c.size).scalar_subquery()
        row = await self._first(select(head, newest.label("newest_at")))
        if row is None:
            return Frontier()
        self._newest_at = row["newest_at"]
        return Frontier.load(row["size"], row["frontier"])


def event_of(entry: Entry) -> dict[str, Any]:
    """The canonical JSON of an entry, read back."""
    value: dict[str, Any] = json.loads(entry.body)
    return value
