"""What a room sees: everything at once (`room`), then what happened since (`since`), each side its own part.

The register is the feed: an event's number is its place in it, so a room that lost its socket goes on where
it was, on any process. With each event come the present states of all it touched; applying them again is
harmless. Who signed in or was refused something is the auditor's to read, not the other people's in the room.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from crisislink.core import policy
from crisislink.core.actors import Actor, Person, Side
from crisislink.core.conversation import Message
from crisislink.core.crisis import DeclaredCrisis
from crisislink.core.entries import parties
from crisislink.core.escalation import Escalation
from crisislink.core.events import (
    CameraFailed,
    CameraRecovered,
    CameraResumed,
    CameraSuspended,
    HandoverWished,
    IncidentHandedOver,
)
from crisislink.core.grants import Grant, GrantState
from crisislink.core.handover import Charge
from crisislink.core.ids import CameraId, IncidentId, OrganisationId, PersonId
from crisislink.core.incidents import Incident
from crisislink.core.killswitch import Sharing
from crisislink.core.previews import Preview
from crisislink.core.requests import AccessRequest, RequestState
from crisislink.core.suspension import Pause
from crisislink.flow import conversation
from crisislink.flow.attempts import recorded
from crisislink.flow.ports import Entry, Ports, UnitOfWork, Viewing

_ANSWERED = frozenset({RequestState.APPROVED, RequestState.REFUSED})
_SHIFT = timedelta(hours=12)
_OF_ACCESS = ("incident.", "request.", "grant.", "view.", "viewing.", "preview.", "message.")
_SHOWN = (*_OF_ACCESS, "sharing.", "camera.", "crisis.")
_HANDOVERS = (HandoverWished.kind, IncidentHandedOver.kind)
_PAUSES = (CameraSuspended.kind, CameraResumed.kind)
_FAULTS_MAX = 500  # how many newest entries of faults tell which cameras fail now
_TO_ALL = "sharing."  # that a city stopped sharing concerns every room it could share with


@dataclass(frozen=True, slots=True, kw_only=True)
class Failing:
    """A camera somebody may watch gives no picture, since then."""

    camera: CameraId
    fault: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """All a room shows, as of register entry `as_of`. `answer_median_s`: asking to a person's decision.

    Exercises do not count in the median. `charges`: who holds one's own incidents, where that is not who
    opened them. `escalations`: how far the requests that wait went. `messages`: what was said under grants
    that live. `pauses`, `failing` and `previews` are the owner's to know: which cameras it holds back, which
    of those it shares give no picture, and what it looks at itself before it decides.
    """

    as_of: int
    incidents: Sequence[Incident]
    charges: Sequence[Charge]
    requests: Sequence[AccessRequest]
    grants: Sequence[Grant]
    crises: Sequence[DeclaredCrisis]
    viewings: Sequence[Viewing]
    previews: Sequence[Preview]
    sharing: Sequence[Sharing]
    escalations: Sequence[Escalation]
    pauses: Sequence[Pause]
    failing: Sequence[Failing]
    messages: Sequence[Message]
    persons: Sequence[Person]
    answer_median_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One event with the present state of what it touched."""

    seq: int
    at: datetime
    kind: str
    body: dict[str, Any] = field(repr=False)
    incident: Incident | None = None
    charge: Charge | None = None
    request: AccessRequest | None = None
    grant: Grant | None = None
    crisis: DeclaredCrisis | None = None
    viewing: Viewing | None = None
    preview: Preview | None = None
    sharing: Sharing | None = None
    pause: Pause | None = None
    message: Message | None = None
    actor: Person | None = None

    def concerns(self, organisation: OrganisationId) -> bool:
        """Whether its rooms are told."""
        return _concerns(self.kind, self.body, organisation)


