"""The whole installation on this machine, each part a process of its own that a fault can hit.

`cluster`: two web processes behind a balancer, two media nodes, PostgreSQL, Redis. `embedded`: one process on
SQLite that does everything. Every wire to a server passes a proxy of its own; the first process's own folder
lies on a small disk, where this account may make one.
"""

import json
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx2
import psycopg
from pydantic import SecretStr

from crisislink.bench import servers
from crisislink.bench.servers import Server
from crisislink.check.visitor import Visitor
from crisislink.config import Settings
from crisislink.demo.behaviour import Behaviour
from crisislink.demo.city import city_inventory
from crisislink.demo.orders import CityOrders, CityReady
from crisislink.demo.people import CITY_PROVIDER, HOSPITAL_PROVIDER
from crisislink.demo.seed import seed
from crisislink.demoservice import settings as demo_settings
from crisislink.faults import machine
from crisislink.faults.parts import Part
from crisislink.faults.provider import Provider
from crisislink.faults.proxy import HOST, Proxy
from crisislink.stage import city, free_port, orders, ports
from crisislink.wiring import opened

REGULATOR, SUPERVISOR, AUDITOR = "Dr L. Fabre", "Brig. A. Morel", "Me C. Rivals"
PLACE = "Bertrand de Born"
CAMERAS = (1, 2, 3, 4)
_SHORTEST_S = 5


@dataclass(slots=True)
class Servers:
    """The servers of a cluster, and the wires to them: web processes' first, then media nodes'."""

    database: Server
    redis: Server
    to_database: list[Proxy]
    to_redis: list[Proxy]
    standby: Server | None = None
    replica: Server | None = None


@dataclass(slots=True)
class Rig:
    """What runs. `target`: which media node the next fault hits."""

    folder: Path
    city_url: str
    public_url: str
    web: list[Part]
    media: list[Part]
    servers: Servers | None
    provider: Provider
    regulator: Visitor
    supervisor: Visitor
    auditor: Visitor
    clock: machine.FalseClock
    target: int = 0
    incident: dict[str, Any] = field(default_factory=dict)
    cameras: dict[int, str] = field(default_factory=dict)
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    @property
    def behind(self) -> Servers:
        """The servers of a cluster."""
        assert self.servers is not None, "the embedded topology has none"
        return self.servers

    @property
    def node(self) -> Part:
        """The media node the fault hits."""
        return self.media[self.target]

    @property
    def wire(self) -> int:
        """Its place among the wires."""
        return len(self.web) + self.target

    @asynccontextmanager
    async def at(self, web: int, person: Visitor) -> AsyncIterator[Visitor]:
        """This person past the balancer, at one web process, signed in as they are."""
        headers = {"Cookie": person.cookies}
        async with httpx2.AsyncClient(headers=headers, timeout=20) as client:
            there = Visitor(f"http://{HOST}:{self.web[web].port}", client)
            there.me = person.me
            yield there

    async def keep(self, server: AbstractAsyncContextManager[Server]) -> Server:
        """A further server, until all ends."""
        return await self._stack.enter_async_context(server)

    async def sign_in(self) -> None:
        """Everybody."""
        await self.regulator.sign_in(HOSPITAL_PROVIDER, REGULATOR, expected="/samu")
        await self.supervisor.sign_in(CITY_PROVIDER, SUPERVISOR, expected="/cic")
        await self.auditor.sign_in(CITY_PROVIDER, AUDITOR, expected="/registre")

    async def behave(self, cameras: Sequence[int], behaviour: Behaviour) -> None:
        """Make cameras fail, or be well again."""
        async with httpx2.AsyncClient(timeout=10) as client:
            for camera in cameras:
                there = f"{self.city_url}/cameras/{camera}/behaviour"
                (await client.post(there, json={"behaviour": behaviour.value})).raise_for_status()

    async def restart_database(self, environment: Mapping[str, str] | None = None) -> None:
        """A server on the same data, at the same port. After it was killed."""
        before, data = self.behind.database, self.folder / "data"
        await before.process.wait()
        self.behind.database = await self.keep(
            servers.postgresql(data, port=before.port, durable=False, environment=environment)
        )

    async def restart_redis(self) -> None:
        """An empty one at the same port. After it was killed."""
        before = self.behind.redis
        await before.process.wait()
        self.behind.redis = await self.keep(servers.redis(port=before.port))

    async def ask_database(self, statement: str) -> None:
        """As its owner, past everything of ours."""
        async with await psycopg.AsyncConnection.connect(
            self.behind.database.url, autocommit=True
        ) as connection:
            await connection.execute(statement.encode())


