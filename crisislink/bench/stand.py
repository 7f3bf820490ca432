"""The test stand: simulated cameras and people on the clients' core, the service on the other.

Everything goes the way of the product: people sign in, ask, approve, take tickets and watch over HTTP and
WebSocket. Only this process knows the cameras' addresses (the peers need them) and may make them fail.
"""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from tempfile import TemporaryDirectory
from typing import Any, Self

import httpx2

from crisislink.bench.delays import Sent
from crisislink.bench.hearing import Hearing
from crisislink.bench.processes import Cores, workers
from crisislink.bench.served import ServiceOrders, orders_line
from crisislink.bench.watching import Way
from crisislink.check.stream import ticket
from crisislink.check.visitor import Visitor
from crisislink.core.cameras import MaskPolygon
from crisislink.demo.behaviour import Behaviour
from crisislink.demo.cameras import covered_cameras
from crisislink.demo.city import city_inventory
from crisislink.demo.orders import HOST, CityOrders, CityReady, Ports
from crisislink.demo.people import CITY_PROVIDER, HOSPITAL_PROVIDER
from crisislink.stage import CannotStart, city, orders, ports

PLACE, REGULATOR, SUPERVISOR = "Bertrand de Born", "Dr L. Fabre", "Brig. A. Morel"
_START_S, _END_S = 60.0, 15.0


@dataclass(frozen=True, slots=True)
class Granted:
    """A grant, its cameras by number, and its scheduled end (aware UTC)."""

    id: str
    cameras: tuple[int, ...]
    ends_at: datetime


