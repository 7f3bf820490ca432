"""The RTSP server side of one connection to the simulated cameras (RFC 2326).

OPTIONS → DESCRIBE → SETUP … → PLAY → (GET_PARAMETER …) → TEARDOWN. A connection carries one session. It ends
when the peer hangs up, stays silent longer than the session timeout, sends what is not RTSP, or reads too
slowly; nothing of it stays behind. Misbehaviour on command is decided here and in `demo.channel`.
"""

import asyncio
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from crisislink.demo.behaviour import Behaviour
from crisislink.demo.channel import FLAP_S, Channel
from crisislink.demo.rtspauth import Gate
from crisislink.demo.rtspmessage import NotRtsp, RtspRequest, Target, read_request, response
from crisislink.demo.sdp import AUDIO_TRACK, VIDEO_TRACK, describe
from crisislink.demo.transport import Carrier, carrier

_METHODS = "OPTIONS, DESCRIBE, SETUP, PLAY, PAUSE, GET_PARAMETER, SET_PARAMETER, TEARDOWN"
_FIRST_WORD_S = 10.0
_WHOLE_S = 10.0


class RtspCamera(Protocol):
    """What a connection needs to know of a camera."""

    @property
    def title(self) -> str:
        """For the SDP."""

    @property
    def behaviour(self) -> Behaviour:
        """Now."""

    def channel(self, *, sub: bool) -> Channel:
        """The main or the smaller stream."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RtspTerms:
    """What all connections of one server share."""

    cameras: Mapping[int, RtspCamera]
    credentials: tuple[str, str] | None
    session_timeout_s: float


class Connection:
    """One peer, from accept to close. Also the `Subscriber` of the channel it plays."""

    def __init__(self, terms: RtspTerms, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._terms, self._reader, self._writer = terms, reader, writer
        self._gate = Gate(terms.credentials)
        self._session = secrets.token_hex(8)
        self._carriers: dict[str, Carrier] = {}
        self._channel: Channel | None = None
        self._playing = False
        self._alive = asyncio.Event()
        self._flap: asyncio.TimerHandle | None = None

    async def serve(self) -> None:
        """Until it is over; never raises for what the peer does."""
        try:
            with suppress(NotRtsp, TimeoutError, asyncio.IncompleteReadError, ConnectionError):
                while await self._turn():
                    pass
        finally:
            self._stop()
            for track in self._carriers.values():
                track.close()
            self._writer.transport.abort()

    async def _turn(self) -> bool:
        """Reads one request and answers it. False: the connection is over."""
        idle_s = self._terms.session_timeout_s if self._carriers else _FIRST_WORD_S
        self._alive.clear()
        try:
            request = await read_request(self._reader, idle_s=idle_s, whole_s=_WHOLE_S)
        except TimeoutError:
            return self._alive.is_set()
        target = request.target
        camera = None if target is None else self._terms.cameras.get(target.number)
        behaviour = Behaviour.NOT_FOUND if camera is None else camera.behaviour
        if behaviour is Behaviour.OFFLINE:
            return False
        if behaviour is Behaviour.SILENT:
            return True
        answer = self._answer(request, target, camera, behaviour)
        if self._writer.is_closing():
            return False
        self._writer.write(answer)
        async with asyncio.timeout(_WHOLE_S):
            await self._writer.drain()
        return request.method != "TEARDOWN"

    def _answer(
        self, request: RtspRequest, target: Target | None, camera: RtspCamera | None, behaviour: Behaviour
    ) -> bytes:
        if request.method == "OPTIONS":
            return response(request, 200, ("Public", _METHODS))
        if behaviour is Behaviour.WRONG_PASSWORD or not self._gate.admits(request):
            return response(request, 401, *self._gate.challenges)
        if target is None or camera is None or behaviour is Behaviour.NOT_FOUND:
            return response(request, 404)
        match request.method:
            case "DESCRIBE":
                return self._describe(request, camera, camera.channel(sub=target.sub))
            case "SETUP":
                return self._setup(request, target, camera.channel(sub=target.sub))
            case "PLAY" | "PAUSE" | "GET_PARAMETER" | "SET_PARAMETER" | "TEARDOWN":
                return self._in_session(request, camera)
            case _:
                return response(request, 501)

    def _describe(self, request: RtspRequest, camera: RtspCamera, channel: Channel) -> bytes:
        unknown = camera.behaviour is Behaviour.UNKNOWN_CODEC
        base = ("Content-Base", request.url.rstrip("/") + "/")
        sdp = describe(channel.described, camera.title, unknown_codec=unknown)
        return response(request, 200, base, ("Content-Type", "application/sdp"), body=sdp)

    def _setup(self, request: RtspRequest, target: Target, channel: Channel) -> bytes:
        track = target.track or VIDEO_TRACK
        if self._playing or self._channel not in {None, channel}:
            return response(request, 455)
        if track == AUDIO_TRACK and not channel.clip.audio:
            return response(request, 404)
        way = carrier(request, self._writer, self._alive)
        if way is None:
            return response(request, 461)
        if (old := self._carriers.get(track)) is not None:
            old.close()
        self._channel, self._carriers[track] = channel, way
        session = f"{self._session};timeout={round(self._terms.session_timeout_s)}"
        return response(request, 200, ("Transport", way.answer), ("Session", session))

    def _in_session(self, request: RtspRequest, camera: RtspCamera) -> bytes:
        given = request.headers.get("session", "").split(";")[0]
        probe = request.method.endswith("_PARAMETER") and not given
        if probe:
            return response(request, 200)
        if given != self._session or self._channel is None:
            return response(request, 454)
        match request.method:
            case "PLAY":
                self._play(camera)
                return response(request, 200, ("Session", self._session), ("Range", "npt=now-"))
            case "PAUSE" | "TEARDOWN":
                self._stop()
        return response(request, 200, ("Session", self._session))

    def _play(self, camera: RtspCamera) -> None:
        assert self._channel is not None
        if not self._playing:
            self._playing = True
            self._channel.subscribe(self)
        if camera.behaviour is Behaviour.FLAP:
            self.hang_up(after_s=FLAP_S)

    def _stop(self) -> None:
        self._playing = False
        if self._channel is not None:
            self._channel.unsubscribe(self)
        if self._flap is not None:
            self._flap.cancel()

    def video(self, packets: list[bytes], report: bytes | None) -> None:
        """One frame, unless this peer never asked for pictures."""
        self._carry(VIDEO_TRACK, packets, report)

    def audio(self, packet: bytes) -> None:
        """Sound, if this peer asked for it."""
        self._carry(AUDIO_TRACK, [packet], None)

    def _carry(self, track: str, packets: list[bytes], report: bytes | None) -> None:
        way = self._carriers.get(track)
        if way is not None and not way.send(packets, report):
            self.hang_up()

    def hang_up(self, *, after_s: float = 0.0) -> None:
        """Ends the connection without a word, now or in a while."""
        if after_s:
            self._flap = asyncio.get_running_loop().call_later(after_s, self.hang_up)
            return
        self._stop()
        self._writer.transport.abort()
