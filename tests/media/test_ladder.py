"""A viewer's ladder: down at once, up after a calm while that grows when the step did not hold."""

from hypothesis import given
from hypothesis import strategies as st

from crisislink.media.frames import Rendition
from crisislink.media.ladder import PATIENCE_S, STEPS, Ladder


def _now(ladder: Ladder) -> Rendition:
    return ladder.rendition


def _wait_for_climb(ladder: Ladder, from_s: float) -> float:
    at_s = from_s
    while not ladder.climb(at_s):
        at_s += 1
    return at_s


def test_down_at_once_and_up_after_half_a_minute() -> None:
    ladder = Ladder(Rendition.FOCUS)
    ladder.slow(100)
    assert _now(ladder) is Rendition.FOCUS_LOW
    assert not ladder.climb(100 + PATIENCE_S[0] - 1)
    assert ladder.climb(100 + PATIENCE_S[0])
    assert _now(ladder) is Rendition.FOCUS
    assert not ladder.climb(1e9)


def test_a_step_up_that_does_not_hold_waits_twice_as_long_each_time_up_to_ten_minutes() -> None:
    ladder, waits, at_s = Ladder(Rendition.FOCUS), [], 0.0
    for _ in range(7):
        ladder.slow(at_s)
        up_s = _wait_for_climb(ladder, at_s)
        waits.append(up_s - at_s)
        at_s = up_s + 5
    assert waits == [30, 60, 120, 240, 480, 600, 600]


def test_a_new_wish_begins_anew_and_the_same_wish_changes_nothing() -> None:
    ladder = Ladder(Rendition.FOCUS)
    ladder.slow(0)
    ladder.wished(Rendition.FOCUS)
    assert _now(ladder) is Rendition.FOCUS_LOW
    ladder.wished(Rendition.WALL)
    assert _now(ladder) is Rendition.WALL
    ladder.wished(Rendition.FOCUS)
    assert _now(ladder) is Rendition.FOCUS


@given(
    st.sampled_from(STEPS),
    st.lists(st.tuples(st.booleans(), st.floats(0, 700, allow_nan=False)), max_size=60),
)
def test_it_never_serves_more_than_was_wished(wish: Rendition, events: list[tuple[bool, float]]) -> None:
    ladder, now_s = Ladder(wish), 0.0
    for slow, after_s in events:
        now_s += after_s
        if slow:
            ladder.slow(now_s)
        else:
            ladder.climb(now_s)
        assert STEPS.index(ladder.rendition) >= STEPS.index(wish)
