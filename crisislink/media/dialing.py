"""How a worker gets its connections: it asks, somebody who may connect does so, and hands it the socket.

A worker has no network (`media/confinement.py`), since what it parses is hostile. It reaches one host, its
camera, and only through sockets that were connected for it.
"""

import socket
from contextlib import suppress
from typing import Protocol

CONNECT_S = 3.0


class Dialer(Protocol):
    """Connections to one camera. Every method raises OSError when there is none to be had."""

    def stream(self) -> socket.socket:
        """A blocking TCP socket, connected to the camera, TCP_NODELAY; the caller closes it."""
        ...

    def datagrams(self) -> tuple[socket.socket, socket.socket]:
        """Two UDP sockets bound to neighbouring ports, the first even (RTP, RTCP); the caller closes them."""
        ...

    def aim(self, pair: tuple[socket.socket, socket.socket], ports: tuple[int, int]) -> None:
        """Connect both to these ports of the camera: datagrams of anybody else are not received any more."""
        ...


class DirectDialer:
    """Connects by itself: for tests and for tools that run outside the confinement."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port

    def stream(self) -> socket.socket:
        """See `Dialer`."""
        made = socket.create_connection((self._host, self._port), CONNECT_S)
        made.settimeout(None)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return made

    def datagrams(self) -> tuple[socket.socket, socket.socket]:
        """See `Dialer`."""
        return neighbours(socket.AF_INET6 if ":" in self._host else socket.AF_INET)

    def aim(self, pair: tuple[socket.socket, socket.socket], ports: tuple[int, int]) -> None:
        """See `Dialer`."""
        for one, port in zip(pair, ports, strict=True):
            one.connect((self._host, port))


def neighbours(family: int) -> tuple[socket.socket, socket.socket]:
    """Two UDP sockets on an even port and the next one.

    Raises:
        OSError: no such pair was free in 32 attempts.
    """
    for _ in range(32):
        first = socket.socket(family, socket.SOCK_DGRAM)
        first.bind(("", 0))
        port = first.getsockname()[1]
        if port % 2 == 0:
            second = socket.socket(family, socket.SOCK_DGRAM)
            with suppress(OSError):
                second.bind(("", port + 1))
                return first, second
            second.close()
        first.close()
    raise OSError("no pair of neighbouring ports is free")
