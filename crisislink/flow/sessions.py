"""The sessions people have: theirs to see and to end, those of an organisation's people its administrators'.

A session is called by the beginning of its id: enough to name one of a person's few, too little for more.
Ending one stops its access first (`signin.end`); who ended somebody else's stands in the register.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from crisislink.core import policy
from crisislink.core.actors import Actor, Person
from crisislink.core.errors import NotFound
from crisislink.core.events import PersonSignedOut
from crisislink.core.ids import PersonId, SessionId
from crisislink.flow.attempts import recorded
from crisislink.flow.ports import Ports, Session
from crisislink.flow.signin import SessionEnd, SessionLimits, end, lives_until

NAME_LENGTH = 24


def name_of(id: SessionId) -> str:
    """What a session is called outside."""
    return id[:NAME_LENGTH]


@dataclass(frozen=True, slots=True)
class SignedInPerson:
    """Somebody and their sessions, the one last used first."""

    person: Person
    sessions: Sequence[Session]


async def own(ports: Ports, limits: SessionLimits, actor: Actor) -> Sequence[Session]:
    """The person's sessions that live, the one last used first."""
    return [one for one in await _living(ports, limits, actor) if one.person == actor.person.id]


async def end_own(ports: Ports, limits: SessionLimits, actor: Actor, name: str) -> None:
    """End one of the person's own.

    Raises:
        NotFound: none of theirs that lives is called so; recorded.
    """
    async with recorded(ports, actor, "session.end", name):
        named = [one for one in await own(ports, limits, actor) if name_of(one.id) == name]
        if not named:
            raise NotFound
    await end(ports, named[0], SessionEnd.PERSON)


async def in_organisation(ports: Ports, limits: SessionLimits, actor: Actor) -> Sequence[SignedInPerson]:
    """The people of the administrator's organisation who are signed in, by name.

    Raises:
        Denied: not an administrator.
    """
    async with recorded(ports, actor, "sessions.see"):
        policy.require(policy.may_manage_sessions(actor))
    living = await _living(ports, limits, actor)
    async with ports.store.read() as work:
        persons = await work.persons({one.person for one in living})
    return [
        SignedInPerson(person, [one for one in living if one.person == person.id])
        for person in sorted(persons, key=lambda p: (p.display_name, p.id))
    ]


async def end_all_of(ports: Ports, actor: Actor, id: PersonId) -> int:
    """End every session of a person of the administrator's organisation; how many there were.

    Raises:
        Denied: not an administrator.
        NotFound: no such person in their organisation.
    """
    async with recorded(ports, actor, "sessions.end", id):
        policy.require(policy.may_manage_sessions(actor))
        async with ports.store.read() as work:
            person = await work.person(id)
            if person.organisation != actor.organisation.id:
                raise NotFound
            kept = [one for one in await work.sessions_in(person.organisation) if one.person == id]
    async with ports.store.write() as work:
        await work.record(
            PersonSignedOut(
                organisation=person.organisation, actor=actor.person.id, person=id, sessions=len(kept)
            )
        )
    for session in kept:
        await end(ports, session, SessionEnd.ADMINISTRATOR)
    return len(kept)


async def _living(ports: Ports, limits: SessionLimits, actor: Actor) -> list[Session]:
    now = ports.clock.now()
    async with ports.store.read() as work:
        kept = await work.sessions_in(actor.organisation.id)
    whole = {one.id for one in kept if one.view is None and now < lives_until(one, limits)}
    living = [
        one
        for one in kept
        if one.id in whole or (one.view is not None and one.view.parent in whole and now < one.ends_at)
    ]
    return sorted(living, key=lambda one: one.seen_at, reverse=True)
