"""Who may call what: every route × role × organisation. `test_matrix` calls each cell.

A new route needs one row (without one `test_every_route_has_its_row` fails), a body in `BODIES` if it reads
one, and a maker in `Thing` when its path names a new kind of thing. The things it names are SAMU 31's and
Toulouse's. The cells:

    y  done
    o  done, and nothing of SAMU 31's and Toulouse's is shown
    h  hidden: the answer is that for an id which does not exist
    .  refused at the door, whatever the id: 401 nobody, 403 somebody (4401, 4403 on a socket)
    n  nobody here, whoever they are elsewhere: 401 (a view-only session's own; `test_embedding` calls them)
"""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from crisislink.core.actors import Actor, Organisation, Role
from crisislink.core.events import InventoryLoaded
from crisislink.core.ids import CrisisId
from crisislink.core.perimeter import Circle
from crisislink.flow import crisis
from crisislink.flow.machines import machine_subject
from crisislink.flow.newcomers import Newcomer, keep
from crisislink.flow.sessions import name_of
from tests.city import City
from tests.samples import (
    ADMINISTRATOR,
    AUDITOR,
    BASIS,
    CAMERAS,
    CITY,
    OPERATOR,
    OTHER_CITY,
    OTHER_REGULATOR,
    OTHER_SAMU,
    OTHER_SUPERVISOR,
    PLACE,
    REGULATOR,
    SAMU,
    SAMU_SUPERVISOR,
    SUPERVISOR,
    T0,
    actor,
    habilitation,
    person,
)
from tests.talk import movable_grant, wish


def _machine(name: str, organisation: Organisation) -> Actor:
    made = actor(name, organisation, Role.DISPATCH_SYSTEM)
    return replace(made, person=replace(made.person, subject=machine_subject(name)), session=None)


