"""`/stream`: one socket, one person, one camera. The conversation is in docs/wire-protocol.md.

    origin → first message with its ticket → session → viewing recorded → pictures → the viewing's end

Pictures do not pass here: the media node writes them to the transport itself (`web/socket.py`). This endpoint
checks who comes in, hears what the client says, and has it asked again, more than once a second, whether the
person may still be here (`web/rounds.py`). Whatever ends it, the node is told.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
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
from crisislink.core.ids import NodeId, SessionId
from crisislink.flow import viewing
from crisislink.flow.attempts import recorded
from crisislink.flow.ports import ViewPermit
from crisislink.flow.signin import session_id
from crisislink.web import pace
from crisislink.web.calls import Service
from crisislink.web.embeddingmodels import TOKEN_MAX
from crisislink.web.rounds import Rounds
from crisislink.web.socket import EXTENSION, MESSAGE_MAX_BYTES, DirectSocket

HELLO_S = 5.0
MESSAGES_PER_S = 40
WAITING_MAX = 512
"""Sockets of one address whose ticket was not looked at yet: a room of twenty walls at once."""
_U32 = Annotated[int, Field(ge=0, lt=1 << 32)]
_Micros = Annotated[int, Field(ge=0, lt=1 << 63)]
_Rendition = Literal["focus", "wall"]
BrowserOf = Callable[[WebSocket], SessionId | None]
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

    def forgo(self, permit: ViewPermit) -> None:
        """This viewing, which is perhaps recorded, does not begin."""
        ...

    def turn_away(self, socket: DirectSocket, reason: str, code: int, *, retry: bool) -> None:
        """END and close, without a picture."""
        ...

    @property
    def id(self) -> NodeId:
        """The name that tickets for it bear."""
        ...


class _Said(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Hello(_Said):
    """The first message."""

    ticket: Annotated[str, Field(min_length=1, max_length=viewing.TICKET_MAX_CHARS)]
    rendition: _Rendition
    clock: _Micros
    token: Annotated[str, Field(min_length=1, max_length=TOKEN_MAX)] | None = None
    """Of an embedded page, which has no cookie: the session's that opened the ticket."""


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


def route(service: Service, node: VideoNode, *, browser_of: BrowserOf) -> WebSocketRoute:
    """The video socket. Needs a server started with `web.socket.server_options`.

    `browser_of`: the session whose cookie a browser sent along. On the host of the pages it must be the
    ticket's, on another host there is none: see `viewing.redeem`.
    """
    rounds, waiting = Rounds(service), pace.Places()

    async def endpoint(socket: WebSocket) -> None:
        direct = socket.scope.get("extensions", {}).get(EXTENSION, {}).get("socket")
        if direct is None:
            raise RuntimeError("the video socket needs uvicorn started with web.socket.server_options()")
        if not await _from_our_page(service, socket):
            await socket.close()  # before the handshake: HTTP 403
            return
        await socket.accept()
        direct.prepare()
        try:
            with waiting.taken(pace.address_of(socket), WAITING_MAX):
                seated = await _seated(service, node, socket, direct, browser_of(socket))
        except Unavailable as error:
            node.turn_away(direct, error.reason.value, 4429, retry=True)
            return
        if seated is not None:
            await _attend(rounds, socket, direct, *seated)

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
    service: Service,
    node: VideoNode,
    socket: WebSocket,
    direct: DirectSocket,
    browser: SessionId | None,
) -> tuple[Seat, ViewPermit] | None:
    try:
        hello = await _hello(socket)
        permit = await viewing.redeem(
            service.ports,
            service.watcher_of,
            node.id,
            hello.ticket,
            rendition=hello.rendition,
            browser=browser if hello.token is None else session_id(hello.token),
            unsure=node.forgo,
        )
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
        case Unavailable(reason=Reason.TOO_MANY):
            return 4429, True
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


async def _attend(
    rounds: Rounds, socket: WebSocket, direct: DirectSocket, seat: Seat, permit: ViewPermit
) -> None:
    cause = "fault"
    ear = _Ear(seat)
    try:
        async with rounds.attended(seat, permit):
            direct.hear = ear.hear
            while True:  # what came before, and the end
                ear.hear((await _text(socket)).encode())
    except _Gone:
        cause = "left"
    except _Malformed:
        ear.hear(None)
    finally:
        direct.hear = None
        seat.leave(cause)  # nothing to do for the node when it ended the viewer itself
        await ear.close()


class _Ear:
    """Hears one client, in the event loop's reading: no task is woken for an acknowledgement."""

    def __init__(self, seat: Seat) -> None:
        self._seat = seat
        self._loop = asyncio.get_running_loop()
        self._allowance, self._counted_s = float(MESSAGES_PER_S), self._loop.time()
        self._switching: asyncio.Task[None] | None = None
        self._deaf = False

    def hear(self, data: bytes | None) -> None:
        """One message (None: no text); what no client of ours says, or more than it could need, ends it."""
        now_s = self._loop.time()
        self._allowance = (
            min(MESSAGES_PER_S, self._allowance + (now_s - self._counted_s) * MESSAGES_PER_S) - 1
        )
        self._counted_s = now_s
        if self._deaf:
            return
        if data is None or self._allowance < 0:
            self._refuse()
            return
        try:
            said = _SPOKEN.validate_json(data)
        except ValidationError:
            self._refuse()
        else:
            self._obey(said)

    def _refuse(self) -> None:
        self._deaf = True
        self._seat.dismiss(Reason.MALFORMED.value, 4400, retry=False)

    def _obey(self, said: Ack | Simple | Rendition | Clock) -> None:
        match said:
            case Ack():
                self._seat.acknowledge(said.received, said.epoch)
            case Simple(type="key"):
                self._seat.want_key()
            case Simple(type="pause"):
                self._seat.pause()
            case Simple():
                self._seat.resume()
            case Rendition():
                before, self._switching = self._switching, None
                self._switching = self._loop.create_task(self._switch(before, said.rendition))
            case Clock():
                self._seat.answer_clock(said.client_us)
            case _:
                assert_never(said)

    async def _switch(self, before: "asyncio.Task[None] | None", rendition: str) -> None:
        """One after the other: the last wish holds."""
        if before is not None:
            await asyncio.gather(before, return_exceptions=True)
        with suppress(CrisisLinkError):  # the client keeps the rendition it has, and sees so in CONFIG
            await self._seat.switch(rendition)

    async def close(self) -> None:
        """Nothing it began goes on."""
        if self._switching is not None:
            self._switching.cancel()
            await asyncio.gather(self._switching, return_exceptions=True)
