"""How often: a flood is refused in words, and hurts neither its neighbours nor anybody who ends access."""

import json
from contextlib import AsyncExitStack

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from crisislink.core.limits import Limits
from crisislink.web import pace
from crisislink.web.operations import OPERATIONS
from crisislink.web.pace import Pace, address_of, pace_of
from tests.web import test_live
from tests.web.conftest import Site
from tests.web.studio import served


async def test_too_many_commands_are_refused_in_words_and_do_nothing(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "COMMAND", Pace("command", 2))
    for _ in range(2):
        assert (await site.post("lea", "/api/incidents", {})).status_code == 422
    entries = await site.city.kinds()
    refused = await site.post("lea", "/api/incidents", {}, accept_language="en")
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many")
    assert refused.headers["retry-after"] == "30"
    assert "30 s" in refused.json()["detail"]
    assert await site.city.kinds() == entries
    assert (await site.post("rene", "/api/incidents", {})).status_code == 422
    site.city.clock.advance(30)
    assert (await site.post("lea", "/api/incidents", {})).status_code == 422


async def test_nothing_else_uses_up_what_ends_access(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "COMMAND", Pace("command", 1))
    grant = await site.city.grant()
    for _ in range(2):
        last = await site.post("alex", "/api/sharing/resume", {})
    assert last.status_code == 429
    assert (await site.post("alex", f"/api/grants/{grant.id}/revoke", {})).status_code == 200
    assert (await site.post("alex", "/api/sharing/stop", {})).status_code == 200


async def test_a_stranger_is_held_up_and_the_room_at_the_same_address_is_not(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "STRANGER", Pace("stranger", 3))
    answers = [(await site.client.get("/api/room")).status_code for _ in range(5)]
    assert answers == [401] * 3 + [429] * 2
    assert (await site.client.get("/api/sign-in")).status_code == 429
    assert (await site.get("lea", "/api/room")).status_code == 200
    machine = await site.client.get("/api/places?q=x", headers={"authorization": "Bearer x"})
    assert machine.status_code == 401


async def test_software_is_held_up_by_its_address_before_its_token_is_looked_at(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "MACHINE", Pace("machine", 2))
    sent = {"authorization": "Bearer guess"}
    answers = [(await site.client.get("/api/places?q=x", headers=sent)).status_code for _ in range(3)]
    assert answers == [401, 401, 429]


def test_every_operation_has_a_pace_and_ending_access_its_own() -> None:
    of = {operation.id: pace_of(operation) for operation in OPERATIONS}
    assert {one for one, its in of.items() if its is pace.CUT} == {o.id for o in OPERATIONS if o.cuts}
    assert len({its.name for its in pace.PACES}) == len(pace.PACES)
    assert set(of.values()) <= set(pace.PACES)


def test_what_a_room_does_in_a_crisis_is_far_below() -> None:
    """Two walls of 16 pictures whose node dies (a new ticket after 0.5, 1, 2, 5, 5 … s), in one minute."""
    assert 1.5 * pace.TICKET.limit > 3 * (2 * 16 * (3 + 12))
    assert pace.CUT.limit > 16 * 50, "every camera of fifty grants, one by one"
    assert pace.SIGN_IN.limit > 2 * 43, "the whole police room, each twice"


async def _seen(proxies: list[str], forwarded: str) -> str:
    async def where(request: Request) -> PlainTextResponse:
        return PlainTextResponse(address_of(request))

    app = Starlette(routes=[Route("/", where)])
    async with served(app, forwarded_allow_ips=proxies) as port, httpx2.AsyncClient() as client:
        return (await client.get(f"http://127.0.0.1:{port}/", headers={"x-forwarded-for": forwarded})).text


@pytest.mark.parametrize(
    ("proxies", "forwarded", "seen"),
    [
        (["127.0.0.1/32"], "203.0.113.9", "203.0.113.9"),
        (["127.0.0.1/32"], "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        (["127.0.0.1/32", "203.0.113.0/24"], "198.51.100.1, 203.0.113.9", "198.51.100.1"),
        (["127.0.0.1/32"], "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        (["127.0.0.1/32"], "::ffff:203.0.113.9", "203.0.113.9"),
        (["10.0.0.1/32"], "203.0.113.9", "127.0.0.1"),
        ([], "203.0.113.9", "127.0.0.1"),
    ],
)
async def test_only_a_configured_proxy_says_where_a_caller_comes_from(
    proxies: list[str], forwarded: str, seen: str
) -> None:
    assert await _seen(proxies, forwarded) == seen


async def test_one_person_holds_so_many_events_sockets(site: Site) -> None:
    most = Limits().events_sockets_max
    async with test_live.served(site) as port, AsyncExitStack() as stack:
        for _ in range(most):
            page = await stack.enter_async_context(test_live.room(port, "lea"))
            await page.send(json.dumps({"after": 0}))
            await test_live.said(page, until="tick")
        async with test_live.room(port, "lea") as one_more:
            assert await test_live.closed(one_more) == (4429, "too_many")
        async with test_live.room(port, "rene") as other:
            await other.send(json.dumps({"after": 0}))
            await test_live.said(other, until="tick")
