"""Signing in: a proven identity and a habilitation in force make a session; each request proves it again.

No session without its register entry: the session is put first, the entry recorded, and the session dropped
again if that fails. Ending goes the other way round: access stops first, then the entry is written. The
cookie's token is known to the browser alone; the store keeps its SHA-256.

How an identity is proven is `adapters/oidc`; cookies and redirects are `web/auth`.
"""

import hashlib
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from crisislink.core.actors import Actor
from crisislink.core.errors import Denied, Reason, Unauthenticated, Unavailable
from crisislink.core.events import Embedded, SignedIn, SignedOut, SignInRefused
from crisislink.core.ids import SessionId
from crisislink.flow import newcomers
from crisislink.flow.newcomers import Newcomer, subject_sha256
from crisislink.flow.ports import Ports, Session, UnitOfWork, ViewOnly

_TOKEN_MAX = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedIdentity:
    """What an identity provider proved. Only a client that checked every claim makes one.

    `auth_time` is when the person authenticated there (aware UTC), `acr` how strongly, where the provider
    says so; `strong`: that is enough to approve, as the provider's settings have it. `id_token` is kept for
    signing out, never shown. `subject` is what the roster knows the person by; `provider_subject` and
    `provider_session` are how the provider itself names them when it tells us that somebody signed out.
    `name` is for people to read and proves nothing.
    """

    issuer: str
    subject: str
    auth_time: datetime | None
    acr: str | None
    id_token: str
    strong: bool = False
    name: str | None = None
    provider_subject: str | None = None
    provider_session: str | None = None


class Notice(Protocol):
    """An identity provider's word, checked, that somebody signed out there: one session of its own where it
    names one, else all of a subject's. `jti` names the notice, which is refused for `remembered_s` again."""

    @property
    def subject(self) -> str | None: ...

    @property
    def session(self) -> str | None: ...

    @property
    def jti(self) -> str: ...

    @property
    def remembered_s(self) -> float: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLimits:
    """How long a session lives without activity, and at most (one shift); `touch_s` spares the store."""

    idle_s: int = 1_800
    absolute_s: int = 43_200
    touch_s: int = 10

    def __post_init__(self) -> None:
        if not 0 < self.touch_s < self.idle_s <= self.absolute_s:
            raise ValueError("session limits must satisfy 0 < touch < idle <= absolute")


class SessionEnd(StrEnum):
    """Why a session ended, as the register says it."""

    PERSON = "person"
    REPLACED = "replaced"
    IDLE = "idle"
    SHIFT_OVER = "shift_over"
    HABILITATION = "habilitation"
    PROVIDER = "provider"
    ADMINISTRATOR = "administrator"
    PARENT = "parent"
    """What only looked, with the session it hung on."""
    CLOSED = "closed"
    """The page that only looked was closed, or began anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A new session. `token` goes into the cookie and nowhere else."""

    token: str
    session: Session
    actor: Actor

    def __repr__(self) -> str:
        """Never the token."""
        return f"Opened(session={self.session.id})"


def session_id(token: str) -> SessionId:
    """The name under which the store keeps the session of this token."""
    return SessionId(hashlib.sha256(token.encode()).hexdigest())


async def sign_in(ports: Ports, limits: SessionLimits, identity: VerifiedIdentity, provider: str) -> Opened:
    """A new session for the person the identity belongs to.

    Args:
        ports: the outside.
        limits: how long the session lives.
        identity: what the provider proved.
        provider: the provider's id in the configuration, for signing out there.

    Raises:
        Denied: the roster does not know them, or no habilitation is in force (`NO_HABILITATION`); recorded.
            Where the roster does not know them, with the `reference` that their administrator needs.
    """
    now = ports.clock.now()
    token = ports.entropy.token()
    authenticated_at = _proved_at(identity, now)
    try:
        async with ports.store.read() as work:
            actor = await _known(work, identity, session_id(token), authenticated_at, now)
    except Denied as refusal:
        await record_refusal(ports, identity.issuer, identity.subject, refusal.reason)
        raise await _with_reference(ports, identity, refusal) from refusal
    session = Session(
        id=session_id(token),
        person=actor.person.id,
        provider=provider,
        opened_at=now,
        authenticated_at=authenticated_at,
        seen_at=now,
        ends_at=now + timedelta(seconds=limits.absolute_s),
        roles=actor.roles,
        id_token=identity.id_token,
        provider_subject=identity.provider_subject,
        provider_session=identity.provider_session,
    )
    await put(ports, session, SignedIn(organisation=actor.organisation.id, actor=actor.person.id))
    return Opened(token=token, session=session, actor=actor)


