"""Declared crises: proposed by one side, confirmed by the other, suspended by the city, ended by either."""

from crisislink.core.geo import Position
from crisislink.core.ids import CameraId, CrisisId, GrantId, OrganisationId
from crisislink.core.perimeter import perimeter_of
from crisislink.flow import automatic, crisis, crisisends
from crisislink.web import models as m
from crisislink.web import views
from crisislink.web.calls import Call


async def acts(call: Call) -> list[m.ActView]:
    """What could bound one."""
    return [views.act(one) for one in await crisis.acts(call.ports, call.actor)]


async def propose(call: Call) -> m.CrisisView:
    """Propose one."""
    body: m.NewCrisis = call.body
    new = crisis.NewCrisis(
        hospital=OrganisationId(body.hospital),
        city=OrganisationId(body.city),
        perimeter=perimeter_of(
            [Position(point.lat, point.lon) for point in body.perimeter.points], body.perimeter.radius_m
        ),
        cameras=tuple(CameraId(camera) for camera in body.cameras),
        purposes=frozenset(body.purposes),
        grant_s=body.grant_s,
        lasts_s=body.lasts_s,
        exercise=body.exercise,
    )
    return views.crisis(await crisis.propose(call.ports, call.actor, new, call.command))


async def confirm(call: Call) -> m.CrisisView:
    """The other side's word."""
    body: m.CrisisConfirmation = call.body
    return views.crisis(await crisis.confirm(call.ports, call.actor, _proposal(call), version=body.version))


async def decline(call: Call) -> m.CrisisView:
    """Say no."""
    return views.crisis(await crisis.decline(call.ports, call.actor, _proposal(call)))


async def suspend(call: Call) -> m.CrisisView:
    """Stop granting, and cut where that is asked."""
    body: m.CrisisSuspension = call.body
    suspended = await crisisends.suspend(
        call.ports, call.service.video, call.actor, _id(call), cut_running=body.cut
    )
    return views.crisis(suspended)


async def resume(call: Call) -> m.CrisisView:
    """Grant again."""
    return views.crisis(await crisis.resume(call.ports, call.actor, _id(call)))


async def end(call: Call) -> m.CrisisView:
    """End it, and what it granted."""
    return views.crisis(await crisisends.end(call.ports, call.service.video, call.actor, _id(call)))


async def notice_grant(call: Call) -> m.GrantView:
    """Acknowledge what one granted."""
    grant = await automatic.notice_grant(call.ports, call.actor, GrantId(call.path["grant"]))
    return views.grant(grant)


def _id(call: Call) -> CrisisId:
    return CrisisId(call.path["crisis"])


def _proposal(call: Call) -> CrisisId:
    return CrisisId(call.path["proposal"])
