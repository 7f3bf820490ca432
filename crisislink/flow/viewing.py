"""A regulator watches: ticket → permit → leases and pictures → the viewing's end, each in the register.

A ticket is only a claim check: redeeming it asks every question again. It names the media node that carries
the camera; that node alone can open it, once. A `Viewing` is recorded *before* its
first picture leaves, so nobody ever sees what the register does not know. What ends a grant is in
`flow.endings`; what ends here is one person's look at one camera. The media node calls `lease`, `brief`,
`end_viewings` and the camera's faults; it decides nothing itself. Where the id is a preview's
(`core.previews.named`), `flow.previews` answers.
"""

import json
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from crisislink.core import policy
from crisislink.core.actors import Actor
from crisislink.core.cameras import PrivacyMask
from crisislink.core.errors import CrisisLinkError, Denied, Expired, Reason, Unauthenticated, Unavailable
from crisislink.core.events import (
    CameraFailed,
    CameraRecovered,
    GrantEnding,
    GrantExtended,
    GrantExtendedInCrisis,
    PreviewEnded,
    RequestApproved,
    RequestApprovedInCrisis,
    ViewingEnded,
    ViewingStarted,
    ViewsRevoked,
    ViewSuspended,
)
from crisislink.core.grants import Grant, GrantState, Lease, activate
from crisislink.core.grants import lease as lease_of
from crisislink.core.ids import CameraId, GrantId, NodeId, SessionId, ViewingId
from crisislink.core.previews import LOST, named
from crisislink.flow import previews
from crisislink.flow.attempts import recorded
from crisislink.flow.authority import may_hear, require_sound
from crisislink.flow.carriers import Ticket, carried_by, carrier
from crisislink.flow.forced import stopped, withheld
from crisislink.flow.ports import (
    Brief,
    Ports,
    TicketClaim,
    UnitOfWork,
    Viewing,
    ViewPermit,
)
from crisislink.flow.previewends import end_looks, end_previews

TICKET_S = 30.0
TICKET_MAX_CHARS = 1_024
CAUSE_MAX_CHARS = 32
_TOGETHER = 100
_CHANGES = (
    GrantEnding.kind,
    ViewsRevoked.kind,
    ViewSuspended.kind,
    GrantExtended.kind,
    GrantExtendedInCrisis.kind,
    PreviewEnded.kind,
)
_APPROVALS = (RequestApproved.kind, RequestApprovedInCrisis.kind)


async def open_ticket(
    ports: Ports,
    actor: Actor,
    grant_id: GrantId,
    camera_id: CameraId,
    *,
    avoid: Collection[NodeId] = (),
) -> Ticket:
    """A ticket good once, for `TICKET_S` seconds, for this person in this session, this view and one node.

    `avoid`: nodes this person could not reach a moment ago.

    Raises:
        Denied: another hospital's grant, or no role to watch.
        Expired: the grant or the view is over.
        NotFound: no such grant, or it never held the camera.
        Unauthenticated: an actor without a browser session (a dispatch system) has nothing to watch with.
        Unavailable: no media node lives (`NO_NODE`); or the store was silent, and cuts that other processes
            made meanwhile may not be in it yet (`STORE`).
    """
    async with recorded(ports, actor, "ticket.open", grant_id), ports.store.read() as work:
        await _may_watch_now(ports, work, actor, grant_id, camera_id)
    if not ports.recall.caught_up(boot_s=ports.clock.boot_s()):
        raise Unavailable(Reason.STORE)
    if actor.session is None:
        raise Unauthenticated
    node = await carrier(ports, camera_id, avoid=avoid)
    claim = TicketClaim(
        node=node.id, session=actor.session, person=actor.person.id, grant=grant_id, camera=camera_id
    )
    return Ticket(ports.tickets.seal(claim), node)


