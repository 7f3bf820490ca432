"""Ends on time: hundreds of grants whose time is over at scattered instants of one short window."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from crisislink.bench.control_commands import approved, asked, watched
from crisislink.bench.hearing import Hearing
from crisislink.bench.stand import Granted, Stand
from crisislink.bench.watching import Watching
from crisislink.media.frames import MessageType

_SECOND = timedelta(seconds=1)
_LEAD = 2 * _SECOND
_PATIENCE = 4  # deciding takes that much longer than asking, at most
_VIEWER_S = 0.2
_LATEST_S = 10.0
_GOLDEN = 0.618034  # the turns of one window, spread evenly and out of order


@dataclass(frozen=True, slots=True)
class Ends:
    """Milliseconds after the scheduled end: of the register's entry, and of the last picture read."""

    entries: list[float]
    pictures: list[float]


class _Scattered:
    """Durations, in whole seconds, whose ends fall into a window that opens when everybody is ready."""

    def __init__(self, opens: datetime, window_s: float) -> None:
        self._opens, self._window_s, self._turn = opens, window_s, 0

    def duration_s(self) -> int:
        self._turn += 1
        target = self._opens + self._window_s * (self._turn * _GOLDEN % 1) * _SECOND
        return max(1, round((target - _now()) / _SECOND))


async def on_time(stand: Stand, grants: int, viewers: int, *, window_s: float) -> Ends:
    """So many grants end within `window_s`; some are watched until then."""
    after = (await stand.room())["as_of"]
    async with stand.hearing(stand.supervisor, after).listening() as hearing:
        began = _now()
        requests = await asked(stand, grants)
        opens = _now() + _PATIENCE * (_now() - began) + viewers * _VIEWER_S * _SECOND + _LEAD
        ending = await approved(stand, requests, _Scattered(opens, window_s).duration_s)
        chosen = sorted(ending, key=lambda grant: grant.ends_at)[-viewers:]
        async with watched(stand, chosen) as seen:
            left_s = (opens - _now()) / _SECOND + window_s + _LATEST_S
            await hearing.until(lambda one: len(_entries_late_ms(one)) >= grants, within_s=left_s)
            for viewer in seen:
                await viewer.gone.wait()
            return Ends(entries=_entries_late_ms(hearing), pictures=_pictures_late_ms(seen, chosen))


def _entries_late_ms(hearing: Hearing) -> list[float]:
    return [
        (datetime.fromisoformat(event["at"]) - datetime.fromisoformat(event["grant"]["ends_at"]))
        / _SECOND
        * 1e3
        for event in (heard.event for heard in hearing.events())
        if event["kind"] == "grant.ending" and event["grant"]["cause"] == "expired"
    ]


def _pictures_late_ms(viewers: Sequence[Watching], grants: Sequence[Granted]) -> list[float]:
    behind_ns = time.clock_gettime_ns(time.CLOCK_REALTIME) - time.monotonic_ns()
    return [
        (_last_picture_ns(viewer) + behind_ns) / 1e6 - grant.ends_at.timestamp() * 1e3
        for viewer, grant in zip(viewers, grants, strict=True)
    ]


def _last_picture_ns(viewer: Watching) -> int:
    return max(one.at_ns for one in viewer.said.kept if one.data[1] == MessageType.FRAME)


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - a client's own clock
