"""The conversation with a camera: DESCRIBE, SETUP of one video track, PLAY, keep-alive, TEARDOWN (RFC 2326).

    receive(…) → access units, until the camera ends it or the caller closes the generator

Nothing waits longer than a quarter of a second without giving the caller the hand (`None`), and nothing is
trusted: not a status, not a length, not a host. Redirects are refused: a camera does not choose what we read.
"""

import select
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
from crisislink.media.rtsp.track import TrackReceiver

ANSWER_S = 3.0
LOOK_S = 0.25
REPORT_EVERY_S = 5.0
TIMEOUT_S = 60.0  # of a session whose camera does not say (RFC 2326, 12.37)
_READ_BYTES = 256 << 10
_FAREWELL_S = 0.2
_ATTEMPTS = 3
_DATAGRAMS = 256  # taken before anything else gets its turn
_EARLY_MAX = 1_000


class Session:
    """One connection. Use it as a context manager: leaving says TEARDOWN and closes."""

    def __init__(
        self, address: Address, dialer: Dialer, *, tls: ssl.SSLContext | None, cnonce: Callable[[], str]
    ) -> None:
        self._address = address
        self._dialer = dialer
        self._socket = _connected(address, dialer, tls)
        self._reader = message.Reader()
        self._credentials = Credentials(address, cnonce=cnonce)
        self._cseq = 0
        self._id: str | None = None
        self._keep_alive_s = TIMEOUT_S / 2
        self._options_only = False
        self._aggregate = address.uri
        self._datagrams: tuple[socket.socket, socket.socket] | None = None
        self._channels = (0, 1)
        self._track: TrackReceiver | None = None
        self._early: list[message.Packet] = []

    # -- the conversation ------------------------------------------------------------------------

    def begin(self) -> None:
        """Up to PLAY.

        Raises:
            SourceFault: the camera refuses, or speaks something else.
            OSError: it is gone, or silent for three seconds.
        """
        described = self._ask("DESCRIBE", self._address.uri, ("Accept", "application/sdp"))
        base = described.header("content-base") or described.header("content-location")
        offer = sdp.read(described.body, base=base, address=self._address)
        self._aggregate = offer.aggregate
        self._track = TrackReceiver(offer.track, reorder=self._address.transport == "udp")
        self._set_up(offer.track)
        self._ask("PLAY", self._aggregate, ("Range", "npt=0.000-"))

    def _set_up(self, track: sdp.Track) -> None:
        if self._address.transport == "udp":
            self._datagrams = self._dialer.datagrams()
            ports = tuple(s.getsockname()[1] for s in self._datagrams)
            wish = f"RTP/AVP;unicast;client_port={ports[0]}-{ports[1]}"
        else:
            wish = "RTP/AVP/TCP;unicast;interleaved=0-1"
        answered = self._ask("SETUP", track.control, ("Transport", wish))
        given = answered.header("transport") or ""
        session, _, rest = (answered.header("session") or "").partition(";")
        if not session.strip():
            raise SourceFault("protocol", "the camera opened no session")
        self._id = session.strip()
        self._keep_alive_s = _timeout_s(rest) / 2
        if self._datagrams is not None:
            self._dialer.aim(self._datagrams, _pair(given, "server_port", None))
        else:
            self._channels = _pair(given, "interleaved", (0, 1))

    def _ask(self, method: str, uri: str, *headers: tuple[str, str]) -> message.Response:
        """Ask and wait for the answer; with the password once the camera asks for it."""
        for _ in range(_ATTEMPTS):
            self._say(method, uri, *headers)
            answered = self._answer()
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
        self._socket.settimeout(ANSWER_S)
        self._socket.sendall(message.request(method, uri, self._cseq, all_headers))

    def _answer(self) -> message.Response:
        until_s = time.monotonic() + ANSWER_S
        while True:
            left_s = until_s - time.monotonic()
            if left_s <= 0:
                raise TimeoutError("the camera does not answer")
            self._socket.settimeout(left_s)
            answered = None
            for heard in self._reader.feed(self._read()):
                if isinstance(heard, message.Response):
                    if heard.header("cseq") in {str(self._cseq), None}:
                        answered = heard
                elif isinstance(heard, message.Packet):
                    if len(self._early) < _EARLY_MAX:  # pictures may overtake the answer to PLAY
                        self._early.append(message.Packet(heard.channel, memoryview(bytes(heard.data))))
                else:
                    self._socket.sendall(message.answer(heard))
            if answered is not None:
                return answered

    def _read(self) -> bytes:
        data = self._socket.recv(_READ_BYTES)
        if not data:
            raise ConnectionResetError("the camera closed the connection")
        return data

    # -- pictures --------------------------------------------------------------------------------

    def play(self) -> Iterator[Received | None]:
        """Access units as they come; None at least each quarter of a second when none does.

        Raises:
            SourceFault, OSError: as `begin`.
        """
        track = self._track
        assert track is not None, "begin comes first"
        now_s = time.monotonic()
        early, self._early = self._early, []
        for packet in early:
            yield from self._packet(track, packet, now_s)
        alive_s, report_s = now_s + self._keep_alive_s, now_s + 1.0
        while not track.over:
            yield from self._turn(track)
            now_s = time.monotonic()
            if now_s >= alive_s:
                self._say("OPTIONS" if self._options_only else "GET_PARAMETER", self._aggregate)
                alive_s = now_s + self._keep_alive_s
            if now_s >= report_s:
                self._report(track, now_s)
                report_s = now_s + REPORT_EVERY_S

    def _turn(self, track: TrackReceiver) -> Iterator[Received | None]:
        """Wait for something to read, a quarter of a second at most, and take it."""
        now_s = time.monotonic()
        wait_s = LOOK_S if track.wait_until_s is None else min(LOOK_S, max(0.0, track.wait_until_s - now_s))
        readable = self._readable(wait_s)
        now_s = time.monotonic()
        if self._datagrams is not None:
            yield from self._datagram(track, readable, now_s)
        if self._socket in readable:
            self._socket.settimeout(ANSWER_S)
            for heard in self._reader.feed(self._read()):
                if isinstance(heard, message.Packet):
                    yield from self._packet(track, heard, now_s)
                elif isinstance(heard, message.CameraRequest):
                    self._socket.sendall(message.answer(heard))
                else:
                    self._kept_alive(heard)
        yield from track.waited(now_s)
        if not readable:
            yield None

    def _readable(self, wait_s: float) -> list[socket.socket]:
        if isinstance(self._socket, ssl.SSLSocket) and self._socket.pending():
            return [self._socket]
        watched = [self._socket, *(self._datagrams or ())]
        poll = select.poll()  # not select(): descriptors may be above 1023
        by_number = {s.fileno(): s for s in watched}
        for number in by_number:
            poll.register(number, select.POLLIN)
        return [by_number[number] for number, _ in poll.poll(wait_s * 1000)]

    def _datagram(
        self, track: TrackReceiver, readable: list[socket.socket], now_s: float
    ) -> Iterator[Received]:
        assert self._datagrams is not None
        reports = self._datagrams[1]
        for one in self._datagrams:
            for _ in range(_DATAGRAMS if one in readable else 0):
                try:
                    data = one.recv(65_536, socket.MSG_DONTWAIT)
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

    def _kept_alive(self, answered: message.Response) -> None:
        if answered.status in {405, 501, 551}:
            self._options_only = True  # not every camera knows GET_PARAMETER
        elif answered.status == 454:
            raise SourceFault("unreachable", "the camera ended the session")
        elif answered.status == 401:
            self._credentials.challenged(answered.all("www-authenticate"))

    def _report(self, track: TrackReceiver, now_s: float) -> None:
        data = track.receiver_report(now_s)
        if data is None:
            return
        if self._datagrams is not None:
            with suppress(OSError):
                self._datagrams[1].send(data)
        else:
            self._socket.settimeout(ANSWER_S)
            self._socket.sendall(b"$" + bytes([self._channels[1]]) + len(data).to_bytes(2) + data)

    # -- the end ---------------------------------------------------------------------------------

    def close(self) -> None:
        """TEARDOWN, where there is a session, and no waiting for more than a moment."""
        with suppress(OSError, ValueError):
            if self._id is not None:
                self._socket.settimeout(_FAREWELL_S)
                headers = (*self._credentials.header("TEARDOWN", self._aggregate), ("Session", self._id))
                self._socket.sendall(message.request("TEARDOWN", self._aggregate, self._cseq + 1, headers))
        self._socket.close()
        for one in self._datagrams or ():
            one.close()


