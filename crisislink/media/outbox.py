"""The worker's end of the Unix socket: orders come in whole, messages go out without ever waiting.

The node may be slow or gone; the pipeline must not notice the first and must end at the second. What the
bytes mean is `media/orders.py`.
"""

import socket

from crisislink.media.orders import LENGTH, ORDER_MAX

OUTBOX_MAX = 4 << 20
_SEND_MAX = 256 << 10


class Outbox:
    """Bytes for the node: never waits, never keeps more than 4 MiB or one message."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._waiting = bytearray()

    def put(self, data: bytes) -> bool:
        """Send now or keep; False when there is no room, and nothing was taken.

        Raises:
            OSError: the node is gone.
        """
        if len(self._waiting) + len(data) > OUTBOX_MAX and not self.flush():
            return False
        self._waiting += data
        self.flush()
        return True

    def flush(self) -> bool:
        """Send what the socket takes; whether everything went.

        Raises:
            OSError: the node is gone.
        """
        while self._waiting:
            try:
                sent = self._socket.send(memoryview(self._waiting)[:_SEND_MAX], socket.MSG_DONTWAIT)
            except BlockingIOError:
                return False
            del self._waiting[:sent]
        return True


def read_framed(connection: socket.socket) -> bytes:
    """One length-prefixed order; waits for it.

    Raises:
        EOFError: the other side is gone.
        ValueError: longer than any order.
    """
    [length] = LENGTH.unpack(_exactly(connection, LENGTH.size))
    if length > ORDER_MAX:
        raise ValueError("order too long")
    return _exactly(connection, length)


def _exactly(connection: socket.socket, count: int) -> bytes:
    data = bytearray()
    while len(data) < count:
        chunk = connection.recv(count - len(data))
        if not chunk:
            raise EOFError
        data += chunk
    return bytes(data)
