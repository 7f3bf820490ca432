"""The city decides: approve all or some cameras, or refuse with a reason. First decision wins.

What was true when the hospital asked is asked again here: sharing not stopped, masks valid, the act in force.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from crisislink.core import policy
from crisislink.core import requests as rules
from crisislink.core.actors import Actor
from crisislink.core.errors import Denied, Invalid, Reason
from crisislink.core.grants import Grant, extend
from crisislink.core.ids import CameraId, GrantId, RequestId
from crisislink.core.legal import LegalBasis
from crisislink.core.requests import AccessRequest, RefusalReason
from crisislink.flow.attempts import recorded
from crisislink.flow.authority import require_sound
from crisislink.flow.commands import Command, remember, repeated
from crisislink.flow.forced import require_sharing
from crisislink.flow.ports import Ports, UnitOfWork
from crisislink.flow.previewends import end_with
from crisislink.flow.suspensions import require_shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """What the city gives: cameras among those asked, a time no longer than asked."""

    cameras: tuple[CameraId, ...]
    duration_s: int
    version: int


async def approve(
    ports: Ports,
    actor: Actor,
    id: RequestId,
    approval: Approval,
    *,
    command: Command | None,
) -> Grant:
    """The grant; its clock runs. The media nodes hear of it and open its cameras.

    Raises:
        Denied: not the owner's room supervisor, one's own request, no recent authentication, or no longer
            lawful.
        Conflict: somebody decided first.
        Expired: the request lapsed.
        Invalid: it would widen what was asked.
    """
    async with recorded(ports, actor, "request.approve", id), ports.store.write() as work:
        if (made := await repeated(work, actor, command)) is not None:
            return await work.grant(GrantId(made))
        request = await work.request(id)
        policy.require(policy.may_decide(actor, request))
        rules.check_decidable(request, now=ports.clock.now(), expected_version=approval.version)
        policy.require(policy.recent(actor, ports.limits, now=ports.clock.now()))
        rules.check_narrowing(request, approval.cameras, approval.duration_s, ports.limits)
        basis = await still_lawful(ports, work, request, approval.cameras)
        approval = _within(basis, approval, ports.clock.now())
        rules.check_narrowing(request, approval.cameras, approval.duration_s, ports.limits)
        grant = await _grant(ports, work, actor, request, approval)
        await remember(work, actor, command, grant.id)
    ports.recall.saw_grant(grant)
    return grant


async def still_lawful(
    ports: Ports, work: UnitOfWork, request: AccessRequest, ids: tuple[CameraId, ...]
) -> LegalBasis:
    """The act that allows to give these cameras now.

    Raises:
        Denied: sharing is stopped, a camera may not be shown, the incident is closed, or no act allows it.
        Unavailable: the store or our clock is not to be believed.
    """
    await require_sound(ports, work)
    await require_sharing(ports, work, request.owner)
    cameras = await work.cameras(ids)
    for camera in cameras:
        if (barred := camera.barred(exercise=request.exercise)) is not None:
            raise Denied(barred, camera=camera.name)
    if request.extends is None:
        await require_shown(work, cameras)
    incident = await work.incident(request.incident)
    if incident.closed_at is not None:
        raise Denied(Reason.INCIDENT_CLOSED)
    basis = {b.id: b for b in await work.legal_bases(request.owner)}.get(request.legal_basis)
    if basis is None:
        raise Denied(Reason.NO_LEGAL_BASIS)
    gap = basis.gap(
        beneficiary=request.beneficiary,
        purpose=request.purpose,
        place=incident.place,
        cameras=cameras,
        now=ports.clock.now(),
    )
    if gap is not None:
        raise Denied(gap)
    return basis


def _within(basis: LegalBasis, approval: Approval, now: datetime) -> Approval:
    """No access outlives the act it rests on."""
    left_s = int((basis.valid_until - now).total_seconds())
    return replace(approval, duration_s=min(approval.duration_s, left_s))


async def _grant(
    ports: Ports, work: UnitOfWork, actor: Actor, request: AccessRequest, approval: Approval
) -> Grant:
    if request.extends is not None:
        return await _extend(ports, work, actor, request, approval)
    decided, grant, event = rules.approve(
        request,
        actor,
        grant=GrantId(ports.entropy.id("gr")),
        grant_ref=ports.entropy.reference(),
        cameras=approval.cameras,
        duration_s=approval.duration_s,
        limits=ports.limits,
        now=ports.clock.now(),
        expected_version=approval.version,
    )
    await work.record(event, decided, grant)
    await end_with(work, decided, now=ports.clock.now())
    return grant


async def _extend(
    ports: Ports,
    work: UnitOfWork,
    actor: Actor,
    request: AccessRequest,
    approval: Approval,
) -> Grant:
    assert request.extends is not None, "only an extension extends"
    now = ports.clock.now()
    present = await work.grant(request.extends)
    if set(approval.cameras) != set(request.cameras):
        raise Invalid(Reason.EXTENSION_WHOLE)  # a grant has one end; single cameras are revoked instead
    declared = None if present.declaration is None else await work.crisis(present.declaration)
    grant, event = extend(
        present,
        request.id,
        actor,
        duration_s=approval.duration_s,
        until=None if declared is None else declared.terms.ends_at,  # it never outlives what gave it
        limits=ports.limits,
        now=now,
    )
    decided = rules.mark_extended(request, actor, grant, now=now)
    await work.record(event, decided, grant)
    await end_with(work, decided, now=ports.clock.now())
    return grant


async def refuse(
    ports: Ports, actor: Actor, id: RequestId, reason: RefusalReason, *, version: int
) -> AccessRequest:
    """The request, refused; the same refusal again is a no-op.

    Raises:
        Denied: not the owner's room supervisor.
        Conflict: somebody decided otherwise first.
        Expired: it lapsed.
        Invalid: a reason that only the kill switch gives.
    """
    if reason is RefusalReason.SHARING_STOPPED:
        raise Invalid(Reason.MALFORMED, field="reason")
    async with recorded(ports, actor, "request.refuse", id), ports.store.write() as work:
        request = await work.request(id)
        policy.require(policy.may_decide(actor, request))
        refused, event = rules.refuse(
            request, actor, refusal=reason, now=ports.clock.now(), expected_version=version
        )
        if event is not None:
            await work.record(event, refused)
            await end_with(work, refused, now=ports.clock.now())
        return refused
