"""The roster of habilitations, kept by each organisation's own administrators.

Every change is in the register in its own transaction, with who made it. A file is judged as a whole
(`core.roster`): the preview writes nothing, and what is confirmed is what was previewed, to the letter, or
nothing. Who loses a role by a withdrawal is signed out in the same transaction (`flow.leaving`); the grants
that rested on it end by `flow.deadlines`.
"""

import asyncio
import hashlib
import json
from dataclasses import dataclass, replace
from datetime import datetime

from crisislink.core import policy, roster
from crisislink.core.actors import Actor, Habilitation, Person
from crisislink.core.days import end_instant
from crisislink.core.errors import Conflict, NotFound, Reason
from crisislink.core.events import (
    HabilitationGiven,
    HabilitationMoved,
    HabilitationWithdrawn,
    PersonEnrolled,
    RosterExported,
    RosterImported,
    epoch_ms,
)
from crisislink.core.ids import HabilitationId, OrganisationId, PersonId
from crisislink.core.roster import BadRows, Line, Outcome, Plan, Proposal, Roster, RowError, RowFault
from crisislink.core.rosterfile import Column, Row, Unreadable, read, write
from crisislink.flow import leaving
from crisislink.flow.attempts import recorded
from crisislink.flow.commands import Command, remember, repeated
from crisislink.flow.ports import Ports, UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeper:
    """Who keeps which roster. `issuer` vouches for new persons. `actor` None: who runs the service itself."""

    organisation: OrganisationId
    issuer: str
    actor: Actor | None = None

    @property
    def by(self) -> PersonId | None:
        """As the register names them."""
        return None if self.actor is None else self.actor.person.id

    @classmethod
    def of(cls, actor: Actor) -> "Keeper":
        """An administrator keeps their own organisation's, for the provider they come from themselves.

        Raises:
            Denied: not an administrator.
        """
        policy.require(policy.may_keep_roster(actor))
        return cls(organisation=actor.organisation.id, issuer=actor.person.issuer, actor=actor)


def _changing(ports: Ports, actor: Actor) -> Keeper:
    """Who changes the roster proved a moment ago who they are."""
    keeper = Keeper.of(actor)
    policy.require(policy.recent(actor, ports.limits, now=ports.clock.now()))
    return keeper


async def known(work: UnitOfWork, keeper: Keeper) -> Roster:
    """The roster as it is."""
    persons = await work.persons()
    return Roster(
        organisation=await work.organisation(keeper.organisation),
        issuer=keeper.issuer,
        persons=[p for p in persons if p.organisation == keeper.organisation],
        habilitations=await work.habilitations_in(keeper.organisation),
        elsewhere=frozenset(
            p.subject
            for p in persons
            if p.organisation != keeper.organisation and p.issuer == keeper.issuer and p.subject is not None
        ),
    )


async def listed(ports: Ports, actor: Actor) -> Roster:
    """The administrator's own roster.

    Raises:
        Denied: not an administrator.
    """
    async with recorded(ports, actor, "roster.read"):
        keeper = Keeper.of(actor)
        async with ports.store.read() as work:
            return await known(work, keeper)


async def exported(ports: Ports, actor: Actor) -> bytes:
    """As `listed`, as a CSV file; that it was taken out is in the register.

    Raises:
        Denied: not an administrator.
    """
    async with recorded(ports, actor, "roster.export"):
        keeper = Keeper.of(actor)
        async with ports.store.write() as work:
            return await taken_out(work, keeper)


async def taken_out(work: UnitOfWork, keeper: Keeper) -> bytes:
    """As `exported`, for any keeper."""
    lines = roster.exported(await known(work, keeper))
    content = write(lines)
    told = RosterExported(
        organisation=keeper.organisation,
        actor=keeper.by,
        rows=len(lines),
        sha256=hashlib.sha256(content).hexdigest(),
    )
    await work.record(told)
    return content


# -- one habilitation ----------------------------------------------------------------------------------


