"""The dispatch room without a mouse, and its wall on a second screen, in a real browser."""

import gzip
import re
from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, Page, expect

import crisislink
from crisislink.check.visitor import Visitor
from crisislink.demo.people import HOSPITAL_PROVIDER
from crisislink.stage import Announcement
from tests.journey.axe import faults
from tests.journey.conftest import Room, enter
from tests.journey.police import on_duty
from tests.journey.sight import moves
from tests.journey.test_story import ask, tile

pytestmark = pytest.mark.browser
CASE = {
    "nature": "fire",
    "lat": 43.61244,
    "lon": 1.45148,
    "place_label": "Rue Raymond IV",
    "case_ref": "31-88214",
}


STATIC = Path(crisislink.__file__).parent / "web" / "static"
FIRST_PAGE_MAX_BYTES = 60_000


def test_the_first_page_needs_little() -> None:
    scripts = re.findall(r'(?:src|href)="/(assets/[^"]+\.js)"', (STATIC / "index.html").read_text())
    worker = [str(p.relative_to(STATIC)) for p in (STATIC / "assets").glob("worker-*.js")]
    assert scripts
    assert worker
    compressed = sum(len(gzip.compress((STATIC / name).read_bytes())) for name in {*scripts, *worker})
    assert compressed <= FIRST_PAGE_MAX_BYTES, "JavaScript without the map, which is loaded later"


def test_the_panel_needs_no_room() -> None:
    page = (STATIC / "embed.html").read_text()
    parts = [(STATIC / name).read_text() for name in re.findall(r'src="/(assets/[^"]+\.js)"', page)]
    assert parts
    assert not [name for name in ("rooms-", "index-") if name in page + "".join(parts)]


async def keys(page: Page, *pressed: str) -> None:
    for key in pressed:
        await page.keyboard.press(key)


async def fills_the_screen_and_back(tile: Locator) -> None:
    page = tile.page
    await tile.press("f")
    await expect(page.locator(".app:fullscreen .tile.large")).to_be_focused()
    await expect(page.locator(".app:fullscreen .wallbox .standing")).to_contain_text("05 36 49 17 31")
    await page.keyboard.press("f")
    await expect(page.locator(".app:fullscreen, .tile.large")).to_have_count(0)
    await page.evaluate("document.activeElement.blur()")
    await page.keyboard.press("f")  # the page's own: the whole wall, without panel, map and top bar
    await expect(page.locator(".app:fullscreen .tile")).to_have_count(4)
    await expect(page.locator(".top, .inc, .city-map").locator("visible=true")).to_have_count(0)
    await page.keyboard.press("f")
    await expect(page.locator(".app:fullscreen")).to_have_count(0)
    await tile.focus()


async def test_everything_a_regulator_does_has_a_key(demo: Announcement, browser: Browser) -> None:
    samu = await enter(browser, demo, "/samu", "Dr L. Fabre")
    page = samu.page
    wall = page.locator(".tile")
    async with on_duty(demo.url) as police:
        await expect(page.get_by_text("Aucun incident ouvert")).to_be_visible()
        await keys(page, "3", "n")
        await expect(page.get_by_role("combobox", name="Lieu")).to_be_focused()
        await page.keyboard.type("bertand de b")
        await keys(page, "Enter")  # before the answer is there
        await expect(page.locator("#ask")).to_contain_text("4 caméras proches")
        await keys(page, "Enter")
        await expect(wall).to_have_count(4)
        await expect(page.locator(".standing")).to_contain_text(re.compile(r"En attente de la police 0:\d\d"))
        await expect(page.locator(".standing")).to_contain_text("05 36 49 17 31")
        assert (await police.waiting())["intent"] == "danger_zone"
        await police.approve(duration_s=100)

        await expect(wall.first).to_contain_text("Expire bientôt")
        await page.evaluate("document.activeElement.blur()")
        await keys(page, "p")
        await expect(wall.first).to_contain_text("Prolongation demandée")
        await police.approve()
        await expect(wall.first).to_contain_text("En direct")
        await expect(wall.first.locator(".left")).to_contain_text(re.compile(r"1[3-6]:\d\d"))

        await keys(page, "m", "ArrowRight", "Enter")
        large = page.locator(".tile.large")
        await expect(large).to_be_focused()
        await expect(large.locator(".n")).to_have_text("2")
        await keys(page, "+", "+", "ArrowLeft")
        await expect(large).to_contain_text("×2,3")
        await samu.shot("samu-zoom-dark")
        await keys(page, "Escape")
        await expect(large).not_to_contain_text("×")
        await keys(page, "Escape")
        await expect(large).to_have_count(0)
        await expect(wall.nth(1)).to_contain_text(re.compile(r"En direct \d+,\d s"))  # its own delay
        await fills_the_screen_and_back(wall.nth(1))

        await keys(page, "l")
        await expect(wall.nth(1)).to_contain_text("Redemander")
        await expect(wall.first).to_contain_text("En direct")
        await keys(page, "r")
        await police.refuse()
        await expect(wall.nth(1)).to_contain_text("Demande en double")
        await keys(page, "r")
        await expect(wall.nth(1)).to_contain_text("En attente de la police")
        await police.approve()
        await expect(wall.nth(1)).to_contain_text("En direct")
    await keys(page, "i")
    await the_map(samu)
    assert samu.errors == []


