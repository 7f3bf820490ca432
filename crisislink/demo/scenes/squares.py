# ruff: noqa: PLR0917  places and sizes read best in their usual order
"""Scenes with one thing to recognise: station, square, metro, canal, bridge, stadium."""

import math
import random

import skia  # type: ignore[import-not-found]

from crisislink.demo.scenes.facades import BRICK, CREAM, ROSE, draw_row, row
from crisislink.demo.scenes.furniture import Bollards, Lamp, Parasol, Tree
from crisislink.demo.scenes.ground import ASPHALT, GRASS, PAVING, Ground
from crisislink.demo.scenes.lens import Lens
from crisislink.demo.scenes.light import DAY, DUSK, NIGHT, OVERCAST, Light, Rgb, fade, fill, halo, line
from crisislink.demo.scenes.movement import LOOP_S, Drive, Stroll
from crisislink.demo.scenes.stage import Scene
from crisislink.demo.scenes.streets import (
    AMBULANCE,
    BLACK,
    CITY_BUS,
    GREY,
    RED,
    SILVER,
    WHITE,
    drive,
    lens_for,
)
from crisislink.demo.scenes.vehicles import BUS, CAR, VAN, Livery


def criss_cross(
    seed: int, count: int, left: float, right: float, near: float, far: float
) -> tuple[Stroll, ...]:
    """People crossing a square in all directions."""
    rng, found = random.Random(seed), []
    for _ in range(count):
        y, run = rng.uniform(near, far), rng.uniform(9.0, 13.0)
        x, bearing = (
            rng.uniform(left, right),
            rng.choice((80.0, 100.0, -80.0, -100.0, 60.0, -60.0, 20.0, 160.0)),
        )
        end = (x + run * math.sin(math.radians(bearing)), y + run * math.cos(math.radians(bearing)))
        found.append(
            Stroll(
                start=(x, y),
                end=end,
                seed=rng.getrandbits(16),
                speed_m_s=rng.uniform(1.1, 1.5),
                phase=rng.random(),
            )
        )
    return tuple(found)


def _paved(g: Ground) -> None:
    g.band(-120, 120, (198, 178, 158))
    g.slabs(-40, 40, 2, 60, 2.0, 0.22)


def station(size: tuple[int, int]) -> Scene:
    """The forecourt: long stone front with arches and a clock, taxis, buses, travellers."""

    def floor(g: Ground) -> None:
        _paved(g)
        g.rect(-120, 19, 240, 9, ASPHALT)
        g.crossing(-5, 5, 19.4, 8.2)
        g.rect(-120, 18.7, 240, 0.3, (206, 202, 194))
        g.rect(-120, 28, 240, 0.3, (206, 202, 194))
        for x in range(-60, 60, 8):
            if abs(x) > 6:
                g.rect(x, 23.4, 3, 0.15, (236, 236, 232), 0.9)

    def across(
        y: float,
        at: float,
        lasts: float,
        livery: Livery,
        *,
        right: bool,
        bus: bool = False,
        van: bool = False,
    ) -> Drive:
        ends = ((-46.0, y), (46.0, y))
        shape = BUS if bus else VAN if van else CAR
        return Drive(
            shape=shape, livery=livery, start=ends[not right], end=ends[right], at_s=at, lasts_s=lasts
        )

    trees = tuple(Tree(x=x, y=32.0, height=6.5, seed=int(x) + 90) for x in (-31.0, -24.0, 24.0, 31.0))
    return Scene(
        lens=lens_for(size, x=-2, z=8.2, pitch=10.5, yaw=3, zoom=0.74),
        light=DAY,
        seed=41,
        floor=floor,
        walls=_station_front,
        props=(
            *trees,
            Lamp(x=-9, y=17, reach=0.9),
            Lamp(x=9, y=17, reach=-0.9),
            Lamp(x=-22, y=29.5, reach=0.9),
            Lamp(x=20, y=29.5, reach=-0.9),
        ),
        drives=(
            across(21.2, 0.3, 7.6, WHITE, right=True),
            across(21.2, 2.6, 7.8, CITY_BUS, right=True, bus=True),
            across(25.8, 1.2, 7.4, BLACK, right=False),
            across(25.8, 4.6, 6.8, AMBULANCE, right=False, van=True),
            across(21.2, 6.1, 7.2, GREY, right=True),
            *(
                Drive(shape=CAR, livery=livery, start=(x, 31), end=(x, 31), heading_deg=90)
                for x, livery in ((8.0, BLACK), (13.2, WHITE), (-9.0, SILVER))
            ),
        ),
        strolls=(
            *criss_cross(5, 12, -12, 9, 9, 16),
            *criss_cross(6, 12, -16, 16, 33, 50),
            Stroll(start=(-1.5, 17.5), end=(-1.5, 30), seed=9, phase=0.2),
            Stroll(start=(1.5, 30), end=(1.5, 17.5), seed=12, phase=0.7),
        ),
        clock_s=8 * 3600 + 14 * 60 + 6,
    )


