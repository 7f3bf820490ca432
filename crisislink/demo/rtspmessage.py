"""RTSP/1.0 messages (RFC 2326) as the simulated cameras read and write them: bounded, strict, no I/O
beyond a reader.

A message that is too long, too slow or not RTSP ends the connection: cameras on a hostile network do the
same.
"""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass

HEAD_LIMIT = 8_192
_BODY_LIMIT = 4_096
_LINE = re.compile(r"([A-Z_]{3,20}) (\S{1,1024}) RTSP/1\.0")
_HEADER = re.compile(r"([A-Za-z0-9-]{1,64}):[ \t]*(.*)")
_PATH = re.compile(r"rtsps?://[^/\s]+/cam/(\d{1,6})(/sub)?(?:/(track[12]))?/?(?:\?.*)?", re.IGNORECASE)
_PHRASES = {
    200: "OK",
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    454: "Session Not Found",
    455: "Method Not Valid in This State",
    461: "Unsupported Transport",
    501: "Not Implemented",
}


class NotRtsp(Exception):
    """The peer does not speak RTSP, or not within the limits."""


@dataclass(frozen=True, slots=True)
class Target:
    """What an address names: a camera, its smaller stream or not, one track or the whole."""

    number: int
    sub: bool
    track: str | None


@dataclass(frozen=True, slots=True)
class RtspRequest:
    """One request. Header names are lower-case."""

    method: str
    url: str
    headers: Mapping[str, str]

    @property
    def cseq(self) -> int:
        """The sequence number to answer with."""
        return int(self.headers["cseq"])

    @property
    def target(self) -> Target | None:
        """The camera meant, or None for `*` and foreign paths."""
        found = _PATH.fullmatch(self.url)
        if found is None:
            return None
        return Target(int(found[1]), found[2] is not None, found[3] and found[3].lower())


async def read_request(reader: asyncio.StreamReader, *, idle_s: float, whole_s: float) -> RtspRequest:
    """The next request; interleaved data on the way (a client's receiver reports) is read and dropped.

    Raises:
        NotRtsp: malformed, or longer than the limits.
        TimeoutError: nothing for `idle_s`, or a message begun and not complete within `whole_s`.
        asyncio.IncompleteReadError: the peer hung up.
    """
    while True:
        async with asyncio.timeout(idle_s):
            first = await reader.readexactly(1)
        async with asyncio.timeout(whole_s):
            if first == b"$":
                await reader.readexactly(int.from_bytes((await reader.readexactly(3))[1:]))
            elif not first.isalpha() and first not in b"\r\n":
                raise NotRtsp("first byte")
            elif first.isalpha():
                return await _rest(first, reader)


async def _rest(first: bytes, reader: asyncio.StreamReader) -> RtspRequest:
    try:
        head = first + await reader.readuntil(b"\r\n\r\n")
    except asyncio.LimitOverrunError as error:
        raise NotRtsp("head too long") from error
    request = parse(head)
    length = request.headers.get("content-length", "0")
    if not length.isdecimal() or int(length) > _BODY_LIMIT:
        raise NotRtsp("body too long")
    await reader.readexactly(int(length))
    return request


def parse(head: bytes) -> RtspRequest:
    """A request's head, the empty line included.

    Raises:
        NotRtsp: it is none.
    """
    if len(head) > HEAD_LIMIT or not head.isascii():
        raise NotRtsp("head")
    line, *rest = head.decode("ascii").removesuffix("\r\n\r\n").split("\r\n")
    start = _LINE.fullmatch(line)
    fields = [_HEADER.fullmatch(h) for h in rest]
    if start is None:
        raise NotRtsp("request line")
    headers = {f[1].lower(): f[2].strip() for f in fields if f is not None}
    if len(headers) != len(rest) or not re.fullmatch(r"\d{1,9}", headers.get("cseq", "")):
        raise NotRtsp("headers")
    return RtspRequest(start[1], start[2], headers)


def response(request: RtspRequest, code: int, *headers: tuple[str, str], body: str = "") -> bytes:
    """The answer to `request`."""
    lines = [f"RTSP/1.0 {code} {_PHRASES[code]}", f"CSeq: {request.cseq}"]
    lines += [f"{name}: {value}" for name, value in headers]
    lines.append(f"Content-Length: {len(body.encode())}")
    return "\r\n".join([*lines, "", body]).encode()
