# ruff: noqa: PLR0917  places and sizes read best in their usual order
"""Scenes with a street down the middle: brick street, avenue, boulevard, suburb, ring road, bridge,
junction.
"""

import math
import random

import skia  # type: ignore[import-not-found]

from crisislink.demo.scenes.facades import BRICK, CREAM, ROSE, Building, draw_row, row
from crisislink.demo.scenes.furniture import Bollards, Lamp, Tree
from crisislink.demo.scenes.ground import ASPHALT, CYCLE, GRASS, PAVING, Ground
from crisislink.demo.scenes.lens import Lens
from crisislink.demo.scenes.light import DAY, DUSK, NIGHT, OVERCAST, RAIN, Light, fade, fill, line, soft
from crisislink.demo.scenes.movement import Drive, Spot, Stroll
from crisislink.demo.scenes.stage import Draw, Scene, rain
from crisislink.demo.scenes.vehicles import BUS, CAR, VAN, Livery, Shape

WHITE, GREY, RED, BLUE, BLACK, SILVER = (
    Livery(body=(232, 232, 230)),
    Livery(body=(120, 126, 134)),
    Livery(body=(176, 40, 38)),
    Livery(body=(46, 78, 128)),
    Livery(body=(44, 46, 52)),
    Livery(body=(188, 192, 196)),
)
AMBULANCE = Livery(body=(244, 244, 240), stripe=(30, 84, 170), beacons=True)
CITY_BUS = Livery(body=(226, 224, 220), stripe=(196, 30, 52))
_CARS = (GREY, WHITE, RED, BLACK, BLUE, SILVER, WHITE, BLACK)


def lens_for(size: tuple[int, int], **how: float) -> Lens:
    """A lens for a picture size; `x`, `z`, `yaw`, `pitch`, `zoom`."""
    return Lens(
        *size,
        eye=(how.get("x", 0.0), 0.0, how.get("z", 7.0)),
        yaw_deg=how.get("yaw", 0.0),
        pitch_deg=how.get("pitch", 12.0),
        zoom=how.get("zoom", 0.78),
    )


def drive(
    x: float,
    near: float,
    far: float,
    at: float,
    lasts: float,
    livery: Livery,
    shape: Shape = CAR,
    *,
    away: bool,
) -> Drive:
    """Along the street on lane `x`, away from the lens or towards it."""
    start, end = ((x, near), (x, far)) if away else ((x, far), (x, near))
    return Drive(shape=shape, livery=livery, start=start, end=end, at_s=at, lasts_s=lasts)


def parked(x: float, *spots: float, away: bool = True, first: int = 0) -> tuple[Drive, ...]:
    """Cars standing at the kerb."""
    return tuple(
        Drive(
            shape=CAR,
            livery=_CARS[(i + first) % len(_CARS)],
            start=(x, y),
            end=(x, y),
            heading_deg=0 if away else 180,
        )
        for i, y in enumerate(spots)
    )


def rows(
    left: float,
    right: float,
    near: float = 2.0,
    length: float = 110.0,
    *,
    seed: int,
    floors: tuple[int, int] = (2, 4),
    shops: float = 0.6,
    end: float | None = None,
) -> Draw:
    """Houses on both sides at x = left and right, and across the end of the street."""

    def draw(canvas: skia.Canvas, lens: Lens, light: Light) -> None:
        sunny = light.sun > 0.5
        rng = random.Random(seed)
        if end is not None:
            houses = row(rng, right - left + 44, floors=(3, 4), shops=0.3)
            draw_row(canvas, lens, light, rng, (left - 22, end, 0), (1, 0, 0), houses, 0.9)
        draw_row(
            canvas,
            lens,
            light,
            rng,
            (left, near, 0),
            (0, 1, 0),
            row(rng, length, floors=floors, shops=shops),
            1.05 if sunny else 0.95,
        )
        draw_row(
            canvas,
            lens,
            light,
            rng,
            (right, near, 0),
            (0, 1, 0),
            row(rng, length, floors=floors, shops=shops),
            0.74 if sunny else 0.92,
        )

    return draw


def _brick_floor(light: Light) -> "Floor":
    return Floor(half=3.6, walk=7.2, crossing=11.0, shade=light.sun > 0.5)


