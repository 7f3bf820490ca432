"""Reading an incident, all that are linked or a declared crisis afterwards (RETEX): its sides and commission.

Read only, from the store's own states; what they do not keep (`flow.retold`) from the register, which stays
the proof.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from crisislink.core import policy
from crisislink.core.actors import Actor, Person, Role, Side
from crisislink.core.cameras import Camera
from crisislink.core.conversation import Message, without_words
from crisislink.core.crisis import DeclaredCrisis
from crisislink.core.figures import Look
from crisislink.core.grants import Grant
from crisislink.core.ids import CrisisId, IncidentId, OrganisationId, PersonId
from crisislink.core.incidents import Incident
from crisislink.core.perimeter import holds
from crisislink.core.requests import AccessRequest
from crisislink.core.review import AfterActionReview, after_action
from crisislink.flow import conversation, retold
from crisislink.flow.attempts import recorded
from crisislink.flow.ports import Ports, UnitOfWork

RECENT_MAX = 100


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


async def recent_crises(ports: Ports, actor: Actor) -> Sequence[DeclaredCrisis]:
    """The newest declared crises, or proposals of one, that the actor may review, newest first.

    Raises:
        Denied: a role that reviews none.
    """
    async with recorded(ports, actor, "reviews.list"):
        policy.require(policy.may_review_any(actor))
        own = None if actor.organisation.side is Side.OVERSIGHT else actor.organisation.id
        async with ports.store.read() as work:
            found = await work.newest_crises(own, RECENT_MAX)
    return [one for one in found if policy.may_review_crisis(actor, one) is None]


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


async def read_crisis(ports: Ports, actor: Actor, id: CrisisId) -> Read:
    """A declared crisis' review: what became of it, and what was asked in it, granted at once or not.

    Raises:
        Denied: not the actor's to review; recorded.
        NotFound: no such crisis.
    """
    async with recorded(ports, actor, "review.read", id), ports.store.read() as work:
        crisis = await work.crisis(id)
        policy.require(policy.may_review_crisis(actor, crisis))
        terms, until = crisis.terms, crisis.ended_at or ports.clock.now()
        asked = await work.requests_between(
            terms.beneficiary, terms.owner, since=crisis.proposed_at, until=until
        )
        incidents = {one.id: one for one in await work.incidents(ids={one.incident for one in asked})}
        inside = [
            one
            for one in asked
            if one.exercise == terms.exercise
            and (one.declaration == id or holds(terms.perimeter, incidents[one.incident].place))
        ]
        given = {one.grant for one in inside if one.extends is None}
        requests = [one for one in inside if one.extends is None or one.extends in given]
        others = {one.declaration for one in requests if one.declaration is not None} - {id}
        return await _read(
            ports,
            work,
            actor,
            [incidents[one] for one in {request.incident for request in requests}],
            requests=requests,
            crises=[crisis, *[await work.crisis(other) for other in sorted(others)]],
            declaration=crisis,
        )


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


async def _read(
    ports: Ports,
    work: UnitOfWork,
    actor: Actor,
    incidents: Sequence[Incident],
    *,
    requests: Sequence[AccessRequest],
    crises: Sequence[DeclaredCrisis],
    declaration: DeclaredCrisis | None = None,
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
    besides = await retold.declared(work, crises if declaration is None else [declaration])
    besides += await retold.paused(work, grants) + await retold.noticed(work, grants, requests)
    if told := [one for one in incidents if _told_handovers(actor, one)]:
        besides += await retold.handed_over(work, told)
    review = after_action(
        incidents,
        requests,
        grants,
        looks,
        messages,
        declaration=declaration,
        besides=besides,
        now=ports.clock.now(),
    )
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
