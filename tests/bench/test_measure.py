"""Rows and statistics."""

import pytest

from crisislink.bench.measure import Goal, Percentiles, Row, difference, quotient, row, slope

KEYS = ["measure", "subject", "unit", "n", "p50", "p95", "p99", "goal", "met"]


def test_a_row_has_the_keys_of_the_published_format_in_their_order() -> None:
    told = row("cut_ms", [[1.0, 2.0]], unit="ms", goal=Goal({"p99": 100.0})).as_dict()
    assert list(told) == KEYS
    assert told["goal"] == 100.0
    assert told["met"] is True


def test_a_row_without_a_promise_has_neither_goal_nor_verdict() -> None:
    told = row("raw_send_lag_ms", [[1.0]], unit="ms").as_dict()
    assert (told["goal"], told["met"]) == (None, None)


def test_percentiles_are_by_nearest_rank_and_do_not_depend_on_order() -> None:
    seen = Percentiles.of([*range(100, 0, -1)])
    assert (seen.p50, seen.p95, seen.p99) == (51, 96, 100)


def test_percentiles_of_nothing_are_an_error_not_a_zero() -> None:
    with pytest.raises(ValueError, match="nothing"):
        Percentiles.of([])


def test_every_bound_of_a_goal_must_hold() -> None:
    goal = Goal({"p50": 20.0, "p95": 40.0})
    assert goal.met(Percentiles(20.0, 40.0, 900.0))
    assert not goal.met(Percentiles(20.1, 30.0, 30.0))
    assert not goal.met(Percentiles(10.0, 40.1, 41.0))


def test_a_goal_from_below_is_missed_from_below() -> None:
    goal = Goal({"p50": 600.0}, at_least=True)
    assert goal.met(Percentiles(600.0, 600.0, 600.0))
    assert not goal.met(Percentiles(599.9, 700.0, 700.0))


def test_a_row_of_blocks_tells_their_spread_and_the_quantiles_of_all() -> None:
    told = row("added_latency_ms", [[1.0, 2.0, 3.0], [11.0, 12.0, 13.0]], unit="ms").as_dict()
    assert told["blocks"] == [2.0, 12.0]
    assert told["n"] == 6
    assert told["p50"] == 11.0


def _row(*seen: float, n: int = 5) -> Row:
    return Row(measure="m", subject="ours", unit="ms", n=n, seen=Percentiles(*seen))


def test_ratio_and_difference_are_taken_quantile_by_quantile() -> None:
    ratio = quotient("r", _row(10, 20, 30), _row(20, 20, 20, n=3), Goal({"p50": 0.5}))
    assert (ratio.seen, ratio.n, ratio.met, ratio.unit) == (Percentiles(0.5, 1.0, 1.5), 3, True, "ratio")
    assert difference("d", _row(10, 20, 30), _row(9, 21, 30)).seen == Percentiles(1, -1, 0)


def test_the_slope_of_a_line_is_found_through_noise() -> None:
    points = [(float(x), 3.0 * x + 7 + (-1) ** x * 0.1) for x in range(100)]
    assert slope(points) == pytest.approx(3.0, abs=0.001)


@pytest.mark.parametrize("points", [[], [(1.0, 2.0)], [(1.0, 2.0), (1.0, 3.0)]])
def test_a_slope_needs_two_instants(points: list[tuple[float, float]]) -> None:
    with pytest.raises(ValueError, match="two points"):
        slope(points)
