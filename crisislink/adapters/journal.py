"""Forced cuts that wait for the store: a file of JSON lines, on disk (fsync) before anybody is told.

    {"cut": {...}, "own": true}   it was ordered; here, or at a process that handed it over
    {"settled": "id"}             it is in the register

A line that a crash left unfinished is no line. When nothing waits any more the file is empty. The file
belongs to one process: a second one on the same folder would settle what it never heard of.
"""

import fcntl
import json
import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from pydantic import TypeAdapter

from crisislink.flow.ports import ForcedCut

_CUT: TypeAdapter[ForcedCut] = TypeAdapter(ForcedCut)
_SETTLED_MAX = 1_000
_log = logging.getLogger(__name__)


class FileJournal:
    """`flow.ports.Journal` in one file, of one process. Its threads take turns."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._turn = Lock()
        self._pending, self._heard = _read(path)
        self._settled: dict[str, None] = {}

    def hold(self, cut: ForcedCut, *, own: bool = True) -> None:
        """See `flow.ports.Journal`."""
        if not own:
            self._heard.add(cut.id)
        self._pending[cut.id] = cut

    def note(self, cut: ForcedCut, *, own: bool = True) -> None:
        """See `flow.ports.Journal`."""
        self.hold(cut, own=own)  # whatever the disk says
        with self._turn:
            self._append({"cut": _CUT.dump_python(cut, mode="json"), "own": own})

    def settle(self, cut: ForcedCut) -> None:
        """See `flow.ports.Journal`."""
        self._settled[cut.id] = None
        while len(self._settled) > _SETTLED_MAX:
            del self._settled[next(iter(self._settled))]
        self._pending.pop(cut.id, None)
        self._heard.discard(cut.id)
        try:
            with self._turn:
                self._append({"settled": cut.id}, empty=not self._pending)
        except OSError:
            # At the next start it is recorded again, which changes nothing: what has ended stays as it is.
            _log.warning("the journal of forced cuts could not be written", exc_info=True)

    def pending(self) -> Sequence[ForcedCut]:
        """See `flow.ports.Journal`."""
        return tuple(self._pending.values())

    def own(self) -> Sequence[ForcedCut]:
        """See `flow.ports.Journal`."""
        return tuple(cut for cut in self._pending.values() if cut.id not in self._heard)

    def knows(self, cut: ForcedCut) -> bool:
        """See `flow.ports.Journal`."""
        return cut.id in self._pending or cut.id in self._settled

    def _append(self, line: dict[str, object], *, empty: bool = False) -> None:
        flags = os.O_WRONLY | os.O_CREAT | (os.O_TRUNC if empty else os.O_APPEND)
        descriptor = os.open(self._path, flags, 0o600)
        try:
            if not empty:
                _write_all(descriptor, b"\n" + json.dumps(line).encode() + b"\n")
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


class NoJournal:
    """`flow.ports.Journal` of a process that serves nobody, so that nobody can order a cut there."""

    def hold(self, cut: ForcedCut, *, own: bool = True) -> None:
        """Never."""
        raise AssertionError(f"{cut.id}, {own=}: no cut is ordered here")

    def note(self, cut: ForcedCut, *, own: bool = True) -> None:
        """Never."""
        raise AssertionError(f"{cut.id}, {own=}: no cut is ordered here")

    def settle(self, cut: ForcedCut) -> None:
        """Never."""
        raise AssertionError(f"{cut.id}: no cut is ordered here")

    def pending(self) -> Sequence[ForcedCut]:
        """None."""
        return ()

    def own(self) -> Sequence[ForcedCut]:
        """None."""
        return ()

    def knows(self, cut: ForcedCut) -> bool:
        """Never."""
        raise AssertionError(f"{cut.id}: no cut is heard of here")


class Taken(Exception):
    """Another process that serves works in the same folder."""


@contextmanager
def claimed(path: Path) -> Iterator[FileJournal]:
    """The journal at `path`, this process's alone for as long as it lives.

    Raises:
        Taken: another one has it.
    """
    descriptor = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        path.touch(0o600)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)  # the name, too, outlives a power cut
        finally:
            os.close(folder)
        yield FileJournal(path)
    except BlockingIOError as error:
        raise Taken(str(path.parent)) from error
    finally:
        os.close(descriptor)


def _write_all(descriptor: int, line: bytes) -> None:
    """A disk with a few bytes left takes those, and says nothing."""
    while line:
        line = line[os.write(descriptor, line) :]


def _read(path: Path) -> tuple[dict[str, ForcedCut], set[str]]:
    """Those that wait, by name; and the names of those that others ordered."""
    waiting: dict[str, ForcedCut] = {}
    heard: set[str] = set()
    if not path.exists():
        return waiting, heard
    for text in path.read_text(errors="replace").splitlines():
        if not text.strip():
            continue
        try:
            line = json.loads(text)
            if "cut" in line:
                cut = _CUT.validate_python(line["cut"], strict=False)
                waiting[cut.id] = cut
                if not line.get("own", True):
                    heard.add(cut.id)
            else:
                waiting.pop(line["settled"], None)
        except (ValueError, KeyError, TypeError):
            _log.error("the journal of forced cuts holds a line that is none", extra={"count": len(text)})
    return waiting, heard & waiting.keys()