async def give(
    ports: Ports, actor: Actor, row: Row, person: PersonId | None, command: Command | None
) -> Habilitation:
    """One more, for a person of the roster (`person`) or one to be found, or made, as a file's line would.

    Raises:
        Denied: not an administrator, or no recent authentication.
        NotFound: no such person here.
        BadRows: what to correct.
    """
    async with recorded(ports, actor, "habilitation.give", person), ports.store.write() as work:
        keeper = _changing(ports, actor)
        if (made := await repeated(work, actor, command)) is not None:
            return _found(await known(work, keeper), HabilitationId(made))
        there, now = await known(work, keeper), ports.clock.now()
        if person is not None:
            row = _named(row, there, person)
        proposal, errors = roster.proposed(row, there.organisation)
        if proposal is None:
            raise BadRows(errors)
        line = roster.judged(there, replace(proposal, person=person), by=keeper.by, now=now)
        if line.errors:
            raise BadRows(line.errors)
        if line.outcome is Outcome.UNCHANGED:
            raise BadRows([RowError(row.line, Column.FROM, RowFault.DUPLICATE, "")])
        [given] = await _write(ports, work, keeper, [line])
        await remember(work, actor, command, given.id)
        return given


def _named(row: Row, there: Roster, person: PersonId) -> Row:
    """The row with the name of a person chosen from the roster."""
    chosen = next((p for p in there.persons if p.id == person), None)
    if chosen is None:
        raise NotFound
    return Row(row.line, {**row.cells, Column.NAME: chosen.display_name})


async def move_end(
    ports: Ports, actor: Actor, id: HabilitationId, last_day: str, *, was: datetime
) -> Habilitation:
    """End it at another day. `was`: the end that the administrator saw.

    Raises:
        Denied: not an administrator, or no recent authentication.
        NotFound: none of this organisation's.
        Conflict: it is over (`HABILITATION_OVER`), or somebody moved it since.
        BadRows: it cannot end then.
    """
    async with recorded(ports, actor, "habilitation.move", id), ports.store.write() as work:
        keeper = _changing(ports, actor)
        there, now = await known(work, keeper), ports.clock.now()
        held = _found(there, id)
        if held.ends_at <= now:
            raise Conflict(Reason.HABILITATION_OVER)
        if held.valid_until != was:
            raise Conflict(Reason.VERSION)
        until = end_instant(last_day)
        if until is None:
            raise BadRows([RowError(0, Column.UNTIL, RowFault.DATE)])
        if until == held.valid_until:
            return held
        if errors := roster.moved(there, held, until, by=keeper.by, now=now):
            raise BadRows(errors)
        after = replace(held, valid_until=until)
        event = HabilitationMoved(
            organisation=keeper.organisation,
            actor=actor.person.id,
            person=held.person,
            habilitation=held.id,
            role=held.role.value,
            valid_until_ms=epoch_ms(until),
        )
        await work.record(event, after)
        return after


async def withdraw(ports: Ports, actor: Actor, id: HabilitationId) -> Habilitation:
    """It holds no longer, now; the person is signed out. What is over stays as it is.

    Raises:
        Conflict: it is the last administrator's (`LAST_ADMINISTRATOR`).
        Denied: not an administrator, or no recent authentication.
        NotFound: none of this organisation's.
    """
    async with recorded(ports, actor, "habilitation.withdraw", id), ports.store.write() as work:
        keeper = _changing(ports, actor)
        there, now = await known(work, keeper), ports.clock.now()
        held = _found(there, id)
        if held.ends_at <= now:
            return held
        if roster.last_administrator(there, held, now=now):
            raise Conflict(Reason.LAST_ADMINISTRATOR)
        after = replace(held, withdrawn_at=now)
        event = HabilitationWithdrawn(
            organisation=keeper.organisation,
            actor=actor.person.id,
            person=held.person,
            habilitation=held.id,
            role=held.role.value,
        )
        await work.record(event, after)
        ended = await leaving.sign_out(work, held.person, now=now)
    await leaving.forget(ports, ended)
    return after


def _found(there: Roster, id: HabilitationId) -> Habilitation:
    held = next((h for h in there.habilitations if h.id == id), None)
    if held is None:
        raise NotFound
    return held


# -- a file --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Imported:
    """What a confirmed file did."""

    persons: int
    given: int


async def preview(ports: Ports, actor: Actor, content: bytes) -> Plan:
    """What the file would do. Nothing is written.

    Raises:
        Denied: not an administrator.
        BadRows: it is no roster at all.
    """
    async with recorded(ports, actor, "roster.preview"):
        return await planned(ports, Keeper.of(actor), content)


