"""When a picture was taken: RTP's media clock, the camera's sender reports, and our own clocks. Pure.

An RTP timestamp says when, on the camera's media clock, a picture was taken; its zero is unknown. The
promptest pictures of the connection, those that came with the least delay, tie it to our clock: the
*baseline*. It rises by what clocks drift (200 ppm of media time), no faster: a delay that lasts stays a
delay. A picture that waited, in the network, in the camera or in a process that stood still, came later
than that, by `late_s`; so it never gets the present time, whatever the camera says. A camera whose media
clock is slow is called late for the same reason: from here the two look alike.

A sender report gives the camera's own UTC. It is believed when, on the baseline, it lies at most 2 s before
our clock (a picture cannot have been taken in the future, but clocks differ by 200 ms), and, once it was,
also when it says that pictures are older than we think; else the capture time is our estimate: arrival less
lateness.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

AHEAD_S, BEHIND_S, OLDER_S = 0.200, 2.0, 60.0
DRIFT = 200e-6
JUMP_S = 10.0
BACK_S = 1.0  # less is the order of B pictures, which travel after those they refer to


@dataclass(frozen=True, slots=True)
class Capture:
    """`at_us` UTC. `late_s`: behind the promptest of the connection."""

    at_us: int
    reported: bool
    late_s: float


class CaptureClock:
    """One connection's. `wall_s`, `monotonic_s`: UTC and CLOCK_MONOTONIC, both now, in seconds."""

    def __init__(
        self, clock_hz: int, *, wall_s: Callable[[], float], monotonic_s: Callable[[], float]
    ) -> None:
        self._clock_hz = clock_hz
        self._wall_s = wall_s
        self._monotonic_s = monotonic_s
        self._media: int | None = None  # extended: with the turns of the 32 bits
        self._baseline_s = math.inf  # the least (arrival − media time), drift allowed for
        self._baseline_media_s = 0.0
        self._believed = False
        self._report: tuple[float, int] | None = None  # media time, UTC µs

    def reported(self, time: int, wall_us: int) -> None:
        """A sender report: at media time `time` (32 bits) the camera's UTC was `wall_us`."""
        self._report = (self._extended(time) / self._clock_hz, wall_us)

    def of(self, time: int, arrived_s: float) -> Capture:
        """The capture of the picture with this timestamp, whose last byte came at `arrived_s` (monotonic)."""
        media = self._extended(time)
        if self._media is not None and media < self._media - BACK_S * self._clock_hz:
            self._begin_anew()
        self._media = media
        media_s = media / self._clock_hz
        late_s = self._late(media_s, arrived_s - media_s)
        arrival_us = (self._wall_s() - (self._monotonic_s() - arrived_s)) * 1e6
        estimated_us = arrival_us - late_s * 1e6
        if self._report is not None:
            said_us = self._report[1] + (media_s - self._report[0]) * 1e6
            behind_s = OLDER_S if self._believed else BEHIND_S
            if -behind_s * 1e6 <= said_us - estimated_us <= AHEAD_S * 1e6:
                self._believed = True
                return Capture(round(min(said_us, arrival_us)), reported=True, late_s=late_s)
        return Capture(round(estimated_us), reported=False, late_s=late_s)

    def _late(self, media_s: float, offset_s: float) -> float:
        if math.isfinite(self._baseline_s) and offset_s < self._baseline_s - JUMP_S:
            self._begin_anew()  # nothing is that prompt: the camera's clock was set
        drifted_s = DRIFT * max(0.0, media_s - self._baseline_media_s)
        self._baseline_s = min(self._baseline_s + drifted_s, offset_s)
        self._baseline_media_s = max(self._baseline_media_s, media_s)
        return offset_s - self._baseline_s

    def _begin_anew(self) -> None:
        self._baseline_s, self._baseline_media_s = math.inf, 0.0
        self._report, self._believed = None, False

    def _extended(self, time: int) -> int:
        if self._media is None:
            return time
        step = (time - self._media) & 0xFFFF_FFFF
        return self._media + (step if step < 1 << 31 else step - (1 << 32))
