"""A tiny real run of the control plane's benchmark, on both stores: it cannot rot. No figure is asserted."""

import asyncio
import os
from collections.abc import Iterator

import pytest

from crisislink.bench import control_commands, control_ends
from crisislink.bench.control import STORES, Load, measured
from crisislink.bench.machine import described
from crisislink.bench.measure import Row
from crisislink.bench.processes import Cores
from crisislink.bench.report import document

TINY = Load(
    grants=3, viewers=2, rooms=3, rounds=1, event_pairs=1, ending_viewers=1, window_s=1.0, pause_s=0.05
)
PROMISED = {
    "nearby_ms",
    "room_ms",
    "request_ms",
    "decision_ms",
    "revocation_ms",
    "event_delivery_ms",
    "cut_all_ms",
    "timer_late_ms",
    "last_picture_late_ms",
}


@pytest.fixture
def cores() -> Iterator[Cores]:
    before = os.sched_getaffinity(0)
    yield Cores.of_machine()
    os.sched_setaffinity(0, before)


async def test_every_measure_gives_a_row_of_the_published_format_on_both_stores(
    cores: Cores, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control_commands, "_ROOM_EVERY", 1)
    monkeypatch.setattr(control_ends, "_PATIENCE", 1)
    heard: list[str] = []

    async def run(store: str) -> list[Row]:
        rows, failed = await measured(cores, TINY, [store], [350], lambda name, _: heard.append(name))  # type: ignore[list-item]
        assert failed == {}
        return rows

    rows = [row for found in await asyncio.gather(*map(run, STORES)) for row in found]
    assert set(heard) == {f"{store}, 350 cameras" for store in STORES}
    told = document(described(cores), rows)["rows"]
    assert isinstance(told, list)
    for store in STORES:
        ours = [row for row in told if row["store"] == store]
        assert {row["measure"] for row in ours} == PROMISED
        assert all(row["n"] > 0 and row["cameras"] == 350 for row in ours)
