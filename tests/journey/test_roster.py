"""The roster in real browsers: a stranger reads whom to ask, is let in, and is gone once withdrawn."""

import pytest
from playwright.async_api import Browser, FilePayload, expect

from crisislink.stage import Announcement
from tests.journey.conftest import enter

pytestmark = pytest.mark.browser
PAGE = "/admin/habilitations"
ROWS = (
    "nom;role;designe_par;acte;debut;fin\n"
    "Élodie Bès;opérateur vidéo;le maire;arrêté 12;01/01/2026;31/12/2099\n"
    "{0};opérateur vidéo;le maire;arrêté 12;01/01/2026;31/12/2099\n"
)


async def test_a_stranger_becomes_an_operator_and_is_gone_when_withdrawn(
    demo: Announcement, browser: Browser
) -> None:
    stranger = await (await browser.new_context(locale="fr-FR")).new_page()
    await stranger.goto(demo.url + "/cic")
    await stranger.locator("a.btn.big", has_text="Ville").click()
    await stranger.get_by_role("button", name="E. Daunes").click()
    await expect(stranger.get_by_text("aucune habilitation en cours")).to_be_visible()
    await expect(stranger.get_by_text("J. Pujol, DSI de la Ville")).to_be_visible()
    reference = await stranger.locator(".reference").inner_text()

    admin = await enter(browser, demo, PAGE, "J. Pujol")
    page = admin.page
    await page.get_by_role("button", name="Importer un CSV…").click()
    dialog = page.get_by_role("dialog", name="Importer un CSV…")

    async def choose(text: str) -> None:
        chosen = FilePayload(name="p.csv", mimeType="text/csv", buffer=text.encode("cp1252"))
        await dialog.get_by_label("Fichier").set_input_files(chosen)

    await choose(ROWS.format("J. Pujol"))
    await expect(dialog.get_by_text("Personne ne s'habilite soi-même")).to_be_visible()
    await expect(dialog.get_by_role("button", name="Écrire")).to_be_disabled()
    await admin.shot("roster-wrong-dark")
    await choose(ROWS.format("E. Daunes"))
    await dialog.get_by_role("button", name="Écrire ces 2 habilitations").click()

    row = page.get_by_role("row").filter(has_text="E. Daunes")
    await row.get_by_role("button", name="À relier…").click()
    await page.get_by_label("Référence").fill(reference.lower())
    await page.get_by_role("button", name="Chercher").click()
    await expect(page.get_by_text("il s’agit de : E. Daunes")).to_be_visible()
    await admin.shot("roster-bind-dark")
    await page.get_by_role("button", name="C’est elle : relier").click()
    await expect(row.get_by_role("button", name="À relier…")).to_have_count(0)

    operator = await enter(browser, demo, "/cic", "E. Daunes")
    await expect(operator.page.get_by_text("Temps réel connecté", exact=True)).to_be_visible()
    await row.get_by_role("button", name="Retirer…").click()
    await page.get_by_role("button", name="Retirer maintenant").click()
    await expect(operator.page.get_by_text("Connectez-vous pour continuer.")).to_be_visible()
    await page.get_by_label("Montrer aussi les terminées").check()
    await expect(row.get_by_text("Retirée")).to_be_visible()
    for theme in ("dark", "light"):
        await page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
        await admin.shot(f"roster-{theme}")
    assert admin.errors == []
