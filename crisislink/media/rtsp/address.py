"""A camera's address, taken apart once: credentials and the rest never meet again in a text."""

from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import unquote, urlsplit

from crisislink.media.received import SourceFault

Transport = Literal["tcp", "udp"]
_PORTS = {"rtsp": 554, "rtspu": 554, "rtsps": 322, "http": 80, "https": 443}
RTSP_SCHEMES = frozenset({"rtsp", "rtspu", "rtsps"})


@dataclass(frozen=True, slots=True)
class Address:
    """`uri` is what a request names: no credentials, and for `rtspu` (RTP over UDP) the scheme `rtsp`."""

    scheme: str
    host: str
    port: int
    uri: str
    user: str | None = field(default=None, repr=False)
    password: str = field(default="", repr=False)

    @property
    def transport(self) -> Transport:
        """How pictures travel: inside the connection, or by UDP when the address asks for it."""
        return "udp" if self.scheme == "rtspu" else "tcp"

    @property
    def encrypted(self) -> bool:
        """Whether the connection is TLS."""
        return self.scheme in {"rtsps", "https"}

    @property
    def authority(self) -> str:
        """Host and port as a URI writes them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


def parse(url: str) -> Address:
    """Take an address apart.

    Raises:
        SourceFault: another scheme, no host, or characters that no address has.
    """
    if any(c <= " " or c == "\x7f" for c in url) or len(url) > 2_000:
        raise SourceFault("protocol", "the camera's address is malformed")
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname
    except ValueError as error:
        raise SourceFault("protocol", "the camera's address is malformed") from error
    if parts.scheme not in _PORTS:
        raise SourceFault("protocol", "only rtsp, rtspu, rtsps, http and https are read")
    if not host or port == 0:
        raise SourceFault("protocol", "the camera's address names no host")
    try:
        host.encode("ascii")
    except UnicodeEncodeError as error:
        raise SourceFault("protocol", "the camera's address is malformed") from error
    address = Address(
        scheme=parts.scheme,
        host=host,
        port=port or _PORTS[parts.scheme],
        uri="",
        user=None if parts.username is None else unquote(parts.username),
        password=unquote(parts.password or ""),
    )
    if any(c < " " or c == "\x7f" for c in (address.user or "") + address.password):
        raise SourceFault("protocol", "the camera's address is malformed")
    scheme = "rtsp" if parts.scheme == "rtspu" else parts.scheme
    tail = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    uri = f"{scheme}://{address.authority}{tail}"
    return Address(address.scheme, host, address.port, uri, address.user, address.password)
