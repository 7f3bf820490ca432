"""The story starts: a hospital opens an incident; and closes it, which ends all that hangs on it."""

from dataclasses import dataclass

from crisislink.core import incidents as rules
from crisislink.core import policy, requests
from crisislink.core.actors import Actor
from crisislink.core.geo import Position
from crisislink.core.grants import EndCause
from crisislink.core.ids import IncidentId, OrganisationId
from crisislink.core.incidents import Incident, Nature
from crisislink.flow.attempts import recorded
from crisislink.flow.commands import Command, remember, repeated
from crisislink.flow.endings import Darkened, cut, end_all
from crisislink.flow.ports import LiveVideo, Ports, UnitOfWork
from crisislink.flow.previewends import end_with


@dataclass(frozen=True, slots=True, kw_only=True)
class NewIncident:
    """What the regulator knows."""

    nature: Nature
    mass_casualty: bool
    place: Position
    place_label: str
    precision_m: int
    case_ref: str | None
    exercise: bool


async def open_incident(ports: Ports, actor: Actor, new: NewIncident, command: Command | None) -> Incident:
    """The incident, numbered within its hospital and year; exercises have a series of their own.

    Raises:
        Denied: not a regulator.
        Invalid: the precision is out of range.
    """
    async with recorded(ports, actor, "incident.open"):
        policy.require(policy.may_open_incident(actor))
        async with ports.store.write() as work:
            if (made := await repeated(work, actor, command)) is not None:
                return await work.incident(IncidentId(made))
            now = ports.clock.now()
            series = f"EX-{now.year}-" if new.exercise else f"{now.year}-"
            count = await work.incident_count(actor.organisation.id, series)
            incident, event = rules.open_incident(
                actor,
                id=IncidentId(ports.entropy.id("inc")),
                number=f"{series}{count + 1:04d}",
                nature=new.nature,
                mass_casualty=new.mass_casualty,
                place=new.place,
                place_label=new.place_label,
                precision_m=new.precision_m,
                case_ref=new.case_ref,
                exercise=new.exercise,
                now=now,
            )
            await work.record(event, incident)
            await remember(work, actor, command, incident.id)
            return incident


async def close_incident(ports: Ports, video: LiveVideo, actor: Actor, id: IncidentId) -> Incident:
    """The incident is over: open requests are withdrawn, grants end, pictures are cut. Again is a no-op.

    Raises:
        Denied: another hospital's.
    """
    async with recorded(ports, actor, "incident.close", id), ports.store.write() as work:
        incident = await work.incident(id)
        policy.require(policy.may_close_incident(actor, incident))
        incident, event = rules.close_incident(incident, actor, now=ports.clock.now())
        if event is not None:
            await work.record(event, incident)
        dark = await _end_all(ports, work, actor, id)
    await cut(ports, video, dark)
    return incident


async def group_incident(ports: Ports, actor: Actor, id: IncidentId, first: IncidentId | None) -> Incident:
    """The incident joins the crisis of `first`; None: it leaves its crisis. Again is a no-op.

    Raises:
        Denied: another hospital's, or closed.
        Invalid: these two do not belong together.
    """
    async with recorded(ports, actor, "incident.group", id), ports.store.write() as work:
        incident = await work.incident(id)
        policy.require(policy.may_work_on_incident(actor, incident))
        if first is None:
            changes = rules.part_incident(incident, actor)
        else:
            other = await work.incident(first)
            policy.require(policy.may_work_on_incident(actor, other))
            changes = rules.group_incident(incident, other, actor)
        for changed, event in changes:
            await work.record(event, changed)
        return await work.incident(id)


async def _end_all(ports: Ports, work: UnitOfWork, actor: Actor, incident: IncidentId) -> list[Darkened]:
    now = ports.clock.now()
    for request in await work.requests(open_only=True):
        if request.incident == incident:
            withdrawn, event = requests.withdraw(request, actor, now=now)
            assert event is not None, "an open request can be withdrawn"
            await work.record(event, withdrawn)
            await end_with(work, withdrawn, now=ports.clock.now())
    own = [grant for grant in await work.grants(live_only=True) if grant.incident == incident]
    return await end_all(work, own, EndCause.INCIDENT_CLOSED, actor=actor, now=now)


async def exercises(work: UnitOfWork, organisation: OrganisationId) -> list[str]:
    """The numbers of the exercises under way that this organisation is part of, the newest first.

    Its own while they are open, another's while something of them waits or is seen on its cameras.
    """
    known = {one.id: one for one in await work.incidents() if one.exercise}
    if not known:
        return []
    busy = {one.incident for one in await work.requests(open_only=True) if one.owner == organisation}
    busy |= {one.incident for one in await work.grants(live_only=True) if one.owner == organisation}
    under = [one for one in known.values() if one.organisation == organisation or one.id in busy]
    return [one.number for one in sorted(under, key=lambda one: one.opened_at, reverse=True)]
