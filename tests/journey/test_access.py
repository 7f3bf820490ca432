"""Every page, in both themes, before axe; and the way through both rooms for who hears them."""

import re

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from crisislink.stage import Announcement
from tests.journey.axe import dresses, violations
from tests.journey.conftest import ARTIFACTS, Room, enter
from tests.journey.police import on_duty
from tests.journey.test_story import tile

pytestmark = pytest.mark.browser


class Seen:
    """What axe found on all pages so far."""

    def __init__(self) -> None:
        self.found: list[str] = []

    async def look(self, page: Page, name: str) -> None:
        """The page as it stands, in both themes and languages."""
        async for dress in dresses(page):
            self.found += [f"{name}, {dress}: {one}" for one in await violations(page)]
            ARTIFACTS.mkdir(exist_ok=True)
            name_of_file = re.sub(r"[^a-z]+", "-", f"access {name} {dress}")
            await page.screenshot(path=ARTIFACTS / f"{name_of_file}.png")


async def _look_before_deciding(cic: Room, seen: Seen) -> None:
    await seen.look(cic.page, "police room, a request rings")
    await cic.page.locator(".req").press("v")
    await expect(cic.page.locator(".preview")).to_contain_text("En direct")
    await seen.look(cic.page, "police room, a preview")
    await cic.page.keyboard.press("Escape")
    await cic.page.keyboard.press("?")
    await expect(cic.page.get_by_role("dialog", name="Tout au clavier")).to_be_visible()
    await seen.look(cic.page, "police room, the keys")
    await cic.page.keyboard.press("Escape")
    await cic.page.locator(".req").press("r")
    await expect(cic.page.get_by_role("heading", name="Refuser la demande")).to_be_visible()
    await seen.look(cic.page, "police room, a refusal")
    await cic.page.keyboard.press("Escape")
    await cic.page.get_by_role("button", name="Déclarer une crise").click()
    await expect(cic.page.locator("dialog.crisis")).to_be_visible()
    await seen.look(cic.page, "police room, a crisis is declared")
    await cic.page.keyboard.press("Escape")


def heard(room: Room, words: str) -> Locator:
    """Where a screen reader reads these words aloud by itself."""
    return room.page.locator("[role=status], [role=alert]").filter(has_text=words)


async def asked_by_ear(samu: Room, cic: Room) -> None:
    """What is asked for, by roles and names alone: each step is read aloud, in both rooms."""
    search = samu.page.get_by_role("combobox", name="Lieu")
    await search.fill("bertand de b")
    first = samu.page.get_by_role("listbox", name="Lieu").get_by_role("option", selected=True)
    await expect(first).to_contain_text("Rue Bertrand de Born")
    await expect(search).to_have_attribute("aria-activedescendant", await first.get_attribute("id") or "")
    await samu.page.keyboard.press("Enter")
    await expect(heard(samu, "Caméras proches · 24 caméras")).to_be_visible()
    await samu.page.get_by_role("button", name="Demander les 4 caméras proches").press("Enter")
    await expect(heard(cic, "Nouvelle demande · SAMU 31")).to_be_visible()
    card = "Demande, SAMU 31, Rue Bertrand de Born (Matabiau), 4 caméras"
    await expect(cic.page.get_by_role("article", name=card)).to_be_focused()


async def given_by_ear(samu: Room) -> None:
    await expect(heard(samu, "Brig. A. Morel approuve 4 caméras")).to_have_count(1)
    live = samu.page.get_by_role("group", name="1 · Rue Bertrand de Born, En direct")
    await expect(live.get_by_role("img", name="Rue Bertrand de Born")).to_be_visible()


async def _look_while_waiting(samu: Room, seen: Seen) -> None:
    page = samu.page
    await seen.look(page, "dispatch room, waiting")
    await page.evaluate("document.activeElement.blur()")
    for key, name in (("?", "dispatch room, the keys"), ("h", "dispatch room, the handover")):
        await page.keyboard.press(key)
        await expect(page.get_by_role("dialog")).to_be_visible()
        await seen.look(page, name)
        await page.keyboard.press("Escape")


async def _look_while_live(samu: Room, seen: Seen) -> None:
    page = samu.page
    await page.get_by_role("button", name="Liste des caméras de la carte").click()
    await expect(page.locator(".city-map-list li").first).to_be_visible()
    await seen.look(page, "dispatch room, live, the map as a list")
    await page.keyboard.press("Escape")
    await page.evaluate("document.activeElement.blur()")
    await page.keyboard.press("F2")
    await expect(page.locator(".card-talk")).to_be_focused()
    await seen.look(page, "dispatch room, live, conversation")
    await page.keyboard.press("Escape")


async def test_no_page_keeps_anybody_out(demo: Announcement, browser: Browser) -> None:
    seen = Seen()
    stranger = await browser.new_page()
    await stranger.goto(demo.url + "/")
    await expect(stranger.locator("a.btn.big").first).to_be_visible()
    await seen.look(stranger, "front door")
    await stranger.get_by_role("link", name="Accessibilité").click()
    await expect(stranger.get_by_role("heading", name="Déclaration d’accessibilité")).to_be_visible()
    await seen.look(stranger, "declaration")

    samu = await enter(browser, demo, "/samu", "Dr L. Fabre")
    await expect(samu.page.get_by_text("Aucun incident ouvert")).to_be_visible()
    await seen.look(samu.page, "dispatch room, nothing open")
    cic = await enter(browser, demo, "/cic", "Brig. A. Morel")
    await expect(cic.page.get_by_text("Aucune demande en attente")).to_be_visible()
    await seen.look(cic.page, "police room, nothing waits")

    await asked_by_ear(samu, cic)
    await _look_while_waiting(samu, seen)
    await _look_before_deciding(cic, seen)
    await cic.page.get_by_role("button", name="Prise de poste").click()
    await seen.look(cic.page, "police room, taking the post")
    await cic.page.keyboard.press("Escape")
    async with on_duty(demo.url) as police:
        await police.approve()
        await expect(tile(samu, 1)).to_contain_text("En direct")
        await given_by_ear(samu)
        await seen.look(cic.page, "police room, who sees what")
        await _look_while_live(samu, seen)
        wall = await samu.context.new_page()
        await wall.goto(demo.url + "/mur")
        await expect(wall.locator(".tile").first).to_contain_text("En direct")
        await seen.look(wall, "wall")
        await police.revoke()
        await expect(tile(samu, 1)).to_contain_text("Révoqu")
        await expect(heard(samu, "Fin d’un accès : Par la police municipale")).to_have_count(1)
        await seen.look(samu.page, "dispatch room, revoked")
        await police.visitor.post("/api/sharing/stop")
        await cic.page.get_by_role("button", name="Reprendre le partage").click()
        await seen.look(cic.page, "police room, all is cut and is to be resumed")

    office = await enter(browser, demo, "/admin", "J. Pujol")
    for room, path in (
        (samu, "/sessions"),
        (samu, "/retex"),
        (cic, "/sessions"),
        (office, "/admin"),
        (office, "/admin/habilitations"),
        (office, "/admin/sessions"),
    ):
        await room.page.goto(demo.url + path)
        await expect(room.page.locator("h1, h2").first).to_be_visible()
        await seen.look(room.page, path)
    auditor = await enter(browser, demo, "/registre", "Me C. Rivals")
    await expect(auditor.page.locator("table").first).to_be_visible()
    await seen.look(auditor.page, "register")
    assert seen.found == [], "\n".join(seen.found)
