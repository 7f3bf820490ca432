"""A regulator watches: ticket → permit → leases and pictures → the viewing's end, each in the register.

A ticket is only a claim check: redeeming it asks every question again. A `Viewing` is recorded *before* its
first picture leaves, so nobody ever sees what the register does not know. What ends a grant is in
`flow.endings`; what ends here is one person's look at one camera. The media node calls `lease`, `brief`,
`end_viewings` and the camera's faults; it decides nothing itself.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from crisislink.core import policy
from crisislink.core.actors import Actor
from crisislink.core.errors import Denied, Reason, Unauthenticated
from crisislink.core.events import (
    CameraFailed,
    CameraRecovered,
    GrantEnding,
    GrantExtended,
    ViewingEnded,
    ViewingStarted,
    ViewsRevoked,
)
from crisislink.core.grants import Grant, GrantState, Lease, activate
from crisislink.core.grants import lease as lease_of
from crisislink.core.ids import CameraId, GrantId, ViewingId
from crisislink.flow.attempts import recorded
from crisislink.flow.ports import Brief, Ports, UnitOfWork, Viewing, ViewPermit

TICKET_S = 30.0
TICKET_MAX_CHARS = 128
CAUSE_MAX_CHARS = 32
_CHANGES = (GrantEnding.kind, ViewsRevoked.kind, GrantExtended.kind)


async def open_ticket(ports: Ports, actor: Actor, grant_id: GrantId, camera_id: CameraId) -> str:
    """A ticket good once, for `TICKET_S` seconds, for this person in this session and this view only.

    Raises:
        Denied: another hospital's grant, or no role to watch.
        Expired: the grant or the view is over.
        NotFound: no such grant, or it never held the camera.
        Unauthenticated: an actor without a browser session (a dispatch system) has nothing to watch with.
    """
    async with recorded(ports, actor, "ticket.open", grant_id), ports.store.read() as work:
        await _may_watch_now(ports, work, actor, grant_id, camera_id)
    if actor.session is None:
        raise Unauthenticated
    ticket = ports.entropy.token()
    bound = {
        "session": actor.session,
        "person": actor.person.id,
        "grant": grant_id,
        "camera": camera_id,
    }
    await ports.ephemera.put(_key(ticket), json.dumps(bound), ttl_s=TICKET_S)
    return ticket


async def redeem(ports: Ports, actor: Actor, ticket: str, *, rendition: str) -> ViewPermit:
    """Take the ticket, ask everything again, record the viewing; only then may a picture leave.

    `actor` is who holds the socket *now*: the caller has checked that the session is valid.

    Raises:
        Denied: unknown, used or old ticket, or another session's (`TICKET`); or no longer allowed to watch.
        Expired: the grant or the view ended since the ticket was opened.
    """
    async with recorded(ports, actor, "view.start"):
        if len(ticket) > TICKET_MAX_CHARS or (raw := await ports.ephemera.take(_key(ticket))) is None:
            raise Denied(Reason.TICKET)
    bound = json.loads(raw)
    grant_id, camera_id = GrantId(bound["grant"]), CameraId(bound["camera"])
    async with recorded(ports, actor, "view.start", grant_id):
        if actor.session is None or (bound["session"], bound["person"]) != (actor.session, actor.person.id):
            raise Denied(Reason.TICKET)
        async with ports.store.write() as work:
            grant = await _may_watch_now(ports, work, actor, grant_id, camera_id)
            viewing = Viewing(
                id=ViewingId(ports.entropy.id("vw")),
                grant=grant_id,
                camera=camera_id,
                person=actor.person.id,
                session=actor.session,
                rendition=rendition,
                started_at=ports.clock.now(),
            )
            await work.record(_started(viewing, grant), viewing)
    return ViewPermit(
        viewing=viewing.id,
        grant=grant_id,
        camera=camera_id,
        person=actor.person.id,
        session=actor.session,
        beneficiary=grant.beneficiary,
        owner=grant.owner,
        person_label=actor.person.display_name,
    )


async def check_watching(ports: Ports, actor: Actor, permit: ViewPermit) -> None:
    """Whether this person may still look: roles end while a picture runs.

    Raises:
        Denied: no longer in a role that watches, or not this person at all; recorded.
    """
    async with recorded(ports, actor, "view.go_on", permit.grant):
        async with ports.store.read() as work:
            grant = await work.grant(permit.grant)
        if actor.person.id != permit.person:
            raise Denied(Reason.OTHER_ORGANISATION)
        policy.require(policy.may_watch(actor, grant))


async def _may_watch_now(
    ports: Ports, work: UnitOfWork, actor: Actor, grant_id: GrantId, camera_id: CameraId
) -> Grant:
    grant = await work.grant(grant_id)
    policy.require(policy.may_watch(actor, grant))
    lease_of(grant, camera_id, epoch=None, limits=ports.limits, now=ports.clock.now())
    await _mask_holds(work, camera_id)
    return grant


async def _mask_holds(work: UnitOfWork, camera_id: CameraId) -> None:
    camera = await work.camera(camera_id)
    if camera.not_shareable is not None:
        raise Denied(camera.not_shareable, camera=camera.name)


def _key(ticket: str) -> str:
    # Only the digest is kept: a look into the store of ephemera opens nothing.
    return "ticket:" + hashlib.sha256(ticket.encode()).hexdigest()


def _started(viewing: Viewing, grant: Grant) -> ViewingStarted:
    return ViewingStarted(
        viewing=viewing.id,
        grant=grant.id,
        camera=viewing.camera,
        beneficiary=grant.beneficiary,
        owner=grant.owner,
        actor=viewing.person,
        rendition=viewing.rendition,
    )


async def lease(ports: Ports, grant_id: GrantId, camera_id: CameraId, epoch: int | None) -> Lease:
    """A lease on one view for a media node; the first one makes the grant ACTIVE, in the register.

    Raises:
        Expired: the grant or the view is over.
        Denied: the node holds an older epoch, or the camera may no longer be shared; recorded.
        NotFound: no such grant, or it never held the camera.
    """
    async with recorded(ports, None, "lease", grant_id, refusals=(Denied,)):
        async with ports.store.read() as work:
            grant = await work.grant(grant_id)
            await _mask_holds(work, camera_id)
        now = ports.clock.now()
        given = lease_of(grant, camera_id, epoch=epoch, limits=ports.limits, now=now)
        if grant.state is not GrantState.APPROVED:
            return given
        async with ports.store.write() as work:
            grant = await work.grant(grant_id)
            given = lease_of(grant, camera_id, epoch=epoch, limits=ports.limits, now=ports.clock.now())
            active, event = activate(grant, camera_id)
            if event is not None:
                await work.record(event, active)
    return given


async def brief(ports: Ports, grant_id: GrantId, camera_id: CameraId) -> Brief:
    """What a media node needs to make this grant's picture of this camera.

    The watermark names the hospital that watches and the grant's reference: a leak says whose it was.

    Raises:
        Expired: the grant or the view is over.
        Denied: the camera has no validated mask, or is no longer offered.
        NotFound: no such grant or camera.
    """
    async with ports.store.read() as work:
        grant = await work.grant(grant_id)
        lease_of(grant, camera_id, epoch=None, limits=ports.limits, now=ports.clock.now())
        await _mask_holds(work, camera_id)
        camera = await work.camera(camera_id)
        assert camera.mask is not None, "a shareable camera has a mask"
        organisation = await work.organisation(grant.beneficiary)
        return Brief(
            grant=grant.id,
            camera=camera.id,
            source=await work.camera_source(camera_id),
            mask=camera.mask,
            camera_label=f"{camera.number} {camera.name}",
            organisation_label=organisation.name,
            grant_ref=grant.ref,
            exercise=grant.exercise,
            ends_at=grant.ends_at,
        )


@dataclass(frozen=True, slots=True)
class Look:
    """A look that is over. `frames`: pictures handed to the person's socket."""

    permit: ViewPermit
    frames: int
    cause: str


