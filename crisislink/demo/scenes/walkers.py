# ruff: noqa: PLR0917  places and sizes read best in their usual order
"""People on foot and on bicycles: drawn upright, limbs swinging with the distance they cover."""

import math
import random
from dataclasses import dataclass

import skia  # type: ignore[import-not-found]

from crisislink.demo.scenes.lens import Lens, Vec
from crisislink.demo.scenes.light import Light, Rgb, fill, halo, line, mix, soft

_COATS: tuple[Rgb, ...] = (
    (38, 60, 96),
    (150, 52, 48),
    (62, 62, 66),
    (196, 184, 160),
    (70, 104, 78),
    (210, 150, 60),
    (120, 84, 120),
    (228, 226, 220),
    (90, 120, 150),
)
_TROUSERS: tuple[Rgb, ...] = ((44, 50, 66), (40, 40, 42), (110, 100, 88), (74, 84, 104))
_SKIN: tuple[Rgb, ...] = ((228, 186, 158), (196, 146, 112), (132, 90, 66), (240, 206, 182))
_HAIR: tuple[Rgb, ...] = ((44, 32, 26), (92, 64, 40), (30, 28, 30), (150, 120, 80), (190, 188, 184))


@dataclass(frozen=True, slots=True)
class Look:
    """What somebody wears; from a seed."""

    coat: Rgb
    trousers: Rgb
    skin: Rgb
    hair: Rgb
    height: float

    @classmethod
    def of(cls, seed: int) -> "Look":
        """The same seed, the same person."""
        rng = random.Random(seed)
        return cls(
            rng.choice(_COATS),
            rng.choice(_TROUSERS),
            rng.choice(_SKIN),
            rng.choice(_HAIR),
            rng.uniform(1.58, 1.84),
        )


def draw_person(
    canvas: skia.Canvas, lens: Lens, light: Light, where: Vec, look: Look, walked_m: float, facing: float
) -> None:
    """Somebody at `where`; `facing` -1 … 1: how much to the right in the picture they walk."""
    if lens.depth(where) < 3:
        return
    s, away = lens.scale(where) * look.height / 1.75, lens.depth(where)
    px, py = lens.at(where)
    swing = math.sin(walked_m / 0.75 * math.pi)
    _ground_shadow(canvas, light, px, py, s)
    coat, trousers = light.tone(look.coat, 1.0, away), light.tone(look.trousers, 1.0, away)
    hip, shoulder = py - 0.86 * s, py - 1.42 * s
    reach = 0.24 * (0.35 + 0.65 * abs(facing))
    for k in (1, -1):
        foot = px + k * swing * reach * s + k * 0.06 * s
        lift = max(0.0, k * math.cos(walked_m / 0.75 * math.pi)) * 0.08 * s
        leg = line(trousers if k > 0 else mix(trousers, (0, 0, 0), 0.25), 0.15 * s)
        canvas.drawLine(px + k * 0.06 * s, hip, (px + foot) / 2 + facing * 0.05 * s, py - 0.42 * s, leg)
        canvas.drawLine((px + foot) / 2 + facing * 0.05 * s, py - 0.42 * s, foot, py - 0.03 * s - lift, leg)
    back_arm = line(mix(coat, (0, 0, 0), 0.25), 0.12 * s)
    canvas.drawLine(
        px - 0.18 * s, shoulder + 0.05 * s, px - 0.20 * s - swing * reach * 0.7 * s, hip + 0.02 * s, back_arm
    )
    torso = skia.Path()
    torso.moveTo(px - 0.23 * s, shoulder)
    torso.quadTo(px, shoulder - 0.09 * s, px + 0.23 * s, shoulder)
    torso.lineTo(px + 0.19 * s, hip + 0.10 * s)
    torso.lineTo(px - 0.19 * s, hip + 0.10 * s)
    torso.close()
    canvas.drawPath(torso, fill(coat))
    canvas.drawRect(
        skia.Rect.MakeLTRB(px + 0.05 * s, shoulder, px + 0.19 * s, hip + 0.08 * s),
        fill(mix(coat, (255, 255, 255), 0.22), 0.4),
    )
    front_arm = line(mix(coat, (255, 255, 255), 0.08), 0.12 * s)
    canvas.drawLine(
        px + 0.20 * s, shoulder + 0.05 * s, px + 0.22 * s + swing * reach * 0.7 * s, hip + 0.02 * s, front_arm
    )
    canvas.drawCircle(px + facing * 0.03 * s, py - 1.60 * s, 0.125 * s, light.paint(look.skin, 1.0, away))
    hair = skia.Rect.MakeXYWH(px - 0.135 * s, py - 1.755 * s, 0.27 * s, 0.20 * s)
    canvas.drawOval(hair, light.paint(look.hair, 1.0, away))


