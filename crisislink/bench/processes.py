"""Other processes as /proc shows them: CPU time, memory, family; and which core who runs on. Linux only.

A worker of the media node is a child of the nursery: both keep the nursery's command line (a fork does), and
whatever contains the nursery (bubblewrap) is another program.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

TICK_S = 1 / os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_PROC = Path("/proc")
_NURSERY = "crisislink.media.nursery"


class Gone(Exception):
    """The process ended."""


@dataclass(frozen=True, slots=True)
class Cores:
    """Where the system under test runs, and where sources and clients do; equal where there is one core."""

    tested: int
    clients: int

    @classmethod
    def of_machine(cls) -> "Cores":
        """The first two that this process may use."""
        usable = sorted(os.sched_getaffinity(0))
        return cls(usable[0], usable[1] if len(usable) > 1 else usable[0])


@contextmanager
def on_core(core: int) -> Iterator[None]:
    """This thread, and every process it starts meanwhile, on that core; then where it was before."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def cpu_s(pid: int) -> float:
    """User and system time of all its threads, alive or not, without its children.

    Raises:
        Gone: it ended.
    """
    fields = _stat(pid)
    return (int(fields[11]) + int(fields[12])) * TICK_S


def rss_bytes(pid: int) -> int:
    """Resident memory.

    Raises:
        Gone: it ended.
    """
    return int(_read(pid, "statm").split()[1]) * _PAGE


def _stat(pid: int) -> list[str]:
    """The fields from the third (state) on; the second may hold blanks."""
    return _read(pid, "stat").rsplit(")", 1)[1].split()


def _read(pid: int, name: str) -> str:
    try:
        return (_PROC / str(pid) / name).read_text()
    except OSError as error:
        raise Gone(pid) from error


def children(pid: int) -> list[int]:
    """Its children, oldest first."""
    found = []
    for entry in _PROC.iterdir():
        if entry.name.isdecimal():
            try:
                fields = _stat(int(entry.name))
            except Gone:
                continue
            if int(fields[1]) == pid:
                found.append((int(fields[19]), int(entry.name)))
    return [child for _, child in sorted(found)]


def descendants(pid: int) -> Iterator[int]:
    """All below it."""
    for child in children(pid):
        yield child
        yield from descendants(child)


def workers(service: int) -> list[int]:
    """The workers of a service's media node, oldest first."""
    return [
        child
        for nursery in descendants(service)
        if _is_nursery(nursery)
        for child in children(nursery)
        if _is_nursery(child)
    ]


def _is_nursery(pid: int) -> bool:
    try:
        words: Sequence[str] = _read(pid, "cmdline").split("\0")
    except Gone:
        return False
    return _NURSERY in words[1:] and "python" in Path(words[0]).name
