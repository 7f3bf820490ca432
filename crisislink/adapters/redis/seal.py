"""What Redis gets to see: opaque values under opaque names.

A value is bound to the name it is kept or told under, so it cannot be moved to another one. What was true a
moment ago can be repeated by whoever writes to Redis: readers carry their own bound in time.
"""

import base64
import hmac

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

LARGEST_BYTES = 65_536


class Seal:
    """`key`: the installation's. Two installations on one Redis do not see each other."""

    def __init__(self, key: bytes) -> None:
        self._fernet = Fernet(base64.urlsafe_b64encode(_derived(key, b"crisislink redis value")))
        self._naming = _derived(key, b"crisislink redis name")
        self._prefix = f"crisislink:{{{self._digest('installation')[:12]}}}"

    def name(self, kind: str, of: str | None = None) -> str:
        """The name of a channel or key. `of` (a session, an address) goes in as a keyed digest only."""
        named = f"{self._prefix}:{kind}"
        return named if of is None else f"{named}:{self._digest(of)}"

    def close(self, name: str, value: str) -> bytes:
        """The value as Redis gets it."""
        return self._fernet.encrypt(f"{name}\n{value}".encode())

    def open(self, name: str, sealed: bytes) -> str | None:
        """The value, or None: not ours, not of this name, or damaged."""
        if len(sealed) > LARGEST_BYTES:
            return None
        try:
            found, _, value = self._fernet.decrypt(sealed).decode().partition("\n")
        except InvalidToken:
            return None
        return value if found == name else None

    def _digest(self, of: str) -> str:
        return hmac.digest(self._naming, of.encode(), "sha256").hex()[:32]


def _derived(key: bytes, use: bytes) -> bytes:
    return HKDF(hashes.SHA256(), 32, salt=None, info=use).derive(key)
