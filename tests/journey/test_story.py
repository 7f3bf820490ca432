"""Both rooms in a real browser: ask, approve in part, live masked pictures, revoke, refuse, stop, verify.

What counts is read from decoded pixels: the picture moves, the mask is the mask's colour, the cut is dark.
"""

import asyncio

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.async_api import Browser, Locator, expect

from crisislink.demo.city import city_inventory
from crisislink.media.masks import MASK_YUV
from crisislink.stage import Announcement
from tests.journey.conftest import Room, enter
from tests.journey.sight import moves, pixels

pytestmark = pytest.mark.browser
# Limited-range BT.709 luma of a neutral colour, as a browser shows it.
MASK_RGB = round((MASK_YUV[0] - 16) * 255 / 219)
PLACE = "bertand de b"  # a tired person's spelling


def frame(shot: NDArray[np.int16]) -> tuple[slice, slice]:
    """Where the 16:9 picture lies in a canvas that keeps the aspect."""
    height, width = shot.shape[:2]
    tall = min(height, round(width * 9 / 16))
    wide = min(width, round(height * 16 / 9))
    top, left = (height - tall) // 2, (width - wide) // 2
    return slice(top, top + tall), slice(left, left + wide)


def masked(shot: NDArray[np.int16], number: int) -> bool:
    """Whether the middle of each masked polygon of the camera shows the mask's colour."""
    picture = shot[frame(shot)]
    height, width = picture.shape[:2]
    camera = city_inventory()[number - 1].camera
    assert camera.mask is not None
    for polygon in camera.mask.polygons:
        xs, ys = zip(*polygon.points, strict=True)
        x, y = sum(xs) / len(xs) * width, max(0.16, sum(ys) / len(ys)) * height
        patch = picture[int(y) - 1 : int(y) + 2, int(x) - 1 : int(x) + 2]
        if np.abs(patch - MASK_RGB).max() > 12:
            return False
    return bool(camera.mask.polygons)


async def shows_masked(of: Locator, number: int) -> bool:
    """Whether the live picture in this tile is masked; one that stalled is looked at when it moves again."""
    for _ in range(4):
        await expect(of).to_contain_text("En direct")
        if masked(await pixels(of.locator("canvas")), number):
            return True
        if "En direct" in (await of.text_content() or ""):
            return False
    return False


def tile(room: Room, n: int) -> Locator:
    """The nth tile of the wall, from 1."""
    return room.page.locator(".tile").nth(n - 1)


async def ask(samu: Room) -> None:
    """Find the place, ask for the nearest cameras."""
    search = samu.page.get_by_role("combobox", name="Lieu")
    await search.fill(PLACE)
    await expect(samu.page.get_by_role("listbox", name="Lieu").get_by_role("option").first).to_contain_text(
        "Rue Bertrand de Born"
    )
    await search.press("Enter")
    await expect(samu.page.locator("#ask")).to_be_enabled()
    await samu.page.locator("#ask").click()


async def test_the_whole_story_in_two_browsers(demo: Announcement, browser: Browser) -> None:
    samu = await enter(browser, demo, "/samu", "Dr L. Fabre")
    cic = await enter(browser, demo, "/cic", "Brig. A. Morel", scheme="light")
    await expect(cic.page.get_by_text("Aucune demande en attente")).to_be_visible()

    await ask(samu)
    await expect(cic.page.get_by_text("Sonnerie en cours")).to_be_visible()
    await expect(tile(samu, 1)).to_contain_text("En attente de la police municipale")
    await cic.shot("cic-request-light")
    card = cic.page.locator(".req")
    await cic.page.get_by_role("button", name="Acquitter").click()
    await expect(cic.page.get_by_text("Sonnerie en cours")).not_to_be_visible()
    await card.locator(".chip input").nth(3).uncheck()
    await asyncio.sleep(0.5)  # a key within 400 ms of a card's coming is taken for one meant for the last
    await card.press("a")

    await expect(tile(samu, 1)).to_contain_text("En direct")
    await expect(tile(samu, 4)).to_contain_text("Non accordée")
    assert await moves(tile(samu, 1).locator("canvas"))
    assert await shows_masked(tile(samu, 1), 6)
    assert await shows_masked(tile(samu, 2), 14)
    await samu.shot("samu-live-dark")
    await cic.shot("cic-live-light")

    await expect(cic.page.locator("tr", has_text="Rue Bertrand de Born").nth(1)).to_contain_text(
        "Dr L. Fabre"
    )
    await cic.page.get_by_role("button", name="Révoquer Rue Bertrand de Born").first.click()
    await expect(tile(samu, 1)).to_contain_text("Accès révoqué")
    await expect(tile(samu, 1)).to_contain_text("Brig. A. Morel")
    assert await tile(samu, 1).locator("canvas").count() == 0
    assert float(np.percentile(await pixels(tile(samu, 1)), 60)) < 40, "the cut picture is dark"
    assert await moves(tile(samu, 2).locator("canvas")), "the other camera goes on"

    await tile(samu, 1).get_by_role("button", name="Redemander").click()
    await card.get_by_role("button", name="Refuser").click()
    await cic.page.get_by_role("button", name="Enquête judiciaire").click()
    await expect(tile(samu, 1)).to_contain_text("Indisponible")
    assert "judiciaire" not in await samu.page.content()

    kill = cic.page.get_by_role("button", name="Tout couper")
    await kill.focus()
    await cic.page.keyboard.down("Space")
    await expect(samu.page.locator(".banner", has_text="La ville a coupé tout partage")).to_be_visible()
    await cic.page.keyboard.up("Space")
    await expect(samu.page.locator(".tile canvas")).to_have_count(0, timeout=5_000)
    await samu.shot("samu-stopped-dark")
    await cic.page.get_by_role("button", name="Reprendre le partage").click()
    await cic.page.get_by_role("button", name="Confirmer").click()
    await expect(samu.page.locator(".banner", has_text="La ville a coupé tout partage")).not_to_be_visible()

    auditor = await enter(browser, demo, "/registre", "Me C. Rivals")
    await auditor.page.get_by_role("button", name="Vérifier").click()
    await expect(auditor.page.get_by_text("Le registre est intact")).to_be_visible()
    await expect(auditor.page.get_by_text("Brig. A. Morel coupe tout partage")).to_be_visible()
    await expect(auditor.page.get_by_text("Dr L. Fabre regarde Rue Bertrand de Born").first).to_be_visible()
    await auditor.shot("registre-dark")
    assert [*samu.errors, *cic.errors, *auditor.errors] == []


async def test_english_light_and_another_roles_page(demo: Announcement, browser: Browser) -> None:
    samu = await enter(browser, demo, "/samu", "Dr M. Sarda", scheme="light", lang="en")
    await expect(samu.page.get_by_text("Live connection", exact=True)).to_be_visible()
    await samu.shot("samu-empty-light-en")
    await samu.page.goto(demo.url + "/cic")
    await expect(samu.page.get_by_text("This page is not for your role")).to_be_visible()
    await samu.page.get_by_role("button", name="Sign out").click()
    await samu.page.goto(demo.url + "/samu")
    await expect(samu.page.get_by_text("Sign in to go on")).to_be_visible()
