"""The city's cut waits for nobody: pictures first, then the journal, then, marked late, the register."""

import asyncio
import json
import os
import sqlite3
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from crisislink.adapters.bus.inprocess import InProcessBus
from crisislink.adapters.journal import FileJournal, Taken, claimed
from crisislink.adapters.secrets import Vault
from crisislink.adapters.sql.databases import SqliteDatabase
from crisislink.adapters.sql.store import SqlStore
from crisislink.core.crisis import CrisisState
from crisislink.core.errors import Denied, Expired, NotFound, Reason, Unavailable
from crisislink.core.events import epoch_ms
from crisislink.core.grants import EndCause, Grant, GrantState, end
from crisislink.core.ids import CameraId, GrantId, PersonId
from crisislink.flow import catchup, crisis, crisisends, decisions, endings, forced, viewing
from crisislink.flow.attempts import recorded
from crisislink.flow.ports import ForcedCut, Ports, UnitOfWork
from crisislink.flow.recall import CAUGHT_UP_S, Recall
from crisislink.flow.register import verify
from crisislink.flow.signin import SessionLimits
from crisislink.flow.timers import Timers
from tests.city import City
from tests.flow.test_declared_crisis import asked, declared, granted
from tests.samples import CAMERAS, OPERATOR, REGULATOR, SUPERVISOR

CAMERA = CAMERAS[0].id
PATIENCE_S = 0.5


