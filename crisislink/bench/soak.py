"""A long watch: does memory grow, does the delay drift, does anything interrupt it?

One camera, 720p, watched as focus and as wall by one person, as a page would; the grant is extended before it
ends. Every few seconds: resident memory of the service and of its workers, and the delay of the newest group
of pictures, decoded then and forgotten, so that the watcher itself stays flat.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from time import monotonic

from crisislink.bench.delays import delays_ms, of_socket
from crisislink.bench.measure import Goal, Percentiles, Row, row, slope
from crisislink.bench.processes import Gone, rss_bytes
from crisislink.bench.stand import Granted, Stand
from crisislink.bench.watching import Watching, watching

CAMERA = 19  # "place": H.264, 1280 × 720, 25 frames a second, no smaller stream
SAMPLE_S = 10.0
SETTLE_S = 300.0
_EXTEND_S = 1_200.0
_RENDITIONS = ("focus", "wall")
_MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Sample:
    """One look. Memory in MiB, delay of the newest pictures in ms (None: none came)."""

    at_s: float
    service_mib: float
    workers_mib: float
    workers: tuple[int, ...]
    delay_p50_ms: float | None
    delay_p95_ms: float | None

    def __str__(self) -> str:
        """For a person who waits."""
        return (
            f"{self.at_s:8.0f} s  service {self.service_mib:7.1f} MiB  workers {self.workers_mib:7.1f} MiB  "
            f"delay {self.delay_p50_ms} / {self.delay_p95_ms} ms"
        )


class Soak:
    """Use `soak`."""

    def __init__(self, stand: Stand, grant: Granted, stack: AsyncExitStack) -> None:
        self._stand, self._grant, self._stack = stand, grant, stack
        self._watched: dict[str, Watching] = {}
        self._extended_s = monotonic()
        self.samples: list[Sample] = []
        self.interruptions = 0

    async def begin(self) -> None:
        """Watch both renditions."""
        for rendition in _RENDITIONS:
            await self._watch(rendition)

    async def _watch(self, rendition: str) -> None:
        way = await self._stand.way(self._grant, CAMERA, rendition)
        one = await self._stack.enter_async_context(watching(way, keep_all=False))
        await one.first_picture()
        self._watched[rendition] = one

    async def look(self, at_s: float) -> Sample:
        """Take a sample; mend what broke, and count it."""
        for rendition, one in tuple(self._watched.items()):
            if one.gone.is_set():
                self.interruptions += 1
                await self._watch(rendition)
        if monotonic() - self._extended_s > _EXTEND_S:
            await self._stand.extend(self._grant)
            self._extended_s = monotonic()
        kept = list(self._watched["focus"].said.kept)
        late = delays_ms(of_socket(kept), await self._stand.sent(CAMERA))
        seen = Percentiles.of(late) if late else None
        sample = self._sample(at_s, seen)
        self.samples.append(sample)
        return sample

    def _sample(self, at_s: float, seen: Percentiles | None) -> Sample:
        pids = tuple(self._stand.workers())
        return Sample(
            round(at_s, 1),
            round(rss_bytes(self._stand.service_pid) / _MIB, 2),
            round(sum(map(_rss, pids)) / _MIB, 2),
            pids,
            None if seen is None else seen.p50,
            None if seen is None else seen.p95,
        )


def _rss(pid: int) -> int:
    try:
        return rss_bytes(pid)
    except Gone:
        return 0


async def soak(
    stand: Stand, minutes: float, told: Callable[[Sample], None], *, sample_s: float = SAMPLE_S
) -> tuple[list[Row], list[dict[str, object]]]:
    """Watch for that long; the rows and the samples. `told` hears of each sample."""
    async with AsyncExitStack() as stack:
        run = Soak(stand, await stand.grant([CAMERA]), stack)
        await run.begin()
        start_s, end_s = monotonic(), monotonic() + minutes * 60
        while (now_s := monotonic()) < end_s:
            await _until(min(end_s, now_s + sample_s))
            told(await run.look(monotonic() - start_s))
        return rows(run.samples, run.interruptions), [asdict(s) for s in run.samples]


def _until(at_s: float) -> Awaitable[None]:
    return asyncio.sleep(max(0.0, at_s - monotonic()))


def rows(samples: Sequence[Sample], interruptions: int) -> list[Row]:
    """Growth and drift by least squares over what came after the first five minutes (or third)."""
    settled = _settled(samples)
    restarts = len({s.workers for s in samples}) - 1
    delays = [(s.at_s, s.delay_p50_ms) for s in settled if s.delay_p50_ms is not None]
    lasted_s = settled[-1].at_s - settled[0].at_s
    drift_ms = slope(delays) * lasted_s if len(delays) > 1 else 0.0
    found = [
        _growth("service", [(s.at_s, s.service_mib) for s in settled]),
        _growth("workers", [(s.at_s, s.workers_mib) for s in settled]),
        row("soak_delay_drift_ms", [[abs(drift_ms)]], unit="ms", goal=Goal({"p50": 20.0})),
        row("soak_interruptions", [[float(interruptions + restarts)]], unit="n", goal=Goal({"p50": 0.0})),
    ]
    if delays:
        found.append(row("soak_added_latency_ms", [[d for _, d in delays]], unit="ms"))
    return found


def _settled(samples: Sequence[Sample]) -> Sequence[Sample]:
    from_s = min(SETTLE_S, samples[-1].at_s / 3)
    return [s for s in samples if s.at_s >= from_s]


def _growth(whose: str, points: Sequence[tuple[float, float]]) -> Row:
    """Percent an hour of the level it began at."""
    level = points[0][1]
    grown = slope(points) * 3_600 / level * 100 if len(points) > 1 and level else 0.0
    return row(
        f"soak_rss_growth_{whose}",
        [[grown]],
        unit="%/h",
        goal=Goal({"p50": 1.0}),
        note=f"{points[0][1]:.1f} → {points[-1][1]:.1f} MiB in {points[-1][0] - points[0][0]:.0f} s",
    )
