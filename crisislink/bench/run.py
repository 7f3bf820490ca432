"""One run: each measuring in turn, its rows as they come. `PLAN` is the table of contents."""

import gc
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from math import ceil
from shutil import which

from crisislink.bench import cut, fanout, faults, firstpicture, goals, latency, throttle
from crisislink.bench.chains import Chain, ffmpeg, go2rtc
from crisislink.bench.measure import Row, Subject, difference, row
from crisislink.bench.peers import Work
from crisislink.bench.processes import Cores
from crisislink.bench.stand import Stand
from crisislink.bench.tables import crowd_rows, picture_rows
from crisislink.check.visitor import Visitor
from crisislink.media.frames import Rendition

CAMERA = 19  # "place": H.264, 1280 × 720, 25 frames a second, no smaller stream
_SOURCE = (1280, 720)


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How long and how often. Times in seconds."""

    block_s: float
    throttle_s: float
    window_s: float
    pictures: int
    rounds: int
    viewers: int = fanout.VIEWERS
    grants: int = cut.GRANTS
    turns: str = "ABBA"  # of subjects: A ours, B theirs
    small_turns: str = "ABBA"
    crowd_turns: str = "ABBA"


QUICK = Effort(block_s=4, throttle_s=7, window_s=4, pictures=7, rounds=3, small_turns="AB", crowd_turns="AB")
FULL = Effort(block_s=20, throttle_s=15, window_s=10, pictures=24, rounds=12)


@dataclass(frozen=True, slots=True)
class Bench:
    """What a measuring works with."""

    stand: Stand
    cores: Cores
    effort: Effort

    def peers(self) -> Mapping[Subject, Callable[[Work, int], AbstractAsyncContextManager[Chain]]]:
        """Those on PATH."""
        known: dict[Subject, Callable[[Work, int], AbstractAsyncContextManager[Chain]]] = {
            "ffmpeg": ffmpeg,
            "go2rtc": go2rtc,
        }
        return {name: start for name, start in known.items() if which(name)}

    def work(self, rendition: Rendition) -> Work:
        """What a peer is given."""
        return Work(
            address=self.stand.address(CAMERA),
            masks=self.stand.masks(CAMERA),
            source=_SOURCE,
            rendition=rendition,
        )


Measuring = Callable[[Bench], Awaitable[list[Row]]]


async def picture(bench: Bench, rendition: Rendition, size: str) -> list[Row]:
    """Delay, CPU and size of a picture: ours and the peers', in turns."""
    blocks: dict[Subject, list[latency.Block]] = {}
    for turn in bench.effort.turns if size == "720p" else bench.effort.small_turns:
        if turn == "A":
            made = await latency.ours(bench.stand, CAMERA, rendition, bench.effort.block_s)
            blocks.setdefault("ours", []).append(made)
            continue
        for subject, start in bench.peers().items():
            begin = partial(start, bench.work(rendition), bench.cores.tested)
            made = await latency.theirs(bench.stand, CAMERA, begin, bench.effort.block_s)
            blocks.setdefault(subject, []).append(made)
    return picture_rows(blocks, size)


async def flv(bench: Bench) -> list[Row]:
    """FFmpeg without its MP4 muxer, which holds each frame until the next one: its best case."""
    if "ffmpeg" not in bench.peers():
        return []
    work = replace(bench.work(Rendition.FOCUS), container="flv")
    begin = partial(ffmpeg, work, bench.cores.tested)
    block = await latency.theirs(bench.stand, CAMERA, begin, bench.effort.block_s)
    note = "FLV instead of fragmented MP4"
    return [row("added_latency_flv_ms", [block.delays_ms], unit="ms", subject="ffmpeg", note=note)]


