"""Sealing of camera addresses and of what rooms said: AES-256-GCM under a key that is not in the database.

A row copied to another camera or message does not open (its id is the additional data), nor does a copy of
the database without the key file.
"""

import json
import os
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from crisislink.core.conversation import Words
from crisislink.core.errors import Unavailable
from crisislink.core.ids import CameraId, MessageId
from crisislink.flow.ports import CameraSource, CameraUrl

_NONCE_BYTES = 12


def load_key(path: Path) -> bytes:
    """The 32-byte key in `path`; made there, readable by its owner only, when it does not exist.

    Raises:
        ValueError: the file is not 32 bytes long.
    """
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        key = path.read_bytes()
    else:
        key = AESGCM.generate_key(bit_length=256)
        with os.fdopen(descriptor, "wb") as file:
            file.write(key)
            file.flush()
            os.fsync(file.fileno())
    if len(key) != 32:
        raise ValueError(f"{path} is not a 32-byte key")
    return key


class Vault:
    """Seals and opens where a camera's pictures come from, and the words of messages."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, source: CameraSource) -> bytes:
        """Nonce ‖ ciphertext ‖ tag."""
        sub = None if source.sub is None else source.sub.reveal()
        return self._seal({"main": source.main.reveal(), "sub": sub}, source.camera)

    def open(self, camera: CameraId, sealed: bytes) -> CameraSource:
        """The source of `camera`.

        Raises:
            Unavailable: sealed under another key, for another camera, or damaged.
        """
        raw = self._open(sealed, camera)
        return CameraSource(
            camera=camera,
            main=CameraUrl(raw["main"]),
            sub=None if raw["sub"] is None else CameraUrl(raw["sub"]),
        )

    def seal_words(self, message: MessageId, words: Words) -> bytes:
        """Nonce ‖ ciphertext ‖ tag."""
        return self._seal({"text": words.text, "salt": words.salt, "template": words.template}, message)

    def open_words(self, message: MessageId, sealed: bytes) -> Words:
        """The words of `message`.

        Raises:
            Unavailable: sealed under another key, for another message, or damaged.
        """
        return Words(**self._open(sealed, message))

    def _seal(self, facts: dict[str, str | None], of: str) -> bytes:
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, json.dumps(facts).encode(), of.encode())

    def _open(self, sealed: bytes, of: str) -> dict[str, Any]:
        try:
            text = self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], of.encode())
        except (InvalidTag, ValueError) as error:
            raise Unavailable from error
        facts: dict[str, Any] = json.loads(text)
        return facts
