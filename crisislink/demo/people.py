"""The people of the demo city: whom the demo provider vouches for, and the roster that lets most of them act.

Everybody is invented; telephone numbers are from the range ARCEP keeps for fiction (05 36 49 xx xx). Two
persons exist to be refused: one whom the roster never knew, one whose habilitation is over. The identity
provider (`demo.identity`) reads `PEOPLE`; the seed writes `ORGANISATIONS` and `roster(…)` into the store.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from crisislink.core.actors import Habilitation, Organisation, Person, Role, Side
from crisislink.core.ids import HabilitationId, OrganisationId, PersonId
from crisislink.flow.machines import machine_subject

SAMU = Organisation(
    id=OrganisationId("org_samu31"),
    name="SAMU 31 · CHU de Toulouse",
    short_name="SAMU 31",
    side=Side.HOSPITAL,
    phone="05 36 49 15 31",
)
TOULOUSE = Organisation(
    id=OrganisationId("org_toulouse"),
    name="Ville de Toulouse · police municipale, CIC",
    short_name="CIC Toulouse",
    side=Side.CITY,
    phone="05 36 49 17 31",
)
COMMISSION = Organisation(
    id=OrganisationId("org_clptp"),
    name="Commission des libertés publiques et de la tranquillité publique",
    short_name="CLPTP",
    side=Side.OVERSIGHT,
    phone="05 36 49 20 31",
)
ORGANISATIONS = (SAMU, TOULOUSE, COMMISSION)

HOSPITAL_PROVIDER, CITY_PROVIDER = "hopital", "ville"
HELP = {
    HOSPITAL_PROVIDER: "N. Estève, DSI du CHU, 05 36 49 15 40",
    CITY_PROVIDER: "J. Pujol, DSI de la Ville, 05 36 49 17 40",
}


class Standing(StrEnum):
    """What the local roster says of someone the provider knows."""

    IN_FORCE = "in_force"
    ENDED = "ended"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoPerson:
    """Someone to sign in as. `subject` is opaque, as with a real provider; `duty_…` is the role in words."""

    subject: str
    name: str
    post: str
    provider: str
    organisation: Organisation
    roles: tuple[Role, ...]
    duty_fr: str
    duty_en: str
    standing: Standing = Standing.IN_FORCE

    @property
    def id(self) -> PersonId:
        """The roster's name for them: the same at every start."""
        return PersonId(f"per_{self.subject.replace(':', '-')}")


def _person(
    subject: str,
    name: str,
    *,
    post: str,
    at: Organisation,
    role: Role,
    fr: str,
    en: str,
    standing: Standing = Standing.IN_FORCE,
) -> DemoPerson:
    provider = HOSPITAL_PROVIDER if at.side is Side.HOSPITAL else CITY_PROVIDER
    return DemoPerson(
        subject=subject,
        name=name,
        post=post,
        provider=provider,
        organisation=at,
        roles=(role,),
        duty_fr=fr,
        duty_en=en,
        standing=standing,
    )


FABRE = _person(
    "7d1f0c52a9e34b68",
    "Dr L. Fabre",
    post="poste 4",
    at=SAMU,
    role=Role.REGULATOR,
    fr="Médecin régulatrice",
    en="Dispatch physician",
)
MOREL = _person(
    "b41e7703d2c84f95",
    "Brig. A. Morel",
    post="poste 2",
    at=TOULOUSE,
    role=Role.ROOM_SUPERVISOR,
    fr="Cheffe de salle",
    en="Room supervisor",
)

