"""Where workers are born: a small process with PyAV loaded that forks one for each camera, in milliseconds.

A fork of the service itself would share its sockets and keys; a fresh interpreter takes 0.1 s of a core. The
nursery holds neither: it knows one socket to the service and forks. It dies with the service
(PR_SET_PDEATHSIG, end of its socket), its children with it and by themselves.

    nursery → service   JSON: how its children are confined (`media/confinement.py`)
    service → nursery   one byte, and the worker's ends of its socket and its line (SCM_RIGHTS)
    nursery → service   the child's pid as u32, and a pidfd: killing by it can never hit another process
"""

import asyncio
import ctypes
import json
import logging
import os
import re
import select
import shutil
import signal
import socket
import ssl
import struct
import sys
import traceback
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Self

from crisislink.core.errors import Unavailable
from crisislink.log import configure
from crisislink.media import switchboard
from crisislink.media.confinement import (
    ATTEMPTS,
    Confinement,
    bubblewrap,
    confine,
    own_network,
    preload,
    probe,
    python_files,
)

_BORN = struct.Struct(">I")
_PR_SET_PDEATHSIG = 1
_PLAIN_WORDS = 3
_CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR")
_ANSWER_S = 10.0
_BURY_S = 1.0
_LAST_WORDS_BYTES = 2_000
NICENESS = 5
"""Where processors are short, pictures come later, before leases, cuts and the register do."""
_LAST_PLACE = re.compile(r'File "[^"\n]*?([a-z_]+\.py)", line (\d+), in ([a-z_]+)', re.ASCII)
_ENVIRONMENT = (  # what an interpreter needs to run; keys and passwords of the service are not among it
    "PATH", "HOME", "LANG", "LC_ALL", "TZ", "VIRTUAL_ENV", "LD_LIBRARY_PATH", "SSL_CERT_FILE", "SSL_CERT_DIR",
    "PYTHONPATH", "PYTHONHOME", "PYTHONDONTWRITEBYTECODE", "PYTHONWARNINGS",
)  # fmt: skip
_log = logging.getLogger(__name__)


