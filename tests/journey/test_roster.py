"""The administrators' pages in real browsers: a stranger is let in, tried, signed out, and withdrawn."""

import pytest
from playwright.async_api import Browser, FilePayload, Locator, expect

from crisislink.stage import Announcement
from tests.journey.conftest import Room, enter

pytestmark = pytest.mark.browser
PAGE = "/admin/habilitations"
ROWS = (
    "nom;role;designe_par;acte;debut;fin\n"
    "Élodie Bès;opérateur vidéo;le maire;arrêté 12;01/01/2026;31/12/2099\n"
    "{0};opérateur vidéo;le maire;arrêté 12;01/01/2026;31/12/2099\n"
)
SIGN_IN = "Connectez-vous pour continuer."


async def test_a_stranger_becomes_an_operator_and_is_gone_when_withdrawn(
    demo: Announcement, browser: Browser
) -> None:
    reference = await _turned_away(demo, browser)
    admin = await enter(browser, demo, PAGE, "J. Pujol")
    page = admin.page
    row = await _imported(admin)
    await row.get_by_role("button", name="À relier…").click()
    await page.get_by_label("Référence").fill(reference.lower())
    await page.get_by_role("button", name="Chercher").click()
    await expect(page.get_by_text("il s’agit de : E. Daunes")).to_be_visible()
    await admin.shot("roster-bind-dark")
    await page.get_by_role("button", name="C’est elle : relier").click()
    await expect(row.get_by_role("button", name="À relier…")).to_have_count(0)

    await _tried(admin)
    operator = await enter(browser, demo, "/cic", "E. Daunes")
    await _signed_out(admin, operator)
    await page.get_by_role("link", name="Habilitations").click()
    operator = await enter(browser, demo, "/cic", "E. Daunes")
    await expect(operator.page.get_by_text("Temps réel connecté", exact=True)).to_be_visible()
    await row.get_by_role("button", name="Retirer…").click()
    await page.get_by_role("button", name="Retirer maintenant").click()
    await expect(operator.page.get_by_text(SIGN_IN)).to_be_visible()
    await page.get_by_label("Montrer aussi les terminées").check()
    await expect(row.get_by_text("Retirée")).to_be_visible()
    await _shots(admin, "roster")
    assert admin.errors == []


async def _turned_away(demo: Announcement, browser: Browser) -> str:
    """The reference that somebody reads whom the roster does not know."""
    page = await (await browser.new_context(locale="fr-FR")).new_page()
    await page.goto(demo.url + "/cic")
    await page.locator("a.btn.big", has_text="Ville").click()
    await page.get_by_role("button", name="E. Daunes").click()
    await expect(page.get_by_text("aucune habilitation en cours")).to_be_visible()
    await expect(page.get_by_text("J. Pujol, DSI de la Ville")).to_be_visible()
    return await page.locator(".reference").inner_text()


async def _imported(admin: Room) -> Locator:
    """A file to correct, then a good one; the row of the person who came."""
    page = admin.page
    await page.get_by_role("button", name="Importer un CSV…").click()
    dialog = page.get_by_role("dialog", name="Importer un CSV…")

    async def choose(text: str) -> None:
        chosen = FilePayload(name="p.csv", mimeType="text/csv", buffer=text.encode("cp1252"))
        await dialog.get_by_label("Fichier").set_input_files(chosen)

    await choose(ROWS.format("J. Pujol"))
    await expect(dialog.get_by_text("Personne ne s'habilite soi-même")).to_be_visible()
    await expect(dialog.get_by_role("button", name="Écrire")).to_be_disabled()
    await _shots(admin, "roster-wrong")
    await choose(ROWS.format("E. Daunes"))
    await dialog.get_by_role("button", name="Écrire les habilitations (2)").click()
    return page.get_by_role("row").filter(has_text="E. Daunes")


async def _tried(admin: Room) -> None:
    """A test login as somebody else opens no session and shows who it would be."""
    page = admin.page
    await page.get_by_role("link", name="Fournisseur d’identité").click()
    await page.get_by_role("button", name="Connexion d’essai").click()
    await page.get_by_role("button", name="E. Daunes").click()
    found = page.get_by_role("region", name="Connexion d’essai")
    for word in ("Entrerait", "E. Daunes", "Opérateur vidéo", "auth_time"):
        await expect(found).to_contain_text(word)
    await _shots(admin, "admin-trial")


async def _signed_out(admin: Room, operator: Room) -> None:
    """An administrator ends all of a person's sessions."""
    page = admin.page
    await page.get_by_role("link", name="Personnes connectées").click()
    row = page.get_by_role("row").filter(has_text="E. Daunes")
    await expect(row).to_have_count(1)
    await _shots(admin, "admin-sessions")
    await row.get_by_role("button", name="Mettre fin à toutes").click()
    await expect(row).to_have_count(0)
    await expect(operator.page.get_by_text(SIGN_IN)).to_be_visible()


async def _shots(room: Room, name: str) -> None:
    for theme in ("light", "dark"):
        await room.page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
        await room.shot(f"{name}-{theme}")
