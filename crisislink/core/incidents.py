"""Where the story starts: a place, how precisely it is known, and what happened there.

No free text about patients exists here: the nature is a code, the place a street or coordinates.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from crisislink.core.actors import Actor
from crisislink.core.errors import Denied, Invalid, Reason
from crisislink.core.events import IncidentClosed, IncidentGrouped, IncidentOpened
from crisislink.core.geo import Position
from crisislink.core.ids import IncidentId, OrganisationId, PersonId

PRECISION_MAX_M = 2_000


class Nature(StrEnum):
    """What happened, as a code; the words live in the front end."""

    BUILDING_COLLAPSE = "building_collapse"
    ROAD_ACCIDENT = "road_accident"
    FIRE = "fire"
    EXPLOSION = "explosion"
    CROWD_CRUSH = "crowd_crush"
    ATTACK = "attack"
    CHEMICAL = "chemical"
    CARDIAC_ARREST = "cardiac_arrest"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """An event the hospital manages. `precision_m` is the radius within which the place is known.

    `crisis`: the first incident of the crisis that this one belongs to; that one's own id for the first.
    """

    id: IncidentId
    number: str
    organisation: OrganisationId
    nature: Nature
    mass_casualty: bool
    place: Position
    place_label: str
    precision_m: int
    case_ref: str | None
    opened_by: PersonId
    opened_at: datetime
    exercise: bool
    closed_at: datetime | None = None
    crisis: IncidentId | None = None
    version: int = 1


def open_incident(
    actor: Actor,
    *,
    id: IncidentId,
    number: str,
    nature: Nature,
    mass_casualty: bool,
    place: Position,
    place_label: str,
    precision_m: int,
    case_ref: str | None,
    exercise: bool,
    now: datetime,
) -> tuple[Incident, IncidentOpened]:
    """A new incident of the actor's organisation.

    Raises:
        Invalid: the precision is not in [0, 2000] m.
    """
    if not 0 <= precision_m <= PRECISION_MAX_M:
        raise Invalid(Reason.MALFORMED, field="precision_m")
    incident = Incident(
        id=id,
        number=number,
        organisation=actor.organisation.id,
        nature=nature,
        mass_casualty=mass_casualty,
        place=place,
        place_label=place_label,
        precision_m=precision_m,
        case_ref=case_ref,
        opened_by=actor.person.id,
        opened_at=now,
        exercise=exercise,
    )
    event = IncidentOpened(
        incident=id,
        number=number,
        organisation=incident.organisation,
        actor=actor.person.id,
        nature=nature.value,
        lat_e6=round(place.lat_deg * 1e6),
        lon_e6=round(place.lon_deg * 1e6),
        precision_m=precision_m,
        case_ref=case_ref,
        exercise=exercise,
    )
    return incident, event


def close_incident(
    incident: Incident, actor: Actor, *, now: datetime
) -> tuple[Incident, IncidentClosed | None]:
    """The incident is over; its grants end with it (`flow.incidents`). Again is a no-op."""
    if incident.closed_at is not None:
        return incident, None
    closed = replace(incident, closed_at=now, version=incident.version + 1)
    return closed, IncidentClosed(
        incident=incident.id,
        organisation=incident.organisation,
        actor=actor.person.id,
        exercise=incident.exercise,
    )


def group_incident(
    incident: Incident, first: Incident, actor: Actor
) -> list[tuple[Incident, IncidentGrouped]]:
    """`incident` joins the crisis of `first`, which begins one when it stood alone. Again is a no-op.

    Raises:
        Denied: one of them is closed.
        Invalid: they are one, another hospital's, or one is an exercise and the other is not.
    """
    if incident.closed_at is not None or first.closed_at is not None:
        raise Denied(Reason.INCIDENT_CLOSED)
    apart = incident.organisation != first.organisation or incident.exercise != first.exercise
    if incident.id == first.id or apart:
        raise Invalid(Reason.MALFORMED, field="first")
    crisis = first.crisis or first.id
    return [_belonging(i, crisis, actor) for i in (first, incident) if i.crisis != crisis]


def part_incident(incident: Incident, actor: Actor) -> list[tuple[Incident, IncidentGrouped]]:
    """The incident stands alone again. Again is a no-op."""
    return [] if incident.crisis is None else [_belonging(incident, None, actor)]


def _belonging(
    incident: Incident, crisis: IncidentId | None, actor: Actor
) -> tuple[Incident, IncidentGrouped]:
    event = IncidentGrouped(
        incident=incident.id,
        organisation=incident.organisation,
        actor=actor.person.id,
        crisis=crisis,
        exercise=incident.exercise,
    )
    return replace(incident, crisis=crisis, version=incident.version + 1), event
