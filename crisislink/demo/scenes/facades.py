# ruff: noqa: PLR0917  places and sizes read best in their usual order
"""Walls of the pink city: brick, stone bands, windows with shutters, shops. Drawn flat, in their own
plane.
"""

import random
from dataclasses import dataclass

import skia  # type: ignore[import-not-found]

from crisislink.demo.scenes.lens import Lens, Vec
from crisislink.demo.scenes.light import Light, Rgb, fade, fill, halo, line, mix

BRICK, ROSE, CREAM, OCHRE, STONE, CONCRETE = (
    (190, 110, 84),
    (206, 138, 112),
    (232, 208, 176),
    (222, 172, 122),
    (216, 204, 184),
    (196, 194, 190),
)
_SHUTTERS: tuple[Rgb, ...] = (
    (108, 140, 158),
    (122, 148, 124),
    (150, 158, 166),
    (128, 96, 86),
    (168, 190, 196),
)
_AWNINGS: tuple[Rgb, ...] = ((150, 40, 44), (38, 78, 110), (40, 92, 66), (196, 160, 60), (90, 50, 90))
_WARM: Rgb = (255, 206, 132)
_SIGNS = (
    "TABAC",
    "CAFÉ DU PONT",
    "PHARMACIE",
    "BOULANGERIE",
    "LIBRAIRIE",
    "LE FLORIDA",
    "OPTIQUE",
    "FLEURS",
    "COIFFEUR",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Building:
    """A house of a row: `width` metres of front, `floors` above the ground floor."""

    width: float
    floors: int
    colour: Rgb
    shop: bool = True


def row(
    rng: random.Random, length: float, *, floors: tuple[int, int] = (2, 4), shops: float = 0.6
) -> list[Building]:
    """Houses side by side over at least `length` metres."""
    found: list[Building] = []
    while sum(b.width for b in found) < length:
        colour = rng.choice((BRICK, BRICK, ROSE, ROSE, CREAM, OCHRE, STONE))
        found.append(
            Building(
                width=rng.choice((9.0, 11.0, 13.0)),
                floors=rng.randint(*floors),
                colour=mix(colour, (255, 255, 255), rng.uniform(0, 0.08)),
                shop=rng.random() < shops,
            )
        )
    return found


def draw_row(
    canvas: skia.Canvas,
    lens: Lens,
    light: Light,
    rng: random.Random,
    start: Vec,
    along: Vec,
    houses: list[Building],
    shade: float,
) -> None:
    """The houses from `start` in the direction `along` (a unit vector on the ground), farthest first."""
    offset, placed = 0.0, []
    for house in houses:
        placed.append((offset, house, rng.getrandbits(32)))
        offset += house.width
    far_first = sorted(placed, key=lambda p: -lens.depth(_on(start, along, p[0] + p[1].width / 2)))
    for at, house, seed in far_first:
        origin = _on(start, along, at)
        if max(lens.depth(origin), lens.depth(_on(origin, along, house.width))) < 2:
            continue
        canvas.save()
        canvas.concat(lens.plane(origin, along, (0, 0, 1)))
        middle = _on(origin, along, house.width / 2)
        backwards = lens.at(_on(middle, along, 1))[0] < lens.at(middle)[0]
        _House(canvas, light, random.Random(seed), house, shade, lens.depth(middle), backwards).draw()
        canvas.restore()


def _on(start: Vec, along: Vec, metres: float) -> Vec:
    return start[0] + along[0] * metres, start[1] + along[1] * metres, start[2]


@dataclass(slots=True)
class _House:
    canvas: skia.Canvas
    light: Light
    rng: random.Random
    house: Building
    shade: float
    away: float
    mirrored: bool

    def box(self, x: float, z: float, w: float, h: float, c: Rgb, k: float = 1.0) -> None:
        self.canvas.drawRect(skia.Rect.MakeXYWH(x, z, w, h), self.light.paint(c, self.shade * k, self.away))

    def draw(self) -> None:
        width, colour = self.house.width, self.house.colour
        height = 4.2 + 3.3 * self.house.floors
        wall = self.light.tone(colour, self.shade, self.away)
        low = self.light.tone(colour, self.shade * 0.80, self.away)
        self.canvas.drawRect(
            skia.Rect.MakeXYWH(0, 0, width, height),
            fade((0, 0), (0, height), (0, low, 1), (0.35, wall, 1), (1, wall, 1)),
        )
        if self.away < 45:
            self._courses(width, height)
        self._roof(width, height)
        self.box(0, 0, 0.12, height, colour, 0.72)
        for floor in range(self.house.floors):
            self.box(0, 4.2 + 3.3 * floor - 0.12, width, 0.22, STONE, 0.98)
            self._windows(4.2 + 3.3 * floor, width)
        if self.house.shop:
            self._shop(width)
        else:
            self._ground_floor(width)

    def _courses(self, width: float, height: float) -> None:
        tone = self.light.tone(self.house.colour, self.shade * 0.88, self.away)
        z = 0.4
        while z < height:
            self.canvas.drawLine(0, z, width, z, line(tone, 0.035, 0.5))
            z += 0.4

    def _roof(self, width: float, height: float) -> None:
        self.box(-0.15, height, width + 0.3, 0.35, STONE, 0.9)
        self.box(-0.25, height + 0.35, width + 0.5, 0.28, (168, 92, 66), 0.85)
        self.box(0, height - 0.35, width, 0.35, self.house.colour, 0.66)

    def _windows(self, z: float, width: float) -> None:
        count = max(2, round(width / 3.2))
        step, shutter = width / count, self.rng.choice(_SHUTTERS)
        for i in range(count):
            self._window(step * (i + 0.5), z + 0.55, shutter)

    def _window(self, middle: float, z: float, shutter: Rgb) -> None:
        w, h, lit = 1.15, 2.05, self.rng.random() < 0.45 * self.light.lamps
        self.box(middle - w / 2 - 0.16, z - 0.14, w + 0.32, h + 0.34, STONE, 1.04)
        rect = skia.Rect.MakeXYWH(middle - w / 2, z, w, h)
        if lit:
            glow = mix(_WARM, (255, 240, 210), self.rng.random())
            self.canvas.drawRect(
                rect, fade((0, z), (0, z + h), (0, mix(glow, (120, 70, 30), 0.45), 1), (1, glow, 1))
            )
        else:
            dark, sheen = (
                self.light.tone((44, 54, 66), self.shade),
                self.light.tone((128, 150, 172), self.shade),
            )
            self.canvas.drawRect(
                rect, fade((middle - w, z), (middle + w, z + h), (0, dark, 1), (0.6, dark, 1), (1, sheen, 1))
            )
        self.box(middle - 0.035, z, 0.07, h, (236, 232, 224), 0.95)
        self.box(middle - w / 2, z + h * 0.62, w, 0.06, (236, 232, 224), 0.95)
        if self.rng.random() < 0.82:
            for x in (middle - w / 2 - 0.66, middle + w / 2 + 0.10):
                self.box(x, z - 0.03, 0.56, h + 0.06, shutter)
                for slat in range(6):
                    self.box(x + 0.05, z + 0.12 + slat * 0.33, 0.46, 0.05, shutter, 0.82)
        if self.rng.random() < 0.5:
            for bar in range(9):
                self.box(middle - w / 2 - 0.1 + bar * (w + 0.2) / 8, z - 0.1, 0.035, 0.85, (38, 40, 46))
            self.box(middle - w / 2 - 0.14, z + 0.72, w + 0.28, 0.06, (38, 40, 46))

    def _ground_floor(self, width: float) -> None:
        self.box(0, 0, width, 1.0, STONE, 0.86)
        door = width * self.rng.uniform(0.3, 0.6)
        self.box(door - 0.9, 0, 1.8, 3.1, STONE, 1.0)
        self.box(door - 0.65, 0, 1.3, 2.75, self.rng.choice(_SHUTTERS), 0.6)
        for x in (door - 3.2, door + 3.0):
            if 1.2 < x < width - 1.2:
                self._window(x, 1.15, self.rng.choice(_SHUTTERS))

    def _shop(self, width: float) -> None:
        colour = self.rng.choice(_AWNINGS)
        self.box(0.5, 0, width - 1, 3.5, (52, 50, 52), 0.9)
        panes, inner = max(2, round(width / 3)), width - 1.4
        for i in range(panes):
            x = 0.7 + inner * i / panes
            rect = skia.Rect.MakeXYWH(x, 0.5, inner / panes - 0.18, 2.25)
            low, high = (
                self.light.tone((58, 66, 74), self.shade),
                self.light.tone((140, 152, 160), self.shade),
            )
            if self.light.lamps > 0.3:
                low, high = mix(low, (250, 190, 110), 0.75), mix(high, (255, 232, 190), 0.85)
            self.canvas.drawRect(rect, fade((x, 0.5), (x + 1, 2.75), (0, low, 1), (1, high, 1)))
        self.box(0.5, 2.85, width - 1, 0.75, colour, 1.0)
        self._sign(width)
        stripes = 14
        for i in range(stripes):
            tone = colour if i % 2 else (238, 232, 220)
            self.box(0.5 + (width - 1) * i / stripes, 2.45, (width - 1) / stripes, 0.42, tone, 0.95)
        if self.light.lamps > 0.3:
            self.canvas.drawRect(
                skia.Rect.MakeXYWH(-2, 0, width + 4, 5), halo((width / 2, 1.8), width * 0.7, _WARM, 0.20)
            )

    def _sign(self, width: float) -> None:
        # drawn large and scaled down: glyph advances are rounded to whole units
        font = skia.Font(skia.Typeface("DejaVu Sans", skia.FontStyle.Bold()), 50)
        text = self.rng.choice(_SIGNS)
        size = font.measureText(text)
        self.canvas.save()
        self.canvas.translate(width / 2, 3.05)
        # planes have z up, text wants y down; on walls seen from the other side x runs backwards
        self.canvas.scale(-0.01 if self.mirrored else 0.01, -0.01)
        self.canvas.drawString(
            text, -size / 2, 0, font, fill(self.light.tone((246, 238, 222), max(1.0, self.light.lamps * 2)))
        )
        self.canvas.restore()
