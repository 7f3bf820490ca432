"""`/api/live`: what happens, as it happens, resumable by register entry; a tick each second shows life.

The bus only wakes; each second the store is read anyway, so a lost wake costs a second. The person is checked
again each second: a session that is over closes its socket (4401).
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
from crisislink.web import views
from crisislink.web.calls import Service
from crisislink.web.operations import ROOMS

TICK_S = 1.0
_HELLO_S = 5.0
_SEND_S = 5.0
_BATCH = 200
_BEHIND_MAX = 5_000
_log = logging.getLogger(__name__)


def route(service: Service) -> WebSocketRoute:
    """The events socket."""

    async def endpoint(socket: WebSocket) -> None:
        try:
            await _serve(service, socket)
        except WebSocketDisconnect:
            pass
        except Unauthenticated:
            await _close(socket, 4401, Reason.SIGN_IN)
        except Denied as error:
            await _close(socket, 4403, error.reason)
        except (ValidationError, TimeoutError):
            await _close(socket, 4400, Reason.MALFORMED)
        except Unavailable as error:
            await _close(socket, 1013, error.reason)
        except CrisisLinkError as error:
            _log.exception("events socket")
            await _close(socket, 1011, error.reason)

    return WebSocketRoute("/api/live", endpoint, name="live")


async def _close(socket: WebSocket, code: int, reason: Reason) -> None:
    with suppress(RuntimeError):  # the other side was faster
        await socket.close(code, reason.value)


async def _serve(service: Service, socket: WebSocket) -> None:
    async with recorded(service.ports, None, "live"):
        if not service.origins.same(socket):
            raise Denied(Reason.WRONG_ORIGIN)
    await socket.accept()
    actor = await _person(service, socket)
    async with asyncio.timeout(_HELLO_S):
        hello = m.LiveHello.model_validate_json(await socket.receive_text())
    listening = asyncio.create_task(_until_closed(socket))
    telling = asyncio.create_task(_tell(service, socket, actor, hello.after))
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


async def _tell(service: Service, socket: WebSocket, actor: Actor, after: int) -> None:
    woken = asyncio.Event()
    async with service.ports.bus.listen() as wakes:

        async def hear() -> None:
            async for _ in wakes:
                woken.set()

        hearing = asyncio.create_task(hear())
        try:
            while True:
                actor = await _person(service, socket)
                after = await _catch_up(service, socket, actor, after)
                await _send(socket, _tick(service, after))
                with suppress(TimeoutError):
                    async with asyncio.timeout(TICK_S):
                        await woken.wait()
                woken.clear()
        finally:
            hearing.cancel()
            await asyncio.gather(hearing, return_exceptions=True)


def _tick(service: Service, last_id: int) -> m.LiveTick:
    ports = service.ports
    return m.LiveTick(server_time=ports.clock.now(), last_id=last_id, degraded=ports.bus.degraded)


async def _catch_up(service: Service, socket: WebSocket, actor: Actor, after: int) -> int:
    async with service.ports.store.read() as work:
        head = (await work.register_head()).size
    if after > head or head - after > _BEHIND_MAX:
        await _send(socket, m.LiveReset())
        return head
    while after < head:
        after, happened = await live.since(service.ports, actor, after, limit=_BATCH)
        for one in happened:
            await _send(socket, views.happening(one, actor))
    return after


async def _send(socket: WebSocket, message: BaseModel) -> None:
    async with asyncio.timeout(_SEND_S):
        await socket.send_text(message.model_dump_json())