async def room(ports: Ports, actor: Actor) -> Room:
    """The room of the actor's organisation.

    Raises:
        Denied: neither regulator nor police.
    """
    async with recorded(ports, actor, "room.see"):
        policy.require(policy.may_see_room(actor))
    own, since = actor.organisation.id, ports.clock.now() - _SHIFT
    async with ports.store.read() as work:
        requests = [
            r for r in await work.requests(open_only=False, since=since) if own in {r.beneficiary, r.owner}
        ]
        grants = [
            g for g in await work.grants(live_only=False, since=since) if own in {g.beneficiary, g.owner}
        ]
        crises = [
            c
            for c in await work.crises(open_only=False, since=since)
            if own in {c.terms.beneficiary, c.terms.owner}
        ]
        incidents = await _incidents(work, own, requests, grants)
        charges = list((await work.charges({i.id for i in incidents if i.organisation == own})).values())
        held = {g.id for g in grants}
        viewings = [v for v in await work.viewings(open_only=True) if v.grant in held]
        previews = [one for one in await work.previews() if one.owner == own]
        owners = {own} | {r.owner for r in requests}
        owners |= {o.id for o in await work.organisations() if o.side is Side.CITY}
        sharing = [await work.sharing(o) for o in sorted(owners)]
        escalations = await work.escalations([r.id for r in requests if r.open])
        pauses = await _pauses(work, own)
        failing = await _failing(work, [g for g in grants if g.owner == own])
        messages = await conversation.shown(
            ports, work, [g for g in grants if g.state is not GrantState.ENDED]
        )
        persons = await work.persons(
            _named(incidents, requests, grants, viewings, sharing)
            | {one.person for one in previews}
            | _in_charge(charges)
            | _speaking(messages)
            | _declarers(crises)
        )
        head = await work.register_head()
    return Room(
        as_of=head.size,
        incidents=incidents,
        charges=charges,
        requests=requests,
        grants=grants,
        crises=crises,
        viewings=viewings,
        previews=previews,
        sharing=sharing,
        escalations=[e for e in escalations.values() if e.level > 0],
        pauses=pauses,
        failing=failing,
        messages=messages,
        persons=persons,
        answer_median_s=_answer_median_s(requests),
    )


async def _incidents(
    work: UnitOfWork, own: OrganisationId, requests: Iterable[AccessRequest], grants: Iterable[Grant]
) -> list[Incident]:
    """One's own open ones, and those that what one sees belongs to."""
    mine = {i.id: i for i in await work.incidents() if i.organisation == own}
    named = {r.incident for r in requests} | {g.incident for g in grants}
    mine |= {i.id: i for i in await work.incidents(ids=named - mine.keys())}
    return sorted(mine.values(), key=lambda i: (i.opened_at, i.id))


async def _pauses(work: UnitOfWork, own: OrganisationId) -> list[Pause]:
    """Cameras of this city that it holds back, the longest first."""
    kept = [pause for pause in (await work.pauses()).values() if pause.owner == own]
    since = [(pause.since, pause) for pause in kept if pause.since is not None]
    return [pause for _, pause in sorted(since, key=lambda s: (s[0], s[1].camera))]


async def _failing(work: UnitOfWork, grants: Sequence[Grant]) -> list[Failing]:
    """Of the cameras these grants show: those whose last word since the grant began was that they fail."""
    began: dict[CameraId, datetime] = {}
    for grant in grants:
        for camera in grant.open_cameras:
            began[camera] = min(grant.starts_at, began.get(camera, grant.starts_at))
    if not began:
        return []
    kinds = (CameraFailed.kind, CameraRecovered.kind)
    told: dict[CameraId, tuple[Entry, dict[str, Any]]] = {}
    for entry in await work.entries_before(before=None, limit=_FAULTS_MAX, kinds=kinds):
        body = json.loads(entry.body)
        told.setdefault(CameraId(body["camera"]), (entry, body))
    return [
        Failing(camera=camera, fault=body["fault"], since=entry.at)
        for camera, (entry, body) in sorted(told.items())
        if entry.kind == CameraFailed.kind and camera in began and entry.at >= began[camera]
    ]


def _named(
    incidents: Iterable[Incident],
    requests: Iterable[AccessRequest],
    grants: Iterable[Grant],
    viewings: Iterable[Viewing],
    sharing: Iterable[Sharing],
) -> set[PersonId]:
    found: set[PersonId | None] = {p for r in requests for p in (r.requester, r.decided_by)}
    found |= {i.opened_by for i in incidents}
    found |= {v.person for v in viewings}
    found |= {p for g in grants for p in (g.requester, g.approver, g.ended_by, g.noticed_by)}
    found |= {v.ended_by for g in grants for v in g.views}
    found |= {s.stopped_by for s in sharing}
    return {p for p in found if p is not None}


def _in_charge(charges: Iterable[Charge]) -> set[PersonId]:
    named = {p for c in charges for p in (c.holder, c.wished_by, *c.relieved)}
    return {p for p in named if p is not None}


def _speaking(messages: Iterable[Message]) -> set[PersonId]:
    return {p for m in messages for p in (m.author, m.answered_by) if p is not None}


def _declarers(crises: Iterable[DeclaredCrisis]) -> set[PersonId]:
    found = {p for c in crises for p in (c.by_hospital, c.by_city, c.suspended_by, c.ended_by)}
    return {p for p in found if p is not None}


def _answer_median_s(requests: Iterable[AccessRequest]) -> float | None:
    answered = [
        (r.decided_at - r.created_at).total_seconds()
        for r in requests
        if not r.exercise and r.decided_at is not None and r.declaration is None and r.state in _ANSWERED
    ]
    return median(answered) if answered else None


