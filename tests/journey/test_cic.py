"""The police room in real browsers: nobody answers, two decide at once, keys alone, held back, degraded."""

import asyncio
import json
import re
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.async_api import Browser, Route, WebSocketRoute, expect

from crisislink.stage import Announcement, spawned
from tests.journey.axe import faults
from tests.journey.conftest import Room, enter
from tests.journey.sight import moves
from tests.journey.test_story import ask, shows_masked, tile

pytestmark = pytest.mark.browser
SETTLED_MS = 500  # a key within 400 ms of a card's coming is taken for one meant for the last


@pytest.fixture
async def impatient(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Announcement]:
    """A city where an unanswered request calls further posts after one, two and three seconds."""
    monkeypatch.setenv("CRISISLINK_RULES__ESCALATION_S", "[1, 2, 3]")
    async with spawned([], tmp_path / "state") as announced:
        yield announced


async def shots(room: Room, name: str) -> None:
    """The page at the two widths and in both themes, for people to look at."""
    for width, height in ((1920, 1080), (1280, 800)):
        await room.page.set_viewport_size({"width": width, "height": height})
        for theme in ("dark", "light"):
            await room.page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
            await room.shot(f"{name}-{theme}-{width}")
    await room.page.set_viewport_size({"width": 1920, "height": 1080})


async def test_an_unanswered_request_calls_post_after_post_and_rings_anew(
    impatient: Announcement, browser: Browser
) -> None:
    samu = await enter(browser, impatient, "/samu", "Dr L. Fabre")
    cic = await enter(browser, impatient, "/cic", "Brig. A. Morel")
    await cic.page.get_by_role("button", name="Prise de poste").click()
    shift = cic.page.get_by_role("dialog", name="Prise de poste")
    await expect(shift).to_contain_text("Son actif")
    await shift.get_by_label("quand le superviseur d’astreinte est appelé").check()
    await cic.shot("cic-shift")
    await shift.get_by_role("button", name="Terminé").click()
    await ask(samu)
    card = cic.page.locator(".req")
    await expect(card).to_contain_text("SAMU invité à téléphoner")
    await expect(cic.page.locator(".alarm")).to_contain_text("Demande toujours sans réponse")
    await expect(card.get_by_role("link")).to_have_attribute("href", "tel:0536491531")
    await cic.shot("cic-escalated")
    await cic.page.get_by_role("button", name="Acquitter").click()
    await expect(cic.page.locator(".alarm")).to_have_count(0)
    late = await enter(browser, impatient, "/cic", "Brig.-chef S. Vidal")
    await expect(late.page.locator(".req")).to_contain_text("SAMU invité à téléphoner")
    assert [*samu.errors, *cic.errors, *late.errors] == []


async def test_two_decide_at_once_by_keys_alone_and_the_other_reads_who_was_first(
    demo: Announcement, browser: Browser
) -> None:
    samu = await enter(browser, demo, "/samu", "Dr L. Fabre")
    morel = await enter(browser, demo, "/cic", "Brig. A. Morel")
    vidal = await enter(browser, demo, "/cic", "Brig.-chef S. Vidal")
    await ask(samu)
    for one in (morel, vidal):
        await expect(one.page.locator(".req.cur")).to_be_focused()
        await one.page.wait_for_timeout(SETTLED_MS)
    first_decided = asyncio.Event()

    async def held(route: Route) -> None:
        await first_decided.wait()
        await route.continue_()

    await vidal.page.route("**/approve", held)
    async with vidal.page.expect_request("**/approve"):
        await vidal.page.keyboard.press("a")
    await morel.page.keyboard.press("2")
    await morel.page.keyboard.press("ArrowLeft")
    await expect(morel.page.get_by_role("button", name="Approuver 3 caméras")).to_be_visible()
    await expect(morel.page.locator(".grant [aria-pressed=true]")).to_have_text("10")
    await morel.page.keyboard.press("a")
    await expect(tile(samu, 2)).to_contain_text("Non accordée")
    first_decided.set()
    await expect(vidal.page.get_by_role("alert")).to_contain_text("Déjà décidé")
    seen = vidal.page.locator(".elsewhere")
    await expect(seen).to_contain_text("Déjà approuvée")
    await expect(seen).to_contain_text("Brig. A. Morel")
    await expect(vidal.page.locator(".req")).to_have_count(0)
    await expect(morel.page.locator(".elsewhere p")).to_have_count(0)
    assert [*samu.errors, *morel.errors] == []
    assert ["409" in error for error in vidal.errors] == [True]


