"""CrisisLink inside the dispatch software's page, at another origin and another site, in a real browser."""

import re

import pytest
from playwright.async_api import Browser, expect
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route

from crisislink.check.visitor import Visitor
from crisislink.demo.dispatch.app import CASES
from crisislink.demo.people import HOSPITAL_PROVIDER
from crisislink.stage import Announcement
from tests.journey.axe import faults
from tests.journey.conftest import enter
from tests.journey.police import on_duty
from tests.journey.sight import moves
from tests.web.studio import served

pytestmark = pytest.mark.browser
NEAR = f"/api/nearby?lat={CASES[0].lat}&lon={CASES[0].lon}"


async def test_a_case_of_the_dispatch_software_shows_its_views_until_they_are_revoked_or_its_person_leaves(
    demo: Announcement, browser: Browser
) -> None:
    samu = await enter(browser, demo, "/samu", "Dr L. Fabre")
    lrm = await samu.context.new_page()
    complaints: list[str] = []
    lrm.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    await lrm.goto(demo.dispatch_url)
    await lrm.get_by_role("button", name=CASES[0].ref).click()
    panel = lrm.frame_locator("crisislink-panel iframe")
    await expect(panel.get_by_text("Aucune image")).to_be_visible()
    await expect(panel.locator(".of-case")).to_contain_text(CASES[0].ref)
    await expect(panel.get_by_text("Dr L. Fabre")).to_be_visible()

    async with Visitor.at(demo.url) as fabre, on_duty(demo.url) as police:
        await fabre.sign_in(HOSPITAL_PROVIDER, "Dr L. Fabre", expected="/samu")
        room = await fabre.get("/api/room")
        [incident] = [one["id"] for one in room["incidents"] if one["case_ref"] == CASES[0].ref]
        near = [one["camera"] for one in await fabre.get(NEAR)]
        asked = {"incident": incident, "cameras": near[:2], "duration_s": 600, "intent": "access_route"}
        await fabre.post("/api/requests", asked)
        await expect(panel.locator(".tile.wait")).to_have_count(2)
        await police.approve()
        first = panel.locator(".tile").first
        await expect(first).to_contain_text("En direct")
        assert await moves(first.locator("canvas"))
        await expect(lrm.locator("#said")).to_have_text(re.compile(r"2 vue\(s\), 2 en direct"))
        assert await panel.locator("button").count() == 0, "it looks, and does nothing"
        assert await samu.context.cookies(demo.dispatch_url) == []
        await lrm.screenshot(path="tests/.artifacts/embedded-light.png")
        assert await faults(lrm.frames[-1], "the panel") == []

        await police.revoke()
        await expect(first).to_contain_text("Accès révoqué")
        assert await panel.locator("canvas").count() == 0

        await fabre.post("/api/requests", asked)
        await police.approve()
        await expect(first).to_contain_text("En direct")
        [own] = [one["id"] for one in await fabre.get("/api/sessions") if one["current"]]
        await fabre.post(f"/api/sessions/{own}/end")  # or the software would be given another code for them
    assert complaints == []

    await samu.page.get_by_role("button", name="Se déconnecter").click()
    # Its session is over; a dispatch software that is asked anew has no code to give for who has left.
    await expect(panel.get_by_role("alert")).to_contain_text(re.compile("session|code de lancement"))
    assert await panel.locator("canvas").count() == 0


FRAME = """async (url) => {
  const frame = document.createElement('iframe');
  const loaded = new Promise((resolve) => frame.addEventListener('load', resolve, { once: true }));
  frame.src = url;
  document.body.append(frame);
  await loaded;
}"""


async def test_no_other_page_shows_it_and_no_other_page_of_ours_is_shown(
    demo: Announcement, browser: Browser
) -> None:
    """Clickjacking: a stranger frames the panel; the dispatch software frames the police room."""
    page = await browser.new_page()
    async with served(Starlette(routes=[Route("/", lambda _request: HTMLResponse("a page"))])) as port:
        tried = (
            (f"http://127.0.0.1:{port}", "/embed/hopital", False),
            (demo.dispatch_url, "/cic", False),
            (demo.dispatch_url, "/embed/hopital", True),
        )
        for around, ours, shown in tried:
            await page.goto(around)
            await page.evaluate(FRAME, demo.url + ours)
            assert (page.frames[-1].url == demo.url + ours) is shown, (around, ours)
    await page.close()
