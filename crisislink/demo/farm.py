"""A city's cameras as one RTSP server: `rtsp://…/cam/<n>` and `/cam/<n>/sub`, each playing its clip.

Everything that was started inside `async with CameraFarm(…)` is over when it is left: listener, connections,
players. Cameras cost nothing until somebody plays them.
"""

import asyncio
import time
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Self
from urllib.parse import quote

from crisislink.demo.behaviour import Behaviour
from crisislink.demo.channel import Channel, Sent
from crisislink.demo.footage import Clip
from crisislink.demo.rtsp import Connection, RtspTerms
from crisislink.demo.rtspmessage import HEAD_LIMIT
from crisislink.demo.still import black

_GOLDEN = 0.618_033_988_75  # spreads the cameras' phases evenly, whatever their number
_CONNECTIONS = 1_024


@dataclass(frozen=True, slots=True, kw_only=True)
class FarmCamera:
    """What camera `number` plays. `sub`: its smaller stream; without one, `/sub` plays the same."""

    number: int
    clip: Clip
    sub: Clip | None = None
    title: str = ""
    behaviour: Behaviour = Behaviour.NORMAL


class _Served:
    """A camera of a running farm."""

    def __init__(self, camera: FarmCamera, *, start_s: float, sent_log: int) -> None:
        self.camera, self.title = camera, camera.title or f"Camera {camera.number}"
        self.sent: deque[Sent] = deque(maxlen=sent_log)
        self.behaviour = Behaviour.NORMAL
        phase = camera.number * _GOLDEN % 1
        self._main = self._channel(camera.clip, start_s, phase, log=sent_log > 0)
        self._sub = self._channel(camera.sub, start_s, phase, log=False) if camera.sub else self._main
        self.behave(camera.behaviour)

    def _channel(self, clip: Clip, start_s: float, phase: float, *, log: bool) -> Channel:
        return Channel(
            clip,
            seed=self.camera.number,
            start_s=start_s,
            phase_s=phase * len(clip.frames) / clip.fps,
            sent=self.sent.append if log else None,
        )

    def channel(self, *, sub: bool) -> Channel:
        return self._sub if sub else self._main

    def behave(self, behaviour: Behaviour) -> None:
        channels = {self._main, self._sub}
        if behaviour is Behaviour.BLACK:  # made before the player needs it between two frames
            for clip in {c.clip for c in channels}:
                black(clip.codec, clip.width, clip.height, clip.fps)
        before, self.behaviour = self.behaviour, behaviour
        for channel in channels:
            channel.behaviour = behaviour
            breaks = behaviour is Behaviour.FLAP or not (behaviour.keeps_sessions and before.keeps_sessions)
            if breaks and behaviour is not before:
                channel.hang_up()


class CameraFarm:
    """Serves `cameras` on `host`:`port` (0: any free port) between `__aenter__` and `__aexit__`.

    `credentials` None: open to all. `sent_log`: how many of the last frames of each camera `sent` remembers.
    """

    def __init__(
        self,
        cameras: Iterable[FarmCamera],
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        credentials: tuple[str, str] | None = None,
        session_timeout_s: float = 60.0,
        sent_log: int = 2_000,
    ) -> None:
        self._cameras = tuple(cameras)
        self._host, self._wanted_port = host, port
        self._credentials, self._session_timeout_s, self._sent_log = credentials, session_timeout_s, sent_log
        self._served: dict[int, _Served] = {}
        self._connections: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self.port = 0

    async def __aenter__(self) -> Self:
        """Raises OSError when the port is taken, ValueError when two cameras share a number."""
        start_s = time.monotonic()
        self._served = {c.number: _Served(c, start_s=start_s, sent_log=self._sent_log) for c in self._cameras}
        if len(self._served) != len(self._cameras):
            raise ValueError("two cameras with one number")
        self._server = await asyncio.start_server(
            self._accept, self._host, self._wanted_port, limit=HEAD_LIMIT
        )
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in (open_ := list(self._connections)):
            task.cancel()
        await asyncio.gather(*open_, return_exceptions=True)
        await self._server.wait_closed()
        await asyncio.sleep(0)  # aborted transports close their sockets in the next turn of the loop

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        terms = RtspTerms(
            cameras=self._served, credentials=self._credentials, session_timeout_s=self._session_timeout_s
        )
        self._connections.add(task)
        try:
            if len(self._connections) <= _CONNECTIONS:
                await Connection(terms, reader, writer).serve()
        except asyncio.CancelledError:
            pass  # the farm closes; asyncio's streams would report a cancelled handler as an error
        finally:
            self._connections.discard(task)
            writer.transport.abort()
            with suppress(ConnectionError):
                await writer.wait_closed()

    def url(self, number: int, *, sub: bool = False) -> str:
        """The address of a camera, credentials included: a secret.

        Raises:
            KeyError: there is no such camera.
        """
        known = self._served[number].camera.number
        login = (
            "" if self._credentials is None else ":".join(quote(c, safe="") for c in self._credentials) + "@"
        )
        return f"rtsp://{login}{self._host}:{self.port}/cam/{known}{'/sub' if sub else ''}"

    def behave(self, number: int, behaviour: Behaviour) -> None:
        """From the next frame, the next request on. Sessions that the behaviour excludes are cut at once."""
        self._served[number].behave(behaviour)

    def sent(self, number: int) -> list[Sent]:
        """The last frames of the camera's main stream, oldest first."""
        return list(self._served[number].sent)
