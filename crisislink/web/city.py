"""The city: cameras, places, and which cameras see a place."""

from crisislink.core.geo import Position
from crisislink.flow import search
from crisislink.web import models as m
from crisislink.web import views
from crisislink.web.calls import Call


async def cameras(call: Call) -> list[m.CameraView]:
    """All cameras."""
    return [views.camera(c) for c in await search.cameras(call.ports, call.actor)]


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
