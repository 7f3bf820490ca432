"""`/stream`: one socket, one person, one camera. The conversation is in docs/wire-protocol.md.

    origin → session → first message with its ticket → viewing recorded → pictures → the viewing's end

Pictures do not pass here: the media node writes them to the transport itself (`web/socket.py`). This endpoint
checks who comes in, hears what the client says, and asks again every two seconds whether the person may still
be here. Whatever ends it, the node is told.
"""

import asyncio
import logging
from collections.abc import Awaitable
from contextlib import suppress
from typing import Annotated, Literal, Protocol, assert_never

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket

from crisislink.core.errors import (
    CrisisLinkError,
    Denied,
    Expired,
    NotFound,
    Reason,
    Unauthenticated,
    Unavailable,
)
from crisislink.flow import viewing
from crisislink.flow.attempts import recorded
from crisislink.flow.ports import ViewPermit
from crisislink.web.calls import Service
from crisislink.web.socket import EXTENSION, MESSAGE_MAX_BYTES, DirectSocket

HELLO_S = 5.0
RECHECK_S = 2.0
MESSAGES_PER_S = 40
_U32 = Annotated[int, Field(ge=0, lt=1 << 32)]
_Micros = Annotated[int, Field(ge=0, lt=1 << 63)]
_Rendition = Literal["focus", "wall"]
_log = logging.getLogger(__name__)


class Seat(Protocol):
    """A viewer in the media node (`media.seat.Seat`)."""

    def acknowledge(self, received: int, epoch: int | None) -> None:
        """The client has every picture up to this."""
        ...

    def want_key(self) -> None:
        """It cannot decode."""
        ...

    def pause(self) -> None:
        """No pictures."""
        ...

    def resume(self) -> None:
        """Pictures again."""
        ...

    def switch(self, rendition: str) -> Awaitable[None]:
        """Another size; raises `Unavailable`."""
        ...

    def answer_clock(self, client_us: int) -> None:
        """Answer a probe."""
        ...

    def leave(self, cause: str) -> None:
        """The socket is gone."""
        ...

    def dismiss(self, reason: str, code: int, *, retry: bool) -> None:
        """END and close."""
        ...


class VideoNode(Protocol):
    """The media node (`media.node.MediaNode`)."""

    def seat(self, permit: ViewPermit, socket: DirectSocket, rendition: str) -> Awaitable[Seat]:
        """Pictures to this socket from now on; raises what `MediaNode.join` raises."""
        ...

    def turn_away(self, socket: DirectSocket, reason: str, code: int, *, retry: bool) -> None:
        """END and close, without a picture."""
        ...


