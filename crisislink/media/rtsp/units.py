"""Packets to access units: where one ends, and which ones lost something. Pure; bounded.

A unit ends at the marker bit, or, for cameras that never set it, when the media clock goes on. What was lost
damages the unit it fell into, and all that follow until the next whole key unit, since they refer to it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from crisislink.media.received import SourceFault
from crisislink.media.rtsp.rtp import RtpPacket

UNIT_MAX_BYTES = 8 << 20


@dataclass(frozen=True, slots=True)
class Unit:
    """One access unit, or one JPEG. `time`: 32-bit media clock. `arrived_s`: its last packet's."""

    data: bytes
    key: bool
    time: int
    arrived_s: float
    damaged: bool


class Payload(Protocol):
    """One payload format: gathers the parts of one access unit."""

    def add(self, payload: bytes) -> bool:
        """One packet's payload; False when it makes no sense after the one before (a part is missing)."""
        ...

    def lose(self) -> None:
        """Packets are missing here."""
        ...

    def take(self) -> tuple[bytes, bool] | None:
        """The unit so far and whether it is a key one, and begin the next; None when there is nothing."""
        ...

    @property
    def whole(self) -> bool:
        """Nothing has begun that has not ended."""
        ...

    @property
    def size(self) -> int:
        """Bytes gathered."""
        ...


class Assembler:
    """One track's packets, in order (`rtp.Sequence`), to units."""

    def __init__(self, payload: Payload) -> None:
        self._payload = payload
        self._time: int | None = None
        self._arrived_s = 0.0
        self._unit_damaged = False
        self._chain_damaged = False

    def add(self, packet: RtpPacket) -> Iterator[Unit]:
        """The units that this packet completes.

        Raises:
            SourceFault: a unit larger than any picture.
        """
        if packet.lost:
            self._payload.lose()
            self._unit_damaged = True
        if self._time is not None and packet.time != self._time:
            yield from self._end()
            self._unit_damaged = packet.lost > 0
        self._time, self._arrived_s = packet.time, packet.arrived_s
        if not self._payload.add(packet.payload):
            self._unit_damaged = True
        if self._payload.size > UNIT_MAX_BYTES:
            raise SourceFault("protocol", "the camera sends a picture of more than 8 MiB")
        if packet.marker:
            yield from self._end()

    def _end(self) -> Iterator[Unit]:
        whole = self._payload.whole
        made, time, self._time = self._payload.take(), self._time, None
        damaged, self._unit_damaged = self._unit_damaged or not whole, False
        if damaged:
            self._chain_damaged = True
        if made is None or time is None:
            return
        data, key = made
        if key and not damaged:
            self._chain_damaged = False
        yield Unit(data, key, time, self._arrived_s, self._chain_damaged)
