"""Incidents, and the room that shows them."""

from datetime import datetime

from crisislink.core.actors import Actor
from crisislink.core.geo import Position
from crisislink.core.ids import IncidentId, PersonId
from crisislink.flow import handover, incidents, live
from crisislink.web import models as m
from crisislink.web import views
from crisislink.web.calls import Call


async def open_incident(call: Call) -> m.IncidentView:
    """Open one."""
    body: m.NewIncident = call.body
    new = incidents.NewIncident(
        nature=body.nature,
        mass_casualty=body.mass_casualty,
        place=Position(body.lat, body.lon),
        place_label=body.place_label,
        precision_m=body.precision_m,
        case_ref=body.case_ref,
        exercise=body.exercise,
    )
    return views.incident(await incidents.open_incident(call.ports, call.actor, new, call.command))


async def close_incident(call: Call) -> m.IncidentView:
    """Close one; its grants end."""
    closed = await incidents.close_incident(
        call.ports, call.service.video, call.actor, IncidentId(call.path["incident"])
    )
    return views.incident(closed)


async def group_incident(call: Call) -> m.IncidentView:
    """Several of the same cause."""
    body: m.Grouping = call.body
    first = None if body.first is None else IncidentId(body.first)
    grouped = await incidents.group_incident(call.ports, call.actor, IncidentId(call.path["incident"]), first)
    return views.incident(grouped)


async def hand_over(call: Call) -> m.ChargeView:
    """From one person to the next."""
    body: m.Handover = call.body
    charge = await handover.hand_over(
        call.ports,
        call.service.video,
        call.actor,
        IncidentId(call.path["incident"]),
        body.act,
        holder=PersonId(body.holder),
    )
    return views.charge(charge)


async def room(call: Call) -> m.Room:
    """Everything at once."""
    return room_view(await live.room(call.ports, call.actor), call.actor, call.ports.clock.now())


def room_view(seen: live.Room, actor: Actor, now: datetime) -> m.Room:
    """As the API shows it to this person."""
    return m.Room(
        as_of=seen.as_of,
        server_time=now,
        incidents=[views.incident(i) for i in seen.incidents],
        charges=[views.charge(c) for c in seen.charges],
        requests=[views.request(r, actor) for r in seen.requests],
        grants=[views.grant(g) for g in seen.grants],
        crises=[views.crisis(c) for c in seen.crises],
        viewings=[views.viewing(v) for v in seen.viewings],
        previews=[views.preview(p) for p in seen.previews],
        sharing=[views.sharing(s) for s in seen.sharing],
        escalations=[views.escalation(e) for e in seen.escalations],
        pauses=[views.pause(p) for p in seen.pauses],
        failing=[views.failing(f) for f in seen.failing],
        messages=[views.message(one) for one in seen.messages],
        persons=[views.person(p) for p in seen.persons],
        answer_median_s=seen.answer_median_s,
    )
