"""How packets reach one watcher: interleaved in the RTSP connection (RFC 2326 §10.12), or as datagrams.

Both are bounded: a watcher whose connection does not drain is dropped; datagrams that the socket does not
take at once are lost, as they would be on the way.
"""

import asyncio
import re
import socket
import struct
from contextlib import suppress
from typing import Protocol

from crisislink.demo.rtspmessage import RtspRequest

BACKLOG_BYTES = 1 << 20  # more unsent than this: about 5 s of video, the watcher is lost
_INTERLEAVED = re.compile(r"interleaved=(\d{1,3})-(\d{1,3})")
_CLIENT_PORT = re.compile(r"client_port=(\d{1,5})-(\d{1,5})")
_PORT_TRIES = 64


class Carrier(Protocol):
    """The way of one track to one watcher."""

    @property
    def answer(self) -> str:
        """The Transport header of the SETUP response."""

    def send(self, packets: list[bytes], report: bytes | None) -> bool:
        """RTP packets, the RTCP report before them. False: the watcher is too slow or gone."""

    def close(self) -> None:
        """Nothing is sent after this."""


class Interleaved:
    """A track inside the RTSP connection."""

    def __init__(self, transport: asyncio.WriteTransport, channel: int) -> None:
        self._transport, self._channel = transport, channel
        self.answer = f"RTP/AVP/TCP;unicast;interleaved={channel}-{channel + 1}"

    def send(self, packets: list[bytes], report: bytes | None) -> bool:
        if self._transport.is_closing() or self._transport.get_write_buffer_size() > BACKLOG_BYTES:
            return False
        parts = [] if report is None else [self._framed(report, self._channel + 1)]
        parts += [self._framed(p, self._channel) for p in packets]
        self._transport.write(b"".join(parts))
        return True

    @staticmethod
    def _framed(packet: bytes, channel: int) -> bytes:
        return struct.pack(">cBH", b"$", channel, len(packet)) + packet

    def close(self) -> None:
        """The connection is not ours to close."""


class Datagrams:
    """A track over a pair of UDP ports; only ever to the address the RTSP connection comes from."""

    def __init__(
        self,
        pair: tuple[socket.socket, socket.socket],
        host: str,
        ports: tuple[int, int],
        alive: asyncio.Event,
    ) -> None:
        self._rtp, self._rtcp = pair
        self._host, self._ports, self._alive = host, ports, alive
        own = [s.getsockname()[1] for s in pair]
        self.answer = (
            f"RTP/AVP;unicast;client_port={ports[0]}-{ports[1]};server_port={own[0]}-{own[1]};source={host}"
        )
        for sock in pair:
            asyncio.get_running_loop().add_reader(sock, self._heard, sock)

    def _heard(self, sock: socket.socket) -> None:
        """A receiver report or a hole punched in a firewall: a sign of life, if it comes from the watcher."""
        with suppress(OSError):
            _, (host, _) = sock.recvfrom(2_048)
            if host == self._host:
                self._alive.set()

    def send(self, packets: list[bytes], report: bytes | None) -> bool:
        # Sockets of our own: asyncio's datagram transport would queue without limit what the kernel refuses
        with suppress(OSError):
            if report is not None:
                self._rtcp.sendto(report, (self._host, self._ports[1]))
            for packet in packets:
                self._rtp.sendto(packet, (self._host, self._ports[0]))
        return True

    def close(self) -> None:
        for sock in (self._rtp, self._rtcp):
            asyncio.get_running_loop().remove_reader(sock)
            sock.close()


def carrier(request: RtspRequest, writer: asyncio.StreamWriter, alive: asyncio.Event) -> Carrier | None:
    """The first transport of a SETUP request that we can serve, or None."""
    for wanted in request.headers.get("transport", "").split(","):
        profile = wanted.strip().split(";")[0].upper()
        if profile == "RTP/AVP/TCP":
            found = _INTERLEAVED.search(wanted)
            first = int(found[1]) if found else 0
            if first <= 254:
                return Interleaved(writer.transport, first)
        elif profile in {"RTP/AVP", "RTP/AVP/UDP"} and "multicast" not in wanted:
            found = _CLIENT_PORT.search(wanted)
            if found and all(1024 <= int(p) < 65_536 for p in found.groups()):
                return _datagrams(writer, (int(found[1]), int(found[2])), alive)
    return None


def _datagrams(
    writer: asyncio.StreamWriter, ports: tuple[int, int], alive: asyncio.Event
) -> Datagrams | None:
    own, peer = writer.get_extra_info("sockname")[0], writer.get_extra_info("peername")[0]
    for _ in range(_PORT_TRIES):
        rtp = _bound(own, 0)
        port = rtp.getsockname()[1]
        if port % 2 == 0:  # RFC 3550 §11: RTP even, RTCP the next
            with suppress(OSError, OverflowError):
                return Datagrams((rtp, _bound(own, port + 1)), peer, ports, alive)
        rtp.close()
    return None


def _bound(host: str, port: int) -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        sock.settimeout(0)
        sock.bind((host, port))
    except OSError:
        sock.close()
        raise
    return sock