CALLERS: tuple[Actor | None, ...] = (
    None,
    # SAMU 31: regulator, supervisor, administrator, dispatch software
    REGULATOR,
    actor("sacha", SAMU, Role.SAMU_SUPERVISOR),
    actor("andre", SAMU, Role.ADMINISTRATOR),
    _machine("lrm", SAMU),
    # Toulouse: camera operator, room supervisor, administrator
    OPERATOR,
    SUPERVISOR,
    ADMINISTRATOR,
    # the commission
    AUDITOR,
    # SAMU 81
    OTHER_REGULATOR,
    actor("sonia", OTHER_SAMU, Role.SAMU_SUPERVISOR),
    actor("anne", OTHER_SAMU, Role.ADMINISTRATOR),
    _machine("lrm2", OTHER_SAMU),
    # Blagnac
    actor("olga", OTHER_CITY, Role.CAMERA_OPERATOR),
    OTHER_SUPERVISOR,
    actor("aline", OTHER_CITY, Role.ADMINISTRATOR),
)
# fmt: off
_TABLE = """
                                             nobody
                                             |  SAMU 31: regulator, supervisor, administrator, software
                                             |  |    Toulouse: camera operator, room supervisor, administrator
                                             |  |    |   commission
                                             |  |    |   | SAMU 81
                                             |  |    |   | |    Blagnac
GET  /api/sign-in                            y yyyy yyy y yyyy yyy
GET  /api/me                                 . yyy. yyy y yyy. yyy
GET  /api/sessions                           . yyy. yyy y yyy. yyy
POST /api/sessions/{session}/end             . yhh. hhh h hhh. hhh
GET  /api/cameras                            . yy.. yy. . yy.. yy.
GET  /api/places                             . yy.y yy. . yy.y yy.
GET  /api/nearby                             . yy.y yy. . yy.y yy.
GET  /api/map/file                           . yy.. yy. . yy.. yy.
GET  /api/map/tiles/{z}/{x}/{y}              . yy.. yy. . yy.. yy.
POST /api/cameras/{camera}/suspend           . .... yy. . .... hh.
POST /api/cameras/{camera}/resume            . .... .y. . .... .h.
GET  /api/room                               . yy.. yy. . oo.. oo.
POST /api/incidents                          . yy.y ... . yy.y ...
POST /api/incidents/{incident}/close         . yy.h ... . hh.h ...
POST /api/incidents/{incident}/group         . yy.. ... . hh.. ...
POST /api/incidents/{incident}/handover      . yy.. ... . hh.. ...
POST /api/requests                           . yy.. ... . hh.. ...
POST /api/requests/{request}/withdraw        . yy.. ... . hh.. ...
POST /api/requests/{request}/approve         . .... .y. . .... .h.
POST /api/requests/{request}/refuse          . .... .y. . .... .h.
POST /api/requests/{request}/previews        . .... yy. . .... hh.
POST /api/grants/{grant}/tickets             . yy.. ... . hh.. ...
POST /api/grants/{grant}/release             . yy.. ... . hh.. ...
POST /api/grants/{grant}/revoke              . .... yy. . .... hh.
POST /api/grants/{grant}/messages            . yy.. yy. . hh.. hh.
POST /api/messages/{message}/answer          . .... yy. . .... hh.
POST /api/sharing/stop                       . .... .y. . .... .y.
POST /api/sharing/resume                     . .... .y. . .... .y.
POST /api/grants/{grant}/notice              . .... yy. . .... hh.
GET  /api/acts                               . .y.. .y. . .o.. .o.
POST /api/crises                             . .y.. .y. . .h.. .h.
POST /api/crises/{proposal}/confirm          . .... .y. . .h.. .h.
POST /api/crises/{proposal}/decline          . .y.. .y. . .h.. .h.
POST /api/crises/{crisis}/suspend            . .... yy. . .... hh.
POST /api/crises/{crisis}/resume             . .... .y. . .... .h.
POST /api/crises/{crisis}/end                . .y.. .y. . .h.. .h.
GET  /api/reviews                            . yy.. yy. y oo.. oo.
GET  /api/reviews/{incident}                 . yy.. yy. y hh.. hh.
GET  /api/crises                             . yy.. yy. y oo.. oo.
GET  /api/crises/{crisis}/review             . yy.. yy. y hh.. hh.
GET  /api/register                           . .... ... y .... ...
GET  /api/register/verification              . .... ... y .... ...
POST /api/admin/identity/examination         . ..y. ..y . ..y. ..y
POST /api/admin/identity/trial               . ..y. ..y . ..y. ..y
POST /api/admin/identity/trial/result        . ..y. ..y . ..y. ..y
GET  /api/admin/sessions                     . ..y. ..y . ..y. ..y
POST /api/admin/people/{person}/sessions/end . ..y. ..h . ..h. ..h
GET  /api/admin/roster                       . ..y. ..y . ..o. ..o
GET  /api/admin/roster/export                . ..y. ..y . ..o. ..o
POST /api/admin/roster/preview               . ..y. ..y . ..y. ..y
POST /api/admin/roster/import                . ..y. ..y . ..y. ..y
POST /api/admin/habilitations                . ..y. ..h . ..h. ..h
POST /api/admin/habilitations/{habilitation}/end . ..y. ..h . ..h. ..h
POST /api/admin/habilitations/{habilitation}/withdraw . ..y. ..h . ..h. ..h
GET  /api/admin/references/{reference}       . ..y. ..h . ..h. ..h
POST /api/admin/people/{person}/identity     . ..y. ..h . ..h. ..h

POST /api/launches                           . ...y ... . .... ...
GET  /api/embed/{provider}/pages             y yyyy yyy y yyyy yyy
POST /api/embed/sessions                     y yyy. yyy y yyy. yyy
POST /api/embed/sessions/end                 n nnnn nnn n nnnn nnn
GET  /api/embed/room                         n nnnn nnn n nnnn nnn
GET  /api/embed/cameras                      n nnnn nnn n nnnn nnn
POST /api/embed/grants/{grant}/tickets       n nnnn nnn n nnnn nnn

WS   /api/embed/live                         n nnnn nnn n nnnn nnn
WS   /api/live                               . yy.. yy. . yy.. yy.
WS   /stream                                 . y... ... . .... ...

GET  /api/openapi.json                       y yyyy yyy y yyyy yyy
GET  /healthz                                y yyyy yyy y yyyy yyy
GET  /auth/login/{provider}                  y yyyy yyy y yyyy yyy
GET  /auth/step-up                           y yyyy yyy y yyyy yyy
GET  /auth/trial                             y yyyy yyy y yyyy yyy
GET  /auth/callback/{provider}               y yyyy yyy y yyyy yyy
GET  /auth/signed-out/{provider}             y yyyy yyy y yyyy yyy
POST /auth/backchannel/{provider}            y yyyy yyy y yyyy yyy
GET  /embed/crisislink-panel.js              y yyyy yyy y yyyy yyy
GET  /embed/{provider}                       y yyyy yyy y yyyy yyy
GET  /                                       y yyyy yyy y yyyy yyy
GET  /samu                                   y yyyy yyy y yyyy yyy
GET  /cic                                    y yyyy yyy y yyyy yyy
GET  /mur                                    y yyyy yyy y yyyy yyy
GET  /registre                               y yyyy yyy y yyyy yyy
GET  /retex                                  y yyyy yyy y yyyy yyy
GET  /accessibilite                          y yyyy yyy y yyyy yyy
GET  /sessions                               y yyyy yyy y yyyy yyy
GET  /admin                                  y yyyy yyy y yyyy yyy
GET  /admin/{section}                        y yyyy yyy y yyyy yyy
GET  /assets/*                               y yyyy yyy y yyyy yyy

POST /auth/logout                            y yyyy yyy y yyyy yyy
"""
# fmt: on


