"""A held lease ends when it was first said to, or sooner; only an extension of the grant moves that end."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crisislink.core.errors import Denied
from crisislink.core.grants import Lease
from crisislink.core.limits import Limits
from crisislink.media.leases import HeldLease
from tests.samples import T0

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
