"""An exercise in a real browser: EXERCICE on every page and in the picture, and left with care."""

import asyncio
import re

import pytest
from playwright.async_api import Browser, expect

from crisislink.check.visitor import Visitor
from crisislink.demo.people import HOSPITAL_PROVIDER
from crisislink.stage import Announcement
from tests.journey.axe import faults
from tests.journey.conftest import enter
from tests.journey.test_samu import CASE
from tests.journey.test_story import tile

pytestmark = pytest.mark.browser


async def test_an_exercise_is_said_everywhere_and_left_with_care(
    demo: Announcement, browser: Browser
) -> None:
    async with Visitor.at(demo.url) as fabre:
        await fabre.sign_in(HOSPITAL_PROVIDER, "Dr L. Fabre", expected="/samu")
        incident = await fabre.post("/api/incidents", CASE | {"exercise": True})
        asked = {
            "incident": incident["id"],
            "cameras": ["cam_351"],
            "duration_s": 600,
            "intent": "danger_zone",
        }
        await fabre.post("/api/requests", asked)
    assert incident["number"].startswith("EX-")
    cic = await enter(browser, demo, "/cic", "Brig. A. Morel")
    await expect(cic.page.locator(".exercise-band")).to_contain_text(incident["number"])
    await expect(cic.page.locator(".alarm")).to_contain_text("EXERCICE")
    await expect(cic.page.locator(".req")).to_contain_text("EXERCICE")
    await cic.shot("cic-exercise-dark")
    assert await faults(cic.page, "police room, an exercise") == []
    await asyncio.sleep(0.5)  # a key within 400 ms of a card's coming is taken for one meant for the last
    await cic.page.locator(".req").press("a")
    await expect(cic.page.locator(".who-sees")).to_contain_text("EXERCICE")

    samu = await enter(browser, demo, "/samu", "Dr L. Fabre", scheme="light")
    await expect(tile(samu, 1)).to_contain_text("En direct")
    await expect(tile(samu, 1)).to_contain_text("EXERCICE")
    await expect(samu.page.locator(".list.near")).to_contain_text("Exercice – boulevard B")
    await expect(samu.page.locator(".list.near")).not_to_contain_text("Rue Raymond IV")
    await samu.shot("samu-exercise-light")
    leave = samu.page.get_by_role("button", name="Quitter l’exercice")
    await leave.click()
    await expect(samu.page.get_by_role("dialog")).to_contain_text(re.compile(r"images \(1\) s’arrêtent"))
    assert await faults(samu.page, "dispatch room, an exercise is left") == []
    await samu.page.keyboard.press("Enter")  # the focus is on staying
    await expect(tile(samu, 1)).to_contain_text("En direct")
    await leave.click()
    await samu.page.get_by_role("dialog").get_by_role("button", name="Quitter l’exercice").click()
    await expect(samu.page.locator(".exercise-band")).to_have_count(0)
    await expect(cic.page.locator(".exercise-band")).to_have_count(0)
    assert samu.errors == []
    assert cic.errors == []
