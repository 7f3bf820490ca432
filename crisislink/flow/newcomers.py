"""Somebody whom their provider vouches for and the roster does not know: a reference, and the way in by it.

    sign-in refused ──▶ reference, said to one's administrator ──▶ shown with the provider's name ──▶ bound

What a provider calls a person often cannot be known before they come (`sub` of Keycloak, ProConnect). It is
never guessed from an e-mail address or a login, which people may choose or inherit: the identity that was
*proven* is kept for a day under a short reference, and an administrator who knows who says it binds it to
the person in the roster. A reference opens nothing by itself: it counts only for administrators whose own
provider vouched for that identity.
"""

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from itertools import count

from crisislink.core import policy
from crisislink.core.actors import Actor, Person
from crisislink.core.errors import Conflict, NotFound, Reason
from crisislink.core.events import PersonBound
from crisislink.core.ids import SAYABLE, PersonId
from crisislink.flow.attempts import recorded
from crisislink.flow.ports import Ports

KEPT_S = 86_400.0
_CHARS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomer:
    """A proven identity. `name` is what the provider says, for people to compare."""

    issuer: str
    subject: str
    name: str | None


def subject_sha256(issuer: str, subject: str) -> str:
    """How the register names an identity whom the roster does not know, or did not."""
    return hashlib.sha256(f"{issuer}\0{subject}".encode()).hexdigest()


async def keep(ports: Ports, newcomer: Newcomer) -> str:
    """The reference of this identity: the same each time, but where another one has it today."""
    kept = json.dumps(asdict(newcomer))
    for turn in count():
        reference = _reference(newcomer, turn)
        there = await ports.ephemera.look(_key(reference))
        if there is None or _identity(there) == (newcomer.issuer, newcomer.subject):
            await ports.ephemera.put(_key(reference), kept, ttl_s=KEPT_S)
            return reference
    raise AssertionError("there is always a next turn")


def _reference(newcomer: Newcomer, turn: int) -> str:
    digest = hashlib.sha256(f"{newcomer.issuer}\0{newcomer.subject}\0{turn}".encode()).digest()
    number = int.from_bytes(digest)
    return "".join(SAYABLE[number // len(SAYABLE) ** place % len(SAYABLE)] for place in range(_CHARS))


def _identity(kept: str) -> tuple[str, str]:
    newcomer = Newcomer(**json.loads(kept))
    return newcomer.issuer, newcomer.subject


async def found(ports: Ports, actor: Actor, reference: str) -> Newcomer:
    """Who came with this reference, to be compared with who says it.

    Raises:
        Denied: not an administrator.
        NotFound: no such reference of this administrator's provider, or older than a day.
    """
    async with recorded(ports, actor, "person.look_for"):
        policy.require(policy.may_keep_roster(actor))
        kept = await ports.ephemera.look(_key(reference.strip().upper()))
        newcomer = None if kept is None else Newcomer(**json.loads(kept))
        if newcomer is None or newcomer.issuer != actor.person.issuer:
            raise NotFound
        return newcomer


async def bind(ports: Ports, actor: Actor, id: PersonId, reference: str) -> Person:
    """From now on the identity with this reference is this person.

    Raises:
        Denied: not an administrator, or no recent authentication.
        NotFound: no such reference, or no such person of this organisation.
        Conflict: the person has an identity, or the identity a person.
    """
    newcomer = await found(ports, actor, reference)
    async with recorded(ports, actor, "person.bind", id), ports.store.write() as work:
        policy.require(policy.recent(actor, ports.limits, now=ports.clock.now()))
        person = await work.person(id)
        if person.organisation != actor.organisation.id or person.issuer != newcomer.issuer:
            raise NotFound
        if person.subject == newcomer.subject:
            return person
        if person.subject is not None:
            raise Conflict(Reason.VERSION)
        if await work.person_by_subject(newcomer.issuer, newcomer.subject) is not None:
            raise Conflict(Reason.VERSION)
        bound = replace(person, subject=newcomer.subject)
        event = PersonBound(
            organisation=actor.organisation.id,
            actor=actor.person.id,
            person=person.id,
            issuer=newcomer.issuer,
            subject_sha256=subject_sha256(newcomer.issuer, newcomer.subject),
        )
        await work.record(event, bound)
    await ports.ephemera.take(_key(reference.strip().upper()))
    return bound


def _key(reference: str) -> str:
    return f"newcomer:{reference}"
