"""A connection to a camera, plain or TLS, that waits no longer than it is told to; for RTSP and for HTTP."""

import select
import socket
import ssl
from typing import Self

from crisislink.media.dialing import Dialer
from crisislink.media.received import SourceFault
from crisislink.media.rtsp.address import Address

LOOK_S = 0.25  # nobody who reads from a camera waits longer before looking whether to stop
SEND_S = 3.0  # for what we say: a camera that does not take a few hundred bytes is gone


class Connection:
    """Reads never wait; `readable` does, for as long as it is told."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        connected.settimeout(0)

    @classmethod
    def open(cls, address: Address, dialer: Dialer, tls: ssl.SSLContext | None) -> Self:
        """Dial, and begin TLS where the address asks for it: the certificate must be the host's.

        Raises:
            SourceFault: the certificate is not trusted.
            OSError: there is no connection to be had.
        """
        if address.encrypted and tls is None:
            raise SourceFault("protocol", "no certificates are known here")
        plain = dialer.stream()
        if tls is None or not address.encrypted:
            return cls(plain)
        try:
            plain.settimeout(SEND_S)
            return cls(tls.wrap_socket(plain, server_hostname=address.host))
        except ssl.SSLCertVerificationError as error:
            plain.close()
            raise SourceFault("protocol", "the camera's certificate is not trusted") from error
        except (OSError, ValueError):
            plain.close()
            raise

    @property
    def line(self) -> socket.socket:
        """To tell it from others in the answer of `readable`."""
        return self._socket

    def readable(self, wait_s: float, *others: socket.socket) -> list[socket.socket]:
        """Which of this and `others` have something; after `wait_s` at the latest, none."""
        if isinstance(self._socket, ssl.SSLSocket) and self._socket.pending():
            wait_s = 0.0
        by_number = {one.fileno(): one for one in (self._socket, *others)}
        poll = select.poll()  # not select(): descriptors may be above 1023
        for number in by_number:
            poll.register(number, select.POLLIN)
        found = [by_number[number] for number, _ in poll.poll(wait_s * 1000)]
        if isinstance(self._socket, ssl.SSLSocket) and self._socket.pending() and self._socket not in found:
            found.append(self._socket)
        return found

    def read_into(self, buffer: bytearray | memoryview) -> int | None:
        """How many bytes came: 0 at the end, None when there are none yet (or half a TLS record).

        Raises:
            OSError: the connection is lost.
        """
        try:
            return self._socket.recv_into(buffer)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return None

    def send(self, data: bytes, *, within_s: float = SEND_S) -> None:
        """All of it.

        Raises:
            OSError: the camera does not take it in time.
        """
        self._socket.settimeout(within_s)
        try:
            self._socket.sendall(data)
        finally:
            self._socket.settimeout(0)

    def close(self) -> None:
        """Idempotent."""
        self._socket.close()
