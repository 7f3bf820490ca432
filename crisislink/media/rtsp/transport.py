"""What SETUP agrees on: how packets travel, and a session with the time it lives in silence. Pure.

RFC 2326, 12.37 (Session) and 12.39 (Transport). Cameras leave out what they please, and number the
channels of an interleaved stream as they like.
"""

from dataclasses import dataclass

from crisislink.media.received import SourceFault
from crisislink.media.rtsp.message import Response

TIMEOUT_S = 60.0  # of a session whose camera does not say (RFC 2326, 12.37)
_SHORTEST_S, _LONGEST_S = 4, 3_600
Two = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """`channels`: of the connection, for packets and reports. `ports`: where datagrams will come from."""

    session: str
    keep_alive_s: float
    channels: Two
    ports: Two | None


def wish(ports: Two | None) -> tuple[str, str]:
    """The header that asks for datagrams to these ports, or for packets within the connection."""
    if ports is None:
        return "Transport", "RTP/AVP/TCP;unicast;interleaved=0-1"
    return "Transport", f"RTP/AVP;unicast;client_port={ports[0]}-{ports[1]}"


def agreed(answer: Response) -> Agreement:
    """What the camera's answer to SETUP says.

    Raises:
        SourceFault: it opened no session.
    """
    session, _, rest = (answer.header("session") or "").partition(";")
    if not session.strip():
        raise SourceFault("protocol", "the camera opened no session")
    given = answer.header("transport") or ""
    return Agreement(
        session=session.strip(),
        keep_alive_s=_timeout_s(rest) / 2,
        channels=_pair(given, "interleaved", 255) or (0, 1),
        ports=_pair(given, "server_port", 65_535),
    )


def _timeout_s(parameters: str) -> float:
    for parameter in parameters.split(";"):
        name, _, value = parameter.strip().partition("=")
        if name.strip().lower() == "timeout" and _number(value.strip(), digits=6):
            return float(min(max(int(value), _SHORTEST_S), _LONGEST_S))
    return TIMEOUT_S


def _pair(transport: str, name: str, most: int) -> Two | None:
    """Two numbers `a-b`; a camera may give the first alone."""
    for parameter in transport.split(";"):
        key, _, value = parameter.strip().partition("=")
        first, _, second = value.partition("-")
        if key.lower() == name and _number(first, digits=5):
            start = int(first)
            end = int(second) if _number(second, digits=5) else start + 1
            if max(start, end) <= most:
                return start, end
    return None


def _number(text: str, *, digits: int) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= digits
