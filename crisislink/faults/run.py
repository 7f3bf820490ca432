"""One run: people watch, something breaks, the city ends access meanwhile, it heals; then it is judged."""

import asyncio
import base64
import json
import time
from collections import Counter
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import httpx2

from crisislink.check.report import Failed
from crisislink.check.visitor import Visitor
from crisislink.demo.people import CITY_PROVIDER
from crisislink.faults.acts import HIT, Act
from crisislink.faults.checker import Violation, check, dark_delay_s
from crisislink.faults.fault import Fault
from crisislink.faults.history import LEASE_S, History, boot_s
from crisislink.faults.orders import Orders
from crisislink.faults.rig import AUDITOR, CAMERAS, Rig
from crisislink.faults.viewers import Idler, Viewer, ticket
from crisislink.faults.views import lost_light_s

SETTLED_S, HEALED_S, LAST_S = 1.0, 15.0, 1.2
HANDED_OVER_S = 0.7
_FIRST_S, _RECORDED_S = 20.0, 9.0
_PATIENCE_S = {"register": _RECORDED_S, "viewing": 20.0}  # a node is taken for lost after 12 s
_FRESH_S = 0.3


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of one run."""

    fault: str
    violations: list[Violation]
    dark_delay_s: float | None
    lost_light_s: float
    pictures: int
    took_s: float
    history: History


class Run:
    """Made for one fault."""

    def __init__(self, rig: Rig, fault: Fault) -> None:
        self._rig = rig
        self._fault = fault
        now_s = boot_s()
        self._history = History(
            began_s=now_s,
            required=fault.wants,
            clock_set=fault.sets_clock,
            register_ahead_s=fault.ahead_s,
            wall_s=time.time_ns() / 1e9 - now_s,
            organisation_of={
                person.me["person"]["id"]: person.me["organisation"]["id"]
                for person in (rig.regulator, rig.supervisor)
            },
        )
        self._views: list[tuple[Viewer, asyncio.Task[None]]] = []
        self._idler: Idler | None = None
        self._orders = Orders(rig, self._history, lasts_s=fault.lasts_s)

    async def verdict(self) -> Verdict:
        """Play it."""
        seen = await self._newest()
        await self._fault.prepare(self._rig)
        try:
            first, second = await self._orders.grant(CAMERAS[:2]), await self._orders.grant(CAMERAS[2:])
            if self._fault.wants.refuses or self._fault.wants.approves:
                await self._orders.leave_open(second)
            await self._watch([first, second])
            await asyncio.sleep(SETTLED_S)
            await self._broken(first)
            await self._healed([first, second])
            await asyncio.sleep(LAST_S)
        finally:
            for _, task in self._views:
                task.cancel()
            await asyncio.gather(*(task for _, task in self._views), return_exceptions=True)
        self._history.ended_s = boot_s()
        if self._fault.whole:
            await self._in_order_again(second)
        else:
            await self._rig.auditor.sign_in(CITY_PROVIDER, AUDITOR, expected="/registre")
        await self._read_register(seen)
        return Verdict(
            fault=self._fault.name,
            violations=check(self._history),
            dark_delay_s=dark_delay_s(self._history),
            lost_light_s=lost_light_s(self._history),
            pictures=len(self._history.pictures),
            took_s=boot_s() - self._history.began_s,
            history=self._history,
        )

    async def _broken(self, first: dict[str, Any]) -> None:
        """From breaking it until it is mended."""
        self._aim()
        idling = asyncio.create_task(self._idle(first)) if self._fault.idler else None
        first_s = boot_s()
        ordering: asyncio.Task[None] | None = None
        try:
            await self._fault.inject(self._rig)
            await asyncio.sleep(0.5)
            if idling is not None:
                await idling
            ordering = asyncio.create_task(self._end(first))
            await asyncio.gather(*self._probes(first))
            await asyncio.sleep(max(0.0, first_s + self._fault.broken_s - boot_s()))
            if self._fault.sets_clock and self._fault.to_end:
                await self._until_the_end()
        finally:
            mending_s = boot_s()
            await self._fault.heal(self._rig)
            if self._fault.breaks:
                self._history.mending_s, self._history.fault_s = mending_s, (first_s, boot_s())
        await ordering
        if self._idler is not None:
            self._history.left_bytes.append(await self._idler.rest())
            self._idler.close()

    def _probes(self, first: dict[str, Any]) -> list[Coroutine[Any, Any, None]]:
        """What people try meanwhile."""
        probes = [self._orders.ask_for_more(), self._orders.decide()]
        if self._fault.wants.sign_in != "any":
            probes.append(self._orders.sign_in())
        if self._fault.wants.sign_in == "refused":
            probes.append(self._orders.step_up())
        if self._fault.astray:
            probes.append(self._orders.revoke(first["id"], [CAMERAS[-1]], tries=1))
        if self._fault.amid is not None:
            probes.append(self._amid(first, self._fault.amid))
        return probes

    async def _amid(self, first: dict[str, Any], act: Act) -> None:
        """Once everybody was told that it is over.

        Raises:
            TimeoutError: nobody was, though the order was given.
        """
        async with asyncio.timeout(LEASE_S):
            await asyncio.gather(*(v.over.wait() for v, _ in self._views if v.grant == first["id"]))
        await asyncio.sleep(self._fault.amid_s)
        await act(self._rig)

    async def _end(self, grant: dict[str, Any]) -> None:
        tries = None if self._fault.amid is None else 1
        if self._fault.order == "stop_sharing":
            await self._orders.stop_sharing(tries=tries, at=self._fault.at)
        else:
            await self._orders.revoke(grant["id"], None, tries=tries, at=self._fault.at)
        if self._fault.at is not None and tries is None:
            await self._try_elsewhere(grant, 1 - self._fault.at)

    async def _try_elsewhere(self, grant: dict[str, Any], web: int) -> None:
        """What was answered at one process holds at the other one."""
        await asyncio.sleep(HANDED_OVER_S)
        async with self._rig.at(web, self._rig.regulator) as person:
            await self._ticket(person, grant, CAMERAS[0])
        if self._fault.order == "stop_sharing":
            await self._orders.ask_anew(at=web)

    async def _ticket(self, person: Visitor, grant: dict[str, Any], number: int) -> None:
        camera, origin = self._rig.cameras[number], self._rig.public_url
        with suppress(httpx2.HTTPError, TimeoutError, OSError):
            await ticket(person, self._history, grant["id"], camera, [], origin=origin)

    async def _healed(self, grants: Sequence[dict[str, Any]]) -> None:
        """Who may look sees again; then one more camera is taken away, and what has ended gives no ticket."""
        await self._orders.ask_for_more()
        if self._fault.order == "revoke" and self._fault.wants.back:
            await self._lit_again()
            await self._orders.revoke(grants[1]["id"], [CAMERAS[2]])
        for grant, number in ((grants[0], CAMERAS[0]), (grants[1], CAMERAS[2])):
            await self._ticket(self._rig.regulator, grant, number)
        if self._fault.wants.anew:
            await self._look_anew()
        if self._fault.to_end:
            await self._until_the_end()

    async def _until_the_end(self) -> None:
        ends_s = max(self._history.end_s(grant) for grant in self._history.granted)
        await asyncio.sleep(max(0.0, ends_s + LAST_S - boot_s()))

    async def _look_anew(self) -> None:
        """The checker says what is missing when this does not work."""
        with suppress(KeyError, TimeoutError):
            grant = await self._orders.grant(CAMERAS[:1])
            async with asyncio.timeout(HEALED_S):
                await asyncio.gather(*(viewer.first.wait() for viewer in self._look_at(grant)))

    def _aim(self) -> None:
        """The node that most of those watch at who look on; the cameras that are to fail."""
        lasting = [v for v, _ in self._views if v.camera in {self._rig.cameras[n] for n in HIT}]
        at = Counter(viewer.newest.node for viewer in lasting if viewer.newest is not None)
        ports = [part.port for part in self._rig.media]
        if not self._fault.sets_clock:  # there the node was chosen before anybody watched
            self._rig.target = ports.index(at.most_common(1)[0][0])
        if self._fault.hits == "node":
            self._history.nodes = frozenset({self._rig.node.port})
        if self._fault.hits == "cameras":
            self._history.cameras = frozenset(self._rig.cameras[n] for n in HIT)

    async def _idle(self, grant: dict[str, Any]) -> None:
        self._idler = Idler()
        camera = self._rig.cameras[CAMERAS[0]]
        await self._idler.open(self._rig.regulator, self._history, self._rig.public_url, grant["id"], camera)

    async def _lit_again(self) -> None:
        since_s = boot_s() + _FRESH_S
        lasting = [v for v, _ in self._views if v.camera in {self._rig.cameras[n] for n in HIT}]
        with suppress(TimeoutError):
            async with asyncio.timeout(HEALED_S):
                while not all(v.newest and v.newest.at_s > since_s for v in lasting):  # noqa: ASYNC110 - pictures
                    await asyncio.sleep(0.1)

    # -- people, and what they leave ---------------------------------------------------------------

    async def _watch(self, grants: Sequence[dict[str, Any]]) -> None:
        viewers = [viewer for grant in grants for viewer in self._look_at(grant)]
        for web in range(len(self._rig.web)):  # as a room's page does all the time, wherever it is answered
            async with self._rig.at(web, self._rig.supervisor) as person:
                await person.get("/api/me")
        async with asyncio.timeout(_FIRST_S):
            await asyncio.gather(*(viewer.first.wait() for viewer in viewers))

    def _look_at(self, grant: dict[str, Any]) -> list[Viewer]:
        found = []
        for view in grant["views"]:
            number, camera = len(self._views), view["camera"]
            viewer = Viewer(
                self._rig.regulator, self._history, grant=grant["id"], camera=camera, number=number
            )
            self._views.append((viewer, asyncio.create_task(viewer.run())))
            found.append(viewer)
        return found

    async def _in_order_again(self, grant: dict[str, Any]) -> None:
        """For the next run."""
        with suppress(Failed, httpx2.HTTPError):
            await self._rig.regulator.post(f"/api/grants/{grant['id']}/release", {})
            await self._orders.release()
        if self._fault.order == "stop_sharing":
            await self._until_recorded()
            await self._rig.supervisor.post("/api/sharing/resume")

    async def _until_recorded(self) -> None:
        """What was cut without the store comes into the register by itself."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_RECORDED_S):
                while not await self._is_stopped():  # noqa: ASYNC110 - another process
                    await asyncio.sleep(0.2)

    async def _is_stopped(self) -> bool:
        page = await self._rig.auditor.get("/api/register", limit=50, kind="sharing.stopped")
        at_s = [json.loads(base64.b64decode(e["body"]))["at_ms"] / 1000 for e in page["entries"]]
        return max(at_s, default=0.0) - self._history.wall_s > self._history.began_s

    async def _newest(self) -> int:
        page = await self._rig.auditor.get("/api/register", limit=1)
        return int(page["head"]["size"])

    async def _read_register(self, after: int) -> None:
        """Until it is complete; the checker says what is still missing when it takes too long."""
        began_s = boot_s()
        while True:
            self._history.entries = await self._entries(after)
            missing = {violation.invariant for violation in check(self._history)} & _PATIENCE_S.keys()
            if all(boot_s() > began_s + _PATIENCE_S[what] for what in missing):
                break
            await asyncio.sleep(0.5)
        verdict = await self._rig.auditor.get("/api/register/verification")
        self._history.register_holds = bool(verdict["ok"])

    async def _entries(self, after: int) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while True:
            page = await self._rig.auditor.get("/api/register", after=after, limit=500)
            if not page["entries"]:
                return found
            for entry in page["entries"]:
                found.append(json.loads(base64.b64decode(entry["body"])))
                after = entry["seq"]
