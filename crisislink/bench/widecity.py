"""A larger city than the demonstration's: synthetic cameras around it, up to any number.

They are inventory: each stands in the store with its position, its masks and the address of one of the
demonstration's cameras, which answers for it.
"""

from collections.abc import Sequence
from dataclasses import replace
from math import sqrt

from crisislink.core.ids import CameraId
from crisislink.demo.cameras import DemoCamera
from crisislink.demo.city import city_inventory
from crisislink.demo.orders import CityReady
from crisislink.demo.places import MAIN_PLACE, moved

_GOLDEN_DEG = 137.508  # each turned so far from the last, they fill a disc evenly
_SPACING_M = 120.0


def wide_city(total: int) -> tuple[DemoCamera, ...]:
    """The demonstration's inventory, and so many more that there are `total`."""
    city = city_inventory()
    patterns = [one for one in city if one.camera.barred(exercise=False) is None]
    more = range(len(city) + 1, total + 1)
    return (*city, *(_elsewhere(patterns[n % len(patterns)], n, n - len(city)) for n in more))


def _elsewhere(pattern: DemoCamera, number: int, index: int) -> DemoCamera:
    where = moved(MAIN_PLACE, index * _GOLDEN_DEG % 360, _SPACING_M * sqrt(index))
    name = f"{pattern.camera.name} · {number}"
    camera = replace(
        pattern.camera, id=CameraId(f"cam_{number}"), number=number, name=name, position=where, simulated=True
    )
    return replace(pattern, camera=camera)


def answering(inventory: Sequence[DemoCamera], ready: CityReady) -> CityReady:
    """What the city said, and for those it does not know what it said of one with the same scene."""
    known = [one for one in inventory if str(one.camera.number) in ready.cameras]
    like = {one.clip: str(one.camera.number) for one in known}
    all_of = [(str(one.camera.number), like[one.clip]) for one in inventory]
    return CityReady(
        cameras={number: ready.cameras.get(number, ready.cameras[same]) for number, same in all_of},
        sizes={number: ready.sizes.get(number, ready.sizes[same]) for number, same in all_of},
    )
