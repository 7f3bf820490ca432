"""A person's granted views in the page of their dispatch software: launch → code → session that only looks.

The software (a machine, `Scope.LAUNCH`) asks for somebody who is signed in at our own address. What it gets
is a code, good once and for seconds, for that session, one incident and one page's origin; our page inside
theirs changes it for a session with a token of its own. That session looks at what its person may watch of
this incident, and does nothing else: no route but those of `web.embedding` knows its token. It hangs on the
whole session: `signin` asks for both at each step, so whatever ends the one ends the other.

No cookie is involved: browsers keep ours from pages inside other pages, and those of the whole session must
never count there. Why not a partitioned cookie: `docs/decisions/0012-a-token-in-the-page.md`.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass, replace

from crisislink.core import policy
from crisislink.core.actors import Actor, Person, Role
from crisislink.core.errors import Denied, NotFound, Reason, Unauthenticated
from crisislink.core.events import Embedded, LaunchGiven
from crisislink.core.grants import Grant
from crisislink.core.ids import CameraId, GrantId, IncidentId, NodeId, PersonId, SessionId
from crisislink.core.incidents import Incident
from crisislink.core.requests import AccessRequest
from crisislink.flow import live, viewing
from crisislink.flow.attempts import recorded
from crisislink.flow.carriers import Ticket
from crisislink.flow.live import Happening, Room
from crisislink.flow.ports import Ports, Session, UnitOfWork, ViewOnly
from crisislink.flow.signin import (
    Opened,
    SessionEnd,
    SessionLimits,
    actor_in,
    end,
    kept,
    lives_until,
    put,
    session_id,
)

CODE_S = 30.0
CODE_MAX = 128
_WATCHERS = frozenset({Role.REGULATOR, Role.SAMU_SUPERVISOR})
_TO_ALL = "sharing."


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Where one hospital's people may be shown our page. `issuer` vouches for them, `machines`
    for software.
    """

    provider: str
    issuer: str
    machines: str
    origins: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Whom the software's page is to show what. `subject`: the person, as their provider calls them to us."""

    subject: str
    incident: IncidentId
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """A launch that was given. `code` goes to the software and nowhere else."""

    code: str
    provider: str

    def __repr__(self) -> str:
        """Never the code."""
        return f"Launch(provider={self.provider!r})"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    session: SessionId
    incident: IncidentId
    origin: str
    machine: PersonId


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Who looks, and at what alone."""

    actor: Actor
    view: ViewOnly

    def concerned(self, happening: Happening) -> bool:
        """Whether an event is this incident's, or about all sharing."""
        named = {None if happening.incident is None else happening.incident.id}
        named |= {one.incident for one in (happening.request, happening.grant) if one is not None}
        return happening.kind.startswith(_TO_ALL) or self.view.incident in named


async def launch(
    ports: Ports, limits: SessionLimits, frames: Collection[Frame], machine: Actor, wanted: Wanted
) -> Launch:
    """A code for the software's page; in the register before anybody has it.

    Raises:
        Denied: the page is not one of this hospital's (`EMBEDDING`); the person is not signed in, is nobody,
            or may not watch (`LAUNCH_PERSON`: all alike); the incident is closed. Recorded.
        NotFound: no such incident of this hospital; recorded.
    """
    async with recorded(ports, machine, "launch", wanted.incident):
        frame = next((one for one in frames if one.machines == machine.person.issuer), None)
        if frame is None or wanted.origin not in frame.origins:
            raise Denied(Reason.EMBEDDING)
        async with ports.store.read() as work:
            await _open_incident(work, wanted.incident, machine)
            person = await work.person_by_subject(frame.issuer, wanted.subject)
            session = await _session_of(ports, limits, work, machine, person)
    async with ports.store.write() as work:
        await work.record(
            LaunchGiven(
                organisation=machine.organisation.id,
                actor=machine.person.id,
                person=session.person,
                incident=wanted.incident,
                origin=wanted.origin,
            )
        )
    code = ports.entropy.token()
    given = _Kept(
        session=session.id, incident=wanted.incident, origin=wanted.origin, machine=machine.person.id
    )
    await ports.ephemera.put(_key(code), json.dumps(asdict(given)), ttl_s=CODE_S)
    return Launch(code=code, provider=frame.provider)


async def _open_incident(work: UnitOfWork, id: IncidentId, of: Actor) -> Incident:
    incident = await work.incident(id)
    if incident.organisation != of.organisation.id:
        raise NotFound
    if incident.closed_at is not None:
        raise Denied(Reason.INCIDENT_CLOSED)
    return incident