async def end_viewings(ports: Ports, looks: Sequence[Look]) -> None:
    """Record that these persons no longer see these cameras; what is recorded already stays as it is.

    One transaction for all: a revocation that ends twenty looks keeps nobody waiting for twenty writes.
    """
    async with ports.store.write() as work:
        for grant_id in sorted({look.permit.grant for look in looks}):
            grant = await work.grant(grant_id)
            opened = {v.id: v for v in await work.viewings(open_only=True, grant=grant_id)}
            for look in looks:
                if (viewing := opened.pop(look.permit.viewing, None)) is not None:
                    await _end(ports, work, viewing, grant, frames=look.frames, cause=look.cause)


async def close_lost(ports: Ports) -> int:
    """At a start, before anybody can watch: end the viewings a crash left open, cause `lost`. How many."""
    async with ports.store.write() as work:
        lost = await work.viewings(open_only=True)
        for viewing in lost:
            grant = await work.grant(viewing.grant)
            await _end(ports, work, viewing, grant, frames=viewing.frames, cause="lost")
    return len(lost)


async def _end(
    ports: Ports, work: UnitOfWork, viewing: Viewing, grant: Grant, *, frames: int, cause: str
) -> None:
    ended = replace(viewing, ended_at=ports.clock.now(), frames=frames, cause=cause[:CAUSE_MAX_CHARS])
    event = ViewingEnded(
        viewing=viewing.id,
        grant=viewing.grant,
        camera=viewing.camera,
        beneficiary=grant.beneficiary,
        owner=grant.owner,
        actor=viewing.person,
        frames=frames,
        cause=cause[:CAUSE_MAX_CHARS],
    )
    await work.record(event, ended)


async def encoder_epoch(ports: Ports) -> int:
    """The next incarnation number of an encoder: above all before it, for ever."""
    async with ports.store.write() as work:
        return await work.next_encoder_epoch()


async def changed_grants(ports: Ports, after: int) -> tuple[int, frozenset[GrantId]]:
    """The grants whose right to show pictures changed after register entry `after`, and the newest entry.

    `after` below 0 asks for the newest entry only.
    """
    async with ports.store.read() as work:
        size = (await work.register_head()).size
        if after < 0 or after >= size:
            return size, frozenset()
        entries = await work.entries(after=after, limit=size - after, kinds=_CHANGES)
    return size, frozenset(GrantId(json.loads(entry.body)["grant"]) for entry in entries)


async def camera_failed(ports: Ports, camera_id: CameraId, fault: str) -> None:
    """A camera somebody waits for gives no picture: one entry for each change, not for each retry."""
    async with ports.store.write() as work:
        camera = await work.camera(camera_id)
        await work.record(CameraFailed(owner=camera.owner, camera=camera_id, fault=fault))


async def camera_recovered(ports: Ports, camera_id: CameraId) -> None:
    """It gives one again."""
    async with ports.store.write() as work:
        camera = await work.camera(camera_id)
        await work.record(CameraRecovered(owner=camera.owner, camera=camera_id))