@dataclass(frozen=True, slots=True)
class Thing:
    """Things of SAMU 31's and Toulouse's, made anew for a cell: one maker for each name in a path."""

    city: City

    async def camera(self) -> str:
        return CAMERAS[0].id

    async def incident(self) -> str:
        """One whose camera was asked for."""
        return (await self.city.request()).incident

    async def request(self) -> str:
        """It waits for an answer."""
        return (await self.city.request()).id

    async def grant(self) -> str:
        return (await self.city.grant()).id

    async def message(self) -> str:
        """A wish that waits for an answer."""
        return (await wish(self.city, (await movable_grant(self.city)).id)).id

    async def proposal(self) -> str:
        """The hospital's; of a camera that no other cell asks for."""
        new = crisis.NewCrisis(
            hospital=SAMU.id,
            city=CITY.id,
            perimeter=Circle(PLACE, 200),
            cameras=(CAMERAS[5].id,),
            purposes=BASIS.purposes,
            grant_s=600,
            lasts_s=3_600,
            exercise=False,
        )
        return (await crisis.propose(self.city.ports, SAMU_SUPERVISOR, new, None)).id

    async def crisis(self) -> str:
        """Both sides declared it."""
        proposed = CrisisId(await self.proposal())
        return (await crisis.confirm(self.city.ports, SUPERVISOR, proposed, version=1)).id

    async def session(self) -> str:
        """Another one of the regulator's."""
        return name_of((await self.city.signed_in(REGULATOR)).session.id)

    async def person(self) -> str:
        """Somebody of SAMU 31's whose sessions no other cell needs."""
        who = person("sam7", SAMU)
        assert who.subject is not None
        async with self.city.store.write() as work:
            if await work.person_by_subject(who.issuer, who.subject) is None:
                await work.record(InventoryLoaded(organisation=None, what="persons", rows=1, sha256=""), who)
        return who.id

    async def habilitation(self) -> str:
        """Of somebody else each time."""
        who = person(self.city.ports.entropy.id("sam"), SAMU)
        held = habilitation(who, Role.REGULATOR)
        async with self.city.store.write() as work:
            await work.record(InventoryLoaded(organisation=None, what="one", rows=1, sha256=""), who, held)
        return held.id

    async def reference(self) -> str:
        """Said by that person, whom only SAMU 31's provider vouches for."""
        who = person("sam7", SAMU)
        assert who.subject is not None
        return await keep(self.city.ports, Newcomer(issuer=who.issuer, subject=who.subject, name="Sam"))

    async def provider(self) -> str:
        return "hopital"

    async def z(self) -> str:
        """With `x` and `y`: a tile of the city's."""
        return "14"

    async def x(self) -> str:
        return "8257"

    async def y(self) -> str:
        return "5982"

    async def section(self) -> str:
        return "identite"


