# ruff: noqa: PLR0917  places and sizes read best in their usual order
"""What one walks and drives on: asphalt, kerbs, markings, paving, water. Drawn flat, in metres."""

from collections.abc import Iterator
from contextlib import contextmanager

import skia  # type: ignore[import-not-found]

from crisislink.demo.scenes.lens import Lens
from crisislink.demo.scenes.light import Light, Rgb, fade, fill, line, mix, soft

_NEAR, _FAR = -2.0, 400.0
ASPHALT, PAVING, WHITE, GRASS, CYCLE = (
    (88, 88, 92),
    (186, 172, 156),
    (236, 236, 232),
    (112, 142, 84),
    (150, 92, 80),
)


@contextmanager
def on_ground(canvas: skia.Canvas, lens: Lens, height: float = 0.0) -> Iterator[None]:
    """Inside, canvas coordinates are metres on the ground: x right, y away."""
    canvas.save()
    canvas.concat(lens.plane((0, 0, height), (1, 0, 0), (0, 1, 0)))
    yield
    canvas.restore()


class Ground:
    """Draws bands along the street; call inside `on_ground`."""

    def __init__(self, canvas: skia.Canvas, light: Light) -> None:
        self.canvas, self.light = canvas, light

    def band(self, left: float, right: float, colour: Rgb, near: float = _NEAR, far: float = _FAR) -> None:
        """A strip from x = left to right, darker near by, hazed far away."""
        tone, hazed = self.light.tone(colour), self.light.tone(colour, 1.0, 160)
        close = self.light.tone(colour, 0.90)
        self.canvas.drawRect(
            skia.Rect.MakeLTRB(left, near, right, far),
            fade((0, 4), (0, 150), (0, close, 1), (0.2, tone, 1), (1, hazed, 1)),
        )

    def kerb(self, x: float, near: float = _NEAR, far: float = _FAR) -> None:
        """A granite kerb."""
        self.band(x - 0.15, x + 0.15, (206, 202, 194), near, far)

    def dashes(
        self,
        x: float,
        *,
        dash: float = 3,
        gap: float = 5,
        width: float = 0.14,
        near: float = 0,
        far: float = 160,
    ) -> None:
        """A broken line."""
        y = near
        while y < far:
            self.rect(x - width / 2, y, width, dash, WHITE, 0.9)
            y += dash + gap

    def solid(self, x: float, width: float = 0.14, near: float = 0, far: float = 200) -> None:
        """An unbroken line."""
        self.rect(x - width / 2, near, width, far - near, WHITE, 0.85)

    def rect(self, x: float, y: float, w: float, h: float, colour: Rgb, alpha: float = 1.0) -> None:
        """Any rectangle."""
        self.canvas.drawRect(skia.Rect.MakeXYWH(x, y, w, h), fill(self.light.tone(colour, 1.0, y), alpha))

    def crossing(self, left: float, right: float, y: float, depth: float = 3.2) -> None:
        """A zebra across the road."""
        x = left + 0.3
        while x + 0.5 < right:
            self.rect(x, y, 0.5, depth, WHITE, 0.92)
            x += 1.0

    def slabs(
        self, left: float, right: float, near: float, far: float, step: float = 1.0, alpha: float = 0.18
    ) -> None:
        """The joints of paving."""
        joint = line(self.light.tone((90, 80, 70)), 0.03, alpha)
        y = near
        while y < far:
            self.canvas.drawLine(left, y, right, y, joint)
            y += step
        x = left
        while x <= right:
            self.canvas.drawLine(x, near, x, far, joint)
            x += step

    def shadow(self, *points: tuple[float, float], alpha: float = 0.4, blur: float = 0.35) -> None:
        """A hard-edged shade on the ground, as strong as the sun."""
        if self.light.sun > 0:
            path = skia.Path()
            path.addPoly([skia.Point(*p) for p in points], close=True)
            self.canvas.drawPath(path, soft((24, 26, 48), alpha * self.light.sun, blur))

    def water(self, left: float, right: float, near: float = _NEAR, far: float = _FAR) -> None:
        """Still green water under the sky."""
        deep = self.light.tone((70, 92, 78))
        self.canvas.drawRect(
            skia.Rect.MakeLTRB(left, near, right, far),
            fade(
                (0, 5),
                (0, 110),
                (0, deep, 1),
                (0.45, mix(deep, self.light.sky_low, 0.35), 1),
                (1, mix(deep, self.light.sky_low, 0.7), 1),
            ),
        )

    def patches(self, left: float, right: float) -> None:
        """Repairs and covers in the asphalt."""
        for i, y in enumerate((9.0, 17.5, 26.0, 41.0)):
            x = left + (right - left) * ((i * 0.37 + 0.2) % 0.8)
            self.rect(x, y, 1.4, 2.6, (78, 78, 82), 0.7)
            self.canvas.drawCircle(x + 2.2, y + 1, 0.36, fill(self.light.tone((60, 60, 64))))
