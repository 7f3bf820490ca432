"""Uvicorn's WebSocket with its transport in the application's reach, as an extension of the ASGI scope.

Video is framed once and written to every viewer's transport as it is: no queue, no task, no copy per viewer,
no compression. It also gives what a cut needs and ASGI lacks: how many bytes still wait on this machine, and
a reset that throws them away (`SO_LINGER` 0). Everything else of the protocol (handshake, control frames,
messages coming in, the closing handshake) stays uvicorn's.
"""

import asyncio
import fcntl
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.exceptions import InvalidState
from websockets.http11 import Request

from crisislink.web.patience import CONNECTIONS_MAX, PatientProtocol

EXTENSION = "crisislink.socket"
MESSAGE_MAX_BYTES = 4096
_NOTSENT_LOWAT_BYTES = 16 * 1024
_WRITE_HIGH_BYTES = 64 * 1024
_TCP_NOTSENT_LOWAT = 25  # linux/tcp.h
_SIOCOUTQNSD = 0x894B  # linux/sockios.h: bytes in the send queue that were never sent
_RESET = struct.pack("ii", 1, 0)  # struct linger: on, no time


class DirectSocket:
    """One browser's connection. Writing never blocks; nothing raises once the connection is gone."""

    def __init__(self, protocol: "StreamProtocol") -> None:
        self._protocol = protocol
        self._transport = protocol.transport
        self._gone = asyncio.Event()
        self.hear: Callable[[bytes | None], None] | None = None
        """Where messages go instead of the application's queue: text as bytes, None for anything else."""

    def prepare(self) -> None:
        """Small buffers, no waiting for more bytes. After the handshake."""
        self._transport.set_write_buffer_limits(high=_WRITE_HIGH_BYTES)
        self._option(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._option(socket.IPPROTO_TCP, _TCP_NOTSENT_LOWAT, _NOTSENT_LOWAT_BYTES)

    def _option(self, level: int, name: int, value: int | bytes) -> None:
        with suppress(OSError, ValueError):  # it is gone, or no TCP (a Unix socket behind a proxy)
            self._transport.get_extra_info("socket").setsockopt(level, name, value)

    def write(self, data: bytes) -> None:
        """Bytes that are whole, unmasked WebSocket frames. Dropped once the closing handshake began."""
        if not (self._protocol.close_sent or self._transport.is_closing()):
            self._transport.write(data)

    def unsent(self) -> int:
        """Bytes in the transport, and in the kernel where they were never sent (SIOCOUTQNSD)."""
        waiting = self._transport.get_write_buffer_size()
        with suppress(OSError, ValueError):  # closed: the transport's buffer is all there is
            descriptor = self._transport.get_extra_info("socket").fileno()
            answer = fcntl.ioctl(descriptor, _SIOCOUTQNSD, struct.pack("i", 0))
            waiting += struct.unpack("i", answer)[0]
        return waiting

    def waiting(self) -> int:
        """Bytes in the transport."""
        return int(self._transport.get_write_buffer_size())

    def close(self, code: int, reason: str) -> None:
        """Begin the closing handshake; the endpoint hears a disconnect."""
        self._protocol.begin_close(code, reason)

    def abort(self) -> None:
        """Reset: neither the transport's nor the kernel's buffer is sent."""
        self._option(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self._transport.abort()

    async def closed(self) -> None:
        """Return when the connection is gone."""
        await self._gone.wait()

    def lost(self) -> None:
        """The protocol's word that it is gone."""
        self._gone.set()


class StreamProtocol(WebSocketsSansIOProtocol):
    """Give this class to uvicorn as `ws=`; see `server_options`."""

    direct: DirectSocket | None = None

    def handle_connect(self, event: Request) -> None:
        """Put the extension into the scope; the application's task starts after this returns."""
        super().handle_connect(event)
        if self.response.status_code == 101:
            self.direct = DirectSocket(self)
            self.scope["extensions"] = {
                **(self.scope["extensions"] or {}),
                EXTENSION: {"socket": self.direct},
            }

    def send_receive_event_to_app(self) -> None:
        """As uvicorn's, unless somebody hears directly: no task need be woken for an acknowledgement."""
        if self.direct is None or self.direct.hear is None:
            super().send_receive_event_to_app()
            return
        data, self.frames = b"".join(self.frames), []
        if not self.close_sent:
            self.direct.hear(data if self.curr_msg_data_type == "text" else None)

    def connection_lost(self, exc: Exception | None) -> None:
        """As uvicorn's; and whoever waits in `DirectSocket.closed` hears of it."""
        super().connection_lost(exc)
        if self.direct is not None:
            self.direct.lost()

    def begin_close(self, code: int, reason: str) -> None:
        """What uvicorn does for `websocket.close`, without waiting for room in the buffer."""
        if self.close_sent or self.transport.is_closing():
            return
        with suppress(InvalidState):  # the client began to close at the same instant
            self.conn.send_close(code, reason)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()
        self.close_timer = self.loop.call_later(self.close_timeout, self.transport.close)


def server_options() -> dict[str, Any]:
    """What `uvicorn.Config` must be given: these protocols, small messages, no compression, an end."""
    return {
        "http": PatientProtocol,
        "limit_concurrency": CONNECTIONS_MAX,
        "ws": StreamProtocol,
        "ws_max_size": MESSAGE_MAX_BYTES,
        "ws_per_message_deflate": False,
    }
