"""One GET to a camera over a connection of ours: with its password, without redirects, never waiting long.

`http.client` parses the answer; it reads from a `Wire`, not from a socket, so that every wait is ours.
"""

import http.client
import io
import ssl
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from crisislink.media.received import SourceFault
from crisislink.media.rtsp.address import Address
from crisislink.media.rtsp.auth import Credentials
from crisislink.media.rtsp.connection import LOOK_S, Connection

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

ANSWER_S = 3.0
SILENCE_S = 3.0
STOOD_STILL_S = 1.0
_ATTEMPTS = 3


class Wire(io.RawIOBase):
    """A connection as `http.client` and `io` want one.

    `goes_on` is asked before each wait; when it says no, the answer ends. Up to `headed` all of the answer
    must come within three seconds, afterwards some of it in each three.
    """

    def __init__(
        self,
        connection: Connection,
        goes_on: Callable[[], bool],
        *,
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self._connection = connection
        self._goes_on = goes_on
        self._monotonic_s = monotonic_s
        self._looked_s = monotonic_s()
        self._until_s: float | None = self._looked_s + ANSWER_S

    def headed(self) -> None:
        """The answer's head came."""
        self._until_s = None

    def readable(self) -> bool:
        """See `io.RawIOBase`."""
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        """See `io.RawIOBase`.

        Raises:
            OSError: the camera is silent, or gone; or this process stood still.
        """
        until_s = self._until_s or self._monotonic_s() + SILENCE_S
        while self._goes_on():
            before_s = self._monotonic_s()
            if before_s >= until_s:
                raise TimeoutError("the camera is silent")
            ready = self._connection.readable(min(LOOK_S, until_s - before_s))
            self._look()
            if ready and (count := self._connection.read_into(memoryview(buffer).cast("B"))) is not None:
                return count
        return 0

    def _look(self) -> None:
        """Time passes here and in whoever reads: looked at each quarter of a second, it cannot be missing."""
        before_s, self._looked_s = self._looked_s, self._monotonic_s()
        if self._looked_s - before_s > STOOD_STILL_S:
            raise ConnectionAbortedError("what waited here is of an unknown age")

    def sendall(self, data: bytes) -> None:
        """As a socket's."""
        self._connection.send(data)

    def makefile(self, mode: str) -> io.BufferedReader:
        """As a socket's: what is read through it ends with the wire."""
        assert mode == "rb", "http.client reads bytes"
        return io.BufferedReader(self, 64 << 10)

    def close(self) -> None:
        """http.client closes what it has read to the end; the connection is closed by `hang_up`."""

    def hang_up(self) -> None:
        """Idempotent."""
        self._connection.close()


def asked(
    address: Address, credentials: Credentials, wired: Callable[[], Wire]
) -> tuple[Wire, http.client.HTTPResponse]:
    """The camera's answer 200, and the wire it comes over, which the caller hangs up.

    Raises:
        SourceFault: any other answer; redirects are not followed.
        OSError: there is none.
    """
    path = address.uri.split("://", 1)[1][len(address.authority) :]
    for _ in range(_ATTEMPTS):
        wire = wired()
        try:
            response = _answer(address, path, credentials, wire)
            if response.status == 200:
                wire.headed()
                return wire, response
            if response.status != 401:
                raise _refusal(response.status)
            credentials.challenged(response.headers.get_all("www-authenticate") or [])
        except (OSError, SourceFault):  # RemoteDisconnected is both this and the next
            wire.hang_up()
            raise
        except http.client.HTTPException as error:
            wire.hang_up()
            raise SourceFault("protocol", "the camera does not speak HTTP") from error
        response.close()
        wire.hang_up()
    raise SourceFault("auth", "the camera refuses the password")


def _answer(address: Address, path: str, credentials: Credentials, wire: Wire) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection(address.host, address.port)
    connection.sock = cast("ssl.SSLSocket", wire)  # it only sends, and makes a file of it
    headers = dict(credentials.header("GET", path))
    connection.request("GET", path, headers={"User-Agent": "CrisisLink", **headers})
    return connection.getresponse()


def _refusal(status: int) -> SourceFault:
    if 300 <= status < 400:
        return SourceFault("protocol", "the camera sends us elsewhere; redirects are not followed")
    if status == 403:
        return SourceFault("auth", "the camera refuses us (403)")
    if status in {404, 410}:
        return SourceFault("not_found", f"the camera does not know this stream ({status})")
    if status == 503:
        return SourceFault("unreachable", "the camera is busy (503)")
    return SourceFault("protocol", f"the camera refuses ({status})")