@contextmanager
def locked(city: City) -> Iterator[None]:
    """The store takes no entry."""
    other = sqlite3.connect(city.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


async def _entries(city: City, kind: str) -> list[dict[str, Any]]:
    async with city.store.read() as work:
        return [json.loads(e.body) for e in await work.entries(after=0, limit=1_000, kinds=[kind])]


async def _now(city: City, grant: Grant) -> Grant:
    async with city.store.read() as work:
        return await work.grant(grant.id)


def _restarted(city: City) -> Ports:
    """The same installation, in a new process."""
    return replace(city.ports, journal=FileJournal(city.path.parent / "forced-cuts.jsonl"))


async def test_the_pictures_are_cut_in_a_blink_while_the_store_takes_no_entry(city: City) -> None:
    grant = await city.grant()
    with locked(city):
        ending = asyncio.create_task(
            endings.revoke(city.ports, city.video, OPERATOR, grant.id, [CAMERA], preempt=False)
        )
        async with asyncio.timeout(PATIENCE_S):
            while not city.video.cuts:
                await asyncio.sleep(0.005)
        assert city.video.cuts == [(grant.id, frozenset({CAMERA}), EndCause.REVOKED)]
        assert city.video.unrecorded == [grant.id]
        told = await ending
    assert told.view(CAMERA).ended_at is not None
    assert (await _now(city, grant)).view(CAMERA).ended_at is None


async def test_after_a_silence_of_the_store_no_ticket_precedes_the_cuts_that_other_processes_made(
    city: City,
) -> None:
    grant, there = await city.grant(), replace(city.ports, recall=Recall())

    async def asked() -> object:
        return await viewing.open_ticket(there, REGULATOR, grant.id, CAMERA)

    assert await asked()
    there.recall.store_silent()
    with pytest.raises(Unavailable):
        await asked()
    there.recall.store_answered(boot_s=city.clock.boot_s())
    with pytest.raises(Unavailable):
        await asked()
    city.clock.advance(CAUGHT_UP_S)
    there.recall.store_answered(boot_s=city.clock.boot_s())
    assert await asked()


async def test_what_was_cut_is_journalled_before_the_store_has_given_up(city: City) -> None:
    grant = await city.grant()
    with locked(city):
        ending = asyncio.create_task(
            endings.revoke(city.ports, city.video, OPERATOR, grant.id, None, preempt=False)
        )
        async with asyncio.timeout(PATIENCE_S):
            while not _restarted(city).journal.pending():  # what a process that is killed now has left
                await asyncio.sleep(0.005)
        assert not ending.done()
        await ending
    await catchup.catch_up(city.ports, city.video)
    assert city.ports.journal.pending() == ()


async def test_what_was_recorded_after_all_is_journalled_no_more(city: City) -> None:
    grant = await city.grant()
    with locked(city):
        ending = asyncio.create_task(
            endings.revoke(city.ports, city.video, OPERATOR, grant.id, None, preempt=False)
        )
        async with asyncio.timeout(PATIENCE_S):
            while not city.ports.journal.pending():
                await asyncio.sleep(0.005)
    assert (await ending).state is GrantState.ENDED
    assert _restarted(city).journal.pending() == ()
    assert len(await _entries(city, "grant.ending")) == 1


async def test_an_order_about_a_camera_the_grant_never_held_is_refused_and_cuts_nothing(city: City) -> None:
    grant = await city.grant()
    with pytest.raises(NotFound):
        await endings.revoke(
            city.ports, city.video, OPERATOR, grant.id, [CAMERA, CameraId("cam_none")], preempt=False
        )
    with locked(city), pytest.raises((NotFound, Unavailable)):
        await endings.revoke(
            city.ports, city.video, OPERATOR, grant.id, [CAMERA, CameraId("cam_none")], preempt=False
        )
    assert city.video.cuts == []
    assert city.ports.journal.pending() == ()
    assert (await _entries(city, "access.denied"))[0]["reason"] == "not_found"


async def test_an_order_a_restored_store_does_not_know_is_in_the_register_and_keeps_no_other_waiting(
    city: City,
) -> None:
    grant = await city.grant()
    unknown = ForcedCut(
        id="cut_1",
        at=city.clock.now(),
        actor=OPERATOR.person.id,
        owner=OPERATOR.organisation.id,
        grant=GrantId("grant_lost"),
        cameras=None,
        cause=EndCause.REVOKED,
    )
    city.ports.journal.note(unknown)
    city.ports.journal.note(replace(unknown, id="cut_2", grant=grant.id))
    await city.clock_works()
    await catchup.catch_up(city.ports, city.video)
    assert city.ports.journal.pending() == ()
    assert (await _now(city, grant)).state is GrantState.ENDED
    [entry] = await _entries(city, "access.denied")
    assert (entry["actor"], entry["target"]) == (OPERATOR.person.id, "grant_lost")


async def test_what_a_kill_switch_left_over_when_its_process_died_ends_at_any_other(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    grants = [await city.grant() for _ in range(3)]
    monkeypatch.setattr(endings, "_TOGETHER", 2)
    ending = endings.end_all

    async def dies(work: UnitOfWork, some: list[Grant], *more: Any, **named: Any) -> list[endings.Darkened]:
        if len(some) == 1:  # the last of them
            raise asyncio.CancelledError
        return await ending(work, some, *more, **named)

    monkeypatch.setattr(endings, "end_all", dies)
    with pytest.raises(asyncio.CancelledError):
        await endings.stop_sharing(city.ports, city.video, SUPERVISOR)
    monkeypatch.undo()
    [left] = [grant for grant in grants if (await _now(city, grant)).state.live]
    there = replace(city.ports, journal=FileJournal(city.path.parent / "there.jsonl"))
    assert await viewing.leases(there, [(left.id, CAMERA, None)]) == {}, "nothing is seen while stopped"
    for seen in (
        viewing.lease(there, left.id, CAMERA, None),
        viewing.brief(there, left.id, CAMERA),
        viewing.open_ticket(there, REGULATOR, left.id, CAMERA),
    ):
        with pytest.raises(Expired):
            await seen
    thrown_at = epoch_ms(city.clock.now())
    city.clock.advance(2)
    await city.clock_works()
    ends = await _entries(city, "grant.ending")
    assert {one["actor"] for one in ends} == {SUPERVISOR.person.id}
    assert [one["cut_at_ms"] for one in ends if one["grant"] == left.id] == [thrown_at]
    assert {(await _now(city, g)).state for g in grants} <= {GrantState.ENDED, GrantState.ENDING}
    assert {(await _now(city, g)).cause for g in grants} == {EndCause.SHARING_STOPPED}


async def test_what_one_process_cannot_record_holds_at_the_others_and_is_recorded_there(
    city: City, tmp_path: Path
) -> None:
    grant = await city.grant()
    there = replace(city.ports, journal=FileJournal(tmp_path / "there.jsonl"))
    timing = asyncio.create_task(Timers(there, city.video, SessionLimits()).run())
    try:
        with locked(city):
            await endings.revoke(city.ports, city.video, OPERATOR, grant.id, None, preempt=False)
            assert forced.withheld(there, grant, CAMERA)
        async with asyncio.timeout(10):
            while (await _now(city, grant)).state.live:
                await asyncio.sleep(0.02)
    finally:
        timing.cancel()
        await asyncio.gather(timing, return_exceptions=True)
    [entry] = await _entries(city, "grant.ending")
    assert entry["actor"] == OPERATOR.person.id
    assert "cut_at_ms" in entry
    await catchup.catch_up(city.ports, city.video)
    assert city.ports.journal.pending() == ()
    assert len(await _entries(city, "grant.ending")) == 1


async def test_a_kill_switch_replayed_after_it_was_lifted_stops_nothing_again(city: City) -> None:
    with locked(city):
        await endings.stop_sharing(city.ports, city.video, SUPERVISOR)
    [order] = city.ports.journal.pending()
    await catchup.catch_up(city.ports, city.video)
    city.clock.advance(60)
    await endings.resume_sharing(city.ports, city.video, SUPERVISOR)
    grant = await city.grant()
    city.ports.journal.note(
        replace(order, id="cut_unheard")
    )  # of a process that was parted from the store all the while
    await catchup.catch_up(city.ports, city.video)
    assert (await _now(city, grant)).state.live
    assert city.ports.journal.pending() == ()
    assert (await _entries(city, "access.denied"))[-1]["reason"] == "already_over"


async def test_until_it_is_in_the_register_it_holds_here(city: City) -> None:
    grant = await city.grant()
    with locked(city):
        await endings.revoke(city.ports, city.video, OPERATOR, grant.id, [CAMERA], preempt=False)
    other = CAMERAS[1].id
    with pytest.raises(Expired):
        await viewing.lease(city.ports, grant.id, CAMERA, None)
    with pytest.raises(Expired):
        await viewing.open_ticket(city.ports, REGULATOR, grant.id, CAMERA)
    assert (await viewing.lease(city.ports, grant.id, other, None)).remaining_ms > 0


async def test_it_gets_into_the_register_once_marked_with_the_time_of_the_cut(city: City) -> None:
    grant = await city.grant()
    with locked(city):
        await endings.revoke(city.ports, city.video, OPERATOR, grant.id, None, preempt=True)
    cut_at = city.clock.now()
    city.clock.advance(90)
    await catchup.catch_up(city.ports, city.video)
    await catchup.catch_up(city.ports, city.video)
    [entry] = await _entries(city, "grant.ending")
    assert entry["cut_at_ms"] == round(cut_at.timestamp() * 1000)
    assert entry["at_ms"] - entry["cut_at_ms"] == 90_000
    assert (entry["actor"], entry["cause"]) == (OPERATOR.person.id, "preempted")
    assert (await _now(city, grant)).state is GrantState.ENDED
    assert city.ports.journal.pending() == ()
    assert (await verify(city.store)).holds


async def test_a_crash_between_cut_and_register_loses_nothing(city: City) -> None:
    grant = await city.grant()
    with locked(city):
        await endings.revoke(city.ports, city.video, OPERATOR, grant.id, None, preempt=False)
    again = _restarted(city)
    with pytest.raises(Expired):
        await viewing.lease(again, grant.id, CAMERA, None)
    await catchup.catch_up(again, city.video)
    assert len(await _entries(city, "grant.ending")) == 1
    assert _restarted(city).journal.pending() == ()


async def test_the_kill_switch_cuts_all_and_stops_all_without_the_store(city: City) -> None:
    first, second = await city.grant(), await city.grant()
    request = await city.request()
    with locked(city):
        sharing = await endings.stop_sharing(city.ports, city.video, SUPERVISOR)
    assert sharing.stopped
    assert {grant for grant, _, _ in city.video.cuts} == {first.id, second.id}
    approval = decisions.Approval(cameras=request.cameras, duration_s=600, version=request.version)
    with pytest.raises(Denied) as refused:
        await decisions.approve(city.ports, SUPERVISOR, request.id, approval, command=None)
    assert refused.value.reason is Reason.SHARING_STOPPED
    with pytest.raises(Denied) as not_even_asked:
        await city.request()
    assert not_even_asked.value.reason is Reason.SHARING_STOPPED
    await catchup.catch_up(city.ports, city.video)
    assert [e["cut_at_ms"] is not None for e in await _entries(city, "sharing.stopped")] == [True]
    assert len(await _entries(city, "grant.ending")) == 2
    assert {(await _now(city, g)).state for g in (first, second)} == {GrantState.ENDED}


async def test_who_may_not_cut_may_not_while_the_store_is_away_either(city: City) -> None:
    grant = await city.grant()
    with locked(city), pytest.raises(Unavailable):
        await endings.revoke(city.ports, city.video, REGULATOR, grant.id, None, preempt=False)
    assert city.video.cuts == []
    assert city.ports.journal.pending() == ()


async def test_a_store_that_answers_in_time_is_asked_first_and_the_journal_stays_empty(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forced, "BLINK_S", PATIENCE_S * 10)  # however busy the machine of the test is
    grant = await city.grant()
    await endings.revoke(city.ports, city.video, OPERATOR, grant.id, None, preempt=False)
    assert city.video.unrecorded == []
    assert "cut_at_ms" not in (await _entries(city, "grant.ending"))[0]
    assert not (city.path.parent / "forced-cuts.jsonl").exists()


async def test_a_disk_that_is_full_stops_no_cut(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    grant = await city.grant()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("crisislink.adapters.journal.os.open", full)
    with locked(city):
        await endings.revoke(city.ports, city.video, OPERATOR, grant.id, None, preempt=False)
    assert city.video.unrecorded == [grant.id]
    with pytest.raises(Expired):
        await viewing.lease(city.ports, grant.id, CAMERA, None)


def test_a_line_that_a_crash_left_unfinished_is_no_line(tmp_path: Path, city: City) -> None:
    path = tmp_path / "journal"
    grant, at = "gr_1", city.clock.now()
    journal = FileJournal(path)
    kept = ForcedCut(
        id="cut_1",
        at=at,
        actor=OPERATOR.person.id,
        owner=OPERATOR.organisation.id,
        grant=None,
        cameras=None,
        cause=EndCause.SHARING_STOPPED,
    )
    journal.note(kept)
    with path.open("ab") as file:
        file.write(b'{"cut": {"id": "cut_2", "gr' + grant.encode())
    assert FileJournal(path).pending() == (kept,)
    after = FileJournal(path)
    after.note(replace(kept, id="cut_3"))
    assert [c.id for c in FileJournal(path).pending()] == ["cut_1", "cut_3"]


async def test_a_crisis_is_suspended_and_what_it_granted_cut_while_the_store_takes_no_entry(
    city: City,
) -> None:
    by_hand, declaration = await city.grant(), await declared(city)
    grant = await granted(city, await asked(city))
    await city.clock_works()  # this process knows of them
    with locked(city):
        told = await crisisends.suspend(city.ports, city.video, OPERATOR, declaration.id, cut_running=True)
        assert told.state is CrisisState.SUSPENDED
        assert city.video.unrecorded == [grant.id]
    with pytest.raises(Expired):
        await viewing.lease(city.ports, grant.id, CAMERA, None)
    assert (await viewing.lease(city.ports, by_hand.id, CAMERA, None)).remaining_ms > 0
    assert (await asked(city)).open, "it holds here before it is in the register"
    await catchup.catch_up(city.ports, city.video)
    [said] = await _entries(city, "crisis.suspended")
    assert (said["actor"], said["cut"], "cut_at_ms" in said) == (OPERATOR.person.id, True, True)
    assert (await _now(city, grant)).cause is EndCause.CRISIS_SUSPENDED
    assert city.ports.journal.pending() == ()
    assert (await asked(city)).open


def test_a_disk_with_a_few_bytes_left_takes_no_half_line_for_a_whole_one(
    tmp_path: Path, city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = ForcedCut(
        id="cut_1",
        at=city.clock.now(),
        actor=OPERATOR.person.id,
        owner=OPERATOR.organisation.id,
        grant=None,
        cameras=None,
        cause=EndCause.SHARING_STOPPED,
    )
    write, left = os.write, [20, 7]

    def short(descriptor: int, line: bytes) -> int:
        if not left:
            raise OSError(28, "No space left on device")
        return write(descriptor, line[: left.pop()])

    monkeypatch.setattr("crisislink.adapters.journal.os.write", short)
    with pytest.raises(OSError, match="No space"):
        FileJournal(tmp_path / "journal").note(order)
    monkeypatch.setattr("crisislink.adapters.journal.os.write", lambda d, line: write(d, line[:9]))
    FileJournal(tmp_path / "other").note(order)
    assert FileJournal(tmp_path / "other").pending() == (order,)


def test_a_second_process_that_serves_in_the_same_folder_is_turned_away(tmp_path: Path) -> None:
    with claimed(tmp_path / "cuts.jsonl"), pytest.raises(Taken), claimed(tmp_path / "cuts.jsonl"):
        pass
    with claimed(tmp_path / "cuts.jsonl") as journal:
        assert journal.pending() == ()


async def test_who_cut_first_is_named_though_another_end_was_recorded_before_theirs(city: City) -> None:
    grant = await city.grant()
    with locked(city):
        await endings.revoke(city.ports, city.video, OPERATOR, grant.id, None, preempt=False)
    async with city.store.write() as work:
        ended, event = end(grant, EndCause.RESTORED, actor=None, now=city.clock.now())
        assert event is not None
        await work.record(event, ended)
    await catchup.catch_up(city.ports, city.video)
    [told] = await _entries(city, "access.denied")
    said = (told["actor"], told["action"], told["target"], told["reason"])
    assert said == (OPERATOR.person.id, "grant.revoke", grant.id, "already_over")
    assert city.ports.journal.pending() == ()
    assert len(await _entries(city, "grant.ending")) == 1


async def test_a_cut_that_did_not_wait_names_who_made_it_also_where_the_end_was_there_already(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forced, "BLINK_S", 0)
    grant = await city.grant()
    await endings.revoke(city.ports, city.video, SUPERVISOR, grant.id, None, preempt=False)
    assert city.ports.journal.pending() == (), "their own"
    city.ports.recall.saw_grant(grant)  # this process has not heard of it yet
    await endings.revoke(city.ports, city.video, OPERATOR, grant.id, None, preempt=False)
    await catchup.catch_up(city.ports, city.video)
    assert [e["actor"] for e in await _entries(city, "access.denied")] == [OPERATOR.person.id]
    assert city.ports.journal.pending() == ()


async def test_the_second_who_throws_the_kill_switch_without_the_store_is_named_too(city: City) -> None:
    other = replace(SUPERVISOR, person=OPERATOR.person)
    with locked(city):
        await endings.stop_sharing(city.ports, city.video, SUPERVISOR)
        await endings.stop_sharing(city.ports, city.video, other)
    await catchup.catch_up(city.ports, city.video)
    assert [e["actor"] for e in await _entries(city, "sharing.stopped")] == [SUPERVISOR.person.id]
    assert [(e["actor"], e["action"]) for e in await _entries(city, "access.denied")] == [
        (OPERATOR.person.id, "sharing.stop")
    ]


class _Parted(SqlStore):
    """The city's store, as a process sees it that is parted from it while `away`."""

    away = False

    @asynccontextmanager
    async def write(self) -> AsyncIterator[UnitOfWork]:
        if self.away:
            raise Unavailable(Reason.STORE)
        async with super().write() as work:
            yield work

    @asynccontextmanager
    async def read(self) -> AsyncIterator[UnitOfWork]:
        if self.away:
            raise Unavailable(Reason.STORE)
        async with super().read() as work:
            yield work


class _Losing(InProcessBus):
    """Loses what is said while `down`."""

    down = False

    async def hand_over(self, order: ForcedCut) -> bool:
        return not self.down and await super().hand_over(order)


def _elsewhere(city: City, folder: Path) -> Ports:
    """Another process of the installation."""
    folder.mkdir()
    return replace(city.ports, journal=FileJournal(folder / "forced-cuts.jsonl"), recall=Recall())


def _order(city: City, id: str, grant: Grant | None = None) -> ForcedCut:
    """As `endings.revoke` makes it; or, of no grant, the kill switch."""
    return ForcedCut(
        id=id,
        at=city.clock.now(),
        actor=(SUPERVISOR if grant is None else OPERATOR).person.id,
        owner=OPERATOR.organisation.id,
        grant=None if grant is None else grant.id,
        cameras=None,
        cause=EndCause.SHARING_STOPPED if grant is None else EndCause.REVOKED,
    )


async def _handed_over(city: City, order: ForcedCut, *others: Ports) -> None:
    """Ordered here, not recorded, and heard of by the others."""
    city.ports.journal.note(order)
    for other in others:
        await forced.heed(other, order)


async def test_a_cut_that_the_bus_lost_too_is_told_again_until_the_register_has_it(
    city: City, tmp_path: Path
) -> None:
    bus, grant = _Losing(), await city.grant()
    parted = _Parted(SqliteDatabase(city.path), clock=city.clock, bus=bus, vault=Vault(b"k" * 32))
    here = replace(city.ports, store=parted, bus=bus)
    there = replace(_elsewhere(city, tmp_path / "there"), bus=bus)
    timing = [
        asyncio.create_task(Timers(ports, city.video, SessionLimits()).run()) for ports in (here, there)
    ]
    try:
        parted.away = bus.down = True
        await endings.revoke(here, city.video, OPERATOR, grant.id, None, preempt=False)
        told = len(city.video.unrecorded)
        assert not there.journal.pending()
        bus.down = False
        async with asyncio.timeout(10):
            while (await _now(city, grant)).state.live or there.journal.pending():
                await asyncio.sleep(0.02)
            while len(city.video.unrecorded) < told + 2:  # the media nodes missed it too
                await asyncio.sleep(0.02)
        assert there.journal.pending() == (), "what is told again is not kept again"
        parted.away = False
        async with asyncio.timeout(10):
            while here.journal.pending():
                await asyncio.sleep(0.02)
    finally:
        for task in timing:
            task.cancel()
        await asyncio.gather(*timing, return_exceptions=True)
        await parted.close()
    [entry] = await _entries(city, "grant.ending")
    assert (entry["actor"], "cut_at_ms" in entry) == (OPERATOR.person.id, True)
    assert await _entries(city, "access.denied") == []


async def test_only_whose_order_it_is_tells_it_again_also_after_a_restart(city: City, tmp_path: Path) -> None:
    there = _elsewhere(city, tmp_path / "there")
    grant = await city.grant()
    order = _order(city, "cut_1", grant)
    await _handed_over(city, order, there)
    again = FileJournal(tmp_path / "there" / "forced-cuts.jsonl")
    assert (there.journal.own(), again.pending(), again.own()) == ((), (order,), ())
    assert _restarted(city).journal.own() == (order,)
    async with city.ports.bus.handed_over() as orders:
        await forced.told_again(there, city.video)
        await forced.told_again(city.ports, city.video)
        assert await anext(orders) == order
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0):
                await anext(orders)


async def test_what_others_cannot_judge_is_not_handed_to_them(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forced, "BLINK_S", 0)
    grant = await city.grant()
    async with city.ports.bus.handed_over() as orders:
        with locked(city), pytest.raises(Unavailable):
            await endings.revoke(city.ports, city.video, REGULATOR, grant.id, None, preempt=False)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0):
                await anext(orders)


async def test_a_cut_is_handed_over_as_it_is_made_though_the_disk_takes_nothing_and_is_entered_once(
    city: City, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there, grant = _elsewhere(city, tmp_path / "there"), await city.grant()
    disk, append = threading.Event(), FileJournal._append

    def stuck(journal: FileJournal, *line: Any, **named: Any) -> None:
        if journal is city.ports.journal:
            disk.wait()
        append(journal, *line, **named)

    monkeypatch.setattr(FileJournal, "_append", stuck)
    async with city.ports.bus.handed_over() as orders:
        with locked(city):
            ending = asyncio.create_task(
                endings.revoke(city.ports, city.video, OPERATOR, grant.id, None, preempt=False)
            )
            try:
                async with asyncio.timeout(PATIENCE_S * 10):
                    order = await anext(orders)
                assert city.video.unrecorded == [grant.id]
                await forced.heed(city.ports, order)
                assert city.ports.journal.own() == (order,), "it hears itself, and it stays its own"
                await forced.heed(there, order)
            finally:
                disk.set()
            await ending
    for ports in (there, city.ports):
        await catchup.catch_up(ports, city.video)
        assert ports.journal.pending() == ()
    assert len(await _entries(city, "grant.ending")) == 1
    assert await _entries(city, "access.denied") == []


async def test_a_refusal_of_what_was_handed_over_is_in_the_register_once(
    city: City, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forced, "BLINK_S", 0)
    there, lost = _elsewhere(city, tmp_path / "there"), replace(await city.grant(), id=GrantId("grant_lost"))
    city.ports.recall.saw_grant(lost)
    async with city.ports.bus.handed_over() as orders:
        with pytest.raises(NotFound):
            await endings.revoke(city.ports, city.video, OPERATOR, lost.id, None, preempt=False)
        await forced.heed(there, await anext(orders))
    await catchup.catch_up(there, city.video)
    assert there.journal.pending() == ()
    assert len(await _entries(city, "access.denied")) == 1


@pytest.mark.parametrize("order", ["revoke", "stop_sharing", "suspend"])
async def test_a_cut_that_is_neither_recorded_nor_confirmed_is_told_as_such_and_goes_on(
    city: City, order: str
) -> None:
    declaration = await declared(city)
    grant = await granted(city, await asked(city))
    await city.clock_works()
    city.video.confirms = False
    ordering: dict[str, Callable[[], Awaitable[object]]] = {
        "revoke": lambda: endings.revoke(city.ports, city.video, OPERATOR, grant.id, None, preempt=False),
        "stop_sharing": lambda: endings.stop_sharing(city.ports, city.video, SUPERVISOR),
        "suspend": lambda: crisisends.suspend(
            city.ports, city.video, OPERATOR, declaration.id, cut_running=True
        ),
    }
    with locked(city), pytest.raises(Unavailable) as told:
        await ordering[order]()
    assert told.value.reason is Reason.CUT_UNCONFIRMED
    assert city.video.unrecorded == [grant.id]
    assert len(city.ports.journal.own()) == 1
    await catchup.catch_up(city.ports, city.video)
    assert not (await _now(city, grant)).state.live


async def test_a_refusal_that_many_processes_heard_of_is_in_the_register_once(
    city: City, tmp_path: Path
) -> None:
    there, third = _elsewhere(city, tmp_path / "b"), _elsewhere(city, tmp_path / "c")
    grant = await city.grant(minutes=10)
    order = _order(city, "cut_1", grant)
    await _handed_over(city, order, there, third)
    city.clock.advance(11 * 60)
    await city.clock_works()
    for ports in (city.ports, there, third):
        await catchup.catch_up(ports, city.video)
        assert ports.journal.pending() == ()
    await forced.heed(there, order)  # it is told again by who is still parted from the store
    assert there.journal.pending() == ()
    third.journal.note(order)  # it died before it had settled it
    await catchup.catch_up(third, city.video)
    [denied] = await _entries(city, "access.denied")
    assert (denied["actor"], denied["reason"]) == (OPERATOR.person.id, "already_over")


@pytest.mark.parametrize("late", [False, True])
async def test_a_kill_switch_recorded_and_lifted_elsewhere_is_no_refusal_here(
    city: City, tmp_path: Path, late: bool
) -> None:
    there = _elsewhere(city, tmp_path / "there")
    await city.grant()
    if late:
        await _handed_over(city, _order(city, "cut_1"), there)
        await catchup.catch_up(city.ports, city.video)
    else:
        with locked(city):
            throwing = asyncio.create_task(endings.stop_sharing(city.ports, city.video, SUPERVISOR))
            async with asyncio.timeout(10):
                while not city.ports.journal.pending():
                    await asyncio.sleep(0.005)
            await forced.heed(there, city.ports.journal.pending()[0])
        await throwing
    city.clock.advance(60)
    await endings.resume_sharing(city.ports, city.video, SUPERVISOR)
    grant = await city.grant()
    await catchup.catch_up(there, city.video)
    assert there.journal.pending() == ()
    assert (await _now(city, grant)).state.live
    assert await _entries(city, "access.denied") == []
    assert len(await _entries(city, "sharing.stopped")) == 1


async def test_a_crisis_suspended_and_resumed_elsewhere_is_no_refusal_here(
    city: City, tmp_path: Path
) -> None:
    there, declaration = _elsewhere(city, tmp_path / "there"), await declared(city)
    order = replace(_order(city, "cut_1"), crisis=declaration.id, cause=EndCause.CRISIS_SUSPENDED)
    await _handed_over(city, order, there)
    await catchup.catch_up(city.ports, city.video)
    city.clock.advance(60)
    await crisis.resume(city.ports, SUPERVISOR, declaration.id)
    await catchup.catch_up(there, city.video)
    assert there.journal.pending() == ()
    assert await _entries(city, "access.denied") == []
    assert len(await _entries(city, "crisis.suspended")) == 1


async def test_what_ran_at_a_crisis_cut_ends_though_another_process_has_resumed_the_crisis_since(
    city: City, tmp_path: Path
) -> None:
    there, declaration = _elsewhere(city, tmp_path / "there"), await declared(city)
    grant = await granted(city, await asked(city))
    await crisisends.suspend(city.ports, city.video, OPERATOR, declaration.id, cut_running=False)
    order = replace(_order(city, "cut_1"), crisis=declaration.id, cause=EndCause.CRISIS_SUSPENDED)
    there.journal.note(order)  # parted from the store, and from the process that resumes the crisis
    city.clock.advance(60)
    await crisis.resume(city.ports, SUPERVISOR, declaration.id)
    later = await granted(city, await asked(city))
    await catchup.catch_up(there, city.video)
    assert there.journal.pending() == ()
    ended = await _now(city, grant)
    assert (ended.state.live, ended.cause) == (False, EndCause.CRISIS_SUSPENDED)
    assert (await _now(city, later)).state.live, "what was given since is no business of an order before it"
    async with city.store.read() as work:
        assert (await work.crisis(declaration.id)).state is CrisisState.ACTIVE
    assert [e["cut_at_ms"] for e in await _entries(city, "grant.ending")] == [epoch_ms(order.at)]


async def test_an_order_by_somebody_a_restored_store_does_not_know_keeps_no_other_waiting(city: City) -> None:
    city.ports.journal.note(replace(_order(city, "cut_1"), actor=PersonId("person_lost")))
    await catchup.catch_up(city.ports, city.video)
    assert city.ports.journal.pending() == ()
    assert [e["actor"] for e in await _entries(city, "access.denied")] == ["person_lost"]


async def test_an_order_the_store_never_takes_keeps_no_other_order_waiting(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    grants = [await city.grant() for _ in range(3)]
    for grant in grants:
        city.ports.journal.note(_order(city, f"cut_{grant.id}", grant))
    orders, recording = city.ports.journal.pending(), endings.end_some

    async def fails(work: UnitOfWork, grant: Grant, *more: Any, **named: Any) -> Grant:
        if grant.id != grants[-1].id:
            raise Unavailable(Reason.STORE)
        return await recording(work, grant, *more, **named)

    monkeypatch.setattr("crisislink.flow.catchup.end_some", fails)
    with pytest.raises(Unavailable):
        await catchup.catch_up(city.ports, city.video)
    assert city.ports.journal.pending() == orders[:2]
    assert (await _now(city, grants[-1])).state is GrantState.ENDED


async def test_a_refusal_that_another_process_wrote_first_is_not_written_again(
    city: City, tmp_path: Path
) -> None:
    there, grant = _elsewhere(city, tmp_path / "there"), replace(await city.grant(), id=GrantId("grant_lost"))
    order = _order(city, "cut_1", grant)
    await _handed_over(city, order, there)
    await catchup.catch_up(there, city.video)
    with pytest.raises(NotFound):
        async with recorded(city.ports, OPERATOR, "grant.revoke", grant.id, order=order):
            raise NotFound
    assert len(await _entries(city, "access.denied")) == 1


@pytest.mark.parametrize("order", ["stop_sharing", "suspend"])
async def test_an_order_about_all_is_no_success_where_nothing_is_remembered_and_nobody_was_told(
    city: City, order: str
) -> None:
    declaration, bus = await declared(city), _Losing()
    there = replace(city.ports, recall=Recall(), bus=bus)  # parted before another process granted anything
    there.recall.saw_crises([declaration])
    grant = await granted(city, await asked(city))
    bus.down = True
    ordering: dict[str, Callable[[], Awaitable[object]]] = {
        "stop_sharing": lambda: endings.stop_sharing(there, city.video, SUPERVISOR),
        "suspend": lambda: crisisends.suspend(there, city.video, OPERATOR, declaration.id, cut_running=True),
    }
    with locked(city), pytest.raises(Unavailable) as told:
        await ordering[order]()
    assert told.value.reason is Reason.CUT_UNCONFIRMED
    await catchup.catch_up(there, city.video)
    ended = await _now(city, grant)
    assert not ended.state.live


async def test_a_crisis_cut_that_another_one_came_before_is_in_the_register_all_the_same(
    city: City, tmp_path: Path
) -> None:
    declaration, there = await declared(city), _elsewhere(city, tmp_path / "there")
    await granted(city, await asked(city))
    await city.clock_works()
    with locked(city):
        await crisisends.suspend(city.ports, city.video, OPERATOR, declaration.id, cut_running=True)
    await crisisends.suspend(there, city.video, SUPERVISOR, declaration.id, cut_running=True)
    await catchup.catch_up(city.ports, city.video)
    assert city.ports.journal.pending() == ()
    assert [e["actor"] for e in await _entries(city, "crisis.suspended")] == [SUPERVISOR.person.id]
    [said] = await _entries(city, "access.denied")
    assert (said["actor"], said["target"], said["reason"]) == (
        OPERATOR.person.id,
        declaration.id,
        "already_over",
    )


async def test_what_began_after_a_late_order_is_ended_by_it_and_not_said_to_have_been_cut_before(
    city: City, tmp_path: Path
) -> None:
    there, before = _elsewhere(city, tmp_path / "there"), await city.grant()
    order = _order(city, "cut_1")
    there.journal.note(order)
    city.clock.advance(30)
    since = await city.grant()
    await catchup.catch_up(there, city.video)
    said = {e["grant"]: e.get("cut_at_ms") for e in await _entries(city, "grant.ending")}
    assert said == {before.id: epoch_ms(order.at), since.id: None}


async def test_a_kill_switch_is_lifted_only_once_all_that_it_stopped_has_ended(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    grant = await city.grant()

    async def dies(*_: Any, **__: Any) -> list[endings.Darkened]:
        raise asyncio.CancelledError

    with monkeypatch.context() as patched:
        patched.setattr(endings, "end_all", dies)
        with pytest.raises(asyncio.CancelledError):
            await endings.stop_sharing(city.ports, city.video, SUPERVISOR)
    assert (await _now(city, grant)).state.live, "its process died in between"
    await endings.resume_sharing(city.ports, city.video, SUPERVISOR)
    ended = await _now(city, grant)
    assert (ended.state.live, ended.cause) == (False, EndCause.SHARING_STOPPED)
    assert city.video.cuts[-1][0] == grant.id
