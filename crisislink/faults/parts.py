"""One process of ours that a fault can hit: how it is started, and what runs below it now."""

import asyncio
import os
import signal
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx2

from crisislink.bench import processes
from crisislink.bench.processes import descendants
from crisislink.bench.servers import dies_with_us

_START_S, _STOP_S = 60.0, 8.0


@dataclass(slots=True)
class Part:
    """`port`: where it answers; `state`: its own folder; `environment`: what it is told besides."""

    name: str
    command: list[str]
    port: int
    state: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it, and return when it answers.

        Raises:
            RuntimeError: it ended as it started.
        """
        with (self.state.parent / f"{self.state.name}.log").open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *self.command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=log,
                env={**os.environ, **self.environment},
                preexec_fn=dies_with_us,
                start_new_session=True,
            )
        health = f"http://127.0.0.1:{self.port}/healthz"
        async with asyncio.timeout(_START_S), httpx2.AsyncClient(timeout=1) as client:
            while True:
                if self.process.returncode is not None:
                    raise RuntimeError(f"{self.name} ended as it started")
                with suppress(httpx2.HTTPError):
                    if (await client.get(health)).is_success:
                        return
                await asyncio.sleep(0.1)

    @property
    def runs(self) -> bool:
        """Whether it was started and has not ended."""
        return self.process is not None and self.process.returncode is None

    def signal(self, what: signal.Signals, *, family: bool = True) -> None:
        """To it and, unless told otherwise, to all below it."""
        assert self.process is not None
        below = list(descendants(self.process.pid)) if family else []
        send(what, [self.process.pid, *below])

    def workers(self) -> list[int]:
        """The processes at its cameras."""
        assert self.process is not None
        return processes.workers(self.process.pid)

    def nurseries(self) -> list[int]:
        """All between it and its workers: what contains the nursery, and the nursery."""
        assert self.process is not None
        return sorted(set(descendants(self.process.pid)) - set(self.workers()))

    async def kill(self) -> None:
        """At once."""
        self.signal(signal.SIGKILL, family=False)
        assert self.process is not None
        await self.process.wait()

    async def stop(self) -> None:
        """In order, or else at once."""
        if not self.runs:
            return
        assert self.process is not None
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGTERM, family=False)
        try:
            async with asyncio.timeout(_STOP_S):
                await self.process.wait()
        except TimeoutError:
            self.signal(signal.SIGKILL)
            await self.process.wait()

    async def restart(self, environment: Mapping[str, str] | None = None) -> None:
        """At once, and again, with another environment."""
        await self.kill()
        self.environment = environment or {}
        await self.start()


def send(what: signal.Signals, pids: list[int]) -> None:
    """A signal to those that still live."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, what)
