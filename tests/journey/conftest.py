"""The demonstration in another process, and a real Chromium (Debian's) looking at it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, async_playwright, expect

from crisislink.stage import Announcement, spawned

ARTIFACTS = Path(__file__).parents[1] / ".artifacts"
expect.set_options(timeout=45_000)  # a slow machine is no failure; what must be quick says so itself
# A browser stands for somebody else's machine: it yields to the service (as root it would rank above it).
POLITE = Path(__file__).with_name("polite.sh")
BROWSER_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]


@dataclass(slots=True)
class Room:
    """One person's browser. `errors`: what the console complained of."""

    context: BrowserContext
    page: Page
    errors: list[str]

    async def shot(self, name: str) -> None:
        """A screenshot for people to look at."""
        ARTIFACTS.mkdir(exist_ok=True)
        await self.page.screenshot(path=ARTIFACTS / f"{name}.png")


@pytest.fixture
async def demo(tmp_path: Path) -> AsyncIterator[Announcement]:
    """A running demonstration."""
    async with spawned([], tmp_path / "state") as announced:
        yield announced


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """A real browser."""
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=POLITE, args=BROWSER_ARGUMENTS)
        try:
            yield running
        finally:
            await running.close()
            await asyncio.sleep(0)


async def enter(
    browser: Browser,
    demo: Announcement,
    path: str,
    person: str,
    *,
    scheme: Literal["dark", "light"] = "dark",
    lang: str = "fr",
    init: str | None = None,
    size: tuple[int, int] = (1920, 1080),
) -> Room:
    """A person signs in by clicking their name, and stands in their room. `init`: a script for every page."""
    context = await browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme=scheme,
        locale="fr-FR",
    )
    await context.add_init_script(f"localStorage.setItem('language', '{lang}')")
    if init is not None:
        await context.add_init_script(init)
    page = await context.new_page()
    errors: list[str] = []

    def noted(message: ConsoleMessage) -> None:
        if message.type == "error":
            errors.append(message.text)

    page.on("console", noted)
    page.on("pageerror", lambda error: errors.append(str(error)))
    await page.goto(demo.url + path)
    side = "SAMU" if path == "/samu" else "Ville"
    await page.locator("a.btn.big", has_text=side).click()
    await page.get_by_role("button", name=person).click()
    await page.wait_for_url(demo.url + path)
    errors.clear()  # the 401 that showed the front door
    return Room(context, page, errors)
