"""Timers: each deadline once in effect whoever runs them, on time, none waiting for another."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from crisislink.adapters.secrets import Vault
from crisislink.adapters.sql.databases import SqliteDatabase
from crisislink.adapters.sql.store import SqlStore
from crisislink.adapters.system import SystemClock
from crisislink.core.errors import Unavailable
from crisislink.core.events import InventoryLoaded
from crisislink.core.grants import CutCause, EndCause, Grant, GrantState
from crisislink.core.ids import CameraId, GrantId, HabilitationId, RequestId, ViewingId
from crisislink.flow import deadlines, timers
from crisislink.flow.deadlines import Kind
from crisislink.flow.endings import Darkened
from crisislink.flow.ports import LiveVideo, Ports, Store, UnitOfWork, Wake
from crisislink.flow.signin import SessionLimits
from crisislink.flow.standing import Standing
from crisislink.flow.timers import Timers
from tests.city import City
from tests.fakes.video import NotedVideo
from tests.samples import BASIS, T0

PATIENCE_S = 10


@asynccontextmanager
async def running(ports: Ports, video: LiveVideo) -> AsyncIterator[None]:
    """Timers, as a process runs them."""
    task = asyncio.create_task(Timers(ports, video, SessionLimits()).run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def told(city: City, wanted: Callable[[list[str]], bool]) -> list[str]:
    """The register's kinds, once they are as wanted."""
    async with city.ports.bus.listen() as wakes, asyncio.timeout(PATIENCE_S):
        while not wanted(kinds := await city.kinds()):
            await anext(wakes)
        return kinds


class StuckVideo(NotedVideo):
    """A media path of which one grant's node answers only when it is told to."""

    def __init__(self, stuck: GrantId) -> None:
        super().__init__()
        self._stuck = stuck
        self.released = asyncio.Event()

    async def cut(
        self,
        grant: GrantId,
        cameras: Collection[CameraId],
        cause: CutCause,
        *,
        recorded: bool,
        looks: Collection[ViewingId] | None = None,
    ) -> bool:
        """See above."""
        if grant == self._stuck:
            await self.released.wait()
        return await super().cut(grant, cameras, cause, recorded=recorded, looks=looks)


async def test_any_number_of_processes_do_each_thing_once(city: City) -> None:
    await city.grant(minutes=2)
    await city.request()
    other = SqlStore(SqliteDatabase(city.path), clock=city.clock, bus=city.ports.bus, vault=Vault(b"k" * 32))
    there = replace(city.ports, store=other)
    try:
        processes = [Timers(p, city.video, SessionLimits()) for p in (city.ports, there, city.ports)]
        for wait_s in (30, 30, 60, 5, 475):
            city.clock.advance(wait_s)
            await asyncio.gather(*(process.advance() for process in processes))
    finally:
        await other.close()
    kinds = await city.kinds()
    assert kinds.count("request.escalated") == 3
    assert {k: kinds.count(k) for k in ("grant.ending", "grant.ended", "request.lapsed")} == {
        "grant.ending": 1,
        "grant.ended": 1,
        "request.lapsed": 1,
    }
    assert len(city.video.cuts) == 1


async def test_a_node_that_does_not_answer_delays_no_other_end(city: City) -> None:
    first, second = await city.grant(minutes=1), await city.grant(minutes=1)
    video = StuckVideo(first.id)
    async with running(city.ports, video):
        city.clock.advance(60)
        await city.ports.bus.publish(Wake(1))
        kinds = await told(city, lambda kinds: "grant.ended" in kinds)
        assert kinds.count("grant.ending") == 2
        async with city.store.read() as work:
            assert (await work.grant(first.id)).state is GrantState.ENDING
            assert (await work.grant(second.id)).state is GrantState.ENDED
        video.released.set()
        await told(city, lambda kinds: kinds.count("grant.ended") == 2)