def _proved_at(identity: VerifiedIdentity, now: datetime) -> datetime | None:
    """Only what the provider says counts: a sign-in now may rest on a password typed this morning."""
    if identity.auth_time is None or not identity.strong:
        return None
    return min(identity.auth_time, now)


async def _known(
    work: UnitOfWork,
    identity: VerifiedIdentity,
    id: SessionId,
    authenticated_at: datetime | None,
    now: datetime,
) -> Actor:
    person = await work.person_by_subject(identity.issuer, identity.subject)
    if person is None:
        raise Denied(Reason.NO_HABILITATION)
    return Actor.of(
        person,
        await work.organisation(person.organisation),
        await work.habilitations(person.id),
        now=now,
        session=id,
        authenticated_at=authenticated_at,
    )


async def record_refusal(ports: Ports, issuer: str, subject: str, reason: Reason) -> None:
    """That a proven identity was not let in. The first few times; software asks each second: then counted."""
    digest = subject_sha256(issuer, subject)
    tried = f"{SignInRefused.kind} {digest[:16]}"
    if ports.strangers.alone(tried, reason.value, boot_s=ports.clock.boot_s()):
        async with ports.store.write() as work:
            await work.record(SignInRefused(issuer=issuer, subject_sha256=digest, reason=reason.value))


async def _with_reference(ports: Ports, identity: VerifiedIdentity, refusal: Denied) -> Denied:
    """The refusal, with what an administrator can find this identity by."""
    async with ports.store.read() as work:
        if await work.person_by_subject(identity.issuer, identity.subject) is not None:
            return refusal
    newcomer = Newcomer(issuer=identity.issuer, subject=identity.subject, name=identity.name)
    return Denied(refusal.reason, reference=await newcomers.keep(ports, newcomer))


async def put(ports: Ports, session: Session, opened: SignedIn | Embedded) -> None:
    """A new session, with its register entry or not at all."""
    await ports.sessions.put(session)
    try:
        async with ports.store.write() as work:
            await work.record(opened)
    except BaseException:
        await ports.sessions.drop(session.id)
        raise


async def actor_for(
    ports: Ports, limits: SessionLimits, token: str | None, *, activity: bool = True
) -> Actor:
    """Who holds this token, with the roles in force now.

    Args:
        ports: the outside.
        limits: idle and absolute limits.
        token: the cookie's value, or None.
        activity: whether this request shows that the person is there; watching does not.

    Raises:
        Unauthenticated: no session, or one that may only look, or it just ended by time or by the roster;
            the end is recorded.
    """
    session = await kept(ports, token)
    if session is None or session.view is not None:
        raise Unauthenticated
    return await _actor_of(ports, limits, session, activity=activity)


async def viewer_for(ports: Ports, limits: SessionLimits, token: str) -> tuple[Actor, ViewOnly]:
    """Who holds this token of a session that may only look, and at what.

    Raises:
        Unauthenticated: none, or a whole session, or over, as the one it hangs on may be (`EMBEDDED_OVER`).
    """
    session = await kept(ports, token)
    if session is None or session.view is None:
        raise Unauthenticated(Reason.EMBEDDED_OVER)
    try:
        return await _actor_of(ports, limits, session, activity=False), session.view
    except Unauthenticated as over:
        raise Unauthenticated(Reason.EMBEDDED_OVER) from over


async def kept(ports: Ports, token: str | None) -> Session | None:
    """The session of this token, whether or not it still holds."""
    if not token or len(token) > _TOKEN_MAX:
        return None
    return await ports.sessions.get(session_id(token))


async def actor_in(ports: Ports, limits: SessionLimits, id: SessionId, *, activity: bool) -> Actor:
    """Who a session belongs to, by its name, be it whole or only for looking.

    Raises:
        Unauthenticated: as `actor_for`.
    """
    session = await ports.sessions.get(id)
    if session is None:
        ports.recall.forget_actor(id)
        raise Unauthenticated
    return await _actor_of(ports, limits, session, activity=activity)


async def _actor_of(ports: Ports, limits: SessionLimits, session: Session, *, activity: bool) -> Actor:
    now = ports.clock.now()
    if (cause := await _over_now(ports, session, limits, now)) is not None:
        await _end_if_recorded(ports, session, cause)
        raise Unauthenticated
    actor = await _actor(ports, session, now)
    if session.view is not None:
        return actor
    ports.recall.saw_actor(session.id, actor, boot_s=ports.clock.boot_s())
    if activity and now - session.seen_at >= timedelta(seconds=limits.touch_s):
        await ports.sessions.touch(session.id, now)
    return actor


