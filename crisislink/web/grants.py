"""Grants: tickets for their streams, release, revocation, and the kill switch over all of them."""

from crisislink.core.ids import CameraId, GrantId, NodeId
from crisislink.flow import endings, viewing
from crisislink.flow.carriers import Ticket
from crisislink.web import models as m
from crisislink.web import views
from crisislink.web.calls import Call
from crisislink.web.origins import stream_url


async def open_ticket(call: Call) -> m.Ticket:
    """A ticket for one camera's stream."""
    body: m.NewTicket = call.body
    ticket = await viewing.open_ticket(
        call.ports,
        call.actor,
        _id(call),
        CameraId(body.camera),
        avoid=[NodeId(node) for node in body.avoid],
    )
    return ticket_view(ticket)


def ticket_view(ticket: Ticket) -> m.Ticket:
    """As the API has it."""
    return m.Ticket(
        ticket=ticket.sealed,
        url=stream_url(ticket.node.public_url),
        node=ticket.node.id,
        expires_in_s=round(viewing.TICKET_S),
    )


async def release(call: Call) -> m.GrantView:
    """Give access back."""
    body: m.SomeCameras = call.body
    grant = await endings.release(call.ports, call.service.video, call.actor, _id(call), _cameras(body))
    return views.grant(grant)


async def revoke(call: Call) -> m.GrantView:
    """End access at once."""
    body: m.Revocation = call.body
    grant = await endings.revoke(
        call.ports, call.service.video, call.actor, _id(call), _cameras(body), preempt=body.preempt
    )
    return views.grant(grant)


async def stop_sharing(call: Call) -> m.SharingView:
    """The kill switch."""
    return views.sharing(await endings.stop_sharing(call.ports, call.service.video, call.actor))


async def resume_sharing(call: Call) -> m.SharingView:
    """Lift it."""
    return views.sharing(await endings.resume_sharing(call.ports, call.service.video, call.actor))


def _id(call: Call) -> GrantId:
    return GrantId(call.path["grant"])


def _cameras(body: m.SomeCameras) -> tuple[CameraId, ...] | None:
    return None if body.cameras is None else tuple(CameraId(c) for c in body.cameras)
