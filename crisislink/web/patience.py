"""Uvicorn's HTTP connection with an end to patience: slow, endless and countless clients.

Uvicorn alone waits for ever for a request's head, and keeps as much of it as comes. A front proxy bounds both
(`deploy/Caddyfile`, `deploy/nginx.conf`); this does so where there is none, or where somebody got past it.
"""

import asyncio
import ipaddress
from functools import lru_cache

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

HEAD_S = 10.0
"""From the first byte, or the beginning of the connection, to the end of a request's head."""
HEAD_MAX_BYTES = 32 * 1024
ANSWER_S = 120.0
"""From then on, until the client has taken the whole answer."""
FROM_ONE_ADDRESS_MAX = 512
CONNECTIONS_MAX = 4_096


class PatientProtocol(HttpToolsProtocol):
    """Give this class to uvicorn as `http=`; see `web.socket.server_options`."""

    _upgraded = False
    _timer: asyncio.TimerHandle | None = None
    _head_bytes: int | None = 0
    """Of the head that is coming in; None while there is none."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """As uvicorn's; one address holds so many connections and no more, unless it is our proxy's."""
        super().connection_made(transport)
        if self.client is not None and not self._proxy(self.client[0]):
            here = self.client[0]
            own = [one for one in self.connections if (getattr(one, "client", None) or ("",))[0] == here]
            if len(own) > FROM_ONE_ADDRESS_MAX:
                transport.abort()
                return
        self._expect(HEAD_S)

    def data_received(self, data: bytes) -> None:
        """As uvicorn's, unless a head grows without an end."""
        if self._head_bytes is not None:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._timer is self.timeout_keep_alive_task is None:
            self._expect(self._patience())  # a head, or the rest of a body whose answer was given early
        if (
            self._head_bytes is not None
            and self._head_bytes > HEAD_MAX_BYTES
            and not self.transport.is_closing()
        ):
            self.transport.write(b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\n\r\n")
            self.transport.close()

    def on_message_begin(self) -> None:
        """A request's head begins."""
        super().on_message_begin()
        self._head_bytes = self._head_bytes or 0
        if not self._answering():
            self._expect(HEAD_S)

    def on_headers_complete(self) -> None:
        """It ended; now the answer has its time."""
        super().on_headers_complete()
        self._head_bytes = None
        self._expect(ANSWER_S)

    def on_response_complete(self) -> None:
        """Once the client has it all, uvicorn's own limit on idle connections holds."""
        super().on_response_complete()
        pending = (
            self._head_bytes is not None
            or self.timeout_keep_alive_task is None
            or self.transport.get_write_buffer_size() > 0
        )
        self._expect(self._patience() if pending else None)

    def handle_websocket_upgrade(self) -> None:
        """From here on it is another protocol's."""
        super().handle_websocket_upgrade()
        self._upgraded = True
        self._expect(None)

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing to wait for."""
        self._expect(None)
        super().connection_lost(exc)

    def _patience(self) -> float:
        return ANSWER_S if self._head_bytes is None else HEAD_S

    def _expect(self, within_s: float | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        waits = within_s is not None and not self._upgraded
        self._timer = self.loop.call_later(within_s or 0, self._give_up) if waits else None

    def _give_up(self) -> None:
        """Also when it is closing: what nobody reads would wait in memory for ever."""
        self.transport.abort()

    def _proxy(self, host: str) -> bool:
        trusted = self.config.forwarded_allow_ips
        return _within(host, tuple(trusted.split(",") if isinstance(trusted, str) else trusted))

    def _answering(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is not None and not cycle.response_complete


@lru_cache(maxsize=4_096)
def _within(host: str, networks: tuple[str, ...]) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return any(address in ipaddress.ip_network(network) for network in networks)
