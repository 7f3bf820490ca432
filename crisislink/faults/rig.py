"""The whole installation on this machine, each part a process of its own that a fault can hit."""

import asyncio
import json
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
from pydantic import SecretStr

from crisislink.bench import servers
from crisislink.bench.processes import descendants
from crisislink.check.visitor import Visitor
from crisislink.config import Settings
from crisislink.demo.behaviour import Behaviour
from crisislink.demo.city import CityReady, city_inventory
from crisislink.demo.people import CITY_PROVIDER, HOSPITAL_PROVIDER
from crisislink.demo.seed import seed
from crisislink.faults.proxy import HOST, Proxy
from crisislink.stage import city, orders, ports
from crisislink.stage import settings as demo_settings
from crisislink.wiring import opened

REGULATOR, SUPERVISOR, AUDITOR = "Dr L. Fabre", "Brig. A. Morel", "Me C. Rivals"
PLACE = "Bertrand de Born"
CAMERAS = (1, 2, 3, 4)
_START_S, _STOP_S = 30.0, 8.0


@dataclass(slots=True)
class Part:
    """One process of ours: how it is started, and what runs now."""

    name: str
    command: list[str]
    health: str
    process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it, and return when it answers."""
        self.process = await asyncio.create_subprocess_exec(
            *self.command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
        async with asyncio.timeout(_START_S), httpx2.AsyncClient(timeout=1) as client:
            while True:
                if self.process.returncode is not None:
                    raise RuntimeError(f"{self.name} ended as it started")
                with suppress(httpx2.HTTPError):
                    if (await client.get(self.health)).is_success:
                        return
                await asyncio.sleep(0.1)

    def signal(self, what: signal.Signals, *, family: bool = True) -> None:
        """To it and, unless told otherwise, to all below it."""
        assert self.process is not None
        below = list(descendants(self.process.pid)) if family else []
        for pid in (self.process.pid, *below):
            with suppress(ProcessLookupError):
                os.kill(pid, what)

    def workers(self) -> list[int]:
        """The processes at its cameras."""
        assert self.process is not None
        return list(descendants(self.process.pid))[1:]

    async def kill(self) -> None:
        """At once."""
        self.signal(signal.SIGKILL, family=False)
        assert self.process is not None
        await self.process.wait()

    async def stop(self) -> None:
        """In order, or else at once."""
        if self.process is None or self.process.returncode is not None:
            return
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGTERM, family=False)
        try:
            async with asyncio.timeout(_STOP_S):
                await self.process.wait()
        except TimeoutError:
            self.signal(signal.SIGKILL)
            await self.process.wait()


@dataclass(slots=True)
class Rig:
    """What runs. `web`, `media`: our processes; `to_database`: the wires of the web and of each node."""

    folder: Path
    public_url: str
    city_url: str
    database: servers.Server
    redis: servers.Server
    web: list[Part]
    media: list[Part]
    balancer: Proxy
    to_database: list[Proxy]
    regulator: Visitor
    supervisor: Visitor
    auditor: Visitor
    incident: dict[str, Any] = field(default_factory=dict)
    cameras: dict[int, str] = field(default_factory=dict)
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def behave(self, camera: int, behaviour: Behaviour) -> None:
        """Make a camera fail, or be well again."""
        async with httpx2.AsyncClient(timeout=10) as client:
            await client.post(
                f"{self.city_url}/cameras/{camera}/behaviour", json={"behaviour": behaviour.value}
            )

    async def restart_database(self) -> None:
        """A server on the same data, at the same port. After it was killed."""
        await self.database.process.wait()
        self.database = await self._stack.enter_async_context(
            servers.postgresql(self.folder / "data", port=self.database.port, durable=False)
        )

    async def restart_redis(self) -> None:
        """An empty one at the same port. After it was killed."""
        await self.redis.process.wait()
        self.redis = await self._stack.enter_async_context(servers.redis(port=self.redis.port))


@contextmanager
def _open_folder() -> Iterator[Path]:
    """That PostgreSQL's own account can reach too."""
    with tempfile.TemporaryDirectory(prefix="crisislink-faults-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@asynccontextmanager
async def running() -> AsyncIterator[Rig]:
    """Two web processes behind a balancer, two media nodes, everything they need; people signed in."""
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(_open_folder())
        database = await stack.enter_async_context(servers.postgresql(folder / "data", durable=False))
        redis = await stack.enter_async_context(servers.redis())
        at = ports(0)
        told = orders(at, [])
        ready = await stack.enter_async_context(city(told))
        wires = [await stack.enter_async_context(Proxy.opened([database.port])) for _ in range(3)]
        inner = [servers.free_port() for _ in range(4)]
        base = demo_settings(at, told, folder / "state")
        settings = [
            _settings(base, folder, n, inner, wire=wires[0 if n < 2 else n - 1], redis=redis)
            for n in range(len(inner))
        ]
        issuers = {p: told.issuer(p) for p in (HOSPITAL_PROVIDER, CITY_PROVIDER)}
        await _seed(base, database.url, folder, ready, issuers)
        parts = [_part(folder, n, values) for n, values in enumerate(settings)]
        for part in parts:
            stack.push_async_callback(part.stop)
            await part.start()
        balancer = await stack.enter_async_context(Proxy.opened(inner[:2], port=at.web))
        people = [await stack.enter_async_context(Visitor.at(told.public_url)) for _ in range(3)]
        rig = Rig(
            folder=folder,
            public_url=told.public_url,
            city_url=told.identity_url,
            database=database,
            redis=redis,
            web=parts[:2],
            media=parts[2:],
            balancer=balancer,
            to_database=wires,
            regulator=people[0],
            supervisor=people[1],
            auditor=people[2],
            _stack=stack,
        )
        await _settle(rig)
        yield rig


def _settings(
    base: Settings, folder: Path, n: int, inner: Sequence[int], *, wire: Proxy, redis: servers.Server
) -> dict[str, Any]:
    """Of process `n`: the first two serve pages, the others carry pictures."""
    own = folder / f"state-{n}"
    return {
        "public_url": str(base.public_url),
        "host": HOST,
        "port": inner[n],
        "data_dir": str(own),
        "key_file": str(folder / "key"),
        "database_url": f"postgresql://crisislink@{HOST}:{wire.port}/postgres",
        "redis_url": redis.url,
        "demo": True,
        "media": {
            "beside": False,
            "public_url": f"http://{HOST}:{inner[n]}",
            "nodes": [f"http://{HOST}:{port}" for port in inner[2:]],
        },
        "providers": [
            {
                "id": p.id,
                "label": p.label,
                "side": p.side.value,
                "issuer": p.issuer,
                "client_id": p.client_id,
                "client_secret": p.client_secret.get_secret_value() if p.client_secret else "",
            }
            for p in base.providers
        ],
    }


def _part(folder: Path, n: int, values: Mapping[str, Any]) -> Part:
    path = folder / f"settings-{n}.toml"
    path.write_text(_toml(values))
    what = "serve" if n < 2 else "media"
    command = [sys.executable, "-m", "crisislink", what, "--config", str(path)]
    return Part(f"{what} {n}", command, f"http://{HOST}:{values['port']}/healthz")


def _toml(values: Mapping[str, Any]) -> str:
    """Enough of TOML for these settings: JSON's scalars and lists are TOML's."""
    plain = [f"{k} = {json.dumps(v)}" for k, v in values.items() if k not in {"media", "providers"}]
    media = ["[media]", *(f"{k} = {json.dumps(v)}" for k, v in values["media"].items())]
    providers = [
        line
        for provider in values["providers"]
        for line in (
            "[[providers]]",
            *(f"{k} = {json.dumps(v, ensure_ascii=False)}" for k, v in provider.items()),
        )
    ]
    return "\n".join([*plain, *media, *providers]) + "\n"


async def _seed(base: Settings, url: str, folder: Path, ready: CityReady, issuers: Mapping[str, str]) -> None:
    chosen = base.model_copy(update={"database_url": SecretStr(url), "key_file": folder / "key"})
    async with opened(chosen) as store:
        await seed(store, city_inventory(), ready, issuers)


async def _settle(rig: Rig) -> None:
    await rig.regulator.sign_in(HOSPITAL_PROVIDER, REGULATOR, expected="/samu")
    await rig.supervisor.sign_in(CITY_PROVIDER, SUPERVISOR, expected="/cic")
    await rig.auditor.sign_in(CITY_PROVIDER, AUDITOR, expected="/registre")
    rig.cameras = {c["number"]: c["id"] for c in await rig.regulator.get("/api/cameras")}
    [place, *_] = await rig.regulator.get("/api/places", q=PLACE)
    body = {"nature": "building_collapse", "mass_casualty": True, "place_label": place["name"]}
    rig.incident = await rig.regulator.post(
        "/api/incidents", body | {"lat": place["lat"], "lon": place["lon"]}
    )