async def warm(bench: Bench) -> list[Row]:
    """First picture where somebody watches already, and where the approval opened the camera."""
    joined = await firstpicture.warm(bench.stand, CAMERA, bench.effort.pictures)
    first = await firstpicture.prewarmed(bench.stand, CAMERA, max(1, bench.effort.pictures // 2))
    return [
        row("first_picture_warm_ms", [joined], unit="ms", goal=goals.FIRST_PICTURE_WARM),
        row("first_picture_prewarmed_ms", [first], unit="ms", goal=goals.FIRST_PICTURE_WARM),
    ]


async def cold(bench: Bench) -> list[Row]:
    """First picture where nothing runs."""
    handshake_ms = await firstpicture.handshake_ms(bench.stand.address(CAMERA))
    group_ms = firstpicture.group_ms(bench.stand.clips[CAMERA])
    found = await firstpicture.cold(bench.stand, CAMERA, bench.effort.pictures)
    rows = [
        row(
            "first_picture_cold_ms",
            [found],
            unit="ms",
            goal=goals.first_picture_cold(handshake_ms, group_ms),
            note=f"handshake {handshake_ms:.0f} ms, group of pictures {group_ms:.0f} ms",
        )
    ]
    for subject, start in bench.peers().items():
        begin = partial(start, bench.work(Rendition.FOCUS), bench.cores.tested)
        theirs = await firstpicture.peer_cold(begin, max(1, bench.effort.pictures // 2))
        rows.append(row("first_picture_cold_ms", [theirs], unit="ms", subject=subject))
    return rows


async def throttled(bench: Bench) -> list[Row]:
    """One slow viewer."""
    seen = await throttle.throttled(bench.stand, CAMERA, bench.effort.throttle_s)
    beside = row("beside_throttled_ms", seen.beside_ms, unit="ms")
    alone = row("without_throttled_ms", seen.alone_ms, unit="ms")
    note = f"{seen.pictures} pictures, {seen.unread} of them unreadable"
    return [
        row("throttled_age_ms", [seen.ages_ms], unit="ms", goal=goals.THROTTLED_AGE, note=note),
        difference("throttled_cost_ms", beside, alone, goals.THROTTLED_COST),
        beside,
        alone,
    ]


async def cuts(bench: Bench) -> list[Row]:
    """Revocations, and the kill switch."""
    found, streams = await cut.cut(bench.stand, bench.effort.rounds, grants=bench.effort.grants)
    *revoked, everything = found
    note = f"{streams} streams running"
    return [
        row("cut_ms", revoked, unit="ms", goal=goals.CUT, note=note),
        row("cut_everything_ms", [everything], unit="ms", note="kill switch, every viewer"),
    ]


async def frozen(bench: Bench) -> list[Row]:
    """A camera that stalls."""
    found = await faults.freeze(bench.stand, CAMERA, bench.effort.rounds)
    return [row("freeze_visible_ms", [found], unit="ms", goal=goals.FREEZE_VISIBLE)]


async def killed(bench: Bench) -> list[Row]:
    """A worker that dies."""
    again, gaps, before = await faults.killed(bench.stand, bench.effort.rounds)
    note = f"longest gap without a killing: {max(before):.0f} ms"
    return [
        row("worker_recovery_ms", [again], unit="ms", goal=goals.WORKER_RECOVERY),
        row("worker_loss_others_gap_ms", [gaps], unit="ms", note=note),
    ]


async def crowd(bench: Bench) -> list[Row]:
    """Fan-out, on a stand of its own without cameras."""
    window_s, viewers = bench.effort.window_s, bench.effort.viewers
    seen: dict[str, list[fanout.Served]] = {"A": [], "B": []}
    async with Stand.open(bench.cores, film=True) as stand, _browsers(stand, viewers) as people:
        for turn in bench.effort.crowd_turns:
            if turn == "A":
                seen["A"].append(await fanout.ours(stand, people, viewers, window_s))
            else:
                seen["B"].append(await fanout.raw(bench.cores, viewers, window_s))
    silent = await fanout.raw(bench.cores, viewers, window_s, silent=True)
    return crowd_rows(seen["A"], seen["B"], silent)


def _browsers(stand: Stand, viewers: int) -> AbstractAsyncContextManager[list[Visitor]]:
    return stand.browsers(ceil(viewers / fanout.PER_BROWSER))


PLAN: Mapping[str, Measuring] = {
    "picture_720p": lambda bench: picture(bench, Rendition.FOCUS, "720p"),
    "picture_360p": lambda bench: picture(bench, Rendition.WALL, "360p"),
    "flv": flv,
    "warm": warm,
    "cold": cold,
    "throttled": throttled,
    "cut": cuts,
    "freeze": frozen,
    "worker": killed,
    "fanout": crowd,
}


async def measured(
    cores: Cores, effort: Effort, only: Collection[str], told: Callable[[str, list[Row]], None]
) -> tuple[list[Row], dict[str, str]]:
    """The rows of the chosen measurings (all, when none is named), and why others failed.

    `told` hears of each when it is done.
    """
    rows: list[Row] = []
    failed: dict[str, str] = {}
    async with Stand.open(cores) as stand:
        for name, measure in PLAN.items():
            if only and name not in only:
                continue
            try:
                with quiet_collector():
                    found = await measure(Bench(stand, cores, effort))
            except Exception as error:  # noqa: BLE001 - the other measurings' rows are not lost with this one
                failed[name], found = f"{type(error).__name__}: {error}", []
            told(name, found)
            rows += found
    return rows, failed


@contextmanager
def quiet_collector() -> Iterator[None]:
    """No garbage collection of this process into a measuring: clients must not be what is late."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
