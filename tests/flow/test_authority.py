"""A store that was restored gives no access back; a clock set back while nobody ran gives no more of it."""

from datetime import timedelta

import pytest

from crisislink.adapters.sql.witness import Mark
from crisislink.core.errors import Reason, Unavailable
from crisislink.core.grants import EndCause, GrantState
from crisislink.flow import authority, decisions, viewing
from crisislink.flow.register import verify
from tests.city import City
from tests.samples import CAMERAS, SUPERVISOR

CAMERA = CAMERAS[0].id


async def test_a_clock_before_the_time_the_store_knows_gives_no_lease_and_no_approval(city: City) -> None:
    grant = await city.grant()
    city.clock.advance(120)
    await authority.note_time(city.ports, [grant], [])
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
    await authority.note_time(city.ports, [grant], [])
    city.clock.wall -= timedelta(seconds=30)
    approval = decisions.Approval(cameras=request.cameras, duration_s=600, version=request.version)
    with pytest.raises(Unavailable):
        await decisions.approve(city.ports, SUPERVISOR, request.id, approval, command=None)


async def test_a_store_that_is_not_what_it_was_ends_all_access_at_the_next_start(city: City) -> None:
    grant = await city.grant()
    async with city.store.read() as work:
        known = await work.authority()
        head = (await work.register_head()).size
    assert known is not None
    city.store._database.witness.note(Mark(known.incarnation, head + 10, b"x" * 32))  # what was there is gone
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


async def test_a_store_that_is_what_it_was_is_left_as_it_is(city: City) -> None:
    grant = await city.grant()
    await authority.assume(city.ports)
    async with city.store.read() as work:
        assert (await work.grant(grant.id)).state.live
