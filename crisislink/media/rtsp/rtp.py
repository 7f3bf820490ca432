"""RTP packets (RFC 3550) in order, and what is missing between them. Pure.

TCP keeps the order; UDP does not: there a packet that comes early waits for the missing ones, at most 64
packets or 50 ms, and what is still missing then is lost.
"""

from collections.abc import Iterator
from dataclasses import dataclass

REORDER_MAX = 64
REORDER_S = 0.050
_FAR = 3_000  # a jump of more sequence numbers than this is a stream that began anew


@dataclass(frozen=True, slots=True)
class RtpPacket:
    """One packet. `time`: 32-bit media clock. `lost`: packets before it that never came (0: none)."""

    sequence: int
    time: int
    ssrc: int
    marker: bool
    payload: bytes
    arrived_s: float
    lost: int = 0


def parse(data: bytes | memoryview, payload_type: int, arrived_s: float) -> RtpPacket | None:
    """The packet in `data`; None for what is none of this track: another type, or malformed."""
    if len(data) < 12 or data[0] >> 6 != 2 or data[1] & 0x7F != payload_type:
        return None
    start, end = 12 + 4 * (data[0] & 15), len(data)
    if data[0] & 0x10:
        if end < start + 4:
            return None
        start += 4 + 4 * (data[start + 2] << 8 | data[start + 3])
    if data[0] & 0x20:
        end -= data[end - 1]
    if end <= start:
        return None
    return RtpPacket(
        data[2] << 8 | data[3],
        int.from_bytes(data[4:8]),
        int.from_bytes(data[8:12]),
        bool(data[1] & 0x80),
        bytes(data[start:end]),
        arrived_s,
    )


class Sequence:
    """Puts packets in order and counts what is lost. One for each connection."""

    def __init__(self, *, reorder: bool) -> None:
        self._wait_s = REORDER_S if reorder else 0.0
        self._next: int | None = None
        self._waiting: dict[int, RtpPacket] = {}
        self.ssrc: int | None = None
        self.received = 0
        self.lost = 0
        self.highest = 0  # extended: with the turns of the 16 bits

    def add(self, packet: RtpPacket) -> Iterator[RtpPacket]:
        """All that is in order now; each with what was lost before it."""
        if self.ssrc is None or packet.ssrc != self.ssrc:
            yield from self.drain(force=True)
            another = self.ssrc is not None
            self.ssrc, self._next = packet.ssrc, None
            if another:  # what it sent before us is not known
                self.received += 1
                self.lost += 1
                self.highest = packet.sequence
                self._next = (packet.sequence + 1) & 0xFFFF
                yield _after(packet, 1)
                return
        self.received += 1
        if self._next is None:
            self._next = packet.sequence
            self.highest = packet.sequence
        ahead = (packet.sequence - self._next) & 0xFFFF
        if ahead >= 0x8000:
            behind = 0x10000 - ahead
            if behind <= _FAR:
                return  # a double, or too late: what it belongs to went on without it
            ahead = _FAR + 1
        if ahead > _FAR:
            yield from self._restart(packet)
            return
        self._waiting.setdefault(packet.sequence, packet)
        yield from self.drain(now_s=packet.arrived_s)

    def _restart(self, packet: RtpPacket) -> Iterator[RtpPacket]:
        yield from self.drain(force=True)
        self.lost += 1
        self._go_on(packet.sequence)
        yield _after(packet, 1)

    def drain(self, *, now_s: float = 0.0, force: bool = False) -> Iterator[RtpPacket]:
        """What is in order; and, when it waited long enough, what is behind a hole."""
        while self._waiting and self._next is not None:
            packet = self._waiting.pop(self._next, None)
            lost = 0
            if packet is None:
                if not (force or self._give_up(now_s)):
                    return
                nearest = min(self._waiting, key=lambda s: (s - (self._next or 0)) & 0xFFFF)
                lost = (nearest - self._next) & 0xFFFF
                packet = self._waiting.pop(nearest)
            self.lost += lost
            self._go_on(packet.sequence)
            yield _after(packet, lost) if lost else packet

    def _give_up(self, now_s: float) -> bool:
        oldest_s = next(iter(self._waiting.values())).arrived_s
        return self._wait_s == 0 or len(self._waiting) >= REORDER_MAX or now_s >= oldest_s + self._wait_s

    def _go_on(self, sequence: int) -> None:
        self.highest += (sequence - self.highest) & 0xFFFF
        self._next = (sequence + 1) & 0xFFFF

    @property
    def wait_until_s(self) -> float | None:
        """When what waits behind a hole has waited long enough; None when nothing does."""
        if not self._waiting:
            return None
        return next(iter(self._waiting.values())).arrived_s + self._wait_s


def _after(packet: RtpPacket, lost: int) -> RtpPacket:
    return RtpPacket(
        packet.sequence, packet.time, packet.ssrc, packet.marker, packet.payload, packet.arrived_s, lost
    )
