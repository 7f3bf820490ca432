"""A name is found as soon as it is in the store, though names are taken apart once."""

from dataclasses import replace

from crisislink.core.events import InventoryLoaded
from crisislink.core.places import Gazetteer, Place, PlaceKind
from crisislink.flow import search
from crisislink.flow.ports import State
from tests.city import City
from tests.samples import CAMERAS, PLACE, REGULATOR

LOADED = InventoryLoaded(organisation=None, what="places", rows=1, sha256="0" * 64)


def street(name: str) -> Place:
    return Place(name=name, kind=PlaceKind.STREET, position=PLACE, precision_m=50, quarter="Centre")


async def load(city: City, *states: State) -> None:
    async with city.store.write() as work:
        await work.record(LOADED, *states)


async def found(city: City, query: str) -> list[str]:
    return [place.name for place, _ in await search.named(city.ports, REGULATOR, query)]


async def test_places_that_were_loaded_are_found_and_those_they_replaced_are_not(city: City) -> None:
    await load(city, Gazetteer((street("Rue des Lois"),)))
    assert await found(city, "des lois") == ["Rue des Lois"]
    await load(city, Gazetteer((street("Rue du Taur"),)))
    assert (await found(city, "des lois"), await found(city, "taur")) == ([], ["Rue du Taur"])


async def test_a_camera_is_found_by_the_name_it_has_now(city: City) -> None:
    first = replace(CAMERAS[0], name="Halle aux Grains", version=CAMERAS[0].version + 1)
    assert await found(city, "halle grains") == []
    await load(city, first)
    [(place, camera)] = await search.named(city.ports, REGULATOR, "hale grains")
    assert (place.kind, camera) == (PlaceKind.CAMERA, first.id)
