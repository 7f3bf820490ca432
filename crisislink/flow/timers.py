"""The clock's own work: `flow.deadlines` done on time, by every web process, each exactly once in effect.

No safety hangs on it: a lease gives no time past the end, whoever forgets to record it. This makes the
register and the rooms say so, on time.

Each process knows what comes next and waits for it on the boot clock; a wake of the bus, or a second, makes
it look again. The transaction that settles a deadline asks once more whether it is due: the process that
comes second finds nothing to do. What is due together is settled a few at a time, and each alone where that
fails, so that one that fails keeps no other waiting. Cuts run beside, all at once: a node that does not
answer delays nobody. A clock that is set back ends nothing later.
"""

import asyncio
import logging
from bisect import bisect_right
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from crisislink.core.errors import Conflict, CrisisLinkError, Unavailable
from crisislink.flow import leaving
from crisislink.flow.authority import assume, note_time
from crisislink.flow.catchup import catch_up
from crisislink.flow.deadlines import Due, GrantDue, agenda, named, settle
from crisislink.flow.endings import Darkened, cut
from crisislink.flow.forced import heed
from crisislink.flow.ports import Bus, Clock, LiveVideo, Ports, Session
from crisislink.flow.signin import SessionLimits
from crisislink.flow.standing import Rules, Standing, standing
from crisislink.flow.viewing import close_lost

_LOOK_S = 1.0
_REST_S, _REST_AT_MOST_S, _REST_LOOKS = 0.2, 1.0, 4
_WAITING_S = 0.2  # while a cut waits for the store, or everybody does
_TOGETHER = 16
_AT_ONCE = 10
_log = logging.getLogger(__name__)


