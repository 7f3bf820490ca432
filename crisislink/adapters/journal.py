"""Forced cuts that wait for the store: a file of JSON lines, on disk (fsync) before anybody is told.

    {"cut": {...}}      it was ordered
    {"settled": "id"}   it is in the register

A line that a crash left unfinished is no line. When nothing waits any more the file is empty.
"""

import json
import logging
import os
from collections.abc import Sequence
from pathlib import Path

from pydantic import TypeAdapter

from crisislink.flow.ports import ForcedCut

_CUT: TypeAdapter[ForcedCut] = TypeAdapter(ForcedCut)
_log = logging.getLogger(__name__)


class FileJournal:
    """`flow.ports.Journal` in one file, of one process."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._pending: dict[str, ForcedCut] = {cut.id: cut for cut in _read(path)}

    def note(self, cut: ForcedCut) -> None:
        """See `flow.ports.Journal`."""
        self._pending[cut.id] = cut  # holds here whatever the disk says
        self._append({"cut": _CUT.dump_python(cut, mode="json")})

    def settle(self, cut: ForcedCut) -> None:
        """See `flow.ports.Journal`."""
        self._pending.pop(cut.id, None)
        try:
            self._append({"settled": cut.id}, empty=not self._pending)
        except OSError:
            # At the next start it is recorded again, which changes nothing: what has ended stays as it is.
            _log.warning("the journal of forced cuts could not be written", exc_info=True)

    def pending(self) -> Sequence[ForcedCut]:
        """See `flow.ports.Journal`."""
        return tuple(self._pending.values())

    def _append(self, line: dict[str, object], *, empty: bool = False) -> None:
        flags = os.O_WRONLY | os.O_CREAT | (os.O_TRUNC if empty else os.O_APPEND)
        descriptor = os.open(self._path, flags, 0o600)
        try:
            if not empty:
                os.write(descriptor, b"\n" + json.dumps(line).encode() + b"\n")
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _read(path: Path) -> list[ForcedCut]:
    if not path.exists():
        return []
    waiting: dict[str, ForcedCut] = {}
    for text in path.read_text(errors="replace").splitlines():
        if not text.strip():
            continue
        try:
            line = json.loads(text)
            if "cut" in line:
                cut = _CUT.validate_python(line["cut"], strict=False)
                waiting[cut.id] = cut
            else:
                waiting.pop(line["settled"], None)
        except (ValueError, KeyError, TypeError):
            _log.error("the journal of forced cuts holds a line that is none", extra={"count": len(text)})
    return list(waiting.values())
