"""Reading an incident afterwards (RETEX): its hospital, the cities it asked, and the commission.

Read only, from the store's own states; the register stays the proof.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from crisislink.core import policy
from crisislink.core.actors import Actor, Person
from crisislink.core.cameras import Camera
from crisislink.core.conversation import Message, without_words
from crisislink.core.grants import Grant
from crisislink.core.ids import IncidentId, OrganisationId, PersonId
from crisislink.core.incidents import Incident
from crisislink.core.requests import AccessRequest
from crisislink.core.review import AfterActionReview, Look, after_action
from crisislink.flow import conversation
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
        return await _read(ports, work, actor, incident, mine)


def _owners(requests: Iterable[AccessRequest], id: IncidentId) -> set[OrganisationId]:
    return {request.owner for request in requests if request.incident == id}


async def _read(
    ports: Ports, work: UnitOfWork, actor: Actor, incident: Incident, requests: Sequence[AccessRequest]
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
    review = after_action(incident, requests, grants, looks, messages, now=ports.clock.now())
    return Read(
        review=review,
        requests=requests,
        grants=grants,
        looks=looks,
        messages=messages,
        persons=await work.persons(_named(review, looks)),
        cameras=await work.cameras({camera for one in requests for camera in one.cameras}),
    )


def _told(actor: Actor, grants: Iterable[Grant], messages: Iterable[Message]) -> list[Message]:
    """The commission reads that something was said, and not what."""
    may = {grant.id for grant in grants if policy.may_talk(actor, grant) is None}
    return [one if one.grant in may else without_words(one) for one in messages]


def _named(review: AfterActionReview, looks: Collection[Look]) -> set[PersonId]:
    return {m.actor for m in review.moments if m.actor is not None} | {look.person for look in looks}
