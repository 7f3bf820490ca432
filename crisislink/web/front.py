"""What the front proxy says of who calls: their address, and the certificate that they showed in TLS.

Only from the proxies that the settings name. `Client-Cert` (RFC 9440) is taken out of every request before
anything else sees it, and counts only where the settings say that the proxy makes it: one that does not would
pass on whatever a client writes there. Two of them count as none.
"""

import hashlib
import logging
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Collection
from ipaddress import IPv4Network, IPv6Network, ip_address
from urllib.parse import unquote

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

SHOWN = "crisislink.certificate"
_HEADERS = {b"client-cert", b"client-cert-chain"}
_MAX = 16_384
_log = logging.getLogger(__name__)

Network = IPv4Network | IPv6Network


def shown_by(connection: HTTPConnection) -> str | None:
    """The thumbprint (RFC 8705, section 3.1) of the certificate that the caller showed; None: none."""
    thumbprint = connection.scope.get(SHOWN)
    assert thumbprint is None or isinstance(thumbprint, str)
    return thumbprint


class Front:
    """Around the whole application, nearest to the server."""

    def __init__(self, app: ASGIApp, *, proxies: Collection[Network], certificates: bool) -> None:
        """`certificates`: these proxies make `Client-Cert` themselves, and drop the one a client sends."""
        self._proxies = tuple(proxies)
        self._certificates = certificates
        trusted = [str(network) for network in proxies]
        self._app: ASGIApp = ProxyHeadersMiddleware(app, trusted)  # type: ignore[arg-type, assignment]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take the proxy's words out of the headers, and believe them or not."""
        if scope["type"] in {"http", "websocket"}:
            said = [value for name, value in scope["headers"] if name == b"client-cert"]
            kept = [(name, value) for name, value in scope["headers"] if name not in _HEADERS]
            believed = self._certificates and len(said) == 1 and self._is_proxy(scope)
            shown = thumbprint(said[0].decode("latin1")) if believed else None
            scope = {**scope, "headers": kept, SHOWN: shown}
        await self._app(scope, receive, send)

    def _is_proxy(self, scope: Scope) -> bool:
        """Before `X-Forwarded-For` is looked at: who is at the other end of the connection itself."""
        try:
            peer = ip_address((scope.get("client") or ("",))[0])
        except ValueError:
            return False
        return any(peer in network for network in self._proxies)


def thumbprint(said: str) -> str | None:
    """SHA-256 of a certificate's DER, base64url; None where there is no certificate.

    `said`: `:base64:` (RFC 9440), or PEM, percent-encoded (nginx).
    """
    if said in {"", "::"} or len(said) > _MAX:
        return None
    try:
        if said.startswith(":") and said.endswith(":"):
            certificate = x509.load_der_x509_certificate(b64decode(said[1:-1], validate=True))
        else:
            certificate = x509.load_pem_x509_certificate(unquote(said).encode("ascii"))
    except ValueError:
        _log.info("the front proxy sends a Client-Cert that is no certificate")  # Caddy, when none was shown
        return None
    digest = hashlib.sha256(certificate.public_bytes(Encoding.DER)).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode()