@contextmanager
def _open_folder() -> Iterator[Path]:
    """That PostgreSQL's own account can reach too."""
    with tempfile.TemporaryDirectory(prefix="crisislink-faults-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@asynccontextmanager
async def running(*, embedded: bool) -> AsyncIterator[Rig]:
    """Everything in order, people signed in, an incident open."""
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(_open_folder())
        at = ports(0)
        told = orders(at, [])
        ready = await stack.enter_async_context(city(told))
        own = replace(told, identity_port=free_port())
        provider = Provider(own)
        await provider.start()
        stack.push_async_callback(provider.stop)
        await stack.enter_async_context(machine.small_disk(folder / "state-0"))
        stack.push_async_callback(machine.pass_again)
        base = demo_settings(at, own, folder / "state-0")
        behind = None if embedded else await _servers(stack, folder)
        inner = [free_port() for _ in range(1 if embedded else 4)]
        await _seed(base, behind, ready, own)
        parts = [_part(folder, n, _settings(base, folder, n, inner, behind)) for n in range(len(inner))]
        for part in parts:
            stack.push_async_callback(part.stop)
            await part.start()
        await stack.enter_async_context(Proxy.opened(inner[:2] if behind else inner, port=at.web))
        people = [await stack.enter_async_context(Visitor.at(told.public_url)) for _ in range(3)]
        rig = Rig(
            folder=folder,
            city_url=told.identity_url,
            public_url=told.public_url,
            web=parts[:2],
            media=parts[2:] or parts,
            servers=behind,
            provider=provider,
            regulator=people[0],
            supervisor=people[1],
            auditor=people[2],
            clock=machine.FalseClock(folder / "clock"),
            _stack=stack,
        )
        await _settle(rig)
        yield rig


async def _servers(stack: AsyncExitStack, folder: Path) -> Servers:
    database = await stack.enter_async_context(servers.postgresql(folder / "data", durable=False))
    redis = await stack.enter_async_context(servers.redis())
    wires = [
        [await stack.enter_async_context(Proxy.opened([server.port])) for _ in range(4)]
        for server in (database, redis)
    ]
    return Servers(database, redis, to_database=wires[0], to_redis=wires[1])


def _settings(
    base: Settings, folder: Path, n: int, inner: Sequence[int], behind: Servers | None
) -> dict[str, Any]:
    """Of process `n`: in a cluster the first two serve pages, the others carry pictures."""
    nodes = inner if behind is None else inner[2:]
    media: dict[str, Any] = {
        "beside": behind is None,
        "public_url": f"http://{HOST}:{inner[n]}",
        "nodes": [f"http://{HOST}:{port}" for port in nodes],
    }
    given: dict[str, Any] = {
        "public_url": str(base.public_url),
        "host": HOST,
        "port": inner[n],
        "data_dir": str(folder / f"state-{n}"),
        "key_file": str(base.key_file),
        "demo": True,
        "media": media,
        "rules": {"duration_min_s": _SHORTEST_S},
    }
    if behind is not None:
        given["database_url"] = f"postgresql://crisislink@{HOST}:{behind.to_database[n].port}/postgres"
        given["redis_url"] = f"redis://{HOST}:{behind.to_redis[n].port}/0"
    plain = ("id", "label", "side", "issuer", "client_id")
    given["providers"] = [
        {name: str(getattr(p, name)) for name in plain}
        | {"client_secret": p.client_secret.get_secret_value() if p.client_secret else ""}
        for p in base.providers
    ]
    return given


def _part(folder: Path, n: int, values: Mapping[str, Any]) -> Part:
    path = folder / f"settings-{n}.toml"
    path.write_text(_toml(values))
    what = "serve" if n < 2 else "media"
    command = [sys.executable, "-m", "crisislink", what, "--config", str(path)]
    return Part(f"{what} {n}", command, int(values["port"]), Path(values["data_dir"]))


def _toml(values: Mapping[str, Any]) -> str:
    """Enough of TOML for these settings: JSON's scalars and lists are TOML's."""
    tables = {name: value for name, value in values.items() if isinstance(value, dict)}
    plain = {name: v for name, v in values.items() if name not in {*tables, "providers"}}
    lines = _pairs(plain)
    for name, table in tables.items():
        lines += [f"[{name}]", *_pairs(table)]
    for provider in values["providers"]:
        lines += ["[[providers]]", *_pairs(provider)]
    return "\n".join(lines) + "\n"


def _pairs(values: Mapping[str, Any]) -> list[str]:
    return [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in values.items()]


async def _seed(base: Settings, behind: Servers | None, ready: CityReady, told: CityOrders) -> None:
    issuers = {p: told.issuer(p) for p in (HOSPITAL_PROVIDER, CITY_PROVIDER)}
    url = None if behind is None else SecretStr(behind.database.url)
    async with opened(base.model_copy(update={"database_url": url})) as store:
        await seed(store, city_inventory(), ready, issuers)


async def _settle(rig: Rig) -> None:
    await rig.sign_in()
    rig.cameras = {c["number"]: c["id"] for c in await rig.regulator.get("/api/cameras")}
    [place, *_] = await rig.regulator.get("/api/places", q=PLACE)
    body = {"nature": "building_collapse", "mass_casualty": True, "place_label": place["name"]}
    rig.incident = await rig.regulator.post(
        "/api/incidents", body | {"lat": place["lat"], "lon": place["lon"]}
    )
