"""Who we are to a camera: Digest (RFC 7616: MD5, SHA-256, with and without qop) or Basic (RFC 7617). Pure.

The strongest scheme offered is used. What is wrong once is not tried again: cameras lock accounts.
"""

import base64
import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from crisislink.media.received import SourceFault
from crisislink.media.rtsp.address import Address

_PARAMETER = re.compile(r'([A-Za-z0-9_-]{1,40})\s*=\s*(?:"((?:[^"\\]|\\.){0,2000})"|([^\s,"]{0,2000}))')
_CHALLENGES_MAX = 10
_HASHES: dict[str, Callable[[bytes], "hashlib._Hash"]] = {
    "MD5": lambda data: hashlib.md5(data, usedforsecurity=False),
    "SHA-256": hashlib.sha256,
}


@dataclass(frozen=True, slots=True)
class _Digest:
    realm: str
    nonce: str
    opaque: str | None
    qop: bool
    algorithm: str
    stale: bool


class Credentials:
    """Answers challenges for one address. `cnonce` is 16 hex digits of the caller's randomness."""

    def __init__(self, address: Address, *, cnonce: Callable[[], str]) -> None:
        self._address = address
        self._cnonce = cnonce
        self._digest: _Digest | None = None
        self._basic = False
        self._count = 0
        self._proven = False

    def accepted(self) -> None:
        """The camera took the password: a later challenge only means that its nonce grew old."""
        self._proven = self._digest is not None

    def challenged(self, challenges: Sequence[str]) -> None:
        """Take a 401's WWW-Authenticate headers.

        Raises:
            SourceFault: there is no password, it was refused already, or no scheme is known.
        """
        if self._address.user is None:
            raise SourceFault("auth", "the camera asks for a password")
        offered = [c for c in challenges[:_CHALLENGES_MAX] if len(c) <= 8_000]
        digests = [d for c in offered if (d := _digest(c)) is not None]
        best = max(digests, key=lambda d: d.algorithm == "SHA-256", default=None)
        if best is not None and (self._digest is None or best.stale or self._proven):
            if self._digest is not None and best.nonce == self._digest.nonce:
                raise SourceFault("auth", "the camera refuses the password")
            self._digest, self._count, self._proven = best, 0, False
        elif best is None and not self._basic and any(c[:6].lower() == "basic " for c in offered):
            self._basic = True
        elif best is None and not self._basic:
            raise SourceFault("auth", "the camera asks for a kind of password that is not known")
        else:
            raise SourceFault("auth", "the camera refuses the password")

    def header(self, method: str, uri: str) -> tuple[tuple[str, str], ...]:
        """What a request carries; nothing before the camera asked."""
        user, password = self._address.user or "", self._address.password
        if self._digest is not None:
            return (("Authorization", self._digested(self._digest, method, uri, user, password)),)
        if self._basic:
            token = base64.b64encode(f"{user}:{password}".encode()).decode()
            return (("Authorization", f"Basic {token}"),)
        return ()

    def _digested(self, digest: _Digest, method: str, uri: str, user: str, password: str) -> str:
        def hashed(text: str) -> str:
            return _HASHES[digest.algorithm](text.encode()).hexdigest()

        secret = hashed(f"{user}:{digest.realm}:{password}")
        asked = hashed(f"{method}:{uri}")
        fields = [("username", user), ("realm", digest.realm), ("nonce", digest.nonce), ("uri", uri)]
        plain: list[tuple[str, str]] = []
        if digest.qop:
            self._count += 1
            count, cnonce = f"{self._count:08x}", self._cnonce()
            response = hashed(f"{secret}:{digest.nonce}:{count}:{cnonce}:auth:{asked}")
            fields.append(("cnonce", cnonce))
            plain += [("qop", "auth"), ("nc", count)]
        else:
            response = hashed(f"{secret}:{digest.nonce}:{asked}")
        fields.append(("response", response))
        if digest.opaque is not None:
            fields.append(("opaque", digest.opaque))
        if digest.algorithm != "MD5":
            plain.append(("algorithm", digest.algorithm))
        said = [f'{name}="{_escaped(value)}"' for name, value in fields] + [f"{n}={v}" for n, v in plain]
        return "Digest " + ", ".join(said)


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')


def _digest(challenge: str) -> _Digest | None:
    if challenge[:7].lower() != "digest ":
        return None
    given = {
        name.lower(): re.sub(r"\\(.)", r"\1", quoted) if quoted else bare
        for name, quoted, bare in _PARAMETER.findall(challenge[7:])
    }
    algorithm = given.get("algorithm", "MD5").upper()
    qops = [q.strip().lower() for q in given.get("qop", "").split(",") if q.strip()]
    if algorithm not in _HASHES or "nonce" not in given or (qops and "auth" not in qops):
        return None
    return _Digest(
        realm=given.get("realm", ""),
        nonce=given["nonce"],
        opaque=given.get("opaque"),
        qop="auth" in qops,
        algorithm=algorithm,
        stale=given.get("stale", "").lower() == "true",
    )
