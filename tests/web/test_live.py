"""The events socket on real TCP: nothing missed, nothing twice, nothing of another organisation."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from crisislink.adapters.bus.inprocess import InProcessBus
from crisislink.core.events import InventoryLoaded, SignedOut
from crisislink.flow import live
from crisislink.web.live import TICK_S
from tests.fakes.loopback import listening
from tests.samples import ACTORS, REGULATOR, SAMU
from tests.web import conftest
from tests.web.conftest import ORIGIN, Site


@asynccontextmanager
async def served(site: Site, app: Starlette | None = None) -> AsyncIterator[int]:
    """The site on a real port."""
    bound, port = listening()
    config = uvicorn.Config(
        app or site.app, lifespan="off", log_config=None, access_log=False, timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    bound.listen(16)
    task = asyncio.create_task(server.serve([bound]))
    try:
        yield port
    finally:
        server.should_exit = True
        async with asyncio.timeout(10):
            await task
        bound.close()


def room(port: int, who: str, *, origin: str = ORIGIN) -> connect:
    """A page's socket."""
    return connect(
        f"ws://127.0.0.1:{port}/api/live",
        additional_headers={"x-person": who, "Origin": origin},
        compression=None,
        max_queue=None,
    )


async def said(socket: ClientConnection, *, until: str, within_s: float = 5) -> list[dict[str, Any]]:
    """Everything up to the first message of type or kind `until`, that one included."""
    heard = []
    async with asyncio.timeout(within_s):
        while True:
            message = json.loads(await socket.recv())
            heard.append(message)
            if until in {message["type"], message.get("kind")}:
                return heard


async def closed(socket: ClientConnection) -> tuple[int | None, str | None]:
    """Code and reason, once the server closed."""
    async with asyncio.timeout(5):
        try:
            while True:
                await socket.recv()
        except ConnectionClosed:
            return socket.close_code, socket.close_reason


async def test_a_room_hears_of_what_concerns_it_within_a_moment(site: Site) -> None:
    async with served(site) as port, room(port, "lea") as lea, room(port, "rene") as rene:
        for socket in (lea, rene):
            await socket.send(json.dumps({"after": 0}))
            await said(socket, until="tick")
        request = await site.city.request()
        heard = await said(lea, until="request.submitted", within_s=TICK_S)
        assert heard[-1]["request"]["id"] == request.id
        assert heard[-1]["person"]["name"] == "Lea"
        others = await said(rene, until="tick")
        assert [m for m in others if m["type"] == "event"] == []


async def test_a_socket_that_was_lost_goes_on_after_the_last_event_without_loss_or_doubling(
    site: Site,
) -> None:
    async with served(site) as port:
        await site.city.request()
        async with room(port, "alex") as socket:
            await socket.send(json.dumps({"after": 0}))
            first = [m for m in await said(socket, until="tick") if m["type"] == "event"]
        await site.city.request()
        async with room(port, "alex") as socket:
            await socket.send(json.dumps({"after": first[-1]["id"]}))
            second = [m for m in await said(socket, until="tick") if m["type"] == "event"]
    ids = [m["id"] for m in first + second]
    assert ids == sorted(set(ids))
    assert [m["kind"] for m in second] == ["request.submitted"]


async def test_it_goes_on_at_another_process_without_loss_or_doubling(site: Site) -> None:
    async with served(site) as port, served(site, site.other_app) as elsewhere:
        for _ in range(3):
            await site.city.request()
        async with room(elsewhere, "alex") as busy:  # that process listens already
            await busy.send(json.dumps({"after": 0}))
            await said(busy, until="tick")
            async with room(port, "alex") as socket:
                await socket.send(json.dumps({"after": 0}))
                first = [m for m in await said(socket, until="tick") if m["type"] == "event"]
            await site.city.request()
            async with room(elsewhere, "alex") as socket:
                await socket.send(json.dumps({"after": first[-2]["id"]}))  # the last one was lost on the way
                second = [m for m in await said(socket, until="tick") if m["type"] == "event"]
    assert [m["id"] for m in second][:1] == [first[-1]["id"]]
    assert len(second) == 2
    assert second[-1]["id"] > first[-1]["id"]


