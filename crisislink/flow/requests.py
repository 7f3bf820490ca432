"""The hospital asks, and may take it back. The legal gate stands here: no act, no request."""

from collections.abc import Sequence
from dataclasses import dataclass

from crisislink.core import policy
from crisislink.core import requests as rules
from crisislink.core.actors import Actor
from crisislink.core.cameras import Camera
from crisislink.core.errors import Conflict, Denied, Invalid, NotFound, Reason
from crisislink.core.grants import Grant
from crisislink.core.ids import CameraId, GrantId, IncidentId, RequestId
from crisislink.core.incidents import Incident
from crisislink.core.legal import LegalBasis, Purpose, covering
from crisislink.core.requests import AccessRequest, RequestIntent
from crisislink.flow.attempts import recorded
from crisislink.flow.automatic import grant_if_covered
from crisislink.flow.commands import Command, remember, repeated
from crisislink.flow.forced import require_sharing
from crisislink.flow.ports import Ports, UnitOfWork
from crisislink.flow.previewends import end_with
from crisislink.flow.suspensions import require_shown


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRequest:
    """What the regulator asks. `extends`: more time on this grant instead of a new one."""

    incident: IncidentId
    cameras: tuple[CameraId, ...]
    duration_s: int
    intent: RequestIntent
    purpose: Purpose
    extends: GrantId | None


async def submit(ports: Ports, actor: Actor, new: NewRequest, command: Command | None) -> AccessRequest:
    """The request, waiting for the city; or approved, where a declared crisis covers all of it.

    Raises:
        Denied: not this hospital's incident, no legal basis covers it, a camera may not be shared or is held
            back for now, or the city stopped sharing.
        NotFound: an incident, camera or grant nobody knows.
        Invalid: a duration or number of cameras out of bounds.
        Conflict: the grant to extend is over, or is being extended already.
    """
    async with recorded(ports, actor, "request.submit", new.incident), ports.store.write() as work:
        if (made := await repeated(work, actor, command)) is not None:
            return await work.request(RequestId(made))
        incident = await work.incident(new.incident)
        policy.require(policy.may_work_on_incident(actor, incident))
        cameras = await _known(work, new.cameras)
        if not cameras:
            raise Invalid(Reason.CAMERAS_EMPTY)
        await require_sharing(ports, work, cameras[0].owner)
        if new.extends is None:
            await require_shown(work, cameras)
        basis = await _basis(ports, work, incident, cameras, new.purpose)
        request, event = rules.submit(
            actor,
            id=RequestId(ports.entropy.id("req")),
            incident=incident,
            cameras=cameras,
            duration_s=new.duration_s,
            intent=new.intent,
            purpose=new.purpose,
            legal_basis=basis,
            limits=ports.limits,
            now=ports.clock.now(),
            extends=await _to_extend(work, new),
        )
        await work.record(event, request)
        request, grant = await grant_if_covered(ports, work, request)
        await remember(work, actor, command, request.id)
    if grant is not None:
        ports.recall.saw_grant(grant)
    return request


async def _known(work: UnitOfWork, ids: Sequence[CameraId]) -> tuple[Camera, ...]:
    """The cameras in the order asked."""
    known = {camera.id: camera for camera in await work.cameras(ids)}
    if not known.keys() >= set(ids):
        raise NotFound
    return tuple(known[camera] for camera in dict.fromkeys(ids))


async def _basis(
    ports: Ports, work: UnitOfWork, incident: Incident, cameras: tuple[Camera, ...], purpose: Purpose
) -> LegalBasis:
    found = covering(
        await work.legal_bases(cameras[0].owner),
        beneficiary=incident.organisation,
        purpose=purpose,
        place=incident.place,
        cameras=cameras,
        now=ports.clock.now(),
    )
    if isinstance(found, Reason):
        raise Denied(found)
    return found


async def _to_extend(work: UnitOfWork, new: NewRequest) -> Grant | None:
    if new.extends is None:
        return None
    grant = await work.grant(new.extends)
    if grant.incident != new.incident:
        raise NotFound
    if not grant.state.live or not set(new.cameras) <= set(grant.open_cameras):
        raise Conflict(Reason.ALREADY_OVER)
    if any(r.extends == grant.id for r in await work.requests(open_only=True)):
        raise Conflict(Reason.ALREADY_ASKED)
    return grant


async def withdraw(ports: Ports, actor: Actor, id: RequestId) -> AccessRequest:
    """The request, taken back; again is a no-op.

    Raises:
        Denied: another hospital's.
        Conflict: the city decided already.
    """
    async with recorded(ports, actor, "request.withdraw", id), ports.store.write() as work:
        request = await work.request(id)
        policy.require(policy.may_withdraw(actor, request))
        withdrawn, event = rules.withdraw(request, actor, now=ports.clock.now())
        if event is not None:
            await work.record(event, withdrawn)
            await end_with(work, withdrawn, now=ports.clock.now())
        return withdrawn