class Stand:
    """Use `Stand.open`."""

    def __init__(
        self, at: Ports, told: CityOrders, ready: CityReady, service: asyncio.subprocess.Process
    ) -> None:
        self._at = at
        self._url, self._city_url = told.public_url, told.identity_url
        self._cameras = ready.cameras
        self._service = service
        self._ids: dict[int, str] = {}
        self._numbers: dict[str, int] = {}
        self._incident: dict[str, Any] = {}
        inventory = city_inventory()
        covered = frozenset(covered_cameras(inventory))
        self._masks = {c.camera.number: c.camera.mask for c in inventory}
        self.clips = {c.camera.number: c.clip for c in inventory}
        real = [c.camera for c in inventory if c.camera.barred(exercise=False) is None]
        self.shareable = [camera.number for camera in real if camera.id in covered]

    @classmethod
    @asynccontextmanager
    async def open(
        cls, cores: Cores, *, film: bool = False, cameras: int = 0, database_url: str | None = None
    ) -> AsyncIterator[Self]:
        """Serving, with both people signed in and an incident open. `film`: pictures without cameras. See
        `ServiceOrders` for the rest.

        Raises:
            CannotStart: a part of it did not start.
        """
        at = ports(0)
        told = orders(at, [])
        async with AsyncExitStack() as stack:
            folder = stack.enter_context(TemporaryDirectory(prefix="crisislink-bench-"))
            ready = await stack.enter_async_context(city(told))
            ordered = ServiceOrders(
                ports=asdict(at),
                city=asdict(told),
                ready=asdict(ready),
                folder=folder,
                core=cores.tested,
                film=film,
                cameras=cameras,
                database_url=database_url,
            )
            child = await stack.enter_async_context(_serving(ordered))
            stand = cls(at, told, ready, child)
            await stand._settle(stack)
            yield stand

    async def _settle(self, stack: AsyncExitStack) -> None:
        self.regulator = await stack.enter_async_context(Visitor.at(self._url))
        self.supervisor = await stack.enter_async_context(Visitor.at(self._url))
        await self.regulator.sign_in(HOSPITAL_PROVIDER, REGULATOR, expected="/samu")
        await self.supervisor.sign_in(CITY_PROVIDER, SUPERVISOR, expected="/cic")
        self._ids = {c["number"]: c["id"] for c in await self.regulator.get("/api/cameras")}
        self._numbers = {known: number for number, known in self._ids.items()}
        [place, *_] = await self.regulator.get("/api/places", q=PLACE)
        body = {"nature": "building_collapse", "mass_casualty": True, "place_label": place["name"]}
        self._incident = await self.regulator.post(
            "/api/incidents", body | {"lat": place["lat"], "lon": place["lon"]}
        )

    # -- the system under test -------------------------------------------------------------------

    @property
    def service_pid(self) -> int:
        """The process of the web application and the media node."""
        return self._service.pid

    def workers(self) -> list[int]:
        """The pids of its workers, oldest first."""
        return workers(self._service.pid)

    # -- cameras ---------------------------------------------------------------------------------

    def address(self, camera: int) -> str:
        """Of the main stream, with its password: for a peer on this machine only."""
        return self._cameras[str(camera)][0]

    def masks(self, camera: int) -> tuple[MaskPolygon, ...]:
        """What must not be seen."""
        mask = self._masks[camera]
        return () if mask is None else mask.polygons

    async def sent(self, camera: int) -> Sent:
        """The camera's log: the last 2,000 frames of its main stream."""
        async with httpx2.AsyncClient(timeout=10) as client:
            answer = await client.get(f"{self._city_url}/cameras/{camera}/sent")
            return [(index, at_ns) for index, at_ns in answer.json()]

    async def behave(self, camera: int, behaviour: Behaviour) -> None:
        """Make it fail, or be well again."""
        async with httpx2.AsyncClient(timeout=10) as client:
            body = {"behaviour": behaviour.value}
            (await client.post(f"{self._city_url}/cameras/{camera}/behaviour", json=body)).raise_for_status()

    # -- people ----------------------------------------------------------------------------------

    async def ask(
        self, cameras: Sequence[int], *, duration_s: int = 1_800, extends: str | None = None
    ) -> dict[str, Any]:
        """The regulator's request, not yet decided."""
        body = {
            "incident": self._incident["id"],
            "cameras": [self._ids[n] for n in cameras],
            "duration_s": duration_s,
            "intent": "victim_estimate",
        }
        request: dict[str, Any] = await self.regulator.post(
            "/api/requests", body if extends is None else body | {"extends": extends}
        )
        return request

    async def approve(self, request: dict[str, Any], *, duration_s: int | None = None) -> Granted:
        """The supervisor's yes to all of it; `duration_s`: for a shorter time."""
        decision = {name: request[name] for name in ("cameras", "duration_s", "version")}
        if duration_s is not None:
            decision["duration_s"] = duration_s
        approved = await self.supervisor.post(f"/api/requests/{request['id']}/approve", decision)
        return Granted(
            approved["id"],
            tuple(self._numbers[c] for c in request["cameras"]),
            datetime.fromisoformat(approved["ends_at"]),
        )

    async def withdraw(self, request: dict[str, Any]) -> None:
        """The regulator takes it back."""
        await self.regulator.post(f"/api/requests/{request['id']}/withdraw")

    async def nearby(self) -> list[dict[str, Any]]:
        """The cameras near the incident, best first."""
        place = {name: self._incident[name] for name in ("lat", "lon")}
        found: list[dict[str, Any]] = await self.regulator.get("/api/nearby", **place)
        return found

    async def grant(self, cameras: Sequence[int]) -> Granted:
        """Asked and approved."""
        return await self.approve(await self.ask(cameras))

    async def extend(self, grant: Granted) -> None:
        """More time, asked and approved, by somebody who proved who they are: a soak lasts for hours."""
        await self.supervisor.step_up(SUPERVISOR)
        await self.approve(await self.ask(grant.cameras, extends=grant.id))

    async def revoke(self, grant: Granted) -> None:
        """By the supervisor; returns when the answer is there."""
        await self.supervisor.post(f"/api/grants/{grant.id}/revoke", {})

    async def stop_sharing(self) -> None:
        """The kill switch, and lifting it."""
        await self.supervisor.post("/api/sharing/stop")
        await self.supervisor.post("/api/sharing/resume")

    @asynccontextmanager
    async def browsers(self, n: int, *, police: bool = False) -> AsyncIterator[list[Visitor]]:
        """The regulator, or the supervisor, at n browsers: as many sessions."""
        who = (CITY_PROVIDER, SUPERVISOR, "/cic") if police else (HOSPITAL_PROVIDER, REGULATOR, "/samu")
        provider, name, expected = who
        async with AsyncExitStack() as stack:
            signed_in = []
            for _ in range(n):
                one = await stack.enter_async_context(Visitor.at(self._url))
                await one.sign_in(provider, name, expected=expected)
                signed_in.append(one)
            yield signed_in

    async def room(self) -> dict[str, Any]:
        """Everything the police room shows."""
        shown: dict[str, Any] = await self.supervisor.get("/api/room")
        return shown

    def hearing(self, who: Visitor, after: int) -> Hearing:
        """A page's events socket, not yet connected, from register entry `after` on."""
        return Hearing(host=HOST, port=self._at.web, origin=self._url, cookies=who.cookies, after=after)

    async def way(self, grant: Granted, camera: int, rendition: str, who: Visitor | None = None) -> Way:
        """Ticket, cookie and address for one socket; `who`: at another browser than the first one."""
        who = who or self.regulator
        return Way(
            host=HOST,
            port=self._at.web,
            origin=self._url,
            cookies=who.cookies,
            ticket=await ticket(who, grant.id, self._ids[camera]),
            rendition=rendition,
        )


@asynccontextmanager
async def _serving(ordered: ServiceOrders) -> AsyncIterator[asyncio.subprocess.Process]:
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "crisislink.bench.served",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        child.stdin.write(orders_line(ordered))
        async with asyncio.timeout(_START_S):
            await child.stdin.drain()
            line = await child.stdout.readline()
        if not line:
            raise CannotStart("Le service mesuré n'a pas démarré.\nThe service under test did not start.")
        yield child
    finally:
        child.stdin.close()
        try:
            async with asyncio.timeout(_END_S):
                await child.wait()
        except TimeoutError:
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            await child.wait()