async def test_many_rooms_cost_the_store_what_one_costs(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = 0
    news = live.news

    async def counted(*given: Any, **more: Any) -> Any:
        nonlocal asked
        asked += 1
        return await news(*given, **more)

    async with served(site) as port, AsyncExitStack() as stack:
        rooms = [await stack.enter_async_context(room(port, "lea")) for _ in range(20)]
        for one in rooms:
            await one.send(json.dumps({"after": 0}))
            await said(one, until="tick")
        monkeypatch.setattr(live, "news", counted)
        await site.city.request()
        for one in rooms:
            assert (await said(one, until="request.submitted"))[-1]["type"] == "event"
    assert asked < len(rooms)


async def test_a_reader_that_fails_closes_every_socket_and_begins_anew_for_the_next(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with served(site) as port:
        with monkeypatch.context() as patch:
            patch.setattr(site.city.ports.bus, "listen", _fails)
            async with room(port, "lea") as socket:
                await socket.send(json.dumps({"after": 0}))
                code, _ = await closed(socket)
                assert code is not None
        async with room(port, "lea") as socket:
            await socket.send(json.dumps({"after": 0}))
            await said(socket, until="tick")
            await site.city.request()
            await said(socket, until="request.submitted")


def _fails() -> None:
    raise ConnectionError


async def test_who_is_not_there_any_more_hears_nothing_of_what_came_later(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = tuple(actor for actor in ACTORS if actor.person.subject != "lea")
    async with served(site) as port, room(port, "lea") as lea, room(port, "alex") as alex:
        for socket in (lea, alex):
            await socket.send(json.dumps({"after": 0}))
            await said(socket, until="tick")
        monkeypatch.setattr(conftest, "ACTORS", others)
        async with site.city.store.write() as work:
            await work.record(SignedOut(organisation=SAMU.id, actor=REGULATOR.person.id, cause="person"))
        await site.city.request()
        heard = []
        with suppress(ConnectionClosed):
            async for text in lea:
                heard.append(json.loads(text)["type"])  # noqa: PERF401 - kept up to the close
        assert "event" not in heard
        assert lea.close_code == 4401
        assert (await said(alex, until="request.submitted"))[-1]["type"] == "event"


async def test_a_number_from_the_future_is_told_to_read_the_room_again(site: Site) -> None:
    async with served(site) as port, room(port, "lea") as socket:
        await socket.send(json.dumps({"after": 99_999}))
        assert (await said(socket, until="reset"))[-1] == {"type": "reset"}


async def test_a_store_that_was_set_back_and_has_gone_on_is_read_again(site: Site) -> None:
    async with served(site) as port, room(port, "lea") as socket:
        await socket.send(json.dumps({"after": 0}))
        await said(socket, until="tick")
        async with site.city.store.write() as work:
            await work.record(InventoryLoaded(organisation=None, what="acts", rows=1, sha256="0"))
            await work.assume(site.city.clock.now())
        assert (await said(socket, until="reset"))[-1] == {"type": "reset"}
        heard = await said(socket, until="tick")
        assert [one["type"] for one in heard] == ["tick"]


async def test_a_tick_carries_the_servers_time_each_second(site: Site) -> None:
    async with served(site) as port, room(port, "lea") as socket:
        await socket.send(json.dumps({"after": 0}))
        await said(socket, until="tick")
        async with asyncio.timeout(3 * TICK_S):
            tick = (await said(socket, until="tick"))[-1]
        assert tick["server_time"].startswith("2026-11-23T09:00")


async def test_a_tick_says_when_processes_reach_each_other_late(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(InProcessBus, "degraded", True)
    async with served(site) as port, room(port, "alex") as socket:
        await socket.send(json.dumps({"after": 0}))
        assert (await said(socket, until="tick"))[-1]["degraded"] is True
        monkeypatch.setattr(InProcessBus, "degraded", False)
        assert (await said(socket, until="tick"))[-1]["degraded"] is False


@pytest.mark.parametrize(
    "hello",
    ["{", "[]", '{"after": -1}', '{"after": 0, "x": 1}', '{"after": "a"}', "", b"\0", b'{"after": 0}'],
)
async def test_a_malformed_hello_is_closed_with_a_reason(site: Site, hello: str | bytes) -> None:
    async with served(site) as port, room(port, "lea") as socket:
        await socket.send(hello)
        assert await closed(socket) == (4400, "malformed")


async def test_who_may_not_listen_is_closed_with_a_reason(site: Site) -> None:
    async with served(site) as port:
        for who, code, reason in (("nobody", 4401, "sign_in"), ("ines", 4403, "role")):
            async with room(port, who) as socket:
                assert await closed(socket) == (code, reason)


async def test_another_origin_is_refused_before_the_handshake_and_recorded(site: Site) -> None:
    async with served(site) as port:
        with pytest.raises(InvalidStatus) as refused:
            async with room(port, "lea", origin="https://evil.example"):
                pass
    assert refused.value.response.status_code == 403
    assert await site.city.kinds() == ["access.denied"]
