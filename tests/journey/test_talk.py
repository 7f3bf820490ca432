"""The rooms talk in two real browsers, by keys alone: a wish, its answer, a text, a refusal, the end."""

import pytest
from playwright.async_api import Browser, expect

from crisislink.stage import Announcement
from tests.journey.conftest import enter
from tests.journey.police import on_duty
from tests.journey.test_cic import shots
from tests.journey.test_story import ask

pytestmark = pytest.mark.browser
REGULATOR, OPERATOR = "Dr L. Fabre", "K. Benali"


async def test_a_wish_is_answered_a_text_is_read_and_a_patients_name_goes_nowhere(
    demo: Announcement, browser: Browser
) -> None:
    samu = await enter(browser, demo, "/samu", REGULATOR)
    cic = await enter(browser, demo, "/cic", OPERATOR)
    asks, answers = samu.page.locator(".talk"), cic.page.locator(".talk")
    async with on_duty(demo.url) as police:
        await ask(samu)
        await police.approve()
        await expect(asks.locator(".bar")).to_be_visible()
        await samu.page.keyboard.press("F2")
        await expect(asks.locator(".card-talk")).to_be_focused()
        await samu.page.keyboard.press("1")
        await expect(asks.locator(".log li")).to_contain_text("En attente de l’opérateur vidéo")

        await expect(answers.locator(".bar")).to_contain_text("1 souhait en attente")
        await expect(answers.locator(".bar")).to_contain_text("1 non lu")
        await expect(answers.get_by_role("status")).to_contain_text("Tournez vers le nord")
        await cic.page.keyboard.press("F2")
        await shots(cic, "cic-talk")
        await cic.page.keyboard.press("f")
        await expect(asks.locator(".log li")).to_contain_text(f"{OPERATOR}")
        await expect(asks.locator(".log .fate")).to_contain_text("Fait")

        await cic.page.keyboard.press("Enter")
        await cic.page.keyboard.type("Foule à droite, accès dégagé")
        await cic.page.keyboard.press("Enter")
        await expect(asks.locator(".log li").last).to_contain_text("Foule à droite")
        await expect(asks.get_by_role("status")).to_contain_text("Foule à droite")
        await cic.page.keyboard.press("Escape")
        await expect(answers.locator(".bar")).not_to_contain_text("non lu")

        await samu.page.keyboard.press("Enter")
        await samu.page.keyboard.type("Mme Martin au sol")
        await samu.page.keyboard.press("Enter")
        await expect(asks.get_by_role("alert")).to_contain_text("nom de personne")
        await expect(asks.get_by_role("textbox")).to_have_value("Mme Martin au sol")
        await shots(samu, "samu-talk")
        await expect(asks.locator(".log li")).to_have_count(2)

        await police.revoke()
        await expect(asks).to_contain_text("L’accès est terminé")
        await expect(asks.get_by_role("textbox")).to_have_count(0)
        await asks.get_by_role("link").click()
        await expect(samu.page.locator(".retex table")).to_contain_text("« Foule à droite, accès dégagé »")
        await samu.shot("retex-talk")
    assert ["422" in error for error in samu.errors] == [True]
    assert cic.errors == []
