"""Sealing of camera addresses: AES-256-GCM under a key that is not in the database.

A row copied to another camera does not open (the camera id is the additional data), nor does a copy of the
database without the key file.
"""

import json
import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from crisislink.core.errors import Unavailable
from crisislink.core.ids import CameraId
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


class CameraVault:
    """Seals and opens where a camera's pictures come from."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, source: CameraSource) -> bytes:
        """Nonce ‖ ciphertext ‖ tag."""
        sub = None if source.sub is None else source.sub.reveal()
        text = json.dumps({"main": source.main.reveal(), "sub": sub}).encode()
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, text, source.camera.encode())

    def open(self, camera: CameraId, sealed: bytes) -> CameraSource:
        """The source of `camera`.

        Raises:
            Unavailable: sealed under another key, for another camera, or damaged.
        """
        try:
            text = self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], camera.encode())
        except (InvalidTag, ValueError) as error:
            raise Unavailable from error
        raw = json.loads(text)
        return CameraSource(
            camera=camera,
            main=CameraUrl(raw["main"]),
            sub=None if raw["sub"] is None else CameraUrl(raw["sub"]),
        )
