"""The clock's own work: `flow.deadlines` done on time, by every web process, each exactly once in effect.

No safety hangs on it: a lease gives no time past the end, whoever forgets to record it. This makes the
register and the rooms say so, on time.

Each process knows what comes next and waits for it on the boot clock; a wake of the bus, or a second, makes
it look again. Each deadline is settled in a transaction of its own, which asks once more whether it is due:
the process that comes second finds nothing to do, and one that fails keeps no other waiting. Cuts run beside,
all at once: a node that does not answer delays nobody. A clock that is set back ends nothing later.
"""

import asyncio
import logging
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from crisislink.core.errors import Conflict, CrisisLinkError
from crisislink.flow.deadlines import Due, agenda, settle
from crisislink.flow.endings import Darkened, cut
from crisislink.flow.ports import Bus, Clock, LiveVideo, Ports
from crisislink.flow.signin import SessionLimits
from crisislink.flow.standing import Rules, standing
from crisislink.flow.viewing import close_lost

_LOOK_S = 1.0
_REST_S = 0.1
_log = logging.getLogger(__name__)


class Timers:
    """One process's. `sessions`: how long people stay signed in."""

    def __init__(self, ports: Ports, video: LiveVideo, sessions: SessionLimits) -> None:
        self._ports = ports
        self._video = video
        self._rules = Rules(limits=ports.limits, sessions=sessions)
        self._clock = _Onward(ports.clock)
        self._cuts: set[asyncio.Task[None]] = set()
        self._woken = asyncio.Event()

    async def run(self) -> None:
        """For ever."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._hear(self._ports.bus))
            while True:
                began_s = self._ports.clock.boot_s()
                self._woken.clear()
                known = await self._look()
                took_s = self._ports.clock.boot_s() - began_s
                await self._keep(known, began_s + _LOOK_S, rest_s=max(_REST_S, 2 * took_s))

    async def _hear(self, bus: Bus) -> None:
        async with bus.listen() as wakes:
            async for _ in wakes:
                self._woken.set()

    async def _keep(self, known: Sequence[Due], until_s: float, *, rest_s: float) -> None:
        """Settle what is known, each at its time, until it is time to look again."""
        rested = asyncio.create_task(self._rested(rest_s))
        try:
            left = list(known)
            while not rested.done() and (left_s := until_s - self._ports.clock.boot_s()) > 0:
                due = [one for one in left if one.at <= self._clock.now()]
                left = left[len(due) :]
                await self._settle_all(due)
                next_s = left_s if not left else (left[0].at - self._clock.now()).total_seconds()
                await asyncio.wait([rested], timeout=max(0.0, min(left_s, next_s)))
        finally:
            rested.cancel()

    async def _rested(self, rest_s: float) -> None:
        """Somebody recorded something; but a busy house does not keep us looking all the time."""
        await asyncio.sleep(rest_s)
        await self._woken.wait()

    async def _look(self) -> list[Due]:
        try:
            await close_lost(self._ports)
        except CrisisLinkError:
            _log.exception("timers: viewings of lost nodes could not be closed; trying again")
        try:
            return await self._agenda()
        except CrisisLinkError:
            _log.exception("timers: the store did not answer; trying again")
            return []

    async def _agenda(self) -> list[Due]:
        async with self._ports.store.read() as work:
            requests, grants = await work.requests(open_only=True), await work.grants(live_only=True)
            return agenda(await standing(work, requests, grants, rules=self._rules, now=self._clock.now()))

    async def _settle_all(self, due: Sequence[Due]) -> None:
        for one in due:
            try:
                await self._settle(one)
            except Exception:  # noqa: BLE001 - whatever is wrong with one must not keep the others from ending
                _log.exception("timers: %s of %s failed; trying again", one.kind.name, one.id)

    async def _settle(self, due: Due) -> None:
        dark: list[Darkened] = []
        with suppress(Conflict):  # somebody else was first
            async with self._ports.store.write() as work:
                dark = await settle(work, due, rules=self._rules, now=self._clock.now())
        if dark:
            self._beside(self._cut(dark))

    def _beside(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.create_task(work)
        self._cuts.add(task)
        task.add_done_callback(self._cuts.discard)

    async def _cut(self, dark: Sequence[Darkened]) -> None:
        try:
            await cut(self._ports, self._video, dark)
        except CrisisLinkError:
            _log.exception("timers: a cut could not be confirmed; its views end with their leases")

    async def advance(self) -> datetime | None:
        """Do all that is due now, cuts included; the next deadline, or None when nothing waits."""
        while True:
            known, now = await self._agenda(), self._clock.now()
            due = [one for one in known if one.at <= now]
            if not due:
                return known[0].at if known else None
            await self._settle_all(due)
            await asyncio.gather(*self._cuts)


class _Onward:
    """Wall time that never falls: where the clock is set back, it goes on at the pace of the boot clock."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._now, self._boot_s = clock.now(), clock.boot_s()

    def now(self) -> datetime:
        wall, boot_s = self._clock.now(), self._clock.boot_s()
        steady = self._now + timedelta(seconds=boot_s - self._boot_s)
        self._now, self._boot_s = max(wall, steady), boot_s
        return self._now


async def run(ports: Ports, video: LiveVideo, sessions: SessionLimits) -> None:
    """For ever, in this process."""
    await Timers(ports, video, sessions).run()


async def advance(ports: Ports, video: LiveVideo, sessions: SessionLimits) -> datetime | None:
    """As `Timers.advance`, once."""
    return await Timers(ports, video, sessions).advance()
