"""The checker itself: silent on what is right, loud on each broken promise, on bugs planted in a model."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crisislink.faults.checker import LEASE_S, check, dark_delay_s, lost_light_s
from crisislink.faults.history import History, Order, Picture

GRANT, CAMERA, OTHER = "gr_1", "cam_1", "cam_2"
PERIOD_S = 0.2


class Model:
    """A node, an authority and a clock, as the design says; or with one bug.

    The node asks every L/3; the answer travels `delay_s`; a deadline counts from before the question. A push
    tells it of the revocation where it is not lost.
    """

    def __init__(self, bug: str | None = None) -> None:
        self.bug = bug

    def play(self, *, revoked_s: float, delay_s: float, pushed: bool, parted_s: float) -> History:
        """Twenty seconds; the wire to the authority breaks at `parted_s`."""
        history = History(began_s=0.0, ended_s=20.0, fault_s=(min(revoked_s, parted_s) - 1, 20.0))
        history.granted[GRANT] = (frozenset({CAMERA}), 15.0)
        history.orders.append(Order("grant", GRANT, None, 0.0, 0.0, "ok"))
        history.orders.append(Order("revoke", GRANT, None, revoked_s, revoked_s, "ok"))
        history.entries = [
            {"kind": "request.approved", "grant": GRANT},
            {"kind": "grant.ending", "grant": GRANT},
        ]
        deadline_s, asked_s, at_s, epoch, seq = LEASE_S, 0.0, 0.0, 1, 0
        while at_s < 20.0:
            if at_s - asked_s >= LEASE_S / 3:
                asked_s = at_s
                refused = at_s >= revoked_s and self.bug != "epoch not raised"
                if at_s < parted_s and not refused:
                    counted_from_s = at_s + delay_s if self.bug == "lease counted from receipt" else at_s
                    deadline_s = min(counted_from_s + LEASE_S, 15.0)
                elif at_s < parted_s:
                    deadline_s = at_s
                elif self.bug == "Redis is truth" and not (pushed and at_s >= revoked_s):
                    deadline_s = at_s + LEASE_S
            if pushed and at_s >= revoked_s:
                deadline_s = min(deadline_s, revoked_s + 0.02)
            if at_s < deadline_s:
                seq += 1
                history.pictures.append(Picture(GRANT, CAMERA, 0, epoch, 1, seq, at_s, 0.1, stalled=False))
            at_s += PERIOD_S
        return history


@given(
    revoked_s=st.floats(1.0, 12.0),
    delay_s=st.floats(0.0, 1.5),
    pushed=st.booleans(),
    parted_s=st.floats(1.0, 20.0),
)
def test_a_system_as_designed_breaks_no_promise(
    revoked_s: float, delay_s: float, pushed: bool, parted_s: float
) -> None:
    history = Model().play(revoked_s=revoked_s, delay_s=delay_s, pushed=pushed, parted_s=parted_s)
    assert check(history) == []
    assert dark_delay_s(history) <= LEASE_S


@pytest.mark.parametrize("bug", ["lease counted from receipt", "Redis is truth", "epoch not raised"])
def test_a_bug_planted_in_it_is_caught(bug: str) -> None:
    caught = [
        check(Model(bug).play(revoked_s=r / 4, delay_s=1.5, pushed=False, parted_s=p / 4))
        for r in range(8, 24)
        for p in range(4, 40)
    ]
    assert any(v.invariant == "revocation" for found in caught for v in found)


def _right() -> History:
    history = Model().play(revoked_s=5.0, delay_s=0.0, pushed=True, parted_s=99.0)
    history.fault_s = (-99.0, -99.0)
    return history


def _more(history: History, **changed: Any) -> None:
    history.pictures.append(replace(history.pictures[-1], **changed))


@pytest.mark.parametrize(("invariant", "spoil"), [
    ("end", lambda h: _more(h, grant="gr_2", at_s=9.0)),
    ("revocation", lambda h: _more(h, at_s=5.6)),
    ("grant", lambda h: _more(h, camera=OTHER)),
    ("grant", lambda h: _more(h, grant="gr_9")),
    ("epoch", lambda h: _more(h, epoch=0)),
    ("stale", lambda h: _more(h, age_s=4.0)),
    ("register", lambda h: h.entries.pop()),
    ("register", lambda h: h.entries.append(h.entries[-1])),
    ("register", lambda h: h.entries.append(h.entries[0])),
    ("register", lambda h: h.entries.pop(0)),
    ("register", lambda h: setattr(h, "register_holds", False)),
    ("register", lambda h: h.orders.append(Order("stop_sharing", None, None, 1, 1, "ok"))),
    ("register", lambda h: h.orders.append(Order("revoke", "gr_2", (OTHER,), 1, 1, "ok"))),
])  # fmt: skip
def test_each_promise_has_a_history_that_breaks_it(
    invariant: str, spoil: Callable[[History], object]
) -> None:
    history = _right()
    history.granted["gr_2"] = (frozenset({CAMERA, OTHER}), 8.0)
    assert check(history) == []
    spoil(history)
    assert invariant in {violation.invariant for violation in check(history)}


def test_an_order_that_nobody_answered_accuses_nobody_and_excuses_nobody() -> None:
    history = _right()
    history.orders[1] = replace(history.orders[1], outcome="unknown")
    _more(history, at_s=14.0)
    assert check(history) == []
    _more(history, at_s=15.1)
    assert {v.invariant for v in check(history)} == {"end"}


def test_lost_light_is_counted_for_those_who_might_look_on() -> None:
    history = History(ended_s=10.0)
    history.granted[GRANT] = (frozenset({CAMERA}), 99.0)
    for at_s in (0.0, 1.0, 4.0, 9.5):
        history.pictures.append(Picture(GRANT, CAMERA, 0, 1, 1, int(at_s * 2) + 1, at_s, 0.1, stalled=False))
    assert lost_light_s(history) == 5.5
