"""Which tiles of the usual scheme (Web Mercator, 2^z × 2^z, from the north-west) may be asked for."""

import math
from dataclasses import dataclass

_LAT_MOST_DEG = 85.0511


@dataclass(frozen=True, slots=True)
class Area:
    """Zooms, and what of the globe: `bounds_deg` is west, south, east, north; None: all of it."""

    zoom_min: int
    zoom_max: int
    bounds_deg: tuple[float, float, float, float] | None

    def holds(self, z: int, x: int, y: int) -> bool:
        """Whether the tile is one of them."""
        if not self.zoom_min <= z <= self.zoom_max or not (0 <= x < 1 << z and 0 <= y < 1 << z):
            return False
        if self.bounds_deg is None:
            return True
        west, south, east, north = self.bounds_deg
        left, top = tile_at(z, west, north)
        right, bottom = tile_at(z, east, south)
        return left <= x <= right and top <= y <= bottom

    def middle(self) -> tuple[int, int, int]:
        """One of them: z, x, y; about as near as a room looks."""
        z = min(max(self.zoom_min, 14), self.zoom_max)
        west, south, east, north = self.bounds_deg or (1.4, 43.5, 1.5, 43.7)
        return (z, *tile_at(z, (west + east) / 2, (south + north) / 2))


def tile_at(z: int, lon_deg: float, lat_deg: float) -> tuple[int, int]:
    """The tile (x, y) that holds a place."""
    lat = math.radians(min(max(lat_deg, -_LAT_MOST_DEG), _LAT_MOST_DEG))
    most = (1 << z) - 1
    x = math.floor((lon_deg + 180) / 360 * (1 << z))
    y = math.floor((1 - math.asinh(math.tan(lat)) / math.pi) / 2 * (1 << z))
    return min(max(x, 0), most), min(max(y, 0), most)