async def test_a_camera_is_suspended_and_resumed_and_a_person_is_cut(
    demo: Announcement, browser: Browser
) -> None:
    samu = await enter(browser, demo, "/samu", "Dr L. Fabre")
    cic = await enter(browser, demo, "/cic", "Brig. A. Morel")
    operator = await enter(browser, demo, "/cic", "K. Benali")
    await ask(samu)
    await cic.page.get_by_role("button", name="Approuver").click()
    await expect(tile(samu, 1)).to_contain_text("En direct")
    await operator.page.get_by_role("button", name="Autres actions").first.click()
    await operator.page.locator("tr.more").get_by_role("button", name="Suspendre").click()
    await expect(tile(samu, 1)).to_contain_text("Suspendue par la ville")
    await expect(operator.page.locator(".held").get_by_role("button", name="Reprendre")).to_be_disabled()
    await cic.page.get_by_role("button", name="Autres actions").nth(1).click()
    await shots(cic, "cic-suspended")
    await cic.page.locator(".held").get_by_role("button", name="Reprendre").click()
    await expect(tile(samu, 1)).to_contain_text("En direct")
    await expect(cic.page.locator(".held li")).to_have_count(0)
    await cic.page.locator("tr.more").get_by_role("button", name="Préempter").click()
    await expect(tile(samu, 2)).to_contain_text("Reprise par la police municipale")
    await cic.page.get_by_role("button", name="Couper Dr L. Fabre").click()
    await expect(samu.page.locator(".tile canvas")).to_have_count(0, timeout=5_000)
    await expect(cic.page.locator(".people")).to_have_count(0)
    await cic.shot("cic-cut")
    assert [*samu.errors, *cic.errors, *operator.errors] == []


async def test_the_police_room_sees_what_the_hospital_would_until_it_decides(
    demo: Announcement, browser: Browser
) -> None:
    samu = await enter(browser, demo, "/samu", "Dr L. Fabre")
    cic = await enter(browser, demo, "/cic", "Brig. A. Morel")
    await ask(samu)
    await expect(cic.page.locator(".req.cur")).to_be_focused()
    await cic.page.wait_for_timeout(SETTLED_MS)
    preview = cic.page.get_by_role("region", name="Aperçu : ce que verrait SAMU 31")
    board = cic.page.get_by_role("region", name="Aperçus de la salle")
    for camera in (6, 14):
        await cic.page.keyboard.press("v")
        await expect(preview.locator(".cap")).to_contain_text(f"{camera} ")
        await expect(preview.locator(".cap")).to_contain_text("En direct")
        await expect(preview.locator("header")).to_contain_text(re.compile(r"· \d\d? s"))
        assert await shows_masked(preview, camera)
    assert await moves(preview.locator("canvas"))
    await expect(board).to_contain_text("Brig. A. Morel")
    await shots(cic, "cic-preview")
    assert "Aperçu" not in await samu.page.content()
    await cic.page.keyboard.press("Escape")
    await expect(preview).to_have_count(0)
    await expect(board).to_have_count(0, timeout=5_000)  # not by its own end, which comes later
    await cic.page.keyboard.press("v")
    await expect(preview.locator(".cap")).to_contain_text("En direct")
    await cic.page.keyboard.press("a")
    await expect(preview).to_have_count(0)
    await expect(cic.page.locator("canvas[role=img]")).to_have_count(0)
    await expect(board).to_have_count(0, timeout=5_000)
    await expect(tile(samu, 1)).to_contain_text("En direct")
    assert [*samu.errors, *cic.errors] == []


