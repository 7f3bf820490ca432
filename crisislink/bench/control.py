"""The control plane under load: the rows of `crisislink bench control`, for each store and size of a city.

    store (SQLite on disk | PostgreSQL) × cameras (350 | 10,000) → a stand → grants live, viewers watch
    → commands → the kill switch → events to rooms → ends on time

The method is the media benchmark's (`crisislink.bench`): the service on one core, everything else, PostgreSQL
too, on the other.
"""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from crisislink.bench import goals
from crisislink.bench.control_commands import approved, asked, commands, cut_all, watched
from crisislink.bench.control_ends import on_time
from crisislink.bench.control_events import delivered
from crisislink.bench.measure import Goal, Row, row
from crisislink.bench.processes import Cores
from crisislink.bench.run import quiet_collector
from crisislink.bench.servers import postgresql
from crisislink.bench.stand import Stand

StoreName = Literal["sqlite", "postgresql"]
STORES: tuple[StoreName, ...] = ("sqlite", "postgresql")
CITIES = (350, 10_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """How much goes on, and how often each thing is done. `event_pairs`: a request and its withdrawal."""

    grants: int = 500
    viewers: int = 100
    rooms: int = 500
    rounds: int
    event_pairs: int
    ending_viewers: int = 50
    window_s: float = 10.0
    pause_s: float = 0.4


QUICK = Load(rounds=60, event_pairs=8, rooms=200, viewers=50, ending_viewers=20)
FULL = Load(rounds=200, event_pairs=20)
Told = Callable[[str, list[Row]], None]


async def measured(
    cores: Cores, load: Load, stores: Sequence[StoreName], cities: Sequence[int], told: Told
) -> tuple[list[Row], dict[str, str]]:
    """All rows, and why parts failed. What does not depend on the inventory is measured in the last city."""
    rows: list[Row] = []
    failed: dict[str, str] = {}
    for store in stores:
        for cameras in cities:
            name = f"{store}, {cameras} cameras"

            def hear(found: list[Row], name: str = name, where: tuple[str, int] = (store, cameras)) -> None:
                placed = [replace(one, store=where[0], cameras=where[1]) for one in found]
                told(name, placed)
                rows.extend(placed)

            try:
                async with (
                    _database(store) as url,
                    Stand.open(cores, film=True, cameras=cameras, database_url=url) as stand,
                ):
                    with quiet_collector():
                        await _one(stand, load, hear, whole=cameras == cities[-1])
            except Exception as error:  # noqa: BLE001 - the other parts' rows are not lost with this one
                failed[name] = f"{type(error).__name__}: {error}"
    return rows, failed


@asynccontextmanager
async def _database(store: StoreName) -> AsyncIterator[str | None]:
    """None: SQLite, in the folder of the stand."""
    if store == "sqlite":
        yield None
        return
    with _reachable_folder() as folder:
        async with postgresql(folder / "postgresql", durable=True) as server:
            yield server.url


@contextmanager
def _reachable_folder() -> Iterator[Path]:
    """A temporary one that the database server's own account may enter."""
    with TemporaryDirectory(prefix="crisislink-bench-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


async def _one(stand: Stand, load: Load, hear: Callable[[list[Row]], None], *, whole: bool) -> None:
    live = await approved(stand, await asked(stand, load.grants))
    note = f"{load.grants} grants live, {load.viewers} viewers"
    async with watched(stand, live[: load.viewers]) as viewers:
        seen = await commands(stand, load.rounds)
        hear(
            [
                _row("nearby_ms", seen.nearby, note=note),
                _row("room_ms", seen.room, note=note),
                _row("request_ms", seen.request, note=note),
                _row("decision_ms", seen.decision, note=note),
                _row("revocation_ms", seen.revocation, goals.REVOCATION, note=note),
            ]
        )
        if whole:
            found = await delivered(stand, load.rooms, load.event_pairs, pause_s=load.pause_s)
            hear([_row("event_delivery_ms", found, note=f"{load.rooms} rooms; {note}")])
        hear([_row("cut_all_ms", await cut_all(stand, viewers), goals.CUT_ALL, note=note)])
    if whole:
        ends = await on_time(stand, load.grants, load.ending_viewers, window_s=load.window_s)
        note = f"{load.grants} ends within {load.window_s:g} s"
        hear(
            [
                _row("timer_late_ms", ends.entries, goals.TIMER_LATE, note=note),
                _row("last_picture_late_ms", ends.pictures, goals.LAST_PICTURE_LATE, note=note),
            ]
        )


def _row(measure: str, values: Sequence[float], goal: Goal | None = None, *, note: str) -> Row:
    return row(measure, [values], unit="ms", goal=goal, note=note)
