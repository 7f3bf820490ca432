"""What only root of a Linux machine can break: packets (nft), disks (tmpfs), wall clocks (libfaketime).

Each says in a sentence why it is impossible here, where it is; then the run is left out, and said to be.
"""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

_TABLE = f"crisislink_faults_{os.getpid()}"
_DISK_BYTES = 24 << 20  # SQLite's log alone takes 4 MB
_FAKETIME = "/usr/lib/*/faketime/libfaketime.so.1"
_FILL = "filler"


class Impossible(Exception):
    """This machine, or this account, cannot do it; the sentence says why."""


async def _run(*command: str, said: bytes | None = None) -> None:
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    _, error = await process.communicate(said)
    if process.returncode != 0:
        raise Impossible(f"{command[0]}: {error.decode(errors='replace').strip()[:200]}")


def no_packet_filter() -> str | None:
    """Why packets cannot be dropped here, if so."""
    if shutil.which("nft") is None:
        return "nft is missing: apt-get install nftables"
    return None if os.geteuid() == 0 else "only root may filter packets"


def no_small_disk() -> str | None:
    """Why a small disk cannot be made here, if so."""
    return None if os.geteuid() == 0 else "only root may mount a small disk"


def no_false_clock() -> str | None:
    """Why a process cannot be given a clock of its own here, if so."""
    return None if _faketime() else "libfaketime is missing: apt-get install faketime"


async def drop(ports: Sequence[int]) -> None:
    """Every packet to and from these TCP ports vanishes: no reset, no refusal, as when a cable is pulled.

    Raises:
        Impossible: the kernel has no packet filter.
    """
    there = ", ".join(str(port) for port in ports)
    rules = (
        f"add table inet {_TABLE}\n"
        f"add chain inet {_TABLE} out {{ type filter hook output priority 0; }}\n"
        f"add rule inet {_TABLE} out tcp dport {{ {there} }} drop\n"
        f"add rule inet {_TABLE} out tcp sport {{ {there} }} drop\n"
    )
    await _run("nft", "-f", "-", said=rules.encode())


async def pass_again() -> None:
    """Undo `drop`. Harmless where there was none."""
    with suppress(Impossible):
        await _run("nft", "delete", "table", "inet", _TABLE)


@asynccontextmanager
async def small_disk(folder: Path) -> AsyncIterator[None]:
    """A file system of a few megabytes at `folder`, for as long as asked; a plain folder where that fails."""
    mounts = no_small_disk() is None
    if mounts:
        options = f"size={_DISK_BYTES},mode=700"
        await _run("mount", "--mkdir", "-t", "tmpfs", "-o", options, "tmpfs", str(folder))
    try:
        yield
    finally:
        if mounts:
            await _run("umount", "-l", str(folder))


def fill(folder: Path) -> None:
    """Leave no byte.

    Raises:
        Impossible: it is no small disk.
    """
    if not os.path.ismount(folder):
        raise Impossible(f"{folder} is no disk of its own")
    with suppress(OSError), (folder / _FILL).open("ab", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    with suppress(OSError), (folder / _FILL).open("ab", buffering=0) as file:
        while True:
            file.write(b"\0")


def free(folder: Path) -> None:
    """Undo `fill`."""
    (folder / _FILL).unlink(missing_ok=True)


def _faketime() -> str | None:
    found = sorted(Path("/").glob(_FAKETIME.removeprefix("/")))
    return str(found[0]) if found else None


@dataclass(slots=True)
class FalseClock:
    """A wall clock that can be stepped while a process runs, and another process's is not."""

    file: Path
    _library: str = field(default_factory=lambda: _faketime() or "")

    def environment(self) -> dict[str, str]:
        """For a process that shall have it. Its clocks of elapsed time stay true."""
        self.step(0)
        return {
            "LD_PRELOAD": self._library,
            "FAKETIME_TIMESTAMP_FILE": str(self.file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_DONT_RESET": "1",
        }

    def step(self, by_s: int) -> None:
        """From now on it is wrong by so much."""
        beside = self.file.with_suffix(".new")
        beside.write_text(f"{by_s:+d}\n")
        beside.replace(self.file)