PEOPLE: tuple[DemoPerson, ...] = (
    FABRE,
    _person(
        "2c86b5e0f7194da3",
        "T. Castaing",
        post="poste 7",
        at=SAMU,
        role=Role.REGULATOR,
        fr="Assistant de régulation médicale",
        en="Dispatch assistant",
    ),
    _person(
        "e950a7146b3d4c8f",
        "Dr M. Sarda",
        post="poste 1",
        at=SAMU,
        role=Role.SAMU_SUPERVISOR,
        fr="Superviseure SAMU",
        en="SAMU supervisor",
    ),
    _person(
        "5ab3d98e01f2476c",
        "N. Estève",
        post="DSI",
        at=SAMU,
        role=Role.ADMINISTRATOR,
        fr="Administratrice, DSI du CHU",
        en="Administrator, hospital IT",
    ),
    _person(
        "c0742fe8b51d4a39",
        "Dr P. Lacombe",
        post="remplaçant",
        at=SAMU,
        role=Role.REGULATOR,
        fr="Médecin régulateur, habilitation échue",
        en="Dispatch physician, habilitation ended",
        standing=Standing.ENDED,
    ),
    MOREL,
    _person(
        "93f8c61ad0e5427b",
        "Brig.-chef S. Vidal",
        post="poste 1",
        at=TOULOUSE,
        role=Role.ROOM_SUPERVISOR,
        fr="Chef de salle",
        en="Room supervisor",
    ),
    _person(
        "1e6d4b09c7a84f52",
        "K. Benali",
        post="poste 9",
        at=TOULOUSE,
        role=Role.CAMERA_OPERATOR,
        fr="Opérateur vidéo",
        en="Camera operator",
    ),
    _person(
        "f27a8e35940b4dc6",
        "J. Pujol",
        post="DSI",
        at=TOULOUSE,
        role=Role.ADMINISTRATOR,
        fr="Administrateur, DSI de la Ville",
        en="Administrator, city IT",
    ),
    _person(
        "68d5091bf3ea4c7d",
        "Me C. Rivals",
        post="commission",
        at=COMMISSION,
        role=Role.AUDITOR,
        fr="Membre de la commission",
        en="Member of the commission",
    ),
    _person(
        "a4093c7e52fb41d8",
        "E. Daunes",
        post="stagiaire",
        at=TOULOUSE,
        role=Role.CAMERA_OPERATOR,
        fr="Stagiaire, sans habilitation",
        en="Trainee, no habilitation",
        standing=Standing.UNKNOWN,
    ),
)

_ACTS = {
    SAMU.id: ("le directeur du CHU (démonstration)", "Décision de démonstration CHU-D1"),
    TOULOUSE.id: ("le maire (démonstration)", "Arrêté de démonstration VDT-D1"),
    COMMISSION.id: (
        "la présidence de la commission (démonstration)",
        "Délibération de démonstration CLPTP-D1",
    ),
}
_TERM = timedelta(days=365)
_SINCE = timedelta(days=30)


MACHINE = DemoPerson(
    subject=machine_subject("lrm-demo"),
    name="Logiciel de régulation",
    post="LRM",
    provider=HOSPITAL_PROVIDER,
    organisation=SAMU,
    roles=(Role.DISPATCH_SYSTEM,),
    duty_fr="Logiciel de régulation",
    duty_en="Dispatch software",
)
"""The hospital's dispatch software: nobody signs in as it."""


def roster(issuers: Mapping[str, str], now: datetime) -> tuple[tuple[Person, ...], tuple[Habilitation, ...]]:
    """The persons the roster knows and what designates them, around `now` (aware UTC).

    Args:
        issuers: `HOSPITAL_PROVIDER` and `CITY_PROVIDER` to their issuer identifiers.
        now: habilitations began 30 days before and last a year; an ended one ended the day before.
    """
    known = [p for p in (*PEOPLE, MACHINE) if p.standing is not Standing.UNKNOWN]
    persons = tuple(_known(p, issuers[p.provider]) for p in known)
    return persons, tuple(_habilitation(p, role, now) for p in known for role in p.roles)


def _known(who: DemoPerson, issuer: str) -> Person:
    return Person(
        id=who.id,
        organisation=who.organisation.id,
        issuer=issuer,
        subject=who.subject,
        display_name=who.name,
        post=who.post,
    )


def _habilitation(who: DemoPerson, role: Role, now: datetime) -> Habilitation:
    designated_by, act = _ACTS[who.organisation.id]
    start = now - _SINCE
    end = now - timedelta(days=1) if who.standing is Standing.ENDED else start + _TERM
    return Habilitation(
        id=HabilitationId(f"hab_{who.id.removeprefix('per_')}_{role.value}"),
        person=who.id,
        role=role,
        designated_by=designated_by,
        act=act,
        valid_from=start,
        valid_until=end,
    )