async def redeem(
    ports: Ports,
    watcher_of: Callable[[SessionId], Awaitable[Actor]],
    node: NodeId,
    ticket: str,
    *,
    rendition: str,
    browser: SessionId | None,
    unsure: Callable[[ViewPermit], None],
) -> ViewPermit:
    """Open the ticket, ask everything again, record the viewing; only then may a picture leave.

    Args:
        ports: the outside.
        watcher_of: who a session belongs to now; raises `Unauthenticated` when it is over.
        node: the media node that was handed the ticket.
        ticket: as the client gave it.
        rendition: the one it asks for.
        browser: the session whose cookie came along; None where browsers send none (another host's node).
        unsure: told of a viewing that is perhaps recorded, and does not begin: it has to be ended.

    Raises:
        Denied: not a good ticket, or another session's (`TICKET`); or no longer allowed to watch.
        Expired: the grant or the view ended since the ticket was opened.
        Unauthenticated: the session ended since.
        Unavailable: the store does not answer, or did not a moment ago: cuts that waited for it come first;
            or this person looks at this camera `looks_max` times already (`TOO_MANY`).
    """
    if not ports.recall.caught_up(boot_s=ports.clock.boot_s()):
        raise Unavailable(Reason.STORE)
    async with recorded(ports, None, "view.start"):
        claim = ports.tickets.open(ticket, node)
        if browser not in {None, claim.session}:
            raise Denied(Reason.TICKET)
    actor = await watcher_of(claim.session)
    if named(claim.grant) is not None:
        return await previews.admit(ports, actor, claim)
    permit: ViewPermit | None = None
    try:
        async with recorded(ports, actor, "view.start", claim.grant), ports.store.write() as work:
            permit = await _begin(ports, work, actor, claim, rendition=rendition)
    except BaseException:
        if permit is not None:  # committed perhaps, and the answer lost
            unsure(permit)
        raise
    return permit


async def _begin(
    ports: Ports, work: UnitOfWork, actor: Actor, claim: TicketClaim, *, rendition: str
) -> ViewPermit:
    if actor.person.id != claim.person:
        raise Denied(Reason.TICKET)
    grant = await _may_watch_now(ports, work, actor, claim.grant, claim.camera)
    looks = await work.viewings(open_only=True, grant=claim.grant)
    own = [one for one in looks if one.person == actor.person.id and one.camera == claim.camera]
    if len(own) >= ports.limits.looks_max:
        raise Unavailable(Reason.TOO_MANY, wait_s=5)
    viewing = Viewing(
        id=ViewingId(ports.entropy.id("vw")),
        grant=claim.grant,
        camera=claim.camera,
        person=actor.person.id,
        session=claim.session,
        node=claim.node,
        rendition=rendition,
        started_at=ports.clock.now(),
    )
    await work.record(_started(viewing, grant), viewing)
    return ViewPermit(
        viewing=viewing.id,
        grant=claim.grant,
        camera=claim.camera,
        person=actor.person.id,
        session=claim.session,
        beneficiary=grant.beneficiary,
        owner=grant.owner,
        person_label=actor.person.display_name,
    )


async def check_watching(ports: Ports, actor: Actor, permit: ViewPermit) -> None:
    """Whether this person may still look: roles end while a picture runs.

    Raises:
        Expired: the register says that they do not look any more (their node was taken for lost); who still
            may look begins anew, with a new ticket.
        Denied: no longer in a role that watches, or not this person at all; recorded.
    """
    async with ports.store.read() as work:
        if (preview := named(permit.grant)) is not None:
            refused, goes_on = await previews.may_go_on(work, actor, preview)
        else:
            grant = await work.grant(permit.grant)
            charge = (await work.charges({grant.incident})).get(grant.incident)
            refused = policy.may_watch(actor, grant, charge)
            opened = await work.viewings(open_only=True, grant=permit.grant)
            goes_on = permit.viewing in {viewing.id for viewing in opened}
    if actor.person.id != permit.person:
        refused = Reason.OTHER_ORGANISATION
    if refused is not None:
        with suppress(Unavailable):  # the look ends whether or not the store takes an entry now
            async with recorded(ports, actor, "view.go_on", permit.grant):
                raise Denied(refused)
        raise Denied(refused)
    if not goes_on:
        raise Expired(Reason.TICKET)


async def may_go_on(
    ports: Ports, actors: Mapping[SessionId, Actor], permits: Collection[ViewPermit]
) -> set[ViewPermit]:
    """Those who surely may still look: one question for all. Of any other, ask `check_watching`."""
    async with ports.store.read() as work:
        grants = {grant.id: grant for grant in await work.grants_of({permit.grant for permit in permits})}
        charges = await work.charges({grant.incident for grant in grants.values()})
        opened = {viewing.id for viewing in await work.viewings(open_only=True)}
    return {
        permit
        for permit in permits
        if permit.viewing in opened
        and (actor := actors.get(permit.session)) is not None
        and actor.person.id == permit.person
        and (grant := grants.get(permit.grant)) is not None
        and policy.may_watch(actor, grant, charges.get(grant.incident)) is None
    }