PAGE = "https://lrm.chu.example"
"""Of the dispatch software, which may show ours."""
_INCIDENT = {
    "nature": "building_collapse",
    "lat": PLACE.lat_deg,
    "lon": PLACE.lon_deg,
    "place_label": "Rue Bertrand de Born",
}
_ROSTER = b64encode(b"nom;role;designe_par;acte;debut;fin\nA;ARM;b;c;23/11/2026;24/11/2026").decode()
BODIES: dict[str, Mapping[str, Any]] = {
    "POST /api/cameras/{camera}/suspend": {"moved": False},
    "POST /api/incidents": _INCIDENT,
    "POST /api/incidents/{incident}/group": {"first": None},
    "POST /api/incidents/{incident}/handover": {"act": "ask", "holder": REGULATOR.person.id},
    "POST /api/requests": {
        "incident": "{incident}",
        "cameras": [CAMERAS[0].id],
        "duration_s": 600,
        "intent": "access_route",
    },
    "POST /api/requests/{request}/approve": {
        "cameras": [CAMERAS[0].id],
        "duration_s": 600,
        "version": 1,
    },
    "POST /api/requests/{request}/refuse": {"reason": "other", "version": 1},
    "POST /api/requests/{request}/previews": {"camera": CAMERAS[0].id},
    "POST /api/admin/roster/preview": {"content": _ROSTER},
    "POST /api/admin/roster/import": {"content": _ROSTER, "digest": "0" * 64},
    "POST /api/admin/habilitations": {
        "person": "{person}",
        "role": "samu_supervisor",
        "designated_by": "le directeur",
        "act": "décision 1",
        "first_day": "2026-11-23",
        "last_day": "2026-12-31",
    },
    "POST /api/admin/habilitations/{habilitation}/end": {
        "last_day": "2026-11-30",
        "was": (T0 + timedelta(days=30)).isoformat(),
    },
    "POST /api/admin/people/{person}/identity": {"reference": "{reference}"},
    "POST /api/grants/{grant}/tickets": {"camera": CAMERAS[0].id},
    "POST /api/grants/{grant}/release": {},
    "POST /api/grants/{grant}/revoke": {},
    "POST /api/grants/{grant}/messages": {"text": "Bonjour"},
    "POST /api/messages/{message}/answer": {"answer": "done"},
    "POST /api/launches": {"subject": "lea", "incident": "{incident}", "origin": PAGE},
    "POST /api/embed/sessions": {"code": "no code", "origin": PAGE},
    "POST /api/embed/grants/{grant}/tickets": {"camera": CAMERAS[0].id},
    "POST /api/crises": {
        "hospital": SAMU.id,
        "city": CITY.id,
        "perimeter": {"points": [{"lat": PLACE.lat_deg, "lon": PLACE.lon_deg}], "radius_m": 200},
        "cameras": [CAMERAS[5].id],
        "grant_s": 600,
        "lasts_s": 3_600,
    },
    "POST /api/crises/{proposal}/confirm": {"version": 1},
    "POST /api/crises/{crisis}/suspend": {"cut": True},
}
"""What is sent. `{name}` stands for a thing, as in a path."""
QUERIES = {
    "GET /api/places": "q=matabiau",
    "GET /api/nearby": f"lat={PLACE.lat_deg}&lon={PLACE.lon_deg}",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One route; `cells` in the order of the callers."""

    method: str
    path: str
    cells: str

    @property
    def route(self) -> str:
        """As `BODIES` and the test call it."""
        return f"{self.method} {self.path}"


def table() -> list[Row]:
    """All rows."""
    rows = []
    for line in _TABLE.splitlines():
        method, _, rest = line.partition(" ")
        if method:
            path, _, cells = rest.strip().partition(" ")
            rows.append(Row(method, path, cells.replace(" ", "")))
    assert all(len(row.cells) == len(CALLERS) and set(row.cells) <= set("yoh.n") for row in rows), (
        "a cell each"
    )
    return rows
