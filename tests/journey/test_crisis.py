"""A declared crisis in real browsers: drawn by keys, confirmed, granted at once, suspended, over."""

import pytest
from playwright.async_api import Browser, expect

from crisislink.stage import Announcement
from tests.journey.conftest import enter
from tests.journey.test_story import tile

pytestmark = pytest.mark.browser
OPENED_MS = 20_000  # a first picture on a machine that does much else


async def test_two_supervisors_declare_a_crisis_and_what_lies_inside_is_granted_at_once(
    demo: Announcement, browser: Browser
) -> None:
    samu = await enter(browser, demo, "/samu", "Dr M. Sarda")
    cic = await enter(browser, demo, "/cic", "Brig. A. Morel")
    await samu.page.keyboard.press("n")
    await samu.page.keyboard.type("Bertrand de Born", delay=20)
    await samu.page.get_by_role("listbox", name="Lieu").get_by_role("option").first.click()
    await samu.page.get_by_role("button", name="Déclarer une crise").click()
    dialog = samu.page.get_by_role("dialog", name="Déclarer une crise")
    await dialog.get_by_role("application", name="Carte").focus()
    await samu.page.keyboard.press("Enter")
    for _ in range(4):
        await samu.page.keyboard.press("+")
    await expect(dialog.get_by_label("Rayon (m)")).to_have_value("500")
    await samu.shot("crisis-draw")
    await dialog.get_by_role("button", name="Proposer à CIC Toulouse").click()
    await expect(dialog).to_be_hidden()
    await expect(samu.page.locator(".banner.crisis")).to_contain_text("CIC Toulouse doit confirmer")

    await cic.page.get_by_role("button", name="Lire et confirmer").click()
    await cic.shot("crisis-confirm")
    await cic.page.get_by_role("button", name="Confirmer la crise").click()
    for room in (samu, cic):
        await expect(room.page.locator(".banner.crisis")).to_contain_text("CRISE DÉCLARÉE")

    await expect(samu.page.locator(".foreseen")).to_contain_text("accordé d’office")
    await samu.page.locator("#ask").click()
    await expect(tile(samu, 1)).to_contain_text("En direct", timeout=OPENED_MS)
    told = cic.page.locator(".automatic")
    await expect(told).to_contain_text("Accès accordé d’office")
    await expect(cic.page.locator(".req")).to_have_count(0)
    await cic.shot("crisis-cic")
    await samu.shot("crisis-samu")
    await cic.page.evaluate("document.activeElement.blur()")
    await cic.page.keyboard.press("Space")
    await expect(told).to_have_count(0)

    await cic.page.keyboard.press("s")
    await expect(cic.page.locator(".banner.crisis")).to_contain_text("CRISE SUSPENDUE")
    await expect(tile(samu, 1)).to_contain_text("En direct")
    await cic.page.evaluate("() => { document.documentElement.dataset.theme = 'light' }")
    await cic.shot("crisis-suspended-light")
    await cic.page.get_by_role("button", name="Reprendre").click()
    await samu.page.locator(".banner.crisis").get_by_role("button", name="Détails").click()
    await samu.page.get_by_role("button", name="Terminer la crise").click()
    await expect(samu.page.locator(".tile canvas")).to_have_count(0)
    await expect(cic.page.locator(".banner.crisis")).to_have_count(0)
    assert [*samu.errors, *cic.errors] == []
