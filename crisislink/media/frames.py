"""The wire protocol's header: 40 bytes, big-endian, the same for every viewer of a rendition. Pure.

    0  u8   version = 1
    1  u8   type: 1 CONFIG, 2 FRAME, 3 GAP, 4 STATE, 5 CLOCK, 6 END
    2  u16  flags: 1 key, 2 discontinuity, 4 capture time from sender report, 8 estimated, 16 source stalled,
            32 damaged
    4  u32  seq: per epoch, +1 for each FRAME; a hole means loss
    8  u32  epoch: incarnation of the encoder; never falls
    12 u16  config id
    14 u16  rendition id
    16 i64  capture_us, UTC
    24 i64  encoded_us, UTC
    32 u32  ingest → encoded, µs
    36 u32  payload length

See docs/wire-protocol.md for the conversation around it.
"""

import struct
from dataclasses import dataclass
from enum import IntEnum, IntFlag

HEADER = struct.Struct(">BBHIIHHqqII")
VERSION = 1
PAYLOAD_MAX = 4 << 20
assert HEADER.size == 40


class MessageType(IntEnum):
    """What a message is."""

    CONFIG = 1
    FRAME = 2
    GAP = 3
    STATE = 4
    CLOCK = 5
    END = 6


_TYPES = frozenset(int(t) for t in MessageType)  # Python 3.11 has no `1 in MessageType`


class Flag(IntFlag):
    """What is special about it."""

    NONE = 0
    KEY = 1
    DISCONTINUITY = 2
    CAPTURE_REPORTED = 4
    CAPTURE_ESTIMATED = 8
    STALLED = 16
    DAMAGED = 32  # something of it, or of what it refers to, was lost before it came here


FLAGS = 0x3F  # all of them


class Rendition(IntEnum):
    """Which picture of a camera: the value is the wire's rendition id. What each is: `encoder.BOUNDS`."""

    FOCUS = 1
    WALL = 2
    FOCUS_LOW = 3
    WALL_LOW = 4


class BadMessage(ValueError):
    """Bytes that are no message of this protocol."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message; times in microseconds since 1970 UTC."""

    type: MessageType
    payload: bytes
    flags: Flag = Flag.NONE
    seq: int = 0
    epoch: int = 0
    config: int = 0
    rendition: int = 0
    capture_us: int = 0
    encoded_us: int = 0
    ingest_us: int = 0

    def pack(self) -> bytes:
        """Header and payload.

        Raises:
            struct.error: a field outside its width.
            BadMessage: a payload above 4 MiB.
        """
        if len(self.payload) > PAYLOAD_MAX:
            raise BadMessage("payload too large")
        header = HEADER.pack(
            VERSION,
            self.type,
            self.flags,
            self.seq,
            self.epoch,
            self.config,
            self.rendition,
            self.capture_us,
            self.encoded_us,
            self.ingest_us,
            len(self.payload),
        )
        return header + self.payload


def unpack(data: bytes) -> Message:
    """The message in `data`, which must hold exactly one.

    Raises:
        BadMessage: wrong version, type, flags or length.
    """
    if len(data) < HEADER.size:
        raise BadMessage("shorter than its header")
    version, kind, flags, seq, epoch, config, rendition, capture, encoded, ingest, length = (
        HEADER.unpack_from(data)
    )
    if version != VERSION:
        raise BadMessage(f"version {version}")
    if kind not in _TYPES or flags & ~FLAGS:
        raise BadMessage("unknown type or flag")
    if length != len(data) - HEADER.size:
        raise BadMessage("length differs from the payload")
    return Message(
        type=MessageType(kind),
        payload=bytes(data[HEADER.size :]),
        flags=Flag(flags),
        seq=seq,
        epoch=epoch,
        config=config,
        rendition=rendition,
        capture_us=capture,
        encoded_us=encoded,
        ingest_us=ingest,
    )
