# ruff: noqa: PLR0917  places and sizes read best in their usual order
"""Things that drive: shaded solids made of a side profile with a width at each of its corners."""

import math
from dataclasses import dataclass
from enum import StrEnum

import skia  # type: ignore[import-not-found]

from crisislink.demo.scenes.lens import NEAR_M, Lens, Vec, add, dot
from crisislink.demo.scenes.light import Light, Rgb, fill, halo, mix, soft

_GLASS: Rgb = (40, 50, 62)


class Part(StrEnum):
    """What a strip of the profile is made of."""

    BODY = "body"
    GLASS = "glass"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """`profile`: (forward, up, half width) from the rear foot over the roof to the front foot; `parts`:
    between them.

    `windows`: side glass as (forward, up) polygons; `wheels`: forward positions; `radius` of the wheels.
    """

    profile: tuple[tuple[float, float, float], ...]
    parts: tuple[Part, ...]
    windows: tuple[tuple[tuple[float, float], ...], ...]
    wheels: tuple[float, ...]
    radius: float


_B, _G = Part.BODY, Part.GLASS
CAR = Shape(
    profile=(
        (-2.1, 0.32, 0.86),
        (-2.15, 0.85, 0.88),
        (-1.95, 0.98, 0.84),
        (-1.45, 1.42, 0.66),
        (0.25, 1.46, 0.66),
        (1.0, 0.98, 0.82),
        (1.95, 0.82, 0.82),
        (2.15, 0.6, 0.84),
        (2.1, 0.32, 0.84),
    ),
    parts=(_B, _B, _G, _B, _G, _B, _B, _B),
    windows=(
        ((-1.72, 1.0), (-1.36, 1.35), (-0.55, 1.37), (-0.55, 1.0)),
        ((-0.45, 1.0), (-0.45, 1.37), (0.2, 1.37), (0.82, 1.0)),
    ),
    wheels=(-1.32, 1.32),
    radius=0.33,
)
VAN = Shape(
    profile=(
        (-2.9, 0.35, 0.98),
        (-2.95, 2.5, 0.95),
        (-2.85, 2.6, 0.92),
        (1.35, 2.6, 0.92),
        (2.2, 1.55, 0.95),
        (2.85, 1.2, 0.95),
        (2.95, 0.35, 0.96),
    ),
    parts=(_B, _B, _B, _G, _B, _B),
    windows=(((1.0, 1.5), (1.0, 2.25), (1.5, 2.25), (2.05, 1.5)),),
    wheels=(-1.9, 1.9),
    radius=0.36,
)
BUS = Shape(
    profile=(
        (-5.9, 0.35, 1.25),
        (-6.0, 2.95, 1.22),
        (-5.8, 3.05, 1.2),
        (5.7, 3.05, 1.2),
        (5.9, 2.6, 1.22),
        (6.0, 1.15, 1.25),
        (6.0, 0.35, 1.25),
    ),
    parts=(_B, _B, _B, _B, _G, _B),
    windows=tuple(
        ((x, 1.3), (x, 2.5), (x + 1.75, 2.5), (x + 1.75, 1.3)) for x in (-5.6, -3.7, -1.8, 0.1, 2.0, 3.9)
    ),
    wheels=(-3.4, 3.6),
    radius=0.48,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Livery:
    """How a vehicle is painted. `stripe`: along the side; `beacons`: flashing blue."""

    body: Rgb
    stripe: Rgb | None = None
    beacons: bool = False


class Vehicle:
    """One drawn vehicle; `where` is its middle on the ground, heading in degrees clockwise from away (y)."""

    def __init__(
        self, shape: Shape, livery: Livery, lens: Lens, light: Light, where: Vec, heading_deg: float
    ) -> None:
        self.shape, self.livery, self.lens, self.light, self.where = shape, livery, lens, light, where
        a = math.radians(heading_deg)
        self.forward: Vec = (math.sin(a), math.cos(a), 0.0)
        self.side: Vec = (math.cos(a), -math.sin(a), 0.0)
        self.away = lens.depth(where)

    @property
    def visible(self) -> bool:
        """Whether all of it is in front of the lens."""
        length = self.shape.profile[0][0]
        return (
            min(self.lens.depth(self._at(s * length, 1.0, 0)) for s in (-1, 1)) > NEAR_M + 1.5
            and self.away < 170
        )

    def _at(self, forward: float, up: float, across: float) -> Vec:
        p = add(add(self.where, self.forward, forward), self.side, across)
        return p[0], p[1], p[2] + up

    def _path(self, points: list[Vec]) -> skia.Path:
        path = skia.Path()
        path.addPoly([skia.Point(*self.lens.at(p)) for p in points], close=True)
        return path

    def draw(self, canvas: skia.Canvas, time_s: float, alpha: float) -> None:
        """Shadow, faces from far to near, lights."""
        if alpha < 1:
            canvas.saveLayerAlpha(None, round(alpha * 255))
        self._shadow(canvas)
        for face in sorted(self._faces(), key=lambda f: -f[0]):
            canvas.drawPath(self._path(face[1]), self._paint(face[2], face[3]))
        for across in (-1, 1):
            if self._sees_side(across):
                self._flank(canvas, across)
        self._ends(canvas)
        if self.livery.beacons:
            self._beacons(canvas, time_s)
        if alpha < 1:
            canvas.restore()

    def _shadow(self, canvas: skia.Canvas) -> None:
        half, wide = -self.shape.profile[0][0] + 0.15, self.shape.profile[0][2] + 0.12
        lean = 0.55 * self.shape.profile[2][1] * self.light.sun
        corners = [(-half, -wide), (-half, wide), (half, wide), (half, -wide)]
        points = [add(self._at(f, 0.0, a), (-lean * (0.5 if a < 0 else 0.0), 0, 0)) for f, a in corners]
        s = self.lens.scale(self.where)
        canvas.drawPath(self._path(points), soft((10, 12, 24), 0.42 + 0.2 * self.light.sun, 0.14 * s))

    def _faces(self) -> list[tuple[float, list[Vec], Part, float]]:
        found = []
        for (f0, z0, w0), (f1, z1, w1), part in zip(
            self.shape.profile, self.shape.profile[1:], self.shape.parts, strict=False
        ):
            quad = [self._at(f0, z0, -w0), self._at(f0, z0, w0), self._at(f1, z1, w1), self._at(f1, z1, -w1)]
            length = math.hypot(f1 - f0, z1 - z0)
            normal = add(tuple_scaled(self.forward, -(z1 - z0) / length), (0, 0, 1), (f1 - f0) / length)
            middle = self._at((f0 + f1) / 2, (z0 + z1) / 2, 0)
            if dot(normal, add(self.lens.eye, middle, -1)) > 0:
                bright = 0.74 + 0.34 * normal[2] + 0.16 * normal[0] * self.light.sun
                found.append((self.lens.depth(middle), quad, part, bright))
        return found

    def _paint(self, part: Part, bright: float) -> skia.Paint:
        if part is Part.GLASS:
            return fill(mix(self.light.tone(_GLASS, 1.1, self.away), self.light.sky_low, 0.20 * bright))
        return self.light.paint(self.livery.body, bright, self.away)

    def _sees_side(self, across: int) -> bool:
        outward = tuple_scaled(self.side, across)
        return dot(outward, add(self.lens.eye, self._at(0, 0.6, across * self.shape.profile[0][2]), -1)) > 0

    def _flank(self, canvas: skia.Canvas, across: int) -> None:
        bright = 0.74 + 0.2 * self.side[0] * across * self.light.sun
        outline = [self._at(f, z, across * w) for f, z, w in self.shape.profile]
        canvas.drawPath(self._path(outline), self.light.paint(self.livery.body, bright, self.away))
        wide = self.shape.profile[0][2]
        if self.livery.stripe is not None:
            low, high = self.shape.profile[0][0] + 0.1, -self.shape.profile[0][0] - 0.1
            stripe = [
                self._at(f, z, across * wide) for f, z in ((low, 0.85), (high, 0.85), (high, 1.2), (low, 1.2))
            ]
            canvas.drawPath(self._path(stripe), self.light.paint(self.livery.stripe, bright + 0.1, self.away))
        top = max(p[1] for p in self.shape.profile)
        for window in self.shape.windows:
            lean = [
                across
                * (wide - (wide - self.shape.profile[3][2]) * max(0.0, (z - 0.95) / max(0.1, top - 0.95)))
                for _, z in window
            ]
            pane = [self._at(f, z, w) for (f, z), w in zip(window, lean, strict=True)]
            glass = mix(self.light.tone(_GLASS, 1.0, self.away), self.light.sky_low, 0.14)
            canvas.drawPath(self._path(pane), fill(glass))
        for f in self.shape.wheels:
            self._wheel(canvas, f, across * (wide + 0.01))

    def _wheel(self, canvas: skia.Canvas, forward: float, across: float) -> None:
        r = self.shape.radius
        for radius, tone in ((r, (26, 26, 28)), (r * 0.55, (150, 152, 156)), (r * 0.2, (70, 70, 74))):
            rim = [
                self._at(
                    forward + radius * math.cos(a / 12 * math.tau),
                    r + radius * math.sin(a / 12 * math.tau),
                    across,
                )
                for a in range(12)
            ]
            canvas.drawPath(self._path(rim), self.light.paint(tone, 1.0, self.away))

    def _ends(self, canvas: skia.Canvas) -> None:
        """Head and tail lights on the end that is seen."""
        length, wide = -self.shape.profile[0][0], self.shape.profile[0][2]
        to_eye = add(self.lens.eye, self.where, -1)
        front = dot(self.forward, to_eye) > 0
        s, dark = self.lens.scale(self.where), self.light.lamps
        plate = [
            self._at((length + 0.04) * (1 if front else -1), z, a)
            for z, a in ((0.45, -0.26), (0.45, 0.26), (0.57, 0.26), (0.57, -0.26))
        ]
        canvas.drawPath(self._path(plate), self.light.paint((236, 236, 226), 0.9, self.away))
        for across in (-1, 1):
            middle = self._at((length + 0.03) * (1 if front else -1), 0.68, across * (wide - 0.24))
            px, py = self.lens.at(middle)
            colour: Rgb = (255, 246, 222) if front else (236, 30, 28)
            canvas.drawOval(
                skia.Rect.MakeXYWH(px - 0.19 * s, py - 0.09 * s, 0.38 * s, 0.18 * s),
                fill(mix(self.light.tone(colour), colour, max(0.45, dark))),
            )
            if dark > 0.2:
                radius = (1.5 if front else 0.8) * s
                canvas.drawCircle(
                    px, py, radius, halo((px, py), radius, colour, (0.75 if front else 0.6) * dark)
                )

    def beam(self, canvas: skia.Canvas) -> None:
        """Headlights on the ground plane (drawn inside `on_ground`)."""
        if self.light.lamps > 0.2:
            length = -self.shape.profile[0][0]
            cx, cy = (self.where[i] + self.forward[i] * (length + 4.5) for i in (0, 1))
            canvas.drawCircle(cx, cy, 6.0, halo((cx, cy), 6.0, (255, 236, 196), 0.40 * self.light.lamps))
            if self.light.wet:
                bx, by = (self.where[i] - self.forward[i] * (length + 2.5) for i in (0, 1))
                canvas.drawCircle(bx, by, 3.0, halo((bx, by), 3.0, (255, 40, 30), 0.30))

    def _beacons(self, canvas: skia.Canvas, time_s: float) -> None:
        s, top = self.lens.scale(self.where), max(p[1] for p in self.shape.profile)
        for i, across in enumerate((-0.6, 0.6)):
            on = int(time_s * 4) % 2 == i
            px, py = self.lens.at(self._at(1.0 if self.shape is VAN else 0.0, top + 0.12, across))
            canvas.drawOval(
                skia.Rect.MakeXYWH(px - 0.2 * s, py - 0.14 * s, 0.4 * s, 0.28 * s),
                fill((40, 90, 255) if on else (20, 40, 130)),
            )
            if on:
                canvas.drawCircle(px, py, 2.0 * s, halo((px, py), 2.0 * s, (60, 120, 255), 0.8))


def tuple_scaled(v: Vec, k: float) -> Vec:
    """k v."""
    return v[0] * k, v[1] * k, v[2] * k
