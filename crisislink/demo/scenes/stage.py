"""A scene on its stage: what stands still is drawn once, what moves is drawn each frame, far things first."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import numpy as np
import skia  # type: ignore[import-not-found]
from numpy.typing import NDArray

from crisislink.demo.scenes.furniture import Lamp, Tree, sky
from crisislink.demo.scenes.ground import Ground, on_ground
from crisislink.demo.scenes.lens import Lens, Vec
from crisislink.demo.scenes.light import Light, fill, line
from crisislink.demo.scenes.movement import LOOP_S, Drive, Stroll

Draw = Callable[[skia.Canvas, Lens, Light], None]


class Prop(Protocol):
    """Something that stands."""

    @property
    def depth_at(self) -> Vec:
        """Its foot."""

    def draw(self, canvas: skia.Canvas, lens: Lens, light: Light) -> None:
        """Upright, at its foot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """`floor` draws on the ground plane, `walls` in the picture, `props` stand among what moves.

    `swarm` draws small movements that need no order (a crowd, rain), given the time in the loop.
    """

    lens: Lens
    light: Light
    seed: int
    floor: Callable[[Ground], None]
    walls: Draw
    props: tuple[Prop, ...] = ()
    drives: tuple[Drive, ...] = ()
    strolls: tuple[Stroll, ...] = ()
    swarm: Callable[[skia.Canvas, Lens, Light, float], None] | None = None
    clock_s: int = 8 * 3600


class Stage:
    """Draws the frames of one scene; `caption` is the name in the camera's on-screen line."""

    def __init__(self, scene: Scene, caption: str) -> None:
        self._scene, self._caption = scene, caption
        lens = scene.lens
        self._surface = skia.Surface(lens.width, lens.height)
        self._still = self._background()
        self._typeface = skia.Typeface("DejaVu Sans Mono", skia.FontStyle.Bold())

    def _background(self) -> skia.Image:
        scene, lens, light = self._scene, self._scene.lens, self._scene.light
        canvas = self._surface.getCanvas()
        sky(canvas, lens, light, scene.seed)
        with on_ground(canvas, lens):
            scene.floor(Ground(canvas, light))
        scene.walls(canvas, lens, light)
        with on_ground(canvas, lens):
            for prop in scene.props:
                if isinstance(prop, Tree):
                    prop.shadow(canvas, light)
                if isinstance(prop, Lamp):
                    prop.pool(canvas, light)
        return self._surface.makeImageSnapshot()

    def frame(self, time_s: float) -> NDArray[np.uint8]:
        """The picture at a time in the loop: height x width x 4, BGRA."""
        scene, lens, light = self._scene, self._scene.lens, self._scene.light
        canvas = self._surface.getCanvas()
        canvas.drawImage(self._still, 0, 0)
        vehicles = [v for d in scene.drives if (v := d.now(lens, light, time_s)) is not None]
        with on_ground(canvas, lens):
            for vehicle, _ in vehicles:
                vehicle.beam(canvas)
        order: list[tuple[float, Callable[[], None]]] = []
        order += [(v.away, partial(v.draw, canvas, time_s, k)) for v, k in vehicles]
        for person in (p for s in scene.strolls for p in s.now(time_s)):
            order.append((lens.depth(person.where), partial(person.draw, canvas, lens, light)))
        for prop in scene.props:
            order.append((lens.depth(prop.depth_at), partial(prop.draw, canvas, lens, light)))
        for _, draw in sorted(order, key=lambda o: -o[0]):
            draw()
        if scene.swarm is not None:
            scene.swarm(canvas, lens, light, time_s)
        self._on_screen(canvas, time_s)
        picture: NDArray[np.uint8] = self._surface.makeImageSnapshot().toarray(
            colorType=skia.kBGRA_8888_ColorType
        )
        return picture

    def _on_screen(self, canvas: skia.Canvas, time_s: float) -> None:
        """What a camera writes into its own picture: caption and running clock."""
        k = self._scene.lens.width / 1280
        font = skia.Font(self._typeface, 19 * k)
        seconds = self._scene.clock_s + int(time_s)
        text = f"{self._caption}  {seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
        x, y = (1280 - 24) * k - font.measureText(text), self._scene.lens.height - 22 * k
        canvas.drawString(text, x + 1.5 * k, y + 1.5 * k, font, fill((0, 0, 0), 0.75))
        canvas.drawString(text, x, y, font, fill((248, 248, 244)))


def rain(canvas: skia.Canvas, lens: Lens, _: Light, time_s: float) -> None:
    """Slanting streaks, each falling a whole number of times a loop."""
    rng, k = random.Random(5), lens.width / 1280
    pen = line((210, 220, 232), 1.1 * k, 0.20)
    for _drop in range(110):
        x, start, falls, length = (
            rng.uniform(-60, 1300),
            rng.random(),
            rng.randint(9, 13),
            rng.uniform(16, 34),
        )
        y = (start + falls * time_s / LOOP_S) % 1.0 * 800 - 60
        canvas.drawLine((x - y * 0.05) * k, y * k, (x - (y + length) * 0.05) * k, (y + length) * k, pen)
