"""Reading an incident, or its crisis, afterwards (RETEX): its hospital, the cities it asked, the commission.

Read only, from the store's own states; what became of declared crises, who handed the incident to whom,
and which views were suspended, from the register, which stays the proof.
"""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crisislink.core import policy
from crisislink.core.actors import Actor, Person, Role
from crisislink.core.cameras import Camera
from crisislink.core.conversation import Message, without_words
from crisislink.core.crisis import DeclaredCrisis
from crisislink.core.events import (
    CrisisActivated,
    CrisisEnded,
    CrisisResumed,
    CrisisSuspended,
    IncidentHandedOver,
    ViewResumed,
    ViewSuspended,
)
from crisislink.core.grants import Grant
from crisislink.core.ids import CameraId, CrisisId, IncidentId, OrganisationId, PersonId
from crisislink.core.incidents import Incident
from crisislink.core.perimeter import holds
from crisislink.core.requests import AccessRequest
from crisislink.core.review import AfterActionReview, Look, Moment, Step, after_action
from crisislink.core.suspension import SuspendCause
from crisislink.flow import conversation
from crisislink.flow.attempts import recorded
from crisislink.flow.ports import Ports, UnitOfWork

RECENT_MAX = 100
_PAGE = 1_000
_CHANGES = {
    CrisisActivated.kind: Step.CRISIS_DECLARED,
    CrisisSuspended.kind: Step.CRISIS_SUSPENDED,
    CrisisResumed.kind: Step.CRISIS_RESUMED,
    CrisisEnded.kind: Step.CRISIS_ENDED,
}
_PAUSES = {ViewSuspended.kind: Step.VIEW_SUSPENDED, ViewResumed.kind: Step.VIEW_RESUMED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A review, and the names in it."""

    review: AfterActionReview
    requests: Sequence[AccessRequest]
    grants: Sequence[Grant]
    looks: Sequence[Look]
    messages: Sequence[Message]
    persons: Sequence[Person]
    cameras: Sequence[Camera]
    crises: Sequence[DeclaredCrisis]


async def recent(ports: Ports, actor: Actor) -> Sequence[Incident]:
    """The newest incidents that the actor may review, newest first.

    Raises:
        Denied: a role that reviews none.
    """
    async with recorded(ports, actor, "reviews.list"):
        policy.require(policy.may_review_any(actor))
        async with ports.store.read() as work:
            found = await work.newest_incidents(RECENT_MAX)
            requests = await work.requests_for({incident.id for incident in found})
    return [one for one in found if policy.may_review(actor, one, _owners(requests, one.id)) is None]


async def read(ports: Ports, actor: Actor, id: IncidentId, *, crisis: bool = False) -> Read:
    """One incident's review, or that of all incidents of its `crisis` that are the actor's to review.

    Raises:
        Denied: not the actor's to review; recorded.
        NotFound: no such incident.
    """
    async with recorded(ports, actor, "review.read", id), ports.store.read() as work:
        incident = await work.incident(id)
        grouped: Sequence[Incident] = [incident]
        if crisis and incident.crisis is not None:
            grouped = await work.incidents_of(incident.crisis)
        requests = await work.requests_for({one.id for one in grouped})
        policy.require(policy.may_review(actor, incident, _owners(requests, id)))
        incidents = [
            one for one in grouped if policy.may_review(actor, one, _owners(requests, one.id)) is None
        ]
        mine = [one for one in requests if policy.may_review_request(actor, one) is None]
        crises = [
            one
            for one in await work.crises(open_only=False, since=min(one.opened_at for one in incidents))
            if any(_held_for(incident, one) for incident in incidents)
            and policy.may_review_crisis(actor, one) is None
        ]
        return await _read(ports, work, actor, incidents, requests=mine, crises=crises)


def _told_handovers(actor: Actor, incident: Incident) -> bool:
    """A city is not told who holds a hospital's incident."""
    return actor.organisation.id == incident.organisation or actor.has(Role.AUDITOR)


def _owners(requests: Iterable[AccessRequest], id: IncidentId) -> set[OrganisationId]:
    return {request.owner for request in requests if request.incident == id}


def _held_for(incident: Incident, crisis: DeclaredCrisis) -> bool:
    """Whether it was declared for the incident's hospital, place and time."""
    terms, began = crisis.terms, crisis.activated_at
    alike = (terms.beneficiary, terms.exercise) == (incident.organisation, incident.exercise)
    in_time = began is not None and (incident.closed_at is None or began < incident.closed_at)
    return alike and in_time and holds(terms.perimeter, incident.place)


async def _handed_over(work: UnitOfWork, incidents: Iterable[Incident]) -> list[Moment]:
    """Their changes of shift."""
    opened = {one.id: one.opened_at for one in incidents}
    if not await work.charges(opened.keys()):
        return []
    entries = await _entries(work, {IncidentHandedOver.kind}, since=min(opened.values()))
    return [
        Moment(
            at=at,
            step=Step.HANDED_OVER,
            actor=body["holder"],
            incident=body["incident"],
            relieved=body["relieved"],
        )
        for at, _, body in entries
        if body["incident"] in opened
    ]


async def _paused(work: UnitOfWork, grants: Collection[Grant]) -> list[Moment]:
    """Their views suspended and resumed: the state keeps the last time only."""
    if not grants:
        return []
    within = {one.id: one.incident for one in grants}
    entries = await _entries(work, _PAUSES.keys(), since=min(one.starts_at for one in grants))
    return [
        Moment(
            at=at,
            step=_PAUSES[kind],
            actor=body["actor"],
            incident=within[body["grant"]],
            grant=body["grant"],
            cameras=(CameraId(body["camera"]),),
            cause=SuspendCause(body["cause"]),
        )
        for at, kind, body in entries
        if body["grant"] in within
    ]


async def _declared(work: UnitOfWork, crises: Collection[DeclaredCrisis]) -> list[Moment]:
    """What became of these, from the register: the state keeps the last suspension only."""
    if not crises:
        return []
    ids, since = {one.id for one in crises}, min(one.proposed_at for one in crises)
    return [
        Moment(at=at, step=_CHANGES[kind], actor=body["actor"], declaration=CrisisId(body["declaration"]))
        for at, kind, body in await _entries(work, _CHANGES.keys(), since=since)
        if body["declaration"] in ids
    ]


async def _entries(
    work: UnitOfWork, kinds: Collection[str], *, since: datetime
) -> list[tuple[datetime, str, dict[str, Any]]]:
    """The register's entries of these kinds since then, oldest first, however many, with what they say."""
    found: list[tuple[datetime, str, dict[str, Any]]] = []
    before: int | None = None
    while some := await work.entries_before(before=before, limit=_PAGE, kinds=kinds):
        found += [(one.at, one.kind, json.loads(one.body)) for one in some if one.at >= since]
        before = some[-1].seq
        if some[-1].at < since:
            break
    return found[::-1]


async def _read(
    ports: Ports,
    work: UnitOfWork,
    actor: Actor,
    incidents: Sequence[Incident],
    *,
    requests: Sequence[AccessRequest],
    crises: Sequence[DeclaredCrisis],
) -> Read:
    grants = sorted(
        await work.grants_of({one.grant for one in requests if one.grant is not None}),
        key=lambda grant: (grant.starts_at, grant.id),
    )
    looks = [
        Look(
            grant=one.grant,
            camera=one.camera,
            person=one.person,
            started_at=one.started_at,
            ended_at=one.ended_at,
        )
        for grant in grants
        for one in await work.viewings(open_only=False, grant=grant.id)
    ]
    messages = _told(actor, grants, await conversation.shown(ports, work, grants))
    besides = await _declared(work, crises) + await _paused(work, grants)
    if told := [one for one in incidents if _told_handovers(actor, one)]:
        besides += await _handed_over(work, told)
    now = ports.clock.now()
    review = after_action(incidents, requests, grants, looks, messages, besides=besides, now=now)
    return Read(
        review=review,
        requests=requests,
        grants=grants,
        looks=looks,
        messages=messages,
        persons=await work.persons(_named(review, looks, crises)),
        cameras=await work.cameras({camera for one in requests for camera in one.cameras}),
        crises=crises,
    )


def _told(actor: Actor, grants: Iterable[Grant], messages: Iterable[Message]) -> list[Message]:
    """The commission reads that something was said, and not what."""
    may = {grant.id for grant in grants if policy.may_talk(actor, grant) is None}
    return [one if one.grant in may else without_words(one) for one in messages]


def _named(
    review: AfterActionReview, looks: Collection[Look], crises: Collection[DeclaredCrisis]
) -> set[PersonId]:
    found = {who for m in review.moments for who in (m.actor, m.relieved)} | {look.person for look in looks}
    found |= {person for one in crises for person in (one.by_hospital, one.by_city)}
    return {person for person in found if person is not None}
