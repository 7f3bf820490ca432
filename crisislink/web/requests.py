"""Requests: the hospital asks and takes back, the city looks before it decides, approves and refuses."""

from crisislink.core.ids import CameraId, GrantId, IncidentId, RequestId
from crisislink.flow import decisions, previews, requests
from crisislink.web import models as m
from crisislink.web import views
from crisislink.web.calls import Call
from crisislink.web.grants import ticket_view


async def submit(call: Call) -> m.RequestView:
    """Ask for views."""
    body: m.NewRequest = call.body
    new = requests.NewRequest(
        incident=IncidentId(body.incident),
        cameras=tuple(CameraId(c) for c in body.cameras),
        duration_s=body.duration_s,
        intent=body.intent,
        purpose=body.purpose,
        extends=None if body.extends is None else GrantId(body.extends),
    )
    return views.request(await requests.submit(call.ports, call.actor, new, call.command), call.actor)


async def withdraw(call: Call) -> m.RequestView:
    """Take a request back."""
    withdrawn = await requests.withdraw(call.ports, call.actor, _id(call))
    return views.request(withdrawn, call.actor)


async def approve(call: Call) -> m.GrantView:
    """Approve all or some cameras."""
    body: m.Approval = call.body
    approval = decisions.Approval(
        cameras=tuple(CameraId(c) for c in body.cameras), duration_s=body.duration_s, version=body.version
    )
    grant = await decisions.approve(call.ports, call.actor, _id(call), approval, command=call.command)
    return views.grant(grant)


async def refuse(call: Call) -> m.RequestView:
    """Refuse with a reason."""
    body: m.Refusal = call.body
    refused = await decisions.refuse(call.ports, call.actor, _id(call), body.reason, version=body.version)
    return views.request(refused, call.actor)


async def open_preview(call: Call) -> m.OpenedPreview:
    """See one of its cameras, as the hospital would, for half a minute."""
    body: m.NewPreview = call.body
    preview, ticket = await previews.open_preview(call.ports, call.actor, _id(call), CameraId(body.camera))
    return m.OpenedPreview(preview=views.preview(preview), ticket=ticket_view(ticket))


def _id(call: Call) -> RequestId:
    return RequestId(call.path["request"])