def draw_cyclist(
    canvas: skia.Canvas, lens: Lens, light: Light, where: Vec, look: Look, ridden_m: float, heading_deg: float
) -> None:
    """Somebody on a bicycle heading `heading_deg` clockwise from away."""
    if lens.depth(where) < 4:
        return
    a, away = math.radians(heading_deg), lens.depth(where)
    ahead = (math.sin(a), math.cos(a))

    def at(forward: float, up: float) -> tuple[float, float]:
        return lens.at((where[0] + ahead[0] * forward, where[1] + ahead[1] * forward, up))

    s = lens.scale(where)
    _ground_shadow(canvas, light, *lens.at(where), s * 1.4)
    iron = line(light.tone((40, 44, 50), 1, away), max(1.0, 0.06 * s))
    for hub in (-0.52, 0.52):
        rim = skia.Path()
        rim.addPoly(
            [
                skia.Point(
                    *at(hub + 0.33 * math.cos(k / 16 * math.tau), 0.34 + 0.33 * math.sin(k / 16 * math.tau))
                )
                for k in range(16)
            ],
            close=True,
        )
        canvas.drawPath(rim, iron)
    for p, q in (
        ((-0.52, 0.34), (0.0, 0.32)),
        ((0.0, 0.32), (0.38, 0.85)),
        ((-0.15, 0.88), (0.38, 0.85)),
        ((-0.15, 0.88), (0.0, 0.32)),
        ((0.38, 0.95), (0.52, 0.34)),
    ):
        canvas.drawLine(*at(*p), *at(*q), iron)
    for k in (1, -1):
        turn = ridden_m / 0.9 * math.pi + (0 if k > 0 else math.pi)
        pedal = at(0.17 * math.cos(turn), 0.32 + 0.17 * math.sin(turn))
        knee = at(0.22 + 0.05 * math.cos(turn), 0.72 + 0.10 * math.sin(turn))
        leg = line(light.tone(look.trousers, 1.0 if k > 0 else 0.8, away), 0.14 * s)
        canvas.drawLine(*at(-0.15, 0.98), *knee, leg)
        canvas.drawLine(*knee, *pedal, leg)
    coat = light.tone(look.coat, 1.0, away)
    canvas.drawLine(*at(-0.15, 1.0), *at(0.12, 1.45), line(coat, 0.34 * s))
    canvas.drawLine(*at(0.12, 1.42), *at(0.42, 1.02), line(mix(coat, (255, 255, 255), 0.12), 0.11 * s))
    head = at(0.2, 1.70)
    canvas.drawCircle(*head, 0.13 * s, light.paint(look.skin, 1.0, away))
    canvas.drawOval(
        skia.Rect.MakeXYWH(head[0] - 0.15 * s, head[1] - 0.17 * s, 0.30 * s, 0.18 * s),
        light.paint((230, 230, 226), 1.0, away),
    )
    if light.lamps > 0.2:
        lamp = at(0.5, 0.9)
        canvas.drawCircle(*lamp, 0.6 * s, halo(lamp, 0.6 * s, (255, 250, 230), 0.8 * light.lamps))


def _ground_shadow(canvas: skia.Canvas, light: Light, px: float, py: float, s: float) -> None:
    lean = 0.9 * light.sun * s
    box = skia.Rect.MakeXYWH(px - 0.22 * s - lean, py - 0.10 * s, 0.44 * s + lean, 0.20 * s)
    canvas.drawOval(box, soft((14, 16, 30), 0.30 + 0.15 * light.sun, 0.05 * s))
