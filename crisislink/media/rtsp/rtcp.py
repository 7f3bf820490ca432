"""RTCP (RFC 3550, 6): the camera's sender reports, its farewell, and the receiver reports it gets. Pure."""

import struct
from dataclasses import dataclass

_NTP_EPOCH_S = 2_208_988_800  # 1900 → 1970 (RFC 868)
_SENDER, _RECEIVER, _DESCRIPTION, _BYE = 200, 201, 202, 203
_PACKETS_MAX = 32
_CNAME = b"crisislink"


@dataclass(frozen=True, slots=True)
class SenderReport:
    """At `wall_us` (the camera's UTC) its media clock stood at `time`. `ntp_middle`: as it was said."""

    ssrc: int
    wall_us: int
    time: int
    ntp_middle: int


@dataclass(frozen=True, slots=True)
class Farewell:
    """The camera ends the stream of this sender."""

    ssrc: int


def read(data: bytes | memoryview) -> list[SenderReport | Farewell]:
    """What matters in a compound packet; what is malformed ends it."""
    found: list[SenderReport | Farewell] = []
    at = 0
    for _ in range(_PACKETS_MAX):
        if len(data) - at < 8 or data[at] >> 6 != 2:
            break
        kind, end = data[at + 1], at + 4 + 4 * (data[at + 2] << 8 | data[at + 3])
        if end > len(data):
            break
        if kind == _SENDER and end - at >= 28:
            ssrc, seconds, fraction, time = struct.unpack_from(">IIII", data, at + 4)
            wall_us = (seconds - _NTP_EPOCH_S) * 1_000_000 + (fraction * 1_000_000 >> 32)
            if seconds:  # a camera without a clock says nothing
                middle = (seconds & 0xFFFF) << 16 | fraction >> 16
                found.append(SenderReport(ssrc, wall_us, time, middle))
        elif kind == _BYE:
            found.append(Farewell(int.from_bytes(data[at + 4 : at + 8])))
        at = end
    return found


@dataclass(slots=True)
class Receiver:
    """Makes our reports: many cameras drop a client that sends none."""

    ssrc: int
    _received: int = 0
    _lost: int = 0

    def report(
        self,
        source: int,
        *,
        highest: int,
        received: int,
        lost: int,
        heard: SenderReport | None,
        delay_s: float,
    ) -> bytes:
        """A receiver report (with CNAME) on what came from `source`. `delay_s`: since `heard` came."""
        came, gone = received - self._received, lost - self._lost
        self._received, self._lost = received, lost
        share = min(255, gone * 256 // max(1, came + gone))
        block = struct.pack(
            ">IIIIII",
            source,
            share << 24 | min(lost, 0x7FFFFF),
            highest & 0xFFFF_FFFF,
            0,
            0 if heard is None else heard.ntp_middle,
            0 if heard is None else min(0xFFFF_FFFF, round(delay_s * 65_536)),
        )
        head = struct.pack(">BBHI", 0x81, _RECEIVER, 7, self.ssrc)
        item = struct.pack(">BB", 1, len(_CNAME)) + _CNAME + b"\0"
        item += b"\0" * (-len(item) % 4)
        name = struct.pack(">BBHI", 0x81, _DESCRIPTION, 1 + len(item) // 4, self.ssrc) + item
        return head + block + name
