"""The installation's key: a file outside the database, and its neighbours while it is being changed.

    key            seals, and opens
    key.next       opens: added beforehand, so that every host has it before anything is sealed by it
    key.previous   opens what is not sealed anew yet

32 random bytes each, readable by their owner only. `docs/keys.md` has the steps.
"""

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class KeyFiles:
    """`key`: the settings' `key_file`."""

    key: Path

    @property
    def next(self) -> Path:
        """Of the key that will be."""
        return self.key.with_name(f"{self.key.name}.next")

    @property
    def previous(self) -> Path:
        """Of the key that was."""
        return self.key.with_name(f"{self.key.name}.previous")

    def load(self) -> tuple[bytes, ...]:
        """The key that seals, then those that only open. The first is made when there is no file at all.

        Raises:
            ValueError: a file is not 32 bytes long.
            OSError: one cannot be read or made.
        """
        if not any(path.exists() for path in (self.key, self.next, self.previous)):
            _make(self.key)
        others = [_read(path) for path in (self.next, self.previous) if path.exists()]
        return (_read(self.key), *others)

    def add(self) -> None:
        """A new key that opens, from now on, wherever it is copied to. One that is there stays.

        Raises:
            OSError: it cannot be made.
        """
        if not self.next.exists():
            _make(self.next, like=self.key)

    def turn(self) -> None:
        """The added key seals from now on; the one that sealed opens. Complete, or as before, after a crash.

        Raises:
            ValueError: nothing was added, or an older key is still kept.
            OSError: the files cannot be moved.
        """
        if not self.next.exists():
            raise ValueError(f"{self.next}: there is none")
        if not self.previous.exists():
            os.link(self.key, self.previous)
        elif _read(self.previous) != _read(self.key):
            raise ValueError(f"{self.previous}: still kept")
        self.next.replace(self.key)
        _flush(self.key.parent)

    def drop(self) -> None:
        """Forget the key that was."""
        self.previous.unlink(missing_ok=True)
        _flush(self.key.parent)


def _read(path: Path) -> bytes:
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise ValueError(f"{path} is not a 32-byte key")
    return key


def _make(path: Path, like: Path | None = None) -> None:
    """Whole or not at all; owned as `like` is, since an administrator may make what the service must read."""
    descriptor, name = tempfile.mkstemp(prefix=f"{path.name}.", dir=path.parent)
    made = Path(name)
    with os.fdopen(descriptor, "wb") as file:
        file.write(AESGCM.generate_key(bit_length=8 * KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())
        if like is not None and (owner := like.stat()).st_uid != os.geteuid():
            os.fchown(file.fileno(), owner.st_uid, owner.st_gid)
    try:
        os.link(made, path)
    except FileExistsError:
        pass  # another process of this host was first: its key counts
    finally:
        made.unlink()
    _flush(path.parent)


def _flush(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