async def _session_of(
    ports: Ports, limits: SessionLimits, work: UnitOfWork, machine: Actor, person: Person | None
) -> Session:
    """The session they used last, of those in which they may watch."""
    if person is None or person.organisation != machine.organisation.id:
        raise Denied(Reason.LAUNCH_PERSON)
    now = ports.clock.now()
    held = {one.role for one in await work.habilitations(person.id) if one.in_force(now)}
    living = [
        one
        for one in await work.sessions_of(person.id)
        if one.view is None and now < lives_until(one, limits) and one.roles & held & _WATCHERS
    ]
    if not living:
        raise Denied(Reason.LAUNCH_PERSON)
    return max(living, key=lambda one: one.seen_at)


async def embed(ports: Ports, limits: SessionLimits, code: str, origin: str) -> Opened:
    """A session that only looks, for our page inside the page at `origin`, which the browser told it.

    Raises:
        Denied: not a code, used, or too old (`LAUNCH_CODE`); another page than it was given for
            (`EMBEDDING`); the person signed out meanwhile (`LAUNCH_PERSON`), or may not watch any more; the
            incident was closed. Whatever is refused, the code is used. Recorded.
    """
    given = await _taken(ports, code)
    try:
        actor = await actor_in(ports, limits, given.session, activity=False)
        parent = await ports.sessions.get(given.session)
    except Unauthenticated:
        actor, parent = None, None
    async with recorded(ports, actor, "embed", given.incident):
        if actor is None or parent is None:
            raise Denied(Reason.LAUNCH_PERSON)
        if origin != given.origin:
            raise Denied(Reason.EMBEDDING)
        async with ports.store.read() as work:
            policy.require(
                policy.may_work_on_incident(actor, await _open_incident(work, given.incident, actor))
            )
    token = ports.entropy.token()
    session = replace(
        parent,
        id=session_id(token),
        opened_at=ports.clock.now(),
        authenticated_at=None,  # it proves nothing that approving could rest on
        roles=parent.roles & _WATCHERS,
        id_token=None,
        view=ViewOnly(parent=parent.id, incident=given.incident, origin=origin),
    )
    entry = Embedded(
        organisation=actor.organisation.id,
        actor=actor.person.id,
        incident=given.incident,
        origin=origin,
        launched_by=given.machine,
    )
    await put(ports, session, entry)
    return Opened(token=token, session=session, actor=actor)


async def _taken(ports: Ports, code: str) -> _Kept:
    async with recorded(ports, None, "embed"):
        value = await ports.ephemera.take(_key(code))
        if value is None:
            raise Denied(Reason.LAUNCH_CODE)
    return _Kept(**json.loads(value))


def _key(code: str) -> str:
    return f"launch:{hashlib.sha256(code.encode()).hexdigest()}"


async def close(ports: Ports, token: str) -> None:
    """The page is gone, or begins anew. Only what looks can be ended so."""
    session = await kept(ports, token)
    if session is not None and session.view is not None:
        await end(ports, session, SessionEnd.CLOSED)


async def room(ports: Ports, viewer: Viewer) -> Room:
    """What the person's room shows of this incident; no message, crisis or handover, nobody's other views."""
    whole = await live.room(ports, viewer.actor)
    incident = viewer.view.incident
    requests = [one for one in whole.requests if one.incident == incident]
    grants = [one for one in whole.grants if one.incident == incident]
    shown = {one.id for one in grants}
    named = _named(requests, grants)
    return replace(
        whole,
        incidents=[one for one in whole.incidents if one.id == incident],
        charges=(),
        requests=requests,
        grants=grants,
        crises=(),
        viewings=[one for one in whole.viewings if one.grant in shown],
        escalations=[one for one in whole.escalations if one.request in {r.id for r in requests}],
        previews=(),
        pauses=(),
        failing=(),
        messages=(),
        persons=[one for one in whole.persons if one.id in named],
    )


def _named(requests: Iterable[AccessRequest], grants: Iterable[Grant]) -> set[PersonId | None]:
    return {r.decided_by for r in requests} | {v.ended_by for g in grants for v in g.views}


async def open_ticket(
    ports: Ports,
    viewer: Viewer,
    grant_id: GrantId,
    camera_id: CameraId,
    *,
    avoid: Sequence[NodeId] = (),
) -> Ticket:
    """As `viewing.open_ticket`, for this incident's grants.

    Raises:
        NotFound: also another incident's grant; recorded.
    """
    async with recorded(ports, viewer.actor, "ticket.open", grant_id), ports.store.read() as work:
        if (await work.grant(grant_id)).incident != viewer.view.incident:
            raise NotFound
    return await viewing.open_ticket(ports, viewer.actor, grant_id, camera_id, avoid=avoid)