async def confirm(
    ports: Ports, actor: Actor, content: bytes, digest: str, command: Command | None
) -> Imported:
    """Write what was previewed under this digest.

    Raises:
        Denied: not an administrator, or no recent authentication.
        BadRows: there are lines to correct.
        Conflict: it would do something else now (`VERSION`): preview it again.
    """
    async with recorded(ports, actor, "roster.import"):
        return await imported(ports, _changing(ports, actor), content, digest, command)


async def planned(ports: Ports, keeper: Keeper, content: bytes) -> Plan:
    """As `preview`, for any keeper."""
    rows = await asyncio.to_thread(_rows, content)
    async with ports.store.read() as work:
        there = await known(work, keeper)
    return await _planned(ports, keeper, there, rows)


async def imported(
    ports: Ports, keeper: Keeper, content: bytes, digest: str, command: Command | None = None
) -> Imported:
    """As `confirm`, for any keeper: all of it in one transaction."""
    rows = await asyncio.to_thread(_rows, content)
    async with ports.store.write() as work:
        if keeper.actor is not None and (made := await repeated(work, keeper.actor, command)) is not None:
            return Imported(*json.loads(made))
        there = await known(work, keeper)
        plan = await _planned(ports, keeper, there, rows)
        if plan.errors:
            raise BadRows(plan.errors)
        if plan.digest != digest:
            raise Conflict(Reason.VERSION)
        new = [line for line in plan.lines if line.outcome is not Outcome.UNCHANGED]
        given = await _write(ports, work, keeper, new)
        persons = len({line.who for line in new if line.outcome is Outcome.NEW_PERSON})
        told = RosterImported(
            organisation=keeper.organisation,
            actor=keeper.by,
            rows=len(plan.lines),
            given=len(given),
            sha256=hashlib.sha256(content).hexdigest(),
        )
        await work.record(told)
        if keeper.actor is not None:
            await remember(work, keeper.actor, command, json.dumps([persons, len(given)]))
    return Imported(persons, len(given))


async def _planned(ports: Ports, keeper: Keeper, there: Roster, rows: list[Row]) -> Plan:
    """Beside the event loop: hundreds of lines would hold up every picture."""
    return await asyncio.to_thread(roster.plan, there, rows, by=keeper.by, now=ports.clock.now())


def _rows(content: bytes) -> list[Row]:
    try:
        return read(content)
    except Unreadable as no:
        raise BadRows([RowError(no.line, column, no.fault) for column in no.columns or (None,)]) from no


async def _write(ports: Ports, work: UnitOfWork, keeper: Keeper, lines: list[Line]) -> list[Habilitation]:
    made: dict[str, PersonId] = {}
    given = []
    for line in lines:
        assert line.proposal is not None, "a line without errors proposes something"
        person = line.person or made.get(line.who)
        if person is None:
            person = made[line.who] = await _enrol(ports, work, keeper, line.proposal)
        given.append(await _give(ports, work, keeper, person, line.proposal))
    return given


async def _enrol(ports: Ports, work: UnitOfWork, keeper: Keeper, asked: Proposal) -> PersonId:
    person = Person(
        id=PersonId(ports.entropy.id("per")),
        organisation=keeper.organisation,
        issuer=keeper.issuer,
        subject=asked.subject,
        display_name=asked.name,
        post=asked.post,
    )
    event = PersonEnrolled(organisation=keeper.organisation, actor=keeper.by, person=person.id)
    await work.record(event, person)
    return person.id


async def _give(
    ports: Ports, work: UnitOfWork, keeper: Keeper, person: PersonId, asked: Proposal
) -> Habilitation:
    given = Habilitation(
        id=HabilitationId(ports.entropy.id("hab")),
        person=person,
        role=asked.role,
        designated_by=asked.designated_by,
        act=asked.act,
        valid_from=asked.valid_from,
        valid_until=asked.valid_until,
    )
    designation = json.dumps([asked.designated_by, asked.act], ensure_ascii=False, separators=(",", ":"))
    event = HabilitationGiven(
        organisation=keeper.organisation,
        actor=keeper.by,
        person=person,
        habilitation=given.id,
        role=given.role.value,
        valid_from_ms=epoch_ms(given.valid_from),
        valid_until_ms=epoch_ms(given.valid_until),
        designation_sha256=hashlib.sha256(designation.encode()).hexdigest(),
    )
    await work.record(event, given)
    return given
