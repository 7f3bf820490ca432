"""A provider that is down is told before somebody clicks; its findings are for its own administrators."""

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import httpx2
import pytest
from starlette.applications import Starlette

from crisislink.adapters.oidc.advice import Observation
from crisislink.core.actors import Side
from crisislink.web import models as m
from crisislink.web.app import build_app
from crisislink.web.calls import Service
from crisislink.web.origins import Origins
from tests.city import City, small_city
from tests.samples import ADMINISTRATOR, T0
from tests.web.conftest import ORIGIN, Site, all_here, remembered, told, watching


class Watched:
    """The hospital's provider is down; each issuer has one finding."""

    def down_since(self, provider: str) -> datetime | None:
        return T0 if provider == "hopital" else None

    async def examine(self, issuer: str) -> AsyncIterator[tuple[str, Observation]]:
        yield "ville", Observation("clock", "poor", issuer, "Réglez l'horloge.", "Set the clock.")


def way(name: str, side: Side) -> m.Provider:
    return m.Provider(id=name, label=name, side=side, url=f"/auth/login/{name}")


def application(city: City) -> Starlette:
    service = Service(
        ports=city.ports,
        video=city.video,
        origins=Origins(ORIGIN),
        actor_of=told,
        watcher_of=watching,
        present=all_here,
        remembered=remembered,
        sign_in=m.SignIn(providers=[way("hopital", Side.HOSPITAL), way("ville", Side.CITY)], demo=False),
        identity=Watched(),
    )
    return build_app(service, more=(), form_targets=())


@pytest.fixture
async def watched(tmp_path: Path) -> AsyncIterator[Site]:
    async with small_city(tmp_path) as city:
        app = application(city)
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url=ORIGIN) as client:
            yield Site(city=city, app=app, other_app=app, client=client)


async def test_a_provider_that_is_down_is_told_to_anybody_before_they_click(watched: Site) -> None:
    hospital, city = (await watched.client.get("/api/sign-in")).json()["providers"]
    assert datetime.fromisoformat(hospital["down_since"]) == T0
    assert city["down_since"] is None
    assert city["phone"] is None


async def test_an_administrator_sees_findings_about_the_provider_they_came_from(watched: Site) -> None:
    answer = await watched.post("ada", "/api/admin/identity/examination")
    assert answer.status_code == 200
    assert answer.json() == [
        {
            "provider": "ville",
            "what": "clock",
            "grade": "poor",
            "found": ADMINISTRATOR.person.issuer,
            "advice_fr": "Réglez l'horloge.",
            "advice_en": "Set the clock.",
        }
    ]


@pytest.mark.parametrize("who", ["lea", "alex", "omar", "ines"])
async def test_nobody_else_examines_a_provider(watched: Site, who: str) -> None:
    assert (await watched.post(who, "/api/admin/identity/examination")).status_code == 403
