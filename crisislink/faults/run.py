"""One run: people watch, something breaks, the city revokes meanwhile, it is healed, the checker decides."""

import asyncio
import base64
import json
import os
import signal
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import httpx2

from crisislink.check.report import Failed
from crisislink.demo.behaviour import Behaviour
from crisislink.faults.checker import Violation, check, dark_delay_s, lost_light_s
from crisislink.faults.history import History, Order, Outcome, boot_s
from crisislink.faults.rig import CAMERAS, Rig
from crisislink.faults.viewers import Viewer

DURATION_S = 600
SETTLED_S, BROKEN_S, HEALED_S = 2.0, 7.0, 9.0
_FIRST_S, _ASK_S = 20.0, 12.0


@dataclass(frozen=True, slots=True)
class Fault:
    """What is done to the installation, and how it is undone. `required`: as the design says."""

    name: str
    required: str
    inject: Callable[[Rig], Awaitable[None]]
    heal: Callable[[Rig], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of one run."""

    fault: str
    violations: list[Violation]
    dark_delay_s: float
    lost_light_s: float
    pictures: int
    history: History


async def _nothing(_: Rig) -> None:
    return


async def _kill_web(rig: Rig) -> None:
    await rig.web[0].kill()


async def _start_web(rig: Rig) -> None:
    await rig.web[0].start()


async def _kill_media(rig: Rig) -> None:
    await rig.media[0].kill()


async def _start_media(rig: Rig) -> None:
    await rig.media[0].start()


async def _drain_media(rig: Rig) -> None:
    await rig.media[0].stop()


async def _stop_media(rig: Rig) -> None:
    rig.media[0].signal(signal.SIGSTOP)


async def _go_on_media(rig: Rig) -> None:
    rig.media[0].signal(signal.SIGCONT)


async def _kill_workers(rig: Rig) -> None:
    for part in rig.media:
        for pid in part.workers():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


async def _freeze_redis(rig: Rig) -> None:
    rig.redis.signal(signal.SIGSTOP)


async def _thaw_redis(rig: Rig) -> None:
    rig.redis.signal(signal.SIGCONT)


async def _kill_redis(rig: Rig) -> None:
    rig.redis.signal(signal.SIGKILL)


async def _freeze_database(rig: Rig) -> None:
    rig.database.signal(signal.SIGSTOP)


async def _thaw_database(rig: Rig) -> None:
    rig.database.signal(signal.SIGCONT)


async def _kill_database(rig: Rig) -> None:
    rig.database.signal(signal.SIGKILL)


async def _part_media(rig: Rig) -> None:
    rig.to_database[1].freeze()


async def _join_media(rig: Rig) -> None:
    rig.to_database[1].thaw()


async def _cut_media(rig: Rig) -> None:
    rig.to_database[1].cut()


async def _freeze_cameras(rig: Rig) -> None:
    for camera in CAMERAS[:2]:
        await rig.behave(camera, Behaviour.STALL)


async def _flap_cameras(rig: Rig) -> None:
    for camera in CAMERAS[:2]:
        await rig.behave(camera, Behaviour.FLAP)


async def _mend_cameras(rig: Rig) -> None:
    for camera in CAMERAS[:2]:
        await rig.behave(camera, Behaviour.NORMAL)


FAULTS = (
    Fault("nothing", "all as it should be", _nothing, _nothing),
    Fault("web process killed", "others go on; no transition twice", _kill_web, _start_web),
    Fault("media node killed", "its views move within L + 2 s", _kill_media, _start_media),
    Fault("media node drained", "its views move with ≤ 2 s dark", _drain_media, _start_media),
    Fault("media node stopped, goes on", "no stale picture passes as live", _stop_media, _go_on_media),
    Fault("camera processes killed", "restarted by themselves", _kill_workers, _nothing),
    Fault("Redis frozen", "room stays lit", _freeze_redis, _thaw_redis),
    Fault("Redis restarted", "room stays lit", _kill_redis, lambda rig: rig.restart_redis()),
    Fault("database frozen", "lights out ≤ L; the cut still works", _freeze_database, _thaw_database),
    Fault("database restarted", "nothing lost", _kill_database, lambda rig: rig.restart_database()),
    Fault("node and database parted", "dark ≤ L", _part_media, _join_media),
    Fault("node and database cut off", "dark ≤ L", _cut_media, _join_media),
    Fault("cameras stand still", "labelled ≤ 2 s", _freeze_cameras, _mend_cameras),
    Fault("cameras flap", "never old as live", _flap_cameras, _mend_cameras),
)
SHORT = ("nothing", "media node killed", "database frozen")


class Run:
    """Made for one fault."""

    def __init__(self, rig: Rig, fault: Fault) -> None:
        self._rig = rig
        self._fault = fault
        self._history = History(began_s=boot_s())
        self._views: list[tuple[Viewer, asyncio.Task[None]]] = []

    async def verdict(self) -> Verdict:
        """Play it."""
        seen = await self._newest()
        try:
            grants = [await self._grant(CAMERAS[:2]), await self._grant(CAMERAS[2:])]
            await self._watch(grants)
            await asyncio.sleep(SETTLED_S)
            first_s = boot_s()
            await self._fault.inject(self._rig)
            try:
                await asyncio.sleep(1.0)
                revoking = asyncio.create_task(self._revoke(grants[0], None))
                await asyncio.sleep(BROKEN_S)
            finally:
                await self._fault.heal(self._rig)
            self._history.fault_s = (first_s, boot_s())
            await revoking
            await asyncio.sleep(HEALED_S)
            await self._revoke(grants[1], [CAMERAS[2]])
            await asyncio.sleep(1.5)
        finally:
            for _, task in self._views:
                task.cancel()
            await asyncio.gather(*(task for _, task in self._views), return_exceptions=True)
        self._history.ended_s = boot_s()
        await self._release(grants[1])
        await self._read_register(seen)
        return Verdict(
            fault=self._fault.name,
            violations=check(self._history),
            dark_delay_s=dark_delay_s(self._history),
            lost_light_s=lost_light_s(self._history),
            pictures=len(self._history.pictures),
            history=self._history,
        )

    async def _grant(self, cameras: Sequence[int]) -> dict[str, Any]:
        asked_s = boot_s()
        body = {
            "incident": self._rig.incident["id"],
            "cameras": [self._rig.cameras[n] for n in cameras],
            "duration_s": DURATION_S,
            "intent": "victim_estimate",
        }
        request = await self._rig.regulator.post("/api/requests", body)
        decision = {name: request[name] for name in ("cameras", "duration_s", "version")}
        grant: dict[str, Any] = await self._rig.supervisor.post(
            f"/api/requests/{request['id']}/approve", decision
        )
        now_s = boot_s()
        self._history.granted[grant["id"]] = (frozenset(request["cameras"]), now_s + DURATION_S)
        self._history.orders.append(Order("grant", grant["id"], None, asked_s, now_s, "ok"))
        return grant

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
        async with asyncio.timeout(_FIRST_S):
            await asyncio.gather(*(viewer.first.wait() for viewer, _ in self._views))

    async def _revoke(self, grant: dict[str, Any], cameras: Sequence[int] | None) -> None:
        ids = None if cameras is None else [self._rig.cameras[n] for n in cameras]
        asked_s, outcome = boot_s(), await self._told(f"/api/grants/{grant['id']}/revoke", {"cameras": ids})
        self._history.orders.append(
            Order("revoke", grant["id"], None if ids is None else tuple(ids), asked_s, boot_s(), outcome)
        )

    async def _told(self, path: str, body: object) -> Outcome:
        """What came of a command; without an answer nobody knows."""
        try:
            async with asyncio.timeout(_ASK_S):
                answer = await self._rig.supervisor.attempt(path, body)
        except (httpx2.HTTPError, TimeoutError, OSError):
            return "unknown"
        if answer.is_success:
            return "ok"
        return "unknown" if answer.status_code >= 500 else "fail"

    async def _release(self, grant: dict[str, Any]) -> None:
        with suppress(Failed, httpx2.HTTPError):
            await self._rig.regulator.post(f"/api/grants/{grant['id']}/release", {})

    async def _newest(self) -> int:
        page = await self._rig.auditor.get("/api/register", limit=1)
        return int(page["head"]["size"])

    async def _read_register(self, after: int) -> None:
        while True:
            page = await self._rig.auditor.get("/api/register", after=after, limit=500)
            if not page["entries"]:
                break
            for entry in page["entries"]:
                self._history.entries.append(json.loads(base64.b64decode(entry["body"])))
                after = entry["seq"]
        verdict = await self._rig.auditor.get("/api/register/verification")
        self._history.register_holds = bool(verdict["ok"])
