"""What goes wrong in both rooms: the service is killed and comes back, a camera stops, no page can read.

Read from decoded pixels where a picture is meant: grey is grey, hidden is dark.
"""

import asyncio
import json
import re
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx2
import numpy as np
import pytest
from playwright.async_api import Browser, Locator, Page, Route, expect

from crisislink.stage import Announcement
from tests.journey.conftest import enter
from tests.journey.sight import moves, pixels
from tests.journey.test_story import ask, tile

pytestmark = pytest.mark.browser
FIRST = 6  # the camera that the place of `ask` is seen best by


def four_ports() -> int:
    """The first of four free neighbours: a service that is started again keeps its addresses."""
    while True:
        with socket.socket() as first:
            first.bind(("127.0.0.1", 0))
            port = int(first.getsockname()[1])
        with suppress(OSError, OverflowError):
            for near in range(port, port + 4):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", near))
            return port


@asynccontextmanager
async def killed_at_the_end(port: int, state: Path) -> AsyncIterator[Announcement]:
    """The demonstration on these ports, which ends as at a failure of power."""
    command = ("-m", "crisislink", "demo", "--port", str(port), "--state", str(state), "--announce")
    child = await asyncio.create_subprocess_exec(sys.executable, *command, stdout=asyncio.subprocess.PIPE)
    assert child.stdout is not None
    try:
        async with asyncio.timeout(60):
            yield Announcement(**json.loads(await child.stdout.readline()))
    finally:
        child.kill()
        await child.wait()


async def behave(demo: Announcement, camera: int, behaviour: str) -> None:
    """Have a camera of the city misbehave."""
    async with httpx2.AsyncClient() as city:
        url = f"{demo.city_url}/cameras/{camera}/behaviour"
        assert (await city.post(url, json={"behaviour": behaviour})).status_code == 200


async def colour(of: Locator, words: str) -> tuple[float, float]:
    """How bright a tile's picture is while it says that, and how far from grey where not hatched; 0 to 255.

    On a busy machine it may have become another one before the screenshot was taken.
    """
    while True:
        await expect(of).to_contain_text(words)
        seen = await pixels(of.locator("canvas"))
        if words in (await of.text_content() or ""):
            break
    return float(seen.mean()), float(np.percentile(seen.max(axis=2) - seen.min(axis=2), 30))


async def test_both_rooms_say_that_the_service_is_gone_and_go_on_where_they_were_when_it_is_back(
    tmp_path: Path, browser: Browser
) -> None:
    port, state = four_ports(), tmp_path / "state"
    async with killed_at_the_end(port, state) as demo:
        samu = await enter(browser, demo, "/samu", "Dr L. Fabre")
        cic = await enter(browser, demo, "/cic", "Brig. A. Morel")
        await ask(samu)
        await cic.page.get_by_role("button", name="Approuver").click()
        first = tile(samu, 1)
        await expect(first).to_contain_text("En direct")
        bright, _ = await colour(first, "En direct")
        await behave(demo, FIRST, "stall")
        await expect(first).to_contain_text("IMAGE FIGÉE")
        await expect(first).to_contain_text("ne pas décider sur cette image")
        stale, tint = await colour(first, "IMAGE FIGÉE")
        assert stale < 0.75 * bright, "what is stale is dimmed"
        assert tint <= 2, "and grey"
        await samu.shot("samu-stale")
        await behave(demo, FIRST, "normal")
        await expect(first).to_contain_text("En direct")
    for room, phone in ((samu, "0536491731"), (cic, "0536491531")):
        banner = room.page.get_by_role("alert").filter(has_text="Liaison coupée depuis")
        await expect(banner).to_be_visible()
        await expect(banner.get_by_role("link")).to_have_attribute("href", f"tel:{phone}")
    await expect(tile(samu, 1)).to_contain_text("reconnexion")
    assert float((await pixels(tile(samu, 1).locator("canvas"))).mean()) < 40, "nothing old is shown"
    await cic.page.get_by_role("button", name="Révoquer Rue Bertrand de Born").first.click()
    await expect(cic.page.locator(".who-sees").get_by_role("alert")).to_contain_text("on ne sait pas")
    await samu.shot("samu-service-gone")
    await cic.shot("cic-service-gone")
    async with killed_at_the_end(port, state):
        await expect(samu.page.get_by_text("Temps réel connecté")).to_be_visible()
        await expect(tile(samu, 1)).to_contain_text("En direct")
        assert await moves(tile(samu, 1).locator("canvas"))
        await expect(cic.page.get_by_text("Temps réel connecté")).to_be_visible()
        await expect(cic.page.locator(".who-sees .people")).to_contain_text("Dr L. Fabre")


