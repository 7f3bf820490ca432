"""Incidents afterwards (RETEX)."""

from crisislink.core.ids import IncidentId
from crisislink.flow import reviews
from crisislink.web import models as m
from crisislink.web import review_models as rm
from crisislink.web import views
from crisislink.web.calls import Call


async def recent(call: Call) -> list[m.IncidentView]:
    """The newest first."""
    return [views.incident(one) for one in await reviews.recent(call.ports, call.actor)]


async def read(call: Call) -> rm.ReviewView:
    """One, or that of its whole crisis."""
    query: rm.ReviewQuery = call.query
    named = IncidentId(call.path["incident"])
    found = await reviews.read(call.ports, call.actor, named, crisis=query.crisis)
    incidents = [views.incident(one) for one in found.review.incidents]
    return rm.ReviewView(
        server_time=call.ports.clock.now(),
        incident=incidents[0],
        incidents=incidents,
        figures=rm.FiguresView.model_validate(found.review.figures),
        moments=[rm.MomentView.model_validate(one) for one in found.review.moments],
        requests=[views.request(one, call.actor) for one in found.requests],
        grants=[views.grant(one) for one in found.grants],
        looks=[rm.LookView.model_validate(one) for one in found.looks],
        messages=[views.message(one) for one in found.messages],
        persons=[views.person(one) for one in found.persons],
        cameras=[views.camera(one, paused=False) for one in found.cameras],
        crises=[views.crisis(one) for one in found.crises],
    )
