"""The conversation with a camera: DESCRIBE, SETUP of one video track, PLAY, keep-alive, TEARDOWN (RFC 2326).

    receive(…) → access units, until the camera ends it or the caller closes the generator

Nothing waits longer than a quarter of a second without giving the caller the hand (`None`), and nothing is
trusted: not a status, not a length, not a host. Redirects are refused: a camera does not choose what we read.
"""

import socket
import ssl
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress

from crisislink.media.dialing import Dialer
from crisislink.media.received import Received, SourceFault
from crisislink.media.rtsp import message, sdp
from crisislink.media.rtsp.address import Address
from crisislink.media.rtsp.auth import Credentials
from crisislink.media.rtsp.connection import LOOK_S, Connection
from crisislink.media.rtsp.pace import MESSAGES_OVER_S, MESSAGES_PER_S, Pace
from crisislink.media.rtsp.track import TrackReceiver
from crisislink.media.rtsp.transport import TIMEOUT_S, agreed, wish

ANSWER_S = 3.0
SILENCE_S = 10.0  # without a packet: a camera that hangs or was unplugged says no word of it
REPORT_S = (1.0, 5.0)  # the first receiver report, and all that follow
_READ_BYTES = 256 << 10
_DATAGRAM_BYTES = 64 << 10
_DATAGRAMS_HELD_BYTES = 4 << 20  # a key picture comes at once; the kernel gives as much of it as it may
_FAREWELL_S = 0.2
_ATTEMPTS = 3
_DATAGRAMS = 256  # taken before anything else gets its turn
_EARLY_MAX = 1_000