class Floor:
    """An ordinary street: two lanes, kerbs, pavements, a zebra, the houses' shade on the right."""

    def __init__(
        self,
        *,
        half: float,
        walk: float,
        crossing: float | None = None,
        lanes: int = 1,
        shade: bool = False,
        median: float = 0.0,
        cycle: bool = False,
        wet: bool = False,
    ) -> None:
        self.half, self.walk, self.crossing, self.lanes, self.shade = half, walk, crossing, lanes, shade
        self.median, self.cycle, self.wet = median, cycle, wet

    def __call__(self, g: Ground) -> None:
        g.band(-90, 90, PAVING)
        g.slabs(-self.walk, -self.half, 2, 44)
        g.slabs(self.half, self.walk, 2, 44)
        g.band(-self.half, self.half, ASPHALT if not self.wet else (64, 66, 74))
        if self.wet:
            self._sheen(g)
        g.patches(-self.half, self.half)
        if self.cycle:
            g.band(self.half - 1.6, self.half - 0.1, CYCLE)
        if self.median:
            g.band(-self.median, self.median, GRASS)
            g.kerb(-self.median)
            g.kerb(self.median)
        for side in (-1, 1):
            g.kerb(side * self.half)
            width = (self.half - self.median) / self.lanes
            for lane in range(1, self.lanes):
                g.dashes(side * (self.median + lane * width))
        if not self.median:
            g.dashes(0.0)
        if self.crossing is not None:
            g.rect(-self.half, self.crossing - 1.2, self.half, 0.4, (236, 236, 232), 0.9)
            g.crossing(-self.half, self.half, self.crossing)
        if self.shade:
            g.shadow((self.walk, 0), (self.walk, 160), (self.half * 0.35, 160), (self.half * 0.35, 0))

    def _sheen(self, g: Ground) -> None:
        sky_low = g.light.sky_low
        g.canvas.drawRect(
            skia.Rect.MakeLTRB(-self.half, 4, self.half, 160),
            fade((0, 8), (0, 90), (0, sky_low, 0.02), (0.4, sky_low, 0.22), (1, sky_low, 0.45)),
        )
        for i, y in enumerate(range(8, 90, 7)):
            x = (-1) ** i * self.half * 0.55
            g.canvas.drawOval(
                skia.Rect.MakeXYWH(x - 1.2, y, 2.4, 5.5), soft((255, 206, 140), 0.12, 0.6, glow=True)
            )


def _two_ways(x: float, far: float = 95.0) -> tuple[Drive, ...]:
    return (
        drive(x, 3, far, 0.4, 7.6, GREY, away=True),
        drive(x, 3, far, 3.2, 7.2, WHITE, away=True),
        drive(-x, 1, far, 1.5, 7.4, RED, away=False),
        drive(-x, 1, far, 5.1, 7.0, BLUE, away=False),
    )


def walkers(left: float, right: float, seed: int, *, far: float = 60.0) -> tuple[Stroll, ...]:
    """People on both pavements, out of one door and into another; `left`, `right`: the middle of each
    pavement.
    """
    rng, found, y = random.Random(seed), [], 6.0
    while y < far:
        for middle in (left, right):
            wall = middle + (1.7 if middle > 0 else -1.7)
            start, end = (wall, y + rng.uniform(-1, 2)), (wall, y + rng.uniform(10, 14))
            if rng.random() < 0.5:
                start, end = end, start
            via = (middle - math.copysign(rng.uniform(0, 0.9), middle), (start[1] + end[1]) / 2)
            speed, phase = rng.uniform(1.1, 1.5), rng.random()
            found.append(
                Stroll(start=start, end=end, via=via, seed=rng.getrandbits(16), speed_m_s=speed, phase=phase)
            )
        y += rng.uniform(5.5, 8.5)
    return tuple(found)


def _lamps(x: float, *ys: float, reach: float = 1.4) -> tuple[Lamp, ...]:
    return tuple(Lamp(x=x, y=y, reach=reach) for y in ys)


def brick_street(size: tuple[int, int], light: Light = DAY, clock_s: int = 9 * 3600 + 41 * 60 + 12) -> Scene:
    """A narrow street between pink houses."""
    return Scene(
        lens=lens_for(size, x=-1.2, z=6.6, pitch=13, yaw=1.5),
        light=light,
        seed=3,
        floor=_brick_floor(light),
        walls=rows(-7.2, 7.2, seed=11, end=112),
        props=(
            *_lamps(-4.3, 14, 34, 54, 76),
            *_lamps(4.3, 24, 44, 66, reach=-1.4),
            Bollards(x=-3.95, near=16, far=52),
            Bollards(x=3.95, near=16, far=52),
        ),
        drives=(*_two_ways(1.75), drive(1.75, 3, 95, 5.6, 6.0, AMBULANCE, VAN, away=True))
        if light.lamps < 0.5
        else _two_ways(1.75),
        strolls=(
            *walkers(-5.6, 5.4, 20),
            Stroll(start=(-5.5, 12.6), end=(5.5, 12.6), seed=31, speed_m_s=1.375, phase=0.1),
            Stroll(start=(2.9, 4), end=(2.9, 70), seed=44, speed_m_s=4.6, cycling=True, phase=0.4),
        ),
        clock_s=clock_s,
    )


