"""The city: cameras, places, and which cameras see a place."""

from crisislink.core.geo import Position
from crisislink.core.ids import CameraId
from crisislink.flow import search, suspensions
from crisislink.web import models as m
from crisislink.web import views
from crisislink.web.calls import Call


async def cameras(call: Call) -> list[m.CameraView]:
    """All cameras."""
    inventory, paused = await search.cameras(call.ports, call.actor)
    return [views.camera(camera, paused=camera.id in paused) for camera in inventory]


async def suspend_camera(call: Call) -> m.PauseView:
    """Hold a camera back."""
    body: m.Suspension = call.body
    pause = await suspensions.hold_back(
        call.ports, call.service.video, call.actor, _camera(call), moved=body.moved
    )
    return views.pause(pause)


async def resume_camera(call: Call) -> m.PauseView:
    """Show it again."""
    return views.pause(await suspensions.resume_camera(call.ports, call.actor, _camera(call)))


async def places(call: Call) -> list[m.PlaceView]:
    """Places by name."""
    query: m.SearchQuery = call.query
    return [views.place(p, c) for p, c in await search.named(call.ports, call.actor, query.q)]


async def nearby(call: Call) -> list[m.SightingView]:
    """Cameras near a place."""
    query: m.NearbyQuery = call.query
    found = await search.nearby(
        call.ports,
        call.actor,
        Position(query.lat, query.lon),
        precision_m=query.precision_m,
        radius_m=query.radius_m,
        limit=query.limit,
    )
    return [views.sighting(s) for s in found]


def _camera(call: Call) -> CameraId:
    return CameraId(call.path["camera"])