async def _may_watch_now(
    ports: Ports, work: UnitOfWork, actor: Actor, grant_id: GrantId, camera_id: CameraId
) -> Grant:
    grant = await work.grant(grant_id)
    charge = (await work.charges({grant.incident})).get(grant.incident)
    policy.require(policy.may_watch(actor, grant, charge))
    await _require_shared(ports, work, grant)
    _lease(ports, grant, camera_id, None)
    await _mask_holds(work, camera_id, exercise=grant.exercise)
    return grant


async def _require_shared(ports: Ports, work: UnitOfWork, grant: Grant) -> None:
    """The kill switch is in the register before the last grant it ends: none of them is seen meanwhile."""
    if await stopped(ports, work, grant.owner):
        raise Expired(Reason.GRANT_OVER)


def _lease(ports: Ports, grant: Grant, camera_id: CameraId, epoch: int | None) -> Lease:
    """As `core.grants.lease`; and nothing where a forced cut still waits to be recorded."""
    if withheld(ports, grant, camera_id):
        raise Expired(Reason.GRANT_OVER)
    return lease_of(grant, camera_id, epoch=epoch, limits=ports.limits, now=ports.clock.now())


async def _mask_holds(work: UnitOfWork, camera_id: CameraId, *, exercise: bool) -> PrivacyMask:
    camera = await work.camera(camera_id)
    if (barred := camera.barred(exercise=exercise)) is not None:
        raise Denied(barred, camera=camera.name)
    assert camera.mask is not None, "a shareable camera has a mask"
    return camera.mask