class Nursery:
    """The service's side. Starts the process when first needed, and again when it died.

    `confinement`: what holds for its children, as one of them found by trying.
    """

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None
        self._socket: socket.socket | None = None
        self._turn = asyncio.Lock()
        self.confinement = Confinement(seccomp=False, network=False, bubblewrap=False, refused=frozenset())

    @classmethod
    @asynccontextmanager
    async def started(cls, *, complete: bool = False) -> AsyncIterator[Self]:
        """Running; ended, with every worker, on leaving.

        Raises:
            Unavailable: it does not start; or, with `complete`, a part of the confinement does not hold here.
        """
        nursery = cls()
        try:
            async with nursery._turn:
                await nursery._ensure()
            held = nursery.confinement
            refused = ",".join(sorted(set(ATTEMPTS) - held.refused))
            _log.info("workers are confined", extra={"state": held.state, "missing": refused})
            if complete and nursery.confinement.state != "complete":
                raise Unavailable
            yield nursery
        finally:
            await nursery.close()

    async def bear(self) -> tuple[socket.socket, socket.socket, int, int]:
        """A new worker: our ends of its socket and of its line (`switchboard`), its pid, and a pidfd.

        All are the caller's; the sockets do not block.

        Raises:
            Unavailable: the nursery does not answer.
        """
        async with self._turn:
            own = await self._ensure()
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
            line, far_line = switchboard.line()
            exchange = asyncio.ensure_future(asyncio.to_thread(_ask, own, theirs, far_line))
            try:
                pid, pidfd = await asyncio.shield(exchange)
            except (OSError, ValueError) as error:
                _close(ours, line)
                await self._abandon()
                raise Unavailable from error
            except asyncio.CancelledError:
                # The answer still comes and must not be taken for the next one's: hear it, end the orphan.
                _close(ours, line)
                await _orphan(exchange)
                raise
            finally:
                _close(theirs, far_line)
        ours.settimeout(0)
        return ours, line, pid, pidfd

    async def _ensure(self) -> socket.socket:
        if self._socket is not None and self._process is not None and self._process.returncode is None:
            return self._socket
        for command in _commands():
            await self._abandon()
            try:
                return await self._begin(command)
            except (OSError, ValueError) as error:
                _log.warning("a nursery did not start", extra={"error": error, "at": Path(command[0]).name})
        await self._abandon()
        raise Unavailable

    async def _begin(self, command: list[str]) -> socket.socket:
        """A nursery that has said how it is confined; OSError or ValueError when it does not."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        ours.settimeout(_ANSWER_S)
        with theirs:
            self._process = await asyncio.create_subprocess_exec(
                *command,
                str(theirs.fileno()),
                stdin=asyncio.subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,  # the terminal's Ctrl-C is for the service
                env=_environment(),
            )
        try:
            said = await asyncio.to_thread(ours.recv, 4_096)
            self.confinement = _read_confinement(said, bubblewrapped=len(command) > _PLAIN_WORDS)
        except BaseException:
            ours.close()
            raise
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


def _close(*sockets: socket.socket) -> None:
    for one in sockets:
        one.close()


def _commands() -> list[list[str]]:
    """How a nursery may be started here, the tightest first."""
    plain = [sys.executable, "-m", "crisislink.media.nursery"]
    if (found := shutil.which("bwrap")) is None:
        return [plain]
    certificates = [Path("/etc/ssl"), Path("/etc/ca-certificates"), Path("/usr/share/ca-certificates")]
    certificates += [Path(os.environ[name]) for name in _CERTIFICATES if os.environ.get(name)]
    return [[*bubblewrap(found, (*python_files(), *certificates)), *plain], plain]


def _read_confinement(said: bytes, *, bubblewrapped: bool) -> Confinement:
    told = json.loads(said)  # ValueError: it ended without a word
    return Confinement(
        seccomp=bool(told["seccomp"]),
        network=bool(told["network"]),
        bubblewrap=bubblewrapped,
        refused=frozenset(str(name) for name in told["refused"]),
    )


def _ask(own: socket.socket, theirs: socket.socket, far_line: socket.socket) -> tuple[int, int]:
    socket.send_fds(own, [b"+"], [theirs.fileno(), far_line.fileno()])
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
    # Two arenas: threads of connections that come and go must not each leave memory behind.
    return {**kept, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"}


# -- inside the nursery's process --------------------------------------------------------------------


def _die_with_parent(parent: int) -> None:
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def _fork(
    own: socket.socket, descriptor: int, far_line: int, tls: ssl.SSLContext, last_words: dict[int, int]
) -> None:
    from crisislink.media import worker  # noqa: PLC0415 - loaded once, in the nursery, before the first fork

    parent = os.getpid()
    heard, said = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            _die_with_parent(parent)
            own.close()
            _keep_quiet()
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            confine()
            with socket.socket(fileno=descriptor) as connection, socket.socket(fileno=far_line) as line:
                worker.main(connection, switchboard.LineDialer(line), tls)
            status = 0
        except Exception as error:  # noqa: BLE001 - only where it was: its words might hold an address
            where = "".join(traceback.format_tb(error.__traceback__))
            os.write(said, f"{type(error).__name__}\n{where}".encode()[-_LAST_WORDS_BYTES:])
        finally:
            os._exit(status)
    os.close(descriptor)
    os.close(far_line)
    os.close(said)
    last_words[pid] = heard
    pidfd = os.pidfd_open(pid)  # never fails: a child that died already is not buried yet
    socket.send_fds(own, [_BORN.pack(pid)], [pidfd])
    os.close(pidfd)


def serve(descriptor: int) -> None:
    """Fork a worker for each byte that comes, until the socket ends."""
    from crisislink.media import worker  # noqa: PLC0415 - the point of the nursery: loaded before forking

    del worker
    preload()
    tls = ssl.create_default_context()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(OSError):  # a sandbox may refuse it: pictures are worth more
        os.nice(NICENESS)
    network = own_network() or not _has_network()
    with socket.socket(fileno=descriptor) as own:
        held, refused = _probed()
        own.sendall(json.dumps({"seccomp": held, "network": network, "refused": refused}).encode())
        last_words: dict[int, int] = {}
        while True:
            readable, _, _ = select.select([own], [], [], _BURY_S)
            _bury(last_words)
            if readable:
                data, fds, _, _ = socket.recv_fds(own, 1, 2)
                if not data:
                    return
                _fork(own, fds[0], fds[1], tls, last_words)


def _has_network() -> bool:
    """Whether there is any interface but the loopback."""
    return any(name != "lo" for _, name in socket.if_nameindex())


def _probed() -> tuple[bool, list[str]]:
    """What a child that is confined as a worker will be found it cannot do."""
    listening = socket.create_server(("127.0.0.1", 0))
    ours, theirs = socket.socketpair()
    with listening, ours, theirs:
        pid = os.fork()
        if pid == 0:
            try:
                ours.close()
                theirs.sendall(json.dumps(probe(listening.getsockname()[1])).encode())
            finally:
                os._exit(0)
        theirs.close()
        ours.settimeout(_ANSWER_S)
        said = ours.recv(4_096)
        os.waitpid(pid, 0)
    held, refused = json.loads(said) if said else (False, [])
    return bool(held), [str(name) for name in refused]


def _bury(last_words: dict[int, int]) -> None:
    """Take leave of the children that ended, and log why."""
    with suppress(ChildProcessError):
        while pid := os.waitpid(-1, os.WNOHANG)[0]:
            if (heard := last_words.pop(pid, None)) is None:
                continue
            with suppress(BlockingIOError):
                if words := os.read(heard, _LAST_WORDS_BYTES):
                    _log.warning("a worker ended", extra=_last_words(words.decode("ascii", "replace")))
            os.close(heard)


def _last_words(said: str) -> dict[str, str]:
    """The error's kind and its places, the innermost first. Whoever broke may say anything: no other word."""
    named = re.match(r"[A-Za-z]{1,40}(?=\n|$)", said)
    places = [f"{file}:{line}:{function}" for file, line, function in _LAST_PLACE.findall(said)]
    return {"error": named[0] if named else "?", "at": ",".join(places[:-6:-1])}


def _keep_quiet() -> None:
    """Nothing of a worker's reaches the service's output, which may be a file: a picture could."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    os.close(nowhere)


if __name__ == "__main__":
    configure()
    _die_with_parent(os.getppid())
    serve(int(sys.argv[1]))