class Session:
    """One connection, from the dialling to `close`."""

    def __init__(
        self, address: Address, dialer: Dialer, *, tls: ssl.SSLContext | None, cnonce: Callable[[], str]
    ) -> None:
        self._address = address
        self._dialer = dialer
        self._connection = Connection.open(address, dialer, tls)
        self._buffer = memoryview(bytearray(_READ_BYTES))
        self._reader = message.Reader()
        self._messages = Pace("messages", per_s=MESSAGES_PER_S, over_s=MESSAGES_OVER_S)
        self._credentials = Credentials(address, cnonce=cnonce)
        self._cseq = 0
        self._id: str | None = None
        self._keep_alive_s = TIMEOUT_S / 2
        self._alive_method = "GET_PARAMETER"
        self._alive_again = True
        self._aggregate = address.uri
        self._datagrams: tuple[socket.socket, socket.socket] | None = None
        self._channels = (0, 1)
        self._early: list[message.Packet] = []

    # -- the conversation ------------------------------------------------------------------------

    def begin(self) -> Generator[None, None, TrackReceiver]:
        """Up to PLAY; gives the hand while it waits.

        Raises:
            SourceFault: the camera refuses, or speaks something else.
            OSError: it is gone, or silent for three seconds.
        """
        described = yield from self._ask("DESCRIBE", self._address.uri, ("Accept", "application/sdp"))
        base = described.header("content-base") or described.header("content-location")
        offer = sdp.read(described.body, base=base, address=self._address)
        self._aggregate = offer.aggregate
        yield from self._set_up(offer.track)
        yield from self._ask("PLAY", self._aggregate, ("Range", "npt=0.000-"))
        return TrackReceiver(offer.track, reorder=self._datagrams is not None)

    def _set_up(self, track: sdp.Track) -> Generator[None]:
        ports: tuple[int, int] | None = None
        if self._address.transport == "udp":
            self._datagrams = self._dialer.datagrams()
            for one in self._datagrams:
                one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _DATAGRAMS_HELD_BYTES)
            ports = self._datagrams[0].getsockname()[1], self._datagrams[1].getsockname()[1]
        answered = yield from self._ask("SETUP", track.control, wish(ports))
        agreement = agreed(answered)
        self._id, self._keep_alive_s = agreement.session, agreement.keep_alive_s
        self._channels = agreement.channels
        if self._datagrams is not None:
            if agreement.ports is None:
                raise SourceFault("protocol", "the camera does not say where it sends from")
            self._dialer.aim(self._datagrams, agreement.ports)

    def _ask(
        self, method: str, uri: str, *headers: tuple[str, str]
    ) -> Generator[None, None, message.Response]:
        """Ask and wait for the answer; with the password once the camera asks for it."""
        for _ in range(_ATTEMPTS):
            self._say(method, uri, *headers)
            answered = yield from self._answer()
            if answered.status == 401:
                self._credentials.challenged(answered.all("www-authenticate"))
                continue
            if not 200 <= answered.status < 300:
                raise _refusal(method, answered.status)
            self._credentials.accepted()
            return answered
        raise SourceFault("auth", "the camera refuses the password")

    def _say(self, method: str, uri: str, *headers: tuple[str, str]) -> None:
        self._cseq += 1
        session = () if self._id is None else (("Session", self._id),)
        all_headers = (*self._credentials.header(method, uri), *session, *headers)
        self._connection.send(message.request(method, uri, self._cseq, all_headers))

    def _answer(self) -> Generator[None, None, message.Response]:
        """The answer to what was said last. Pictures may overtake the one to PLAY: they are kept."""
        until_s = time.monotonic() + ANSWER_S
        while (left_s := until_s - time.monotonic()) > 0:
            answered = None
            for heard in self._heard() if self._connection.readable(min(left_s, LOOK_S)) else ():
                if isinstance(heard, message.Response):
                    if heard.header("cseq") in {str(self._cseq), None}:
                        answered = heard
                elif isinstance(heard, message.Packet):
                    if len(self._early) < _EARLY_MAX:
                        self._early.append(message.Packet(heard.channel, memoryview(bytes(heard.data))))
                elif isinstance(heard, message.CameraRequest):
                    self._connection.send(message.answer(heard))
            if answered is not None:
                return answered
            yield None
        raise TimeoutError("the camera does not answer")

    def _heard(self) -> Iterator[message.Heard]:
        count = self._connection.read_into(self._buffer)
        if count == 0:
            raise ConnectionResetError("the camera closed the connection")
        if count is not None:
            yield from self._reader.feed(self._buffer[:count])

    # -- pictures --------------------------------------------------------------------------------

    def play(self, track: TrackReceiver) -> Iterator[Received | None]:
        """Access units as they come; None at least each quarter of a second when none does.

        Raises:
            SourceFault, OSError: as `begin`; also after ten seconds without a packet.
        """
        now_s = time.monotonic()
        early, self._early = self._early, []
        for packet in early:
            yield from self._packet(track, packet, now_s)
        alive_s, report_s = now_s + self._keep_alive_s, now_s + REPORT_S[0]
        count, since_s = 0, now_s
        while not track.over:
            yield from self._turn(track)
            now_s = time.monotonic()
            if now_s >= alive_s:
                self._keep_alive()
                alive_s = now_s + self._keep_alive_s
            if now_s >= report_s:
                self._report(track, now_s)
                report_s = now_s + REPORT_S[1]
            if track.packets != count:
                count, since_s = track.packets, now_s
            elif now_s - since_s >= SILENCE_S:
                raise TimeoutError("the camera sends nothing")

    def _turn(self, track: TrackReceiver) -> Iterator[Received | None]:
        """Wait for something to read, a quarter of a second at most, and take it."""
        now_s = time.monotonic()
        wait_s = LOOK_S if track.wait_until_s is None else min(LOOK_S, max(0.0, track.wait_until_s - now_s))
        readable = self._connection.readable(wait_s, *(self._datagrams or ()))
        now_s = time.monotonic()
        if self._datagrams is not None:
            yield from self._datagram(track, readable, now_s)
        if self._connection.line in readable:
            for heard in self._heard():
                self._messages.count(now_s)
                if isinstance(heard, message.Packet):
                    yield from self._packet(track, heard, now_s)
                elif isinstance(heard, message.CameraRequest):
                    self._connection.send(message.answer(heard))
                elif isinstance(heard, message.Response):
                    self._kept_alive(heard)
        yield from track.waited(now_s)
        yield None

    def _datagram(
        self, track: TrackReceiver, readable: list[socket.socket], now_s: float
    ) -> Iterator[Received]:
        assert self._datagrams is not None
        reports = self._datagrams[1]
        for one in self._datagrams:
            for _ in range(_DATAGRAMS if one in readable else 0):
                try:
                    data = one.recv(_DATAGRAM_BYTES, socket.MSG_DONTWAIT)
                except (BlockingIOError, ConnectionRefusedError):
                    break
                if one is reports:
                    track.report(data)
                else:
                    yield from track.packet(data, now_s)

    def _packet(self, track: TrackReceiver, packet: message.Packet, now_s: float) -> Iterator[Received]:
        if packet.channel == self._channels[0]:
            yield from track.packet(packet.data, now_s)
        elif packet.channel == self._channels[1]:
            track.report(packet.data)

    def _keep_alive(self) -> None:
        self._say(self._alive_method, self._aggregate)

    def _kept_alive(self, answered: message.Response) -> None:
        """A nonce that grew old, and a camera that does not know the method, are asked once more."""
        if 200 <= answered.status < 300:
            self._alive_again = True
            self._credentials.accepted()
        elif answered.status == 454:
            raise SourceFault("unreachable", "the camera ended the session")
        elif answered.status == 401:
            self._credentials.challenged(answered.all("www-authenticate"))
            if not self._alive_again:
                raise SourceFault("auth", "the camera refuses the password")
            self._alive_again = False
            self._keep_alive()
        elif self._alive_method != "OPTIONS":
            self._alive_method = "OPTIONS"
            self._keep_alive()

    def _report(self, track: TrackReceiver, now_s: float) -> None:
        data = track.receiver_report(now_s)
        if data is None:
            return
        if self._datagrams is not None:
            with suppress(OSError):
                self._datagrams[1].send(data)
        else:
            self._connection.send(b"$" + bytes([self._channels[1]]) + len(data).to_bytes(2) + data)

    # -- the end ---------------------------------------------------------------------------------

    def close(self) -> None:
        """TEARDOWN, where there is a session, and no waiting for more than a moment."""
        with suppress(OSError, ValueError):
            if self._id is not None:
                headers = (*self._credentials.header("TEARDOWN", self._aggregate), ("Session", self._id))
                said = message.request("TEARDOWN", self._aggregate, self._cseq + 1, headers)
                self._connection.send(said, within_s=_FAREWELL_S)
        self._connection.close()
        for one in self._datagrams or ():
            one.close()


def _refusal(method: str, status: int) -> SourceFault:
    if 300 <= status < 400:
        return SourceFault("protocol", "the camera sends us elsewhere; redirects are not followed")
    if status in {401, 403}:
        return SourceFault("auth", f"the camera refuses {method} ({status})")
    if status in {404, 410, 454}:
        return SourceFault("not_found", f"the camera does not know this stream ({status})")
    if status == 461:
        return SourceFault("protocol", "the camera does not send this way (TCP or UDP)")
    if status in {453, 503}:
        return SourceFault("unreachable", f"the camera is busy ({status})")
    return SourceFault("protocol", f"the camera refuses {method} ({status})")


def receive(
    address: Address, dialer: Dialer, *, tls: ssl.SSLContext | None, cnonce: Callable[[], str]
) -> Generator[Received | None]:
    """A camera's access units; None at least each quarter of a second when none comes.

    Raises:
        SourceFault: why there are none.
        OSError: it is gone.
    """
    session = Session(address, dialer, tls=tls, cnonce=cnonce)
    try:
        track = yield from session.begin()
        yield from session.play(track)
    finally:
        session.close()