def _started(viewing: Viewing, grant: Grant) -> ViewingStarted:
    return ViewingStarted(
        viewing=viewing.id,
        grant=grant.id,
        camera=viewing.camera,
        beneficiary=grant.beneficiary,
        exercise=grant.exercise,
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
        Unavailable: no cut would be heard of here (`authority.may_hear`).
    """
    async with recorded(ports, None, "lease", grant_id, refusals=(Denied,)):
        if (preview := named(grant_id)) is not None:
            return await previews.lease(ports, preview, camera_id, epoch)
        async with ports.store.read() as work:
            authority = await require_sound(ports, work)
            grant = await work.grant(grant_id)
            await _require_shared(ports, work, grant)
            if not may_hear(ports, authority, grant.starts_at):
                raise Unavailable(Reason.STORE)
            mask = await _mask_holds(work, camera_id, exercise=grant.exercise)
        given = replace(_lease(ports, grant, camera_id, epoch), mask=mask.version)
        if grant.state is not GrantState.APPROVED:
            return given
        async with ports.store.write() as work:
            grant = await work.grant(grant_id)
            await _require_shared(ports, work, grant)
            given = replace(_lease(ports, grant, camera_id, epoch), mask=mask.version)
            active, event = activate(grant, camera_id)
            if event is not None:
                await work.record(event, active)
    return given


Ask = tuple[GrantId, CameraId, int | None]
"""What `lease` is asked: grant, camera, and the epoch the node holds."""


async def leases(ports: Ports, asks: Collection[Ask]) -> dict[Ask, Lease]:
    """Those leases that are surely given: one question for all of them.

    Of any other ask `lease`: it says why not, records that, and makes a grant ACTIVE.
    """
    async with ports.store.read() as work:
        authority = await require_sound(ports, work)
        asked = await work.grants_of({grant for grant, _, _ in asks})
        grants = {grant.id: grant for grant in asked if may_hear(ports, authority, grant.starts_at)}
        cameras = {camera.id: camera for camera in await work.cameras({camera for _, camera, _ in asks})}
        owners = {grant.owner for grant in grants.values()}
        dark = {owner for owner in owners if await stopped(ports, work, owner)}
    found: dict[Ask, Lease] = {}
    for ask in asks:
        grant, camera = grants.get(ask[0]), cameras.get(ask[1])
        if grant is None or grant.state is GrantState.APPROVED or camera is None or grant.owner in dark:
            continue
        if camera.barred(exercise=grant.exercise) is None and camera.mask is not None:
            with suppress(CrisisLinkError):
                found[ask] = replace(_lease(ports, grant, camera.id, ask[2]), mask=camera.mask.version)
    return found


async def brief(ports: Ports, grant_id: GrantId, camera_id: CameraId) -> Brief:
    """What a media node needs to make this grant's picture of this camera.

    The watermark names the hospital that watches and the grant's reference: a leak says whose it was.

    Raises:
        Expired: the grant or the view is over.
        Denied: the camera has no validated mask, or is no longer offered.
        NotFound: no such grant or camera.
    """
    if (preview := named(grant_id)) is not None:
        return await previews.brief(ports, preview, camera_id)
    async with ports.store.read() as work:
        grant = await work.grant(grant_id)
        await _require_shared(ports, work, grant)
        _lease(ports, grant, camera_id, None)
        await _mask_holds(work, camera_id, exercise=grant.exercise)
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

    Many in one transaction: a revocation that ends twenty looks keeps nobody waiting for twenty writes. A
    grant that a restored store does not know has no looks there.
    """
    for first in range(0, len(looks), _TOGETHER):
        some = looks[first : first + _TOGETHER]
        async with ports.store.write() as work:
            grants = {grant.id: grant for grant in await work.grants_of({look.permit.grant for look in some})}
            known = await work.viewings_of({look.permit.viewing for look in some})
            opened = {viewing.id: viewing for viewing in known if viewing.ended_at is None}
            for look in some:
                viewing, grant = opened.pop(look.permit.viewing, None), grants.get(look.permit.grant)
                if viewing is not None and grant is not None:
                    await _end(ports, work, viewing, grant, frames=look.frames, cause=look.cause)
            seen = {
                preview: (look.frames, look.cause[:CAUSE_MAX_CHARS])
                for look in some
                if (preview := named(look.permit.grant)) is not None
            }
            if seen:
                await end_looks(work, seen, now=ports.clock.now())


async def close_lost(ports: Ports) -> int:
    """End the viewings whose media node is gone for certain, cause `lost`. How many.

    Raises:
        Unavailable: nobody knows which nodes live; or the store does not answer.
    """
    async with ports.store.read() as work:
        carriers = {v.node for v in await work.viewings(open_only=True)}
        carriers |= {one.node for one in await work.previews()}
    gone = await ports.presence.dark(carriers) if carriers else frozenset()
    if not gone:
        return 0
    closed = 0
    while True:
        async with ports.store.write() as work:
            lost = [v for v in await work.viewings(open_only=True) if v.node in gone]
            some = lost[:_TOGETHER]
            await end_previews(work, lambda one: one.node in gone, LOST, now=ports.clock.now())
            grants = {grant.id: grant for grant in await work.grants_of({viewing.grant for viewing in some})}
            for viewing in some:
                grant = grants[viewing.grant]
                await _end(ports, work, viewing, grant, frames=viewing.frames, cause="lost")
        closed += len(some)
        if len(lost) <= _TOGETHER:
            return closed


async def _end(
    ports: Ports, work: UnitOfWork, viewing: Viewing, grant: Grant, *, frames: int, cause: str
) -> None:
    ended = replace(viewing, ended_at=ports.clock.now(), frames=frames, cause=cause[:CAUSE_MAX_CHARS])
    event = ViewingEnded(
        viewing=viewing.id,
        grant=viewing.grant,
        camera=viewing.camera,
        beneficiary=grant.beneficiary,
        exercise=grant.exercise,
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


@dataclass(frozen=True, slots=True)
class Changes:
    """Grants the register named after some entry: `changed` their right to show pictures, `new` ones.

    `newest`: the entry up to which this holds.
    """

    newest: int
    changed: frozenset[GrantId] = frozenset()
    new: frozenset[GrantId] = frozenset()


async def changes(ports: Ports, after: int) -> Changes:
    """What media nodes must know that happened after register entry `after`.

    Below 0 it asks for the newest entry only.
    """
    async with ports.store.read() as work:
        size = (await work.register_head()).size
        if after < 0 or after >= size:
            return Changes(size)
        entries = await work.entries(after=after, limit=size - after, kinds=(*_CHANGES, *_APPROVALS))
    said = [(entry.kind, json.loads(entry.body)) for entry in entries]
    told = [(kind, GrantId(body.get("preview") or body["grant"])) for kind, body in said]
    return Changes(
        size,
        frozenset(grant for kind, grant in told if kind in _CHANGES),
        frozenset(grant for kind, grant in told if kind in _APPROVALS),
    )


async def to_warm(ports: Ports, grant_id: GrantId, node: NodeId) -> Sequence[CameraId]:
    """The cameras of a new grant that this node will be asked for."""
    async with ports.store.read() as work:
        grant = await work.grant(grant_id)
    return await carried_by(ports, node, grant.open_cameras)


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