def avenue(size: tuple[int, int]) -> Scene:
    """An avenue with plane trees on both sides and a bus."""
    trees = tuple(
        Tree(x=side * 9.2, y=y + (3 if side > 0 else 0), height=8.6, seed=int(y) + (7 if side > 0 else 0))
        for side in (-1, 1)
        for y in (19.0, 29.0, 40.0, 52.0, 65.0, 80.0)
    )
    return Scene(
        lens=lens_for(size, x=0.6, z=7.8, pitch=12, yaw=-1.0),
        light=DAY,
        seed=8,
        floor=Floor(half=7.0, walk=14.0, crossing=10.5, lanes=2, cycle=True),
        walls=rows(-15.5, 15.5, seed=23, length=125, floors=(3, 4), end=130),
        props=trees,
        drives=(
            *_two_ways(1.9, 110),
            drive(5.0, 4, 95, 4.0, 7.8, CITY_BUS, BUS, away=True),
            drive(-5.2, 1, 100, 2.8, 6.6, AMBULANCE, VAN, away=False),
            *parked(-7.9, 22, 28, 34, 46, 52, away=False),
        ),
        strolls=(
            *walkers(-11.0, 11.4, 60),
            Stroll(start=(6.2, 4), end=(6.2, 80), seed=71, speed_m_s=4.8, cycling=True, phase=0.7),
        ),
        clock_s=11 * 3600 + 5 * 60 + 33,
    )


def boulevard(
    size: tuple[int, int],
    light: Light = OVERCAST,
    *,
    raining: bool = False,
    clock_s: int = 14 * 3600 + 22 * 60 + 7,
) -> Scene:
    """Two lanes each way with a planted strip between."""
    trees = tuple(
        Tree(x=0.0, y=y, height=4.6, seed=int(y) * 3, leaf=(104, 132, 76))
        for y in (27.0, 36.0, 46.0, 57.0, 69.0, 82.0)
    )
    lamps = (*_lamps(-9.2, 12, 32, 52, 74, reach=1.8), *_lamps(9.2, 20, 42, 64, reach=-1.8))
    lively = (
        drive(3.2, 2, 110, 0.0, 7.2, GREY, away=True),
        drive(6.6, 2, 110, 2.0, 7.8, BLACK, away=True),
        drive(3.2, 2, 110, 4.4, 7.0, WHITE, away=True),
        drive(-3.2, 1, 110, 1.1, 7.0, SILVER, away=False),
        drive(-6.6, 1, 110, 3.6, 7.6, RED, away=False),
        drive(-3.2, 1, 110, 6.0, 6.8, BLUE, away=False),
        drive(-6.6, 1, 105, 7.4, 7.9, CITY_BUS, BUS, away=False),
        drive(6.6, 2, 100, 6.1, 6.4, AMBULANCE, VAN, away=True),
    )
    return Scene(
        lens=lens_for(size, x=-2.0, z=8.6, pitch=12.5, yaw=1.5, zoom=0.74),
        light=light,
        seed=15,
        floor=Floor(half=8.6, walk=14.0, crossing=12.0, lanes=2, median=1.3, wet=light.wet),
        walls=rows(-14.5, 14.5, seed=37, length=135, floors=(3, 5), end=140),
        props=(*trees, *lamps),
        drives=lively,
        strolls=(
            *walkers(-10.8, 11.0, 80),
            Stroll(start=(-8.6, 13.6), end=(-1.2, 13.6), seed=93, speed_m_s=0.925, phase=0.3),
        ),
        swarm=rain if raining else None,
        clock_s=clock_s,
    )