def forget_authentications(state: Path) -> None:
    """Nobody proved lately who they are."""
    with closing(sqlite3.connect(state / "crisislink.db")) as store, store:
        store.execute("UPDATE session SET authenticated_at = NULL")


async def test_an_approval_that_needs_a_recent_sign_in_finds_its_card_again_as_it_was(
    demo: Announcement, browser: Browser, tmp_path: Path
) -> None:
    samu = await enter(browser, demo, "/samu", "Dr L. Fabre")
    await ask(samu)
    forget_authentications(tmp_path / "state")
    cic = await enter(browser, demo, "/cic", "Brig. A. Morel")
    forget_authentications(tmp_path / "state")
    await cic.page.reload()
    await expect(cic.page.get_by_text("Décider demande d’abord de confirmer votre identité")).to_be_visible()
    await expect(cic.page.locator(".req.cur")).to_be_focused()
    await cic.page.wait_for_timeout(SETTLED_MS)
    await cic.page.keyboard.press("2")
    await cic.page.keyboard.press("ArrowLeft")
    await cic.page.keyboard.press("a")
    confirm = cic.page.get_by_role("dialog", name="Confirmez votre identité")
    await expect(confirm.get_by_role("link")).to_be_focused()
    await shots(cic, "cic-step-up")
    await cic.page.keyboard.press("Enter")
    await cic.page.get_by_role("button", name="Brig. A. Morel").click()
    await expect(cic.page.locator(".grant [aria-pressed=true]")).to_have_text("10")
    await expect(cic.page.get_by_text("confirmer votre identité")).to_have_count(0)
    await cic.page.get_by_role("button", name="Approuver 3 caméras").click()
    await expect(tile(samu, 2)).to_contain_text("Non accordée")
    await expect(tile(samu, 1)).to_contain_text("En direct")
    assert ["403" in error for error in cic.errors] == [True]


def slowed(page: WebSocketRoute) -> None:
    """The events socket of a service whose processes reach each other late."""
    service = page.connect_to_server()

    def told(message: str | bytes) -> None:
        said = json.loads(message)
        page.send(json.dumps(said | {"degraded": True} if said["type"] == "tick" else said))

    service.on_message(told)


async def ends_soon(route: Route) -> None:
    """Who is signed in, for four minutes more."""
    answer = await route.fetch()
    me = await answer.json()
    ends_at = datetime.fromisoformat(me["server_time"]) + timedelta(minutes=4)
    await route.fulfill(response=answer, json=me | {"session_ends_at": ends_at.isoformat()})


async def test_both_rooms_say_that_the_service_is_degraded_and_that_the_session_ends(
    demo: Announcement, browser: Browser
) -> None:
    for path, person in (("/cic", "Brig. A. Morel"), ("/samu", "Dr L. Fabre")):
        room = await enter(browser, demo, path, person)
        await expect(room.page.get_by_text("Temps réel connecté")).to_be_visible()
        await room.page.route_web_socket("**/api/live", slowed)
        await room.page.route("**/api/me", ends_soon)
        await room.page.reload()
        await expect(room.page.get_by_text("Service dégradé")).to_be_visible()
        await expect(room.page.get_by_text("Temps réel ralenti")).to_be_visible()
        await room.shot(f"{path[1:]}-degraded")
        assert await faults(room.page, f"{path}, degraded") == []
        async with room.context.expect_page() as opened:
            await room.page.get_by_role("link", name="Se reconnecter").click()
        tab = await opened.value
        await tab.get_by_role("button", name=person).click()
        await expect(tab.get_by_text("Votre session est prolongée")).to_be_visible()
        await expect(room.page.get_by_text("Temps réel ralenti"), "the room goes on").to_be_visible()
        assert room.errors == []
