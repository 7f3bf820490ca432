"""What a camera offers (SDP, RFC 8866): which track we want and how it is packed. Pure.

Only one video track is ever asked for; a microphone is never set up.
"""

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urljoin, urlsplit

from crisislink.media.received import Codec, SourceFault
from crisislink.media.rtsp.address import Address

_ENCODINGS: dict[str, Codec] = {"H264": "h264", "H265": "hevc", "HEVC": "hevc", "JPEG": "mjpeg"}
_SETS_MAX_BYTES = 64 << 10
_LINES_MAX = 2_000
_RTPMAP = re.compile(r"(\d{1,3})\s+([A-Za-z0-9.-]{1,40})/(\d{1,9})")
_PARAMETER = re.compile(r"([A-Za-z0-9-]{1,60})\s*=\s*([^;]*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """The video track. `parameter_sets`: NAL units of the SDP. `decoding_order`: H.265 packets carry DONL."""

    control: str
    codec: Codec
    payload_type: int
    clock_hz: int
    parameter_sets: tuple[bytes, ...] = ()
    decoding_order: bool = False


@dataclass(frozen=True, slots=True)
class Offer:
    """The track, and the address PLAY and TEARDOWN name."""

    track: Track
    aggregate: str


def read(text: bytes, *, base: str | None, address: Address) -> Offer:
    """The offer in a DESCRIBE answer. `base`: its Content-Base or Content-Location.

    Raises:
        SourceFault: no video, a codec that is not read, or a malformed address.
    """
    lines = [line.strip() for line in text.decode("utf-8", "replace").splitlines()[:_LINES_MAX]]
    root = _joined(address.uri, base) if base else address.uri
    session, media = _sections(lines)
    for section in media:
        if section[0].startswith("m=video "):
            track = _track(section, root, address)
            control = _value(session, "control")
            aggregate = root if control in {None, "*"} else _control(root, str(control), address)
            return Offer(track, _ours(aggregate, address))
    raise SourceFault("codec", "the camera has no video")


def _sections(lines: list[str]) -> tuple[list[str], list[list[str]]]:
    session: list[str] = []
    media: list[list[str]] = []
    for line in lines:
        if line.startswith("m="):
            media.append([line])
        elif media:
            media[-1].append(line)
        else:
            session.append(line)
    return session, media


def _value(section: list[str], name: str) -> str | None:
    head = f"a={name}:"
    return next((line[len(head) :].strip() for line in section if line.startswith(head)), None)


def _track(section: list[str], root: str, address: Address) -> Track:
    types = [word for word in section[0].split()[3:] if word.isascii() and word.isdigit()]
    maps = [m for line in section if line.startswith("a=rtpmap:") if (m := _RTPMAP.match(line[9:]))]
    known = {m[1]: m for m in maps}
    for payload_type in types:
        if payload_type == "26" and "26" not in known:
            encoding, clock_hz = "JPEG", 90_000  # static (RFC 3551)
        elif (found := known.get(payload_type)) is not None:
            encoding, clock_hz = found[2].upper(), int(found[3])
        else:
            continue
        codec = _ENCODINGS.get(encoding)
        if codec is not None and 1_000 <= clock_hz <= 1_000_000 and int(payload_type) <= 127:
            control = _value(section, "control")
            given = _parameters(section, payload_type)
            return Track(
                control=_ours(
                    root if control in {None, "*"} else _control(root, str(control), address), address
                ),
                codec=codec,
                payload_type=int(payload_type),
                clock_hz=clock_hz,
                parameter_sets=_sets(given),
                decoding_order=given.get("sprop-max-don-diff", "0") not in {"", "0"},
            )
    raise SourceFault("codec", "a codec this service does not read")


def _control(root: str, control: str, address: Address) -> str:
    """A relative control is appended, as all cameras mean it; RFC 3986 would replace the last segment."""
    if "://" in control:
        return control
    if control.startswith("/"):
        return _joined(address.uri, control)
    head, mark, query = root.partition("?")
    return f"{head.rstrip('/')}/{control}{mark}{query}"


def _joined(base: str, uri: str) -> str:
    try:
        return urljoin(base, uri)
    except ValueError as error:
        raise SourceFault("protocol", "the camera's track has a malformed address") from error


def _ours(uri: str, address: Address) -> str:
    """The URI, at the host we are connected to, whatever the camera believes its name is.

    Behind a router it does not know the name we know it by. And what we sign with its password must never
    name another host: the camera could hand our answer on to that one.

    Raises:
        SourceFault: no rtsp address.
    """
    try:
        parts = urlsplit(uri)
    except ValueError as error:
        raise SourceFault("protocol", "the camera's track has a malformed address") from error
    if parts.scheme not in {"rtsp", "rtsps", "rtspu"} or any(c <= " " for c in uri) or len(uri) > 2_000:
        raise SourceFault("protocol", "the camera's track has a malformed address")
    tail = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return f"{address.uri.partition('://')[0]}://{address.authority}{tail}"


def _parameters(section: list[str], payload_type: str) -> dict[str, str]:
    head = f"a=fmtp:{payload_type} "
    said = next((line[len(head) :] for line in section if line.startswith(head)), "")
    return {name.lower(): value.strip() for name, value in _PARAMETER.findall(said[: 2 * _SETS_MAX_BYTES])}


def _sets(given: dict[str, str]) -> tuple[bytes, ...]:
    names: tuple[Literal["sprop-vps", "sprop-sps", "sprop-pps", "sprop-parameter-sets"], ...] = (
        "sprop-vps",
        "sprop-sps",
        "sprop-pps",
        "sprop-parameter-sets",
    )
    found: list[bytes] = []
    for name in names:
        for one in filter(None, given.get(name, "").split(",")):
            try:
                found.append(base64.b64decode(one + "=" * (-len(one) % 4), validate=True))
            except (binascii.Error, ValueError):
                continue  # the stream itself will carry them
    return tuple(unit for unit in found if unit) if sum(map(len, found)) <= _SETS_MAX_BYTES else ()
