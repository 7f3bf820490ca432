"""Small cities, people and acts for tests. Every value is valid; a test changes the one thing it is about."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from crisislink.core.actors import Actor, Habilitation, Organisation, Person, Role, Side
from crisislink.core.cameras import Camera, FieldOfView, MaskPolygon, Mounting, PrivacyMask
from crisislink.core.geo import Position
from crisislink.core.ids import (
    CameraId,
    HabilitationId,
    IncidentId,
    LegalBasisId,
    OrganisationId,
    PersonId,
    SessionId,
)
from crisislink.core.incidents import Incident, Nature
from crisislink.core.legal import LegalBasis, Purpose

T0 = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
PLACE = Position(43.61041, 1.45287)

SAMU = Organisation(
    id=OrganisationId("org_samu"),
    name="SAMU 31",
    short_name="SAMU",
    side=Side.HOSPITAL,
    phone="05 36 49 00 15",
)
OTHER_SAMU = replace(SAMU, id=OrganisationId("org_samu2"), name="SAMU 81")
CITY = Organisation(
    id=OrganisationId("org_city"), name="Toulouse", short_name="CIC", side=Side.CITY, phone="05 36 49 00 17"
)
OTHER_CITY = replace(CITY, id=OrganisationId("org_city2"), name="Blagnac")
COMMISSION = Organisation(
    id=OrganisationId("org_comm"),
    name="CLPTP",
    short_name="CLPTP",
    side=Side.OVERSIGHT,
    phone="05 36 49 00 31",
)
ORGANISATIONS = (SAMU, OTHER_SAMU, CITY, OTHER_CITY, COMMISSION)


def person(name: str, organisation: Organisation) -> Person:
    """A person called `name`, known to their provider by the same name."""
    return Person(
        id=PersonId(f"per_{name}"),
        organisation=organisation.id,
        issuer=f"https://{organisation.id}.example",
        subject=name,
        display_name=name.title(),
        post="poste 1",
    )


def habilitation(who: Person, role: Role, *, start: datetime = T0, days: int = 30) -> Habilitation:
    """In force from a day before `start`."""
    return Habilitation(
        id=HabilitationId(f"hab_{who.subject}_{role.value}"),
        person=who.id,
        role=role,
        designated_by="le maire",
        act="arrêté d'essai",
        valid_from=start - timedelta(days=1),
        valid_until=start + timedelta(days=days),
    )


def actor(name: str, organisation: Organisation, *roles: Role) -> Actor:
    """A signed-in person with these roles."""
    who = person(name, organisation)
    return Actor.of(
        who,
        organisation,
        [habilitation(who, role) for role in roles],
        now=T0,
        session=SessionId(f"ses_{name}"),
        authenticated_at=T0,
    )


REGULATOR = actor("lea", SAMU, Role.REGULATOR)
SAMU_SUPERVISOR = actor("maud", SAMU, Role.SAMU_SUPERVISOR)
SUPERVISOR = actor("alex", CITY, Role.ROOM_SUPERVISOR)
OPERATOR = actor("omar", CITY, Role.CAMERA_OPERATOR)
AUDITOR = actor("ines", COMMISSION, Role.AUDITOR)
ADMINISTRATOR = actor("ada", CITY, Role.ADMINISTRATOR)
OTHER_REGULATOR = actor("rene", OTHER_SAMU, Role.REGULATOR)
OTHER_SUPERVISOR = actor("bob", OTHER_CITY, Role.ROOM_SUPERVISOR)
ACTORS = (
    REGULATOR,
    SAMU_SUPERVISOR,
    SUPERVISOR,
    OPERATOR,
    AUDITOR,
    ADMINISTRATOR,
    OTHER_REGULATOR,
    OTHER_SUPERVISOR,
)
NEXT_REGULATOR = actor("nora", SAMU, Role.REGULATOR)
CHIEF = actor("sami", SAMU, Role.SAMU_SUPERVISOR)
COLLEAGUES = (NEXT_REGULATOR, CHIEF)
"""Of the regulator, for tests about several of them: not in the city unless a test hires them."""

MASK = PrivacyMask(
    version=1,
    polygons=(MaskPolygon(((0.1, 0.1), (0.4, 0.1), (0.4, 0.3), (0.1, 0.3))),),
    sizes=((1280, 720), (640, 360)),
    validated_by=SUPERVISOR.person.id,
    validated_at=T0 - timedelta(days=1),
)


def camera(number: int, *, owner: Organisation = CITY, north_m: float = 0.0) -> Camera:
    """A camera `north_m` metres north of PLACE (south if negative), looking south."""
    return Camera(
        id=CameraId(f"cam_{number:03d}"),
        number=number,
        owner=owner.id,
        name=f"Rue n° {number}",
        quarter="Matabiau",
        position=Position(PLACE.lat_deg + north_m / 111_195, PLACE.lon_deg),
        position_error_m=10,
        view=FieldOfView(azimuth_deg=180, opening_deg=70, reach_m=120),
        mounting=Mounting.FIXED,
        mask=MASK,
        offered=True,
        simulated=True,
    )


CAMERAS = tuple(camera(n, north_m=20.0 * n) for n in range(1, 7))

BASIS = LegalBasis(
    id=LegalBasisId("lb_1"),
    act="Convention d'essai",
    title="Partage d'images en cas de crise",
    owner=CITY.id,
    beneficiaries=frozenset({SAMU.id}),
    purposes=frozenset({Purpose.RESCUE, Purpose.TERRORISM_PREVENTION}),
    cameras=None,
    perimeter=(
        Position(43.5, 1.3),
        Position(43.5, 1.6),
        Position(43.7, 1.6),
        Position(43.7, 1.3),
    ),
    valid_from=T0 - timedelta(days=10),
    valid_until=T0 + timedelta(days=10),
    max_duration_s=1_800,
)

INCIDENT = Incident(
    id=IncidentId("inc_1"),
    number="2026-0001",
    organisation=SAMU.id,
    nature=Nature.BUILDING_COLLAPSE,
    mass_casualty=True,
    place=PLACE,
    place_label="Rue Bertrand de Born",
    precision_m=50,
    case_ref=None,
    opened_by=REGULATOR.person.id,
    opened_at=T0,
    exercise=False,
)
