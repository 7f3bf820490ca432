"""Reading an incident afterwards (RETEX): its hospital, the cities it asked, and the commission.

Read only, from the store's own states; what became of declared crises, and who handed the incident to whom,
from the register, which stays the proof.
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
)
from crisislink.core.grants import Grant
from crisislink.core.ids import CrisisId, IncidentId, OrganisationId, PersonId
from crisislink.core.incidents import Incident
from crisislink.core.perimeter import holds
from crisislink.core.requests import AccessRequest
from crisislink.core.review import AfterActionReview, Look, Moment, Step, after_action
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


async def read(ports: Ports, actor: Actor, id: IncidentId) -> Read:
    """One incident's review.

    Raises:
        Denied: not the actor's to review; recorded.
        NotFound: no such incident.
    """
    async with recorded(ports, actor, "review.read", id), ports.store.read() as work:
        incident = await work.incident(id)
        requests = await work.requests_for({id})
        policy.require(policy.may_review(actor, incident, _owners(requests, id)))
        mine = [one for one in requests if policy.may_review_request(actor, one) is None]
        crises = [
            one
            for one in await work.crises(open_only=False, since=incident.opened_at)
            if _held_for(incident, one) and policy.may_review_crisis(actor, one) is None
        ]
        return await _read(ports, work, actor, incident, requests=mine, crises=crises)


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


async def _handed_over(work: UnitOfWork, incident: Incident) -> list[Moment]:
    """Its changes of shift."""
    if not await work.charges({incident.id}):
        return []
    entries = await _entries(work, {IncidentHandedOver.kind}, since=incident.opened_at)
    return [
        Moment(at=at, step=Step.HANDED_OVER, actor=body["holder"], relieved=body["relieved"])
        for at, _, body in entries
        if body["incident"] == incident.id
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
    """The register's entries of these kinds since then, however many, with what they say."""
    found: list[tuple[datetime, str, dict[str, Any]]] = []
    before: int | None = None
    while some := await work.entries_before(before=before, limit=_PAGE, kinds=kinds):
        found += [(one.at, one.kind, json.loads(one.body)) for one in some if one.at >= since]
        before = some[-1].seq
        if some[-1].at < since:
            break
    return found


async def _read(
    ports: Ports,
    work: UnitOfWork,
    actor: Actor,
    incident: Incident,
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
    besides = await _declared(work, crises)
    if _told_handovers(actor, incident):
        besides += await _handed_over(work, incident)
    review = after_action(incident, requests, grants, looks, messages, besides=besides, now=ports.clock.now())
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
