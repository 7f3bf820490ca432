"""The police room looks at what is asked for, before it decides: one camera, half a minute, masked.

    pressed → recorded → ticket → the same node, worker and player as any view → its end (`flow.previewends`)

Fail closed: every lease asks for the preview, its request, its camera, the kill switch and the clock again.
"""

from dataclasses import replace

from crisislink.core import policy
from crisislink.core import previews as rules
from crisislink.core.actors import Actor
from crisislink.core.cameras import Camera, PrivacyMask
from crisislink.core.errors import Denied, Expired, Reason, Unauthenticated, Unavailable
from crisislink.core.grants import Lease
from crisislink.core.ids import CameraId, GrantId, PreviewId, RequestId, ViewingId
from crisislink.core.previews import Preview
from crisislink.flow.attempts import recorded
from crisislink.flow.authority import may_hear, require_sound
from crisislink.flow.carriers import Ticket, carrier
from crisislink.flow.forced import require_sharing, stopped
from crisislink.flow.ports import Brief, Ports, TicketClaim, UnitOfWork, ViewPermit
from crisislink.flow.previewends import end_previews


async def open_preview(
    ports: Ports, actor: Actor, request_id: RequestId, camera_id: CameraId
) -> tuple[Preview, Ticket]:
    """A new preview and the only ticket to it. The one this session had is over by that.

    Raises:
        Denied: not the police of the cameras' owner; or no picture of this camera may leave now.
        Conflict: the request is decided.
        Expired: it lapsed.
        Invalid: the camera was not asked for.
        NotFound: no such request.
        Unauthenticated: an actor without a browser session has nothing to see with.
        Unavailable: no media node lives, or the store or our clock is not to be believed.
    """
    if actor.session is None:
        raise Unauthenticated
    session = actor.session
    async with recorded(ports, actor, "preview.open", request_id), ports.store.read() as work:
        policy.require(policy.may_preview(actor, await work.request(request_id)))
    if not ports.recall.caught_up(boot_s=ports.clock.boot_s()):
        raise Unavailable(Reason.STORE)
    node = await carrier(ports, camera_id)
    async with recorded(ports, actor, "preview.open", request_id), ports.store.write() as work:
        await require_sound(ports, work)
        request, now = await work.request(request_id), ports.clock.now()
        await require_sharing(ports, work, request.owner)
        camera = await work.camera(camera_id)
        preview, event = rules.open_preview(
            actor,
            request,
            camera,
            (await work.pauses([camera_id])).get(camera_id),
            id=PreviewId(GrantId(ports.entropy.id(rules.PREFIX))),
            ref=ports.entropy.reference(),
            session=session,
            node=node.id,
            now=now,
        )
        await end_previews(work, lambda one: one.session == session, rules.REPLACED, now=now)
        await work.record(event, preview)
    ports.recall.saw_preview(preview)
    claim = TicketClaim(
        node=node.id, session=session, person=actor.person.id, grant=preview.id, camera=camera_id
    )
    return preview, Ticket(ports.tickets.seal(claim), node)


async def admit(ports: Ports, actor: Actor, claim: TicketClaim) -> ViewPermit:
    """Whoever brings the ticket, all asked again. That they see is in the register since it was opened.

    Raises:
        Denied: another session's or person's ticket; or no longer allowed.
        Expired: over meanwhile.
    """
    preview = rules.named(claim.grant)
    assert preview is not None, "the ticket of a grant is redeemed in flow.viewing"
    async with recorded(ports, actor, "preview.start", preview), ports.store.read() as work:
        opened = await work.preview(preview)
        if (actor.person.id, claim.session) != (opened.person, opened.session):
            raise Denied(Reason.TICKET)
        policy.require(policy.may_preview(actor, await work.request(opened.request)))
        await _lease(ports, work, opened, claim.camera, None)
    return ViewPermit(
        viewing=ViewingId(opened.id),
        grant=opened.id,
        camera=opened.camera,
        person=opened.person,
        session=opened.session,
        beneficiary=opened.owner,
        owner=opened.owner,
        person_label=actor.person.display_name,
    )


async def may_go_on(work: UnitOfWork, actor: Actor, id: PreviewId) -> tuple[policy.Verdict, bool]:
    """Whether the roles of this person still let them look; and whether it goes on at all."""
    preview = await work.preview(id)
    return policy.may_preview(actor, await work.request(preview.request)), preview.ended_at is None


async def lease(ports: Ports, id: PreviewId, camera_id: CameraId, epoch: int | None) -> Lease:
    """A lease for the media node. Its caller records a refusal.

    Raises:
        Expired: it is over, or what it rests on is.
        Denied: the node holds another epoch, or no picture of the camera may leave now.
        NotFound: no such preview, or of another camera.
        Unavailable: the store or our clock is not to be believed.
    """
    async with ports.store.read() as work:
        given, _ = await _lease(ports, work, await work.preview(id), camera_id, epoch)
    return given


async def _lease(
    ports: Ports, work: UnitOfWork, preview: Preview, camera_id: CameraId, epoch: int | None
) -> tuple[Lease, Camera]:
    authority = await require_sound(ports, work)
    if not may_hear(ports, authority, preview.opened_at):
        raise Unavailable(Reason.STORE)
    now = ports.clock.now()
    given = rules.lease(preview, camera_id, epoch=epoch, limits=ports.limits, now=now)
    camera, request = await work.camera(camera_id), await work.request(preview.request)
    pause = (await work.pauses([camera_id])).get(camera_id)
    if not request.open or await stopped(ports, work, preview.owner):
        raise Expired(Reason.GRANT_OVER)
    rules.require_previewable(request, camera, pause, now=now)
    return replace(given, mask=_mask(camera).version), camera


def _mask(camera: Camera) -> PrivacyMask:
    assert camera.mask is not None, "a shareable camera has a mask"
    return camera.mask


async def brief(ports: Ports, id: PreviewId, camera_id: CameraId) -> Brief:
    """What the media node needs: as for the hospital, but marked with who looks, whatever the settings say.

    Raises:
        CrisisLinkError: as `lease`.
    """
    async with ports.store.read() as work:
        preview = await work.preview(id)
        given, camera = await _lease(ports, work, preview, camera_id, None)
        return Brief(
            grant=preview.id,
            camera=camera.id,
            source=await work.camera_source(camera.id),
            mask=_mask(camera),
            camera_label=f"{camera.number} {camera.name}",
            organisation_label=f"APERÇU {(await work.organisation(preview.owner)).short_name}",
            grant_ref=preview.ref,
            exercise=preview.exercise,
            ends_at=given.ends_at,
            person_label=(await work.person(preview.person)).display_name,
        )
