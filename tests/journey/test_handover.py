"""The change of shift in a real browser: accepted on the same workstation, then taken by a supervisor."""

import re

import pytest
from playwright.async_api import Browser, expect

from crisislink.check.visitor import Visitor
from crisislink.demo.people import HOSPITAL_PROVIDER
from crisislink.stage import Announcement
from tests.journey.conftest import enter
from tests.journey.police import on_duty
from tests.journey.test_samu import CASE
from tests.journey.test_story import tile

pytestmark = pytest.mark.browser


async def test_the_next_person_signs_in_here_and_accepts_by_key_and_a_supervisor_takes_over(
    demo: Announcement, browser: Browser
) -> None:
    async with Visitor.at(demo.url) as fabre, on_duty(demo.url) as police:
        await fabre.sign_in(HOSPITAL_PROVIDER, "Dr L. Fabre", expected="/samu")
        incident = await fabre.post("/api/incidents", CASE)
        asked = {
            "incident": incident["id"],
            "cameras": ["cam_006"],
            "duration_s": 900,
            "intent": "access_route",
        }
        await fabre.post("/api/requests", asked)
        await police.approve()
    samu = await enter(browser, demo, "/samu", "Dr L. Fabre")
    page = samu.page
    await expect(tile(samu, 1)).to_contain_text("En direct")
    chief = await enter(browser, demo, "/samu", "Dr M. Sarda")
    await chief.page.get_by_role("combobox", name="Changer").select_option(index=1)
    await expect(tile(chief, 1)).to_contain_text("En direct")

    await page.evaluate("document.activeElement.blur()")
    await page.keyboard.press("h")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("dialog")).to_contain_text(re.compile(r"En attente depuis 0:\d\d"))
    await expect(page.get_by_role("link", name="La personne suivante se connecte ici")).to_be_focused()
    await samu.shot("samu-handover-dark")
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="T. Castaing").click()
    await expect(page.get_by_role("dialog")).to_contain_text("Dr L. Fabre vous passe cet incident")
    await expect(page.get_by_role("button", name="Accepter la relève")).to_be_focused()
    await samu.shot("samu-handover-accept-dark")
    await page.keyboard.press("Enter")
    await expect(tile(samu, 1)).to_contain_text("En direct")
    await expect(page.locator(".kv")).to_contain_text("vous · Relève")

    await chief.page.evaluate("document.activeElement.blur()")
    await chief.page.keyboard.press("h")
    await expect(chief.page.get_by_role("dialog")).to_contain_text("T. Castaing tient cet incident")
    await chief.page.get_by_role("button", name="Reprendre sans accord").click()
    await expect(tile(samu, 1)).to_contain_text(re.compile(r"Passée à .*tenu par Dr M\. Sarda"))
    assert await page.locator(".tile canvas").count() == 0
    await samu.shot("samu-handed-dark")
    await expect(tile(chief, 1)).to_contain_text("En direct")
    assert samu.errors == []
    assert chief.errors == []
