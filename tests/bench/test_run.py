"""A tiny real run of everything that is measured: the benchmark cannot rot. No figure is asserted."""

import os
from collections.abc import Iterator

import pytest

from crisislink.bench import cut, faults, firstpicture, latency, throttle
from crisislink.bench.machine import described
from crisislink.bench.processes import Cores
from crisislink.bench.report import document
from crisislink.bench.run import PLAN, Effort, measured

TINY = Effort(
    block_s=0.5,
    throttle_s=1.2,
    window_s=0.3,
    pictures=1,
    rounds=1,
    viewers=20,
    grants=2,
    turns="AB",
    small_turns="AB",
    crowd_turns="AB",
)
PROMISED = {
    "added_latency_ms",
    "first_picture_warm_ms",
    "first_picture_cold_ms",
    "cpu_ms_per_frame_720p",
    "cpu_ms_per_frame_360p",
    "fanout_viewers_per_core",
    "throttled_age_ms",
    "throttled_cost_ms",
    "cut_ms",
    "freeze_visible_ms",
    "worker_recovery_ms",
}
BESIDE_A_PEER = {
    "added_latency_ms",
    "first_picture_cold_ms",
    "cpu_ms_per_frame_720p",
    "cpu_ms_per_frame_360p",
}


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cores]:
    """Without the times that make figures steady."""
    for module in (latency, throttle, faults):
        monkeypatch.setattr(module, "SETTLE_S", 0.1)
    monkeypatch.setattr(throttle, "RATE_S", 0.5)
    monkeypatch.setattr(faults, "VICTIMS", faults.VICTIMS[:1])
    for module, name in (
        (faults, "STEADY_S"),
        (faults, "LASTING_S"),
        (cut, "MOVING_S"),
        (firstpicture, "WARMED_S"),
    ):
        monkeypatch.setattr(module, name, 0.1)
    before = os.sched_getaffinity(0)
    yield Cores.of_machine()
    os.sched_setaffinity(0, before)


async def test_every_measuring_gives_rows_of_the_published_format(hurried: Cores) -> None:
    heard: list[str] = []
    rows, failed = await measured(hurried, TINY, (), lambda name, _: heard.append(name))
    assert failed == {}
    assert heard == list(PLAN)
    told = document(described(hurried), rows)["rows"]
    assert isinstance(told, list)
    for row in told:
        assert list(row)[:9] == ["measure", "subject", "unit", "n", "p50", "p95", "p99", "goal", "met"]
        assert row["n"] > 0
    ours = {row["measure"] for row in told if row["subject"] == "ours"}
    assert ours >= PROMISED
    theirs = {row["measure"] for row in told if row["subject"] == "ffmpeg"}
    assert theirs >= BESIDE_A_PEER
    promised = [row for row in told if row["subject"] == "ours" and row["measure"] in PROMISED]
    assert all(isinstance(row["met"], bool) for row in promised)
    notes = [row.get("note", "") for row in told if row["measure"].startswith("cpu_ms_per_frame")]
    assert "other x264 settings" not in notes
