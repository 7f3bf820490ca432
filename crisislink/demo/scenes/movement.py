"""Who moves where: paths over the ground, periodic in the loop, so that its last frame leads into its
first.
"""

import math
from dataclasses import dataclass

import skia  # type: ignore[import-not-found]

from crisislink.demo.scenes.lens import Lens, Vec
from crisislink.demo.scenes.light import Light
from crisislink.demo.scenes.vehicles import Livery, Shape, Vehicle
from crisislink.demo.scenes.walkers import Look, draw_cyclist, draw_person

LOOP_S = 8.0
_HAZE_M = 40.0  # who comes from farther away appears little by little
Spot = tuple[float, float]


def _between(a: Spot, b: Spot, metres: float) -> Vec:
    k = metres / math.dist(a, b)
    return a[0] + (b[0] - a[0]) * k, a[1] + (b[1] - a[1]) * k, 0.0


def _heading(a: Spot, b: Spot) -> float:
    return math.degrees(math.atan2(b[0] - a[0], b[1] - a[1]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Drive:
    """A vehicle from `start` to `end` in `lasts_s` (≤ LOOP_S), leaving at `at_s`. Equal ends: it is
    parked.
    """

    shape: Shape
    livery: Livery
    start: Spot
    end: Spot
    at_s: float = 0.0
    lasts_s: float = LOOP_S
    heading_deg: float | None = None

    def now(self, lens: Lens, light: Light, time_s: float) -> tuple[Vehicle, float] | None:
        """The vehicle and how solid it is: it comes out of the haze."""
        share = (time_s - self.at_s) % LOOP_S / self.lasts_s
        if share > 1:
            return None
        length = math.dist(self.start, self.end)
        where = _between(self.start, self.end, share * length) if length else (*self.start, 0.0)
        heading = _heading(self.start, self.end) if self.heading_deg is None else self.heading_deg
        vehicle = Vehicle(self.shape, self.livery, lens, light, where, heading)
        solid = 1.0
        for end, left in ((self.start, share), (self.end, 1 - share)):
            if length and lens.depth((*end, 0.0)) > _HAZE_M:
                solid = min(solid, 12 * left)
        return (vehicle, solid) if vehicle.visible and solid > 0.02 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stroll:
    """People one after the other from `start` to `end`, so spaced that each is where the next was a loop
    ago.
    """

    start: Spot
    end: Spot
    seed: int
    speed_m_s: float = 1.3
    phase: float = 0.0
    cycling: bool = False
    via: Spot | None = None

    @property
    def legs(self) -> tuple[tuple[Spot, Spot], ...]:
        """The straight parts of the way."""
        return (
            ((self.start, self.end),) if self.via is None else ((self.start, self.via), (self.via, self.end))
        )

    @property
    def length_m(self) -> float:
        """Of the whole way."""
        return sum(math.dist(a, b) for a, b in self.legs)

    def now(self, time_s: float) -> list["Stroller"]:
        """Those on the way."""
        spacing, length = self.speed_m_s * LOOP_S, self.length_m
        first = (self.phase + time_s / LOOP_S) % 1.0 * spacing
        found = []
        while first < length:
            found.append(Stroller(self, first, *self._at(first)))
            first += spacing
        return found

    def _at(self, metres: float) -> tuple[Vec, float]:
        """Place and heading after so many metres."""
        for a, b in self.legs[:-1]:
            if metres < (leg := math.dist(a, b)):
                return _between(a, b, metres), _heading(a, b)
            metres -= leg
        a, b = self.legs[-1]
        return _between(a, b, metres), _heading(a, b)


@dataclass(frozen=True, slots=True)
class Stroller:
    """One of them, `walked_m` along."""

    way: Stroll
    walked_m: float
    where: Vec
    heading_deg: float

    def draw(self, canvas: skia.Canvas, lens: Lens, light: Light) -> None:
        """Fading at both ends of the way."""
        length, look, heading = self.way.length_m, Look.of(self.way.seed), self.heading_deg
        solid = min(1.0, self.walked_m / 0.6, (length - self.walked_m) / 0.6)
        if solid < 1:
            canvas.saveLayerAlpha(None, max(0, round(solid * 255)))
        if self.way.cycling:
            draw_cyclist(canvas, lens, light, self.where, look, self.walked_m, heading)
        else:
            # steps in step with the loop: a whole number of paces a spacing
            spacing = self.way.speed_m_s * LOOP_S
            paces = 1.5 * max(1, round(spacing / 1.5))
            turn = math.sin(math.radians(heading - lens.yaw_deg))
            draw_person(canvas, lens, light, self.where, look, self.walked_m * paces / spacing, turn)
        if solid < 1:
            canvas.restore()
