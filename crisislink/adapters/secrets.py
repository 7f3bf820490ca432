"""Sealing of camera addresses: envelope encryption under a key that is not in the database.

    version (1 byte) ‖ key id (8) ‖ nonce ‖ data key, sealed by the key ‖ nonce ‖ address, sealed by that

AES-256-GCM twice; the camera's id is additional data of both. A row copied to another camera does not open,
nor does a copy of the database without the key. A change of key seals the data keys anew, no address opens.
"""

import hashlib
import json
import os
from collections.abc import Callable, Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from crisislink.core.errors import Unavailable
from crisislink.core.ids import CameraId
from crisislink.flow.ports import CameraSource, CameraUrl

_VERSION = b"\x01"
_ID_BYTES, _NONCE_BYTES, _KEY_BYTES, _TAG_BYTES = 8, 12, 32, 16
_ID_END = len(_VERSION) + _ID_BYTES
_KEY_END = _ID_END + _NONCE_BYTES + _KEY_BYTES + _TAG_BYTES


class CameraVault:
    """Seals by the first of `keys`, opens by any. `reread`: looks them up again, for they may change."""

    def __init__(self, *keys: bytes, reread: Callable[[], Sequence[bytes]] | None = None) -> None:
        self._reread = reread
        self._take(keys)

    def _take(self, keys: Sequence[bytes]) -> None:
        derived = [_derived(key) for key in keys]
        self._current = key_id(keys[0])
        self._keys = {key_id(key): AESGCM(one) for key, one in zip(keys, derived, strict=True)}

    @property
    def current(self) -> str:
        """The id of the key that seals; gives nothing of it away."""
        return self._current.hex()

    def seal(self, source: CameraSource) -> bytes:
        """As the store keeps it. By the key that seals now, whenever this process began."""
        if self._reread is not None:
            self._take(self._reread())
        sub = None if source.sub is None else source.sub.reveal()
        text = json.dumps({"main": source.main.reveal(), "sub": sub}).encode()
        data_key = AESGCM.generate_key(bit_length=8 * _KEY_BYTES)
        return self._wrapped(source.camera, data_key) + _closed(AESGCM(data_key), text, source.camera)

    def open(self, camera: CameraId, sealed: bytes) -> CameraSource:
        """The source of `camera`.

        Raises:
            Unavailable: sealed under another key, for another camera, or damaged.
        """
        text = _opened(AESGCM(self._data_key(camera, sealed)), sealed[_KEY_END:], camera)
        raw = json.loads(text)
        return CameraSource(
            camera=camera,
            main=CameraUrl(raw["main"]),
            sub=None if raw["sub"] is None else CameraUrl(raw["sub"]),
        )

    def anew(self, camera: CameraId, sealed: bytes) -> bytes:
        """The same, under the key that seals now; the address stays closed.

        Raises:
            Unavailable: as `open`.
        """
        return self._wrapped(camera, self._data_key(camera, sealed)) + sealed[_KEY_END:]

    def sealed_by_another(self, sealed: bytes) -> bool:
        """Whether it needs a key that seals no more."""
        return sealed[len(_VERSION) : _ID_END] != self._current

    def _wrapped(self, camera: CameraId, data_key: bytes) -> bytes:
        return _VERSION + self._current + _closed(self._keys[self._current], data_key, camera)

    def _data_key(self, camera: CameraId, sealed: bytes) -> bytes:
        by = sealed[len(_VERSION) : _ID_END]
        if by not in self._keys and self._reread is not None:
            self._take(self._reread())  # the key was changed since this process began
        if not sealed.startswith(_VERSION) or by not in self._keys:
            raise Unavailable
        return _opened(self._keys[by], sealed[_ID_END:_KEY_END], camera)


def key_id(key: bytes) -> bytes:
    """What names a key where it sealed something."""
    return hashlib.sha256(b"crisislink key id" + key).digest()[:_ID_BYTES]


def _derived(key: bytes) -> bytes:
    return HKDF(hashes.SHA256(), _KEY_BYTES, salt=None, info=b"crisislink camera addresses").derive(key)


def _closed(cipher: AESGCM, plain: bytes, camera: CameraId) -> bytes:
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + cipher.encrypt(nonce, plain, _VERSION + camera.encode())


def _opened(cipher: AESGCM, sealed: bytes, camera: CameraId) -> bytes:
    try:
        return cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], _VERSION + camera.encode())
    except (InvalidTag, ValueError) as error:
        raise Unavailable from error
