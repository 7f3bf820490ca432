"""Bytes of a stream become messages, each with the time its last byte was read. No input or output here.

Three ways in which pictures come: our WebSocket, the fragmented MP4 of the peers (one fragment a frame), and
FLV, which FFmpeg writes without holding a frame back. Nothing is decoded: that comes after the run.
"""

from dataclasses import dataclass
from typing import Protocol

_TEXT, _BINARY, _CLOSE, _PING, _PONG = 0x1, 0x2, 0x8, 0x9, 0xA


@dataclass(frozen=True, slots=True)
class Arrival:
    """One message, whole. `at_ns`: CLOCK_MONOTONIC when its last byte had been read."""

    at_ns: int
    data: bytes


class Splitter(Protocol):
    """Takes bytes as they come, gives what is whole."""

    def feed(self, data: bytes, at_ns: int) -> list[Arrival]:
        """What these bytes completed.

        Raises:
            ValueError: they are not of this format.
        """
        ...


class WebSocketFrames:
    """The server's side of RFC 6455: unmasked, whole frames. `closed`: the status code of its close."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self.closed: int | None = None
        self._pings: list[bytes] = []

    def feed(self, data: bytes, at_ns: int) -> list[Arrival]:
        """See `Splitter`."""
        self._buffer += data
        found: list[Arrival] = []
        while (size := self._whole()) is not None:
            start, end = size
            self._take(self._buffer[0] & 0x0F, bytes(self._buffer[start:end]), at_ns, found)
            del self._buffer[:end]
        return found

    def _whole(self) -> tuple[int, int] | None:
        """Where the payload of the first frame begins and ends, when all of it is there."""
        buffer = self._buffer
        if len(buffer) < 2:
            return None
        start, length = 2, buffer[1]
        if length & 0x80 or not buffer[0] & 0x80:
            raise ValueError("a masked or fragmented frame")
        if length >= 126:
            start = 4 if length == 126 else 10
            if len(buffer) < start:
                return None
            length = int.from_bytes(buffer[2:start])
        return (start, start + length) if len(buffer) >= start + length else None

    def _take(self, opcode: int, payload: bytes, at_ns: int, found: list[Arrival]) -> None:
        if opcode in {_TEXT, _BINARY}:
            found.append(Arrival(at_ns, payload))
        elif opcode == _CLOSE:
            self.closed = int.from_bytes(payload[:2]) if len(payload) >= 2 else 1005
        elif opcode == _PING:
            self._pings.append(payload)

    def pongs(self) -> bytes:
        """What answers the pings since the last call; the mask is zero."""
        answers = b"".join(bytes((0x80 | _PONG, 0x80 | len(p))) + bytes(4) + p for p in self._pings)
        self._pings.clear()
        return answers


class Fragments:
    """ISO 14496-12: `head` holds what comes before the first fragment; an arrival is one `moof` + `mdat`."""

    def __init__(self) -> None:
        self.head = b""
        self._buffer = bytearray()
        self._pending = b""

    def feed(self, data: bytes, at_ns: int) -> list[Arrival]:
        """See `Splitter`."""
        self._buffer += data
        found: list[Arrival] = []
        while (size := self._box()) is not None:
            kind, box = bytes(self._buffer[4:8]), bytes(self._buffer[:size])
            del self._buffer[:size]
            if kind == b"moof":
                self._pending = box
            elif kind == b"mdat" and self._pending:
                found.append(Arrival(at_ns, self._pending + box))
                self._pending = b""
            elif kind in {b"ftyp", b"moov"}:
                self.head += box
        return found

    def _box(self) -> int | None:
        if len(self._buffer) < 8:
            return None
        size = int.from_bytes(self._buffer[:4])
        if size < 8:
            raise ValueError("a box without a length")
        return size if len(self._buffer) >= size else None


class FlvTags:
    """Adobe FLV 10.1: `head` holds what comes before the first picture; an arrival is one video tag."""

    _HEAD, _TAG, _VIDEO = 13, 11, 9

    def __init__(self) -> None:
        self.head = b""
        self._buffer = bytearray()

    def feed(self, data: bytes, at_ns: int) -> list[Arrival]:
        """See `Splitter`."""
        self._buffer += data
        found: list[Arrival] = []
        if not self.head:
            if len(self._buffer) < self._HEAD:
                return found
            if self._buffer[:3] != b"FLV":
                raise ValueError("no FLV")
            self.head = bytes(self._buffer[: self._HEAD])
            del self._buffer[: self._HEAD]
        while len(self._buffer) >= self._TAG:
            size = self._TAG + int.from_bytes(self._buffer[1:4]) + 4
            if len(self._buffer) < size:
                break
            tag = bytes(self._buffer[:size])
            del self._buffer[:size]
            if tag[0] == self._VIDEO and tag[self._TAG + 1] == 1:  # AVC NALU; 0 is the configuration
                found.append(Arrival(at_ns, tag))
            else:
                self.head += tag
        return found
