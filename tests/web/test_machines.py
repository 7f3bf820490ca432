"""Dispatch software at the API: its scopes, its own incidents, never a person's acts, never with a cookie."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import pytest

from crisislink.core.actors import Person, Role
from crisislink.core.errors import Reason, Unauthenticated
from crisislink.core.events import InventoryLoaded
from crisislink.flow.machines import Scope, VerifiedMachine, machine_subject
from crisislink.web import models as m
from crisislink.web.app import build_app
from crisislink.web.auth import SESSION_COOKIE
from crisislink.web.calls import Service
from crisislink.web.operations import OPERATIONS
from crisislink.web.origins import Origins
from tests.city import City, small_city
from tests.samples import CAMERAS, INCIDENT, SAMU, T0, habilitation, person
from tests.web.conftest import ORIGIN, all_here, remembered, told, watching

ALL = frozenset(Scope)
LRM = replace(person("lrm", SAMU), subject=machine_subject("lrm"))
NEW = {
    "nature": "fire",
    "mass_casualty": False,
    "lat": 43.61,
    "lon": 1.45,
    "place_label": "Rue Matabiau",
    "precision_m": 20,
    "case_ref": None,
    "exercise": False,
}


async def enrol(city: City, who: Person, *roles: Role) -> None:
    loaded = InventoryLoaded(organisation=None, what="persons", rows=1, sha256="")
    async with city.store.write() as work:
        await work.record(loaded, who)
        await work.record(loaded, *(habilitation(who, role) for role in roles))


class Machine:
    """Dispatch software whose token is the word `good`."""

    def __init__(self, city: City, client: httpx2.AsyncClient) -> None:
        self.city = city
        self.client = client

    async def call(self, method: str, path: str, body: object = None, **headers: str) -> httpx2.Response:
        sent = {"authorization": "Bearer good"} | headers
        return await self.client.request(method, path, json=body, headers=sent)


@asynccontextmanager
async def machine(
    folder: Path, scopes: frozenset[Scope] = ALL, roles: tuple[Role, ...] = (Role.DISPATCH_SYSTEM,)
) -> AsyncIterator[Machine]:
    async with small_city(folder) as city:
        if roles:
            await enrol(city, LRM, *roles)

        async def machine_of(token: str, shown: str | None) -> VerifiedMachine:
            if token not in {"good", f"for {shown}"}:
                raise Unauthenticated(Reason.BEARER if token == "bad" else Reason.CERTIFICATE)
            return VerifiedMachine(issuer=LRM.issuer, client_id="lrm", scopes=scopes, issued_at=T0)

        service = Service(
            ports=city.ports,
            video=city.video,
            origins=Origins(ORIGIN),
            actor_of=told,
            watcher_of=watching,
            present=all_here,
            remembered=remembered,
            sign_in=m.SignIn(providers=[], demo=True),
            machine_of=machine_of,
        )
        app = build_app(service, more=(), form_targets=())
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url=ORIGIN) as client:
            yield Machine(city, client)


async def test_it_opens_an_incident_and_closes_it_without_origin_or_cookie(tmp_path: Path) -> None:
    async with machine(tmp_path) as lrm:
        opened = await lrm.call("POST", "/api/incidents", NEW)
        assert opened.status_code == 201, opened.text
        assert "set-cookie" not in opened.headers
        closed = await lrm.call("POST", f"/api/incidents/{opened.json()['id']}/close")
        assert closed.status_code == 200, closed.text


async def test_it_closes_no_incident_that_a_person_opened(tmp_path: Path) -> None:
    async with machine(tmp_path) as lrm:
        answer = await lrm.call("POST", f"/api/incidents/{INCIDENT.id}/close")
        assert answer.status_code == 404
        assert "incident.close" in await _denied(lrm.city)


async def test_it_finds_cameras_near_a_place(tmp_path: Path) -> None:
    async with machine(tmp_path) as lrm:
        at = CAMERAS[0].position
        answer = await lrm.call("GET", f"/api/nearby?lat={at.lat_deg}&lon={at.lon_deg}")
        assert answer.status_code == 200, answer.text


async def _denied(city: City) -> str:
    async with city.store.read() as work:
        entries = await work.entries_before(before=None, limit=20, kinds=["access.denied"])
    return " ".join(entry.body.decode() for entry in entries)


async def test_what_only_a_person_may_do_is_refused_as_rfc_6750_says(tmp_path: Path) -> None:
    """Of every operation, with its entry in the register: `test_matrix`."""
    async with machine(tmp_path) as lrm:
        answer = await lrm.call("POST", "/api/sharing/stop", {})
        assert answer.status_code == 403
        assert "insufficient_scope" in answer.headers["www-authenticate"]
        assert "stopSharing" in await _denied(lrm.city)


def test_machines_reach_neither_pictures_nor_requests_nor_decisions() -> None:
    assert {o.id for o in OPERATIONS if o.scope is not None} == {
        "openIncident",
        "closeIncident",
        "nearby",
        "places",
        "launch",
    }


async def test_a_scope_that_the_token_lacks_is_not_had(tmp_path: Path) -> None:
    async with machine(tmp_path, frozenset({Scope.CAMERAS})) as lrm:
        answer = await lrm.call("POST", "/api/incidents", NEW)
        assert answer.status_code == 403
        assert "insufficient_scope" in answer.headers["www-authenticate"]


@pytest.mark.parametrize("sent", ["Bearer bad", "Bearer", "Bearer ", "Basic bHJtOng=", ""])
async def test_no_good_token_is_told_as_rfc_6750_says(tmp_path: Path, sent: str) -> None:
    async with machine(tmp_path) as lrm:
        answer = await lrm.call("GET", "/api/places?q=x", authorization=sent)
        assert answer.status_code == 401
        assert 'error="invalid_token"' in answer.headers["www-authenticate"]


async def test_a_bearer_is_never_helped_by_a_persons_session(tmp_path: Path) -> None:
    """The person told by the tests' header counts no more than a cookie would."""
    async with machine(tmp_path) as lrm:
        answer = await lrm.call("GET", "/api/room", **{"x-person": "lea"})
        assert answer.status_code == 403


async def test_cookie_and_bearer_never_mix(tmp_path: Path) -> None:
    async with machine(tmp_path) as lrm:
        answer = await lrm.call("POST", "/api/incidents", NEW, cookie=f"{SESSION_COOKIE}=x")
        assert answer.status_code == 422


CASES: list[Any] = [(), (Role.REGULATOR,), (Role.DISPATCH_SYSTEM, Role.REGULATOR)]


@pytest.mark.parametrize("roles", CASES, ids=["unknown", "a person's role", "both"])
async def test_a_machine_that_the_roster_does_not_know_as_one_is_refused(
    tmp_path: Path, roles: tuple[Role, ...]
) -> None:
    async with machine(tmp_path, roles=roles) as lrm:
        assert (await lrm.call("POST", "/api/incidents", NEW)).status_code == 403
        assert "session.refused" in await lrm.city.kinds()
