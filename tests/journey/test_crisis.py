"""A declared crisis in real browsers: drawn by keys, confirmed, granted at once, suspended, over, read."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from crisislink.stage import Announcement
from tests.journey.conftest import Room, enter
from tests.journey.test_story import tile

pytestmark = pytest.mark.browser


async def test_two_supervisors_declare_a_crisis_and_what_lies_inside_is_granted_at_once(
    demo: Announcement, browser: Browser, tmp_path: Path
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
    await expect(tile(samu, 1)).to_contain_text("En direct")
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

    await ends_by_itself(demo, samu, cic, tmp_path / "state")
    assert [*samu.errors, *cic.errors] == []


async def ends_by_itself(demo: Announcement, samu: Room, cic: Room, state: Path) -> None:
    """The same terms once more, and nobody ends it. Both rooms are told; it is read afterwards."""
    again = await declare_again(demo, samu, cic)
    await samu.page.locator("#ask").click()
    await expect(tile(samu, 1)).to_contain_text("En direct")
    end_now(state, again["id"])
    for room in (samu, cic):
        over = room.page.locator(".banner.over", has_text=again["ref"])
        await expect(over).to_contain_text("terminée")
        await expect(over).to_contain_text("Durée écoulée")
        await expect(room.page.locator(".banner.crisis")).to_have_count(0)
    await expect(samu.page.locator(".tile canvas")).to_have_count(0)
    await expect(tile(samu, 1)).to_contain_text("La crise déclarée est terminée")
    await cic.shot("crisis-over-light")
    await samu.shot("crisis-over")

    async with samu.context.expect_page() as opening:
        await samu.page.locator(".banner.over", has_text=again["ref"]).get_by_role("link").click()
    samu.page = await opening.value
    told = samu.page.locator(".retex table")
    await expect(told).to_contain_text(f"Fin de la crise {again['ref']}")
    await expect(told).to_contain_text("Durée écoulée")
    await expect(told.locator(".step.approved_in_crisis")).to_have_count(1)
    await expect(samu.page.locator(".retex select")).to_contain_text(f"Crise déclarée {again['ref']}")
    await samu.shot("retex-crisis")
    await samu.page.emulate_media(media="print")
    await samu.shot("retex-crisis-printed")


async def declare_again(demo: Announcement, samu: Room, cic: Room) -> dict[str, Any]:
    """Without drawing it."""
    origin = {"origin": demo.url}
    [last] = await (await samu.context.request.get(f"{demo.url}/api/crises")).json()
    terms = {name: last[name] for name in ("perimeter", "cameras", "purposes", "grant_s", "exercise")}
    terms |= {"hospital": last["beneficiary"], "city": last["owner"], "lasts_s": 3_600}
    asked = await samu.context.request.post(f"{demo.url}/api/crises", data=terms, headers=origin)
    proposed: dict[str, Any] = await asked.json()
    confirmed = await cic.context.request.post(
        f"{demo.url}/api/crises/{proposed['id']}/confirm", data={"version": 1}, headers=origin
    )
    assert confirmed.ok, await confirmed.text()
    return proposed


def end_now(state: Path, crisis: str) -> None:
    """Its end, agreed on when it was declared, is now."""
    with closing(sqlite3.connect(state / "crisislink.db")) as store, store:
        now_us = time.time_ns() // 1_000
        store.execute("UPDATE declared_crisis SET ends_at = ? WHERE id = ?", (now_us, crisis))
