"""The line between a worker and the one who may connect: the worker asks, the node dials for it.

    worker → node   "s"                     a TCP connection to the camera
                    "d"                     two UDP sockets on neighbouring ports
                    "a" + two u16           connect both to these ports of the camera
    node → worker   "+" and the descriptors (SCM_RIGHTS), or "-" and an errno (u32)

The node alone knows where the camera is: a worker cannot name a host. A name is looked up once for each
connection, which goes to an address found there that the settings allow (`media/connecting`), or nowhere
(EACCES). One question at a time; a worker that
asks faster than any reconnection is not to be trusted.
"""

import asyncio
import errno
import os
import socket
import struct
from collections.abc import Callable
from contextlib import suppress

from crisislink.media.connecting import connected
from crisislink.media.dialing import CONNECT_S, neighbours
from crisislink.media.networks import CameraNetworks
from crisislink.media.received import SourceFault
from crisislink.media.rtsp.address import parse

_ERRNO = struct.Struct(">I")
_PORTS = struct.Struct(">HH")
_ANSWER_S = CONNECT_S + 1.0
_QUESTION_MAX = 16
_PACE_PER_S, _BURST = 10.0, 20.0


def line() -> tuple[socket.socket, socket.socket]:
    """The node's and the worker's end."""
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)


class LineDialer:
    """`dialing.Dialer` in a worker: over the line."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        line.settimeout(_ANSWER_S)

    def stream(self) -> socket.socket:
        """See `Dialer`."""
        [made] = self._ask(b"s", 1)
        made.settimeout(None)
        return made

    def datagrams(self) -> tuple[socket.socket, socket.socket]:
        """See `Dialer`."""
        first, second = self._ask(b"d", 2)
        return first, second

    def aim(self, pair: tuple[socket.socket, socket.socket], ports: tuple[int, int]) -> None:
        """See `Dialer`. The node still holds the pair it gave last; those are the ones that are connected."""
        del pair
        self._ask(b"a" + _PORTS.pack(*ports), 0)

    def _ask(self, question: bytes, count: int) -> list[socket.socket]:
        self._line.send(question)
        answer, descriptors, _, _ = socket.recv_fds(self._line, 8, 4)
        made = [socket.socket(fileno=d) for d in descriptors]
        if answer[:1] == b"+" and len(made) == count:
            return made
        for one in made:
            one.close()
        code = _ERRNO.unpack(answer[1:])[0] if len(answer) == 1 + _ERRNO.size else errno.EPROTO
        raise OSError(code, os.strerror(code))


class Switchboard:
    """The node's end, for one worker. `on_nonsense` is called when it asks what no worker asks."""

    def __init__(
        self,
        line: socket.socket,
        url: str,
        *,
        networks: CameraNetworks,
        on_nonsense: Callable[[], None],
    ) -> None:
        self._line = line
        self._networks = networks
        self._on_nonsense = on_nonsense
        self._loop = asyncio.get_running_loop()
        try:
            address = parse(url)
            self._where: tuple[str, int] | None = (address.host, address.port)
        except SourceFault:
            self._where = None  # the worker says so, too, before it ever asks
        self._answering: asyncio.Task[None] | None = None
        self._pair: tuple[socket.socket, socket.socket] | None = None
        self._peer: str | None = None
        self._allowance, self._counted_s = _BURST, self._loop.time()
        line.settimeout(0)
        self._loop.add_reader(line, self._hear)

    def _hear(self) -> None:
        try:
            question = self._line.recv(_QUESTION_MAX)
        except BlockingIOError:
            return
        except OSError:
            question = b""
        if not question:
            self.close()
            return
        now_s = self._loop.time()
        self._allowance = min(_BURST, self._allowance + (now_s - self._counted_s) * _PACE_PER_S) - 1
        self._counted_s = now_s
        busy = self._answering is not None and not self._answering.done()
        if busy or self._allowance < 0:
            self._on_nonsense()
            return
        self._answering = self._loop.create_task(self._answer(question))

    async def _answer(self, question: bytes) -> None:
        made: list[socket.socket] = []
        try:
            if question == b"s":
                made = [await self._dialled()]
            elif question == b"d":
                made = list(self._datagrams())
            elif question[:1] == b"a" and len(question) == 1 + _PORTS.size:
                self._aim(*_PORTS.unpack(question[1:]))
            else:
                self._on_nonsense()
                return
            socket.send_fds(self._line, [b"+"], [s.fileno() for s in made])
        except OSError as error:
            code = error.errno if error.errno is not None and error.errno > 0 else errno.EHOSTUNREACH
            with suppress(OSError):
                self._line.send(b"-" + _ERRNO.pack(code))
        finally:
            for one in made:
                if self._pair is None or one not in self._pair:
                    one.close()

    async def _dialled(self) -> socket.socket:
        if self._where is None:
            raise OSError(errno.EINVAL, "no address")
        made, self._peer = await connected(self._where, self._networks)
        return made

    def _datagrams(self) -> tuple[socket.socket, socket.socket]:
        self._forget_pair()
        self._pair = neighbours(socket.AF_INET6 if ":" in (self._peer or "") else socket.AF_INET)
        return self._pair

    def _aim(self, first: int, second: int) -> None:
        """Only to the host the worker was connected to, and only from the sockets it was given."""
        if self._pair is None or self._peer is None or not (first and second):
            raise OSError(errno.EINVAL, "no sockets to aim")
        for one, port in zip(self._pair, (first, second), strict=True):
            one.connect((self._peer, port))
            _drain(one)
        self._forget_pair()

    def _forget_pair(self) -> None:
        for one in self._pair or ():
            one.close()
        self._pair = None

    def close(self) -> None:
        """No more connections. Idempotent."""
        self._forget_pair()
        if self._answering is not None:
            self._answering.cancel()
        if self._line.fileno() >= 0:
            self._loop.remove_reader(self._line)
            self._line.close()


def _drain(aimed: socket.socket) -> None:
    """Throw away what strangers sent before the socket was aimed; from now on only its peer's comes in."""
    aimed.settimeout(0)
    with suppress(BlockingIOError):
        while True:
            aimed.recv(1)
