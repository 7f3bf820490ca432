"""A pinhole camera above a street: world metres to picture pixels, for points and for whole planes."""

import math
from dataclasses import dataclass

import skia  # type: ignore[import-not-found]

Vec = tuple[float, float, float]
Point = tuple[float, float]
NEAR_M = 1.2


def add(a: Vec, b: Vec, k: float = 1.0) -> Vec:
    """a + k b."""
    return a[0] + k * b[0], a[1] + k * b[1], a[2] + k * b[2]


def dot(a: Vec, b: Vec) -> float:
    """The scalar product."""
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


@dataclass(frozen=True, slots=True)
class Lens:
    """At `eye`, looking `yaw_deg` to the right of y and `pitch_deg` down; `zoom`: focal length per picture
    width.
    """

    width: int
    height: int
    eye: Vec = (0.0, 0.0, 7.0)
    yaw_deg: float = 0.0
    pitch_deg: float = 12.0
    zoom: float = 0.78

    @property
    def focal(self) -> float:
        """Focal length in pixels."""
        return self.zoom * self.width

    def _axes(self) -> tuple[Vec, Vec, Vec]:
        yaw, pitch = math.radians(self.yaw_deg), math.radians(self.pitch_deg)
        right = (math.cos(yaw), -math.sin(yaw), 0.0)
        up = (math.sin(yaw) * math.sin(pitch), math.cos(yaw) * math.sin(pitch), math.cos(pitch))
        ahead = (math.sin(yaw) * math.cos(pitch), math.cos(yaw) * math.cos(pitch), -math.sin(pitch))
        return right, up, ahead

    def depth(self, p: Vec) -> float:
        """Metres in front of the lens, along its axis."""
        return dot(add(p, self.eye, -1), self._axes()[2])

    def at(self, p: Vec) -> Point:
        """The pixel of a point in front of the lens."""
        right, up, ahead = self._axes()
        d = add(p, self.eye, -1)
        z = max(dot(d, ahead), 0.05)
        k = self.focal / z
        return self.width / 2 + k * dot(d, right), self.height / 2 - k * dot(d, up)

    def scale(self, p: Vec) -> float:
        """Pixels a metre at a point."""
        return self.focal / max(self.depth(p), 0.05)

    def plane(self, origin: Vec, u: Vec, v: Vec) -> skia.Matrix:
        """The homography of the plane origin + a u + b v: plane coordinates (a, b) to pixels."""
        right, up, ahead = self._axes()
        columns = []
        for vector in (u, v, add(origin, self.eye, -1)):
            z = dot(vector, ahead)
            columns.append(
                (
                    self.width / 2 * z + self.focal * dot(vector, right),
                    self.height / 2 * z - self.focal * dot(vector, up),
                    z,
                )
            )
        a, b, c = columns
        return skia.Matrix.MakeAll(a[0], b[0], c[0], a[1], b[1], c[1], a[2], b[2], c[2])
