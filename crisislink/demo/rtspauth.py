"""Who may see a simulated camera: Basic (RFC 7617) and Digest (RFC 2069, RFC 7616 with MD5 or SHA-256).

The challenge offers what cameras in the field offer: Digest with MD5 and without `qop`, then Basic.
Answers with `qop=auth` or SHA-256 are accepted too. Nonces are the connection's own and die with it.
"""

import binascii
import hashlib
import hmac
import re
import secrets
from base64 import b64decode

from crisislink.demo.rtspmessage import RtspRequest

REALM = "CrisisLink camera"
_PARAMETER = re.compile(r'(\w+)\s*=\s*(?:"([^"]*)"|([^\s,"]+))')
_HASHES = {"MD5": "md5", "SHA-256": "sha256"}


class Gate:
    """The lock of one connection. `credentials` None: open."""

    def __init__(self, credentials: tuple[str, str] | None) -> None:
        self._credentials = credentials
        self._nonce = secrets.token_hex(16)

    @property
    def challenges(self) -> tuple[tuple[str, str], ...]:
        """Headers of a 401."""
        return (
            ("WWW-Authenticate", f'Digest realm="{REALM}", nonce="{self._nonce}", algorithm="MD5"'),
            ("WWW-Authenticate", f'Basic realm="{REALM}"'),
        )

    def admits(self, request: RtspRequest) -> bool:
        """Whether the request proves that it knows the password."""
        if self._credentials is None:
            return True
        scheme, _, rest = request.headers.get("authorization", "").partition(" ")
        match scheme.lower():
            case "basic":
                return self._basic(rest)
            case "digest":
                return self._digest(
                    request, {m[1].lower(): m[2] or m[3] or "" for m in _PARAMETER.finditer(rest)}
                )
            case _:
                return False

    def _basic(self, rest: str) -> bool:
        assert self._credentials is not None
        try:
            given = b64decode(rest, validate=True)
        except binascii.Error:
            return False
        return hmac.compare_digest(given, ":".join(self._credentials).encode())

    def _digest(self, request: RtspRequest, said: dict[str, str]) -> bool:
        assert self._credentials is not None
        algorithm = _HASHES.get(said.get("algorithm", "MD5").upper())
        user, password = self._credentials
        if algorithm is None or said.get("nonce") != self._nonce or said.get("uri") != request.url:
            return False

        def digest(*parts: str) -> str:
            return hashlib.new(algorithm, ":".join(parts).encode(), usedforsecurity=False).hexdigest()

        secret, act = digest(user, REALM, password), digest(request.method, request.url)
        match said.get("qop"):
            case None:
                wanted = digest(secret, self._nonce, act)
            case "auth":
                wanted = digest(secret, self._nonce, said.get("nc", ""), said.get("cnonce", ""), "auth", act)
            case _:
                return False
        return said.get("username") == user and hmac.compare_digest(
            said.get("response", "").encode(), wanted.encode()
        )
