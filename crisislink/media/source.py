"""A camera's access units for ever: connect, receive, and again after a loss. A thread of the worker.

RTSP is read by `media/rtsp`, HTTP by `media/httpcamera`; nothing else opens a connection, and FFmpeg none at
all. `last_s` is the thread's sign of life: the worker ends the process when it grows old.
"""

import math
import random
import secrets
import ssl
import threading
import time
from collections.abc import Callable, Generator
from contextlib import closing

from av.error import FFmpegError

from crisislink.media import httpcamera
from crisislink.media.dialing import Dialer
from crisislink.media.received import Received, SourceFault
from crisislink.media.rtsp import address as addresses
from crisislink.media.rtsp import session

BACKOFF_S = (0.25, 4.0)
LOCKOUT_S = 15.0  # a wrong password is not tried often: cameras lock accounts


def classify(error: Exception) -> SourceFault:
    """What an error of a connection means."""
    match error:
        case SourceFault():
            return error
        case TimeoutError():
            return SourceFault("unreachable", "the camera does not answer")
        case PermissionError():
            return SourceFault("not_allowed", "the camera's address is outside the networks of the settings")
        case ConnectionRefusedError():
            return SourceFault("unreachable", "nothing answers at the camera's address")
        case ssl.SSLError():
            return SourceFault("protocol", "the camera's encryption fails")
        case FFmpegError() | ValueError():
            return SourceFault("protocol", "what the camera sends is no video")
        case OSError() | EOFError():
            return SourceFault("unreachable", "the connection to the camera is lost")
        case _:
            return SourceFault("protocol", type(error).__name__)


class Source(threading.Thread):
    """Give it where to put access units and faults; both are called from this thread."""

    def __init__(
        self,
        url: str,
        dialer: Dialer,
        *,
        tls: ssl.SSLContext | None,
        on_packet: Callable[[Received], None],
        on_fault: Callable[[SourceFault], None],
    ) -> None:
        super().__init__(name="source", daemon=True)
        self._url = url
        self._dialer = dialer
        self._tls = tls
        self._on_packet = on_packet
        self._on_fault = on_fault
        self._stopping = threading.Event()
        self.last_s = time.monotonic()

    def stop(self) -> None:
        """Leave the camera, within a quarter of a second."""
        self._stopping.set()

    def run(self) -> None:
        """Until stopped: connect, receive; after a loss at once, then with growing pauses."""
        failures = 0
        while not self._stopping.is_set():
            started_s = time.monotonic()
            try:
                self._receive()
                fault = SourceFault("unreachable", "the camera ended the stream")
            except Exception as error:  # noqa: BLE001 - whatever a camera provokes, the next attempt may do
                fault = classify(error)
            if self._stopping.is_set():
                return
            self._on_fault(fault)
            failures = 0 if time.monotonic() - started_s > BACKOFF_S[1] else failures + 1
            self._pause(fault, failures)

    def _pause(self, fault: SourceFault, failures: int) -> None:
        if fault.fault == "codec":
            pause_s = math.inf  # it will not learn to speak another one: until somebody opens it anew
        elif fault.fault == "auth":
            pause_s = LOCKOUT_S
        elif failures == 0:
            pause_s = 0.0
        else:
            pause_s = min(BACKOFF_S[1], BACKOFF_S[0] * 2 ** (failures - 1))
            pause_s *= random.uniform(0.8, 1.2)  # noqa: S311 - spreads reconnects, no secret
        until_s = time.monotonic() + pause_s
        while not self._stopping.is_set() and (left_s := until_s - time.monotonic()) > 0:
            self.last_s = time.monotonic()
            self._stopping.wait(min(0.5, left_s))

    def _receive(self) -> None:
        self.last_s = time.monotonic()
        address = addresses.parse(self._url)
        with closing(self._units(address)) as units:
            for received in units:
                if not self._goes_on():
                    return
                if received is not None:
                    self._on_packet(received)

    def _units(self, address: addresses.Address) -> Generator[Received | None] | Generator[Received]:
        def cnonce() -> str:
            return secrets.token_hex(8)

        if address.scheme in addresses.RTSP_SCHEMES:
            return session.receive(address, self._dialer, tls=self._tls, cnonce=cnonce)
        return httpcamera.receive(address, self._dialer, tls=self._tls, cnonce=cnonce, goes_on=self._goes_on)

    def _goes_on(self) -> bool:
        self.last_s = time.monotonic()
        return not self._stopping.is_set()