def suburb(size: tuple[int, int]) -> Scene:
    """Low houses, gardens, trees."""
    houses: Draw = rows(-12.0, 12.0, seed=51, floors=(1, 1), shops=0.05, length=120, end=125)
    trees = tuple(
        Tree(x=x, y=y, height=h, seed=int(y))
        for x, y, h in (
            (-9.6, 18.0, 7.0),
            (9.2, 27.0, 8.0),
            (-9.2, 40.0, 8.5),
            (9.6, 52.0, 7.5),
            (-9.4, 66.0, 8.0),
            (9.4, 78.0, 8.0),
        )
    )

    def floor(g: Ground) -> None:
        Floor(half=3.2, walk=5.4, crossing=None, shade=False)(g)
        for side in (-1, 1):
            g.band(min(side * 5.6, side * 12), max(side * 5.6, side * 12), GRASS)

    return Scene(
        lens=lens_for(size, x=1.0, z=6.4, pitch=12.5, yaw=-2),
        light=DAY,
        seed=6,
        floor=floor,
        walls=houses,
        props=(*trees, *_lamps(5.0, 22, 48, 74, reach=-1.2)),
        drives=(
            drive(1.6, 3, 90, 0.8, 7.6, BLUE, away=True),
            drive(-1.6, 1, 95, 3.9, 7.8, WHITE, VAN, away=False),
            *parked(2.4, 30, 36.5, 57, first=3),
            *parked(-2.4, 24, 45, away=False, first=1),
        ),
        strolls=(
            Stroll(start=(-4.3, 5), end=(-4.3, 60), seed=101, speed_m_s=1.2),
            Stroll(start=(4.3, 60), end=(4.3, 5), seed=103, phase=0.5),
            Stroll(start=(1.2, 5), end=(1.2, 70), seed=106, speed_m_s=4.4, cycling=True, phase=0.6),
        ),
        clock_s=16 * 3600 + 48 * 60 + 51,
    )


def ring_road(size: tuple[int, int]) -> Scene:
    """Three lanes each way, seen from a bridge."""
    tints = (WHITE, BLACK, GREY, RED, SILVER, BLUE)
    away = tuple(
        drive(x, 0, 165, at, lasts, tints[i % 6], VAN if i == 4 else CAR, away=True)
        for i, (x, at, lasts) in enumerate(
            (
                (3.2, 0.2, 6.2),
                (6.8, 1.7, 7.4),
                (3.2, 3.4, 6.0),
                (10.4, 2.6, 7.9),
                (6.8, 5.0, 7.2),
                (10.4, 6.9, 7.9),
            )
        )
    )
    towards = tuple(
        drive(-x, 0, 165, at, lasts, tints[(i + 2) % 6], BUS if i == 3 else CAR, away=False)
        for i, (x, at, lasts) in enumerate(
            (
                (3.2, 0.9, 6.0),
                (6.8, 2.2, 7.0),
                (3.2, 4.1, 6.3),
                (10.4, 5.5, 7.9),
                (6.8, 6.6, 7.2),
                (10.4, 1.4, 7.8),
            )
        )
    )
    return Scene(
        lens=lens_for(size, x=0.0, z=9.0, pitch=11, zoom=0.82),
        light=DAY,
        seed=19,
        floor=_ring_floor,
        walls=_gantry,
        props=tuple(
            Tree(
                x=side * (17.5 + k % 3), y=24.0 + 13 * k, height=7.5 + k % 3, seed=k + (40 if side > 0 else 0)
            )
            for side in (-1, 1)
            for k in range(9)
        ),
        drives=(*away, *towards),
        clock_s=17 * 3600 + 36 * 60 + 24,
    )


def _ring_floor(g: Ground) -> None:
    g.band(-90, 90, GRASS)
    g.band(-13.6, 13.6, ASPHALT)
    g.band(-1.1, 1.1, (176, 172, 164))
    for side in (-1, 1):
        g.solid(side * 1.5, 0.2)
        g.dashes(side * 5.0, dash=4, gap=7)
        g.dashes(side * 8.6, dash=4, gap=7)
        g.solid(side * 12.2, 0.22)
        g.band(side * 14.3 - 0.2, side * 14.3 + 0.2, (196, 198, 200))


