"""Incidents and declared crises afterwards (RETEX)."""

from crisislink.core.ids import CrisisId, IncidentId
from crisislink.flow import reviews
from crisislink.web import models as m
from crisislink.web import review_models as rm
from crisislink.web import views
from crisislink.web.calls import Call


async def recent(call: Call) -> list[m.IncidentView]:
    """The newest first."""
    return [views.incident(one) for one in await reviews.recent(call.ports, call.actor)]


async def recent_crises(call: Call) -> list[m.CrisisView]:
    """The newest first."""
    return [views.crisis(one) for one in await reviews.recent_crises(call.ports, call.actor)]


async def read(call: Call) -> rm.ReviewView:
    """One, or that of all that are linked to it."""
    query: rm.ReviewQuery = call.query
    named = IncidentId(call.path["incident"])
    return _told(call, await reviews.read(call.ports, call.actor, named, crisis=query.crisis))


async def read_crisis(call: Call) -> rm.ReviewView:
    """That of a declared crisis."""
    return _told(call, await reviews.read_crisis(call.ports, call.actor, CrisisId(call.path["crisis"])))


def _told(call: Call, found: reviews.Read) -> rm.ReviewView:
    review = found.review
    return rm.ReviewView(
        server_time=call.ports.clock.now(),
        began_at=review.began_at,
        declaration=None if review.declaration is None else views.crisis(review.declaration),
        incidents=[views.incident(one) for one in review.incidents],
        figures=rm.FiguresView.model_validate(review.figures),
        moments=[rm.MomentView.model_validate(one) for one in review.moments],
        requests=[views.request(one, call.actor) for one in found.requests],
        grants=[views.grant(one) for one in found.grants],
        looks=[rm.LookView.model_validate(one) for one in found.looks],
        messages=[views.message(one) for one in found.messages],
        persons=[views.person(one) for one in found.persons],
        cameras=[views.camera(one, paused=False) for one in found.cameras],
        crises=[views.crisis(one) for one in found.crises],
    )
