"""PostgreSQL and Redis (or Valkey) from the distribution's packages, for as long as asked.

For benchmarks, fault runs and tests: a real server each, on a free port of this machine, that dies with us.
PostgreSQL refuses to run as root, so root runs it as the package's own account.
"""

import asyncio
import ctypes
import os
import pwd
import shutil
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from crisislink.bench.processes import children
from crisislink.stage import free_port

_HOST = "127.0.0.1"
_START_S = 30.0
_PR_SET_PDEATHSIG = 1
_POSTGRES_PACKAGES = Path("/usr/lib/postgresql")
_LIBC = ctypes.CDLL(None, use_errno=True)


class Missing(Exception):
    """A server's program is not on this machine; the sentence says which package has it."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: how to reach it, and its process, to stop (SIGSTOP) or kill it."""

    url: str
    port: int
    process: asyncio.subprocess.Process

    def signal(self, what: signal.Signals) -> None:
        """To all its processes: SIGSTOP is a machine that stands still."""
        for pid in (self.process.pid, *children(self.process.pid)):
            with suppress(ProcessLookupError):
                os.kill(pid, what)


@asynccontextmanager
async def postgresql(
    folder: Path, *, port: int = 0, durable: bool = True, environment: Mapping[str, str] | None = None
) -> AsyncIterator[Server]:
    """PostgreSQL on `folder` (made when absent, kept when not); `durable` False spares tests the fsync.

    `environment`: what the server is told besides.

    Raises:
        Missing: Debian's package `postgresql` is not installed.
    """
    initdb, program = postgres_program("initdb"), postgres_program("postgres")
    account = _account()
    if await asyncio.to_thread(_is_new, folder, account):
        made = await _spawn(
            [
                initdb,
                "-D",
                str(folder),
                "-U",
                "crisislink",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--locale=C.UTF-8",
                "-N",
            ],
            account,
        )
        if await made.wait() != 0:
            raise Missing(
                f"initdb failed on {folder}; every folder above it must be open to {account or 'you'}"
            )
    at = port or free_port()
    options = ["-c", f"fsync={'on' if durable else 'off'}", "-c", "unix_socket_directories="]
    process = await _spawn(
        [program, "-D", str(folder), "-h", _HOST, "-p", str(at), *options], account, environment
    )
    server = Server(f"postgresql://crisislink@{_HOST}:{at}/postgres", at, process)
    ready = [postgres_program("pg_isready"), "-q", "-h", _HOST, "-p", str(at)]
    async with _running(server, signal.SIGINT, lambda: _says_yes(ready)):  # SIGINT: "fast shutdown"
        yield server


@asynccontextmanager
async def redis(*, port: int = 0, program: str | None = None) -> AsyncIterator[Server]:
    """Redis, or Valkey where that is what the machine has, or this `program`. It keeps nothing on disk.

    Raises:
        Missing: neither is installed.
    """
    program = program or shutil.which("redis-server") or shutil.which("valkey-server")
    if program is None:
        raise Missing("redis-server is missing: apt-get install redis-server")
    at = port or free_port()
    options = ["--bind", _HOST, "--port", str(at), "--save", "", "--appendonly", "no", "--dir", "/"]
    process = await _spawn([program, *options], None)
    server = Server(f"redis://{_HOST}:{at}/0", at, process)
    async with _running(server, signal.SIGTERM, lambda: _listens(at)):
        yield server


def _is_new(folder: Path, account: str | None) -> bool:
    if (folder / "PG_VERSION").exists():
        return False
    folder.mkdir(parents=True, exist_ok=True)
    if account is not None:
        os.chown(folder, pwd.getpwnam(account).pw_uid, -1)
    return True


def postgres_program(name: str) -> str:
    """The path of one of PostgreSQL's programs.

    Raises:
        Missing: Debian's package `postgresql` is not installed.
    """
    found = sorted(_POSTGRES_PACKAGES.glob(f"*/bin/{name}"), key=lambda p: int(p.parts[-3]))
    if not found:
        raise Missing("PostgreSQL is missing: apt-get install postgresql")
    return str(found[-1])


def _account() -> str | None:
    return "postgres" if os.geteuid() == 0 else None


def dies_with_us() -> None:
    """For a process before its program runs: when the one that started it ends, so does it."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


async def _spawn(
    command: Sequence[str], account: str | None, environment: Mapping[str, str] | None = None
) -> asyncio.subprocess.Process:
    entry = None if account is None else pwd.getpwnam(account)

    def prepared() -> None:
        if entry is not None:  # here, because uvloop's subprocesses know no accounts
            os.setgroups([])
            os.setgid(entry.pw_gid)
            os.setuid(entry.pw_uid)
        dies_with_us()  # last: a change of account forgets it

    return await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        cwd="/",
        env={**os.environ, **(environment or {})},
        preexec_fn=prepared,
        start_new_session=True,
    )


@asynccontextmanager
async def _running(
    server: Server, ending: signal.Signals, ready: Callable[[], Awaitable[bool]]
) -> AsyncIterator[None]:
    process = server.process
    try:
        async with asyncio.timeout(_START_S):
            while not await ready():
                if process.returncode is not None:
                    raise Missing(f"{process} ended as it started")
                await asyncio.sleep(0.02)
        yield
    finally:
        if process.returncode is None:
            server.signal(signal.SIGCONT)
            process.send_signal(ending)
        try:
            async with asyncio.timeout(5):
                await process.wait()
        except TimeoutError:
            server.signal(signal.SIGKILL)
            await process.wait()


async def _says_yes(command: Sequence[str]) -> bool:
    asking = await _spawn(command, None)
    return await asking.wait() == 0


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection(_HOST, port)
    except OSError:
        return False
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
    return True