async def test_one_that_fails_blocks_no_other(
    city: City, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    broken, sound = await city.grant(minutes=1), await city.grant(minutes=1)

    async def fails(_work: UnitOfWork, _now: Standing, _grant: Grant) -> list[Darkened]:
        raise RuntimeError("a fault of ours")

    first = Kind("broken", lambda now, g: now.now - timedelta(1) if g.id == broken.id else None, fails)
    monkeypatch.setattr(deadlines, "GRANT_KINDS", (first, *deadlines.GRANT_KINDS))
    city.clock.advance(60)
    await city.clock_works()
    async with city.store.read() as work:
        assert (await work.grant(sound.id)).cause is EndCause.EXPIRED
        assert (await work.grant(broken.id)).cause is EndCause.EXPIRED
    assert any("broken" in getattr(record, "due", "") for record in caplog.records)


async def test_one_whose_entry_the_store_refuses_keeps_no_other_waiting(
    city: City, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    locked, *sound = [await city.grant(minutes=1) for _ in range(20)]
    settle = deadlines.settle

    async def refuses(
        work: UnitOfWork, due: Sequence[deadlines.Due], **rules: Any
    ) -> Sequence[deadlines.Done]:
        if any(one.id == locked.id for one in due):
            raise Unavailable  # as a row that an administrator's session holds
        return await settle(work, due, **rules)

    monkeypatch.setattr(timers, "settle", refuses)
    city.clock.advance(60)
    await city.clock_works()
    async with city.store.read() as work:
        assert (await work.grant(locked.id)).state.live
        assert {(await work.grant(one.id)).cause for one in sound} == {EndCause.EXPIRED}
    assert any(locked.id in getattr(record, "due", "") for record in caplog.records)


async def test_a_store_that_does_not_answer_is_asked_again(
    city: City, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    await city.grant(minutes=1)
    city.clock.advance(60)
    read, down = city.store.read, asyncio.Event()

    @asynccontextmanager
    async def fails() -> AsyncIterator[UnitOfWork]:
        down.set()
        raise Unavailable
        yield

    monkeypatch.setattr(city.store, "read", fails)
    async with running(city.ports, city.video):
        async with asyncio.timeout(PATIENCE_S):
            await down.wait()
        assert not city.ports.recall.caught_up(boot_s=city.clock.boot_s())
        monkeypatch.setattr(city.store, "read", read)
        await told(city, lambda kinds: "grant.ended" in kinds)
    assert "trying again" in caplog.text


async def test_a_store_that_was_silent_for_long_is_asked_again_soon(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    await city.grant(minutes=1)
    loop, silent_s = asyncio.get_running_loop(), 0.5
    began_s: list[float] = []
    ended_s: list[float] = []
    thrice = asyncio.Event()

    @asynccontextmanager
    async def fails() -> AsyncIterator[UnitOfWork]:
        began_s.append(loop.time())
        if len(began_s) == 3:
            thrice.set()
        await asyncio.sleep(silent_s)
        ended_s.append(loop.time())
        raise Unavailable
        yield

    monkeypatch.setattr(city.store, "read", fails)
    async with running(city.ports, city.video), asyncio.timeout(PATIENCE_S):
        await thrice.wait()
    pauses_s = [began - ended for ended, began in zip(ended_s, began_s[1:], strict=False)]
    assert max(pauses_s) < 2 * silent_s, "it does not rest in proportion to the silence"


async def test_a_clock_that_is_set_back_ends_nothing_later(city: City) -> None:
    grant, process = await city.grant(minutes=4), Timers(city.ports, city.video, SessionLimits())
    city.clock.advance(100)
    await process.advance()
    city.clock.wall -= timedelta(hours=1)
    city.clock.advance(139.999)
    assert await process.advance() == grant.ends_at
    assert city.video.cuts == []
    city.clock.advance(0.001)
    await process.advance()
    assert [cause for _, _, cause in city.video.cuts] == [EndCause.EXPIRED]


class RunningClock:
    """Real time, from T0 on."""

    def __init__(self) -> None:
        self._began_s = SystemClock().boot_s()

    def now(self) -> datetime:
        """Wall time."""
        return T0 + timedelta(seconds=self.boot_s() - self._began_s)

    def boot_s(self) -> float:
        """Boot time."""
        return time.clock_gettime(time.CLOCK_BOOTTIME)


async def copied(ports: Ports, pattern: Grant, ends_at: Sequence[datetime]) -> None:
    """As many grants as there are ends, each of a request of its own."""
    async with ports.store.write() as work:
        request = await work.request(pattern.request)
        for n, end in enumerate(ends_at):
            grant = replace(pattern, id=GrantId(f"gr_{n}"), request=RequestId(f"req_{n}"), ends_at=end)
            asked = replace(request, id=grant.request, grant=grant.id, version=1)
            await work.record(InventoryLoaded(organisation=None, what="g", rows=1, sha256="0"), asked, grant)


async def late_ms(ports: Ports) -> list[float]:
    """How long after its scheduled end each grant was recorded as ending."""
    async with ports.store.read() as work:
        ends = {g.id: g.ends_at for g in await work.grants(live_only=False)}
        entries = await work.entries(after=0, limit=10_000, kinds=["grant.ending"])
    return [(e.at - ends[json.loads(e.body)["grant"]]).total_seconds() * 1_000 for e in entries]


async def test_many_ends_are_each_recorded_by_one_of_two_processes_and_none_before_its_time(
    city: City,
) -> None:
    """In real time, by two processes; forty ends, 25 ms from one to the next."""
    pattern, clock, count = await city.grant(), RunningClock(), 40
    store = SqlStore(SqliteDatabase(city.path), clock=clock, bus=city.ports.bus, vault=Vault(b"k" * 32))
    ports = replace(city.ports, clock=clock, store=store)
    try:
        begin = clock.now() + timedelta(seconds=1)
        await copied(ports, pattern, [begin + timedelta(milliseconds=25 * n) for n in range(count)])
        async with running(ports, city.video), running(ports, NotedVideo()):
            await told(city, lambda kinds: kinds.count("grant.ended") == count)
        late = await late_ms(ports)
    finally:
        await store.close()
    assert len(late) == count
    assert min(late) >= 0


async def test_what_was_known_is_done_in_time_though_nobody_can_look_again(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    pattern, clock = await city.grant(), RunningClock()
    store = SqlStore(SqliteDatabase(city.path), clock=clock, bus=city.ports.bus, vault=Vault(b"k" * 32))
    ports = replace(city.ports, clock=clock, store=store)
    looked, look = asyncio.Event(), Timers._stands

    async def once(process: Timers) -> Standing:
        if looked.is_set():
            raise Unavailable
        looked.set()
        return await look(process)

    monkeypatch.setattr(Timers, "_stands", once)
    try:
        await copied(ports, pattern, [clock.now() + timedelta(seconds=2.5)])
        async with running(ports, city.video):
            kinds = await told(city, lambda kinds: "grant.ending" in kinds)
    finally:
        await store.close()
    assert kinds.count("grant.ending") == 1


async def test_a_store_that_takes_nothing_is_not_asked_for_each_end_in_turn(
    city: City, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    grants, asked = [await city.grant(minutes=1) for _ in range(3)], 0
    write = city.store.write

    @asynccontextmanager
    async def fails() -> AsyncIterator[UnitOfWork]:
        nonlocal asked
        asked += 1
        raise Unavailable
        yield

    city.clock.advance(60)
    monkeypatch.setattr(city.store, "write", fails)
    await city.clock_works()
    assert asked == 2, "for all, and whether it is there at all"
    assert "did not answer" in caplog.text
    monkeypatch.setattr(city.store, "write", write)
    await city.clock_works()
    assert (await city.kinds()).count("grant.ending") == len(grants)


class _TakesNoEntry:
    """A store that can be read, on a disk that is full."""

    def __init__(self, store: Store) -> None:
        self.read, self._store, self.full = store.read, store, False

    @asynccontextmanager
    async def write(self) -> AsyncIterator[UnitOfWork]:
        if self.full:
            raise Unavailable
        async with self._store.write() as work:
            yield work


async def test_what_may_be_shown_no_longer_is_cut_while_the_store_can_be_read_and_takes_no_entry(
    city: City,
) -> None:
    stuck, grant, now = await city.grant(), await city.grant(), city.clock.now()
    video = StuckVideo(stuck.id)  # which keeps no other waiting
    async with city.store.write() as work:
        [basis] = [one for one in await work.legal_bases(BASIS.owner) if one.id == BASIS.id]
        shorter = replace(basis, valid_until=now + timedelta(seconds=60), version=basis.version + 1)
        loaded = InventoryLoaded(organisation=None, what="acts", rows=1, sha256="0")
        await work.record(loaded, shorter)
    full = _TakesNoEntry(city.store)
    async with running(replace(city.ports, store=full), video):
        await asyncio.sleep(0.5)
        full.full = True
        city.clock.advance(61)
        async with asyncio.timeout(20):
            while not video.cuts:
                await asyncio.sleep(0.02)
    assert video.cuts[0] == (grant.id, frozenset(grant.open_cameras), EndCause.LEGAL_BASIS_ENDED)
    assert video.unrecorded[0] == grant.id


async def test_what_was_prolonged_meanwhile_is_not_cut_though_the_store_takes_no_entry(city: City) -> None:
    grant, now, video = await city.grant(), city.clock.now(), NotedVideo()
    end = now + timedelta(seconds=60)
    async with city.store.write() as work:
        old = await work.habilitations_in(grant.beneficiary)
        following = [replace(one, id=HabilitationId(f"{one.id}_next"), valid_from=end) for one in old]
        ending = [replace(one, valid_until=end) for one in old]
        roster = InventoryLoaded(organisation=None, what="roster", rows=len(old), sha256="0")
        await work.record(roster, *ending, *following)
    full = _TakesNoEntry(city.store)
    async with running(replace(city.ports, store=full), video):
        await asyncio.sleep(0.5)
        full.full = True
        city.clock.advance(61)
        await asyncio.sleep(2 * timers._LOOK_S)
    assert video.cuts == [], "it was due by what was known before: their habilitations follow one another"