def _station_front(canvas: skia.Canvas, lens: Lens, light: Light) -> None:
    rng = random.Random(4)
    draw_row(canvas, lens, light, rng, (-118, 62, 0), (1, 0, 0), row(rng, 70, floors=(3, 4)), 0.96)
    draw_row(canvas, lens, light, rng, (48, 62, 0), (1, 0, 0), row(rng, 70, floors=(3, 4)), 0.96)
    canvas.save()
    canvas.concat(lens.plane((-44, 60, 0), (1, 0, 0), (0, 0, 1)))
    stone, shade = light.tone((228, 214, 190), 1.0, 40), light.tone((196, 180, 154), 1.0, 40)
    canvas.drawRect(
        skia.Rect.MakeXYWH(0, 0, 88, 13.5),
        fade((0, 0), (0, 13.5), (0, shade, 1), (0.3, stone, 1), (1, stone, 1)),
    )
    canvas.drawRect(skia.Rect.MakeXYWH(30, 0, 28, 17.5), fill(stone))
    for z, h in ((0, 0.9), (8.1, 0.5), (13.3, 0.6)):
        canvas.drawRect(skia.Rect.MakeXYWH(-0.3, z, 88.6, h), fill(shade))
    canvas.drawRect(skia.Rect.MakeXYWH(29.4, 17.3, 29.2, 0.8), fill(shade))
    canvas.drawRect(skia.Rect.MakeXYWH(0, 13.9, 30, 2.2), light.paint((112, 118, 128), 1, 40))
    canvas.drawRect(skia.Rect.MakeXYWH(58, 13.9, 30, 2.2), light.paint((112, 118, 128), 1, 40))
    for i in range(20):
        _arch(canvas, light, 2.2 + i * 4.3, 1.0, 2.6, 6.2)
        _arch(canvas, light, 2.5 + i * 4.3, 9.0, 2.0, 3.6)
    _clock(canvas, light)
    canvas.restore()


def _arch(canvas: skia.Canvas, light: Light, x: float, z: float, w: float, h: float) -> None:
    """A round-headed window: stone surround, dark glass with a bright edge."""
    for grow, paint in (
        (0.25, light.paint((244, 234, 214), 1, 40)),
        (
            0.0,
            fade(
                (x, z), (x + w, z + h), (0, light.tone((46, 56, 66)), 1), (1, light.tone((128, 150, 168)), 1)
            ),
        ),
    ):
        path = skia.Path()
        path.addRect(skia.Rect.MakeXYWH(x - grow, z, w + 2 * grow, h - w / 2))
        path.addCircle(x + w / 2, z + h - w / 2, w / 2 + grow)
        canvas.drawPath(path, paint)
    canvas.drawLine(x + w / 2, z, x + w / 2, z + h, line(light.tone((232, 224, 206)), 0.09))


def _clock(canvas: skia.Canvas, light: Light) -> None:
    canvas.drawCircle(44, 15.2, 1.75, light.paint((120, 104, 84)))
    canvas.drawCircle(44, 15.2, 1.5, fill(light.tone((250, 248, 240))))
    for k in range(12):
        a = k / 12 * math.tau
        canvas.drawLine(
            44 + 1.2 * math.sin(a),
            15.2 + 1.2 * math.cos(a),
            44 + 1.38 * math.sin(a),
            15.2 + 1.38 * math.cos(a),
            line((40, 40, 44), 0.1),
        )
    for turn, length, width in (((8 + 14 / 60) / 12, 0.75, 0.16), (14 / 60, 1.15, 0.1)):
        a = turn * math.tau
        canvas.drawLine(
            44, 15.2, 44 + length * math.sin(a), 15.2 + length * math.cos(a), line((30, 30, 34), width)
        )


