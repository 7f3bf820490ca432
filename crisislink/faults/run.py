"""One run: people watch, something breaks, the city ends access meanwhile, it heals; then it is judged."""

import asyncio
import base64
import json
import secrets
import time
from collections import Counter
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import httpx2

from crisislink.check.report import Failed
from crisislink.check.visitor import Visitor
from crisislink.demo.people import CITY_PROVIDER, HOSPITAL_PROVIDER
from crisislink.faults import ledger
from crisislink.faults.acts import HIT
from crisislink.faults.catalogue import Fault
from crisislink.faults.checker import Violation, check, dark_delay_s, lost_light_s
from crisislink.faults.history import Granted, History, Order, OrderKind, Outcome, boot_s
from crisislink.faults.rig import AUDITOR, CAMERAS, REGULATOR, Rig
from crisislink.faults.viewers import Idler, Viewer, ticket

SETTLED_S, HEALED_S, LAST_S = 1.0, 15.0, 1.2
_FIRST_S, _ASK_S, _AGAIN_S, _ONE_TRY_S, _RECORDED_S = 20.0, 12.0, 0.4, 6.0, 9.0
_FRESH_S = 0.3


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of one run."""

    fault: str
    violations: list[Violation]
    dark_delay_s: float
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
            wall_s=time.time_ns() / 1e9 - now_s,
            organisation_of={
                person.me["person"]["id"]: person.me["organisation"]["id"]
                for person in (rig.regulator, rig.supervisor)
            },
        )
        self._views: list[tuple[Viewer, asyncio.Task[None]]] = []
        self._idler: Idler | None = None
        self._asked = secrets.token_hex(8)

    async def verdict(self) -> Verdict:
        """Play it."""
        seen = await self._newest()
        await self._fault.prepare(self._rig)
        try:
            first, second = await self._grant(CAMERAS[:2]), await self._grant(CAMERAS[2:])
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
            await asyncio.gather(*self._probes())
            await asyncio.sleep(max(0.0, first_s + self._fault.broken_s - boot_s()))
        finally:
            mending_s = boot_s()
            await self._fault.heal(self._rig)
            if self._fault.breaks:
                self._history.mending_s, self._history.fault_s = mending_s, (first_s, boot_s())
        await ordering
        if self._idler is not None:
            self._history.left_bytes.append(await self._idler.rest())
            self._idler.close()

    def _probes(self) -> list[Coroutine[Any, Any, None]]:
        """What people try meanwhile."""
        probes: list[Coroutine[Any, Any, None]] = [self._ask_for_more()]
        if self._fault.wants.sign_in != "any":
            probes.append(self._sign_in())
        return probes

    async def _end(self, grant: dict[str, Any]) -> None:
        if self._fault.order == "stop_sharing":
            await self._order("stop_sharing", None, None, "/api/sharing/stop", None)
        else:
            await self._revoke(grant, None)

    async def _healed(self, grants: Sequence[dict[str, Any]]) -> None:
        """Who may look sees again; then one more camera is taken away, and what has ended gives no ticket."""
        await self._ask_for_more()
        if self._fault.order == "revoke" and self._fault.wants.back:
            await self._lit_again()
            await self._revoke(grants[1], [CAMERAS[2]])
        for grant, number in ((grants[0], CAMERAS[0]), (grants[1], CAMERAS[2])):
            with suppress(httpx2.HTTPError, TimeoutError, OSError):
                await ticket(self._rig.regulator, self._history, grant["id"], self._rig.cameras[number], [])

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

    # -- orders ----------------------------------------------------------------------------------

    async def _grant(self, cameras: Sequence[int]) -> dict[str, Any]:
        body = self._request(cameras, self._fault.lasts_s)
        request = await self._order("ask", None, None, "/api/requests", body, who=self._rig.regulator)
        decision = {name: request[name] for name in ("cameras", "duration_s", "version")}
        path = f"/api/requests/{request['id']}/approve"
        grant = await self._order("approve", None, None, path, decision)
        self._history.granted[grant["id"]] = Granted(
            frozenset(request["cameras"]), self._history.orders[-1].answered_s + self._fault.lasts_s
        )
        return grant

    def _request(self, cameras: Sequence[int], lasts_s: int) -> dict[str, Any]:
        return {
            "incident": self._rig.incident["id"],
            "cameras": [self._rig.cameras[n] for n in cameras],
            "duration_s": lasts_s,
            "intent": "victim_estimate",
        }

    async def _ask_for_more(self) -> None:
        """The same command, with its key, whenever it is tried: once in the register, or never."""
        body, who = self._request(CAMERAS[:1], 60), self._rig.regulator
        await self._order("ask", None, None, "/api/requests", body, who=who, key=self._asked, tries=1)

    async def _revoke(self, grant: dict[str, Any], cameras: Sequence[int] | None) -> None:
        ids = None if cameras is None else tuple(self._rig.cameras[n] for n in cameras)
        path = f"/api/grants/{grant['id']}/revoke"
        await self._order("revoke", grant["id"], ids, path, {"cameras": ids})

    async def _order(
        self,
        kind: OrderKind,
        grant: str | None,
        cameras: tuple[str, ...] | None,
        path: str,
        body: object,
        *,
        who: Visitor | None = None,
        key: str | None = None,
        tries: int | None = None,
    ) -> dict[str, Any]:
        """A person's command, given again with its key while nobody knows; what the answer holds."""
        key, asked_s = key or secrets.token_hex(8), boot_s()
        outcome: Outcome = "unknown"
        made: dict[str, Any] = {}
        tried = 0
        while outcome == "unknown" and tried != tries and boot_s() < asked_s + _ASK_S:
            if tried:
                await asyncio.sleep(_AGAIN_S)
            outcome, made = await _attempt(who or self._rig.supervisor, path, body, key)
            tried += 1
        self._history.orders.append(
            Order(
                kind=kind,
                grant=made.get("id") if kind == "approve" else grant,
                cameras=cameras,
                asked_s=asked_s,
                answered_s=boot_s(),
                outcome=outcome,
                key=key,
                made=made.get("id") if outcome == "ok" else None,
                problem=made.get("code"),
            )
        )
        return made

    async def _sign_in(self) -> None:
        asked_s, outcome, problem = boot_s(), "unknown", None
        try:
            async with Visitor.at(self._rig.public_url) as person, asyncio.timeout(_ONE_TRY_S):
                await person.sign_in(HOSPITAL_PROVIDER, REGULATOR, expected="/samu")
            outcome = "ok"
        except Failed as error:
            outcome, problem = "fail", str(error)[:200]
        except (httpx2.HTTPError, TimeoutError, OSError) as error:
            problem = type(error).__name__
        self._history.orders.append(
            Order("sign_in", None, None, asked_s, boot_s(), outcome, problem=problem)  # type: ignore[arg-type]
        )

    # -- people, and what they leave ---------------------------------------------------------------

    async def _watch(self, grants: Sequence[dict[str, Any]]) -> None:
        for grant in grants:
            for view in grant["views"]:
                viewer = Viewer(
                    self._rig.regulator,
                    self._history,
                    grant=grant["id"],
                    camera=view["camera"],
                    number=len(self._views),
                )
                self._views.append((viewer, asyncio.create_task(viewer.run())))
        for _ in self._rig.web:  # as a room's page does all the time, at whichever process answers
            await self._rig.supervisor.get("/api/me")
        async with asyncio.timeout(_FIRST_S):
            await asyncio.gather(*(viewer.first.wait() for viewer, _ in self._views))

    async def _in_order_again(self, grant: dict[str, Any]) -> None:
        """For the next run."""
        with suppress(Failed, httpx2.HTTPError):
            await self._rig.regulator.post(f"/api/grants/{grant['id']}/release", {})
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
        """Until what was answered is in it; the checker says what is still missing then."""
        until_s = boot_s() + _RECORDED_S
        while True:
            self._history.entries = await self._entries(after)
            ended = [o for o in self._history.orders if o.kind in {"revoke", "stop_sharing"}]
            if all(ledger.has(self._history, o) for o in ended) or boot_s() > until_s:
                break
            await asyncio.sleep(0.3)
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


async def _attempt(who: Visitor, path: str, body: object, key: str) -> tuple[Outcome, dict[str, Any]]:
    """What came of it; without an answer nobody knows."""
    try:
        async with asyncio.timeout(_ONE_TRY_S):
            answer = await who.attempt(path, body, key=key)
        said = answer.json()
    except (httpx2.HTTPError, TimeoutError, OSError, ValueError):
        return "unknown", {}
    if answer.is_success:
        return "ok", said
    return "unknown" if answer.status_code >= 500 or answer.status_code == 401 else "fail", said
