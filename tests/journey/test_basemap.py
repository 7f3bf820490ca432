"""A basemap in a real browser: of our own file, in both themes, read by ranges; and one that goes."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from playwright.async_api import Browser, Page, Route, expect

from crisislink.adapters.basemap.area import tile_at
from crisislink.stage import spawned
from tests.journey.conftest import enter
from tests.journey.sight import pixels
from tests.pmtiles import PNG, TOULOUSE, VECTOR, Shape, archive, plain, vector

pytestmark = pytest.mark.browser
CREDIT = "© les contributeurs d’OpenStreetMap"
PAPER = (240, 236, 220)
SQUARE = ((0, 0), (4096, 0), (4096, 2048), (0, 2048))
STREETS = {
    "water": [Shape(SQUARE, {"kind": "river"}, area=True)],
    "roads": [Shape(((0, 3000), (4096, 3000)), {"kind": "major_road", "name": "Rue Bertrand de Born"})],
    "places": [],
}


def city(content: bytes, kind: int, zooms: range = range(11, 15)) -> bytes:
    """The same tile over and over, all over Toulouse."""
    west, south, east, north = TOULOUSE
    tiles: dict[tuple[int, int, int], bytes] = {}
    for z in zooms:
        (left, top), (right, bottom) = tile_at(z, west, north), tile_at(z, east, south)
        tiles |= {(z, x, y): content for x in range(left, right + 1) for y in range(top, bottom + 1)}
    return archive(tiles, kind)


async def share(page: Page, meets: Callable[[int, int, int], bool]) -> float:
    """How much of the map, 0 to 1, has such a colour."""
    seen = (await pixels(page.locator(".city-map")))[::8, ::8]
    colours, counts = np.unique(seen.reshape(-1, 3), axis=0, return_counts=True)
    met = [n for colour, n in zip(colours, counts, strict=True) if meets(*map(int, colour))]
    return float(sum(met) / counts.sum())


async def comes_to(page: Page, meets: Callable[[int, int, int], bool], least: float = 0.3) -> None:
    """The map comes to have such colours."""
    async with asyncio.timeout(15):
        while await share(page, meets) < least:
            await asyncio.sleep(0.3)


def near(*colour: int) -> Callable[[int, int, int], bool]:
    """Within what browsers round."""
    return lambda *seen: all(abs(a - b) <= 6 for a, b in zip(seen, colour, strict=True))


def greyish(low: int, high: int) -> Callable[[int, int, int], bool]:
    """Toned down: little colour, so dark or light."""
    return lambda r, g, b: low <= min(r, g, b) and max(r, g, b) <= high


async def test_pictures_of_our_own_file_are_drawn_in_both_themes_and_credited(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "city.pmtiles"
    file.write_bytes(city(plain(PAPER), PNG))
    monkeypatch.setenv("CRISISLINK_MAP__FILE", str(file))
    monkeypatch.setenv("CRISISLINK_MAP__ATTRIBUTION", CREDIT)
    async with spawned([], tmp_path / "state") as demo:
        samu = await enter(browser, demo, "/samu", "Dr L. Fabre", scheme="light")
        await expect(samu.page.locator(".city-map-credit")).to_have_text(CREDIT)
        await comes_to(samu.page, greyish(205, 245))
        await samu.shot("map-raster-light")
        await samu.page.evaluate("document.documentElement.dataset.theme = 'dark'")
        await comes_to(samu.page, lambda *seen: 8 < max(seen) < 60 and not near(16, 23, 30)(*seen))
        await samu.shot("map-raster-dark")
        asked = await samu.page.evaluate(
            "performance.getEntriesByType('resource').filter(e => e.name.endsWith('/api/map/file'))"
            ".map(e => e.responseStatus)"
        )
        assert set(asked) == {206}
        assert samu.errors == []


async def test_vector_tiles_wear_our_colours_and_a_source_that_goes_leaves_the_schematic_map(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "city.pmtiles"
    file.write_bytes(city(vector(STREETS), VECTOR))
    monkeypatch.setenv("CRISISLINK_MAP__FILE", str(file))
    monkeypatch.setenv("CRISISLINK_MAP__ATTRIBUTION", CREDIT)
    async with spawned([], tmp_path / "state") as demo:
        cic = await enter(browser, demo, "/cic", "Brig. A. Morel")
        await comes_to(cic.page, near(0x16, 0x30, 0x3F))
        await cic.shot("map-vector-dark")
        await cic.page.evaluate("document.documentElement.dataset.theme = 'light'")
        await comes_to(cic.page, near(0xCF, 0xE3, 0xEE))
        await cic.shot("map-vector-light")
        assert cic.errors == []

        async def lost(route: Route) -> None:
            await route.abort()

        await cic.page.route("**/api/map/file", lost)
        await cic.page.reload()
        credit = cic.page.locator(".city-map-credit")
        await expect(credit).to_have_text("Fond de carte indisponible : carte schématique")
        await comes_to(cic.page, near(0x10, 0x17, 0x1E))
        await cic.shot("map-gone")