def square(size: tuple[int, int], light: Light = DAY, clock_s: int = 12 * 3600 + 31 * 60 + 45) -> Scene:
    """A square with cafés around a fountain."""

    def floor(g: Ground) -> None:
        _paved(g)
        g.shadow((11, 0), (22, 0), (22, 60), (11, 60))
        for r, tone in ((5.6, (176, 160, 142)), (4.8, (222, 214, 200)), (4.3, (96, 142, 150))):
            g.canvas.drawCircle(0, 25, r, fill(g.light.tone(tone)))

    def walls(canvas: skia.Canvas, lens: Lens, light: Light) -> None:
        rng = random.Random(88)
        draw_row(
            canvas, lens, light, rng, (-60, 52, 0), (1, 0, 0), row(rng, 120, floors=(3, 4), shops=0.9), 1.0
        )
        draw_row(
            canvas, lens, light, rng, (-21, 3, 0), (0, 1, 0), row(rng, 48, floors=(3, 4), shops=0.95), 1.04
        )
        draw_row(
            canvas,
            lens,
            light,
            rng,
            (21, 3, 0),
            (0, 1, 0),
            row(rng, 48, floors=(3, 4), shops=0.95),
            0.74 if light.sun > 0.5 else 0.92,
        )

    colours: tuple[Rgb, ...] = ((176, 48, 44), (236, 226, 204), (44, 92, 120))
    parasols = tuple(
        Parasol(x=x, y=y, colour=colours[int(y) // 6 % 3])
        for x in (-17.0, -13.4, 14.0, 17.4)
        for y in (14.0, 20.0, 26.0, 32.0, 38.0)
    )
    return Scene(
        lens=lens_for(size, x=-1, z=8.6, pitch=13.5, yaw=2, zoom=0.72),
        light=light,
        seed=27,
        floor=floor,
        walls=walls,
        props=(
            *parasols,
            Lamp(x=-8, y=16, height=5.5, reach=0.6),
            Lamp(x=8, y=16, height=5.5, reach=-0.6),
            Lamp(x=-8, y=36, height=5.5, reach=0.6),
            Lamp(x=8, y=36, height=5.5, reach=-0.6),
            Tree(x=-9.5, y=44, height=7, seed=3),
            Tree(x=9.5, y=44, height=7, seed=5),
        ),
        strolls=(
            *criss_cross(31, 16, -10, 8, 8, 18),
            *criss_cross(32, 16, -10, 8, 31, 46),
            Stroll(start=(-11, 12), end=(11, 13.5), seed=6, speed_m_s=3.6, cycling=True, phase=0.3),
        ),
        swarm=_fountain,
        clock_s=clock_s,
    )


def _fountain(canvas: skia.Canvas, lens: Lens, light: Light, time_s: float) -> None:
    """Jets of drops on parabolas, a whole number of flights a loop."""
    rng, s = random.Random(17), lens.scale((0, 25, 0))
    water = light.tone((236, 244, 250), 1.0 + light.lamps)
    for _ in range(150):
        a, reach, start = rng.uniform(0, math.tau), rng.uniform(0.6, 2.6), rng.random()
        u = (start + 7 * time_s / LOOP_S) % 1.0
        x, y, z = reach * u * math.cos(a), 25 + reach * u * math.sin(a), 0.6 + 4 * 2.6 * u * (1 - u)
        px, py = lens.at((x, y, z))
        canvas.drawCircle(px, py, max(0.8, 0.055 * s), fill(water, 0.6 * (1 - 0.5 * u)))


def square_by_night(size: tuple[int, int]) -> Scene:
    """The same square, terraces lit."""
    return square(size, NIGHT, 22 * 3600 + 47 * 60 + 9)


def metro(size: tuple[int, int]) -> Scene:
    """Stairs down under a glass roof, the M on its pole, people in a hurry."""

    def walls(canvas: skia.Canvas, lens: Lens, light: Light) -> None:
        rng = random.Random(66)
        draw_row(
            canvas, lens, light, rng, (-60, 40, 0), (1, 0, 0), row(rng, 120, floors=(3, 4), shops=0.8), 0.95
        )
        _stairs(canvas, lens, light)

    return Scene(
        lens=lens_for(size, x=2.5, z=7.0, pitch=15, yaw=-3, zoom=0.76),
        light=OVERCAST,
        seed=33,
        floor=_paved,
        walls=walls,
        props=(
            _Roof(),
            Tree(x=-11, y=24, height=7.5, seed=8),
            Tree(x=13, y=28, height=8, seed=9),
            Lamp(x=8.5, y=17, reach=-1),
            Bollards(x=-6.5, near=9, far=33),
        ),
        strolls=(
            *criss_cross(44, 18, -7, 8, 7, 12),
            *criss_cross(45, 12, -10, 8, 26, 34),
            Stroll(start=(0.8, 9.0), end=(0.8, 14.2), seed=3, phase=0.1),
            Stroll(start=(-0.6, 14.2), end=(-0.9, 8.5), seed=14, phase=0.6),
        ),
        clock_s=7 * 3600 + 52 * 60 + 20,
    )


class _Roof:
    """The glass over the stairs and the M on its pole; people walk behind it."""

    depth_at = (0.0, 13.4, 0.0)

    def draw(self, canvas: skia.Canvas, lens: Lens, light: Light) -> None:
        """Roof, red edge, pole, sign."""

        def quad(points: list[tuple[float, float, float]], c: Rgb, alpha: float = 1.0) -> None:
            path = skia.Path()
            path.addPoly([skia.Point(*lens.at(p)) for p in points], close=True)
            canvas.drawPath(path, light.paint(c, 1.0, 0, alpha))

        quad([(-2.6, 13.4, 3.1), (2.6, 13.4, 3.1), (2.6, 22, 3.5), (-2.6, 22, 3.5)], (176, 196, 206), 0.72)
        quad([(-2.6, 13.4, 2.7), (2.6, 13.4, 2.7), (2.6, 13.4, 3.15), (-2.6, 13.4, 3.15)], (196, 30, 52))
        base, top, s = lens.at((-3.6, 13.4, 0)), lens.at((-3.6, 13.4, 4.4)), lens.scale((-3.6, 13.4, 3))
        canvas.drawLine(*base, *top, line(light.tone((64, 68, 74)), 0.16 * s))
        canvas.drawRoundRect(
            skia.Rect.MakeXYWH(top[0] - 0.75 * s, top[1] - 0.75 * s, 1.5 * s, 1.5 * s),
            0.2 * s,
            0.2 * s,
            light.paint((196, 30, 52)),
        )
        font = skia.Font(skia.Typeface("DejaVu Sans", skia.FontStyle.Bold()), 1.3 * s)
        canvas.drawString(
            "M", top[0] - font.measureText("M") / 2, top[1] + 0.47 * s, font, fill((250, 250, 250))
        )


def _stairs(canvas: skia.Canvas, lens: Lens, light: Light) -> None:
    def quad(points: list[tuple[float, float, float]], c: Rgb, alpha: float = 1.0) -> None:
        path = skia.Path()
        path.addPoly([skia.Point(*lens.at(p)) for p in points], close=True)
        canvas.drawPath(path, light.paint(c, 1.0, 0, alpha))

    quad([(-2, 14, 0), (2, 14, 0), (2, 21, 0), (-2, 21, 0)], (46, 46, 50))
    for i in range(9):
        y = 14 + i * 0.72
        quad(
            [(-2, y, 0), (2, y, 0), (2, y + 0.4, 0), (-2, y + 0.4, 0)],
            (168 - 14 * i, 162 - 14 * i, 154 - 14 * i),
        )
    for x in (-2.2, 2.2):
        quad([(x, 14, 0), (x, 21.5, 0), (x, 21.5, 1.1), (x, 14, 1.1)], (150, 158, 164))
        for y in (14.2, 21.3):
            a, b = lens.at((x, y, 0)), lens.at((x, y, 3.2))
            canvas.drawLine(*a, *b, line(light.tone((70, 76, 82)), 0.14 * lens.scale((x, y, 0))))


def canal(size: tuple[int, int]) -> Scene:
    """The towpath under plane trees, still water, houses beyond."""

    def floor(g: Ground) -> None:
        g.band(-120, 120, GRASS)
        g.water(-15, -4.5)
        g.band(-4.5, -4.0, (170, 160, 146))
        g.band(-15.5, -15, (170, 160, 146))
        g.band(-2.2, 2.4, (206, 190, 164))
        g.band(7.0, 13.5, ASPHALT)
        g.dashes(10.2)
        g.kerb(7.0)
        for y in range(12, 90, 9):
            g.shadow((-2.0, y), (2.2, y + 1.2), (2.2, y + 4.6), (-2.0, y + 3.6), alpha=0.30, blur=0.8)

    def walls(canvas: skia.Canvas, lens: Lens, light: Light) -> None:
        rng = random.Random(12)
        draw_row(
            canvas, lens, light, rng, (-27, 4, 0), (0, 1, 0), row(rng, 120, floors=(2, 3), shops=0.1), 1.02
        )
        draw_row(
            canvas, lens, light, rng, (17, 4, 0), (0, 1, 0), row(rng, 120, floors=(2, 4), shops=0.3), 0.78
        )
        for y in (96.0,):
            _stone_bridge(canvas, lens, light, y)

    trees = tuple(
        Tree(x=x, y=y, height=8.8, seed=int(y + x) + 3)
        for x in (-18.5, 4.9)
        for y in (20.0, 31.0, 43.0, 56.0, 70.0, 85.0)
    )
    return Scene(
        lens=lens_for(size, x=-3.2, z=6.8, pitch=11.5, yaw=0.5, zoom=0.76),
        light=DAY,
        seed=57,
        floor=floor,
        walls=walls,
        props=trees,
        drives=(
            drive(11.8, 4, 95, 0.5, 7.8, GREY, away=True),
            drive(8.7, 2, 95, 3.4, 7.6, RED, away=False),
            drive(11.8, 4, 95, 4.9, 7.4, WHITE, VAN, away=True),
        ),
        strolls=(
            Stroll(start=(-0.9, 5), end=(-0.9, 30), seed=301, speed_m_s=2.9, phase=0.1),
            Stroll(start=(1.2, 60), end=(1.2, 4), seed=305, speed_m_s=5.0, cycling=True, phase=0.35),
            Stroll(start=(-1.5, 5), end=(-1.5, 75), seed=309, speed_m_s=5.6, cycling=True, phase=0.85),
            Stroll(start=(0.3, 26), end=(0.3, 6), seed=313, speed_m_s=1.3, phase=0.5),
            Stroll(start=(0.9, 26), end=(0.9, 6.4), seed=317, speed_m_s=1.3, phase=0.52),
        ),
        swarm=_ripples,
        clock_s=10 * 3600 + 26 * 60 + 58,
    )


def _stone_bridge(canvas: skia.Canvas, lens: Lens, light: Light, y: float) -> None:
    canvas.save()
    canvas.concat(lens.plane((-17, y, 0), (1, 0, 0), (0, 0, 1)))
    path = skia.Path()
    path.addRect(skia.Rect.MakeXYWH(-2, 0, 18, 6))
    path.addOval(skia.Rect.MakeXYWH(2.6, -4.2, 9.4, 8.6))
    path.setFillType(skia.PathFillType.kEvenOdd)
    canvas.drawPath(path, light.paint(ROSE, 0.92, y))
    canvas.drawRect(skia.Rect.MakeXYWH(-2, 5.8, 18, 0.5), light.paint((226, 212, 190), 1, y))
    canvas.restore()


def _ripples(canvas: skia.Canvas, lens: Lens, light: Light, time_s: float) -> None:
    """Short glints that come and go on the water."""
    rng = random.Random(23)
    for _ in range(46):
        x, y, phase = rng.uniform(-14.4, -5.4), rng.uniform(9, 75), rng.random()
        strength = max(0.0, math.sin(math.tau * (phase + 2 * time_s / LOOP_S)))
        (ax, ay), s = lens.at((x, y, 0)), lens.scale((x, y, 0))
        canvas.drawLine(
            ax,
            ay,
            ax + rng.uniform(0.5, 1.3) * s,
            ay,
            line(light.tone((226, 236, 238)), max(0.8, 0.05 * s), 0.42 * strength),
        )


def bridge(size: tuple[int, int]) -> Scene:
    """A bridge over the Garonne as the lamps come on."""

    def floor(g: Ground) -> None:
        g.water(-200, 200)
        g.band(-8.2, 8.2, PAVING)
        g.band(-5.2, 5.2, ASPHALT)
        g.dashes(0.0)
        for side in (-1, 1):
            g.kerb(side * 5.2)
        g.slabs(-8, -5.4, 2, 50)
        g.slabs(5.4, 8, 2, 50)

    return Scene(
        lens=lens_for(size, x=1.5, z=7.4, pitch=9.5, yaw=-5, zoom=0.76),
        light=DUSK,
        seed=61,
        floor=floor,
        walls=_far_bank,
        props=tuple(
            Lamp(x=side * 7.6, y=y + (6 if side > 0 else 0), height=5.5, reach=-side * 0.5)
            for side in (-1, 1)
            for y in (14.0, 28.0, 42.0, 58.0, 74.0, 92.0)
        ),
        drives=(
            drive(2.6, 3, 118, 0.3, 7.6, GREY, away=True),
            drive(2.6, 3, 118, 3.6, 7.8, CITY_BUS, BUS, away=True),
            drive(-2.6, 1, 118, 1.6, 7.0, WHITE, away=False),
            drive(-2.6, 1, 118, 4.4, 7.4, RED, away=False),
            drive(-2.6, 1, 118, 6.5, 6.6, AMBULANCE, VAN, away=False),
        ),
        strolls=(
            Stroll(start=(-6.6, 5), end=(-6.6, 18), seed=401, phase=0.4),
            Stroll(start=(-6.9, 32), end=(-6.9, 21), seed=402, phase=0.1),
            Stroll(start=(6.5, 20), end=(6.5, 8), seed=403, phase=0.7),
            Stroll(start=(6.8, 24), end=(6.8, 36), seed=404, phase=0.2),
            Stroll(start=(4.4, 4), end=(4.4, 80), seed=405, speed_m_s=4.6, cycling=True, phase=0.5),
        ),
        clock_s=21 * 3600 + 4 * 60 + 30,
    )


def _far_bank(canvas: skia.Canvas, lens: Lens, light: Light) -> None:
    """Quay, houses and domes across the river, then the parapets."""
    sun = lens.at((-150, 400, 26))
    k = lens.width / 1280
    canvas.drawCircle(*sun, 240 * k, halo(sun, 240 * k, (255, 190, 120), 0.7))
    rng = random.Random(14)
    canvas.save()
    canvas.concat(lens.plane((-230, 150, 0), (1, 0, 0), (0, 0, 1)))
    canvas.drawRect(skia.Rect.MakeXYWH(0, 0, 460, 5.5), light.paint(BRICK, 0.8, 90))
    canvas.restore()
    draw_row(
        canvas, lens, light, rng, (-228, 152, 0), (1, 0, 0), row(rng, 450, floors=(3, 5), shops=0.0), 0.95
    )
    for x, r in ((-62.0, 11.0), (58.0, 8.0)):
        s, (px, py) = lens.scale((x, 170, 0)), lens.at((x, 170, 22))
        canvas.drawRect(
            skia.Rect.MakeXYWH(px - r * 0.8 * s, py - 6 * s, 1.6 * r * s, 12 * s), light.paint(ROSE, 0.9, 100)
        )
        canvas.drawArc(
            skia.Rect.MakeXYWH(px - r * s, py - (6 + r) * s, 2 * r * s, 2 * r * s),
            180,
            180,
            True,  # noqa: FBT003  Skia takes it by position
            light.paint((96, 104, 116), 1, 100),
        )
        canvas.drawRect(
            skia.Rect.MakeXYWH(px - 1.2 * s, py - (9 + r) * s, 2.4 * s, 4 * s), light.paint(CREAM, 0.9, 100)
        )
    for x in (-8.2, 8.2):
        canvas.save()
        canvas.concat(lens.plane((x, 3, 0), (0, 1, 0), (0, 0, 1)))
        canvas.drawRect(skia.Rect.MakeXYWH(0, 0, 147, 1.05), light.paint(ROSE, 0.86))
        canvas.drawRect(skia.Rect.MakeXYWH(0, 1.0, 147, 0.2), light.paint((226, 212, 190)))
        for post in range(0, 147, 7):
            canvas.drawRect(skia.Rect.MakeXYWH(post, 0, 0.7, 1.3), light.paint((216, 200, 176), 0.95))
        canvas.restore()


def stadium(size: tuple[int, int]) -> Scene:
    """A full stand across a corner of the pitch."""

    def floor(g: Ground) -> None:
        g.band(-120, 120, (84, 138, 66))
        for i in range(0, 40, 2):
            g.rect(-120, 2 + i * 1.6, 240, 1.6, (94, 150, 74), 0.55)
        for y, h in ((10.0, 0.14), (26.0, 0.14)):
            g.rect(-60, y, 120, h, (240, 240, 236), 0.95)
        g.rect(-0.07, 2, 0.14, 24, (240, 240, 236), 0.95)
        g.rect(-120, 29, 240, 4, (170, 82, 66))

    return Scene(
        lens=lens_for(size, x=0, z=8.0, pitch=6.5, yaw=4, zoom=0.82),
        light=DAY,
        seed=71,
        floor=floor,
        walls=_stand,
        strolls=(
            *criss_cross(81, 7, -14, 10, 12, 24),
            *(
                Stroll(start=(-30 + 15 * i, 31), end=(-18 + 15 * i, 31), seed=90 + i, phase=i * 0.23)
                for i in range(5)
            ),
        ),
        swarm=_crowd,
        clock_s=15 * 3600 + 12 * 60 + 37,
    )


def _seat(number: int, place: int) -> tuple[float, float, float]:
    return -42.0 + place * 0.95 + (number % 2) * 0.4, 35.5 + number * 0.95, 1.6 + number * 0.62


_ROWS, _PLACES = 17, 92


def _stand(canvas: skia.Canvas, lens: Lens, light: Light) -> None:
    def quad(points: list[tuple[float, float, float]], c: Rgb, k: float = 1.0) -> None:
        path = skia.Path()
        path.addPoly([skia.Point(*lens.at(p)) for p in points], close=True)
        canvas.drawPath(path, light.paint(c, k, 20))

    for number in range(_ROWS):
        _, y, z = _seat(number, 0)
        quad(
            [(-48, y - 0.4, z - 0.6), (48, y - 0.4, z - 0.6), (48, y + 0.55, z), (-48, y + 0.55, z)],
            (150, 152, 158),
            0.8 + 0.02 * number,
        )
    quad([(-48, 34.6, 0), (48, 34.6, 0), (48, 34.6, 1.3), (-48, 34.6, 1.3)], (66, 44, 92))
    top = 1.6 + _ROWS * 0.62
    quad([(-48, 52, top), (48, 52, top), (48, 52, top + 4), (-48, 52, top + 4)], (70, 74, 82))
    quad(
        [(-50, 38, top + 5.4), (50, 38, top + 5.4), (50, 53, top + 4.0), (-50, 53, top + 4.0)],
        (206, 210, 216),
    )
    quad([(-50, 38, top + 5.0), (50, 38, top + 5.0), (50, 38, top + 5.9), (-50, 38, top + 5.9)], (66, 44, 92))
    for x in range(-44, 50, 22):
        a, b = lens.at((x, 51, 1)), lens.at((x, 51, top + 4.6))
        canvas.drawLine(*a, *b, line(light.tone((120, 124, 130)), 0.4 * lens.scale((x, 51, 0))))


def _crowd(canvas: skia.Canvas, lens: Lens, light: Light, time_s: float) -> None:
    """Heads and shoulders; some wave, one after the other along the stand."""
    rng = random.Random(3)
    coats: tuple[Rgb, ...] = (
        (112, 60, 150),
        (232, 230, 226),
        (60, 62, 70),
        (176, 48, 52),
        (54, 84, 134),
        (96, 60, 128),
        (210, 188, 150),
    )
    for number in reversed(range(_ROWS)):
        for place in range(_PLACES):
            coat, skin, lively, gone = rng.choice(coats), rng.uniform(0.55, 1.0), rng.random(), rng.random()
            if gone < 0.08 or place % 23 == 11:
                continue
            x, y, z = _seat(number, place)
            s = lens.scale((x, y, z))
            jump = (
                max(0.0, math.sin(math.tau * (time_s / LOOP_S * 2 - place / _PLACES * 2))) ** 6
                if lively < 0.16
                else 0.0
            )
            px, py = lens.at((x, y, z + 0.25 * jump))
            canvas.drawRoundRect(
                skia.Rect.MakeXYWH(px - 0.27 * s, py - 0.62 * s, 0.54 * s, 0.66 * s),
                0.16 * s,
                0.16 * s,
                light.paint(coat, 0.95),
            )
            canvas.drawCircle(px, py - 0.76 * s, 0.16 * s, light.paint((226 * skin, 180 * skin, 150 * skin)))
            if jump > 0.3:
                for k in (-1, 1):
                    canvas.drawLine(
                        px + k * 0.2 * s,
                        py - 0.5 * s,
                        px + k * 0.34 * s,
                        py - 1.15 * s,
                        line(light.tone(coat), 0.11 * s),
                    )
