"""The city: cameras, places, which cameras see a place, and the ground they stand on."""

import re

from starlette.responses import FileResponse, Response

from crisislink.core.errors import NotFound
from crisislink.core.geo import Position
from crisislink.core.ids import CameraId
from crisislink.flow import search, suspensions
from crisislink.web import models as m
from crisislink.web import views
from crisislink.web.calls import Call

_HOUR_S = 3_600
_NUMBER = re.compile(r"[0-9]{1,8}", re.ASCII)


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
        exercise=query.exercise,
    )
    return [views.sighting(s) for s in found]


async def map_file(call: Call) -> Response:
    """The file of the basemap, whole or the ranges asked for (RFC 9110, section 14)."""
    basemap = call.service.basemap
    if basemap is None or basemap.file is None:
        raise NotFound
    return FileResponse(
        basemap.file,
        media_type="application/vnd.pmtiles",
        headers={"Cache-Control": f"private, max-age={_HOUR_S}"},
    )


async def map_tile(call: Call) -> Response:
    """One tile of the basemap."""
    basemap = call.service.basemap
    numbers = [call.path[name] for name in ("z", "x", "y")]
    if basemap is None or basemap.tile is None or not all(map(_NUMBER.fullmatch, numbers)):
        raise NotFound
    z, x, y = map(int, numbers)
    tile = await basemap.tile(z, x, y)
    headers = {"Cache-Control": f"private, max-age={_HOUR_S}"}
    return Response(tile.content, media_type=tile.media_type, headers=headers)


def _camera(call: Call) -> CameraId:
    return CameraId(call.path["camera"])
