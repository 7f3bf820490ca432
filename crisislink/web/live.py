"""`/api/live`: what happens, as it happens, resumable by register entry; a tick each second shows life.

What happens, and who may still hear it, is read once for all sockets (`web.feed`): the bus only wakes; each
second the store is read anyway, so a lost wake costs a second. The person is checked again each second: a
session that is over closes its socket (4401).
"""

import asyncio
import logging
from contextlib import suppress

from pydantic import BaseModel, ValidationError
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from crisislink.core.actors import Actor
from crisislink.core.errors import CrisisLinkError, Denied, Reason, Unauthenticated, Unavailable
from crisislink.flow import live
from crisislink.flow.attempts import recorded
from crisislink.web import models as m
from crisislink.web import pace, views
from crisislink.web.calls import Service
from crisislink.web.feed import Feed
from crisislink.web.operations import ROOMS

TICK_S = 1.0
_HELLO_S = 5.0
_SEND_S = 5.0
_BATCH = 200
_BEHIND_MAX = 5_000
_log = logging.getLogger(__name__)


def route(service: Service) -> WebSocketRoute:
    """The events socket."""
    feed, places = Feed(service), pace.Places()

    async def endpoint(socket: WebSocket) -> None:
        try:
            await _serve(service, feed, places, socket)
        except WebSocketDisconnect:
            pass
        except Unauthenticated:
            await _close(socket, 4401, Reason.SIGN_IN)
        except Denied as error:
            await _close(socket, 4403, error.reason)
        except (ValidationError, TimeoutError):
            await _close(socket, 4400, Reason.MALFORMED)
        except Unavailable as error:
            await _close(socket, 4429 if error.reason is Reason.TOO_MANY else 1013, error.reason)
        except CrisisLinkError as error:
            _log.exception("events socket")
            await _close(socket, 1011, error.reason)

    return WebSocketRoute("/api/live", endpoint, name="live")


async def _close(socket: WebSocket, code: int, reason: Reason) -> None:
    with suppress(RuntimeError):  # the other side was faster
        await socket.close(code, reason.value)


async def _serve(service: Service, feed: Feed, places: pace.Places, socket: WebSocket) -> None:
    async with recorded(service.ports, None, "live"):
        if not service.origins.same(socket):
            raise Denied(Reason.WRONG_ORIGIN)
    await socket.accept()
    rates = service.ports.rates
    if not service.knows(socket):
        await pace.keep(rates, pace.STRANGER, pace.address_of(socket))
    actor = await _person(service, socket)
    await pace.keep(rates, pace.EVENTS, actor.person.id)
    with places.taken(actor.person.id, service.ports.limits.events_sockets_max):
        await _attend(service, feed, socket, actor)


async def _attend(service: Service, feed: Feed, socket: WebSocket, actor: Actor) -> None:
    async with asyncio.timeout(_HELLO_S):
        message = await socket.receive()
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect
    hello = m.LiveHello.model_validate_json(message.get("text") or "")  # bytes are no hello
    listening = asyncio.create_task(_until_closed(socket))
    telling = asyncio.create_task(_tell(service, feed, socket, actor, hello.after))
    try:
        done, _ = await asyncio.wait({listening, telling}, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in (listening, telling):
            task.cancel()
        await asyncio.gather(listening, telling, return_exceptions=True)


async def _person(service: Service, socket: WebSocket) -> Actor:
    actor = await service.actor_of(socket)
    if not actor.has(*ROOMS):
        raise Denied(Reason.ROLE)
    return actor


async def _until_closed(socket: WebSocket) -> None:
    """The client has nothing more to say: wait for its close."""
    message = await socket.receive()
    if message["type"] != "websocket.disconnect":
        raise Denied(Reason.MALFORMED)
    raise WebSocketDisconnect


async def _tell(service: Service, feed: Feed, socket: WebSocket, actor: Actor, after: int) -> None:
    loop = asyncio.get_running_loop()
    tick_s = loop.time()
    async with feed.attended(actor) as seat:
        while True:
            seat.changed.clear()
            after = await _tell_news(service, feed, socket, seat.actor(), after)
            if loop.time() >= tick_s:
                await _send(socket, _tick(service, after))
                tick_s = loop.time() + TICK_S
            with suppress(TimeoutError):
                async with asyncio.timeout_at(tick_s):
                    await seat.changed.wait()


async def _tell_news(service: Service, feed: Feed, socket: WebSocket, actor: Actor, after: int) -> int:
    """All there is; the entry up to which it was told."""
    if not feed.covers(after):
        return await _catch_up(service, socket, actor, after)
    last = feed.last
    for news in feed.after(after, actor):
        await _send_text(socket, news.text(actor))
    return last


def _tick(service: Service, last_id: int) -> m.LiveTick:
    ports = service.ports
    return m.LiveTick(server_time=ports.clock.now(), last_id=last_id, degraded=ports.bus.degraded)


async def _catch_up(service: Service, socket: WebSocket, actor: Actor, after: int) -> int:
    head = await live.head(service.ports)
    if after > head or head - after > _BEHIND_MAX:
        await _send(socket, m.LiveReset())
        return head
    while after < head:
        after, happened = await live.since(service.ports, actor, after, limit=_BATCH)
        for one in happened:
            await _send(socket, views.happening(one, actor))
    return after


async def _send(socket: WebSocket, message: BaseModel) -> None:
    await _send_text(socket, message.model_dump_json())


async def _send_text(socket: WebSocket, text: str) -> None:
    async with asyncio.timeout(_SEND_S):
        await socket.send_text(text)