class _Said(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Hello(_Said):
    """The first message."""

    ticket: Annotated[str, Field(min_length=1, max_length=viewing.TICKET_MAX_CHARS)]
    rendition: _Rendition
    clock: _Micros


class Ack(_Said):
    """Four times a second. `epoch` None: of the newest picture received."""

    type: Literal["ack"]
    received: _U32
    decoded: _U32 = 0
    drawn: _U32 = 0
    queue: _U32 = 0
    hidden: bool = False
    epoch: _U32 | None = None


class Simple(_Said):
    """A wish without a value."""

    type: Literal["key", "pause", "resume"]


class Rendition(_Said):
    """Another size."""

    type: Literal["rendition"]
    rendition: _Rendition


class Clock(_Said):
    """A probe."""

    type: Literal["clock"]
    client_us: _Micros


_SPOKEN: TypeAdapter[Ack | Simple | Rendition | Clock] = TypeAdapter(
    Annotated[Ack | Simple | Rendition | Clock, Field(discriminator="type")]
)


class _Gone(Exception):
    """The client, or the node, closed the socket."""


class _Malformed(Exception):
    """The client does not speak this protocol."""


def route(service: Service, node: VideoNode) -> WebSocketRoute:
    """The video socket. Needs a server started with `web.socket.server_options`."""

    async def endpoint(socket: WebSocket) -> None:
        direct = socket.scope.get("extensions", {}).get(EXTENSION, {}).get("socket")
        if direct is None:
            raise RuntimeError("the video socket needs uvicorn started with web.socket.server_options()")
        if not await _from_our_page(service, socket):
            await socket.close()  # before the handshake: HTTP 403
            return
        await socket.accept()
        direct.prepare()
        seated = await _seated(service, node, socket, direct)
        if seated is not None:
            await _attend(service, socket, *seated)

    return WebSocketRoute("/stream", endpoint, name="stream")


async def _from_our_page(service: Service, socket: WebSocket) -> bool:
    try:
        async with recorded(service.ports, None, "stream"):
            if not service.origins.same(socket):
                raise Denied(Reason.WRONG_ORIGIN)
    except CrisisLinkError:  # refused; or the refusal could not be recorded, which opens nothing either
        return False
    return True


async def _seated(
    service: Service, node: VideoNode, socket: WebSocket, direct: DirectSocket
) -> tuple[Seat, ViewPermit] | None:
    try:
        actor = await service.actor_of(socket)
        hello = await _hello(socket)
        permit = await viewing.redeem(service.ports, actor, hello.ticket, rendition=hello.rendition)
        seat = await node.seat(permit, direct, hello.rendition)
    except _Gone:
        return None
    except _Malformed:
        node.turn_away(direct, Reason.MALFORMED.value, 4400, retry=False)
        return None
    except CrisisLinkError as error:
        code, retry = _refusal(error)
        node.turn_away(direct, error.reason.value, code, retry=retry)
        return None
    seat.answer_clock(hello.clock)
    return seat, permit


def _refusal(error: CrisisLinkError) -> tuple[int, bool]:
    """Close code, and whether trying again (with a new ticket) makes sense."""
    match error:
        case Unauthenticated():
            return 4401, False
        case Denied(reason=Reason.TICKET):
            return 4401, True
        case Denied() | Expired() | NotFound():
            return 4403, False
        case Unavailable():
            return 4503, True
        case _:
            _log.error("video socket: unexpected refusal", exc_info=error)
            return 1011, False


async def _hello(socket: WebSocket) -> Hello:
    try:
        async with asyncio.timeout(HELLO_S):
            return Hello.model_validate_json(await _text(socket))
    except (ValidationError, TimeoutError) as error:
        raise _Malformed from error


async def _text(socket: WebSocket) -> str:
    message = await socket.receive()
    if message["type"] == "websocket.disconnect":
        raise _Gone
    text = message.get("text")
    if not isinstance(text, str) or len(text) > MESSAGE_MAX_BYTES:
        raise _Malformed
    return text


async def _attend(service: Service, socket: WebSocket, seat: Seat, permit: ViewPermit) -> None:
    watching = asyncio.create_task(_recheck(service, socket, seat, permit))
    cause = "fault"
    try:
        await _listen(socket, seat)
    except _Gone:
        cause = "left"
    except (_Malformed, ValidationError):
        seat.dismiss(Reason.MALFORMED.value, 4400, retry=False)
    finally:
        seat.leave(cause)  # nothing to do for the node when it ended the viewer itself
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


async def _listen(socket: WebSocket, seat: Seat) -> None:
    """Hear the client until it goes; more than it could ever need to say is malformed."""
    loop = asyncio.get_running_loop()
    allowance, counted_s = float(MESSAGES_PER_S), loop.time()
    while True:
        said = _SPOKEN.validate_json(await _text(socket))
        now_s = loop.time()
        allowance = min(MESSAGES_PER_S, allowance + (now_s - counted_s) * MESSAGES_PER_S) - 1
        counted_s = now_s
        if allowance < 0:
            raise _Malformed
        await _obey(seat, said)


async def _obey(seat: Seat, said: Ack | Simple | Rendition | Clock) -> None:
    match said:
        case Ack():
            seat.acknowledge(said.received, said.epoch)
        case Simple(type="key"):
            seat.want_key()
        case Simple(type="pause"):
            seat.pause()
        case Simple():
            seat.resume()
        case Rendition():
            with suppress(Unavailable):  # the client keeps the rendition it has, and sees so in CONFIG
                await seat.switch(said.rendition)
        case Clock():
            seat.answer_clock(said.client_us)
        case _:
            assert_never(said)


async def _recheck(service: Service, socket: WebSocket, seat: Seat, permit: ViewPermit) -> None:
    """A session that is over, or a role that ended, ends the look; the grant goes on for others."""
    while True:
        await asyncio.sleep(RECHECK_S)
        try:
            await viewing.check_watching(service.ports, await service.actor_of(socket), permit)
        except Unauthenticated as error:
            seat.dismiss(error.reason.value, 4401, retry=False)
            return
        except (Denied, NotFound) as error:
            seat.dismiss(error.reason.value, 4403, retry=False)
            return
        except CrisisLinkError:
            _log.warning("video socket: nobody could say whether the session still holds", exc_info=True)