async def since(ports: Ports, actor: Actor, after: int, *, limit: int) -> tuple[int, list[Happening]]:
    """Up to `limit` register entries after `after` that concern the actor's organisation.

    Returns the number of the last entry looked at, so that the next call continues there.
    """
    async with ports.store.read() as work:
        entries = await work.entries(after=after, limit=limit)
        own = actor.organisation.id
        mine = [(entry, body) for entry, body in _shown(entries) if _concerns(entry.kind, body, own)]
        happenings = await _happenings(ports, work, mine)
    return (entries[-1].seq if entries else after), happenings


async def head(ports: Ports) -> int:
    """The number of the newest register entry."""
    async with ports.store.read() as work:
        return (await work.register_head()).size


async def incarnation(ports: Ports) -> int | None:
    """Of the store (`flow.ports.Authority`): another's entries have the same numbers. None: not taken yet."""
    async with ports.store.read() as work:
        authority = await work.authority()
    return None if authority is None else authority.incarnation


async def news(ports: Ports, after: int, *, limit: int) -> tuple[int, list[Happening], bool]:
    """As `since`, for all organisations; and whether there is anything else among the entries.

    What is not shown in rooms is about people (who signed in or out, the roster) or refusals: whoever passes
    the events on asks again who may hear them.
    """
    async with ports.store.read() as work:
        entries = await work.entries(after=after, limit=limit)
        happenings = await _happenings(ports, work, list(_shown(entries)))
    return (entries[-1].seq if entries else after), happenings, len(happenings) < len(entries)


def _shown(entries: Iterable[Entry]) -> Iterator[tuple[Entry, dict[str, Any]]]:
    return ((entry, json.loads(entry.body)) for entry in entries if entry.kind.startswith(_SHOWN))


def _concerns(kind: str, body: dict[str, Any], organisation: OrganisationId) -> bool:
    return organisation in parties(body) or kind.startswith(_TO_ALL)


async def _happenings(
    ports: Ports, work: UnitOfWork, shown: Sequence[tuple[Entry, dict[str, Any]]]
) -> list[Happening]:
    """What they touched is read together: one question for each sort of thing, however many happened."""
    named = [body for _, body in shown]
    requests = {r.id: r for r in await work.requests_of(_ids(named, "request"))}
    grants = {g.id: g for g in await work.grants_of(_ids(named, "grant"))}
    viewings = {v.id: v for v in await work.viewings_of(_ids(named, "viewing"))}
    persons = {p.id: p for p in await _persons(work, _ids(named, "actor"))}
    wanted = _ids(named, "incident") | {request.incident for request in requests.values()}
    incidents = {i.id: i for i in (await work.incidents(ids=wanted) if wanted else ())}
    found = []
    for entry, body in shown:
        request = requests[body["request"]] if "request" in body else None
        incident = body.get("incident") if request is None else request.incident
        grant = None if body.get("grant") is None else grants[body["grant"]]
        found.append(
            Happening(
                seq=entry.seq,
                at=entry.at,
                kind=entry.kind,
                body=body,
                incident=None if incident is None else incidents[incident],
                charge=await _charge(work, incident) if entry.kind in _HANDOVERS and incident else None,
                request=request,
                grant=grant,
                crisis=None if body.get("declaration") is None else await work.crisis(body["declaration"]),
                viewing=viewings[body["viewing"]] if "viewing" in body else None,
                preview=await work.preview(body["preview"]) if "preview" in body else None,
                sharing=await work.sharing(body["owner"]) if entry.kind.startswith("sharing.") else None,
                pause=await _pause(work, body) if entry.kind in _PAUSES else None,
                message=await _message(ports, work, body, grant),
                actor=None if body.get("actor") is None else persons[body["actor"]],
            )
        )
    return found


def _ids(bodies: Iterable[dict[str, Any]], name: str) -> set[Any]:
    return {body[name] for body in bodies if body.get(name) is not None}


async def _persons(work: UnitOfWork, ids: Collection[PersonId]) -> Sequence[Person]:
    return await work.persons(ids) if ids else ()


async def _charge(work: UnitOfWork, incident: IncidentId) -> Charge:
    return (await work.charges({incident}))[incident]


async def _message(
    ports: Ports, work: UnitOfWork, body: dict[str, Any], grant: Grant | None
) -> Message | None:
    if grant is None or "message" not in body:
        return None
    return conversation.readable(ports, await work.message(body["message"]), grant)


async def _pause(work: UnitOfWork, body: dict[str, Any]) -> Pause:
    camera = CameraId(body["camera"])
    return (await work.pauses([camera]))[camera]
