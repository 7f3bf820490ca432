"""A TCP proxy in the test's hand: it passes on, stands still, breaks off; and balances over what answers."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

HOST = "127.0.0.1"
_CONNECT_S = 1.0


class Proxy:
    """Made by `opened`. To the first of `targets` (ports) that answers, in turn."""

    def __init__(self, targets: Sequence[int]) -> None:
        self._targets = list(targets)
        self._next = 0
        self._passing = asyncio.Event()
        self._passing.set()
        self._refusing = False
        self._writers: set[asyncio.StreamWriter] = set()
        self.port = 0

    @classmethod
    @asynccontextmanager
    async def opened(cls, targets: Sequence[int], *, port: int = 0) -> AsyncIterator["Proxy"]:
        """Listening until left."""
        proxy = cls(targets)
        server = await asyncio.start_server(proxy._accept, HOST, port)
        proxy.port = server.sockets[0].getsockname()[1]
        try:
            yield proxy
        finally:
            server.close()
            proxy.cut()

    def freeze(self) -> None:
        """Nothing passes; connections stay, new ones are taken: a network that swallows."""
        self._passing.clear()

    def thaw(self) -> None:
        """All passes again, what waited first."""
        self._refusing = False
        self._passing.set()

    def aim(self, port: int) -> None:
        """To another server from now on; connections to the one before break."""
        self._targets = [port]
        self._break()

    def cut(self) -> None:
        """All connections break, and new ones do at once."""
        self._refusing = True
        self._break()

    def _break(self) -> None:
        for writer in tuple(self._writers):
            writer.transport.abort()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            if self._refusing or (found := await self._connected()) is None:
                return
            far_reader, far = found
            self._writers.add(far)
            try:
                await asyncio.gather(self._pipe(reader, far), self._pipe(far_reader, writer))
            finally:
                self._writers.discard(far)
                far.transport.abort()
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            self._writers.discard(writer)
            writer.transport.abort()

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        for _ in self._targets:
            target = self._targets[self._next % len(self._targets)]
            self._next += 1
            with suppress(OSError, TimeoutError):
                return await asyncio.wait_for(asyncio.open_connection(HOST, target), _CONNECT_S)
        return None

    async def _pipe(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(1 << 16):
            await self._passing.wait()
            writer.write(data)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
