"""What stands in a street: trees, lamps, parasols, poles. Each is drawn upright at a spot on the ground."""

import math
import random
from dataclasses import dataclass

import skia  # type: ignore[import-not-found]

from crisislink.demo.scenes.lens import Lens, Vec
from crisislink.demo.scenes.light import Light, Rgb, fade, fill, halo, line, mix, soft

_LEAF: Rgb = (96, 128, 66)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """A plane tree at x, y; `height` metres."""

    x: float
    y: float
    height: float = 9.0
    seed: int = 1
    leaf: Rgb = _LEAF

    @property
    def depth_at(self) -> Vec:
        """Where it stands."""
        return self.x, self.y, 0.0

    def draw(self, canvas: skia.Canvas, lens: Lens, light: Light) -> None:
        """Trunk, boughs and a crown of leaf clusters lit from the upper right."""
        foot = (self.x, self.y, 0.0)
        if lens.depth(foot) < 3:
            return
        s, (px, py) = lens.scale(foot), lens.at(foot)
        rng, away = random.Random(self.seed), lens.depth(foot)
        bark = light.tone((150, 138, 118), 0.9, away)
        crown = 0.34 * self.height
        top = py - (self.height - crown) * s
        canvas.drawLine(px, py, px, top, line(mix(bark, (0, 0, 0), 0.15), 0.42 * s))
        canvas.drawLine(px + 0.06 * s, py, px + 0.05 * s, top, line(bark, 0.24 * s))
        clusters = []
        for _ in range(170):
            angle, r = rng.uniform(0, math.tau), crown * math.sqrt(rng.random())
            clusters.append(
                (r * math.cos(angle) * 1.08, r * math.sin(angle) * 0.82, rng.uniform(0.10, 0.22) * crown)
            )
        clusters.sort(key=lambda c: c[0] * 0.5 - c[1] + rng.uniform(-0.4, 0.4))
        for dx, dy, r in clusters:
            lit = 0.62 + 0.34 * (0.5 * dx - dy) / crown + rng.uniform(-0.05, 0.05)
            leaf = mix(self.leaf, (176, 186, 96), max(0.0, lit - 0.72))
            canvas.drawCircle(
                px + dx * s, top + dy * s, r * s, light.paint(leaf, max(0.42, lit + 0.22), away)
            )

    def shadow(self, canvas: skia.Canvas, light: Light) -> None:
        """On the ground plane, towards the left."""
        if light.sun > 0:
            r = 0.34 * self.height
            canvas.drawOval(
                skia.Rect.MakeXYWH(self.x - r * 2.1, self.y - r * 0.5, r * 2.3, r * 1.5),
                soft((24, 26, 48), 0.38 * light.sun, 0.5),
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Lamp:
    """A street lamp with an arm of `reach` metres (negative: to the left)."""

    x: float
    y: float
    height: float = 7.0
    reach: float = 1.4

    @property
    def depth_at(self) -> Vec:
        """Where it stands."""
        return self.x, self.y, 0.0

    def draw(self, canvas: skia.Canvas, lens: Lens, light: Light) -> None:
        """Pole, arm, head, and light when it is dark."""
        foot = (self.x, self.y, 0.0)
        if lens.depth(foot) < 3:
            return
        s, away = lens.scale(foot), lens.depth(foot)
        iron = light.tone((58, 66, 72), 1.0, away)
        base, top = lens.at(foot), lens.at((self.x, self.y, self.height))
        head = lens.at((self.x + self.reach, self.y, self.height + 0.1))
        canvas.drawLine(*base, *top, line(iron, max(1.0, 0.13 * s)))
        canvas.drawLine(*top, *head, line(iron, max(1.0, 0.09 * s)))
        canvas.drawOval(
            skia.Rect.MakeXYWH(head[0] - 0.3 * s, head[1] - 0.08 * s, 0.6 * s, 0.2 * s), fill(iron)
        )
        if light.lamps > 0.2:
            radius = 2.2 * s
            canvas.drawCircle(*head, radius, halo(head, radius, (255, 200, 120), 0.65 * light.lamps))
            canvas.drawOval(
                skia.Rect.MakeXYWH(head[0] - 0.24 * s, head[1] - 0.02 * s, 0.48 * s, 0.17 * s),
                fill((255, 240, 206)),
            )

    def pool(self, canvas: skia.Canvas, light: Light) -> None:
        """Its light on the ground plane."""
        if light.lamps > 0.2:
            centre = (self.x + self.reach, self.y)
            canvas.drawCircle(*centre, 8.5, halo(centre, 8.5, (255, 186, 104), 0.42 * light.lamps))


@dataclass(frozen=True, slots=True, kw_only=True)
class Parasol:
    """A café table under a parasol."""

    x: float
    y: float
    colour: Rgb = (176, 48, 44)

    @property
    def depth_at(self) -> Vec:
        """Where it stands."""
        return self.x, self.y, 0.0

    def draw(self, canvas: skia.Canvas, lens: Lens, light: Light) -> None:
        """Pole, table, two chairs and the cloth."""
        s, away = lens.scale(self.depth_at), lens.depth(self.depth_at)
        px, py = lens.at(self.depth_at)
        canvas.drawOval(
            skia.Rect.MakeXYWH(px - 1.5 * s, py - 0.35 * s, 3 * s, 0.8 * s), soft((20, 20, 40), 0.30, 0.2 * s)
        )
        for dx in (-0.75, 0.75):
            canvas.drawRoundRect(
                skia.Rect.MakeXYWH(px + (dx - 0.2) * s, py - 0.8 * s, 0.4 * s, 0.75 * s),
                0.08 * s,
                0.08 * s,
                light.paint((92, 70, 54), 1, away),
            )
        canvas.drawLine(px, py, px, py - 2.5 * s, line(light.tone((230, 226, 216)), 0.07 * s))
        canvas.drawOval(
            skia.Rect.MakeXYWH(px - 0.45 * s, py - 0.85 * s, 0.9 * s, 0.3 * s),
            light.paint((228, 224, 214), 1, away),
        )
        top, edge = py - 3.0 * s, py - 2.25 * s
        for i in range(8):
            a, b = (px + math.cos(math.pi * (1 - k / 8)) * 1.7 * s for k in (i, i + 1))
            path = skia.Path()
            path.moveTo(px, top)
            path.lineTo(a, edge + 0.30 * s * math.sin(math.pi * i / 8))
            path.lineTo(b, edge + 0.30 * s * math.sin(math.pi * (i + 1) / 8))
            path.close()
            canvas.drawPath(path, light.paint(self.colour, 0.72 + 0.05 * i, away))


@dataclass(frozen=True, slots=True, kw_only=True)
class Bollards:
    """A row of low posts along the street."""

    x: float
    near: float
    far: float
    step: float = 3.0

    @property
    def depth_at(self) -> Vec:
        """The nearest of them."""
        return self.x, self.near, 0.0

    def draw(self, canvas: skia.Canvas, lens: Lens, light: Light) -> None:
        """Far to near."""
        y = self.far
        while y >= self.near:
            foot = (self.x, y, 0.0)
            s, (px, py) = lens.scale(foot), lens.at(foot)
            canvas.drawLine(px, py, px, py - 0.85 * s, line(light.tone((52, 56, 62), 1, y), 0.12 * s))
            canvas.drawCircle(px, py - 0.9 * s, 0.09 * s, light.paint((150, 150, 150), 1, y))
            y -= self.step


def sky(canvas: skia.Canvas, lens: Lens, light: Light, seed: int) -> None:
    """Gradient and soft clouds, down to the horizon."""
    horizon = lens.height / 2 - lens.focal * math.tan(math.radians(lens.pitch_deg))
    deep = max(horizon, lens.height * 0.12) + 4
    canvas.drawRect(
        skia.Rect.MakeWH(lens.width, lens.height),
        fade((0, deep - lens.height * 0.45), (0, deep), (0, light.sky_top, 1), (1, light.sky_low, 1)),
    )
    rng, k = random.Random(seed), lens.width / 1280
    for _ in range(0 if light.lamps > 0.9 else 9):
        x, y = rng.uniform(0, lens.width), rng.uniform(0, deep * 0.8)
        tone = mix(light.sky_low, (255, 255, 255), 0.35)
        for _ in range(6):
            w, h = rng.uniform(50, 150) * k, rng.uniform(8, 22) * k
            cx, cy = x + rng.uniform(-90, 90) * k, y + rng.uniform(-9, 9) * k
            canvas.drawOval(skia.Rect.MakeXYWH(cx, cy, w, h), soft(tone, 0.22, 12 * k))
