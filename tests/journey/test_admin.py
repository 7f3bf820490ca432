"""The administrators' pages in real browsers: a test login, who is signed in, and the end of it."""

import pytest
from playwright.async_api import Browser, expect

from crisislink.stage import Announcement
from tests.journey.conftest import enter
from tests.journey.test_cic import shots

pytestmark = pytest.mark.browser


async def test_an_administrator_tries_the_provider_and_ends_a_persons_sessions(
    demo: Announcement, browser: Browser
) -> None:
    cic = await enter(browser, demo, "/cic", "Brig. A. Morel")
    await expect(cic.page.get_by_text("Temps réel connecté")).to_be_visible()
    admin = await enter(browser, demo, "/admin/identite", "J. Pujol")
    await admin.page.get_by_role("button", name="Connexion d’essai").click()
    await admin.page.get_by_role("button", name="Brig. A. Morel").click()
    found = admin.page.get_by_role("region", name="Connexion d’essai")
    await expect(found).to_contain_text("Entrerait")
    await expect(found).to_contain_text("Brig. A. Morel")
    await expect(found).to_contain_text("Chef de salle")
    await expect(found.locator("tr", has_text="auth_time")).to_have_count(1)
    await shots(admin, "admin-trial")
    await admin.page.get_by_role("link", name="Personnes connectées").click()
    row = admin.page.locator("tr", has_text="Brig. A. Morel")
    await expect(row).to_have_count(1)
    await shots(admin, "admin-sessions")
    await row.get_by_role("button", name="Mettre fin à toutes").click()
    await expect(row).to_have_count(0)
    await expect(cic.page.get_by_text("Connectez-vous")).to_be_visible()
    await admin.page.get_by_role("link", name="J. Pujol").click()
    await expect(admin.page.get_by_text("Cette session")).to_be_visible()
    await shots(admin, "sessions")
    assert admin.errors == []
