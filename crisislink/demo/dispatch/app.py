"""Its server: the page, and the one thing that only a server may do, asking CrisisLink for a launch code.

    GET  /            the page with its cases and the panel
    POST /open        {"case": "31-88214", "subject": "…"} → {"incident": "inc_…", "code": "…"}

It trusts the page with whom it works for, as everybody's click in a demonstration; real dispatch software
takes the person from its own session.
"""

import json
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import httpx2
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from crisislink.core.actors import Role
from crisislink.demo.identity import RelyingParty
from crisislink.demo.people import HOSPITAL_PROVIDER, PEOPLE, Standing
from crisislink.demo.places import MAIN_PLACE
from crisislink.flow.machines import Scope

_BODY_MAX = 1_000
_AGAIN = {"not_found", "incident_closed"}
_TYPES = {"page.js": "text/javascript", "page.css": "text/css"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A case that the software works on. Invented."""

    ref: str
    nature: str
    place: str
    lat: float
    lon: float
    words: str


CASES = (
    Case(
        ref="31-88214",
        nature="building_collapse",
        place="Rue Bertrand de Born",
        lat=MAIN_PLACE.lat_deg,
        lon=MAIN_PLACE.lon_deg,
        words="Effondrement partiel d'un immeuble",
    ),
    Case(
        ref="31-88220",
        nature="fire",
        place="Rue Raymond IV",
        lat=43.61244,
        lon=1.45148,
        words="Feu dans un parking souterrain",
    ),
)


def build_dispatch(own_url: str, service_url: str, issuer: str, machine: RelyingParty) -> Starlette:
    """The software.

    Args:
        own_url: the origin of its page.
        service_url: where CrisisLink is.
        issuer: the hospital's identity provider.
        machine: how the software is known there.
    """
    software = _Software(own_url, service_url, issuer, machine)
    return Starlette(
        routes=[
            Route("/", software.page),
            Route("/page.{kind}", software.part),
            Route("/open", software.open, methods=["POST"]),
        ]
    )


class _Software:
    def __init__(self, own_url: str, service_url: str, issuer: str, machine: RelyingParty) -> None:
        self._own = own_url
        self._service = service_url
        self._issuer = issuer
        self._machine = machine
        self._incidents: dict[str, str] = {}

    async def page(self, _request: Request) -> Response:
        """The page. Its policy names CrisisLink twice: for the panel's script, and for the frame."""
        policy = (
            f"default-src 'none'; script-src 'self' {self._service}; style-src 'self'; connect-src 'self'; "
            f"frame-src {self._service}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )
        told = json.dumps({"cases": [_shown(case) for case in CASES], "people": _people()})
        text = _read("page.html")
        for name, value in {"SERVICE": self._service, "PROVIDER": HOSPITAL_PROVIDER, "TOLD": told}.items():
            text = text.replace(f"{{{{{name}}}}}", value.replace("&", "&amp;").replace('"', "&quot;"))
        return Response(text, media_type="text/html", headers={"Content-Security-Policy": policy})

    async def part(self, request: Request) -> Response:
        """Its script and style."""
        name = f"page.{request.path_params['kind']}"
        if name not in _TYPES:
            return Response(status_code=404)
        return Response(_read(name), media_type=_TYPES[name])

    async def open(self, request: Request) -> Response:
        """A case was opened: tell CrisisLink of it, and ask to show its views to this person."""
        if request.headers.get("origin") != self._own:
            return Response(status_code=403)
        try:
            asked = json.loads((await request.body())[:_BODY_MAX])
            case = next(one for one in CASES if one.ref == asked["case"])
            subject = str(asked["subject"])
        except (ValueError, KeyError, TypeError, StopIteration):
            return Response(status_code=422)
        async with httpx2.AsyncClient(timeout=10) as client:
            answer = await self._launch(client, case, subject)
            if answer.is_error and answer.json().get("code") in _AGAIN:  # somebody closed it there
                del self._incidents[case.ref]
                answer = await self._launch(client, case, subject)
        if answer.is_error:
            return JSONResponse(answer.json(), answer.status_code)
        return JSONResponse({"incident": self._incidents[case.ref], "code": answer.json()["code"]})

    async def _launch(self, client: httpx2.AsyncClient, case: Case, subject: str) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {await self._token(client)}"}
        if case.ref not in self._incidents:
            opened = await client.post(f"{self._service}/api/incidents", json=_new(case), headers=headers)
            if opened.is_error:
                return opened
            self._incidents[case.ref] = opened.json()["id"]
        launch = {"subject": subject, "incident": self._incidents[case.ref], "origin": self._own}
        return await client.post(f"{self._service}/api/launches", json=launch, headers=headers)

    async def _token(self, client: httpx2.AsyncClient) -> str:
        form = {"grant_type": "client_credentials", "scope": f"{Scope.INCIDENTS.value} {Scope.LAUNCH.value}"}
        known = (self._machine.client_id, self._machine.client_secret.get_secret_value())
        answer = await client.post(f"{self._issuer}/token", data=form, auth=known)
        return str(answer.raise_for_status().json()["access_token"])


def _shown(case: Case) -> dict[str, str]:
    return {"ref": case.ref, "words": case.words, "place": case.place}


def _people() -> list[dict[str, str]]:
    """Who may watch, as the software's own list of staff has them."""
    return [
        {"subject": one.subject, "name": f"{one.name} · {one.post}"}
        for one in PEOPLE
        if {Role.REGULATOR, Role.SAMU_SUPERVISOR} & set(one.roles) and one.standing is Standing.IN_FORCE
    ]


def _new(case: Case) -> dict[str, Any]:
    return {
        "nature": case.nature,
        "mass_casualty": False,
        "lat": case.lat,
        "lon": case.lon,
        "place_label": case.place,
        "precision_m": 20,
        "case_ref": case.ref,
        "exercise": False,
    }


def _read(name: str) -> str:
    return (files(__package__) / name).read_text(encoding="utf-8")
