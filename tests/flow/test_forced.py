"""The city's cut waits for nobody: pictures first, then the journal, then, marked late, the register."""

import asyncio
import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from crisislink.adapters.journal import FileJournal
from crisislink.core.crisis import CrisisState
from crisislink.core.errors import Denied, Expired, Reason, Unavailable
from crisislink.core.grants import EndCause, Grant, GrantState
from crisislink.flow import catchup, crisisends, decisions, endings, viewing
from crisislink.flow.ports import ForcedCut, Ports
from crisislink.flow.recall import CAUGHT_UP_S, Recall
from crisislink.flow.register import verify
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


async def test_a_healthy_store_is_asked_first_and_the_journal_stays_empty(city: City) -> None:
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
