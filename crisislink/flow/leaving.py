"""Who lost a role is signed out: by the transaction that withdraws it, or by the timers at its end.

Nobody acts a moment longer on what ended, since each request and each look proves the roles anew; this ends
the sessions that were opened while the role was held, so that the register says so and every process closes
what rests on them. Who signs in again comes with the roles that are left.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from crisislink.core.actors import role_lost_at
from crisislink.core.events import SignedOut
from crisislink.core.ids import PersonId
from crisislink.flow.ports import Ports, Session, UnitOfWork
from crisislink.flow.signin import SessionEnd

_SOON = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Leaving:
    """A person who is signed in loses a role at this instant."""

    person: PersonId
    at: datetime


async def soon(work: UnitOfWork, *, now: datetime) -> list[Leaving]:
    """Those who leave within the next seconds, or should have left."""
    found = [await leaving(work, person, now=now) for person in await work.losing(now=now, until=now + _SOON)]
    return [one for one in found if one is not None]


async def leaving(work: UnitOfWork, person: PersonId, *, now: datetime) -> Leaving | None:
    """When this person's first session ends for want of a role; None: not in sight."""
    ends = [at for _, at in await _ends(work, person, now=now)]
    return Leaving(person, min(ends)) if ends else None


async def sign_out(work: UnitOfWork, person: PersonId, *, now: datetime) -> list[Session]:
    """End their sessions that outlived a role, each with its entry. `forget` them once it is committed."""
    ended = []
    for session, at in await _ends(work, person, now=now):
        if at <= now and await work.end_session(session.id):
            organisation = (await work.person(person)).organisation
            cause = SessionEnd.HABILITATION.value
            await work.record(SignedOut(organisation=organisation, actor=person, cause=cause))
            ended.append(session)
    return ended


async def forget(ports: Ports, sessions: Iterable[Session]) -> None:
    """No copy of them is believed any more, here or elsewhere."""
    for session in sessions:
        ports.recall.forget_actor(session.id)
        await ports.sessions.drop(session.id)


async def _ends(work: UnitOfWork, person: PersonId, *, now: datetime) -> list[tuple[Session, datetime]]:
    habilitations = await work.habilitations(person)
    sessions = [s for s in await work.sessions_of(person) if now < s.ends_at]
    ends = [
        (s, role_lost_at((h for h in habilitations if h.role in s.roles), since=s.opened_at))
        for s in sessions
    ]
    return [(session, at) for session, at in ends if at is not None]