async def present(ports: Ports, limits: SessionLimits, ids: Collection[SessionId]) -> dict[SessionId, Actor]:
    """Those of these sessions that surely hold, with the roles in force now: one question for all of them.

    Of any other, ask `actor_in`: it says why not, and ends what is over.
    """
    sessions = await ports.sessions.get_many(ids)
    now = ports.clock.now()
    parents = await ports.sessions.get_many({one.view.parent for one in sessions if one.view is not None})
    awake = {one.id for one in parents if over(one, limits, now) is None}
    holding = [
        one
        for one in sessions
        if over(one, limits, now) is None and (one.view is None or one.view.parent in awake)
    ]
    async with ports.store.read() as work:
        persons = {p.id: p for p in await work.persons({one.person for one in holding})}
        organisations = {o.id: o for o in await work.organisations()}
        members = {p.organisation for p in persons.values()}
        given = [h for o in sorted(members) for h in await work.habilitations_in(o)]
    found = {}
    for one in holding:
        person = persons[one.person]
        with suppress(Denied):
            found[one.id] = Actor.of(
                person,
                organisations[person.organisation],
                [h for h in given if h.person == person.id],
                now=now,
                session=one.id,
                authenticated_at=one.authenticated_at,
                within=one.roles,
            )
    for one in holding:
        if one.view is None and one.id in found:
            ports.recall.saw_actor(one.id, found[one.id], boot_s=ports.clock.boot_s())
    return found


def lives_until(session: Session, limits: SessionLimits) -> datetime:
    """When it ends if its person does nothing more; one that only looks may end before, with its parent."""
    if session.view is not None:
        return session.ends_at
    return min(session.ends_at, session.seen_at + timedelta(seconds=limits.idle_s))


def over(session: Session, limits: SessionLimits, now: datetime) -> SessionEnd | None:
    """Why it is over by time alone; None: it is not."""
    if now < lives_until(session, limits):
        return None
    return SessionEnd.SHIFT_OVER if now >= session.ends_at else SessionEnd.IDLE


async def _over_now(
    ports: Ports, session: Session, limits: SessionLimits, now: datetime
) -> SessionEnd | None:
    if (ended := over(session, limits, now)) is not None or session.view is None:
        return ended
    parent = await ports.sessions.get(session.view.parent)
    return SessionEnd.PARENT if parent is None or over(parent, limits, now) is not None else None


async def _actor(ports: Ports, session: Session, now: datetime) -> Actor:
    try:
        async with ports.store.read() as work:
            person = await work.person(session.person)
            return Actor.of(
                person,
                await work.organisation(person.organisation),
                await work.habilitations(person.id),
                now=now,
                session=session.id,
                authenticated_at=session.authenticated_at,
                within=session.roles,
            )
    except Denied as ended:
        await _end_if_recorded(ports, session, SessionEnd.HABILITATION)
        raise Unauthenticated from ended


async def _end_if_recorded(ports: Ports, session: Session, cause: SessionEnd) -> None:
    """It opens nothing any more either way; where the store takes no entry, whoever asks next ends it."""
    with suppress(Unavailable):
        await end(ports, session, cause)


async def sign_out(ports: Ports, token: str | None, cause: SessionEnd) -> Session | None:
    """End the session of this token; the session it was, or None when there was none."""
    session = await kept(ports, token)
    return None if session is None else await end(ports, session, cause)


async def signed_out_there(ports: Ports, provider: str, notice: Notice) -> None:
    """End the sessions that rest on what ended at the provider. The same notice counts once.

    Raises:
        Unauthenticated: this notice came before (`LOGIN_FAILED`).
        Unavailable: not all of them could be ended; the notice may come again.
    """
    key = f"jti:{provider}:{hashlib.sha256(notice.jti.encode()).hexdigest()}"
    if not await ports.ephemera.first(key, ttl_s=notice.remembered_s):
        raise Unauthenticated(Reason.LOGIN_FAILED)
    try:
        resting = await ports.sessions.resting_on(provider, subject=notice.subject, session=notice.session)
        for name in resting:
            if (session := await ports.sessions.get(name)) is not None:
                await end(ports, session, SessionEnd.PROVIDER)
    except BaseException:
        await ports.ephemera.take(key)
        raise


async def end(ports: Ports, session: Session, cause: SessionEnd) -> Session:
    """Access stops first, then the register says so: twice if two requests notice at once, never unsaid."""
    ports.recall.forget_actor(session.id)
    dropped = await ports.sessions.drop(session.id)
    async with ports.store.write() as work:
        person = await work.person(session.person)
        ended = SignedOut(organisation=person.organisation, actor=person.id, cause=cause.value)
        await work.record(ended)
    return dropped or session