class Timers:
    """One process's. `sessions`: how long people stay signed in."""

    def __init__(self, ports: Ports, video: LiveVideo, sessions: SessionLimits) -> None:
        self._ports = ports
        self._video = video
        self._rules = Rules(limits=ports.limits, sessions=sessions)
        self._clock = _Onward(ports.clock)
        self._cuts: set[asyncio.Task[None]] = set()
        self._unrecorded: asyncio.Task[None] | None = None
        self._woken = asyncio.Event()
        self._look_took_s = 0.0
        self._before: Standing | None = None

    async def run(self) -> None:
        """For ever."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._hear(self._ports.bus))
            group.create_task(self._heed(self._ports.bus))
            known = await self._look([])
            while True:
                known = await self._keep(known)

    async def _hear(self, bus: Bus) -> None:
        async with bus.listen() as wakes:
            async for _ in wakes:
                self._woken.set()

    async def _heed(self, bus: Bus) -> None:
        async with bus.handed_over() as orders:
            async for order in orders:
                await heed(self._ports, order)
                self._woken.set()

    async def _keep(self, known: Sequence[Due]) -> Sequence[Due]:
        """Settle what is known, each at its time, until more is known: the new agenda."""
        again, left = asyncio.create_task(self._look_again(known)), list(known)
        try:
            while not again.done():
                passed = bisect_right(left, self._clock.now(), key=_at)
                due, left = left[:passed], left[passed:]
                await self._settle_all(due)
                next_s = (left[0].at - self._clock.now()).total_seconds() if left else _LOOK_S
                await asyncio.wait([again], timeout=max(0.0, next_s))
            return again.result()
        finally:
            again.cancel()
            await asyncio.gather(again, return_exceptions=True)  # its connection goes back to the pool

    async def _look_again(self, known: Sequence[Due]) -> Sequence[Due]:
        """Once somebody recorded something, or after a second; in a busy house not all the time.

        How long a store was silent says nothing of how busy it is: it is asked again soon.
        """
        await asyncio.sleep(_REST_S)
        rest_s = min(_REST_AT_MOST_S, _REST_LOOKS * self._look_took_s) - _REST_S
        if rest_s > 0 and not self._waiting():
            await asyncio.sleep(rest_s)
        with suppress(TimeoutError):
            async with asyncio.timeout(_WAITING_S if self._waiting() else _LOOK_S):
                await self._woken.wait()
        self._woken.clear()
        began_s = asyncio.get_running_loop().time()
        known = await self._look(known)
        took_s = asyncio.get_running_loop().time() - began_s
        self._look_took_s = 0.0 if self._ports.recall.silent else took_s
        return known

    def _waiting(self) -> bool:
        return self._ports.recall.silent or bool(self._ports.journal.pending())

    async def _look(self, known: Sequence[Due]) -> Sequence[Due]:
        """What is due, soonest first; where the store does not answer, what was `known`: each asks again.

        What waits for the store comes first: until it is there, other processes do not know of it.
        """
        recall = self._ports.recall
        try:
            refused = await self._catch_up()
            await self._close_lost()
            stands = await self._stands()
            known = await _agenda(stands)
            await self._watch_store(stands)
            if refused is not None:
                raise refused
        except CrisisLinkError as error:
            self._before = None  # whatever answers next may be another one, with other things by these names
            if isinstance(error, Unavailable):
                recall.store_silent()
            _log.exception("timers: the store did not answer; trying again")
            return known
        recall.store_answered(boot_s=self._ports.clock.boot_s())
        return known

    async def _catch_up(self) -> Unavailable | None:
        """What is still refused: a store that takes no entry may be read, and what is due must be known."""
        try:
            await catch_up(self._ports, self._video)
        except Unavailable as refused:
            self._ports.recall.store_silent()
            return refused
        return None

    async def _watch_store(self, stands: Standing) -> None:
        """It knows how late it is; and when it is another one than a moment ago, all access ends."""
        async with self._ports.store.read() as work:
            authority = await work.authority()
        await note_time(self._ports, authority, stands.grants, stands.crises, stands.previews)
        if authority is None:
            await assume(self._ports)

    async def _close_lost(self) -> None:
        try:
            await close_lost(self._ports)
        except CrisisLinkError:
            _log.exception("timers: viewings of lost nodes could not be closed; trying again")

    async def _stands(self) -> Standing:
        before = self._before
        known = {} if before is None else {grant.id: grant for grant in before.grants}
        async with self._ports.store.read() as work:
            requests, grants = await work.requests(open_only=True), await work.live_grants(known)
            crises = await work.crises(open_only=True)
            self._ports.recall.saw_grants(grants)
            self._ports.recall.saw_crises(crises)
            previews = await work.previews()
            self._ports.recall.saw_previews(previews)
            now = self._clock.now()
            stands = await standing(
                work, requests, grants, crises, previews, rules=self._rules, now=now, before=before
            )
            stands = replace(stands, leaving=await leaving.soon(work, now=now))
        self._before = stands
        return stands

    async def _settle_all(self, due: Sequence[Due]) -> None:
        try:
            for first in range(0, len(due), _TOGETHER):
                if not await self._settled(due[first : first + _TOGETHER]):
                    await self._settle_each(due[first : first + _TOGETHER])
        except Unavailable:  # for all of them: the next look comes first, then they are tried again
            _log.exception("timers: the store did not answer; trying again")
            self._cut_first(due)

    async def _settle_each(self, due: Sequence[Due]) -> None:
        """The sound ones must not wait for the one that fails.

        Raises:
            Unavailable: the store takes none of them.
        """
        refused = 0
        for one in due if len(due) > 1 else ():
            try:
                await self._settled([one])
            except Unavailable:
                _log.exception("timers: refused by the store, trying again", extra={"due": _names([one])})
                refused += 1
        if refused and refused == len(due):
            raise Unavailable

    async def _settled(self, due: Sequence[Due]) -> bool:
        """Whether all of these could be settled, in one transaction; otherwise none was.

        Raises:
            Unavailable: the store does not answer; or it takes no entry about the only one.
        """
        try:
            async with self._ports.store.write() as work:
                done = await settle(work, due, rules=self._rules, now=self._clock.now())
        except Conflict:
            return False  # somebody else was first
        except Unavailable:
            if len(due) == 1:
                raise
            self._cut_first(due)
            async with self._ports.store.write():
                return False  # it is there, and what it refused has to do with one of them
        except Exception:  # noqa: BLE001 - whatever is wrong with one must not keep the others from ending
            _log.exception("timers: failed, trying again", extra={"due": _names(due), "count": len(due)})
            return False
        if dark := [one for one in done if isinstance(one, Darkened)]:
            self._beside(self._cut(dark))
        if ended := [one for one in done if isinstance(one, Session)]:
            self._beside(self._forget(ended))
        return True

    def _beside(self, work: Coroutine[object, object, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._cuts.add(task)
        task.add_done_callback(self._cuts.discard)
        return task

    def _cut_first(self, due: Sequence[Due]) -> None:
        """Beside, one at a time: what is left over is due again at the next look."""
        if self._unrecorded is None or self._unrecorded.done():
            self._unrecorded = self._beside(self._cut_unrecorded(due))

    async def _cut(self, dark: Sequence[Darkened]) -> None:
        try:
            await cut(self._ports, self._video, dark)
        except CrisisLinkError:
            _log.exception("timers: a cut could not be confirmed; its views end with their leases")

    async def _forget(self, ended: Sequence[Session]) -> None:
        try:
            await leaving.forget(self._ports, ended)
        except CrisisLinkError:
            _log.exception("timers: copies of ended sessions could not be recalled; they last a second")

    async def _cut_unrecorded(self, due: Sequence[Due]) -> None:
        """A store that can be read gives leases on; what may be shown no longer is cut before its entry.

        Asked again, for things may have changed: what is cut without an entry stays dark.
        """
        try:
            stands = await self._stands()
        except CrisisLinkError:
            return  # nor can a lease be given
        grants = {grant.id: grant for grant in stands.grants}
        dark = [
            one.kind.dark(stands, grant)
            for one in due
            if isinstance(one, GrantDue) and one.kind.dark is not None
            if (grant := grants.get(one.id)) is not None
            if (at := one.kind.due(stands, grant)) is not None and at <= stands.now
        ]
        await asyncio.gather(
            *(self._video.cut(one.grant, one.cameras, one.cause, recorded=False) for one in dark)
        )

    async def advance(self) -> datetime | None:
        """Do all that is due now, cuts included; the next deadline, or None when nothing waits."""
        tried: set[tuple[str, str]] = set()
        while True:
            known, now = await _agenda(await self._stands()), self._clock.now()
            due = [one for one in known if one.at <= now]
            new = {named(one) for one in due}
            if new <= tried:  # nothing more, or what fails again
                return next((one.at for one in known if one.at > now), None)
            tried = new
            await self._settle_all(due)
            await asyncio.gather(*self._cuts)


async def _agenda(now: Standing) -> list[Due]:
    """As `deadlines.agenda`, a few grants at a time: hundreds at once would hold everybody else up."""
    found = agenda(replace(now, grants=()))
    for first in range(0, len(now.grants), _AT_ONCE):
        some = now.grants[first : first + _AT_ONCE]
        found += agenda(replace(now, requests=(), leaving=(), crises=(), previews=(), grants=some))
        await asyncio.sleep(0)
    return sorted(found, key=_at)


def _names(due: Sequence[Due]) -> str:
    return ",".join("/".join(named(one)) for one in due)


def _at(due: Due) -> datetime:
    return due.at


class _Onward:
    """Wall time that never falls: where the clock is set back, it goes on at the pace of the boot clock."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._anchor, self._anchor_boot_s = clock.now(), clock.boot_s()

    def now(self) -> datetime:
        # Wall first, as in adapters.system: who is interrupted in between is late for a moment, never early.
        wall, boot_s = self._clock.now(), self._clock.boot_s()
        steady = self._anchor + timedelta(seconds=boot_s - self._anchor_boot_s)
        if wall <= steady:
            return steady
        self._anchor, self._anchor_boot_s = wall, boot_s
        return wall


async def run(ports: Ports, video: LiveVideo, sessions: SessionLimits) -> None:
    """For ever, in this process."""
    await Timers(ports, video, sessions).run()
