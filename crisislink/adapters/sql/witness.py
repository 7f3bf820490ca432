"""What a process remembers, outside the database, of the last entry it saw committed there.

A database that was restored from a dump, or set back with its disk, cannot know it. Whoever wrote to it
before does: the entry remembered here is gone, or is another one. One small file, written over in place after
each commit. Who loses its last writes knows less, and says nothing wrong.
"""

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from crisislink.core.errors import Reason, Unavailable


@dataclass(frozen=True, slots=True)
class Mark:
    """Register entry `seq`, by its leaf hash, as it was in this incarnation of the authority."""

    incarnation: int
    seq: int
    leaf: bytes


class Witness:
    """A `Mark` in a file. The processes of one host may share it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def mark(self) -> Mark | None:
        """The last one noted; None where there is none that can be read.

        Raises:
            Unavailable: a file is there, and cannot be read.
        """
        try:
            incarnation, seq, leaf = self._path.read_text("ascii").split()
            return Mark(int(incarnation), int(seq), bytes.fromhex(leaf))
        except (FileNotFoundError, ValueError):
            return None
        except OSError as error:
            raise Unavailable(Reason.STORE) from error

    def note(self, mark: Mark) -> None:
        """Remember this one instead. As many bytes as ever, in one write: no reader sees half of it."""
        line = f"{mark.incarnation:020d} {mark.seq:020d} {mark.leaf.hex()}\n".encode("ascii")
        with suppress(OSError):  # a full or broken disk: the older mark still tells most
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                os.pwrite(descriptor, line, 0)
            finally:
                os.close(descriptor)
