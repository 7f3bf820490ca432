"""Where workers are born: a small process with PyAV loaded that forks one for each camera, in milliseconds.

A fork of the service itself would share its sockets and keys; a fresh interpreter takes 0.1 s of a core. The
nursery holds neither: it knows one socket to the service and forks. It dies with the service
(PR_SET_PDEATHSIG, end of its socket), its children with it and by themselves.

    service → nursery   one byte, and the worker's end of a socket pair (SCM_RIGHTS)
    nursery → service   the child's pid as u32, and a pidfd: killing by it can never hit another process
"""

import asyncio
import ctypes
import os
import resource
import select
import signal
import socket
import ssl
import struct
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Self

from crisislink.core.errors import Unavailable
from crisislink.media.dialing import DirectDialer

_BORN = struct.Struct(">I")
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 1, 4, 38
_MEMORY_MAX = 4 << 30
_ANSWER_S = 10.0
_BURY_S = 1.0
_ENVIRONMENT = (  # what an interpreter needs to run; keys and passwords of the service are not among it
    "PATH", "HOME", "LANG", "LC_ALL", "TZ", "VIRTUAL_ENV", "LD_LIBRARY_PATH", "SSL_CERT_FILE", "SSL_CERT_DIR",
    "PYTHONPATH", "PYTHONHOME", "PYTHONDONTWRITEBYTECODE", "PYTHONWARNINGS",
)  # fmt: skip


class Nursery:
    """The service's side. Starts the process when first needed, and again when it died."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None
        self._socket: socket.socket | None = None
        self._turn = asyncio.Lock()

    @classmethod
    @asynccontextmanager
    async def started(cls) -> AsyncIterator[Self]:
        """Running; ended, with every worker, on leaving."""
        nursery = cls()
        try:
            async with nursery._turn:
                await nursery._ensure()
            yield nursery
        finally:
            await nursery.close()

    async def bear(self) -> tuple[socket.socket, int, int]:
        """A new worker: our end of its socket (non-blocking), its pid, and a pidfd; both are the caller's.

        Raises:
            Unavailable: the nursery does not answer.
        """
        async with self._turn:
            own = await self._ensure()
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
            exchange = asyncio.ensure_future(asyncio.to_thread(_ask, own, theirs))
            try:
                pid, pidfd = await asyncio.shield(exchange)
            except (OSError, ValueError) as error:
                ours.close()
                await self._abandon()
                raise Unavailable from error
            except asyncio.CancelledError:
                # The answer still comes and must not be taken for the next one's: hear it, end the orphan.
                ours.close()
                await _orphan(exchange)
                raise
            finally:
                theirs.close()
        ours.settimeout(0)
        return ours, pid, pidfd

    async def _ensure(self) -> socket.socket:
        if self._socket is not None and self._process is not None and self._process.returncode is None:
            return self._socket
        await self._abandon()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        ours.settimeout(_ANSWER_S)
        with theirs:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "crisislink.media.nursery",
                str(theirs.fileno()),
                stdin=asyncio.subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,  # the terminal's Ctrl-C is for the service
                env=_environment(),
            )
        self._socket = ours
        return ours

    async def _abandon(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        if self._process is not None:
            if self._process.returncode is None:
                self._process.kill()
            await self._process.wait()
            self._process = None

    async def close(self) -> None:
        """End the nursery; its children die with it."""
        async with self._turn:
            await self._abandon()


def _ask(own: socket.socket, theirs: socket.socket) -> tuple[int, int]:
    socket.send_fds(own, [b"+"], [theirs.fileno()])
    data, fds, _, _ = socket.recv_fds(own, _BORN.size, 1)
    if len(data) != _BORN.size or len(fds) != 1:
        raise ValueError("the nursery is gone")
    return _BORN.unpack(data)[0], fds[0]


async def _orphan(exchange: "asyncio.Future[tuple[int, int]]") -> None:
    with suppress(OSError, ValueError):
        _, pidfd = await exchange
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(pidfd, signal.SIGKILL)
        os.close(pidfd)


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    return {**kept, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


# -- inside the nursery's process --------------------------------------------------------------------


def _die_with_parent(parent: int) -> None:
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def _confine() -> None:
    """No core file (it would hold pictures), no new privileges, no tracing, bounded memory and files."""
    libc = ctypes.CDLL(None, use_errno=True)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_MAX, _MEMORY_MAX))
    libc.prctl(_PR_SET_DUMPABLE, 0)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def _fork(own: socket.socket, descriptor: int, tls: ssl.SSLContext) -> None:
    from crisislink.media import worker  # noqa: PLC0415 - loaded once, in the nursery, before the first fork

    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            _die_with_parent(parent)
            own.close()
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            _confine()
            with socket.socket(fileno=descriptor) as connection:
                worker.main(connection, DirectDialer, tls)
            status = 0
        finally:
            os._exit(status)
    os.close(descriptor)
    pidfd = os.pidfd_open(pid)  # never fails: a child that died already is not buried yet
    socket.send_fds(own, [_BORN.pack(pid)], [pidfd])
    os.close(pidfd)


def serve(descriptor: int) -> None:
    """Fork a worker for each byte that comes, until the socket ends."""
    from crisislink.media import worker  # noqa: PLC0415 - the point of the nursery: loaded before forking

    del worker
    tls = ssl.create_default_context()
    _confine_nursery()
    with socket.socket(fileno=descriptor) as own:
        while True:
            readable, _, _ = select.select([own], [], [], _BURY_S)
            _bury()
            if readable:
                data, fds, _, _ = socket.recv_fds(own, 1, 1)
                if not data:
                    return
                _fork(own, fds[0], tls)


def _bury() -> None:
    """Take leave of the children that ended."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _confine_nursery() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


if __name__ == "__main__":
    _die_with_parent(int(Path("/proc/self/stat").read_text().rsplit(")", 1)[1].split()[1]))
    serve(int(sys.argv[1]))
