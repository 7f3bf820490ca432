"""A store that was restored gives no access back; a clock set back while nobody ran gives no more of it."""

import asyncio
from datetime import timedelta

import pytest

from crisislink.adapters.sql.witness import Mark
from crisislink.core.errors import Reason, Unavailable
from crisislink.core.grants import EndCause, Grant, GrantState
from crisislink.flow import authority, decisions, timers, viewing
from crisislink.flow.ports import Authority
from crisislink.flow.register import verify
from crisislink.flow.signin import SessionLimits
from tests.city import City
from tests.samples import CAMERAS, SUPERVISOR

CAMERA = CAMERAS[0].id


async def _note_time(city: City, grant: Grant) -> None:
    async with city.store.read() as work:
        known = await work.authority()
    await authority.note_time(city.ports, known, [grant])


async def _stored(city: City, grant: Grant) -> Grant:
    async with city.store.read() as work:
        return await work.grant(grant.id)


async def _exchange(city: City) -> Authority:
    """The store is another one than this process saw: what was in it is gone. What it was."""
    async with city.store.read() as work:
        known, head = await work.authority(), (await work.register_head()).size
    assert known is not None
    city.store._database.witness.note(Mark(known.incarnation, head + 10, b"x" * 32))
    return known


async def test_a_clock_before_the_time_the_store_knows_gives_no_lease_and_no_approval(city: City) -> None:
    grant = await city.grant()
    city.clock.advance(120)
    await _note_time(city, grant)
    city.clock.wall -= timedelta(seconds=60)
    with pytest.raises(Unavailable) as refused:
        await viewing.lease(city.ports, grant.id, CAMERA, None)
    assert refused.value.reason is Reason.CLOCK
    city.clock.wall += timedelta(seconds=59)
    assert (await viewing.lease(city.ports, grant.id, CAMERA, None)).remaining_ms > 0


async def test_nobody_is_granted_anything_on_such_a_clock(city: City) -> None:
    grant = await city.grant()
    city.clock.advance(120)
    request = await city.request()
    await _note_time(city, grant)
    city.clock.wall -= timedelta(seconds=30)
    approval = decisions.Approval(cameras=request.cameras, duration_s=600, version=request.version)
    with pytest.raises(Unavailable):
        await decisions.approve(city.ports, SUPERVISOR, request.id, approval, command=None)


async def test_a_store_that_is_not_what_it_was_ends_all_access_at_the_next_start(city: City) -> None:
    grant = await city.grant()
    known = await _exchange(city)
    with pytest.raises(Unavailable):
        await viewing.lease(city.ports, grant.id, CAMERA, None)
    await authority.assume(city.ports)
    await authority.assume(city.ports)
    async with city.store.read() as work:
        ended, again = await work.grant(grant.id), await work.authority()
    assert (ended.state, ended.cause) == (GrantState.ENDING, EndCause.RESTORED)
    assert again is not None
    assert again.incarnation == known.incarnation + 1
    assert (await city.kinds()).count("store.assumed") == 1
    assert (await verify(city.store)).holds


async def test_a_store_exchanged_while_we_run_ends_all_access_and_serves_again_by_itself(city: City) -> None:
    """A standby that was promoted: nobody has to restart anything, and nothing it forgot lives on."""
    grant = await city.grant()
    await _exchange(city)
    timing = asyncio.create_task(timers.run(city.ports, city.video, SessionLimits()))
    try:
        async with asyncio.timeout(5):
            while (await _stored(city, grant)).state.live:
                await asyncio.sleep(0.02)
    finally:
        timing.cancel()
        await asyncio.gather(timing, return_exceptions=True)
    assert (await _stored(city, grant)).cause is EndCause.RESTORED
    again = await city.grant()
    assert (await viewing.lease(city.ports, again.id, CAMERA, None)).remaining_ms > 0


async def test_a_person_who_set_the_clock_right_ends_the_dark_and_all_access_with_it(city: City) -> None:
    grant = await city.grant()
    city.clock.wall += timedelta(hours=1)
    await _note_time(city, grant)
    await city.incident()  # an entry that says the later time too
    city.clock.wall -= timedelta(hours=1)
    with pytest.raises(Unavailable):
        await viewing.lease(city.ports, grant.id, CAMERA, None)
    await authority.believe_clock(city.ports)
    assert (await _stored(city, grant)).cause is EndCause.RESTORED
    again = await city.grant()
    assert (await viewing.lease(city.ports, again.id, CAMERA, None)).remaining_ms > 0
    assert (await verify(city.store)).holds


async def test_a_store_that_is_what_it_was_is_left_as_it_is(city: City) -> None:
    grant = await city.grant()
    await authority.assume(city.ports)
    async with city.store.read() as work:
        assert (await work.grant(grant.id)).state.live


async def test_an_earlier_entry_does_not_unsay_the_later_time_of_one_before_it(city: City) -> None:
    grant = await city.grant()
    city.clock.wall += timedelta(hours=1)
    await city.incident()
    later = city.clock.now()
    city.clock.wall -= timedelta(hours=1)
    await city.incident()
    async with city.store.read() as work:
        known = await work.authority()
    assert known is not None
    assert known.high_water == later
    with pytest.raises(Unavailable):
        await viewing.lease(city.ports, grant.id, CAMERA, None)
    await authority.believe_clock(city.ports)
    await city.incident()
    async with city.store.read() as work:
        known = await work.authority()
    assert known is not None
    assert known.high_water < later, "a person said so"


async def test_who_hears_nobody_gives_no_lease_when_the_store_takes_nothing_either(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def leased() -> bool:
        try:
            await viewing.lease(city.ports, grant.id, CAMERA, None)
        except Unavailable:
            assert await viewing.leases(city.ports, {(grant.id, CAMERA, None)}) == {}
            return False
        return True

    grant = await city.grant()
    monkeypatch.setattr(type(city.ports.bus), "degraded", True)
    assert await leased(), "the approval was just written"
    city.clock.advance(city.ports.limits.lease_s)
    assert not await leased(), "nothing was written since: nor could an end be"
    await _note_time(city, grant)
    assert await leased()
    city.clock.advance(city.ports.limits.lease_s)
    monkeypatch.setattr(type(city.ports.bus), "degraded", False)
    assert await leased(), "a cut would come over the bus"
