"""What a soak concludes from its samples."""

import pytest

from crisislink.bench.measure import Row
from crisislink.bench.soak import Sample, rows


def _samples(
    *, hours: float, growth: float = 0.0, drift_ms: float = 0.0, pids: tuple[int, ...] = (7,)
) -> list[Sample]:
    seconds = [10.0 * n for n in range(1, round(hours * 360) + 1)]
    return [
        Sample(
            at_s,
            service_mib=130.0,
            workers_mib=50.0 if at_s < 300 else 100.0 * (1 + growth * (at_s - 300) / 3_600),
            workers=pids if at_s < 2_000 else (7,),
            delay_p50_ms=11.0 + drift_ms * at_s / seconds[-1],
            delay_p95_ms=None,
        )
        for at_s in seconds
    ]


def _of(found: list[Row], measure: str) -> Row:
    return next(row for row in found if row.measure == measure)


@pytest.mark.parametrize(("growth", "met"), [(0.0, True), (0.009, True), (0.02, False)])
def test_growth_is_percent_an_hour_after_the_first_five_minutes(growth: float, met: bool) -> None:
    row = _of(rows(_samples(hours=2, growth=growth), 0), "soak_rss_growth_workers")
    assert row.seen.p50 == pytest.approx(growth * 100, abs=0.01)
    assert row.met is met


@pytest.mark.parametrize(("drift_ms", "met"), [(0.0, True), (15.0, True), (-30.0, False), (30.0, False)])
def test_drift_is_what_the_delay_changed_by_in_either_direction(drift_ms: float, met: bool) -> None:
    row = _of(rows(_samples(hours=2, drift_ms=drift_ms), 0), "soak_delay_drift_ms")
    assert row.met is met
    assert row.seen.p50 == pytest.approx(abs(drift_ms), rel=0.06)


def test_a_worker_that_was_replaced_is_an_interruption_like_a_socket_that_ended() -> None:
    found = rows(_samples(hours=1, pids=(3,)), 2)
    assert _of(found, "soak_interruptions").seen.p50 == 3
    assert _of(found, "soak_interruptions").met is False