def _connected(address: Address, dialer: Dialer, tls: ssl.SSLContext | None) -> socket.socket:
    plain = dialer.stream()
    if not address.encrypted:
        return plain
    if tls is None:
        plain.close()
        raise SourceFault("protocol", "no certificates are known here")
    try:
        plain.settimeout(ANSWER_S)
        return tls.wrap_socket(plain, server_hostname=address.host)
    except ssl.SSLCertVerificationError as error:
        plain.close()
        raise SourceFault("protocol", "the camera's certificate is not trusted") from error
    except (OSError, ValueError):
        plain.close()
        raise


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


def _timeout_s(parameters: str) -> float:
    for parameter in parameters.split(";"):
        name, _, value = parameter.strip().partition("=")
        if name.lower() == "timeout" and value.isascii() and value.isdigit() and len(value) < 7:
            return float(min(max(int(value), 4), 3_600))
    return TIMEOUT_S


def _pair(transport: str, name: str, default: tuple[int, int] | None) -> tuple[int, int]:
    """Two numbers `a-b` of a Transport header; a camera may give the first alone."""
    for parameter in transport.split(";"):
        key, _, value = parameter.strip().partition("=")
        first, _, second = value.partition("-")
        if key.lower() == name and first.isascii() and first.isdigit() and len(first) <= 5:
            start = int(first)
            end = int(second) if second.isascii() and second.isdigit() and len(second) <= 5 else start + 1
            if max(start, end) <= (255 if name == "interleaved" else 65_535):
                return start, end
    if default is None:
        raise SourceFault("protocol", "the camera does not say where it sends from")
    return default


def receive(
    address: Address, dialer: Dialer, *, tls: ssl.SSLContext | None, cnonce: Callable[[], str]
) -> Generator[Received | None, None, None]:
    """A camera's access units; None at least each quarter of a second when none comes.

    Raises:
        SourceFault: why there are none.
        OSError: it is gone.
    """
    session = Session(address, dialer, tls=tls, cnonce=cnonce)
    try:
        session.begin()
        yield from session.play()
    finally:
        session.close()