def _gantry(canvas: skia.Canvas, lens: Lens, light: Light) -> None:
    """Skyline, central barrier and a direction sign over the lanes."""
    rng = random.Random(2)
    for i in range(26):
        x, h = -170 + i * 13.5, rng.uniform(7, 19)
        px, py = lens.at((x, 300, 0))
        s = lens.scale((x, 300, 0))
        canvas.drawRect(
            skia.Rect.MakeXYWH(px, py - h * s, 11 * s, h * s),
            light.paint(rng.choice((BRICK, CREAM, ROSE)), 0.9, 230),
        )
    for y in range(150, 4, -2):
        a, b, k = lens.at((0, y, 0)), lens.at((0, y, 0.9)), lens.scale((0, y, 0))
        canvas.drawLine(*a, *b, line(light.tone((206, 204, 198), 1, y), 0.5 * k))
    canvas.save()
    canvas.concat(lens.plane((0, 62, 0), (1, 0, 0), (0, 0, 1)))
    for x in (-14.6, 14.6):
        canvas.drawRect(skia.Rect.MakeXYWH(x, 0, 0.45, 8.4), light.paint((150, 154, 158)))
    canvas.drawRect(skia.Rect.MakeXYWH(-14.6, 8.2, 29.6, 0.4), light.paint((150, 154, 158)))
    for x, texts in ((1.2, ("Toulouse-Centre", "Gare SNCF")), (8.0, ("Rangueil", "Montpellier"))):
        canvas.drawRoundRect(skia.Rect.MakeXYWH(x, 6.2, 6.2, 3.0), 0.2, 0.2, light.paint((28, 74, 150)))
        _words(canvas, x + 0.4, 8.0, texts)
    canvas.restore()


def _words(canvas: skia.Canvas, x: float, z: float, texts: tuple[str, ...]) -> None:
    font = skia.Font(skia.Typeface("DejaVu Sans", skia.FontStyle.Bold()), 64)
    canvas.save()
    canvas.translate(x, z)
    canvas.scale(0.01, -0.01)
    for i, text in enumerate(texts):
        canvas.drawString(text, 0, 105 * i, font, fill((250, 250, 250)))
    canvas.restore()


def junction(size: tuple[int, int]) -> Scene:
    """Two streets cross in front of the lens, at dusk."""

    def floor(g: Ground) -> None:
        Floor(half=6.2, walk=11.0, lanes=2)(g)
        g.rect(-90, 17, 180, 13, ASPHALT)
        g.crossing(-6.2, 6.2, 12.6)
        g.crossing(-6.2, 6.2, 31.4)
        for x in range(-60, 60, 8):
            if abs(x) > 7:
                g.rect(x, 23.4, 3, 0.15, (236, 236, 232), 0.9)

    def walls(canvas: skia.Canvas, lens: Lens, light: Light) -> None:
        rng = random.Random(77)
        corner: list[Building] = row(rng, 60, floors=(3, 4))
        draw_row(canvas, lens, light, rng, (-72, 35, 0), (1, 0, 0), corner, 0.95)
        draw_row(canvas, lens, light, rng, (11.5, 35, 0), (1, 0, 0), row(rng, 60, floors=(3, 4)), 0.95)
        rows(-11.5, 11.5, 35, 90, seed=79, floors=(3, 4), end=130)(canvas, lens, light)

    def across(left: Spot, right: Spot, at: float, livery: Livery) -> Drive:
        return Drive(shape=CAR, livery=livery, start=left, end=right, at_s=at, lasts_s=7.4)

    return Scene(
        lens=lens_for(size, x=-3.0, z=8.4, pitch=14, yaw=5, zoom=0.72),
        light=DUSK,
        seed=21,
        floor=floor,
        walls=walls,
        props=(*_lamps(-7.4, 14, 46, 66), *_lamps(7.4, 33, 56, reach=-1.4)),
        drives=(
            across((-48, 20.4), (48, 20.4), 0.2, WHITE),
            across((-48, 20.4), (48, 20.4), 3.0, GREY),
            across((48, 26.4), (-48, 26.4), 1.6, BLACK),
            across((48, 26.4), (-48, 26.4), 5.2, RED),
            *parked(3.0, 9.0, first=4),
            *parked(-3.0, 38.0, 44.5, away=False),
        ),
        strolls=(
            Stroll(start=(-7.6, 14.2), end=(7.6, 14.2), seed=141, speed_m_s=1.3, phase=0.2),
            Stroll(start=(7.6, 33), end=(-7.6, 33), seed=143, speed_m_s=1.25, phase=0.6),
            *walkers(-9.0, 9.2, 150, far=16),
        ),
        clock_s=20 * 3600 + 17 * 60 + 3,
    )


_NIGHT_CLOCK_S, _RAIN_CLOCK_S = 23 * 3600 + 12 * 60 + 40, 18 * 3600 + 3 * 60 + 18


def brick_street_by_night(size: tuple[int, int]) -> Scene:
    """The same street, lamps lit."""
    return brick_street(size, NIGHT, _NIGHT_CLOCK_S)


def boulevard_in_rain(size: tuple[int, int]) -> Scene:
    """Wet asphalt, headlights, umbrellas at home."""
    return boulevard(size, RAIN, raining=True, clock_s=_RAIN_CLOCK_S)