async def the_map(samu: Room) -> None:
    """The place put at the cross, cameras stepped through and ticked, and the list, without a mouse."""
    page = samu.page
    said = page.locator(".city-map > [role=status]").first
    await page.get_by_role("application", name="Carte").focus()
    await keys(page, "ArrowRight", "Enter")
    await expect(said).to_have_text("Lieu placé au centre de la carte")
    await expect(page.get_by_role("combobox", name="Lieu")).to_have_value(re.compile(r"^Point 43"))
    await expect(page.locator("#ask")).to_contain_text("4 caméras proches")
    for nth in range(1, 9):  # the nearest may be one that fails, which is not asked for
        await keys(page, "PageDown")
        await expect(said).to_contain_text(re.compile(rf" · {nth} sur \d+ en vue$"))
        if " · À demander · " in await said.inner_text():
            break
    await expect(said).to_contain_text(" · À demander · ")
    await samu.shot("samu-map-keys-dark")
    await keys(page, "Space")
    await expect(page.locator("#ask")).to_contain_text("3 caméras")
    await page.get_by_role("button", name="Liste des caméras de la carte").press("Enter")
    await expect(page.get_by_role("textbox", name="Chercher : numéro ou nom")).to_be_focused()
    rows = page.locator(".city-map-list li")
    await expect(rows.filter(has_text="À demander")).to_have_count(3)
    await samu.shot("samu-map-list-dark")
    await page.keyboard.type("vie privée")
    await expect(rows).to_have_count(0)
    await keys(page, "Escape")
    await expect(page.locator(".city-map-list")).to_have_count(0)


async def test_two_keys_ask_for_the_cameras_of_a_case_and_cases_share_the_wall_of_their_crisis(
    demo: Announcement, browser: Browser
) -> None:
    samu = await enter(browser, demo, "/samu", "Dr L. Fabre")
    page = samu.page
    async with Visitor.at(demo.url) as colleague, on_duty(demo.url) as police:
        await colleague.sign_in(HOSPITAL_PROVIDER, "Dr M. Sarda", expected="/samu")
        await colleague.post("/api/incidents", CASE)
        await expect(page.get_by_role("combobox", name="Changer")).to_contain_text("Rue Raymond IV")
        await keys(page, "n", "Enter")
        await expect(page.locator(".tile.wait")).to_have_count(4)
        await expect(page.locator(".kv")).to_contain_text("31-88214")
        await police.approve()

        await keys(page, "i")
        await ask(samu)
        await police.approve()
        await expect(page.locator(".tile")).to_have_count(4)
        await page.get_by_role("button", name="Lier des incidents").click()
        await page.get_by_role("checkbox", name=re.compile(r"Incident .* Rue Raymond IV")).click()
        await expect(page.get_by_role("button", name="2 incidents liés")).to_be_attached()
        await page.get_by_role("button", name="Fermer").click()
        await expect(page.locator(".tile canvas")).to_have_count(8)
        await samu.shot("samu-crisis-dark")

        await keys(page, "i")
        await expect(page.get_by_role("combobox", name="Lieu")).to_be_focused()
        await page.keyboard.type("88214")
        await expect(page.locator("[role=listbox] [role=option]").first).to_contain_text("Rue Raymond IV")
        await keys(page, "Enter")
        await expect(page.locator(".kv")).to_contain_text("31-88214")

        await page.goto(demo.url + "/retex")
        crisis = page.get_by_label("Incident").locator("option", has_text="2 incidents")
        await page.get_by_label("Incident").select_option(await crisis.get_attribute("value"))
        await expect(page.locator("h3")).to_have_count(3)
        await expect(page.locator("tr.opened")).to_have_count(2)
    assert samu.errors == []


async def test_the_second_screen_shows_the_wall_alone_at_4k_and_lists_what_was_not_seen(
    demo: Announcement, browser: Browser
) -> None:
    samu = await enter(browser, demo, "/samu", "Dr L. Fabre")
    async with on_duty(demo.url) as police:
        await ask(samu)
        await police.approve()
        await expect(tile(samu, 1)).to_contain_text("En direct")
        wall = await samu.context.new_page()
        await wall.set_viewport_size({"width": 3840, "height": 2160})
        await wall.goto(demo.url + "/mur")
        await samu.page.close()
        first = wall.locator(".tile").first
        await expect(first).to_contain_text("En direct")
        assert await wall.locator(".inc, .city-map").count() == 0, "no column, no map"
        assert await moves(first.locator("canvas"))
        box = await first.bounding_box()
        assert box is not None
        assert box["width"] * 2 > 3840 * 0.95, "two tiles fill the width"
        assert await wall.evaluate("document.documentElement.scrollHeight <= innerHeight")

        await wall.context.set_offline(True)
        await expect(first).to_contain_text("reconnexion")
        await wall.context.set_offline(False)
        await expect(first).to_contain_text("En direct", timeout=15_000)
        await wall.get_by_role("button", name="Interruptions").click()
        await expect(wall.get_by_role("dialog")).to_contain_text("liaison coupée")
        assert await faults(wall, "wall, what was not seen") == []
        await wall.screenshot(path="tests/.artifacts/mur-4k-dark.png")
