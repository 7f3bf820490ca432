"""The demonstration on one machine: the city (cameras, sign-in) in a child process, the service here.

The child dies with us whatever happens: it is told by the kernel (PR_SET_PDEATHSIG) and by the end of its
standard input. State lies in a folder of its own and is kept between starts unless told otherwise.
"""

import asyncio
import ctypes
import json
import os
import secrets
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path

from crisislink.demo.orders import HOST, CityOrders, CityReady, Ports
from crisislink.demo.people import CITY_PROVIDER, HOSPITAL_PROVIDER

_START_S = 60.0
_STOP_S = 3.0
_END_S = 15.0
_PR_SET_PDEATHSIG = 1
_BELOW_EPHEMERAL = 20_000
_DIED = '{"problem": "La ville simulée n\'a pas démarré. / The simulated city did not start."}'


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """What a running demonstration says of itself, as one JSON line with `--announce`."""

    url: str
    city_url: str
    dispatch_url: str


class CannotStart(Exception):
    """A sentence in two languages that says what is wrong and what to do."""


def ports(web: int) -> Ports:
    """Four neighbouring ports from `web` on, all free; 0: any four.

    Raises:
        CannotStart: one is taken.
    """
    if web == 0:
        return Ports(web=free_port(), identity=free_port(), cameras=free_port(), dispatch=free_port())
    return Ports(web=_free(web), identity=_free(web + 1), cameras=_free(web + 2), dispatch=_free(web + 3))


def free_port() -> int:
    """A TCP port nobody listens on, and which the system gives nobody by itself before we do."""
    while True:
        with suppress(CannotStart):
            return _free(_BELOW_EPHEMERAL + secrets.randbelow(10_000))


def _free(port: int) -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise CannotStart(
                f"Le port {port} est déjà pris. Choisissez-en un autre : make demo ARGS='--port 8500'\n"
                f"Port {port} is taken. Choose another: make demo ARGS='--port 8500'"
            ) from error
        return int(probe.getsockname()[1])


def orders(at: Ports, videos: Sequence[Path]) -> CityOrders:
    """What the city is told. Secrets are new at each start."""
    return CityOrders(
        public_url=f"http://localhost:{at.web}",
        identity_port=at.identity,
        camera_port=at.cameras,
        dispatch_port=at.dispatch,
        camera_password=secrets.token_urlsafe(12),
        client_secrets={p: secrets.token_urlsafe(32) for p in (HOSPITAL_PROVIDER, CITY_PROVIDER)},
        videos=[str(path.resolve()) for path in videos],
    )


@asynccontextmanager
async def city(told: CityOrders) -> AsyncIterator[CityReady]:
    """The child process with cameras and identity providers, until leaving.

    Raises:
        CannotStart: it could not start; its own words say why.
    """
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "crisislink.demo.city",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,  # Ctrl-C in the terminal is for us; we end the child
        limit=1 << 20,
    )
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        child.stdin.write(json.dumps(asdict(told)).encode() + b"\n")
        async with asyncio.timeout(_START_S):
            await child.stdin.drain()
            line = await child.stdout.readline()
        answer = json.loads(line or _DIED)
        if "problem" in answer:
            raise CannotStart(answer["problem"])
        yield CityReady(**answer)
    finally:
        child.stdin.close()
        try:
            async with asyncio.timeout(_STOP_S):
                await child.wait()
        except TimeoutError:
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            await child.wait()


async def show(
    web_port: int, videos: Sequence[Path], folder: Path, ready: Callable[[Announcement], None]
) -> None:
    """Serve the demonstration until Ctrl-C; `ready` is called once it answers.

    Raises:
        CannotStart: a port is taken, a video cannot be read.
    """
    at = ports(web_port)
    told = orders(at, videos)
    loading = asyncio.create_task(asyncio.to_thread(import_module, "crisislink.demoservice"))
    async with city(told) as there:  # which loads what it needs meanwhile
        await loading
        from crisislink.demoservice import serving  # noqa: PLC0415 - seconds, beside the city's own

        announcement = Announcement(
            url=told.public_url, city_url=told.identity_url, dispatch_url=told.dispatch_url
        )
        await serving(at, told, there, folder, lambda: ready(announcement))


def _ends_with_us() -> None:
    """Orderly, whatever ended us."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGINT)


@asynccontextmanager
async def spawned(videos: Sequence[Path], folder: Path) -> AsyncIterator[Announcement]:
    """Another process that shows the demonstration on free ports: what `--check` plays against.

    What it prints to standard error is printed to ours.

    Raises:
        CannotStart: it did not start; its own words said why.
    """
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "crisislink",
        "demo",
        "--port",
        "0",
        "--state",
        str(folder),
        "--announce",
        *(argument for path in videos for argument in ("--video", str(path))),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
        preexec_fn=_ends_with_us,
    )
    assert child.stdout is not None
    try:
        async with asyncio.timeout(_START_S):
            line = await child.stdout.readline()
        if not line:
            raise CannotStart("La démonstration n'a pas démarré. / The demonstration did not start.")
        yield Announcement(**json.loads(line))
    finally:
        with suppress(ProcessLookupError):
            child.send_signal(signal.SIGINT)
        try:
            async with asyncio.timeout(_END_S):
                await child.communicate()
        except TimeoutError:
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            await child.wait()
