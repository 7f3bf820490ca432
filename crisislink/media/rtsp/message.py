"""Bytes from a camera to what they mean, and our requests to bytes (RFC 2326). Pure; bounded.

A connection carries responses, requests of the camera, and interleaved packets (`$`, channel, length), in any
cut. Cameras differ: bare LF and lower-case names are taken.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from crisislink.media.received import SourceFault

HEAD_MAX = 64 << 10
BODY_MAX = 64 << 10
_HEADERS_MAX = 200
_DOLLAR = 0x24


@dataclass(frozen=True, slots=True)
class Response:
    """An answer; header names in lower case. Repeated headers are kept in order."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        """The first of this name (lower case)."""
        return next((value for key, value in self.headers if key == name), None)

    def all(self, name: str) -> list[str]:
        """All of this name."""
        return [value for key, value in self.headers if key == name]


@dataclass(frozen=True, slots=True)
class CameraRequest:
    """The camera asks something, as some do to see whether we live."""

    method: str
    cseq: str


@dataclass(frozen=True, slots=True)
class Packet:
    """An interleaved packet."""

    channel: int
    data: memoryview


@dataclass(frozen=True, slots=True)
class Nothing:
    """Empty lines between messages."""


Heard = Response | CameraRequest | Packet | Nothing


class Reader:
    """Feed it what was read; take what is whole."""

    def __init__(self) -> None:
        self._read = bytearray()

    def feed(self, data: bytes | memoryview) -> Iterator[Heard]:
        """All that is whole now. Packets are views that hold until the next call's end.

        Raises:
            SourceFault: this is no RTSP, or more of it than any camera says.
        """
        if not self._read:
            # Mostly a read ends within a packet: only its rest is kept.
            held: bytes | bytearray | memoryview = data
        else:
            held = b"".join((self._read, data))
        view, at = memoryview(held), 0
        while at < len(view):
            found = _interleaved(view, at) if view[at] == _DOLLAR else _text(view, at)
            if found is None:
                break
            heard, at = found
            yield heard
        self._read = bytearray(view[at:])


def _interleaved(view: memoryview, at: int) -> tuple[Packet, int] | None:
    if len(view) < at + 4:
        return None
    end = at + 4 + (view[at + 2] << 8 | view[at + 3])
    return None if len(view) < end else (Packet(view[at + 1], view[at + 4 : end]), end)


def _text(view: memoryview, at: int) -> tuple[Heard, int] | None:
    if view[at] in b"\r\n":  # between messages some cameras leave empty lines
        end = at + 1
        while end < len(view) and view[end] in b"\r\n":
            end += 1
        return Nothing(), end
    if not (65 <= view[at] <= 90 or 97 <= view[at] <= 122):
        raise SourceFault("protocol", "the camera does not speak RTSP")
    head = bytes(view[at : at + HEAD_MAX])
    size, gap = _end_of_head(head)
    if size < 0:
        if len(head) == HEAD_MAX:
            raise SourceFault("protocol", "the camera's answer has no end")
        return None
    lines = head[:size].decode("latin-1").splitlines()
    headers = _headers(lines[1:])
    length = _length(headers)
    end = at + size + gap + length
    if len(view) < end:
        return None
    return _heard(lines[0], headers, bytes(view[end - length : end])), end


def _end_of_head(head: bytes) -> tuple[int, int]:
    """Where the head ends and how long the empty line after it is; -1 when it is not whole."""
    ends = [(at, gap) for gap, mark in ((4, b"\r\n\r\n"), (2, b"\n\n")) if (at := head.find(mark)) >= 0]
    return min(ends) if ends else (-1, 0)


def _headers(lines: list[str]) -> tuple[tuple[str, str], ...]:
    if len(lines) > _HEADERS_MAX:
        raise SourceFault("protocol", "the camera's answer has too many headers")
    pairs = (line.partition(":") for line in lines)
    return tuple((name.strip().lower(), value.strip()) for name, _, value in pairs)


def _length(headers: tuple[tuple[str, str], ...]) -> int:
    given = next((value for name, value in headers if name == "content-length"), "0")
    if not (given.isascii() and given.isdigit()) or len(given) > 9 or int(given) > BODY_MAX:
        raise SourceFault("protocol", "the camera's answer has no fit length")
    return int(given)


def _heard(first: str, headers: tuple[tuple[str, str], ...], body: bytes) -> Heard:
    words = first.split(None, 2)
    if words and words[0].upper().startswith("RTSP/"):
        if len(words) < 2 or not (words[1].isascii() and words[1].isdigit() and len(words[1]) == 3):
            raise SourceFault("protocol", "the camera's answer has no status")
        return Response(int(words[1]), headers, body)
    if len(words) == 3 and words[2].upper().startswith("RTSP/"):
        cseq = next((value for name, value in headers if name == "cseq"), "0")
        return CameraRequest(words[0].upper(), cseq if cseq.isascii() and cseq.isdigit() else "0")
    raise SourceFault("protocol", "the camera does not speak RTSP")


def request(method: str, uri: str, cseq: int, headers: tuple[tuple[str, str], ...]) -> bytes:
    """Our request as it travels."""
    lines = [f"{method} {uri} RTSP/1.0", f"CSeq: {cseq}", "User-Agent: CrisisLink"]
    lines += [f"{name}: {value}" for name, value in headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def answer(asked: CameraRequest) -> bytes:
    """What a camera that asks is told: fine, or not known."""
    known = asked.method in {"OPTIONS", "GET_PARAMETER", "SET_PARAMETER"}
    status = "200 OK" if known else "501 Not Implemented"
    return f"RTSP/1.0 {status}\r\nCSeq: {asked.cseq}\r\n\r\n".encode()
