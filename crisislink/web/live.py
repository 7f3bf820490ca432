"""`/api/live`: what happens, as it happens, resumable by register entry; a tick each second shows life.

What happens, and who may still hear it, is read once for all sockets (`web.feed`): the bus only wakes; each
second the store is read anyway, so a lost wake costs a second. The person is checked again each second: a
session that is over closes its socket (4401).
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from crisislink.core.actors import Actor
from crisislink.core.errors import CrisisLinkError, Denied, Reason, Unauthenticated, Unavailable
from crisislink.flow import live
from crisislink.flow.attempts import recorded
from crisislink.flow.embedding import Viewer
from crisislink.flow.live import Happening
from crisislink.flow.signin import viewer_for
from crisislink.web import models as m
from crisislink.web import pace, views
from crisislink.web.calls import Service
from crisislink.web.embeddingmodels import EmbeddedHello
from crisislink.web.feed import Feed
from crisislink.web.operations import ROOMS

TICK_S = 1.0
_HELLO_S = 5.0
_SEND_S = 5.0
_BATCH = 200
_BEHIND_MAX = 5_000
_log = logging.getLogger(__name__)
_Hello = TypeVar("_Hello", bound=m.LiveHello)
Concerned = Callable[[Happening], bool]


def routes(service: Service) -> list[WebSocketRoute]:
    """The events sockets: of a person by their cookie, and of our page inside the dispatch software's by its
    token, in the first message."""
    hall = _Hall(service, Feed(service), pace.Places())
    return [
        WebSocketRoute("/api/live", _endpoint(hall, _serve), name="live"),
        WebSocketRoute("/api/embed/live", _endpoint(hall, _serve_embedded), name="embedded-live"),
    ]


@dataclass(frozen=True, slots=True)
class _Hall:
    """What the sockets of this process share."""

    service: Service
    feed: Feed
    places: pace.Places


def _endpoint(
    hall: _Hall, serve: Callable[[_Hall, WebSocket], Awaitable[None]]
) -> Callable[[WebSocket], Awaitable[None]]:
    async def endpoint(socket: WebSocket) -> None:
        try:
            await serve(hall, socket)
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

    return endpoint


async def _close(socket: WebSocket, code: int, reason: Reason) -> None:
    with suppress(RuntimeError):  # the other side was faster
        await socket.close(code, reason.value)


async def _serve(hall: _Hall, socket: WebSocket) -> None:
    service = hall.service
    await _accept(service, socket, "live")
    if not service.knows(socket):
        await pace.keep(service.ports.rates, pace.STRANGER, pace.address_of(socket))
    actor = await _person(service, socket)
    async with _place(hall, actor):
        await _attend(hall, socket, actor, await _hello(socket, m.LiveHello), _everything)


async def _serve_embedded(hall: _Hall, socket: WebSocket) -> None:
    ports = hall.service.ports
    await _accept(hall.service, socket, "embed.live")
    await pace.keep(ports.rates, pace.STRANGER, pace.address_of(socket))
    hello = await _hello(socket, EmbeddedHello)
    actor, view = await viewer_for(ports, hall.service.sessions, hello.token)
    viewer = Viewer(actor=actor, view=view)
    async with _place(hall, viewer.actor):
        await _attend(hall, socket, viewer.actor, hello, viewer.concerned)


def _everything(_happening: Happening) -> bool:
    return True


async def _accept(service: Service, socket: WebSocket, what: str) -> None:
    async with recorded(service.ports, None, what):
        if not service.origins.same(socket):
            raise Denied(Reason.WRONG_ORIGIN)
    await socket.accept()


@asynccontextmanager
async def _place(hall: _Hall, actor: Actor) -> AsyncIterator[None]:
    ports = hall.service.ports
    await pace.keep(ports.rates, pace.EVENTS, actor.person.id)
    with hall.places.taken(actor.person.id, ports.limits.events_sockets_max):
        yield


async def _hello(socket: WebSocket, form: type[_Hello]) -> _Hello:
    async with asyncio.timeout(_HELLO_S):
        message = await socket.receive()
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect
    return form.model_validate_json(message.get("text") or "")  # bytes are no hello


async def _attend(
    hall: _Hall, socket: WebSocket, actor: Actor, hello: m.LiveHello, concerned: Concerned
) -> None:
    listening = asyncio.create_task(_until_closed(socket))
    telling = asyncio.create_task(_tell(hall, socket, actor, hello.after, concerned))
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


async def _tell(hall: _Hall, socket: WebSocket, actor: Actor, after: int, concerned: Concerned) -> None:
    loop = asyncio.get_running_loop()
    tick_s = loop.time()
    async with hall.feed.attended(actor) as seat:
        while True:
            seat.changed.clear()
            if seat.begins_anew():
                await _send(socket, m.LiveReset())
                after = hall.feed.last
            after = await _tell_news(hall, socket, seat.actor(), after, concerned)
            if loop.time() >= tick_s:
                await _send(socket, _tick(hall.service, after))
                tick_s = loop.time() + TICK_S
            with suppress(TimeoutError):
                async with asyncio.timeout_at(tick_s):
                    await seat.changed.wait()


async def _tell_news(hall: _Hall, socket: WebSocket, actor: Actor, after: int, concerned: Concerned) -> int:
    """All there is; the entry up to which it was told."""
    if not hall.feed.covers(after):
        return await _catch_up(hall.service, socket, actor, after, concerned)
    last = hall.feed.last
    for news in hall.feed.after(after, actor):
        if not concerned(news.happening):
            continue
        await _send_text(socket, news.text(actor))
    return last


def _tick(service: Service, last_id: int) -> m.LiveTick:
    ports = service.ports
    return m.LiveTick(server_time=ports.clock.now(), last_id=last_id, degraded=ports.bus.degraded)


async def _catch_up(
    service: Service, socket: WebSocket, actor: Actor, after: int, concerned: Concerned
) -> int:
    head = await live.head(service.ports)
    if after > head or head - after > _BEHIND_MAX:
        await _send(socket, m.LiveReset())
        return head
    while after < head:
        after, happened = await live.since(service.ports, actor, after, limit=_BATCH)
        for one in filter(concerned, happened):
            await _send(socket, views.happening(one, actor))
    return after


async def _send(socket: WebSocket, message: BaseModel) -> None:
    await _send_text(socket, message.model_dump_json())


async def _send_text(socket: WebSocket, text: str) -> None:
    async with asyncio.timeout(_SEND_S):
        await socket.send_text(text)
