"""A held lease ends when it was first said to, or sooner; only an extension of the grant moves that end."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crisislink.core.errors import Denied, Expired, Unavailable
from crisislink.core.grants import Lease
from crisislink.core.limits import Limits
from crisislink.flow import endings
from crisislink.media.leases import FlowAuthority, HeldLease
from tests.city import City, small_city
from tests.samples import CAMERAS, SUPERVISOR, T0

LIMITS = Limits()


def _lease(ends_in_s: float, *, epoch: int = 1, extended_s: float = 0) -> Lease:
    ends_in_ms = int(ends_in_s * 1000)
    return Lease(epoch, min(5_000, ends_in_ms), ends_in_ms, T0 + timedelta(seconds=600 + extended_s))


def test_an_authority_whose_clock_was_set_back_moves_no_end() -> None:
    held = HeldLease(LIMITS)
    held.take(_lease(2), asked_s=100)
    held.take(_lease(3_601), asked_s=101)
    assert held.end_s == 102
    assert held.deadline_s == 102 - LIMITS.lease_margin_s
    assert held.at_its_end


def test_an_extension_moves_the_end_by_what_was_added_and_no_more() -> None:
    held = HeldLease(LIMITS)
    held.take(_lease(2), asked_s=100)
    held.take(_lease(3_601 + 60, extended_s=60), asked_s=101)
    assert held.end_s == 162


def test_an_authority_whose_clock_was_set_forward_ends_it_sooner_for_good() -> None:
    held = HeldLease(LIMITS)
    held.take(_lease(600), asked_s=100)
    held.take(_lease(1), asked_s=101)
    held.take(_lease(599), asked_s=101)
    assert held.end_s == 102


def test_an_older_epoch_is_never_taken() -> None:
    held = HeldLease(LIMITS)
    held.take(_lease(600, epoch=2), asked_s=100)
    with pytest.raises(Denied):
        held.take(_lease(600, epoch=1), asked_s=101)


@given(st.lists(st.tuples(st.floats(0, 10), st.floats(0.1, 7_200)), min_size=1, max_size=30))
def test_whatever_the_authority_s_clock_does_no_lease_outlives_the_first_answer_s_end(
    answers: list[tuple[float, float]],
) -> None:
    held, asked_s = HeldLease(LIMITS), 1_000.0
    first_end_s = asked_s + answers[0][1]
    for waited_s, ends_in_s in answers:
        held.take(_lease(ends_in_s), asked_s=asked_s)
        assert held.deadline_s <= first_end_s
        assert held.deadline_s <= asked_s + LIMITS.lease_s
        asked_s += waited_s


@contextmanager
def counted(city: City, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[None]]:
    """The readings of the store."""
    readings: list[None] = []
    read = city.store.read

    def noted() -> object:
        readings.append(None)
        return read()

    with monkeypatch.context() as patch:
        patch.setattr(city.store, "read", noted)
        yield readings


async def test_many_leases_are_one_question(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with small_city(tmp_path) as city:
        authority = FlowAuthority(city.ports)
        grants = [await city.grant() for _ in range(5)]
        asks = [(grant.id, camera.id, None) for grant in grants for camera in CAMERAS[:2]]
        first = await asyncio.gather(*(authority.lease(*ask) for ask in asks))  # makes them ACTIVE
        with counted(city, monkeypatch) as readings:
            again = await asyncio.gather(*(authority.lease(*ask) for ask in asks))
        assert again == first
        assert len(readings) == 1


async def test_among_many_each_hears_its_own_no(tmp_path: Path) -> None:
    async with small_city(tmp_path) as city:
        authority = FlowAuthority(city.ports)
        held, over = [await city.grant() for _ in range(2)]
        asks = [(grant.id, camera.id, None) for grant in (held, over) for camera in CAMERAS[:2]]
        await asyncio.gather(*(authority.lease(*ask) for ask in asks))
        await endings.revoke(city.ports, city.video, SUPERVISOR, over.id, None, preempt=False)
        stale = (held.id, CAMERAS[0].id, 99)
        answers = await asyncio.gather(
            *(authority.lease(*ask) for ask in [*asks, stale]), return_exceptions=True
        )
        assert [type(answer) for answer in answers] == [Lease, Lease, Expired, Expired, Denied]
        assert (await city.kinds())[-1] == "access.denied"


async def test_a_store_that_does_not_answer_is_heard_by_all_and_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with small_city(tmp_path) as city:
        authority, grant = FlowAuthority(city.ports), await city.grant()
        asks = [(grant.id, camera.id, None) for camera in CAMERAS[:2]]

        def silent() -> object:
            raise Unavailable

        with monkeypatch.context() as patch:
            patch.setattr(city.store, "read", silent)
            answers = await asyncio.gather(*(authority.lease(*ask) for ask in asks), return_exceptions=True)
        assert [type(answer) for answer in answers] == [Unavailable, Unavailable]
        assert (await authority.lease(*asks[0])).remaining_ms > 0
