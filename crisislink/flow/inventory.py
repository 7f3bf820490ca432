"""All cameras, and names of places, as this process read them last: thousands are not read for each question.

Memory only. Whoever asks says which revision the store has now (`UnitOfWork.camera_revision`, in the same
transaction); what was read at another one is not used. Deciding and showing read the cameras themselves.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import degrees

from crisislink.core.cameras import Camera
from crisislink.core.geo import EARTH_RADIUS_M, Position
from crisislink.core.ids import CameraId
from crisislink.core.places import Names, Place, PlaceKind

Revision = tuple[int, int]


@dataclass(frozen=True)
class Cameras:
    """All of them, by number, and what is looked up among them."""

    all: tuple[Camera, ...]

    @cached_property
    def as_places(self) -> dict[Place, CameraId]:
        """Each as a place to be found by name."""
        return {_as_place(camera): camera.id for camera in self.all}

    def near(self, place: Position, within_m: float) -> Sequence[Camera]:
        """Those no further north or south than that; all that are so near are among them."""
        reach_deg = degrees(within_m / EARTH_RADIUS_M)
        latitudes, southern_first = self._from_south
        first = bisect_left(latitudes, place.lat_deg - reach_deg)
        return southern_first[first : bisect_right(latitudes, place.lat_deg + reach_deg)]

    @cached_property
    def _from_south(self) -> tuple[list[float], list[Camera]]:
        cameras = sorted(self.all, key=lambda camera: camera.position.lat_deg)
        return [camera.position.lat_deg for camera in cameras], cameras


class Inventory:
    """What was read last, and at which revision."""

    def __init__(self) -> None:
        self._read: tuple[Revision, Cameras] | None = None
        self._named: tuple[Cameras, int, Names] | None = None

    def at(self, revision: Revision) -> Cameras | None:
        """The cameras, where they were read at this revision."""
        if self._read is None or self._read[0] != revision:
            return None
        return self._read[1]

    def read(self, revision: Revision, cameras: Sequence[Camera]) -> Cameras:
        """They were read just now."""
        found = Cameras(tuple(cameras))
        self._read = revision, found
        return found

    def names_at(self, cameras: Cameras, places: int) -> Names | None:
        """All names, where they are of these cameras and of the places at this revision."""
        if self._named is None or self._named[0] is not cameras or self._named[1] != places:
            return None
        return self._named[2]

    def named(self, cameras: Cameras, places: int, names: Names) -> None:
        """They were taken apart just now."""
        self._named = cameras, places, names


def _as_place(camera: Camera) -> Place:
    return Place(
        name=f"{camera.number:03d} · {camera.name}",
        kind=PlaceKind.CAMERA,
        position=camera.position,
        precision_m=camera.position_error_m,
        quarter=camera.quarter,
    )