async def ill(route: Route) -> None:
    """A front proxy whose service is gone."""
    await route.fulfill(status=502, content_type="text/html", body="<html>Bad gateway</html>")


async def unreadable(page: Page, url: str, says: str, api: str) -> None:
    """The page says that it cannot read, and what to do; once it can, it does."""
    await page.route(api, ill)
    await page.goto(url)
    alert = page.get_by_role("alert").filter(has_text=says)
    await expect(alert).to_be_visible()
    await page.unroute(api)
    again = page.get_by_role("button", name="Réessayer")
    if await again.count():
        await again.click()
    await expect(alert).to_have_count(0)
    await expect(page.get_by_text("Chargement…")).to_have_count(0)


async def test_no_page_looks_empty_when_it_could_not_be_read(demo: Announcement, browser: Browser) -> None:
    samu = await enter(browser, demo, "/samu", "Dr L. Fabre")
    for path in ("/samu", "/mur"):
        await unreadable(samu.page, demo.url + path, "La salle n’a pas pu être lue", "**/api/room")
    await unreadable(samu.page, demo.url + "/retex", "n’a pas répondu", "**/api/reviews")
    await unreadable(samu.page, demo.url + "/sessions", "n’a pas répondu", "**/api/sessions")
    await samu.page.goto(demo.url + "/retex?incident=inc_none")
    await expect(samu.page.get_by_role("alert")).to_be_visible()
    await samu.page.route("**/api/nearby*", ill)
    await samu.page.goto(demo.url + "/samu")
    await expect(samu.page.get_by_text("Aucun incident ouvert")).to_be_visible()
    await samu.page.keyboard.press("n")
    await samu.page.keyboard.type("43.6104, 1.4529")
    await samu.page.keyboard.press("Enter")
    await expect(samu.page.get_by_role("alert")).to_contain_text("n’ont pas pu être cherchées")
    await expect(samu.page.get_by_role("button", name="Réessayer")).to_be_visible()
    await samu.page.unroute("**/api/nearby*")
    await expect(samu.page.locator("#ask")).to_contain_text("4 caméras proches")
    typed = await samu.page.get_by_role("combobox", name="Lieu").input_value()
    await samu.page.get_by_role("application", name="Carte").click(position={"x": 150, "y": 150})
    await expect(samu.page.get_by_role("combobox", name="Lieu")).not_to_have_value(typed)
    await expect(samu.page.get_by_role("combobox", name="Lieu")).to_have_value(re.compile("^Point 43"))
    await expect(samu.page.locator("#ask")).to_contain_text("4 caméras proches")
    office = await enter(browser, demo, "/admin", "J. Pujol")
    await unreadable(office.page, demo.url + "/admin/habilitations", "n’a pas répondu", "**/api/admin/roster")
    await unreadable(office.page, demo.url + "/admin/sessions", "n’a pas répondu", "**/api/admin/sessions")
    auditor = await enter(browser, demo, "/registre", "Me C. Rivals")
    await unreadable(auditor.page, demo.url + "/registre", "n’a pas répondu", "**/api/register?*")
    await auditor.context.clear_cookies()
    await unreadable(auditor.page, demo.url + "/", "ne répond pas", "**/api/sign-in")
